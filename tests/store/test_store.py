"""The store opens and keeps its schema, shares leases and limits, and says in sentences what is wrong."""

import asyncio
import os
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select, text

import bot.store
from bot.domain.model import StatusCounts
from bot.domain.notices import Notice, Priority
from bot.errors import StoreError
from bot.store import migrate
from bot.store.database import connect
from bot.store.errors import explain
from bot.store.neighbours import VERSION_TABLE, versions
from bot.store.postgres_url import for_asyncpg
from bot.store.records import RecordedCounts
from bot.store.schema import REVISION, metadata
from bot.store.store import Store, open_store
from tests.support.cpu_starvation import Stopwatch

TLS = Path(__file__).parents[1] / "support" / "tls"


@pytest.fixture
async def other(store_url: str) -> AsyncIterator[Store]:
    opened = await open_store(store_url)
    yield opened
    await opened.close()


async def run(url: str, *statements: str) -> None:
    """Changes that an administrator might make to the database."""
    database = connect(url)
    async with database.transaction() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await database.close()


async def trouble(url: str, **waits: float) -> StoreError:
    with pytest.raises(StoreError) as caught:
        await (await open_store(url, **waits)).close()
    assert caught.value.what
    assert caught.value.meaning
    assert caught.value.remedy
    return caught.value


# A clock set back by so many seconds leaves what was to be over soon so far ahead.
STEPS_BACK = pytest.mark.parametrize("back", [30 * 60, 59 * 60, 86400], ids=["30 min", "59 min", "a day"])


def described(connection: Connection) -> list[str]:
    """The columns, indexes and first rows of a database, without the order of columns."""
    if connection.dialect.name == "sqlite":
        tables = [
            row[0] for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        ]
        found = [
            f"{table} {tuple(row)[1:]}"
            for table in tables
            for row in connection.execute(text(f"PRAGMA table_xinfo({table})"))
        ]
        asked = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:
        columns = (
            "SELECT table_name, column_name, data_type, is_nullable, column_default, is_generated,"
            " generation_expression FROM information_schema.columns WHERE table_schema = current_schema()"
        )
        found = [str(tuple(row)) for row in connection.execute(text(columns))]
        asked = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()"
    found += [" ".join(row[0].split()) for row in connection.execute(text(asked))]
    for asked in (
        "SELECT version_num, in_alembic_version FROM dlf_bot_version",
        "SELECT * FROM compatibility",
    ):
        found += [str(tuple(row)) for row in connection.execute(text(asked))]
    return sorted(found)


class TestLeases:
    async def test_a_lease_has_one_holder_until_it_expires(self, store: Store, other: Store) -> None:
        assert await store.leases.acquire("work", "a", 30)
        assert not await other.leases.acquire("work", "b", 30)
        assert await store.leases.acquire("work", "a", 0)
        assert await other.leases.acquire("work", "b", 30)
        assert not await store.leases.acquire("work", "a", 30)
        assert await store.leases.acquire("other work", "a", 30)

    async def test_only_the_owner_can_give_it_back(self, store: Store) -> None:
        await store.leases.acquire("work", "a", 30)
        await store.leases.release("work", "b")
        assert not await store.leases.acquire("work", "b", 30)
        await store.leases.release("work", "a")
        assert await store.leases.acquire("work", "b", 30)

    async def test_one_of_many_concurrent_claims_succeeds(self, store: Store, other: Store) -> None:
        asked = [one.leases.acquire("work", f"{n}", 30) for n, one in enumerate((store, other) * 5)]
        assert sum(await asyncio.gather(*asked)) == 1

    async def test_leases_of_killed_processes_are_deleted_after_a_day(self, store: Store) -> None:
        for name, seconds in (("long over", -90_000), ("over", -80_000), ("held", 30)):
            await store.leases.acquire(name, "a", seconds)
        await store.prune(datetime.now(UTC), timedelta(days=90))
        assert await store.leases.prune() == 0
        await store.leases.acquire("long over", "a", -90_000)
        assert await store.leases.prune() == 1

    @STEPS_BACK
    async def test_a_lease_from_before_a_clock_step_is_ignored(self, store: Store, back: int) -> None:
        assert await store.leases.acquire("work", "a", 25 + back)
        assert await store.leases.acquire("work", "b", 25)
        assert not await store.leases.acquire("work", "a", 25)


