"""`dlf-bot status`: against a server that answers the documented example, and against forty that do not."""

import gzip
import json
import re
import subprocess
import sys
from asyncio import sleep
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.playground_config import config_yaml, project_yaml
from bot.domain.model import COUNT_NAMES
from bot.playground.fake_dlf import FAULTS
from bot.playground.fake_dlf.iam import IssuedToken
from tests.support.cpu_starvation import Stopwatch
from tests.support.http_server import AnyServer, Asked, any_server, http
from tests.support.whole_bot import SECRETS, THREE, Services, Terminal, run_imitations

PROGRAM = Path(sys.executable).with_name("dlf-bot")
SEED = json.dumps(dict.fromkeys(COUNT_NAMES, 0) | {"success_count": 1, "total_count": 1})
PROJECT_ID = "b384b9e9ab9b4ee8994c8633aabc9505"


@pytest.fixture
def environ() -> Mapping[str, str]:
    return SECRETS


def line(pattern: str, text: str) -> bool:
    """True if any of the lines begins so."""
    return any(re.match(pattern, one) for one in text.splitlines())


def config(folder: Path, *projects: dict[str, str]) -> Path:
    """A config with these projects, a single workspace each."""
    usual = {"name": "prod", "workspace": "sales", "id": "ws-1", "auth": "{token: ready-token}"}
    path = folder / "config.yaml"
    told = [_project(**(usual | one)) for one in projects]
    text = config_yaml(*told, slack="http://127.0.0.1:9/api/", store=f"sqlite:///{folder}/unused.db")
    path.write_text(text, encoding="utf-8")
    return path


def _project(name: str, url: str, auth: str, workspace: str, id: str) -> str:
    workspaces = f"[{{name: {workspace}, id: {id}}}]"
    return project_yaml(name, url, auth=auth, workspaces=workspaces, project_id=PROJECT_ID)


# The documented example


async def as_documented(asked: Asked) -> AsyncIterator[bytes]:
    if asked.path == "/v3/auth/tokens":
        yield http("{}", "X-Subject-Token: issued-token", status="201 Created")
    else:
        yield http(SEED)


@pytest.fixture
def example() -> Iterator[AnyServer]:
    with any_server(as_documented) as server:
        yield server


AUTHS = {
    "access key": "{access_key: AKEXAMPLE, secret_key: hunter2-hunter2}",
    "temporary key": "{access_key: AKEXAMPLE, secret_key: hunter2-hunter2, security_token: temp-token}",
    "IAM user": "{username: bot, password: hunter2-hunter2, domain: our-account}",
    "ready token": "{token: ready-token}",
}


@pytest.mark.parametrize("auth", AUTHS)
def test_the_documented_example_is_one_successful_of_one(
    terminal: Terminal, example: AnyServer, tmp_path: Path, auth: str
) -> None:
    path = config(tmp_path, {"url": example.url, "auth": AUTHS[auth]})
    ended = terminal("status", "yesterday", "-c", path)
    assert (ended.code, ended.err.strip()) == (0, "")
    assert re.search(r"sales: 1 of 1 succeeded, 0 failed, 0 stuck \(as of \d\d:\d\d:\d\d\)$", ended.out, re.M)
    assert all(name in ended.out for name in COUNT_NAMES)
    assert re.search(r"yesterday \(.*\), Asia/Singapore · all users", ended.out)
    *login, asked = example.asked
    assert (asked.method, asked.path) == (
        "GET",
        "/v2/b384b9e9ab9b4ee8994c8633aabc9505/factory/monitor/task-statistics-overview",
    )
    assert asked.query == {"is_own": ["false"], "query_days": ["yesterday"]}
    assert asked.headers["workspace"] == "ws-1"
    _check_auth(auth, asked, login)


