"""Beside the schema of a newer version a program goes on where it does no harm, and stops where it could."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.app.lifecycle import Bot
from bot.errors import StoreError
from bot.store.database import connect
from bot.store.schema import COMPATIBLE_FROM, REVISION, compatibility
from bot.store.store import open_store
from tests.cli.test_processes import process
from tests.support.schema1 import load
from tests.support.schema1.make import kept
from tests.support.whole_bot import FAILURES, Imitations, Services, run_imitations, services, soon
from tests.system.test_upgrade import as_json, differences

NEWER = REVISION + 1


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Services]:
    async with services(tmp_path) as found:
        yield found


@pytest.fixture
def imitations(tmp_path: Path) -> Iterator[Imitations]:
    with run_imitations(tmp_path) as found:
        yield found


async def migrate(url: str, *, compatible_from: int) -> None:
    """The note of a newer version's migration; its other changes are additions unknown to this program."""
    await load.execute(
        url,
        "ALTER TABLE alerts ADD COLUMN of_a_newer_version TEXT; CREATE TABLE of_a_newer_version (id TEXT);"
        f" UPDATE dlf_bot_version SET version_num = '{NEWER:04d}';"
        f" UPDATE compatibility SET compatible_from = {compatible_from};",
    )


async def alert(home: Services, bot: Bot, words: str) -> None:
    home.forward(seconds=2)
    await soon(lambda: any(words in text for text in home.texts()))


async def test_a_replica_goes_on_beside_a_newer_schema_that_it_may_use(
    home: Services, empty_url: str
) -> None:
    parts: dict[str, Any] = {"store": empty_url, "rules": FAILURES}
    async with home.bot(**parts) as bot:
        await migrate(empty_url, compatible_from=REVISION)
        home.dlf.fail("ws-sales", 700)
        await alert(home, bot, "failed")
    async with home.bot(**parts) as bot:
        home.dlf.heal("ws-sales")
        await alert(home, bot, "Resolved")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(bot.schema_watch.wait(), 1)


async def test_a_running_replica_is_told_to_stop_when_a_newer_version_has_the_database(
    home: Services, empty_url: str
) -> None:
    async with home.bot(store=empty_url) as bot:
        await migrate(empty_url, compatible_from=NEWER)
        with pytest.raises(StoreError) as caught:
            await asyncio.wait_for(bot.schema_watch.wait(), 10)
    assert f"newer dlf-bot (schema {NEWER}; this one knows {REVISION})" in caught.value.what
    assert caught.value.remedy
    with pytest.raises(StoreError, match="newer dlf-bot"):
        async with home.bot(store=empty_url):
            raise AssertionError("it started")


def test_run_ends_with_a_sentence_when_a_newer_version_has_the_database(imitations: Imitations) -> None:
    url = f"sqlite:///{imitations.services.folder}/bot.db"
    path = imitations.services.write(store=url)
    with process(sys.executable, "-m", "bot", "run", "-c", path) as bot:
        bot.says(r"bot\.app\.lifecycle running")
        asyncio.run(migrate(url, compatible_from=NEWER))
        assert bot.end() == 1
    assert "bot.app.lifecycle stopping" in bot.text
    assert re.match(r"dlf-bot: The database was upgraded by a newer dlf-bot .*Start the newer", bot.lines[-1])


async def test_a_replica_of_schema_1_must_stop_beside_this_schema(empty_url: str) -> None:
    """At midnight it would end alerts that outlive their day, and once more each time they begin anew."""
    await (await open_store(empty_url)).close()
    database = connect(empty_url)
    assert [tuple(row) for row in await database.fetch(select(compatibility.c.compatible_from))] == [
        (COMPATIBLE_FROM,)
    ]
    await database.close()


async def test_a_replica_of_schema_1_that_was_not_stopped_yet_finds_every_column_that_it_names(
    empty_url: str,
) -> None:
    """They are there, and none besides must be given."""
    await (await open_store(empty_url)).close()
    rows = load.text("schema1.rows.sql")
    await load.execute(empty_url, rows)
    for columns, table in set(re.findall(r"^INSERT INTO (\w+) \((.+)\) VALUES$", rows, re.MULTILINE)):
        await load.execute(empty_url, f"SELECT {table} FROM {columns}")
    store = await open_store(empty_url)
    try:
        was = load.wanted("schema1")
        now = as_json(await kept(store, list(was["notices"])))
    finally:
        await store.close()
    assert differences({name: was[name] for name in now}, now) == []
