"""Each mistake in the database's address has a sentence of its own, which shows nothing of a password."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from bot.config.addresses import database
from bot.config.mistakes import InvalidValue
from bot.errors import StoreError
from bot.store.errors import explain
from bot.store.store import find_store, open_store

PASSWORD = "hunter2"
# What the text alone shows: the config says it at once, and the store, too.
TEXTS = [
    ("postgresql://u:hunter2@x@db/bot", "has an @ in the wrong place"),
    ("postgresql://u:hunter2/x@db/bot", "has an @ in the wrong place"),
    ("postgresql://u:hunter2?x=1@db/bot", "has an @ in the wrong place"),
    ("postgresql://u@db/bot?password=hunter2@x", "has an @ in the wrong place"),
    ("postgresql://u:hunter2#x@db/bot", "has a # in it"),
    ("postgresql://u:hunter2 x@db/bot", "has a space"),
    ("postgresql://u:hunter2\tx@db/bot", "has a space"),
    ("postgresql://u:hunter2%x@db/bot", "has a % that two hexadecimal digits do not follow"),
    ("postgresql://u:hunter2%@db/bot", "has a % that two hexadecimal digits do not follow"),
    ("postgresql://u:hunter2%FF@db/bot", "has %-codes that are not UTF-8"),
    ("postgresql://u:hunter2%00@db/bot", "has a %00"),
    ("postgresql://u:hunter2@db:99999/bot", "has a port that is not between 1 and 65535"),
    ("postgresql://u:hunter2@db:0/bot", "has a port that is not between 1 and 65535"),
    ("postgresql://u:hunter2@a:5432,b:65536/bot", "has a port that is not between 1 and 65535"),
    ("postgresql:///bot?host=/run/postgresql&port=70000", "has a port that is not between 1 and 65535"),
    ("postgresql://u:hunter2@db:port/bot", "has a port that is not a number"),
    ("postgresql://u:hunter2@db:/bot", "has a port that is not a number"),
    ("postgresql://u@db:-1/bot", "has a port that is not a number"),
    ("postgresql://u:hunter2/bot", "has a port that is not a number"),
    ("postgresql://u:hunter2@:5432/bot", "names a port but no host"),
    ("postgresql://u:hunter2@a,,b/bot", "names an empty host"),
    ("postgresql://u:hunter2@::1/bot", "has more than one : after its host"),
    ("postgresql://u:hunter2@[::1/bot", "has an IPv6 host that is not valid"),
    ("postgresql://u:hunter2@db", "names no database"),
    ("postgresql://u:hunter2@db/", "names no database"),
    ("postgresql://u:hunter2@db:5432/?sslmode=require", "names no database"),
    ("postgresql://", "names no database"),
    ("postgresql://u:hunter2@db/bot/more", "has a second / after the host"),
    ("postgresql://u:hunter2@db/bot?sslmode=required", "has a wrong `sslmode`"),
    ("postgresql://u:hunter2@db/bot?sslmode=", "has a wrong `sslmode`"),
    ("postgresql://u:hunter2@db/bot?sslmode=true", "has a wrong `sslmode`"),
    ("postgresql://u:hunter2@db/bot?target_session_attrs=rw", "has a wrong `target_session_attrs`"),
    ("postgresql://u:hunter2@db/bot?sslnegotiation=tls", "has a wrong `sslnegotiation`"),
    ("postgresql://u:hunter2@db/bot?ssl_min_protocol_version=1.2", "has a wrong `ssl_min_protocol_version`"),
    ("postgresql://u:hunter2@db/bot?ssl=true", "has a parameter `ssl`"),
    ("postgresql://u:hunter2@db/bot?currentSchema=bot", "has a parameter `currentSchema`"),
    ("postgresql://u:hunter2@db/bot?search_path=bot", "has a parameter `search_path`"),
    ("postgresql://u:hunter2@db/bot?pgbouncer=true", "has a parameter `pgbouncer`"),
    ("postgresql://u:hunter2@db/bot?prepared_statement_cache_size=0", "has a parameter `prepared_"),
    ("postgresql://u:hunter2@db/bot?sslmod=require", "has a parameter that libpq does not know"),
    ("postgresql://u@db/bot?password=a&hunter2=", "has a parameter that libpq does not know"),
    ("postgresql://u:hunter2@db/bot?sslmode", "has a wrong `sslmode`"),
    ("postgresql://u:hunter2@db/bot?options=search_path=bot", "has `options` that are not valid"),
    ("postgresql://u:hunter2@db/bot?options=-csearch_path", "has `options` that are not valid"),
]
# What only the config sees: the store takes what begins like its own.
CONFIG_TEXTS = [
    ("postgresql+asyncpg://u:hunter2@db/bot", 'begins with "postgresql+asyncpg://"'),
    ("postgres+psycopg2://u:hunter2@db/bot", 'begins with "postgres+psycopg2://"'),
    ("sqlite+aiosqlite:///bot.db", 'begins with "sqlite+aiosqlite://"'),
    ("mysql://u:hunter2@db/bot", 'is a "mysql" URL'),
    ("https://u:hunter2@db/bot", 'is a "https" URL'),
    ("hunter2", "is not a database URL"),
    ("dlf-bot.db", "is not a database URL"),
    ("postgresql:/u:hunter2@db/bot", "is not a database URL"),
    ("host=db user=u password=hunter2 dbname=bot", "is not a database URL"),
    ("sqlite://bot.db", "has two slashes"),
    ("sqlite:///", "is an sqlite URL without a file"),
    ("sqlite:///:memory:", "is an in-memory database"),
    ("sqlite:///~/bot.db", "has a ~"),
    ("sqlite:///bot.db?mode=ro", "takes no parameters"),
    ("sqlite:////var/lib/", "names a directory"),
]
RIGHT = [
    "postgresql://u:hunter2@db:5432/bot",
    "postgres://u@a:5432,b:5433,c/bot?target_session_attrs=read-write",
    "postgresql://u:%40%2F%3F%23%3A%25@db/bot",
    "postgresql://u@[::1]:5432/bot",
    "postgresql:///bot?host=/run/postgresql&port=6432",
    "postgresql:///bot",
    "postgresql://u@db/?dbname=bot",
    "postgresql://?service=bot",
    "postgresql://u@db/bot?options=-csearch_path%3Dbot%20--work-mem=4MB&application_name=x",
    "postgresql://u@db/bot?options=-c%20search_path%3Da%5C%20b",
    "sqlite:///bot.db",
    "sqlite:////var/lib/bot.db",
]


@pytest.mark.parametrize(("address", "said"), TEXTS + CONFIG_TEXTS)
def test_the_config_says_what_is_wrong_in_the_text(address: str, said: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        database(address)
    assert said in str(caught.value.args[0])
    assert PASSWORD not in str(caught.value.args)


@pytest.mark.parametrize(("address", "said"), TEXTS)
async def test_the_store_explains_a_refused_address_and_does_not_call_it_unreachable(
    address: str, said: str
) -> None:
    found = await refusal(address)
    assert said in found.what
    assert not found.retry


@pytest.mark.parametrize("address", RIGHT)
def test_the_parameters_of_libpq_are_accepted(address: str) -> None:
    assert database(address).reveal() == address


async def refusal(address: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        await (await open_store(address, connect_seconds=5)).close()
    assert PASSWORD not in str(caught.value)
    assert caught.value.meaning
    assert caught.value.remedy
    return caught.value


class TestPostgreSQL:
    """Mistakes that show only on connecting."""

    @pytest.mark.parametrize(
        ("address", "said", "stays"),
        [
            ("postgresql://u@db.invalid/bot", "host name of PostgreSQL cannot be resolved", False),
            ("postgresql:///bot?host=/nowhere/at/all", "socket does not exist", False),
            ("postgresql://u@127.0.0.1:1/bot", "Cannot connect to the database", False),
            ("postgresql://u@127.0.0.1:1/bot?sslmode=verify-full", "but no `sslrootcert`", True),
            ("postgresql://u@127.0.0.1:1/bot?sslmode=verify-ca", "but no `sslrootcert`", True),
            ("postgresql://u@127.0.0.1:1/bot?sslrootcert=/none.pem", "file that `sslrootcert` names", True),
            (
                "postgresql://u@127.0.0.1:1/bot?sslrootcert=system&sslmode=require",
                "sslrootcert=system with a weaker sslmode",
                True,
            ),
        ],
    )
    async def test_a_refused_address_is_explained(
        self, address: str, said: str, stays: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        found = await refusal(address)
        assert said in found.what
        assert found.retry is not stays

    async def test_a_server_without_tls_is_not_reported_as_unreachable(self, plain_server: int) -> None:
        found = await refusal(f"postgresql://u@127.0.0.1:{plain_server}/bot?sslmode=require")
        assert "offers no TLS" in found.what
        assert not found.retry

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                'no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", no encryption',
                "only connections with TLS",
            ),
            (
                'no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", SSL off',
                "only connections with TLS",
            ),
            (
                'no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", SSL encryption',
                "pg_hba.conf",
            ),
            ('role "u" does not exist', "rejected the user or the password"),
        ],
    )
    def test_a_refused_login_says_which_rule_refused_it(self, text: str, said: str) -> None:
        found = explain(asyncpg.InvalidAuthorizationSpecificationError(text))
        assert said in found.what
        assert "1.2.3.4" not in str(found)

    @pytest.mark.postgres
    @pytest.mark.parametrize(
        ("option", "said"),
        [("no_such_setting%3D1", "does not know a setting"), ("work_mem%3Dmuch", "rejected the value")],
    )
    async def test_a_wrong_setting_is_reported(self, empty_postgres: str, option: str, said: str) -> None:
        assert said in (await refusal(f"{empty_postgres}&options=-c{option}")).what


@pytest.fixture
async def plain_server() -> AsyncIterator[int]:
    """The port of a server that answers every wish for TLS with no."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readexactly(8)
            writer.write(b"N")
            await reader.read()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


