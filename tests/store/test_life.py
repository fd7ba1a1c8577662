"""A lock that dies with its process: who is dead, who may send, and what is free early."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bot.clock import elapsed
from bot.domain.model import Day
from bot.errors import StoreError
from bot.store import life_files
from bot.store.life import GAP, PERMIT, WAIT, FileLife, Life, SessionLife, Verdict
from bot.store.life_files import LifeFiles
from bot.store.postgresql import FAILURES
from bot.store.store import Store, open_store
from tests.support.pgbouncer import needs_pgbouncer, pooler

NOW = datetime(2026, 11, 28, 2, tzinfo=UTC)
A, B = "host-1~a", "host-2~b"
LEASE = 25.0
# A real process that holds its lock, a lease and a claim of a poll, until it is ended.
HOLDER = """
import asyncio, sys
from datetime import UTC, datetime
from bot.store.store import open_store

async def hold(url):
    store = await open_store(url)
    owner = await store.live("holder")
    now = datetime(2026, 11, 28, 2, tzinfo=UTC)
    assert await store.leases.acquire("tell", owner, 25)
    assert await store.leases.acquire("rest", owner, 25, longest=3600)
    assert await store.reads.claim(owner, now, limit=1, lease_seconds=25, project="prod")
    print(owner, flush=True)
    while True:
        await store.life.beat()
        await asyncio.sleep(0.2)

