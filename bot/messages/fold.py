"""The message of a fold: the number of firing alerts, the worst alerts, their takers and silences."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

from bot.domain.folds import Cause
from bot.domain.references import reference, silence_reference
from bot.domain.rules import Rule
from bot.domain.silences import SPANS, TOMORROW
from bot.messages import blocks
from bot.messages.alert import MENTIONS, SILENCES
from bot.messages.alert_text import (
    UTC,
    Phase,
    phase_of,
    rule_text,
)
from bot.messages.figures import amount, number
from bot.messages.fold_members import Member, cause_lines, counts_of, story_of, title_of, worst_first
from bot.messages.layout import Actions, Headline, Line, Markup, Note, Part, Table, TableRow, compose
from bot.messages.message import Block, Message
from bot.messages.mrkdwn import person, ping
from bot.messages.provenance import PERSON_NEEDED, scope_note, when_note
from bot.messages.silences import end_button, listed
from bot.messages.slack_limits import OPTION_VALUE, fit
from bot.messages.words import Words

TAKE_ALL, SILENCE_RULE, ACT_ON_ONE, ALL_OF = "fold_take", "fold_silence", "fold_alert", "fold_all"
WORST = 20
SILENCES_SHOWN = 3
# How long the rule may be silenced from here: the alerts are of several dates and values.
LENGTHS = (*SPANS, TOMORROW)
ALL = "All {n}…"


def render_fold(
    number: int,
    members: Sequence[Member],
    rule: Rule,
    *,
    causes: Sequence[Cause] = (),
    locale: str = "en",
) -> Message:
    """The message of many alerts of `rule` in their present state. `causes`: over all channels."""
    return render_both(number, members, rule, causes=causes, locale=locale)[0]


def render_both(
    number: int, members: Sequence[Member], rule: Rule, *, causes: Sequence[Cause], locale: str
) -> tuple[Message, Message]:
    """The message, and the same without the times of reading, which shows if there is anything new."""
    tr = Words(locale)
    firing = worst_first([one for one in members if one.is_firing], rule)
    said, rows = rule_text(tr, rule), min(WORST, len(firing))
    note = Note([said, when_of(tr, firing or members), scope_note(tr)])

    @cache
    def parts(rows: int) -> tuple[list[Part], list[Part]]:
        shown = firing[:rows]
        buttons = _buttons(tr, number, firing, shown) if firing else []
        return _parts(tr, members, rule, causes, shown), buttons

    def build(rows: int, note: Note = note) -> Message:
        above, below = parts(rows)
        return compose([*above, note, *below])

    dates = sorted({one.alert.key.business_date.isoformat() for one in firing or members})
    return fit(build, rows), build(rows, Note([said, *dates]))


def _parts(
    tr: Words,
    members: Sequence[Member],
    rule: Rule,
    causes: Sequence[Cause],
    shown: Sequence[Member],
) -> list[Part]:
    firing = [one for one in members if one.is_firing]
    parts: list[Part] = [
        Headline(title_of(tr, members, firing, rule, causes)),
        Line(story_of(tr, members, firing, rule), strong=True),
        Line(counts_of(tr, members)),
    ]
    if firing:
        parts += [Line(said) for said in cause_lines(tr, firing, causes)]
        parts += [Line(tr(PERSON_NEEDED[rule.metric]))] if rule.metric in PERSON_NEEDED else []
        # Where all are taken, or all silenced, the line above says so.
        differ = len({_state(tr, one) for one in firing}) > 1
        parts.append(table_of(tr, shown, rule, states=differ))
    elif any(phase_of(one.alert) in (Phase.DAY_ENDED, Phase.CORRECTED) for one in members if not one.own):
        parts.append(Line(tr("Not a recovery: DLF counts each day from 0.")))
    if (more := len(firing) - len(shown)) > 0:
        label = tr(ALL, n=number(len(firing)))
        parts.append(
            Line(tr("and {n} more: press {button} or open the Home tab", n=number(more), button=label))
        )
    parts += _silences(tr, firing) + _takers(tr, firing)
    return parts + mentions(one for one in firing if one.calls)


def mentions(members: Iterable[Member]) -> list[Part]:
    """Each of the people to mention for these alerts, once."""
    called = dict.fromkeys(mention for one in members for mention in one.called)
    return [Markup(" ".join(ping(mention) for mention in list(called)[:MENTIONS]))] if called else []


def table_of(tr: Words, firing: Sequence[Member], rule: Rule, *, states: bool = True) -> Table:
    """The firing members; the column with their state only if `states` and one of them has any."""
    states = states and any(_state(tr, one) for one in firing)
    rows = []
    for one in firing:
        value, since = amount(rule.metric, one.alert.value), one.words(tr).moment(one.alert.since)
        state = _state(tr, one) if states else ""
        said = tr.with_more(one.words(tr).phrase(one.alert.value), tr("since {since}", since=since))
        cells = [one.name, value, since, *([state or "–"] if states else [])]
        rows.append(TableRow(cells, one.name, tr.clauses([said, state])))
    heads = [tr("Workspace"), tr.label(rule.metric), tr("Since"), *([tr("State")] if states else [])]
    return Table(tr, heads, rows, frozenset({0, 2, 3}))


def _state(tr: Words, member: Member) -> str:
    taken = [tr("taken")] if member.alert.acknowledged else []
    return tr.join([*taken, *([tr("silenced")] if member.hush.covering else [])])


def _silences(tr: Words, firing: Sequence[Member]) -> list[Part]:
    """The lines about the silences of firing members: person, scope and end."""
    found = {silence.id: silence for one in firing for silence in one.hush.covering}
    shown: list[Part] = []
    for id in sorted(found)[:SILENCES_SHOWN]:
        shown += [Markup(listed(tr, found[id])), *end_button(tr, [found[id]], silence_reference(id))]
    more = len(found) - SILENCES_SHOWN
    return [*shown, *([Line(tr("and {n} more silences", n=number(more)))] if more > 0 else [])]


def _buttons(tr: Words, fold: int, firing: Sequence[Member], shown: Sequence[Member]) -> list[Part]:
    """Take all, if anybody may; silence the rule everywhere; choose one of those shown; see all."""
    elements: list[Block] = []
    if any(one.alert.acknowledged is None for one in firing):
        elements.append(blocks.button(tr("Take all"), action_id=TAKE_ALL, value=str(fold)))
    lengths = [(tr(text), f"{length}|{fold}") for length, text in SILENCES.items() if length in LENGTHS]
    menu = blocks.grouped_select(
        tr("Silence rule…"), tr("This rule in all workspaces"), lengths, action_id=SILENCE_RULE
    )
    elements.append(menu)
    elements += act_on_one(tr, shown)
    if len(firing) > len(shown):
        label = tr(ALL, n=number(len(firing)))
        elements.append(blocks.button(label, action_id=ALL_OF, value=str(fold)))
    return [Actions(elements)]


def act_on_one(tr: Words, shown: Sequence[Member]) -> list[Block]:
    """The menu of the alerts shown; each opens with its own buttons."""
    options = [
        (tr.stated(one.name, one.words(tr).phrase(one.alert.value)), given)
        for one in shown
        if len(given := reference(one.alert.id, one.alert.key.business_date)) <= OPTION_VALUE
    ]
    return [blocks.select(tr("Act on one…"), options, action_id=ACT_ON_ONE)] if options else []


def _takers(tr: Words, firing: Sequence[Member]) -> list[Part]:
    taken = Counter(one.alert.acknowledged.by for one in firing if one.alert.acknowledged)
    if not taken:
        return []
    who = tr.join(
        tr("{who} ({n})", who=person(by), n=number(times)) for by, times in taken.most_common(MENTIONS)
    )
    return [Markup(tr("🙋 Taken by {who}", who=who))]


def when_of(tr: Words, members: Sequence[Member]) -> str:
    zones = [(one, one.zone or (one.workspace.zone if one.workspace else UTC)) for one in members]
    dates = [(one.alert.key.business_date, zone) for one, zone in zones]
    return when_note(tr, dates, [(one.alert.read_at, zone) for one, zone in zones])
