"""The digest's message: a verdict for each day, a table, the alerts, and the recorded days as a chart."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.domain.alerts import Alert, Ending, State
from bot.domain.coverage import is_finished
from bot.domain.digest import Digest, DigestDay, TrendPoint
from bot.domain.model import Metric, Row
from bot.messages.alert_text import value_at_end
from bot.messages.closed import BRIEFLY
from bot.messages.condition import SYMBOLS, RowCondition, condition, symbol_of, urgency
from bot.messages.digest_dates import date_line, dates_title, left_out, origin, whole_dates
from bot.messages.digest_jobs import worst_jobs
from bot.messages.figures import number
from bot.messages.layout import Chart, Headline, Line, Note, Part, compose
from bot.messages.message import Message
from bot.messages.mrkdwn import clip
from bot.messages.provenance import read_note, reads_of, scope_note, when_note
from bot.messages.row_words import compared, row_names
from bot.messages.rows import Entry, dates_of, reading_aids, succeeded, table_of
from bot.messages.silences import said_plainly
from bot.messages.slack_limits import fit, fits
from bot.messages.summary import hidden_note, summary
from bot.messages.words import PHRASES, Words

ALERTS_SHOWN = 8
DAYS_DRAWN = 14
ALL_CLEAR = ("all clear in {n} workspace", "all clear in {n} workspaces")
DRAWN = (Metric.FAIL_COUNT, Metric.OVERRIDDEN_COUNT, Metric.RUNNING_EXCEPTION_COUNT)


def render_digest(digest: Digest, *, now: datetime, locale: str = "en") -> Message:
    """Render the digest; `now` may be on a later date than its due time.

    Jobs for which there is no room are left out.
    """
    tr = Words(locale)
    for kept in range(len(digest.worst), 0, -1):
        message = _render(tr, replace(digest, worst=digest.worst[:kept]), now)
        if fits(message):
            return message
    return _render(tr, replace(digest, worst=()), now)


def _render(tr: Words, digest: Digest, now: datetime) -> Message:
    same_date = now.astimezone(digest.zone).date() == digest.due.date
    start = _start(tr, digest, now, relative=same_date)
    entries = _entries(digest)
    rows, table = [entry.row for entry in entries], table_of(tr, entries)
    end = [*_chart(tr, digest.trend), Note([*origin(tr, digest), *_origin(tr, entries)])]

    def build(shown: int) -> Message:
        hidden = [Line(hidden_note(tr, rows[shown:]))] if rows[shown:] else []
        return compose([*start, table.first(shown), *hidden, *end])

    return fit(build, len(rows))


def _start(tr: Words, digest: Digest, now: datetime, *, relative: bool) -> list[Part]:
    """The headline and the lines of each day."""
    dates = whole_dates(digest)
    rest = [day for day in digest.days if day not in dates]
    parts: list[Part] = []
    if len(dates) > 1:
        workspaces = len({row.workspace.key for day in dates for row in day.rows})
        lines = [date_line(tr, day, workspaces) for day in dates]
        parts += [Headline(dates_title(tr, dates)), Line("\n".join(lines))]
        parts += [Line("\n".join(_alerts(tr, day, named=True))) for day in dates if day.alerts]
    else:
        rest = [*dates, *rest]
    if not rest and not parts:
        parts.append(Headline(tr("no workspace to show")))
    for day in rest:
        says = _title(tr, day, now, relative=relative)
        parts += [Line(says, strong=True) if parts else Headline(says), *_day(tr, day)]
    parts += worst_jobs(tr, digest.worst)
    if missing := left_out(tr, digest):
        parts.append(Line(missing))
    return parts


def _title(tr: Words, day: DigestDay, now: datetime, *, relative: bool) -> str:
    """A day with its verdict: "⚠️ Sun 22 Nov · 3 failed in 12 workspaces"."""
    symbol, said = _verdict(tr, day, now)
    return f"{symbol} {_day_name(tr, day, relative=relative)} · {said}".strip()


def _day(tr: Words, day: DigestDay) -> list[Part]:
    parts: list[Part] = []
    if day.rows and _is_clear(day):
        parts.append(Line(tr("Every workspace was read. Nothing failed, nothing is stuck, no alerts.")))
    if any(row.snapshot for row in day.rows):
        parts.append(Line(_totals(tr, day)))
    if day.alerts:
        parts.append(Line("\n".join(_alerts(tr, day))))
    return parts


def _day_name(tr: Words, day: DigestDay, *, relative: bool) -> str:
    """The date of a day; on that day itself "Today, Mon 23 Nov"."""
    if day.business_date is None or (relative and not is_finished(day.day)):
        return tr.day(day.day, day.business_date, first=True)
    return tr.full_date(day.business_date)


def _verdict(tr: Words, day: DigestDay, now: datetime) -> tuple[str, str]:
    """A symbol and its sentence."""
    if not day.rows:
        return "", tr("no workspace to show")
    if _is_clear(day):
        return SYMBOLS[RowCondition.FINE], tr.plural(len(day.rows), *ALL_CLEAR)
    return symbol_of(day.rows), summary(tr, day.rows, now=now)


def _is_clear(day: DigestDay) -> bool:
    return day.all_clear and all(condition(row) >= RowCondition.OVERRIDDEN for row in day.rows)


def _totals(tr: Words, day: DigestDay) -> str:
    """The day's sums that the verdict leaves out, over all workspaces that were read."""
    total, before = day.total, day.total_before
    compare = compared(tr, total.fail_count, before.fail_count if before else None, day.day)
    said = [tr("failed {compare}", compare=compare)] if compare and not day.all_clear else []
    if day.all_clear:
        zeros = (Metric.FAIL_COUNT, Metric.RUNNING_EXCEPTION_COUNT, Metric.OVERRIDDEN_COUNT)
        said = [tr.phrase(metric, total.value(metric)) for metric in zeros]
    said.append(tr(PHRASES[Metric.SUCCESS_COUNT], n=succeeded(tr, total)))
    if total.success_rate is not None:
        said.append(tr.phrase(Metric.SUCCESS_RATE, total.success_rate))
    line = tr.join(said)
    return tr("In the workspaces read: {line}" if day.unread else "In all workspaces: {line}", line=line)


