"""The answer to `/dlf-status`: a card for a single workspace, a table for several."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.domain.model import Answer, Day, Leftover, Metric, Row, StatusCounts, business_date
from bot.messages import blocks
from bot.messages.condition import (
    SYMBOLS,
    TELLING,
    RowCondition,
    condition,
    condition_of,
    symbol_of,
    urgency,
)
from bot.messages.figures import number, percent
from bot.messages.layout import Actions, Facts, Headline, Line, Note, Part, compose
from bot.messages.leftovers import still_waiting
from bot.messages.message import Message
from bot.messages.provenance import PERSON_NEEDED, reads_of, scope_note, when_note
from bot.messages.row_words import compared, others, row_names, row_state
from bot.messages.rows import NUMBERED, Entry, dates_of, reading_aids, table_of, unknown_aid
from bot.messages.slack_limits import BUTTON_VALUE, fit
from bot.messages.summary import ALWAYS, WORTH_SAYING, hidden_note, summary
from bot.messages.words import UNKNOWN, Words

REFRESH = "status_refresh"
# More rows than fit on a screen.
MANY = 20


def render_status(answer: Answer, *, locale: str = "en", account: str = "", refresh: str = "") -> Message:
    """Render the answer with its unknown parts; `account` names the IAM user of `own`.

    `refresh`: the words that ask again, for a button if some numbers are not current.
    """
    tr = Words(locale)
    if not answer.rows:
        return compose([Line(tr("No workspaces to show. Check the workspaces in the config."))])
    entries = entries_of(answer)
    end = [*_again(tr, answer, refresh), _small_print(tr, entries, answer, account)]
    if len(entries) == 1:
        return compose([*_card(tr, entries[0], answer.asked_at), *end])
    return _several(tr, entries, answer, end)


def entries_of(answer: Answer) -> list[Entry]:
    """The rows, the most urgent first, each with its name and date."""
    rows = sorted(answer.rows, key=urgency)
    named = zip(rows, row_names(rows), strict=True)
    return [Entry(row, name, answer.day, _date_of(row, answer)) for row, name in named]


def _date_of(row: Row, answer: Answer) -> date | None:
    if row.snapshot:
        return row.snapshot.business_date
    return business_date(answer.day, answer.asked_at, row.workspace.zone)


def verdict(tr: Words, counts: StatusCounts, day: Day) -> str:
    """The verdict as a sentence; it never says that all is well if that is unknown."""
    so_far = day is Day.TODAY
    match condition_of(counts):
        case RowCondition.FAILING:
            return _failing(tr, counts)
        case RowCondition.UNKNOWN:
            return tr("Status unknown")
        case RowCondition.NOTHING_RAN:
            return tr("Nothing has run yet (0 instances)") if so_far else tr("Nothing ran (0 instances)")
        case RowCondition.OVERRIDDEN:
            return tr("No open failures; {what}", what=_overridden(tr, counts))
        case _:
            return tr("Nothing failed or stuck so far") if so_far else tr("Nothing failed or stuck")


def _failing(tr: Words, counts: StatusCounts) -> str:
    """Say which counts need a look, without those that are 0."""
    parts = [] if counts.fail_count == 0 else [tr.phrase(Metric.FAIL_COUNT, counts.fail_count)]
    if counts.overridden_count:
        parts.append(_overridden(tr, counts))
    for metric in (Metric.RUNNING_EXCEPTION_COUNT, Metric.WAITING_CONFIRM_COUNT):
        if counts.value(metric) != 0:
            parts.append(tr.phrase(metric, counts.value(metric)))
    return tr.join(parts)


def _overridden(tr: Words, counts: StatusCounts) -> str:
    count, how = counts.overridden_count or 0, tr.overridden_how(counts)
    if counts.fail_count:
        pattern = (
            "{n} more failure overridden ({how})" if count == 1 else "{n} more failures overridden ({how})"
        )
    else:
        pattern = "{n} failure overridden ({how})" if count == 1 else "{n} failures overridden ({how})"
    return tr(pattern, n=number(count), how=how)


def _card(tr: Words, entry: Entry, now: datetime) -> list[Part]:
    row, day = entry.row, entry.day
    title = Headline(tr("{what} · {said}", what=entry.name, said=tr.day(day, entry.business_date)))
    symbol, state, still = SYMBOLS[condition(row)], row_state(tr, row), still_waiting(tr, [row])
    if row.snapshot is None:
        return [title, Line(f"{symbol} {tr.clauses([state, still])}", strong=True)]
    counts = row.snapshot.counts
    return [
        title,
        Line(f"{symbol} {_said(tr, entry, counts, now)}", strong=True),
        *_advice(tr, counts, row.leftovers),
        Facts(tr, _facts(tr, counts, row.before, day)),
        Line(tr("Other states: {states}", states=others(tr, counts, zeros=True))),
    ]


def _said(tr: Words, entry: Entry, counts: StatusCounts, now: datetime) -> str:
    """The bold line of a card: the verdict or the last known numbers, and leftovers of past dates."""
    row, still = entry.row, still_waiting(tr, [entry.row])
    aged = _age(row, now) >= WORTH_SAYING and (row.problem or row.coming)
    stands = _last_known(tr, row, counts, now) if aged else verdict(tr, counts, entry.day)
    if still and not aged and condition_of(counts) is RowCondition.FINE:
        stands = ""
    return tr.clauses([stands, still, row_state(tr, row)])


def _last_known(tr: Words, row: Row, counts: StatusCounts, now: datetime) -> str:
    """The last known numbers: "0 failed, 1 stuck as of 03:10, 6 h ago"."""
    assert row.snapshot is not None
    read_at = row.snapshot.read_at
    said = tr.join(tr.phrase(metric, counts.value(metric)) for metric in ALWAYS)
    at = tr.moment(read_at, row.workspace.zone, on=row.snapshot.business_date)
    return tr("{said} as of {at}, {span} ago", said=said, at=at, span=tr.duration(now - read_at))


def _advice(tr: Words, counts: StatusCounts, leftovers: Sequence[Leftover]) -> list[Part]:
    waiting = {found.metric for found in leftovers}
    said = [
        tr(advice) for metric, advice in PERSON_NEEDED.items() if counts.value(metric) or metric in waiting
    ]
    if condition_of(counts) is RowCondition.NOTHING_RAN:
        said.append(
            tr(
                "If jobs should have run, check the workspace's id in the config "
                "and the schedules in DataArts."
            )
        )
    gaps = tr.names(metric for metric in TELLING if counts.value(metric) is None)
    if gaps:
        said.append(tr("DLF did not return: {gaps}. These counts are unknown.", gaps=gaps))
    return [Line("\n".join(said))] if said else []


def _facts(tr: Words, counts: StatusCounts, before: StatusCounts | None, day: Day) -> list[tuple[str, str]]:
    pairs = [(tr.label(metric), _fact(tr, metric, counts, before, day)) for metric in NUMBERED]
    return [*pairs, (tr.label(Metric.SUCCESS_RATE), _rate(tr, counts))]


def _rate(tr: Words, counts: StatusCounts) -> str:
    """The success rate, its base, and the number of instances left out."""
    rate, done, decided = counts.success_rate, counts.success_count, counts.decided_count
    if rate is None or done is None or decided is None:
        return "–" if decided == 0 else tr("unknown")
    said = tr("{n} ({done} of {total} completed)", n=percent(rate), done=number(done), total=number(decided))
    left = (counts.total_count or decided) - decided
    return tr.clauses([said, tr("{n} not completed", n=number(left)) if left > 0 else ""])


def _fact(tr: Words, metric: Metric, counts: StatusCounts, before: StatusCounts | None, day: Day) -> str:
    now, then = counts.value(metric), before.value(metric) if before else None
    value = tr.overridden(counts) if metric is Metric.OVERRIDDEN_COUNT else tr.value(metric, now)
    value = tr("not returned") if value == UNKNOWN else value
    if now is None or then is None or _says_nothing(metric, now, then, day):
        return value
    compare = compared(tr, now, then, day)
    return f"{value}\n{compare}" if compare else value


def _says_nothing(metric: Metric, now: float, then: float, day: Day) -> bool:
    """True if a comparison is noise: nothing changed, or today's part is compared with a whole day."""
    if metric is Metric.FAIL_COUNT:
        return False
    return now == then or (day is Day.TODAY and metric not in (Metric.SUCCESS_COUNT, Metric.TOTAL_COUNT))


