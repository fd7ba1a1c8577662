"""Sums over many rows, which claim no more than is known."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.domain.model import Metric, Row, Snapshot
from bot.messages.condition import RowCondition, condition, condition_on_its_date
from bot.messages.figures import number
from bot.messages.leftovers import still_waiting
from bot.messages.words import Words

ALWAYS = (Metric.FAIL_COUNT, Metric.RUNNING_EXCEPTION_COUNT)
IF_ANY = (Metric.WAITING_CONFIRM_COUNT, Metric.OVERRIDDEN_COUNT)
# Numbers that are not older than this count as current.
WORTH_SAYING = timedelta(minutes=1)


# The words that a line may begin with, as they are then.
AT_A_START = {
    "nothing failed or stuck in {total}": "Nothing failed or stuck in {total}",
    "no data from {n} workspace": "No data from {n} workspace",
    "no data from {n} workspaces": "No data from {n} workspaces",
    "at least {sums}": "At least {sums}",
    "no failures known": "No failures known",
}


def summary(tr: Words, rows: Sequence[Row], *, now: datetime, starts: bool = False) -> str:
    """The sum of all rows at `now`: "at least 5 failed, 1 stuck in 3 workspaces; no data …".

    `starts`: a line begins with it.
    """
    found = [condition_on_its_date(row) for row in rows]
    still = still_waiting(tr, rows)
    total = tr.plural(len(rows), "{n} workspace", "{n} workspaces")
    if min(found) is RowCondition.FINE and not still:
        fine = tr(_first("nothing failed or stuck in {total}", starts=starts), total=total)
        return tr.clauses([fine, _age(tr, rows, now)])
    if not any(row.snapshot for row in rows):
        return tr.clauses([_nothing_read(tr, found, starts=starts), still])
    parts = [tr("{said} in {where}", said=sums(tr, rows, starts=starts), where=total), still]
    if unread := found.count(RowCondition.UNREAD):
        parts.append(tr.plural(unread, "no data from {n} workspace", "no data from {n} workspaces"))
    if idle := found.count(RowCondition.NOTHING_RAN):
        parts.append(tr.plural(idle, "nothing ran in {n} workspace", "nothing ran in {n} workspaces"))
    if old := outdated(rows):
        age = now - min(one.read_at for one in old)
        where = tr.plural(len(old), "{n} workspace", "{n} workspaces")
        pattern = "{where} not updated for {span}" if age >= WORTH_SAYING else "{where} not updated"
        parts.append(tr(pattern, where=where, span=tr.duration(age)))
    return tr.clauses([*parts, _age(tr, rows, now)])


def _first(pattern: str, *, starts: bool) -> str:
    return AT_A_START[pattern] if starts else pattern


def outdated(rows: Iterable[Row]) -> list[Snapshot]:
    """The old numbers of rows for which DLF gave no new numbers."""
    return [row.snapshot for row in rows if row.snapshot and row.problem and not row.coming]


def _age(tr: Words, rows: Iterable[Row], now: datetime) -> str:
    """The age of the oldest number, if newer numbers are being read or were not asked for."""
    ages = [now - row.snapshot.read_at for row in rows if row.snapshot and (row.coming or not row.problem)]
    oldest = max(ages, default=timedelta(0))
    return tr("as of {span} ago", span=tr.duration(oldest)) if oldest >= WORTH_SAYING else ""


def _nothing_read(tr: Words, found: Sequence[RowCondition], *, starts: bool) -> str:
    """The summary if no row has numbers."""
    coming, unread = found.count(RowCondition.COMING), found.count(RowCondition.UNREAD)
    parts = []
    if coming:
        parts.append(tr.plural(coming, "Reading {n} workspace…", "Reading {n} workspaces…"))
    if unread:
        one, many = "no data from {n} workspace", "no data from {n} workspaces"
        begins = starts and not coming
        parts.append(tr.plural(unread, _first(one, starts=begins), _first(many, starts=begins)))
    return tr.clauses(parts)


def sums(tr: Words, rows: Sequence[Row], *, failed: str = "", starts: bool = False) -> str:
    """The sums in words: "5 failed, 1 stuck", "at least 5 failed" if some row lacks a number.

    `failed`: an addition to the failures, such as the difference to the day before.
    """
    metrics = [*ALWAYS, *(metric for metric in IF_ANY if _any(rows, metric))]
    totals, partial = {}, False
    for metric in metrics:
        values = [row.snapshot.counts.value(metric) if row.snapshot else None for row in rows]
        known = [value for value in values if value is not None]
        partial = partial or len(known) < len(values)
        totals[metric] = sum(known) if known else None
    if not partial:
        said = {metric: tr.phrase(metric, total) for metric, total in totals.items()}
        if failed:
            said[Metric.FAIL_COUNT] = tr.aside(said[Metric.FAIL_COUNT], failed)
        return tr.join(said.values())
    found = tr.join(tr.phrase(metric, total) for metric, total in totals.items() if total)
    unknown = [tr.phrase(metric, None) for metric, total in totals.items() if total is None]
    least = tr(_first("at least {sums}", starts=starts), sums=found) if found else ""
    if not least and totals[Metric.FAIL_COUNT] is not None:
        least = tr(_first("no failures known", starts=starts))
    return tr.join([*([least] if least else []), *unknown])


def hidden_note(tr: Words, hidden: Sequence[Row]) -> str:
    """The line about rows that did not fit."""
    bad = sum(condition(row).needs_a_look for row in hidden)
    more = tr.plural(len(hidden), "and {n} more workspace", "and {n} more workspaces")
    if bad:
        return tr("{more}, {n} with failures or no data", more=more, n=number(bad))
    return tr("{more}, no failures known there", more=more)


def _any(rows: Sequence[Row], metric: Metric) -> bool:
    return any(row.snapshot and row.snapshot.counts.value(metric) for row in rows)
