"""The phrases for instances of past dates that still wait for a person."""

from collections.abc import Iterable, Sequence

from bot.domain.model import Metric, Row
from bot.messages.figures import number
from bot.messages.words import Words

PATTERNS = {
    Metric.RUNNING_EXCEPTION_COUNT: "+{n} still stuck from {date}",
    Metric.WAITING_CONFIRM_COUNT: "+{n} still to confirm from {date}",
}


def still_waiting(tr: Words, rows: Iterable[Row]) -> str:
    """A phrase for each date, newest first: "+3 still stuck from Fri 27 Nov"; "" if nothing waits."""
    rows = [row for row in rows if row.leftovers]
    kinds = {(found.business_date, found.metric) for row in rows for found in row.leftovers}
    order = list(PATTERNS)
    kinds_in_order = sorted(kinds, key=lambda kind: (-kind[0].toordinal(), order.index(kind[1])))
    return tr.join(_said(tr, rows, *kind) for kind in kinds_in_order)


def _said(tr: Words, rows: Sequence[Row], on: object, metric: Metric) -> str:
    found = [
        (one, row.workspace.zone)
        for row in rows
        for one in row.leftovers
        if (one.business_date, one.metric) == (on, metric)
    ]
    total = number(sum(one.value for one, _ in found))
    said = tr(PATTERNS[metric], n=total, date=tr.date_within(found[0][0].business_date))
    oldest, zone = min(found, key=lambda one: one[0].read_at)
    return tr("{said} (as of {at})", said=said, at=tr.moment(oldest.read_at, zone)) if oldest.is_old else said
