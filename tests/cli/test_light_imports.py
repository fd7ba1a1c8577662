"""The imports of a start, in a process of its own, and the parts that it leaves out."""

import json
import subprocess
import sys

import pytest

from bot.cli.light_imports import EMPTY

# The modules of a start on SQLite, with some room: each is some 20 KiB and half a millisecond.
MOST_MODULES = 1090
FIRST = """
import json, ssl, sys
import bot.cli.commands
from bot.cli.light_imports import light_imports
"""
LIGHT = "with light_imports():\n    import bot.cli.run\n"
HEAVY = (
    "aiohttp.web",
    "alembic",
    "asyncpg",
    "difflib",
    "html",
    "http.server",
    "logging.config",
    "multiprocessing",
    "rich",
    "slack_bolt.app.app",
    "slack_sdk.oauth",
    "slack_sdk.web.client",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
)


def _ask(code: str) -> object:
    code = f"{FIRST}{code}"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def plain() -> object:
    """All modules of a start that leaves nothing out."""
    return _ask("import bot.cli.run\nprint(json.dumps(sorted(sys.modules)))")


def test_a_start_imports_few_modules_and_none_that_is_heavy(plain: list[str]) -> None:
    loaded = _ask(f"{LIGHT}print(json.dumps(sorted(sys.modules)))")
    assert isinstance(loaded, list)
    assert [name for name in loaded if name.startswith((*HEAVY, *EMPTY))] == []
    assert len(loaded) < MOST_MODULES < len(plain)


def test_a_library_still_imports_each_part_that_is_left_out(plain: list[str]) -> None:
    assert [name for name in EMPTY if name not in plain] == [], "leave out no more than there is"


def test_a_part_that_was_left_out_is_there_for_later_imports() -> None:
    found = _ask(
        f"{LIGHT}from aiohttp import web\nimport http.server\nfrom uvicorn.main import main\n"
        "print(json.dumps([web.Application.__module__, http.server.HTTPServer.__module__, main.name]))"
    )
    assert found == ["aiohttp.web_app", "http.server", "main"]


def test_certificates_are_read_once_and_by_the_bots_own_context_alone() -> None:
    """A call without a context of ours trusts nobody."""
    found = _ask(
        f"{LIGHT}import aiohttp.connector\nfrom bot.outbound import trusted\n"
        "known = aiohttp.connector._SSL_CONTEXT_VERIFIED\n"
        "print(json.dumps([known.cert_store_stats()['x509'], known.verify_mode == ssl.CERT_REQUIRED,"
        " trusted().cert_store_stats()['x509'] > 0, trusted() is trusted(),"
        " ssl.create_default_context().cert_store_stats()['x509'] > 0]))"
    )
    assert found == [0, True, True, True, True]
