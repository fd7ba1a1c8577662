"""Help with examples, and completion in the shell."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from bot.cli.commands import cli
from bot.cli.completion import DAYS, SHELLS
from bot.domain.model import Day
from tests.support.whole_bot import Terminal

PROGRAM = Path(sys.executable).with_name("dlf-bot")
# The secrets are not set, and a rule is not finished: both may be while a person still types.
CONFIG = """\
projects:
  - name: prod
    workspaces: [{name: sales, id: 1}, {name: "新 仓库", id: 2}, {name: finance, id: 3}]
  - name: test
    workspaces:
      - name: sales
slack: {bot_token: "${NOT_SET}"}
rules: [{name: failures}, {name: stuck, metric: }, {}]
digests: [{name: morning}, {name: evening}]
"""


def every_command(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from every_command(one, (*words, name))


def find(words: tuple[str, ...]) -> click.Command:
    found: click.Command = cli
    for word in words:
        assert isinstance(found, click.Group)
        found = found.commands[word]
    return found


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


@pytest.mark.parametrize("words", list(every_command(cli)), ids=" ".join)
def test_help_says_a_whole_sentence_and_ends_with_an_example(
    terminal: Terminal, words: tuple[str, ...]
) -> None:
    ended = terminal(*words, "--help")
    assert (ended.code, ended.err) == (0, "")
    summary = " ".join(re.split(r"\n\s*\n", ended.out)[1].split())
    assert re.fullmatch(r"[A-Z].*[.]", summary), summary
    example = ended.out.partition("Example:\n")[2]
    lines = example.strip().splitlines()
    assert lines
    for line in map(str.strip, lines):
        typed = shlex.split(line)
        assert tuple(typed[: len(words) + 1]) == ("dlf-bot", *words)
        if words:
            known = [one for parameter in find(words).params for one in parameter.opts]
            assert {one for one in typed if one.startswith("--")} <= set(known)


@pytest.mark.parametrize("group", [(), ("db",)], ids=" ".join)
def test_a_list_of_commands_cuts_no_summary_off(terminal: Terminal, group: tuple[str, ...]) -> None:
    ended = terminal(*group, "--help")
    assert "..." not in ended.out.partition("Commands:")[2].partition("Example:")[0]


# Completion


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "dlf.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    monkeypatch.setenv("DLF_BOT_CONFIG", str(path))
    return path


def completed(line: str) -> list[str]:
    """The completions offered at the end of a line."""
    *typed, begun = f"{line}|".replace("dlf-bot ", "", 1).split(" ")
    shell = ShellComplete(cli, {}, "dlf-bot", "_DLF_BOT_COMPLETE")
    return [one.value for one in shell.get_completions(typed, begun.removesuffix("|"))]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("dlf-bot sta", ["status"]),
        ("dlf-bot db ba", ["backup"]),
        ("dlf-bot status ye", ["yesterday"]),
        ("dlf-bot status yesterday s", []),
        ("dlf-bot status yesterday prod/", ["prod/sales"]),
        ("dlf-bot status today fi", ["finance"]),
        ("dlf-bot status 新", ["新 仓库"]),
        ("dlf-bot digest ", ["morning", "evening"]),
        ("dlf-bot export --rule ", ["failures", "stuck"]),
        ("dlf-bot export --workspace t", ["test/sales"]),
        ("dlf-bot export al", ["alerts"]),
        ("dlf-bot export --format c", ["csv"]),
        ("dlf-bot completion ", list(SHELLS)),
    ],
)
def test_it_completes_what_the_config_names(config: Path, line: str, offered: list[str]) -> None:
    assert completed(line) == offered


def test_it_completes_every_day() -> None:
    assert list(Day) == list(DAYS)


def test_the_config_on_the_command_line_comes_first(config: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("digests: [{name: noon}]", encoding="utf-8")
    assert completed(f"dlf-bot digest -c {other} ") == ["noon"]


@pytest.mark.parametrize("content", [None, "", "- a list", "projects: [", "projects: {a: 1}", "\0"])
def test_a_config_that_cannot_be_read_completes_nothing_and_says_nothing(
    config: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    config.unlink() if content is None else config.write_text(content, encoding="utf-8")
    assert completed("dlf-bot digest ") == []
    assert completed("dlf-bot status a") == ["all"]
    assert capsys.readouterr() == ("", "")


def test_bash_completes_with_the_printed_script_and_loads_nothing_heavy(config: Path) -> None:
    script = f"""
        PATH={shlex.quote(str(PROGRAM.parent))}:$PATH
        source <(dlf-bot completion bash)
        COMP_WORDS=(dlf-bot digest mo) COMP_CWORD=2
        PYTHONPROFILEIMPORTTIME=1 _dlf_bot_completion dlf-bot 2>{shlex.quote(str(config))}.imports
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    ended = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert (ended.stdout.split(), ended.stderr) == (["morning"], "")
    imported = Path(f"{config}.imports").read_text(encoding="utf-8")
    assert "bot.config.names" in imported
    heavy = ("sqlalchemy", "httpx", "aiohttp", "slack_sdk", "rich", "apscheduler", "bot.playground")
    assert [name for name in heavy if re.search(rf"\| +{re.escape(name)}\b", imported)] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_its_script(terminal: Terminal, shell: str) -> None:
    ended = terminal("completion", shell)
    assert (ended.code, ended.err) == (0, "")
    assert f"_DLF_BOT_COMPLETE={shell}_complete" in ended.out
    assert terminal("completion", "csh").code == 2