def _check_auth(auth: str, asked: Asked, login: list[Asked]) -> None:
    signature = asked.headers.get("authorization", "")
    token = asked.headers.get("x-auth-token")
    if "key" in auth:
        parts = r"SDK-HMAC-SHA256 Access=AKEXAMPLE, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}"
        found = re.fullmatch(parts, signature)
        assert found
        signed = set(found[1].split(";"))
        assert signed >= {"host", "workspace", "x-sdk-date"}
        assert asked.headers.get("x-security-token") == ("temp-token" if auth == "temporary key" else None)
        assert ("x-security-token" in signed) == (auth == "temporary key")
        assert (token, login) == (None, [])
    elif auth == "ready token":
        assert (signature, token, login) == ("", "ready-token", [])
    else:
        (one,) = login
        assert (one.method, one.path) == ("POST", "/v3/auth/tokens")
        identity = json.loads(one.body)["auth"]["identity"]["password"]["user"]
        assert identity == {"name": "bot", "password": "hunter2-hunter2", "domain": {"name": "our-account"}}
        assert (signature, token) == ("", "issued-token")


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("", ("today", "false")),
        ("before_yesterday sales", ("before_yesterday", "false")),
        ("day before yesterday", ("before_yesterday", "false")),
        ("7d", ("all", "false")),
        ("sales own", ("today", "true")),
        ("--own yesterday", ("yesterday", "true")),
    ],
)
def test_the_typed_words_become_the_question(
    terminal: Terminal, example: AnyServer, tmp_path: Path, words: str, asked: tuple[str, str]
) -> None:
    ended = terminal("status", *words.split(), "-c", config(tmp_path, {"url": example.url}))
    day, own = asked
    assert ended.code == 0
    assert example.asked[0].query == {"is_own": [own], "query_days": [day]}
    assert ("only the bot's IAM user" in ended.out) == (own == "true")


def test_json_is_json_and_nothing_else(terminal: Terminal, example: AnyServer, tmp_path: Path) -> None:
    ended = terminal("status", "yesterday", "--json", "-c", config(tmp_path, {"url": example.url}))
    (said,) = json.loads(ended.out)
    assert said["counts"] == json.loads(SEED)
    assert (said["workspace"], said["day"], said["own"]) == ("prod/sales", "yesterday", False)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", said["business_date"])
    assert said["read_at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("word", "nearest"),
    [("yesterdy", "yesterday"), ("saless", "sales"), ("tomorow", "today"), ("<!here>", "")],
)
def test_an_unknown_word_is_answered_with_the_nearest_and_no_request(
    terminal: Terminal, example: AnyServer, tmp_path: Path, word: str, nearest: str
) -> None:
    ended = terminal("status", word, "-c", config(tmp_path, {"url": example.url}))
    assert (ended.code, ended.out) == (2, "")
    assert "Unknown word" in ended.err
    assert nearest in ended.err
    assert example.asked == []


def test_failing_workspaces_among_several_say_why(terminal: Terminal, tmp_path: Path) -> None:
    with run_imitations(tmp_path) as imitations:

        def breaks(services: Services) -> None:
            services.dlf.faults.set("forbidden", workspace="ws-finance")
            services.dlf.faults.set("half_answer", workspace="ws-logs")

        imitations.do(breaks)
        path = imitations.services.write(workspaces=THREE)
        ended = terminal("status", "yesterday", "-c", path)
        said = terminal("status", "yesterday", "finance", "logs", "--json", "-c", path)
    assert ended.code == 1
    assert line(r"sales: \d+ of \d+ succeeded, ", ended.out)
    assert re.search(
        r"finance: NO DATA\. The bot's IAM user has no access to this workspace.*DAYU", ended.out, re.M
    )
    assert re.search(
        r"logs: \d+ of \d+ succeeded, unknown failed, .*not returned by DLF: fail_count", ended.out, re.M
    )
    finance, logs = json.loads(said.out)
    assert said.code == 1
    assert "counts" not in finance
    assert "has no access" in finance["problem"]
    assert logs["counts"]["fail_count"] is None
    assert logs["counts"]["total_count"] > 0


