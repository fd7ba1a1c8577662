"""`dlf-bot status`: ask DLF now and print tables or JSON."""

from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.app.resources import open_clients, owner_name
from bot.cli.common import read_all, utc_now
from bot.cli.output import alike, echo, echo_json
from bot.cli.progress import asking
from bot.config import Config
from bot.domain.model import COUNT_NAMES, Day, Metric, Row, StatusCounts, business_date
from bot.domain.sentence import english
from bot.errors import StoreError
from bot.messages.condition import urgency
from bot.messages.words import Words, zone_name
from bot.slack.parsing import InputError
from bot.slack.status_grammar import StatusQuestion, WorkspaceNames, parse
from bot.store.store import Store, find_store
from bot.timing import USUAL

# This many workspaces fit side by side with all 13 counts; more get a line each.
SIDE_BY_SIDE = 4
WIDTH_WITHOUT_TERMINAL = 140
SHORT = (
    Metric.FAIL_COUNT,
    Metric.RUNNING_EXCEPTION_COUNT,
    Metric.WAITING_CONFIRM_COUNT,
    Metric.SUCCESS_COUNT,
    Metric.OVERRIDDEN_COUNT,
    Metric.TOTAL_COUNT,
)
TR = Words("en")


async def print_status(config: Config, words: Sequence[str], *, own: bool, as_json: bool) -> int:
    """Print the answer; 1 if any workspace could not be read."""
    question = _understand(config, words)
    workspaces, own = question.workspaces or config.workspaces, own or question.own
    async with AsyncExitStack() as stack:
        store = await _store(config, stack)
        clients = await stack.enter_async_context(open_clients(config, store, owner_name()))
        with asking(len(workspaces)):
            rows = await read_all(config, clients, workspaces, question.day, own=own)
    if as_json:
        echo_json([_as_json(row, question.day, own=own) for row in rows])
    else:
        _print(rows, question.day, own=own)
    return 1 if any(row.snapshot is None for row in rows) else 0


async def _store(config: Config, stack: AsyncExitStack) -> Store | None:
    """The store, to share limits with a running bot; without it DLF is asked all the same."""
    seconds = USUAL.on_record
    with suppress(StoreError):
        found = await find_store(config.store.reveal(), connect_seconds=seconds, command_seconds=seconds)
        if found.store is not None:
            stack.push_async_callback(found.store.close)
        elif found.revision is not None:
            echo(f"{found.why} This command does not change the database.", err=True)
        return found.store
    return None


def _understand(config: Config, words: Sequence[str]) -> StatusQuestion:
    match parse(" ".join(words), WorkspaceNames(config.workspaces)):
        case StatusQuestion() as question:
            return question
        case InputError(sentence):
            raise click.UsageError(sentence)
    raise click.UsageError("Give a day and workspaces; see dlf-bot status --help.")


def _as_json(row: Row, day: Day, *, own: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"workspace": row.workspace.key, "day": day, "own": own}
    if row.snapshot is None:
        return said | {"problem": english(row.problem)}
    on = row.snapshot.business_date
    counts = {name: getattr(row.snapshot.counts, name) for name in COUNT_NAMES}
    return said | {
        "business_date": on.isoformat() if on else None,
        "timezone": zone_name(row.workspace.zone),
        "read_at": row.snapshot.read_at.isoformat(),
        "counts": counts,
    }


def _print(rows: Sequence[Row], day: Day, *, own: bool) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_WITHOUT_TERMINAL)
    scope = "only the bot's IAM user" if own else "all users"
    dates = list(dict.fromkeys(_when(row, day) for row in rows))
    echo(f"DLF job instances · {' / '.join(dates)} · {scope}")
    rows = sorted(rows, key=urgency)
    for row in rows:
        if row.snapshot:
            echo(_sentence(row, zoned=len(dates) > 1))
    for problem, names in alike(
        (row.workspace.label, english(row.problem)) for row in rows if row.snapshot is None
    ):
        echo(f"{names}: NO DATA. {problem}")
    read_rows = [row for row in rows if row.snapshot]
    if not read_rows:
        return
    console.print(_table(read_rows, console))
    if len(read_rows) > SIDE_BY_SIDE:
        console.print("For all 13 counts, give up to 4 workspaces, or use --json.")


def _table(rows: Sequence[Row], console: Console) -> Table:
    """All 13 counts of a few workspaces; the API's names only where they fit whole."""
    if len(rows) > SIDE_BY_SIDE:
        return _lines(rows)
    with_names = _side_by_side(rows, api_names=True)
    fits = console.measure(with_names, options=console.options.update(width=10_000)).maximum <= console.width
    return with_names if fits else _side_by_side(rows, api_names=False)


def _when(row: Row, day: Day) -> str:
    on = row.snapshot.business_date if row.snapshot else business_date(day, utc_now(), row.workspace.zone)
    return f"{TR.day(day, on)}, {zone_name(row.workspace.zone)}"


def _sentence(row: Row, *, zoned: bool) -> str:
    """A workspace's counts as a line: "sales: 1 of 1 succeeded, 0 failed (as of 09:12:03)"."""
    assert row.snapshot is not None
    counts = row.snapshot.counts
    said = [
        f"{_plain(counts, Metric.SUCCESS_COUNT)} of {_plain(counts, Metric.TOTAL_COUNT)} succeeded",
        f"{_plain(counts, Metric.FAIL_COUNT)} failed",
        f"{_plain(counts, Metric.RUNNING_EXCEPTION_COUNT)} stuck",
    ]
    if counts.total_count == 0:
        said.append("nothing ran: check the schedules")
    if counts.unknown:
        said.append("not returned by DLF: " + ", ".join(counts.unknown))
    moment = row.snapshot.read_at.astimezone(row.workspace.zone).strftime("%H:%M:%S")
    zone = f" {zone_name(row.workspace.zone)}" if zoned else ""
    return f"{row.workspace.label}: {', '.join(said)} (as of {moment}{zone})"


def _plain(counts: StatusCounts, metric: Metric) -> str:
    value = counts.value(metric)
    return "unknown" if value is None else f"{value:g}" if metric.is_rate else str(int(value))


def _side_by_side(rows: Sequence[Row], *, api_names: bool) -> Table:
    table = Table(*["Count", "API name"][: 1 + api_names])
    for row in rows:
        table.add_column(Text(row.workspace.label), justify="right", overflow="fold")
    for name in COUNT_NAMES:
        heads = [TR.label(Metric(name)), name][: 1 + api_names]
        values = (row.snapshot.counts.value(Metric(name)) if row.snapshot else None for row in rows)
        table.add_row(*heads, *(TR.value(Metric(name), value) for value in values))
    return table


def _lines(rows: Sequence[Row]) -> Table:
    table = Table()
    table.add_column("Workspace", overflow="fold")
    for metric in SHORT:
        table.add_column(TR.label(metric), justify="right")
    for row in rows:
        if row.snapshot:
            counts = row.snapshot.counts
            table.add_row(row.workspace.label, *(TR.value(metric, counts.value(metric)) for metric in SHORT))
    return table
