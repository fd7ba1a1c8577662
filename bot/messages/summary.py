"""Sums over many rows, which claim no more than is known."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.domain.model import Metric, Row, Snapshot
from bot.messages.condition import Condition, condition, condition_on_its_date
from bot.messages.leftovers import still_waiting
from bot.messages.words import PHRASES, Words, number

ALWAYS = (Metric.FAIL_COUNT, Metric.RUNNING_EXCEPTION_COUNT)
IF_ANY = (Metric.WAITING_CONFIRM_COUNT, Metric.OVERRIDDEN_COUNT)
# Numbers that are not older than this count as current.
WORTH_SAYING = timedelta(minutes=1)


def summary(tr: Words, rows: Sequence[Row], *, now: datetime) -> str:
    """The sum of all rows at `now`: "at least 5 failed, 1 stuck in 3 workspaces; no data from 1"."""
    found = [condition_on_its_date(row) for row in rows]
    still = still_waiting(tr, rows)
    total = tr.plural(len(rows), "{n} workspace", "{n} workspaces")
    if min(found) is Condition.FINE and not still:
        return tr.clauses([tr("{total}, nothing failed or stuck", total=total), _age(tr, rows, now)])
    if not any(row.snapshot for row in rows):
        return tr.clauses([_nothing_read(tr, found), still])
    sums = [sum_phrase(tr, rows, metric) for metric in ALWAYS]
    sums += [sum_phrase(tr, rows, metric) for metric in IF_ANY if _any(rows, metric)]
    parts = [tr("{said} in {where}", said=tr.join(sums), where=total), still]
    if unread := found.count(Condition.UNREAD):
        parts.append(tr("no data from {n}", n=number(unread)))
    if idle := found.count(Condition.NOTHING_RAN):
        parts.append(tr("nothing ran in {n}", n=number(idle)))
    if old := outdated(rows):
        age = now - min(one.read_at for one in old)
        where = tr.plural(len(old), "{n} workspace", "{n} workspaces")
        pattern = "{where} not updated for {span}" if age >= WORTH_SAYING else "{where} not updated"
        parts.append(tr(pattern, where=where, span=tr.duration(age)))
    return tr.clauses([*parts, _age(tr, rows, now)])


def outdated(rows: Iterable[Row]) -> list[Snapshot]:
    """The old numbers of rows for which DLF gave no new numbers."""
    return [row.snapshot for row in rows if row.snapshot and row.problem and not row.coming]


def _age(tr: Words, rows: Iterable[Row], now: datetime) -> str:
    """The age of the oldest number, if newer numbers are being read or were not asked for."""
    ages = [now - row.snapshot.read_at for row in rows if row.snapshot and (row.coming or not row.problem)]
    oldest = max(ages, default=timedelta(0))
    return tr("as of {span} ago", span=tr.duration(oldest)) if oldest >= WORTH_SAYING else ""


def _nothing_read(tr: Words, found: Sequence[Condition]) -> str:
    """The summary if no row has numbers."""
    coming, unread = found.count(Condition.COMING), found.count(Condition.UNREAD)
    parts = []
    if coming:
        parts.append(tr.plural(coming, "Reading {n} workspace …", "Reading {n} workspaces …"))
    if unread:
        parts.append(tr.plural(unread, "no data from {n} workspace", "no data from {n} workspaces"))
    return tr.clauses(parts)


def sum_phrase(tr: Words, rows: Sequence[Row], metric: Metric) -> str:
    """A sum in words: "5 failed", or "at least 5 failed" if some row lacks the number."""
    values = [row.snapshot.counts.value(metric) if row.snapshot else None for row in rows]
    known = [value for value in values if value is not None]
    if not known or len(known) == len(values):
        return tr.phrase(metric, sum(known) if known else None)
    total = number(sum(known))
    return tr(PHRASES[metric], n=tr("at least {n}" if sum(known) else "{n} known", n=total))


def hidden_note(tr: Words, hidden: Sequence[Row]) -> str:
    """The line about rows that did not fit."""
    bad = sum(condition(row).needs_a_look for row in hidden)
    more = tr.plural(len(hidden), "and {n} more workspace", "and {n} more workspaces")
    if bad:
        return f"{more}, " + tr("{n} of them with failures or without data", n=number(bad))
    return f"{more}, " + tr("none of them known to need a look")


def _any(rows: Sequence[Row], metric: Metric) -> bool:
    return any(row.snapshot and row.snapshot.counts.value(metric) for row in rows)