def test_equal_names_carry_their_project_and_differing_zones_stand_beside_every_time(
    terminal: Terminal, tmp_path: Path
) -> None:
    with run_imitations(tmp_path) as imitations:
        path = imitations.services.write(workspaces="[{name: sales, id: ws-sales}]")
        first, rest = path.read_text().split("slack:", 1)
        second = (
            first.split("projects:", 1)[1].replace("prod", "test").replace("Asia/Singapore", "Europe/Berlin")
        )
        path.write_text(f"{first}{second.lstrip(chr(10))}slack:{rest}")
        ended = terminal("status", "yesterday", "-c", path)
    assert re.search(r"yesterday \(.*\), Asia/Singapore / yesterday \(.*\), Europe/Berlin", ended.out)
    assert line(r"prod/sales: .*\(as of \d\d:\d\d:\d\d Asia/Singapore\)", ended.out)
    assert line(r"test/sales: .*\(as of \d\d:\d\d:\d\d Europe/Berlin\)", ended.out)


# Servers that are not DLF: a real process asks all of them at once


GOOD_GZIP = gzip.compress(SEED.encode())
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
ODD: dict[str, list[bytes]] = {
    "nothing": [],
    "no-http": [b"SSH-2.0-OpenSSH_9.6\r\n"],
    "half-a-status-line": [b"HTTP/1.1 20"],
    "status-999": [http(SEED, status="999 Fine")],
    "status-0": [http(SEED, status="000 OK")],
    "no-content": [b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"],
    "partial-content": [http(SEED, "Content-Range: bytes 0-9/200", status="206 Partial Content")],
    "accepted": [http(SEED, status="202 Accepted")],
    "not-modified": [b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"],
    "moved-to-a-good-answer": [http(SEED, "Location: /good", status="301 Moved Permanently")],
    "temporary-redirect": [http("", "Location: /good", status="307 Temporary Redirect")],
    "redirect-elsewhere": [http("", "Location: http://127.0.0.1:9/", status="308 Permanent Redirect")],
    "refresh-to-login": [http("<html><meta http-equiv=refresh>", "Refresh: 0; url=/login")],
    "proxy-login": [http("", 'Proxy-Authenticate: Basic realm="x"', status="407 Proxy Auth")],
    "teapot": [http(SEED, status="418 I'm a teapot")],
    "payment": [http(SEED, status="402 Payment Required")],
    "server-error-with-counts": [http(SEED, status="500 Internal Server Error")],
    "error-dressed-as-200": [http('{"error_code": "DLF.6888", "error_msg": "no", "fail_count": 0}')],
    "counts-one-level-down": [http(f'{{"data": {SEED}}}')],
    "names-in-camel-case": [http('{"failCount": 0, "successCount": 1, "totalCount": 1}')],
    "a-field-twice": [http('{"fail_count": 9, "fail_count": 0, "total_count": 1}')],
    "two-objects": [http(SEED + SEED)],
    "jsonp": [http(f"callback({SEED})")],
    "a-number": [http("13")],
    "json-null": [http("null")],
    "a-text": [http('"all green"')],
    "spaces": [http(" \n" * 100)],
    "yaml": [http("fail_count: 0\nsuccess_count: 1\n")],
    "brackets": [http("[" * 500_000)],
    "objects": [http('{"a":' * 200_000)],
    "infinity": [http('{"fail_count": Infinity}')],
    "astronomic": [http('{"fail_count": 0, "total_count": 1%s}' % ("0" * 400))],
    "digits": [http('{"total_count": %s}' % ("9" * 900_000))],
    "negative-zero": [http('{"fail_count": -0.0, "total_count": 1}')],
    "latin-1": [http('{"fail_count": 0, "name": "\xe9"}'.encode("latin-1"))],
    "utf-16-honestly": [http(SEED.encode("utf-16"), content_type="application/json; charset=utf-16")],
    "charset-that-is-none": [http(SEED, content_type="application/json; charset=klingon")],
    "brotli": [http(SEED, "Content-Encoding: br")],
    "gzip-twice": [http(gzip.compress(GOOD_GZIP), "Content-Encoding: gzip, gzip")],
    "gzip-cut": [http(GOOD_GZIP[:-9], "Content-Encoding: gzip")],
    "gzip-and-more": [http(GOOD_GZIP + b"more", "Content-Encoding: gzip")],
    "length-too-long": [http(SEED).replace(b"Content-Length: ", b"Content-Length: 9")],
    "length-negative": [b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + SEED.encode()],
    "length-endless": [b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n" + SEED.encode()],
    "two-lengths": [http(SEED, "Content-Length: 5")],
    "chunk-cut": [CHUNKED + b"ff\r\n" + SEED.encode()[:20]],
    "chunk-size-is-none": [CHUNKED + b"zz\r\n" + SEED.encode() + b"\r\n0\r\n\r\n"],
    "a-header-of-a-megabyte": [http(SEED, "X-Long: " + "x" * 1_000_000)],
    "headers-without-end": [b"HTTP/1.1 200 OK\r\n", b"X-More: x\r\n" * 100_000],
}
SLOW = {
    "silent": (b"", 25.0),
    "headers-drip": (b"X-Drip: x\r\n", 0.2),
    "body-drips": (b" ", 0.2),
    "body-floods": (b"x" * 2**16, 0.0),
}
# Half an answer that is still an answer: what is there, and what is said of it.
BEARABLE = {
    "only-failures": ('{"fail_count": 3}', "unknown of unknown succeeded, 3 failed, unknown stuck"),
    "more-than-known": (SEED[:-1] + ', "new_count": -1.5}', "1 of 1 succeeded, 0 failed"),
    "nothing-ran": (json.dumps(dict.fromkeys(COUNT_NAMES, 0)), "nothing ran: check the schedules"),
    "as-plain-text": (SEED, "1 of 1 succeeded, 0 failed"),
}
# Of the imitated DLF's faults, those that leave an answer, and what is said of it.
HARMLESS = {
    "slow": "succeeded",
    "half_answer": "not returned by DLF: fail_count",
    "null_count": "not returned by DLF: fail_count",
    "zeros": "nothing ran: check the schedules",
    "wrong_clock": "succeeded",
}
FAULTY = sorted(set(FAULTS) - {"refused"} - set(HARMLESS))


async def oddly(asked: Asked) -> AsyncIterator[bytes]:
    name = asked.headers.get("workspace", "")
    if asked.path == "/good":
        yield http(SEED)
    elif name in SLOW:
        part, wait = SLOW[name]
        if name != "silent":
            yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        if name.startswith("body"):
            yield b"Content-Length: 3000000000\r\n\r\n" if name == "body-floods" else b"\r\n{"
        for _ in range(2000):
            await sleep(wait)
            yield part
    elif name in BEARABLE:
        kind = "text/plain; charset=us-ascii" if name == "as-plain-text" else "application/json"
        yield http(BEARABLE[name][0], content_type=kind)
    else:
        for part in ODD[name]:
            yield part


@dataclass(frozen=True, slots=True)
class Answers:
    """The output of a `dlf-bot status` with every kind of row."""

    lines: dict[str, str]
    code: int
    errors: str
    seconds: float
    asked: list[Asked]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    folder = tmp_path_factory.mktemp("odd")
    with ExitStack() as stack:
        server = stack.enter_context(any_server(oddly))
        imitations = stack.enter_context(run_imitations(folder))
        names = imitations.do(_break_everything)
        path = config(
            folder,
            *({"name": f"o-{name}", "url": server.url, "workspace": name, "id": name, "auth": _token(name)}
              for name in (*ODD, *SLOW, *BEARABLE)),
            *({"name": f"f-{name}", "url": imitations.services.playground.dlf_url,
               "workspace": name.replace("_", "-"),
               "id": f"ws-{name}", "auth": _token(name)} for name in names),
            {"name": "refused", "url": "http://127.0.0.1:9", "workspace": "refused"},
            {"name": "nowhere", "url": "https://nowhere.invalid", "workspace": "nowhere"},
            {"name": "no-tls", "url": server.url.replace("http:", "https:"), "workspace": "no-tls"},
        )  # fmt: skip
        path.write_text(path.read_text().replace("b384b9e9ab9b4ee8994c8633aabc9505", "playground"))
        yield _ask(path, server)


def _token(name: str) -> str:
    """Each has its own credentials, so that an answer for one project says nothing about the others."""
    return f"{{token: token-of-{name}}}"


def _break_everything(services: Services) -> list[str]:
    names = [*FAULTY, *HARMLESS]
    services.dlf.workspaces = (*services.dlf.workspaces, *(f"ws-{name}" for name in names))
    now = services.dlf.iam.wall()
    for name in names:
        services.dlf.iam.tokens[f"token-of-{name}"] = IssuedToken("playground", "playground", now, now + 3600)
        services.dlf.faults.set(name, workspace=f"ws-{name}", seconds=1)
    return names


def _ask(path: Path, server: AnyServer) -> Answers:
    watch = Stopwatch()
    command = [str(PROGRAM), "status", "yesterday", "-c", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    seconds = watch.seconds
    told = [one for one in ended.stdout.splitlines() if re.match(r"[\w-]+: ", one)]
    lines = {one.partition(":")[0]: one for one in told}
    return Answers(lines, ended.returncode, ended.stderr, seconds, server.asked)


def test_all_of_it_ends_within_30_seconds_with_code_1_and_no_traceback(answers: Answers) -> None:
    assert answers.code == 1
    assert answers.seconds < 30
    assert answers.errors.strip() == ""
    assert len(ODD) + len(SLOW) + len(FAULTY) >= 80


@pytest.mark.parametrize("name", [*ODD, *SLOW, *FAULTY, "refused", "nowhere", "no-tls"])
def test_an_unreadable_answer_becomes_a_sentence_and_never_a_number(answers: Answers, name: str) -> None:
    name = name.replace("_", "-")
    found = re.fullmatch(
        rf"{re.escape(name)}: NO DATA\. ((?:[A-Z]|127\.|nowhere\.).+\.)", answers.lines[name]
    )
    assert found, answers.lines[name]
    assert "succeeded" not in found[1]
    assert not re.search(r"Exception|Error\(|errno|<html|token-of", found[1])


@pytest.mark.parametrize("name", BEARABLE)
def test_a_partial_answer_is_shown_as_partial(answers: Answers, name: str) -> None:
    assert BEARABLE[name][1] in answers.lines[name]


@pytest.mark.parametrize("name", HARMLESS)
def test_a_fault_that_leaves_an_answer_leaves_it(answers: Answers, name: str) -> None:
    assert HARMLESS[name] in answers.lines[name.replace("_", "-")]


def test_no_redirect_is_followed(answers: Answers) -> None:
    assert not [asked.path for asked in answers.asked if not asked.path.startswith("/v2/")]


@pytest.mark.parametrize("missing", ["fail_count", "success_count", "total_count"])
def test_an_answer_that_only_lacks_a_count_is_no_failure(
    terminal: Terminal, tmp_path: Path, missing: str
) -> None:
    async def lacking(asked: Asked) -> AsyncIterator[bytes]:
        yield http(json.dumps({name: n for name, n in json.loads(SEED).items() if name != missing}))

    with any_server(lacking) as server:
        path = config(tmp_path, {"url": server.url})
        ended, as_json = (terminal("status", "yesterday", *more, "-c", path) for more in ([], ["--json"]))
    assert (ended.code, as_json.code) == (0, 0)
    assert f"not returned by DLF: {missing} (as of" in ended.out
    (row,) = (
        one for one in ended.out.splitlines() if re.search(rf"[^:] {missing} ", one) and "\u2502" in one
    )
    assert "?" in row
    assert json.loads(as_json.out)[0]["counts"] == json.loads(SEED) | {missing: None}
