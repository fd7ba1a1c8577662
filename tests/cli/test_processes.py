"""`dlf-bot run` and `dlf-bot playground` as processes of their own: start, refuse to start, end."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from tests.support.cpu_starvation import Stopwatch
from tests.support.fault_rows import Postgres
from tests.support.whole_bot import FAILURES, HTTP_MODE, SECRETS, Imitations, Services, run_imitations

pytestmark = pytest.mark.real_time

PROGRAM = Path(sys.executable).with_name("dlf-bot")
# What a bot on SQLite does without: memory and time of the start.
HEAVY = (
    "alembic",
    "asyncpg",
    "bot.playground",
    "mako",
    "pygments",
    "rich",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
)


@pytest.fixture
def imitations(tmp_path: Path) -> Iterator[Imitations]:
    with run_imitations(tmp_path) as found:
        yield found


class Process:
    """A command under way, its lines as they come."""

    def __init__(self, *command: object, **environ: str) -> None:
        self._process = subprocess.Popen(
            [str(part) for part in command],
            env=os.environ | SECRETS | {"PYTHONUNBUFFERED": "1"} | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self.lines.extend(line.rstrip("\n") for line in self._process.stdout)

    def says(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        """Wait for a line."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = next((found for line in tuple(self.lines) if (found := re.search(pattern, line))), None)
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"nobody said {pattern}: {self.text}")

    def hears(self, number: int) -> None:
        self._process.send_signal(number)

    def told_to_stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Its exit code, and how long it took to end."""
        watch = Stopwatch()
        self._process.send_signal(number)
        return self.end(), watch.seconds

    def end(self, seconds: float = 60) -> int:
        code = self._process.wait(seconds)
        self._reader.join(5)
        return code

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.end()
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@contextmanager
def process(*command: object, **environ: str) -> Iterator[Process]:
    started = Process(*command, **environ)
    try:
        yield started
    finally:
        started.kill()
        assert "Traceback" not in started.text


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


# run


def test_run_works_until_it_is_told_to_stop(imitations: Imitations) -> None:
    path = imitations.services.write(rules=FAILURES)
    environ = {"DLF_BOT_CONFIG": str(path), "PYTHONPROFILEIMPORTTIME": "1"}
    with process(sys.executable, "-m", "bot", "run", **environ) as bot:
        bot.says(r"info bot\.app\.lifecycle running workspaces=1 store=sqlite:")
        imitations.do(lambda services: services.dlf.fail("ws-sales", 700))
        bot.says(r"bot\.usecases\.send_results notice .*reason=firing action=post")
        code, seconds = bot.told_to_stop()
    assert code == 0
    assert seconds < 10
    assert "bot.app.lifecycle stopping" in bot.text
    assert "7" in imitations.services.texts()[0]
    assert " error " not in bot.text
    imports = [line for line in bot.lines if line.startswith("import time:")]
    assert len(bot.lines) - len(imports) < 40, "a quiet bot logs little"
    imported = {line.rpartition("|")[2].strip() for line in imports}
    assert "sqlalchemy.ext.asyncio" in imported
    assert [name for name in HEAVY if name in imported] == []


def test_a_hangup_reloads_the_config_as_far_as_it_can_be_taken(imitations: Imitations) -> None:
    """A wrong file changes nothing; a new limit counts at once; the burning alert keeps its message."""
    store = f"sqlite:///{imitations.services.folder / 'bot.db'}"
    parts = {"store": store, "poll_every": "1s", "http": "{host: 127.0.0.1, port: 0}"}
    path = imitations.services.write(rules=FAILURES, **parts)
    imitations.do(lambda services: services.dlf.fail("ws-sales", 7))
    with process(PROGRAM, "run", "-c", path) as bot:
        bot.says(r"notice .*reason=firing action=post")
        bot.hears(signal.SIGHUP)
        bot.says("bot.app.reload config_unchanged")
        path.write_text("rules: 5")
        bot.hears(signal.SIGHUP)
        for unheeded in (signal.SIGUSR1, signal.SIGUSR2):
            bot.hears(unheeded)
            bot.says(rf"warning bot\.cli\.run signal problem=.*{unheeded.name} is ignored")
        bot.says(r"error bot\.app\.reload config_refused problem=.*config\.yaml:1")
        limit = FAILURES.replace("limit: 5", "limit: 50")
        imitations.services.write(rules=limit, **parts | {"http": "{host: 127.0.0.1, port: 0, token: t0ken}"})
        bot.hears(signal.SIGHUP)
        bot.says("config_reloaded .*after_a_restart=http")
        bot.says(r"notice .*reason=resolved action=post")
        assert sum("running workspaces=1" in line for line in bot.lines) == 2
        ports = [found[1] for line in bot.lines if (found := re.search(r"listening .*port=(\d+)", line))]
        with urlopen(f"http://127.0.0.1:{ports[-1]}/readyz", timeout=20) as answer:
            assert "http changed in the file; restart to use that" in answer.read().decode()
        code, seconds = bot.told_to_stop(signal.SIGINT)
    assert code == 0
    assert seconds < 10
    assert len([text for text in imitations.services.texts() if "failed" in text]) == 1, "one message, edited"


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "bad bot token": ({"bot_token": "xoxb-wrong"}, r"invalid_auth\. Check slack\.bot_token"),
    "bad app token": (
        {"transport": "app_token: xapp-wrong"},
        r"rejected the app-level token: invalid_auth.*slack\.app_token",
    ),
    "no store": (
        {"store": "sqlite:////nonexistent/bot.db"},
        r"Cannot open the database file \S+: .*Check the path",
    ),
    "port taken": (
        {"http": "{host: 127.0.0.1, port: %d}"},
        r"Cannot listen on 127\.0\.0\.1:\d+ .*http\.port",
    ),
    "no such host": ({"http": "{host: 192.0.2.1, port: 0}"}, r"Cannot listen on 192\.0\.2\.1:0 "),
}


@pytest.mark.parametrize("why", REFUSED)
def test_run_that_cannot_start_says_why_and_ends_soon(imitations: Imitations, why: str) -> None:
    parts, said = REFUSED[why]
    with taken_port() as port:
        path = imitations.services.write(
            **{name: part.replace("%d", str(port)) for name, part in parts.items()}
        )
        watch = Stopwatch()
        with process(PROGRAM, "run", "-c", path) as bot:
            assert bot.end() == 1
    assert watch.seconds < 8
    last = bot.lines[-1]
    assert last.startswith("dlf-bot: ")
    assert re.search(said, last), last


def test_run_without_a_scope_it_needs_says_which(imitations: Imitations) -> None:
    imitations.do(lambda services: services.slack.scopes.discard("chat:write"))
    with process(PROGRAM, "run", "-c", imitations.services.write()) as bot:
        assert bot.end() == 1
    assert re.search(r"lacks the scope chat:write.*dlf-bot manifest", bot.lines[-1])


def test_run_told_to_stop_while_it_starts_ends_at_once(imitations: Imitations) -> None:
    imitations.do(lambda services: services.slack.faults.add("slow", "auth.test", seconds=30))
    with process(PROGRAM, "run", "-c", imitations.services.write()) as bot:
        until = time.monotonic() + 60
        while not imitations.do(_somebody_asks):
            assert time.monotonic() < until, "it never asked Slack"
            time.sleep(0.05)
        code, seconds = bot.told_to_stop()
    assert code == 0
    assert seconds < 3


def _somebody_asks(services: Services) -> bool:
    return bool(services.slack.tasks)


def test_run_told_to_stop_in_the_middle_of_everything_ends_within_ten_seconds(imitations: Imitations) -> None:
    """Slack and DLF hang, in HTTP mode a client holds its request: nothing keeps the process."""
    path = imitations.services.write(rules=FAILURES, transport=HTTP_MODE, digests='[{name: d, at: "00:00"}]')
    with process(PROGRAM, "run", "-c", path) as bot:
        bot.says("running workspaces=1")
        imitations.do(lambda services: services.dlf.fail("ws-sales", 700))
        imitations.do(lambda services: services.slack.faults.add("slow", "*", seconds=60))
        imitations.do(lambda services: services.dlf.faults.set("timeout"))
        time.sleep(2.5)
        code, seconds = bot.told_to_stop()
    assert code == 0
    assert seconds < 10


def test_a_database_that_hangs_does_not_keep_the_process(imitations: Imitations) -> None:
    with process(PROGRAM, "run", "-c", imitations.services.write(rules=FAILURES)) as bot:
        bot.says("running workspaces=1")
        with sqlite3.connect(imitations.services.folder / "bot.db", isolation_level=None) as held:
            held.execute("BEGIN EXCLUSIVE")
            code, seconds = bot.told_to_stop()
        held.close()
    assert code == 0
    assert seconds < 10


@pytest.mark.postgres
def test_run_waits_for_a_database_that_starts_later(imitations: Imitations) -> None:
    server = Postgres()
    try:
        server.stop()
        with process(
            PROGRAM, "run", "-c", imitations.services.write(store=server.url, rules=FAILURES)
        ) as bot:
            bot.says(r"warning bot\.cli\.run start .*PostgreSQL's socket does not exist\. Nothing is lost")
            time.sleep(4)
            server.start()
            bot.says("running workspaces=1 store=postgresql:")
            imitations.do(lambda services: services.dlf.fail("ws-sales", 700))
            bot.says(r"bot\.usecases\.send_results notice .*reason=firing action=post")
            assert bot.told_to_stop()[0] == 0
        assert bot.text.count("PostgreSQL's socket does not exist") == 1
    finally:
        server.remove()


def test_run_that_waits_for_its_database_says_that_it_lives_and_why_it_waits(imitations: Imitations) -> None:
    """A liveness probe would kill, again and again, a process that answers nothing."""
    with taken_port() as port:
        pass
    url = f"http://127.0.0.1:{port}"
    path = imitations.services.write(http=f"{{host: 127.0.0.1, port: {port}}}", rules=FAILURES)
    with sqlite3.connect(imitations.services.folder / "bot.db", isolation_level=None) as held:
        held.execute("BEGIN EXCLUSIVE")
        with process(PROGRAM, "run", "-c", path) as bot:
            bot.says("The database is locked by another program")
            assert answered(f"{url}/healthz", "ok")[0] == 200
            status, body = answered(f"{url}/readyz", "store: ")
            assert (status, "locked by another program" in body) == (503, True)
            held.execute("ROLLBACK")
            bot.says("running workspaces=1", 30)
            assert answered(f"{url}/readyz", '"ready": true')[0] == 200
            assert bot.told_to_stop()[0] == 0
    held.close()
    assert bot.text.count("locked by another program") == 1


def answered(url: str, words: str, seconds: float = 20) -> tuple[int, str]:
    """Ask until the answer has these words."""
    until, body = time.monotonic() + seconds, ""
    while time.monotonic() < until:
        try:
            with urlopen(url) as answer:
                status, body = answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                status, body = error.code, error.read().decode()
        except URLError as error:
            status, body = 0, str(error)
        if words in body:
            return status, body
        time.sleep(0.1)
    raise AssertionError(f"{url} never said {words}: {body}")


def test_run_that_waits_for_its_database_ends_at_once(imitations: Imitations) -> None:
    with sqlite3.connect(imitations.services.folder / "bot.db", isolation_level=None) as held:
        held.execute("BEGIN EXCLUSIVE")
        with process(PROGRAM, "run", "-c", imitations.services.write()) as bot:
            bot.says("The database is locked by another program")
            code, seconds = bot.told_to_stop()
    held.close()
    assert code == 0
    assert seconds < 3


# playground


def test_the_playground_prints_where_it_is_and_ends_well() -> None:
    with process(PROGRAM, "playground", "--port", 0, "--no-browser") as playground:
        playground.says("The playground is starting")
        page = playground.says(r"Playground is running: (http://127\.0\.0\.1:\d+)")[1]
        playground.says(r"imitated DLF and IAM +http://127\.0\.0\.1:\d+$")
        playground.says(r"imitated Slack +http://127\.0\.0\.1:\d+/api/$")
        playground.says(r"the bot's metrics +http://127\.0\.0\.1:\d+/metrics$")
        playground.says(r"Ctrl-C stops it")
        with urlopen(page) as answer:
            assert b"<title>" in answer.read()
        code, seconds = playground.told_to_stop()
    assert (code, len(playground.lines)) == (0, 6)
    assert seconds < 10


def test_a_playground_whose_ports_are_taken_says_so() -> None:
    with taken_port() as port, process(PROGRAM, "playground", "--port", port, "--no-browser") as playground:
        assert playground.end() == 1
    _, line = playground.lines
    assert re.match(rf"dlf-bot: Ports {port} to {port + 2} are not free \(.*--port 9300", line)
