"""README, example, changelog and locks tell the truth about the program beside them."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from bot import __version__
from bot.cli.commands import cli
from bot.config import json_schema, load
from bot.config.scalars import DURATION_PATTERN
from bot.config.schema import PLACEHOLDER
from bot.domain.alerts import Reason
from bot.domain.model import Day, Workspace
from bot.messages.service import DIGEST, STATUS
from bot.metrics import Metrics
from bot.slack.jobs_command import JOBS
from bot.slack.manifest import COMMANDS
from bot.slack.parsing import Help
from bot.slack.status_grammar import StatusQuestion, WorkspaceNames, parse
from tests.support.config_texts import ENVIRON, EXAMPLE, ROOT
from tests.support.dlf_client import SALES

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DOCS = ROOT / "docs"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
TODAYS = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


README, DESIGN, OPERATE = read("README.md"), read("docs/design.md"), read("docs/operate.md")
REFERENCE = read("docs/reference.md")


def section(document: str, title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {title}"
    return found[1]


def anchors(markdown: str) -> set[str]:
    """The names GitHub gives to headings."""
    titles = re.findall(r"^#+ (.*)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_readme_is_short_and_leads_to_every_document() -> None:
    assert len(README.encode()) <= 6_000
    assert [path.name for path in DOCUMENTS if path.name != "README.md" and path.name not in README] == []


def test_the_first_screen_shows_a_message_and_the_two_commands() -> None:
    screen = "\n".join(README.splitlines()[:24])
    assert re.search(r"!\[.{30,}\]\(docs/\w+\.png\)", screen)
    assert "python3 dev.py playground" in screen
    assert "python3 dev.py test" in screen


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_repository_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
    for link in links:
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        path = document.parent / name if name else document
        assert path.exists(), link
        assert not anchor or anchor in anchors(path.read_text(encoding="utf-8")), link


def test_every_picture_says_what_it_shows() -> None:
    pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", README + REFERENCE)
    assert len(pictures) == 3
    assert all(len(words) > 20 for words, _ in pictures)


@pytest.mark.parametrize("document", TODAYS, ids=lambda path: path.name)
def test_files_that_documents_name_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:bot|tests|benchmarks|docs|deploy|\.ci)/[\w./]+)`", text))
    assert [name for name in named if not (ROOT / name).exists()] == []


# What the program itself knows


def written(name: str, mark: str, made: str) -> str:
    """The text between two marks; with DOCS_WRITE=1 it is first replaced by `made`."""
    path = DOCS / name
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(f"<!-- {mark} -->\n")
    found, after = rest.split("<!-- end -->", 1)
    if os.environ.get("DOCS_WRITE"):
        path.write_text(f"{before}<!-- {mark} -->\n{made}<!-- end -->{after}", encoding="utf-8")
        return made
    return found


def test_the_reference_has_every_config_key_as_the_program_reads_it() -> None:
    made = key_tables(json_schema())
    assert written("reference.md", "config keys", made) == made


def test_the_operators_guide_lists_every_metric_as_it_is_made() -> None:
    made = metric_rows()
    assert written("operate.md", "metrics", made) == made


# What a person types


def every_command(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Each command with its words: "check", "db check"."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every_command(command, f"{before}{name} ")
        else:
            yield before + name, command


# The commands that have commands below them.
GROUPS = ("db",)
WORDS = rf"(?:(?:{'|'.join(GROUPS)}) )?\w+"


def test_every_command_is_in_the_reference_with_its_options() -> None:
    rows = {
        row[1]: row[0] for row in re.findall(rf"^\| `(dlf-bot ({WORDS}).*?)` \|", REFERENCE, re.MULTILINE)
    }
    commands = dict(every_command(cli))
    assert set(rows) == set(commands)
    for name, command in commands.items():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.name != "path":
                long = [one for one in (*parameter.opts, *parameter.secondary_opts) if one.startswith("--")]
                assert any(one in rows[name] for one in long), (name, long)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_line_can_be_typed(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    lines = re.findall(r"(?<!`)`dlf-bot ([a-z][^`]*)`", text)
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        lines += re.findall(r"^dlf-bot ([a-z][^#>\n]*)", block, re.MULTILINE)
    for line in lines:
        words = [word for word in shlex.split(re.sub(r"[\[\]|\\]", " ", line)) if word]
        named = " ".join(words[:2] if words[0] in GROUPS else words[:1])
        command = dict(every_command(cli))[named]
        known = {one for parameter in command.params for one in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known | {"--help"}, line


def test_the_reference_lists_the_exit_codes() -> None:
    assert "Exit codes: 0 success, 1 DLF, Slack or the database failed, 2 wrong usage or config." in REFERENCE


@pytest.mark.parametrize(("document", "title"), [(README, "Ask"), (REFERENCE, "Slash commands")])
def test_the_reference_names_every_word_of_the_slash_command(document: str, title: str) -> None:
    ask = section(document, title)
    assert all(day.value in ask for day in Day)
    assert {"own", "share", "help"} <= set(re.findall(r"\w+", ask))
    for command, (_, hint) in COMMANDS.items():
        for usage in hint.split(" | "):
            assert f"{command} {usage}" in ask
    assert list(COMMANDS) == [STATUS, JOBS, DIGEST]


def test_the_spellings_the_reference_names_are_understood() -> None:
    sentence = re.search(r"Friendly\s+spellings work \((.*?)\)", REFERENCE, re.DOTALL)
    assert sentence
    spellings = re.findall(r"`(.*?)`", sentence[1])
    assert len(spellings) >= 3
    assert all(isinstance(understood(one), StatusQuestion) for one in spellings)
    assert isinstance(understood("help"), Help)


def key_tables(schema: dict[str, Any], name: str = "") -> str:
    """A table for each mapping of the config, the tables of the mappings in it after it."""
    rows, below = (
        [f"### {name or 'The file'}\n", "| key | value | default | meaning |", "|---|---|---|---|"],
        "",
    )
    for key, about in schema["properties"].items():
        shape = about.get("items", about)
        if "properties" in shape:
            path = f"{name}.{key}".lstrip(".") + "[]" * ("items" in about)
            kind, below = (
                "list of mappings" if "items" in about else "mapping",
                below + key_tables(shape, path),
            )
        else:
            kind = kind_of(about)
        default = "**required**" if key in schema["required"] else shown(about.get("default"))
        rows.append(f"| `{key}` | {kind} | {default} | {cell(about['description'])} |")
    return "\n".join(rows) + "\n\n" + below


def kind_of(about: dict[str, Any]) -> str:
    """The allowed values, in words."""
    choices = [one for one in about.get("anyOf", [about]) if one != PLACEHOLDER]
    if any(one.get("type") == "array" for one in choices):
        (single,) = (one for one in choices if one.get("type") != "array")
        return f"list: {kind_of(single)}"
    if "anyOf" in choices[0]:
        choices = choices[0]["anyOf"]
    words = next((one["enum"] for one in choices if "enum" in one), None)
    if words and len(words) <= 4:
        return ", ".join(f"`{word}`" for word in words)
    if any(one.get("pattern") == DURATION_PATTERN for one in choices):
        return "duration"
    types = [kind for one in choices for kind in flat(one.get("type", []))]
    named = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    return "text" if "string" in types and "number" not in types else named.get(types[0], types[0])


def flat(kind: str | list[str]) -> list[str]:
    return [kind] if isinstance(kind, str) else kind


def shown(default: object) -> str:
    if default is None:
        return ""
    plain = ", ".join(map(str, default)) if isinstance(default, list) else str(default)
    return f"`{plain}`"


def cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "&lt;")


def metric_rows() -> str:
    rows = []
    for metric in Metrics().registry.collect():
        name = metric.name + "_total" * (metric.type == "counter")
        rows.append(f"| `{name}` | {metric.type} | {cell(metric.documentation)} |\n")
    return "".join(rows)


def understood(text: str) -> object:
    workspaces: tuple[Workspace, ...] = (SALES,)
    return parse(text, WorkspaceNames(workspaces))


# What it says of the program


def test_every_reason_is_explained() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| ", section(REFERENCE, "Alerts"), re.MULTILINE)
    assert {row for row in rows if row != "reason"} == {reason.value.replace("_", " ") for reason in Reason}


def test_every_room_the_design_draws_is_there() -> None:
    tree = section(DESIGN, "The house").split("```")[3]
    named = re.findall(r"(\w+/|\w+\.py)(?=\s)", tree.replace("bot/\n", "", 1))
    assert len(named) >= 15
    assert [name for name in named if not (ROOT / "bot" / name).exists()] == []
    packages = {path.parent.name for path in (ROOT / "bot").glob("*/__init__.py")}
    assert {f"{name}/" for name in packages} <= set(named)


def test_every_dependency_has_its_reason() -> None:
    told = section(DESIGN, "Dependencies")
    names = [re.split(r"[\[<>=;]", one)[0] for one in PROJECT["dependencies"]]
    assert [name for name in names if f"**{name}**" not in told] == []


def test_every_dependency_is_locked() -> None:
    for lock in ("requirements.txt", "tests/requirements.txt"):
        locked = (ROOT / lock).read_text(encoding="utf-8")
        for one in PROJECT["dependencies"]:
            assert re.search(rf"^{re.split(r'[<>=;]', one)[0].split('[')[0]}==", locked, re.MULTILINE), one
        assert "--hash=sha256:" in locked


def test_the_version_stands_once() -> None:
    assert PROJECT["version"] == __version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## (Unreleased|{re.escape(__version__)})", changelog, re.MULTILINE)


def test_design_notes_are_several_and_say_why() -> None:
    notes = re.findall(r"^- \*\*(.+?)\*\*", section(DESIGN, "Design notes"), re.MULTILINE)
    assert len(notes) >= 8


def test_the_example_works_as_the_readme_says() -> None:
    config = load(EXAMPLE, ENVIRON)
    assert config.workspaces
    assert "config.example.yaml" in README


def test_the_operators_guide_lists_every_page_and_setting() -> None:
    told = section(OPERATE, "Health")
    assert all(page in told for page in ("/healthz", "/readyz", "/metrics", "http.token"))


def test_the_operators_guide_lists_every_log_event() -> None:
    named = set(re.findall(r"`(\w+)`", section(OPERATE, "Logs")))
    files = (path for path in (ROOT / "bot").rglob("*.py") if path.name != "logs.py")
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    events = set(re.findall(r'(?:log_event|log_bug|Once|Seldom)\(\s*log, "([^"]+)"', code))
    assert len(events) > 30
    assert not [event for event in events if not re.fullmatch(r"[a-z]+(_[a-z]+)*", event)]
    assert not re.findall(r"\blog\.(?:debug|info|warning|error|exception|critical)\(", code)
    assert events - named == set()


# The two commands and the Procfile


def test_the_set_up_script_knows_the_readmes_commands() -> None:
    script = [sys.executable, str(ROOT / "dev.py")]
    ended = subprocess.run(script, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    for command in set(re.findall(r"python3 (dev\.py \w+)", README)):
        assert command in ended.stdout
    run = ROOT / ".ci" / "run"
    assert os.access(run, os.X_OK)
    assert "python3 dev.py test" in run.read_text(encoding="utf-8")


@pytest.mark.parametrize("failing", ["ruff", "mypy", "pip-audit", "pytest", "none"])
def test_all_checks_are_run_and_shown_if_one_fails_and_the_run_fails(failing: str, tmp_path: Path) -> None:
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("ruff", "mypy", "pip-audit", "pytest"):
        said = f"echo '{name} found 1 known vulnerability' >&2; exit 1" if name == failing else f"echo {name}"
        (programs / name).write_text(f"#!/bin/sh\n{said}\n")
        (programs / name).chmod(0o755)
    shutil.copy(ROOT / "dev.py", tmp_path)
    call = [sys.executable, "-c", "import sys, dev; sys.exit(dev.check([]))"]
    ended = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == (failing != "none"), ended
    shown = ended.stdout + ended.stderr
    audited = "pip-audit found" if failing == "pip-audit" else "Dependencies audited: nothing known."
    assert all(said in shown for said in ("ruff", "mypy", "pytest", audited)), shown


def test_ending_the_set_up_script_ends_its_processes() -> None:
    code = "import dev; dev.become('sh', '-c', 'echo $$')"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.communicate()[0] == f"{process.pid}\n"


def test_the_procfile_runs_the_bot() -> None:
    procfile = (ROOT / "Procfile").read_text(encoding="utf-8")
    assert re.fullmatch(r'web: python -m bot run --config "\$\{DLF_BOT_CONFIG:-config\.yaml\}"\n', procfile)


# What CI may not pass over


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
@pytest.mark.parametrize("where", ["", "def test_bad(): "], ids=["file", "test"])
def test_a_skipped_test_fails_the_run_in_ci(tmp_path: Path, ci: str, code: int, where: str) -> None:
    skipping = f"{where}pytest.skip('no', allow_module_level=True)"
    (tmp_path / "test_it.py").write_text(f"import pytest\ndef test_good(): pass\n{skipping}\n")
    (tmp_path / "test_more.py").write_text("def test_good(): pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.no_skips", "-p", "no:cacheprovider"]
    environ = os.environ | {"CI": ci, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [*command, str(tmp_path)], env=environ, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == code, ended.stdout
    assert ("skipped, and CI=true" in ended.stdout) == (code == 1)
