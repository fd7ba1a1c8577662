"""The allowed imports between rooms, and libraries that only a single room may use."""

import ast
import pathlib
import re
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter

import pytest

from bot.domain.slack_codes import CODES, RATELIMITED

ROOT = pathlib.Path(__file__).parents[2]
FILES = sorted((ROOT / "bot").rglob("*.py"))

# Each room and the rooms below it that it may use. `app` and `cli` stand above all of them.
GROUND = {"errors", "redaction", "secret", "logs", "metrics", "timing", "clock", "outbound"}
RULES: dict[str, set[str]] = {
    # Errors say what happened in sentences that the messages can word in another language.
    **{key: {"domain.sentence"} for key in GROUND},
    "logs": {"redaction"},
    "tasks": GROUND,
    "scheduler": GROUND,
    "domain": {"domain"},
    "messages": {"domain", "messages"},
    "store": GROUND | {"domain", "store"},
    "dlf": GROUND | {"domain", "dlf"},
    "config": GROUND | {"domain", "config", "dlf.settings", "dlf.regions", "store.postgres_mistakes"},
    "slack": GROUND | {"tasks", "domain", "messages", "slack"},
    "usecases": GROUND | {"tasks", "domain", "messages", "store", "usecases"},
    "server": GROUND | {"tasks", "server"},
    "app": GROUND
    | {
        "tasks",
        "scheduler",
        "domain",
        "messages",
        "store",
        "dlf",
        "config",
        "slack",
        "usecases",
        "server",
        "app",
    },
    "playground": {"playground"},
}
ONLY_IN = {
    "httpx": {"dlf"},
    "apscheduler": {"scheduler"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "asyncpg": {"store"},
    "aiosqlite": {"store"},
    "slack_sdk": {"slack"},
    "slack_bolt": {"slack"},
    "yaml": {"config"},
}


def room(path: pathlib.Path) -> str:
    return path.relative_to(ROOT / "bot").with_suffix("").parts[0]


def imports(path: pathlib.Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_imports_only_packages_below_it(path: pathlib.Path) -> None:
    allowed = RULES.get(room(path))
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top in ONLY_IN:
            assert room(path) in ONLY_IN[top], f"{name} belongs to {ONLY_IN[top]}"
        if top == "bot" and allowed is not None and rest:
            assert any(rest == one or rest.startswith(f"{one}.") for one in allowed), (
                f"{room(path)} uses {name}"
            )


def module(path: pathlib.Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_modules(path: pathlib.Path, modules: set[str]) -> set[str]:
    """The modules of bot/ that a file imports anywhere: also in functions and under TYPE_CHECKING."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inside & modules
            found |= {node.module} if inside - modules else set()
    return found & modules


def test_no_module_imports_itself_through_others() -> None:
    modules = {module(path) for path in FILES}
    # Raises CycleError, which names the circle.
    TopologicalSorter({module(path): imported_modules(path, modules) for path in FILES}).prepare()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_first_line_says_what_belongs_there(path: pathlib.Path) -> None:
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert doc, "a module begins with a docstring"
    assert doc.splitlines()[0].rstrip(".") != "", "its first line says what belongs in the room"


def test_the_core_imports_nothing_from_outside() -> None:
    outside = {
        name
        for path in (ROOT / "bot" / "domain").glob("*.py")
        for name in imports(path)
        if not name.startswith("bot.domain") and name.split(".")[0] not in _STDLIB
    }
    assert outside == set()


def test_the_nearest_name_is_found_in_a_single_place() -> None:
    finding = {module(path) for path in FILES if "difflib" in set(imports(path))}
    assert finding == {"bot.domain.suggest"}


WRITTEN_ONCE = "/(slack|healthz|readyz|metrics|dlf-)[a-z/]*|(alert|fold|home|jobs|silence|status)_[a-z_]+"


def test_paths_commands_and_ids_of_buttons_are_written_once() -> None:
    found = Counter(
        node.value
        for path in FILES
        if room(path) in ("cli", "messages", "server", "slack")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(WRITTEN_ONCE, node.value)
    )
    assert len(found) > 20
    assert {name: many for name, many in found.items() if many > 1} == {}


# A field of a channel has the name of the error.
NO_CODES = {("check_slack.py", "is_archived")}


def test_slacks_error_codes_stand_in_a_single_table() -> None:
    table = ROOT / "bot" / "domain" / "slack_codes.py"
    codes = {code for code in CODES if "_" in code} | {RATELIMITED}
    elsewhere = {
        (path.name, node.value)
        for path in FILES
        if path != table and room(path) in ("app", "cli", "messages", "slack", "usecases")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in codes
    }
    assert elsewhere == NO_CODES


def test_broad_excepts_stand_at_three_doors_only() -> None:
    doors = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
        )
    ]
    assert len(doors) <= 3, doors


_STDLIB = {
    "fnmatch",
    "collections",
    "hashlib",
    "dataclasses",
    "datetime",
    "difflib",
    "enum",
    "zoneinfo",
    "json",
    "re",
    "math",
    "statistics",
    "itertools",
    "typing",
    "unicodedata",
}
