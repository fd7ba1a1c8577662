"""The business dates of a digest: in the headline, and a line for each if it covers several."""

from collections.abc import Sequence
from datetime import date

from bot.domain.coverage import MOST_DATES, is_finished
from bot.domain.digest import NOT_TO_ITS_END, Digest, DigestDay
from bot.domain.model import Metric
from bot.messages.condition import RowCondition, condition, symbol_of
from bot.messages.figures import delta
from bot.messages.leftovers import still_waiting
from bot.messages.mrkdwn import clip
from bot.messages.summary import sums
from bot.messages.words import Words, zone_name

AWAY = "the bot was not running or could not read DLF"


def whole_dates(digest: Digest) -> tuple[DigestDay, ...]:
    """The days that are complete dates, without today and the last seven days."""
    return tuple(day for day in digest.days if is_finished(day.day) and day.business_date and day.rows)


def dates_title(tr: Words, days: Sequence[DigestDay]) -> str:
    """The title of several dates: "⚠️ Fri 27 to Sun 29 Nov · 57 failed, 3 stuck in 12 workspaces"."""
    rows = [row for day in days for row in day.rows]
    dates = [day.business_date for day in days if day.business_date]
    workspaces = len({row.workspace.key for row in rows})
    where = tr.plural(workspaces, "{n} workspace", "{n} workspaces")
    parts = [tr("{said} in {where}", said=sums(tr, rows), where=where)]
    gaps = sum(any(row.snapshot is None for row in day.rows) for day in days)
    if gaps:
        parts.append(tr.plural(gaps, "data missing on {n} date", "data missing on {n} dates"))
    return f"{symbol_of(rows)} {date_range(tr, dates[0], dates[-1])} · {tr.clauses(parts)}"


def date_range(tr: Words, first: date, last: date) -> str:
    """Two dates with all between: "Fri 27 to Sun 29 Nov", "Mon 30 Nov to Tue 1 Dec"."""
    if first == last:
        return tr.full_date(first)
    start, end = tr.date_within(first), tr.date_within(last)
    same_month = (first.year, first.month) == (last.year, last.month)
    if same_month and tr.locale == "zh":
        end = end.partition("月")[2]
    elif same_month:
        start = start.rpartition(" ")[0]
    return tr("{first} to {last}", first=start, last=end)


def date_line(tr: Words, day: DigestDay, workspaces: int) -> str:
    """The line of a date: "⚠️ Fri 27 Nov · 50 failed (+48), 3 stuck"."""
    assert day.business_date is not None
    found = [condition(row) for row in day.rows]
    here = len(day.rows)
    some = [tr.plural(here, "{n} workspace", "{n} workspaces")] if here < workspaces else []
    parts = [] if not any(row.snapshot for row in day.rows) else [sums(tr, day.rows, failed=_difference(day))]
    if unread := found.count(RowCondition.UNREAD):
        parts.append(
            tr.plural(unread, "no data from {n} workspace", "no data from {n} workspaces")
            if parts
            else _no_data(tr, day)
        )
    if idle := found.count(RowCondition.NOTHING_RAN):
        parts.append(tr.plural(idle, "nothing ran in {n} workspace", "nothing ran in {n} workspaces"))
    if stopped := _last_read_before_the_end(tr, day):
        parts.append(stopped)
    parts.append(still_waiting(tr, day.rows))
    return f"{symbol_of(day.rows)} {tr.full_date(day.business_date)} · {tr.clauses([*some, *parts])}"


def origin(tr: Words, digest: Digest) -> list[str]:
    """The digest's name, its due time, and the first date it covers."""
    zones = {row.workspace.zone for day in digest.days for row in day.rows}
    due = f"{tr.full_date(digest.due.date)} {digest.due.at.astimezone(digest.zone):%H:%M}"
    due = due if zones <= {digest.zone} else tr.aside(due, zone_name(digest.zone))
    said = [tr("digest {name}, {at}", name=clip(digest.name), at=due)]
    if len(whole_dates(digest)) > 1 and digest.since:
        last = tr.full_date(digest.since)
        said.append(tr("covers every date since the last one ({date})", date=last))
    return said


def left_out(tr: Words, digest: Digest) -> str:
    """The dates that did not fit; "" if all did."""
    if digest.left_out is None:
        return ""
    dates = date_range(tr, *digest.left_out)
    return tr("Not in this digest: {dates}. It covers {n} dates at most.", dates=dates, n=str(MOST_DATES))


def _difference(day: DigestDay) -> str:
    """The difference of the failures to the day before; "" if there is none or it is unknown."""
    now, before = day.total.fail_count, day.total_before
    then = before.value(Metric.FAIL_COUNT) if before and not day.unread else None
    return "" if now is None or then in (None, now) else delta(now, then)


def _no_data(tr: Words, day: DigestDay) -> str:
    """Why a date has no data, if all rows have the same reason; else ""."""
    reasons = {row.problem for row in day.rows}
    if reasons == {NOT_TO_ITS_END}:
        return tr("no data: {why}", why=tr(AWAY))
    return tr.plural(len(day.rows), "no data from {n} workspace", "no data from {n} workspaces")


def _last_read_before_the_end(tr: Words, day: DigestDay) -> str:
    """The time of the last read if it was before the date's end: "as of 17:00: the bot was away …"."""
    reads = [
        (row.snapshot.read_at, row.workspace.zone)
        for row in day.rows
        if row.snapshot and row.problem == NOT_TO_ITS_END
    ]
    if not reads:
        return ""
    at, zone = min(reads, key=lambda read: read[0])
    moment = tr.moment(at, zone, on=day.business_date)
    return tr("as of {at}: {why}", at=moment, why=tr(AWAY))
