"""`dlf-bot export`: what the database keeps, as CSV or as a JSON object in each line."""

import csv
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import click

from bot.cli.common import utc_now
from bot.cli.moments import moment_of
from bot.cli.progress import progress
from bot.config import Config
from bot.domain.suggest import did_you_mean
from bot.errors import StoreError
from bot.logs import json_text, printable
from bot.slack.status_grammar import WorkspaceNames
from bot.store.export import COLUMNS, Kind, Limits
from bot.store.store import find_store

SECONDS = 60.0
TOLD_EVERY = 1_000
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
    printer = _Csv(wanted) if form == "csv" else _Jsonl()
    try:
        with progress("Exporting ...") as status:
            number = 0
            for kind in wanted:
                async for record in found.store.export.rows(kind, limits):
                    printer.write(kind, record)
                    number += 1
                    if number % TOLD_EVERY == 0:
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
        raise click.BadParameter(f"{name!r} is in several projects: write {keys}.", param_hint="--workspace")
    if "/" in name:
        return name
    meant = did_you_mean(names.nearest(name))
    raise click.BadParameter(
        f"there is no workspace {name!r} in the config. {meant}".rstrip()
        + " A workspace that left the config is named PROJECT/NAME.",
        param_hint="--workspace",
    )


class _Jsonl:
    """Writes each record as an object with its kind."""

    def write(self, kind: Kind, record: dict[str, Any]) -> None:
        plain = {"record": kind.value} | {name: _plain(value) for name, value in record.items()}
        sys.stdout.write(json_text(plain, sys.stdout) + "\n")


class _Csv:
    """Writes each record as a row; where several kinds are asked for, a column says which it is."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        names = [name for kind in kinds for name in COLUMNS[kind]]
        head = [*(["record"] if len(kinds) > 1 else []), *dict.fromkeys(names)]
        self._rows = csv.DictWriter(sys.stdout, head, extrasaction="ignore", lineterminator="\n")
        self._rows.writeheader()

    def write(self, kind: Kind, record: dict[str, Any]) -> None:
        plain = {name: _cell(value) for name, value in record.items()}
        self._rows.writerow({"record": kind.value} | plain)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet runs, without control characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return printable(f"'{value}" if value.startswith(_FORMULA) else value)
    return _plain(value)