def _several(tr: Words, entries: Sequence[Entry], answer: Answer, end: Sequence[Part]) -> Message:
    rows = [entry.row for entry in entries]
    dates = {entry.business_date for entry in entries}
    table = table_of(tr, entries)
    start: list[Part] = [
        Headline(tr("DLF status · {day}", day=tr.day(answer.day, dates.pop() if len(dates) == 1 else None))),
        Line(f"{symbol_of(rows)} {summary(tr, rows, now=answer.asked_at, starts=True)}", strong=True),
        *_coming(tr, rows),
    ]
    # Rows that need a look come first.
    wanted = sum(condition(row).needs_a_look for row in rows) if answer.only_failed else len(rows)

    def build(shown: int) -> Message:
        hidden = [Line(hidden_note(tr, rows[shown:]))] if rows[shown:] else []
        return compose([*start, table.first(shown), *hidden, *end])

    return fit(build, wanted)


def _small_print(tr: Words, entries: Sequence[Entry], answer: Answer, account: str) -> Note:
    said = [
        when_note(tr, dates_of(entries), reads_of(answer.rows)),
        scope_note(tr, own=answer.own, account=account),
    ]
    if len(entries) == 1:
        said += unknown_aid(tr, entries)
    if len(entries) > 1:
        said += [*reading_aids(tr, entries), tr("ask for one workspace to see all 13 counts")]
    if len(entries) > MANY and not answer.only_failed:
        said.append(tr("/dlf-status failed shows only those with failures or without data"))
    return Note(said)


def _again(tr: Words, answer: Answer, words: str) -> list[Part]:
    """A button that asks DLF again, if some numbers are not current and none is being read."""
    if not words or len(words) > BUTTON_VALUE or any(row.coming for row in answer.rows):
        return []
    if not any(row.problem or _age(row, answer.asked_at) >= WORTH_SAYING for row in answer.rows):
        return []
    return [Actions([blocks.button(tr("Refresh"), action_id=REFRESH, value=words)])]


def _age(row: Row, now: datetime) -> timedelta:
    return now - row.snapshot.read_at if row.snapshot else timedelta(0)


def _coming(tr: Words, rows: Sequence[Row]) -> list[Part]:
    coming = sum(row.coming for row in rows)
    if not coming:
        return []
    one, many = (
        "⏳ Still reading {n} workspace. The complete answer follows.",
        "⏳ Still reading {n} workspaces. The complete answer follows.",
    )
    return [Line(tr.plural(coming, one, many))]
