"""The answer to `/dlf-status`: a card for one workspace, a table for several."""

from collections.abc import Sequence
from datetime import date

from bot.domain.model import Answer, Day, Metric, Row, StatusCounts, business_date
from bot.messages.budget import fit
from bot.messages.concern import (
    SYMBOLS,
    TELLING,
    Concern,
    concern,
    concern_of,
    symbol_of,
    urgency,
)
from bot.messages.layout import Facts, Headline, Line, Note, Part, compose
from bot.messages.message import Message
from bot.messages.provenance import PERSON_NEEDED, reads_of, scope_note, when_note
from bot.messages.rows import (
    Entry,
    compared,
    dates_of,
    others,
    reading_aids,
    row_names,
    row_state,
    table_of,
)
from bot.messages.sums import hidden_note, summary
from bot.messages.words import Words, number, percent

CARD = (
    Metric.FAIL_COUNT,
    Metric.RUNNING_EXCEPTION_COUNT,
    Metric.WAITING_CONFIRM_COUNT,
    Metric.OVERRIDDEN_COUNT,
    Metric.SUCCESS_COUNT,
    Metric.TOTAL_COUNT,
)


def render_status(answer: Answer, *, locale: str = "en", account: str = "") -> Message:
    """Say what `answer` knows and what it does not; `account` names the IAM user of `own`."""
    say = Words(locale)
    if not answer.rows:
        return compose([Line(say("No workspace to show."))])
    entries = entries_of(answer)
    notes = [
        when_note(say, dates_of(entries), reads_of(answer.rows)),
        scope_note(say, own=answer.own, account=account),
    ]
    if len(entries) == 1:
        return compose([*_card(say, entries[0]), Note(notes)])
    return _several(say, entries, notes)


def entries_of(answer: Answer) -> list[Entry]:
    """The rows in the order of their urgency, each with its name and the date asked for."""
    rows = sorted(answer.rows, key=urgency)
    named = zip(rows, row_names(rows), strict=True)
    return [Entry(row, name, answer.day, _date_of(row, answer)) for row, name in named]


def _date_of(row: Row, answer: Answer) -> date | None:
    if row.snapshot:
        return row.snapshot.business_date
    return business_date(answer.day, answer.asked_at, row.workspace.zone)


def verdict(say: Words, counts: StatusCounts, day: Day) -> str:
    """One sentence that says how it stands, and never that all is well when that is not known."""
    so_far = day is Day.TODAY
    match concern_of(counts):
        case Concern.FAILING:
            return _failing(say, counts)
        case Concern.UNKNOWN:
            return say("Cannot say whether all is well")
        case Concern.NOTHING_RAN:
            return say("Nothing has run yet: 0 instances") if so_far else say("Nothing ran: 0 instances")
        case Concern.OVERRIDDEN:
            return say("No open failure, but {what}", what=_overridden(say, counts))
        case _:
            return say("Nothing failed or stuck so far") if so_far else say("Nothing failed or stuck")


def _failing(say: Words, counts: StatusCounts) -> str:
    parts = [say.phrase(Metric.FAIL_COUNT, counts.fail_count)]
    if counts.overridden_count:
        parts.append(_overridden(say, counts))
    for metric in (Metric.RUNNING_EXCEPTION_COUNT, Metric.WAITING_CONFIRM_COUNT):
        if counts.value(metric) != 0:
            parts.append(say.phrase(metric, counts.value(metric)))
    return say.join(parts)


def _overridden(say: Words, counts: StatusCounts) -> str:
    count, how = counts.overridden_count or 0, say.overridden_how(counts)
    if counts.fail_count:
        pattern = (
            "{n} more failure overridden ({how})" if count == 1 else "{n} more failures overridden ({how})"
        )
    else:
        pattern = "{n} failure overridden ({how})" if count == 1 else "{n} failures overridden ({how})"
    return say(pattern, n=number(count), how=how)


def _card(say: Words, entry: Entry) -> list[Part]:
    row, day = entry.row, entry.day
    title = Headline(say("{what}: {said}", what=entry.name, said=say.day(day, entry.business_date)))
    symbol, state = SYMBOLS[concern(row)], row_state(say, row)
    if row.snapshot is None:
        return [title, Line(f"{symbol} {state}", strong=True)]
    counts = row.snapshot.counts
    return [
        title,
        Line(f"{symbol} {say.clauses([verdict(say, counts, day), state])}", strong=True),
        *_advice(say, counts),
        Facts(_facts(say, counts, row.before, day)),
        Line(say("Other states: {states}", states=others(say, counts, zeros=True))),
    ]


def _advice(say: Words, counts: StatusCounts) -> list[Part]:
    said = [say(advice) for metric, advice in PERSON_NEEDED.items() if counts.value(metric)]
    if concern_of(counts) is Concern.NOTHING_RAN:
        said.append(say("If jobs were due, check the workspace id and the schedules."))
    gaps = [say.label(metric).lower() for metric in TELLING if counts.value(metric) is None]
    if gaps:
        said.append(say("DLF did not report: {gaps}. That is unknown, not 0.", gaps=say.join(gaps)))
    return [Line("\n".join(said))] if said else []


def _facts(say: Words, counts: StatusCounts, before: StatusCounts | None, day: Day) -> list[tuple[str, str]]:
    pairs = [(say.label(metric), _fact(say, metric, counts, before, day)) for metric in CARD]
    rate = counts.success_rate
    shown = say("{n} of those that finished", n=percent(rate)) if rate is not None else say("not known")
    return [*pairs, (say.label(Metric.SUCCESS_RATE), shown)]


def _fact(say: Words, metric: Metric, counts: StatusCounts, before: StatusCounts | None, day: Day) -> str:
    now, then = counts.value(metric), before.value(metric) if before else None
    value = say.overridden(counts) if metric is Metric.OVERRIDDEN_COUNT else say.value(metric, now)
    if now is None or then is None or _says_nothing(metric, now, then, day):
        return value
    compare = compared(say, now, then, day)
    return f"{value}\n{compare}" if compare else value


def _says_nothing(metric: Metric, now: float, then: float, day: Day) -> bool:
    """True if comparing is noise: nothing changed, or a part of today is held against a whole yesterday."""
    if metric is Metric.FAIL_COUNT:
        return False
    return now == then or (day is Day.TODAY and metric not in (Metric.SUCCESS_COUNT, Metric.TOTAL_COUNT))


def _several(say: Words, entries: Sequence[Entry], notes: Sequence[str]) -> Message:
    rows, day = [entry.row for entry in entries], entries[0].day
    dates = {entry.business_date for entry in entries}
    table = table_of(say, entries)
    start: list[Part] = [
        Headline(say("DLF status: {day}", day=say.day(day, dates.pop() if len(dates) == 1 else None))),
        Line(f"{symbol_of(rows)} {summary(say, rows)}", strong=True),
        *_coming(say, rows),
    ]
    small = [*notes, *reading_aids(say, entries), say("name one workspace to see all 13 counts")]

    def build(shown: int) -> Message:
        hidden = [Line(hidden_note(say, rows[shown:]))] if rows[shown:] else []
        return compose([*start, table.first(shown), *hidden, Note(small)])

    return fit(build, len(rows))


def _coming(say: Words, rows: Sequence[Row]) -> list[Part]:
    coming = sum(row.coming for row in rows)
    if not coming:
        return []
    return [Line(say("⏳ {n} more on the way; this answer will be completed.", n=number(coming)))]