class TestLimits:
    async def test_slots_are_shared_by_all_askers(self, store: Store, other: Store) -> None:
        begun = time.monotonic()

        async def slot(one: Store) -> float:
            wait = await one.rate_limits.reserve("key", 10)
            return time.monotonic() - begun + wait

        slots = sorted(await asyncio.gather(*map(slot, (store, other) * 5)))
        asking = time.monotonic() - begun
        for n, at in enumerate(slots):
            assert n / 10 - 0.02 <= at <= n / 10 + asking + 0.02
        assert await store.rate_limits.reserve("another key", 10) == 0

    async def test_several_slots_at_once_push_the_next_slot_back(self, store: Store) -> None:
        assert await store.rate_limits.reserve("key", 10, 50) == 0
        assert await store.rate_limits.reserve("key", 10) == pytest.approx(5, abs=0.5)

    async def test_an_idle_time_saves_nothing_up(self, store: Store) -> None:
        await store.rate_limits.reserve("key", 1000)
        await asyncio.sleep(0.05)
        assert await store.rate_limits.reserve("key", 1) == 0
        assert await store.rate_limits.reserve("key", 1) > 0

    @STEPS_BACK
    async def test_a_queue_from_before_a_clock_step_is_ignored(self, store: Store, back: int) -> None:
        await store.rate_limits.reserve("key", 8, 8 * back)
        assert await store.rate_limits.reserve("key", 8) == 0

    async def test_a_slow_limits_queue_may_be_long(self, store: Store) -> None:
        """A hundred requests at a pace of 0.1 a second, without a stepped clock."""
        await store.rate_limits.reserve("key", 0.1, 100)
        assert await store.rate_limits.reserve("key", 0.1) == pytest.approx(1000, abs=9)


async def test_the_database_tells_the_time(store: Store) -> None:
    assert abs((await store.now() - datetime.now(UTC)).total_seconds()) < 5
    assert (await store.now()).tzinfo is UTC


async def test_a_healthy_store_is_writable(store: Store) -> None:
    await store.writable()
    await store.writable()


async def test_a_cancelled_caller_leaves_the_store_usable(store: Store) -> None:
    for delay in (0, 0.0005, 0.001, 0.002, 0.004):
        tasks = [asyncio.create_task(store.leases.acquire(f"{n}", "a", 30)) for n in range(20)]
        await asyncio.sleep(delay)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait_for(store.writable(), 5)
    assert await store.leases.acquire("after", "a", 30)


@pytest.mark.parametrize("time_of", ["first", "second"])
async def test_each_test_has_empty_tables_and_the_first_numbers(time_of: str, store: Store) -> None:
    database, kept = store._database, {"compatibility"}
    for table in metadata.sorted_tables:
        rows = await database.fetch(select(table))
        assert len(rows) == (table.name in kept), table.name
    notice = Notice("alert/1", "#ops", "{}", "one", Priority.ALERT, datetime.now(UTC))
    await store.outbox.put(notice)
    assert await database.fetch(text("SELECT seq FROM notices")) == [(1,)]


