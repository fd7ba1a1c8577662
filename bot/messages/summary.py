"""What is said of many rows together, claiming no more than is known."""

from collections.abc import Sequence

from bot.domain.model import Metric, Row
from bot.messages.condition import Condition, condition
from bot.messages.words import PHRASES, Words, number

ALWAYS = (Metric.FAIL_COUNT, Metric.RUNNING_EXCEPTION_COUNT)
IF_ANY = (Metric.WAITING_CONFIRM_COUNT, Metric.OVERRIDDEN_COUNT)


def summary(tr: Words, rows: Sequence[Row]) -> str:
    """How all rows stand together: "at least 5 failed, 1 stuck in 3 workspaces; no data from 1"."""
    found = [condition(row) for row in rows]
    worst = min(found)
    total = tr.plural(len(rows), "{n} workspace", "{n} workspaces")
    if worst is Condition.FINE:
        return tr("{total}, nothing failed or stuck", total=total)
    sums = [sum_phrase(tr, rows, metric) for metric in ALWAYS]
    sums += [sum_phrase(tr, rows, metric) for metric in IF_ANY if _any(rows, metric)]
    parts = [tr("{said} in {where}", said=tr.join(sums), where=total)]
    if unread := found.count(Condition.UNREAD):
        parts.append(tr("no data from {n}", n=number(unread)))
    if idle := found.count(Condition.NOTHING_RAN):
        parts.append(tr("nothing ran in {n}", n=number(idle)))
    return tr.clauses(parts)


def sum_phrase(tr: Words, rows: Sequence[Row], metric: Metric) -> str:
    """A sum in words: "5 failed", or "at least 5 failed" when a row is missing or lacks the number."""
    values = [row.snapshot.counts.value(metric) if row.snapshot else None for row in rows]
    known = [value for value in values if value is not None]
    if not known or len(known) == len(values):
        return tr.phrase(metric, sum(known) if known else None)
    total = number(sum(known))
    return tr(PHRASES[metric], n=tr("at least {n}" if sum(known) else "{n} known", n=total))


def hidden_note(tr: Words, hidden: Sequence[Row]) -> str:
    """What is said of rows a message has no room for."""
    bad = sum(condition(row).needs_a_look for row in hidden)
    more = tr.plural(len(hidden), "and {n} more workspace", "and {n} more workspaces")
    if bad:
        return f"{more}, " + tr("{n} of them with failures or without data", n=number(bad))
    return f"{more}, " + tr("none of them known to need a look")


def _any(rows: Sequence[Row], metric: Metric) -> bool:
    return any(row.snapshot and row.snapshot.counts.value(metric) for row in rows)
