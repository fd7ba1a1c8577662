"""The answer to `/dlf-status`: a card for one workspace, a table for several."""

from collections.abc import Sequence

from bot.domain.model import Answer, Day, Metric, Row, StatusCounts
from bot.messages.budget import fit
from bot.messages.layout import Facts, Headline, Line, Note, Part, Table, compose
from bot.messages.message import Message
from bot.messages.provenance import date_note, read_note, scope_note
from bot.messages.rows import (
    OTHERS,
    SYMBOLS,
    TELLING,
    Concern,
    before_heading,
    by_concern,
    columns,
    compared,
    concern,
    concern_of,
    hidden_note,
    problem,
    row_name,
    sum_phrase,
    table_row,
)
from bot.messages.words import Words, number, percent

PERSON_NEEDED = {
    Metric.RUNNING_EXCEPTION_COUNT: "Stuck instances do not go on until a person acts in DataArts Factory.",
    Metric.WAITING_CONFIRM_COUNT: "Instances to confirm wait for a person to confirm their execution.",
}
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
    notes = [
        date_note(say, answer.rows, answer.day),
        scope_note(say, own=answer.own, account=account),
        read_note(say, answer.rows),
    ]
    if len(answer.rows) == 1:
        return compose([*_card(say, answer.rows[0], answer.day), Note(notes)])
    return _several(say, answer, notes)


def verdict(say: Words, counts: StatusCounts, day: Day) -> str:
    """One sentence that says how it stands, and never that all is well when that is not known."""
    match concern_of(counts):
        case Concern.FAILING:
            said = _failing(say, counts)
        case Concern.UNKNOWN:
            said = say("Cannot say whether all is well")
        case Concern.NOTHING_RAN:
            said = (
                say("Nothing has run yet: 0 instances")
                if day is Day.TODAY
                else say("Nothing ran: 0 instances")
            )
        case Concern.OVERRIDDEN:
            said = say("No open failure, but {what}", what=_overridden(say, counts))
        case _:
            said = (
                say("Nothing failed or stuck so far") if day is Day.TODAY else say("Nothing failed or stuck")
            )
    return f"{SYMBOLS[concern_of(counts)]} {said}"


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


def _card(say: Words, row: Row, day: Day) -> list[Part]:
    title = Headline(
        f"{row_name(row, [row])}: {say.day(day, row.snapshot.business_date if row.snapshot else None)}"
    )
    if row.snapshot is None:
        said = say("on its way") if row.coming else say("no data: {why}", why=problem(say, row))
        return [title, Line(f"{SYMBOLS[concern(row)]} {said}", strong=row.coming)]
    counts = row.snapshot.counts
    return [
        title,
        Line(verdict(say, counts, day), strong=True),
        *_advice(say, counts),
        Facts(_facts(say, counts, row.before, day)),
        Line(say("Other states: {states}", states=say.join(_other_states(say, counts)))),
        *([Line(say("Newer numbers are on their way."))] if row.coming else []),
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
    compare = compared(say, now, then, day)
    return f"{value}\n{compare}" if compare else value


def _other_states(say: Words, counts: StatusCounts) -> list[str]:
    return [say.phrase(metric, counts.value(metric)) for metric in OTHERS]


def _several(say: Words, answer: Answer, notes: Sequence[str]) -> Message:
    rows = by_concern(answer.rows)
    names = [row_name(row, rows) for row in rows]
    lines = [table_row(say, row, name=name, day=answer.day) for row, name in zip(rows, names, strict=True)]
    dates = {row.snapshot.business_date for row in rows if row.snapshot}
    date = dates.pop() if len(dates) == 1 else None
    heads = columns(say, before=before_heading(say, answer.day))
    start: list[Part] = [
        Headline(say("DLF status: {day}", day=say.day(answer.day, date))),
        Line(summary(say, rows), strong=True),
        *_coming(say, rows),
    ]
    small = [*notes, say("states not named are 0"), say("name one workspace to see all 13 counts")]

    def build(shown: int) -> Message:
        hidden = [Line(hidden_note(say, rows[shown:]))] if rows[shown:] else []
        table = Table(heads, lines[:shown], left=frozenset({0, len(heads) - 2}))
        return compose([*start, table, *hidden, Note(small)])

    return fit(build, len(rows))


def summary(say: Words, rows: Sequence[Row]) -> str:
    """How all rows stand together, in one sentence that claims no more than is known."""
    found = [concern(row) for row in rows]
    worst = min(found)
    total = say.plural(len(rows), "{n} workspace", "{n} workspaces")
    if worst is Concern.FINE:
        return f"{SYMBOLS[worst]} " + say("{total}, nothing failed or stuck in any", total=total)
    sums = [sum_phrase(say, rows, metric) for metric in CARD[:4]]
    parts = [f"{total}: {say.join(sums)}"]
    unread = found.count(Concern.UNREAD)
    if unread:
        parts.append(say("no data from {n}", n=number(unread)))
    idle = found.count(Concern.NOTHING_RAN)
    if idle:
        parts.append(say("nothing ran in {n}", n=number(idle)))
    return f"{SYMBOLS[worst]} {'; '.join(parts)}"


def _coming(say: Words, rows: Sequence[Row]) -> list[Part]:
    coming = sum(row.coming for row in rows)
    return (
        [Line(say("⏳ {n} more on the way; this answer will be completed.", n=number(coming)))]
        if coming
        else []
    )