async def test_a_number_no_database_can_hold_is_said(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.snapshots.fill(
            [RecordedCounts("prod/sales", None, False, StatusCounts(2**70), datetime.now(UTC))]
        )
    await store.writable()


class TestMigrations:
    async def test_many_that_start_at_once_on_nothing_all_succeed(self, empty_url: str) -> None:
        # Forked: all that is imported is there, so that nothing keeps them apart.
        code = (
            "import asyncio, os, sys\nimport bot.store.postgresql\nfrom bot.store.store import open_store\n"
            "async def main(name):\n    store = await open_store(sys.argv[1])\n"
            "    assert await store.leases.acquire(name, 'a', 30)\n    await store.close()\n"
            "for name in '12345':\n"
            "    if not os.fork():\n        asyncio.run(main(name))\n        sys.exit()\n"
            "sys.exit(any([os.wait()[1] for _ in '12345']))"
        )
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, empty_url)
        assert await process.wait() == 0
        store = await open_store(empty_url)
        taken = [not await store.leases.acquire(name, "b", 30) for name in "12345"]
        await store.close()
        assert taken == [True] * 5

    async def test_many_connections_at_once_on_nothing_all_succeed(self, empty_url: str) -> None:
        for opened in await asyncio.gather(*(open_store(empty_url) for _ in range(10))):
            await opened.writable()
            await opened.close()

    # Alembic cannot compare the generated column: test_store_alerts.py holds what it says.
    @pytest.mark.filterwarnings("ignore:Computed default")
    async def test_the_migrations_lead_to_the_tables_of_a_new_database(self, empty_url: str) -> None:
        database = connect(empty_url)
        async with database.transaction() as connection:
            await connection.run_sync(versions.create)
            await connection.run_sync(migrate._run_alembic)
            migrated = await connection.run_sync(described)
            context = {"compare_server_default": True, "version_table": VERSION_TABLE}
            differences = await connection.run_sync(
                lambda each: compare_metadata(MigrationContext.configure(each, opts=context), metadata)
            )
            await connection.run_sync(metadata.drop_all)
            await connection.run_sync(versions.drop)
        await database.close()
        assert differences == []
        await (await open_store(empty_url)).close()
        database = connect(empty_url)
        async with database.transaction() as connection:
            created = await connection.run_sync(described)
        await database.close()
        assert created == migrated

    def test_the_program_knows_the_newest_migration(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(bot.store.__file__).with_name("migrations")))
        config.set_main_option("path_separator", "os")
        assert ScriptDirectory.from_config(config).get_current_head() == f"{REVISION:04d}"

    async def test_a_newer_database_is_refused(self, store_url: str) -> None:
        await run(
            store_url,
            "UPDATE dlf_bot_version SET version_num = '0099'",
            "UPDATE compatibility SET compatible_from = 98",
        )
        assert "newer dlf-bot (schema 99" in (await trouble(store_url)).what

    async def test_a_newer_database_that_an_older_program_may_use_is_opened(self, store_url: str) -> None:
        await run(
            store_url,
            "UPDATE dlf_bot_version SET version_num = '0099'",
            f"UPDATE compatibility SET compatible_from = {REVISION}",
        )
        await (await open_store(store_url)).close()

    async def test_records_are_there_after_opening_again(self, store_url: str) -> None:
        first = await open_store(store_url)
        assert await first.leases.acquire("poll", "one", 60)
        await first.close()
        second = await open_store(store_url)
        assert not await second.leases.acquire("poll", "two", 60)
        await second.close()

    async def test_a_process_killed_in_the_middle_of_a_migration_leaves_nothing_half(
        self, empty_url: str
    ) -> None:
        code = (
            "import asyncio, os, sys\nfrom sqlalchemy import event\n"
            "from bot.store.schema import metadata\nfrom bot.store.store import open_store\n"
            "made = []\n"
            "def count(*args, **more):\n    made.append(args)\n"
            "    if len(made) == 5: os.kill(os.getpid(), 9)\n"
            "for table in metadata.tables.values(): event.listen(table, 'after_create', count)\n"
            "asyncio.run(open_store(sys.argv[1]))"
        )
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, empty_url)
        assert await process.wait() == -9
        opened = await open_store(empty_url)
        await opened.writable()
        await opened.close()

    @pytest.mark.postgres
    async def test_a_migration_may_take_longer_than_a_statement(self, empty_postgres: str) -> None:
        code = (
            "import asyncio, sys\nfrom alembic import op\nfrom bot.store.store import open_store\n"
            "create = op.create_table\n"
            "def create_table(name, *args, **more):\n"
            "    if name == 'reads': op.execute('SELECT pg_sleep(2)')\n"
            "    return create(name, *args, **more)\n"
            "op.create_table = create_table\n"
            "async def main():\n    await (await open_store(sys.argv[1], command_seconds=1)).close()\n"
            "asyncio.run(main())"
        )
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, empty_postgres)
        assert await process.wait() == 0


