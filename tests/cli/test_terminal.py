"""Terminal output: lines wrapped between words on a terminal and whole in a pipe; tables that fit."""

import fcntl
import io
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.progress import asking, progress
from tests.support.whole_bot import FAILURES, SECRETS, THREE, Imitations, run_imitations

PROGRAM = Path(sys.executable).with_name("dlf-bot")
WIDTHS = pytest.mark.parametrize("columns", [80, 140])


@pytest.fixture(scope="module")
def imitations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imitations]:
    with run_imitations(tmp_path_factory.mktemp("imitations")) as found:
        yield found


def on_a_terminal(columns: int, *arguments: str | Path) -> list[str]:
    """The lines a terminal of that width shows in the end, without colours."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environ = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
    with subprocess.Popen(
        [str(PROGRAM), *map(str, arguments)],
        stdout=follower,
        stderr=follower,
        stdin=subprocess.DEVNULL,
        env=environ | SECRETS | {"TERM": "xterm-256color"},
    ) as process:
        os.close(follower)
        said = _read(leader, process)
    os.close(leader)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said.decode())
    # A spinner is drawn over itself: what stands after the last carriage return is what is seen.
    return [line.rpartition("\r")[2] for line in text.replace("\r\n", "\n").splitlines()]


def _read(leader: int, process: subprocess.Popen[bytes]) -> bytes:
    said, until = b"", time.monotonic() + 30
    while time.monotonic() < until:
        if select.select([leader], [], [], 0.2)[0]:
            try:
                chunk = os.read(leader, 65536)
            except OSError:  # Linux says EIO when the other end is closed
                break
            said += chunk
        elif process.poll() is not None:
            break
    return said


def words(lines: list[str]) -> list[str]:
    return " ".join(lines).split()


def widest(lines: list[str], imitations: Imitations) -> int:
    """The longest line; a path is not broken, however long."""
    return max(len(line) for line in lines if str(imitations.services.folder) not in line)


@WIDTHS
def test_long_problems_are_wrapped_between_words_and_said_once(imitations: Imitations, columns: int) -> None:
    imitations.do(lambda services: services.dlf.faults.set("unauthorized"))
    shown = {}
    for command in ("check --online", "status yesterday", "poll --dry-run"):
        # With a shared store they would agree to try the credentials once.
        store = f"sqlite:///{imitations.services.folder}/{columns} {command}.db"
        path = imitations.services.write(workspaces=THREE, rules=FAILURES, store=store)
        shown[command] = on_a_terminal(columns, *command.split(), "-c", path)
    imitations.do(lambda services: services.dlf.faults.clear())
    for command, lines in shown.items():
        assert widest(lines, imitations) <= columns, command
        for word in ("rejected", "APIGW.0301).", "`project_id`", "machine."):
            assert words(lines).count(word) == 1, (command, word)
        (first,) = (at for at, line in enumerate(lines) if "sales" in line and "finance" in line)
        assert lines[first + 1].startswith("  "), "what goes on below is set in"


def test_a_pipe_gets_whole_lines_one_for_each_workspace(imitations: Imitations) -> None:
    imitations.do(lambda services: services.dlf.faults.set("unauthorized"))
    path = imitations.services.write(workspaces=THREE, rules=FAILURES)
    command = [str(PROGRAM), "status", "yesterday", "-c", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, env=os.environ | SECRETS, check=False)
    imitations.do(lambda services: services.dlf.faults.clear())
    unread = [line for line in ended.stdout.splitlines() if "NO DATA." in line]
    assert [line.partition(":")[0] for line in unread] == ["sales", "finance", "logs"]
    assert all(line.endswith(".") and len(line) > 140 for line in unread)


@pytest.mark.parametrize(("columns", "api_names"), [(80, False), (140, True)])
def test_a_table_fits_its_terminal_and_cuts_no_name(
    imitations: Imitations, columns: int, api_names: bool
) -> None:
    several = THREE[:-1] + ", {name: warehouse-analytics-production-eu, id: ws-logs}]"
    path = imitations.services.write(workspaces=several, rules=FAILURES)
    lines = on_a_terminal(columns, "status", "yesterday", "-c", path)
    assert widest(lines, imitations) <= columns
    assert "…" not in "".join(lines)
    assert any("running_exception_count" in line for line in lines) == api_names
    assert any(re.match(r"│ Stuck +│", line) for line in lines)


def test_a_mistake_in_the_config_is_wrapped_like_any_other_sentence(imitations: Imitations) -> None:
    path = imitations.services.write(
        workspaces=THREE, rules="[{name: failures, metric: fail_cuont, limit: 5}]"
    )
    (first, *rest) = on_a_terminal(80, "check", "-c", path)
    assert first.startswith(f"{path}:")
    assert "fail_count" in " ".join(rest)
    assert all(len(line) <= 80 for line in rest)


def under(command: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """The arguments after the shell has parsed a command line in which $BOT is the program."""
    return subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        env=os.environ | SECRETS | {"BOT": str(PROGRAM)} | environ,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "cp1252", "gbk:strict", "utf-16"])
def test_no_encoding_makes_a_command_call_itself_a_mistake(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text('slack: {channel: "失败🔑"}', encoding="utf-8")
    for command in ("manifest", "schema"):
        ended = under(f"$BOT {command}", PYTHONIOENCODING=encoding)
        assert (ended.returncode, ended.stderr) == (0, b"")
        json.loads(ended.stdout.decode(encoding.partition(":")[0]))
    ended = under(f"$BOT check -c {tmp_path}/c.yaml", PYTHONIOENCODING=encoding)
    # click itself takes ASCII for a mistake of the environment, and writes UTF-8.
    said = ended.stderr.decode("utf-8" if encoding == "ascii" else encoding.partition(":")[0])
    assert ended.returncode == 2
    assert "in the config." in said


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("$BOT schema > /dev/full", 1, "dlf-bot: the output cannot be written (no space left on device).\n"),
        ("$BOT --help > /dev/full", 1, "dlf-bot: the output cannot be written (no space left on device).\n"),
        ("$BOT check -c nowhere.yaml 2> /dev/full", 1, ""),
        ("$BOT schema >&-", 0, ""),
        ("$BOT check -c nowhere.yaml 2>&-", 2, ""),
        ("($BOT schema; echo $? >&2) | true", 0, None),
        ("($BOT check -c nowhere.yaml 2>&1 >&3 | true) 3>&1", 0, ""),
    ],
)
def test_a_closed_output_pipe_is_no_error(command: str, code: int, said: str | None) -> None:
    ended = under(command)
    assert ended.returncode == code
    assert ended.stderr.decode() in ([said] if said is not None else ["0\n", "1\n"])


def test_json_logs_have_json_for_a_last_word(tmp_path: Path, imitations: Imitations) -> None:
    path = imitations.services.write(
        workspaces=THREE, rules=FAILURES, store=f"sqlite:///{tmp_path}/no/such.db"
    )
    path.write_text(path.read_text(encoding="utf-8") + "\nlogs: {format: json}\n", encoding="utf-8")
    ended = under(f"$BOT run -c {path}")
    assert ended.returncode == 1
    entries = [json.loads(line) for line in ended.stderr.decode().splitlines()]
    assert entries[-1]["event"] == "fatal"
    assert "database" in entries[-1]["problem"]


def test_long_work_says_what_it_does_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal, pipe = io.StringIO(), io.StringIO()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    for stream in (terminal, pipe):
        monkeypatch.setattr("sys.stderr", stream)
        with asking(1), progress("Copying alerts ..."):
            pass
    assert "Asking DLF about 1 workspace ..." in terminal.getvalue()
    assert "Copying alerts ..." in terminal.getvalue()
    assert (pipe.getvalue(), capsys.readouterr().out) == ("", "")