class TestSQLite:
    async def said(self, path: Path | str) -> StoreError:
        found = await refusal(f"sqlite:///{path}")
        if Path(path).absolute().parent.is_dir():
            return found
        with pytest.raises(StoreError) as looked:
            await find_store(f"sqlite:///{path}")
        assert looked.value.what == found.what
        return found

    async def test_a_missing_directory_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "none" / "more" / "bot.db"
        said = f"Cannot open the database file {file}: the folder {tmp_path}/none does not exist"
        assert said in (await self.said(file)).what

    async def test_a_relative_path_is_shown_as_resolved(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        found = await self.said("none/bot.db")
        assert f"Cannot open the database file {tmp_path}/none/bot.db" in found.what

    async def test_a_database_path_that_is_a_directory_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "bot.db").mkdir()
        assert "it is a folder, not a file" in (await self.said(tmp_path / "bot.db")).what

    async def test_a_file_in_place_of_a_directory_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        found = await self.said(tmp_path / "file" / "bot.db")
        assert f"{tmp_path}/file is a file, not a folder" in found.what

    async def test_a_directory_without_write_permission_is_reported(self) -> None:
        found = await refusal("sqlite:////proc/bot.db")
        assert "Cannot open the database file /proc/bot.db: " in found.what

    async def test_another_kind_of_file_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "bot.db"
        file.write_text("projects:\n" * 500)
        assert f"The file {file} is not an SQLite database" in (await self.said(file)).what