class TestAddresses:
    @pytest.mark.parametrize("name", ["sslrootcert", "sslcert", "sslkey", "sslcrl"])
    async def test_a_missing_certificate_file_is_named(self, name: str) -> None:
        found = await trouble(f"postgresql://u@127.0.0.1:1/db?sslmode=require&{name}=/nonexistent.pem")
        assert name in found.what
        assert not found.retry

    @pytest.mark.parametrize(
        ("problem", "said"),
        [
            (ssl.SSLCertVerificationError("self-signed hunter2"), "certificate is not trusted"),
            (ssl.SSLError("wrong version hunter2"), "TLS with PostgreSQL failed"),
        ],
    )
    def test_trouble_with_tls_has_a_sentence_of_its_own(self, problem: ssl.SSLError, said: str) -> None:
        assert said in explain(problem).what
        assert "hunter2" not in str(explain(problem))

    async def test_a_certificate_of_another_host_is_not_taken_for_a_wrong_address(self) -> None:
        certificate = TLS / "certificate.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, TLS / "key.pem")

        async def begin_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(8)
            writer.write(b"S")
            with suppress(OSError):
                await writer.start_tls(context)
            writer.close()

        server = await asyncio.start_server(begin_tls, "127.0.0.2", 0)
        port = server.sockets[0].getsockname()[1]
        wanted = f"sslmode=verify-full&sslrootcert={certificate}"
        found = await trouble(f"postgresql://u@127.0.0.2:{port}/db?{wanted}")
        server.close()
        assert "certificate is not trusted" in found.what
        assert not found.retry

    @pytest.mark.parametrize("password", ["p[w", "p]w", "[::1]", "p%5Bw"])
    async def test_brackets_in_a_password_are_not_taken_for_an_address(self, password: str) -> None:
        assert (
            "Cannot connect to the database"
            in (await trouble(f"postgresql://u:{password}@127.0.0.1:1/db")).what
        )

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("postgresql:///db?hostaddr=127.0.0.1", "postgresql:/db?host=127.0.0.1"),
            ("postgresql://u@/db?host=a&hostaddr=10.0.0.1", "postgresql://u@/db?host=a"),
            ("postgresql://u@a:5432/db?hostaddr=10.0.0.1", "postgresql://u@a:5432/db"),
            ("postgresql://[::1]:5432/db?user=u", "postgresql://[::1]:5432/db?user=u"),
        ],
    )
    def test_hostaddr_is_the_host_where_no_other_is_named(self, written: str, meant: str) -> None:
        assert for_asyncpg(written) == meant

    @pytest.mark.parametrize(
        "url", ["mysql://root:hunter2@db/bot", "hunter2", "", "sqlite://", "sqlite:///:memory:", "sqlite:///"]
    )
    async def test_an_address_that_cannot_be_used_is_refused_without_being_shown(self, url: str) -> None:
        assert "hunter2" not in str(await trouble(url))

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://u:hunter2@host:port/db",
            "postgresql://u:hunter2@127.0.0.1:1/db",
            "postgresql://u:hunter2@[::1/db",
        ],
    )
    async def test_a_missing_server_is_reported_without_the_password(self, url: str) -> None:
        assert "hunter2" not in str(await trouble(url))

    async def test_a_server_that_does_not_answer_is_given_up(self) -> None:
        hung_up = asyncio.Event()

        async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            await writer.wait_closed()
            hung_up.set()

        server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        watch = Stopwatch()
        found = await trouble(f"postgresql://u@127.0.0.1:{port}/db?sslmode=disable", connect_seconds=0.3)
        await hung_up.wait()
        server.close()
        assert "did not answer in time" in found.what
        assert watch.seconds < 5


@pytest.mark.postgres
class TestPostgreSQL:
    async def test_libpq_spellings_are_understood(self, migrated_postgres: str) -> None:
        spelled = migrated_postgres.replace("postgresql://", "postgres://", 1)
        more = "&" if "?" in spelled else "?"
        for extra in (
            "sslmode=prefer",
            "connect_timeout=3&channel_binding=prefer",
            "application_name=mine",
            "client_encoding=auto&sslcertmode=allow&sslcrldir=/x&gssdelegation=0",
            "min_protocol_version=3.0&max_protocol_version=latest&hostaddr=10.0.0.1",
            "target_session_attrs=read-write",
        ):
            opened = await open_store(f"{spelled}{more}{extra}")
            await opened.writable()
            await opened.close()

    async def test_the_error_says_when_no_server_has_the_wanted_role(self, migrated_postgres: str) -> None:
        more = "&" if "?" in migrated_postgres else "?"
        found = await trouble(f"{migrated_postgres}{more}target_session_attrs=standby")
        assert "target_session_attrs" in found.what
        assert found.retry

    async def test_a_missing_database_is_reported(self, migrated_postgres: str) -> None:
        address, _, query = migrated_postgres.partition("?")
        missing = f"{address}x?{query}" if query else f"{address}x"
        assert "no database of this name" in (await trouble(missing)).what

    async def test_connections_are_labelled(self, migrated_postgres: str) -> None:
        database = connect(migrated_postgres)
        found = await database.fetch(text("SELECT current_setting('application_name')"))
        assert found[0][0] == "dlf-bot"
        await database.close()

    async def test_the_pool_recovers_when_the_server_was_restarted(self, migrated_postgres: str) -> None:
        opened = await open_store(migrated_postgres)
        await asyncio.gather(*(opened.now() for _ in range(10)))
        # To a client a restart is this: every connection ends.
        await run(
            migrated_postgres,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        await asyncio.sleep(0.05)
        await asyncio.gather(*(opened.now() for _ in range(10)))
        await opened.writable()
        await opened.close()

    async def test_a_connection_that_ends_under_a_statement_is_a_store_error(
        self, migrated_postgres: str
    ) -> None:
        opened = await open_store(migrated_postgres)
        database = connect(migrated_postgres)
        async with database.transaction() as connection:
            await connection.execute(text("LOCK TABLE leases"))
            waiting = asyncio.create_task(opened.writable())
            await asyncio.sleep(0.1)
            await connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            )
            with pytest.raises(StoreError):
                await waiting
        await database.close()
        await opened.writable()
        await opened.close()

    async def test_a_database_that_hangs_does_not_hang_the_bot(self, migrated_postgres: str) -> None:
        opened = await open_store(migrated_postgres, command_seconds=0.3)
        database = connect(migrated_postgres)
        async with database.transaction() as connection:
            await connection.execute(text("LOCK TABLE leases"))
            watch = Stopwatch()
            with pytest.raises(StoreError, match="did not answer in time"):
                await opened.writable()
            assert watch.seconds < 5
        await database.close()
        await opened.writable()
        await opened.close()


