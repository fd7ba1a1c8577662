"""What is said of many rows together, claiming no more than is known."""

from collections.abc import Sequence

from bot.domain.model import Metric, Row
from bot.messages.concern import Concern, concern
from bot.messages.words import PHRASES, Words, number

ALWAYS = (Metric.FAIL_COUNT, Metric.RUNNING_EXCEPTION_COUNT)
IF_ANY = (Metric.WAITING_CONFIRM_COUNT, Metric.OVERRIDDEN_COUNT)


def summary(say: Words, rows: Sequence[Row]) -> str:
    """How all rows stand together: "at least 5 failed, 1 stuck in 3 workspaces; no data from 1"."""
    found = [concern(row) for row in rows]
    worst = min(found)
    total = say.plural(len(rows), "{n} workspace", "{n} workspaces")
    if worst is Concern.FINE:
        return say("{total}, nothing failed or stuck", total=total)
    sums = [sum_phrase(say, rows, metric) for metric in ALWAYS]
    sums += [sum_phrase(say, rows, metric) for metric in IF_ANY if _any(rows, metric)]
    parts = [say("{said} in {where}", said=say.join(sums), where=total)]
    if unread := found.count(Concern.UNREAD):
        parts.append(say("no data from {n}", n=number(unread)))
    if idle := found.count(Concern.NOTHING_RAN):
        parts.append(say("nothing ran in {n}", n=number(idle)))
    return say.clauses(parts)


def sum_phrase(say: Words, rows: Sequence[Row], metric: Metric) -> str:
    """A sum in words: "5 failed", or "at least 5 failed" when a row is missing or lacks the number."""
    values = [row.snapshot.counts.value(metric) if row.snapshot else None for row in rows]
    known = [value for value in values if value is not None]
    if not known or len(known) == len(values):
        return say.phrase(metric, sum(known) if known else None)
    total = number(sum(known))
    return say(PHRASES[metric], n=say("at least {n}" if sum(known) else "{n} known", n=total))


def hidden_note(say: Words, hidden: Sequence[Row]) -> str:
    """What is said of rows a message has no room for."""
    bad = sum(concern(row).needs_a_look for row in hidden)
    more = say.plural(len(hidden), "and {n} more workspace", "and {n} more workspaces")
    if bad:
        return f"{more}, " + say("{n} of them with failures or without data", n=number(bad))
    return f"{more}, " + say("none of them known to need a look")


def _any(rows: Sequence[Row], metric: Metric) -> bool:
    return any(row.snapshot and row.snapshot.counts.value(metric) for row in rows)
