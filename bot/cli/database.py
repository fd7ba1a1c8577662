"""The work of `dlf-bot db`: open the database as it is, look after it, and say what was done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from bot.cli.finding import Finding
from bot.cli.output import echo, echo_json
from bot.cli.placeholders import filled
from bot.cli.progress import progress
from bot.config import Config
from bot.config.addresses import database, label_of
from bot.config.mistakes import InvalidValue
from bot.errors import ConfigError, StoreError
from bot.store.backup import back_up
from bot.store.copy import copy_database
from bot.store.schema import REVISION
from bot.store.sqlite_file import path_of
from bot.store.store import Store, find_store

# A large table is looked at for long; no other work waits for it.
SECONDS = 600.0


async def check_database(config: Config) -> int:
    """Print whether the database is sound; 1 if not."""
    label = config.store_label
    async with _opened(config) as store:
        with progress(f"Reading {label} ..."):
            problems = await store.care.problems()
    for problem in problems:
        echo(str(Finding("store", f"{label}: {problem}", "FAIL")), indent=17)
    if problems:
        echo(
            "The file is damaged. Stop the bot, then restore a backup, or move the file away to start empty."
        )
        return 1
    echo(str(Finding("store", f"{label}: all tables of schema {REVISION} exist and can be read")))
    if store.dialect != "sqlite":
        echo("To check PostgreSQL's pages and indexes, use its own pg_amcheck.")
    return 0


def back_up_database(config: Config, file: Path) -> None:
    """Write the backup and say how large it is. Raises StoreError, click.UsageError on PostgreSQL."""
    url, label = config.store.reveal(), config.store_label
    if not url.startswith("sqlite"):
        raise click.UsageError(
            "This database is PostgreSQL. Back it up with pg_dump."
            " For example: pg_dump --format=custom --file=dlf-bot.dump DATABASE"
        )
    source = Path(path_of(url))
    if not source.is_file():
        raise StoreError("There is no database yet. `dlf-bot run` creates it.")
    with progress(f"Copying {label} ...") as status:
        back_up(
            source,
            file,
            progress=lambda left, total: status.update(f"Copying {label}: {left} of {total} pages left"),
        )
    echo(f"{file}: backup of {label}, {_bytes(file.stat().st_size)}, read back and checked.")


async def vacuum_database(config: Config) -> int:
    """Vacuum and say what that gave back."""
    async with _opened(config) as store:
        before = await store.care.total()
        with progress(f"Vacuuming {config.store_label} ..."):
            await store.care.vacuum()
        after = await store.care.total()
    echo(f"{config.store_label}: {_bytes(after)}, was {_bytes(before)}.")
    return 0


async def print_sizes(config: Config, *, as_json: bool) -> int:
    """Print rows and bytes of each table, the largest first, and the sum."""
    async with _opened(config) as store:
        sizes, total = await store.care.sizes(), await store.care.total()
    if as_json:
        tables = {one.name: {"rows": one.rows, "bytes": one.size} for one in sizes}
        echo_json({"bytes": total, "tables": tables})
        return 0
    for one in sizes:
        size = "unknown" if one.size is None else _bytes(one.size)
        click.echo(f"{one.name:<14} {one.rows:>12} rows {size:>12}")
    click.echo(f"{'total':<14} {sum(one.rows for one in sizes):>12} rows {_bytes(total):>12}")
    return 0


async def copy_databases(from_text: str, to_text: str) -> int:
    """Copy and print the rows of each table."""
    from_url, to_url = _address(from_text, "FROM"), _address(to_text, "TO")
    with progress("Copying ...") as status:
        copied = await copy_database(
            from_url,
            to_url,
            progress=lambda table, rows: status.update(f"Copying {table}: {rows} rows"),
        )
    for table, rows in copied.items():
        click.echo(f"{table:<14} {rows:>12} rows")
    echo(f"Copied {label_of(from_url)} to {label_of(to_url)}. Put the new address under `store`.")
    return 0


@asynccontextmanager
async def _opened(config: Config) -> AsyncIterator[Store]:
    found = await find_store(config.store.reveal(), command_seconds=SECONDS)
    if found.store is None:
        raise StoreError(found.why)
    try:
        yield found.store
    finally:
        await found.store.close()


def _address(text: str, name: str) -> str:
    """The address with what the environment gives. Raises click.BadParameter, which quotes nothing of it."""
    try:
        return database(filled(text)).reveal()
    except ConfigError as error:
        mistake = error.mistakes[0]
        raise click.BadParameter(f"{mistake.what} {mistake.remedy}", param_hint=name) from None
    except InvalidValue as wrong:
        raise click.BadParameter(f"it {wrong.problem}. {wrong.remedy}", param_hint=name) from None


def _bytes(number: int) -> str:
    """A size for people: "812 kB", "3.4 MB"."""
    size, units = float(number), ["kB", "MB", "GB"]
    if size < 1000:
        return f"{number} B"
    while size >= 999.5 and units:
        size, unit = size / 1000, units.pop(0)
    return f"{size:.1f} {unit}" if size < 99.5 else f"{size:.0f} {unit}"