asyncio.run(hold(sys.argv[1]))
"""


class Looks:
    """Looks of B at the locks, a quarter of a second apart."""

    def __init__(self) -> None:
        self.now, self.verdict = 100.0, Verdict(0xB, held_at=100.0)

    def look(self, *living: int, took: float = 0.01, after: float = 0.25) -> Collection[str]:
        self.now += after
        began, self.now = self.now, self.now + took
        return self.verdict.look(began, self.now, {0xB, *living}, [A, B])

    @property
    def dead(self) -> tuple[str, ...]:
        return self.verdict.dead(self.now)


def test_an_owner_is_dead_once_its_lock_was_free_for_longer_than_it_may_send() -> None:
    looks = Looks()
    looks.look(0xA)
    news = [looks.look() for _ in range(5)]
    assert not any(news)
    assert not looks.dead
    assert (looks.look() or looks.look()) == {A}
    assert looks.dead == (A,)
    looks.look(after=30)
    assert not any(looks.look() for _ in range(8)), "it is news once"
    assert WAIT > PERMIT


def test_a_lock_held_again_meanwhile_begins_the_wait_anew() -> None:
    looks = Looks()
    for _ in range(4):
        looks.look()
    looks.look(0xA)
    for _ in range(5):
        looks.look()
    assert not looks.dead


def test_two_looks_too_far_apart_do_not_prove_a_death() -> None:
    looks = Looks()
    looks.look()
    looks.look(after=30)
    assert not looks.dead
    for _ in range(6):
        looks.look()
    assert looks.dead == (A,)
    assert looks.verdict.dead(looks.now + GAP) == (), "an old look says nothing of now"


def test_a_slow_database_has_every_process_wait_longer() -> None:
    looks = Looks()
    for _ in range(6):
        looks.look(took=0.2)
    assert not looks.dead
    assert looks.verdict.may_send(looks.now + PERMIT)


def test_a_process_sends_only_while_it_held_its_lock_a_moment_ago() -> None:
    verdict = Verdict(0xA, held_at=100.0)
    assert verdict.may_send(100.9)
    assert not verdict.may_send(101.1)
    verdict.look(101.2, 101.21, {0xA}, [A])
    assert verdict.may_send(102.1)
    verdict.lost()
    assert not verdict.may_send(101.3)
    verdict.regained(102.0)
    verdict.look(102.5, 102.51, {0xA}, [A])
    assert not verdict.may_send(102.6), "another may not have seen yet that the lock is held again"
    verdict.look(103.1, 103.11, {0xA}, [A])
    assert verdict.may_send(103.2)


@contextmanager
def holder(url: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process with work in hand, and its name."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


async def claimed(store: Store, owner: str) -> bool:
    """Whether a lease and a poll could be had."""
    got = await store.reads.claim(owner, NOW, limit=1, lease_seconds=LEASE, project="prod")
    return bool(got) and await store.leases.acquire("tell", owner, LEASE)


async def beats(store: Store, seconds: float) -> None:
    until = elapsed() + seconds
    while elapsed() < until:
        await store.life.beat()
        await asyncio.sleep(0.05)


async def test_a_killed_process_is_taken_over_long_before_its_leases_end_and_a_frozen_process_is_not(
    store: Store, store_url: str
) -> None:
    me = await store.live("me")
    await store.reads.ensure([("prod/sales", Day.TODAY)], NOW)
    with holder(store_url) as (process, name):
        assert name.startswith("holder")
        process.send_signal(signal.SIGSTOP)
        await beats(store, 2 * WAIT)
        assert not store.life.dead
        assert not await store.leases.acquire("tell", me, LEASE)
        process.kill()
        process.wait()
        killed = elapsed()
        while not await claimed(store, me):
            assert elapsed() - killed < LEASE / 2
            await beats(store, 0.05)
        print(f"taken over after {elapsed() - killed:.2f} s")
        assert store.life.dead == (name,)
        assert await store.leases.another("", "-")
        assert not await store.leases.acquire("rest", me, 25, longest=3600), "a rest outlives its process"


async def test_a_process_started_after_a_kill_takes_over_the_dead_ones_work(
    store: Store, store_url: str
) -> None:
    await store.reads.ensure([("prod/sales", Day.TODAY)], NOW)
    with holder(store_url):
        pass
    me = await store.live("me")
    begun = elapsed()
    while not await claimed(store, me):
        assert elapsed() - begun < LEASE / 2
        await beats(store, 0.05)


async def test_an_owner_without_a_lock_keeps_its_leases(store: Store) -> None:
    """A replica of an older version, or behind a pooler."""
    assert store.life.may_send
    assert await store.leases.acquire("tell", "older-1-abcdef", LEASE)
    me = await store.live("me")
    await beats(store, 2 * WAIT)
    assert not await store.leases.acquire("tell", me, LEASE)


async def test_the_file_of_a_process_is_gone_with_it(tmp_path: Path, migrated_sqlite: Path) -> None:
    file = tmp_path / "bot.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    store = await open_store(f"sqlite:///{file}")
    assert isinstance(store.life, Life)
    await store.live("me")
    assert isinstance(store.life, FileLife)
    assert [oct(one.stat().st_mode & 0o777) for one in tmp_path.glob("bot.db-life-me")] == ["0o600"]
    await store.close()
    assert not list(tmp_path.glob("*-life-*"))


class Listings(LifeFiles):
    """Counts how often the folder was read."""

    number = 0

    def _list(self) -> list[str]:
        self.number += 1
        return super()._list()


def test_a_folder_is_read_when_it_changed_and_otherwise_seldom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, moment = tmp_path / "bot.db", [100.0]
    monkeypatch.setattr(life_files, "elapsed", lambda: moment[0])
    me = Listings.open(file, "me")
    assert isinstance(me, Listings)

    def looks(seconds: float) -> int:
        """How often the folder is read in this time, with four looks a second."""
        before = me.number
        for _ in range(int(seconds * 4)):
            moment[0] += 0.25
            me.look()
        return me.number - before

    assert (looks(1.25), looks(8), looks(3)) == (5, 0, 1)
    other = LifeFiles.open(file, "other")
    assert other
    assert not me.look()
    os.close(other._descriptor)  # as its process's end does
    os.utime(tmp_path, (1, 1))
    assert me.look() == {"other"}
    me.close()


class FakeSession:
    """A session of PostgreSQL; `broken` is what its next look raises."""

    def __init__(self, broken: Exception | None = None) -> None:
        self.broken, self.closed = broken, False

    def is_closed(self) -> bool:
        return self.closed

    def terminate(self) -> None:
        self.closed = True

    async def fetchval(self, *_: object, **__: object) -> bool:
        return True

    async def fetch(self, *_: object, **__: object) -> list[dict[str, object]]:
        if self.broken:
            raise self.broken
        return [{"owner": "", "key": 7, "mine": True}]


class FakeServer:
    failures = FAILURES

    async def session(self) -> FakeSession:
        return FakeSession()


@pytest.mark.parametrize(
    "broken", [asyncpg.InternalClientError("state"), asyncpg.ConnectionDoesNotExistError("gone"), OSError()]
)
async def test_a_session_that_breaks_in_any_way_is_replaced(broken: Exception) -> None:
    server: Any = FakeServer()
    life = SessionLife("me~7", 7, server, FakeSession(broken))
    with pytest.raises(StoreError):
        await life.beat()
    assert not life.may_send
    for _ in range(2):
        await life.beat()
    assert not life.may_send, "others may not have seen yet that the lock is held again"
    await asyncio.sleep(GAP + 0.05)
    await life.beat()
    assert life.may_send


@pytest.mark.postgres
async def test_a_process_whose_sessions_were_killed_sends_nothing_until_it_holds_its_lock_again(
    migrated_postgres: str,
) -> None:
    async with living(migrated_postgres) as store, living(migrated_postgres) as other:
        await until_sending(store)
        await kill_sessions(migrated_postgres)
        while store.life.may_send:
            with suppress(StoreError):
                await store.life.beat()
        lost = elapsed()
        await until_sending(store)
        assert elapsed() - lost > GAP, "others may not have seen before that it is held again"
        await until_sending(other)
        assert store.life.owner not in other.life.dead


@pytest.mark.postgres
@needs_pgbouncer
@pytest.mark.parametrize("mode", ["session", "transaction"])
async def test_behind_a_pooler_leases_end_by_time(migrated_postgres: str, mode: str) -> None:
    with pooler(migrated_postgres, mode) as url:
        store = await open_store(url)
        try:
            assert await store.live("me") == "me"
            assert "pooler" in store.life.why
            assert not isinstance(store.life, SessionLife)
            assert store.life.may_send
            assert not await store.life.beat()
        finally:
            await store.close()


@asynccontextmanager
async def living(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    await store.live(f"host-{os.getpid()}")
    try:
        yield store
    finally:
        await store.close()


async def until_sending(store: Store) -> None:
    async with asyncio.timeout(60):
        while not store.life.may_send:
            with suppress(StoreError):
                await store.life.beat()
            await asyncio.sleep(0.05)


async def kill_sessions(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