class TestSQLite:
    async def test_a_missing_directory_is_reported(self, tmp_path: Path) -> None:
        assert "Cannot open the database file" in (await trouble(f"sqlite:///{tmp_path}/none/store.db")).what

    async def test_a_file_that_is_no_database_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "store.db").write_text("projects:\n" * 500)
        assert "not an SQLite database" in (await trouble(f"sqlite:///{tmp_path}/store.db")).what

    async def test_a_damaged_file_is_reported(self, migrated_sqlite: Path, tmp_path: Path) -> None:
        path = tmp_path / "store.db"
        whole = migrated_sqlite.read_bytes()
        path.write_bytes(whole[:100] + b"\xa5" * (len(whole) - 100))
        assert "damaged" in (await trouble(f"sqlite:///{path}")).what

    async def test_a_locked_file_is_reported_and_used_once_it_is_free(
        self, migrated_sqlite: Path, tmp_path: Path
    ) -> None:
        path = tmp_path / "store.db"
        path.write_bytes(migrated_sqlite.read_bytes())
        opened = await open_store(f"sqlite:///{path}", command_seconds=0.2)
        shell = sqlite3.connect(path, isolation_level=None)
        shell.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            await opened.writable()
        assert await opened.now()
        shell.execute("ROLLBACK")
        shell.close()
        await opened.writable()
        await opened.close()

    def test_a_file_without_write_permission_is_reported(self, migrated_sqlite: Path) -> None:
        shell = sqlite3.connect(f"file:{migrated_sqlite}?mode=ro", uri=True)
        with pytest.raises(sqlite3.OperationalError) as caught:
            shell.execute("DELETE FROM leases")
        shell.close()
        assert "read-only" in explain(caught.value).what

    def test_a_full_disk_is_reported(self, tmp_path: Path) -> None:
        shell = sqlite3.connect(tmp_path / "store.db")
        shell.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as caught:
            shell.executescript("CREATE TABLE a (b); CREATE TABLE c (d); CREATE TABLE e (f)")
        shell.close()
        assert "disk is full" in explain(caught.value).what


# The files' permissions


async def test_the_files_of_a_new_database_are_their_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = await open_store(f"sqlite:///{tmp_path}/bot.db")
        await store.writable()
        modes = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.iterdir()}
        await store.close()
    finally:
        os.umask(before)
    assert modes == {"bot.db": 0o600, "bot.db-wal": 0o600, "bot.db-shm": 0o600}


async def test_a_file_that_is_there_keeps_its_mode_and_the_locks_on_it(tmp_path: Path) -> None:
    """To open and close the file anew would end the locks of the process."""
    file, url = tmp_path / "bot.db", f"sqlite:///{tmp_path}/bot.db"
    with sqlite3.connect(file) as made:
        made.execute("CREATE TABLE one (id INT)")
    made.close()
    file.chmod(0o640)
    with sqlite3.connect(file, isolation_level=None) as held:
        held.execute("BEGIN EXCLUSIVE")
        await connect(url).close()
        tried = [
            sys.executable,
            "-c",
            f"import sqlite3; sqlite3.connect({str(file)!r}, 0).execute('BEGIN EXCLUSIVE')",
        ]
        assert b"database is locked" in subprocess.run(tried, capture_output=True, check=False).stderr
    held.close()
    assert file.stat().st_mode & 0o777 == 0o640


async def test_a_link_to_a_file_that_is_not_made_yet_leads_to_a_private_file(tmp_path: Path) -> None:
    (tmp_path / "bot.db").symlink_to(tmp_path / "real.db")
    await (await open_store(f"sqlite:///{tmp_path}/bot.db")).close()
    assert (tmp_path / "real.db").stat().st_mode & 0o777 == 0o600
