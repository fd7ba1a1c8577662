"""Commands that only read change no database: they neither migrate an older nor make a missing database."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.support.schema1 import load
from tests.support.whole_bot import OPS, SECRETS, THREE, Imitations, Terminal, run_imitations

PARTS = {
    "workspaces": THREE,
    "rules": "[{name: failures, metric: fail_count, limit: 5}]",
    "digests": '[{name: morning, at: "09:00"}]',
}
LOOKS = ["check", "check --online", "status", "status --json", "poll --dry-run", "digest morning"]
OLDER = "The database is of an older dlf-bot (schema 0; this one needs"
RUN = "`dlf-bot run`"


@pytest.fixture
def environ() -> Mapping[str, str]:
    return SECRETS


@pytest.fixture
def imitations(tmp_path: Path) -> Iterator[Imitations]:
    with run_imitations(tmp_path) as found:
        yield found


@pytest.fixture
def old_url(empty_url: str) -> str:
    """A database of a schema that is older than any program's."""

    async def make() -> None:
        await load.load(empty_url, "schema1")
        await load.execute(empty_url, "UPDATE alembic_version SET version_num = '0000'")

    asyncio.run(make())
    return empty_url


def contents(url: str) -> Any:
    """All that is in a database: a file's bytes, or every column and row."""
    if url.startswith("sqlite"):
        file = load.file_of(url)
        return file.read_bytes() if file.exists() else None, sorted(os.listdir(file.parent))
    return asyncio.run(_rows(url))


async def _rows(url: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        columns = await connection.fetch(
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        tables = dict.fromkeys(row["table_name"] for row in columns)
        rows = {
            name: [row[0] for row in await connection.fetch(f'SELECT t::text FROM "{name}" t ORDER BY 1')]
            for name in tables
        }
        return [tuple(row) for row in columns], rows
    finally:
        await connection.close()


@pytest.mark.parametrize("command", LOOKS)
def test_a_read_only_command_reports_an_older_database_and_does_not_migrate_it(
    terminal: Terminal, imitations: Imitations, old_url: str, command: str
) -> None:
    path, before = imitations.services.write(store=old_url, **PARTS), contents(old_url)
    ended = terminal(*command.split(), "-c", path)
    assert ended.code == 0
    assert contents(old_url) == before
    said = [line for line in (ended.out + ended.err).splitlines() if OLDER in line]
    assert len(said) == 1
    assert RUN in said[0]
    assert imitations.services.slack.log == []


@pytest.mark.parametrize("command", LOOKS)
def test_a_read_only_command_creates_no_database(
    terminal: Terminal, imitations: Imitations, empty_url: str, command: str
) -> None:
    path, before = imitations.services.write(store=empty_url, **PARTS), contents(empty_url)
    ended = terminal(*command.split(), "-c", path)
    assert ended.code == 0
    assert contents(empty_url) == before
    needs = command.startswith(("check --online", "poll", "digest"))
    assert ("There is no database yet" in ended.out + ended.err) is needs


def test_check_says_which_files_of_the_database_others_may_read(
    terminal: Terminal, imitations: Imitations
) -> None:
    path, file = imitations.services.write(), imitations.services.folder / "bot.db"
    for name, mode in (("bot.db", 0o644), ("bot.db-wal", 0o660), ("bot.db-shm", 0o600)):
        (imitations.services.folder / name).touch()
        (imitations.services.folder / name).chmod(mode)
    ended = terminal("check", "-c", path)
    said = " ".join(ended.out.split())
    assert ended.code == 0
    assert f"{file} can be read by other users (mode 0644)" in said
    assert f"chmod 600 {file}-wal" in said
    assert "-shm" not in said
    assert file.stat().st_mode & 0o777 == 0o644, "it says so, and changes nothing"
    for name in ("bot.db", "bot.db-wal"):
        (imitations.services.folder / name).chmod(0o600)
    assert "can be read by other users" not in terminal("check", "-c", path).out


def test_a_digest_is_not_posted_past_an_older_database(
    terminal: Terminal, imitations: Imitations, old_url: str
) -> None:
    """An older bot may be at work there: only `run` migrates."""
    path, before = imitations.services.write(store=old_url, **PARTS), contents(old_url)
    ended = terminal("digest", "morning", "--post", "-c", path)
    assert (ended.code, ended.out) == (1, "")
    assert OLDER in ended.err
    assert RUN in ended.err
    assert contents(old_url) == before
    assert imitations.services.slack.log == []


def test_a_digest_that_is_posted_first_makes_the_database_so_that_it_is_not_posted_again(
    terminal: Terminal, imitations: Imitations, empty_url: str
) -> None:
    path = imitations.services.write(store=empty_url, **PARTS)
    assert terminal("digest", "morning", "--post", "-c", path).code == 0
    assert "has already been posted" in terminal("digest", "morning", "--post", "-c", path).out
    assert len(imitations.services.texts(OPS)) == 1


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("DROP SCHEMA public", "`search_path` names no schema"),
        (
            "CREATE TABLE customers (id INT)",
            "Another program has tables in the schema `public` of the database: `customers`",
        ),
        ("CREATE ROLE {role} LOGIN", "The PostgreSQL user lacks rights on the schema"),
    ],
)
def test_check_says_why_the_tables_cannot_be_made(
    terminal: Terminal, imitations: Imitations, empty_postgres: str, script: str, said: str
) -> None:
    role = f"r_{uuid4().hex[:12]}"
    asyncio.run(load.execute(empty_postgres, script.format(role=role)))
    url = f"{empty_postgres}&user={role}" if "ROLE" in script else empty_postgres
    url = url.replace("postgres:@", "", 1) if "ROLE" in script else url
    try:
        ended = terminal("check", "--online", "-c", imitations.services.write(store=url, **PARTS))
    finally:
        asyncio.run(load.execute(empty_postgres, f"DROP ROLE IF EXISTS {role}"))
    assert ended.code == 1
    assert said in ended.out


def test_check_accepts_a_config_whose_database_is_out_of_reach_and_says_what_it_could_not_see(
    terminal: Terminal, imitations: Imitations
) -> None:
    ended = terminal(
        "check", "-c", imitations.services.write(store="postgresql://bot@127.0.0.1:1/bot", **PARTS)
    )
    assert ended.code == 0
    assert "warn  alerts     cannot say which alerts this config closes or starts." in ended.out
