"""`dlf-bot export`: what the database keeps, as CSV or as a JSON object in each line."""

import csv
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from types import NoneType
from typing import Any, TextIO, TypeAlias

import click

from bot.cli.common import utc_now
from bot.cli.moments import moment_of
from bot.cli.progress import progress
from bot.config import Config
from bot.domain.suggest import did_you_mean
from bot.errors import StoreError
from bot.logs import json_text, printable
from bot.slack.status_grammar import WorkspaceNames
from bot.store.export import COLUMNS, Kind, Limits, Record
from bot.store.store import find_store

SECONDS = 60.0
Write: TypeAlias = Callable[[Kind, Sequence[Record]], None]
# A spreadsheet takes a text that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def print_records(
    config: Config,
    kinds: Sequence[str],
    *,
    since: str | None = None,
    workspace: str | None = None,
    rule: str | None = None,
    form: str,
) -> int:
    """Print every record of these kinds, a page at a time."""
    moment = moment_of(since, utc_now()) if since else None
    limits = Limits(moment, _key(config, workspace) if workspace else None, rule)
    found = await find_store(config.store.reveal(), connect_seconds=SECONDS, command_seconds=SECONDS)
    if found.store is None:
        raise StoreError(found.why)
    wanted = [Kind(one) for one in dict.fromkeys(kinds)]
    write = csv_writer(sys.stdout, wanted) if form == "csv" else jsonl_writer(sys.stdout)
    try:
        with progress("Exporting ...") as status:
            number = 0
            for kind in wanted:
                async for records in found.store.export.pages(kind, limits):
                    write(kind, records)
                    number += len(records)
                    status.update(f"Exporting {kind}: {number} records")
    finally:
        await found.store.close()
    return 0


def _key(config: Config, name: str) -> str:
    """The key of a workspace in the config, or a key as it is: its workspace may have left the config."""
    names = WorkspaceNames(config.workspaces)
    found = names.find(name)
    if len(found) == 1:
        return found[0].key
    if found:
        keys = " or ".join(one.key for one in found)
        raise click.BadParameter(f"{name!r} is in several projects. Write {keys}.", param_hint="--workspace")
    if "/" in name:
        return name
    meant = did_you_mean(names.nearest(name))
    raise click.BadParameter(
        f"there is no workspace {name!r} in the config. {meant}".rstrip()
        + " Write a workspace that is no longer in the config as PROJECT/NAME.",
        param_hint="--workspace",
    )


def jsonl_writer(stream: TextIO) -> Write:
    """Writes each record as an object with its kind."""

    def write(kind: Kind, records: Sequence[Record]) -> None:
        names = ("record", *COLUMNS[kind])
        for record in records:
            plain = dict(zip(names, (kind.value, *map(_plain, record)), strict=True))
            stream.write(json_text(plain, stream) + "\n")

    return write


def csv_writer(stream: TextIO, kinds: Sequence[Kind]) -> Write:
    """Writes each record as a row; where several kinds are asked for, a column says which it is."""
    names = dict.fromkeys(name for kind in kinds for name in COLUMNS[kind])
    head = (*(["record"] if len(kinds) > 1 else []), *names)
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(head)

    def write(kind: Kind, records: Sequence[Record]) -> None:
        if len(kinds) == 1:
            rows.writerows(_cells(records))
            return
        its = ("record", *COLUMNS[kind])
        for cells in _cells(records):
            named = dict(zip(its, (kind.value, *cells), strict=True))
            rows.writerow([named.get(name) for name in head])

    return write


def _plain(value: Any) -> Any:
    return value.isoformat() if type(value) is date else value


def _cells(records: Sequence[Record]) -> Iterable[Record]:
    """The records as cells; a column of numbers is left as it is."""
    return zip(*map(_column, zip(*records, strict=True)), strict=True)


def _column(values: Sequence[Any]) -> Sequence[Any]:
    types = set(map(type, values)) - {NoneType}
    if _CELLS.keys().isdisjoint(types) or (types == {str} and _are_cells(values)):
        return values
    if len(types) == 1:  # each value once: a column of dates has few
        cell = _CELLS[types.pop()]
        cells = {value: cell(value) for value in set(values) if value is not None}
        return list(map(cells.get, values))
    return [found(value) if (found := _CELLS.get(type(value))) else value for value in values]


def _are_cells(texts: Sequence[str | None]) -> bool:
    """True if `_text` changes none of them: asked of all at once, it costs a tenth."""
    known = [text for text in texts if text]
    return "".join(known).isprintable() and {text[0] for text in known}.isdisjoint(_FORMULA)


def _text(value: str) -> str:
    """A cell that no spreadsheet runs, without control characters."""
    return printable(f"'{value}" if value.startswith(_FORMULA) else value)


_CELLS: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    str: _text,
    date: date.isoformat,
}