def _alerts(tr: Words, day: DigestDay, *, named: bool = False) -> list[str]:
    """The day's alerts; `named` adds the date, for a digest of several days."""
    names = dict(zip((row.workspace.key for row in day.rows), row_names(day.rows), strict=True))
    said = tr.plural(len(day.alerts), "{n} alert:", "{n} alerts:")
    date = f"{tr.full_date(day.business_date)} · " if named and day.business_date else ""
    lines = [f"{date}{said}"]
    for alert in day.alerts[:ALERTS_SHOWN]:
        where = names.get(alert.key.subject) or clip(alert.key.subject)
        rule, peak = clip(alert.key.rule), number(alert.peak)
        end = _ending(tr, alert)
        if silence := day.silenced.get(alert.id):
            end = tr("{end} (silenced by {who})", end=end, who=said_plainly(silence))
        lines.append(tr("• {where}, {rule}: peak {peak}, {end}", rule=rule, where=where, peak=peak, end=end))
    more = len(day.alerts) - ALERTS_SHOWN
    if more > 0:
        lines.append(tr.plural(more, "and {n} more alert", "and {n} more alerts"))
    return lines


def _ending(tr: Words, alert: Alert) -> str:
    if alert.state is not State.OVER or alert.over_at is None:
        return tr("still firing")
    if alert.ending is Ending.DAY_ENDED:
        end, now = value_at_end(alert), alert.value
        said = tr("{n} when the day ended", n=number(end))
        if end == now:
            return said
        return tr("{what}, {said}", what=said, said=tr("later corrected to {n}", n=number(now)))
    if alert.ending in BRIEFLY:
        return tr(BRIEFLY[alert.ending])
    if alert.ending is Ending.NO_LONGER_TOLD:
        return tr("not resolved when DLF stopped returning that date")
    return tr("resolved after {span}", span=tr.duration(alert.over_at - alert.since))


def _entries(digest: Digest) -> list[Entry]:
    """All rows of all days; rows that need a person come first."""
    pairs = sorted(((row, day) for day in digest.days for row in day.rows), key=lambda pair: urgency(pair[0]))
    names = row_names([row for row, _ in pairs])
    named = zip(pairs, names, strict=True)
    return [Entry(row, name, day.day, _date_of(day, row)) for (row, day), name in named]


def _date_of(day: DigestDay, row: Row) -> date | None:
    return row.snapshot.business_date if row.snapshot else day.business_date


def _chart(tr: Words, trend: Sequence[TrendPoint]) -> list[Part]:
    """The recorded days as a chart; a date without a number is named, not drawn as 0."""
    recent = sorted(trend, key=lambda point: point.business_date)[-DAYS_DRAWN:]
    by_label = {tr.short_date(point.business_date): point.counts for point in recent}
    drawn = {
        label: values
        for label, counts in by_label.items()
        if None not in (values := [counts.value(metric) for metric in DRAWN])
    }
    if len(drawn) < 2:
        return []
    labels = [tr.label(metric) for metric in DRAWN]
    columns = [
        [value for value in column if value is not None] for column in zip(*drawn.values(), strict=True)
    ]
    by_day = (f"{date} {'/'.join(number(value or 0) for value in values)}" for date, values in drawn.items())
    line = tr.stated(" / ".join(labels), tr.join(by_day))
    chart = Chart(tr("By day"), tuple(drawn), tuple(zip(labels, columns, strict=True)), line)
    gaps = [label for label in by_label if label not in drawn]
    return [
        chart,
        *([Note([tr("not in the chart (counts missing): {days}", days=tr.join(gaps))])] if gaps else []),
    ]


def _origin(tr: Words, entries: Sequence[Entry]) -> list[str]:
    reads = reads_of(entry.row for entry in entries)
    when = when_note(tr, dates_of(entries), reads) if entries else read_note(tr, reads)
    return [when, scope_note(tr), *reading_aids(tr, entries)]
