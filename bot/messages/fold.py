"""The message of a fold: the number of firing alerts, the worst alerts, their takers and silences."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.domain.alert_care import called_at_once, severity_of, worst_of
from bot.domain.alerts import BY_EDIT, Alert, State
from bot.domain.folds import Cause
from bot.domain.model import Workspace
from bot.domain.references import reference, silence_reference
from bot.domain.rules import Rule, Severity
from bot.domain.silences import SPANS, TOMORROW, Hush
from bot.messages import blocks
from bot.messages.alert import MENTIONS, SILENCES
from bot.messages.alert_text import (
    SEVERITIES,
    STORIES,
    UTC,
    AlertText,
    Phase,
    phase_of,
    rule_text,
    was_unannounced,
)
from bot.messages.layout import Actions, Headline, Line, Markup, Note, Part, Table, TableRow, compose
from bot.messages.message import Block, Message
from bot.messages.provenance import PERSON_NEEDED, scope_note, when_note
from bot.messages.silences import end_button, listed
from bot.messages.slack_limits import OPTION_VALUE, fit
from bot.messages.words import Words, amount, clip, number, person, ping

TAKE_ALL, SILENCE_RULE, ACT_ON_ONE, ALL_OF = "fold_take", "fold_silence", "fold_alert", "fold_all"
WORST = 20
SILENCES_SHOWN = 3
# How long the rule may be silenced from here: the alerts are of several dates and values.
LENGTHS = (*SPANS, TOMORROW)
CLOSED = "⏹️ Closed · {what}"
ALL = "All {n}…"
ABOVE = "{where} above the limit of rule {rule} ({limit})"
BELOW = "{where} below the limit of rule {rule} ({limit})"
# The states of members and their words, in the order of the message.
COUNTS = {
    "firing": "{n} firing",
    "taken": "{n} of these taken",
    "silenced": "{n} of these silenced",
    "resolved": "{n} resolved",
    "day ended": "{n} still firing when the day ended",
    "no longer told": "{n} of a date that DLF no longer returns",
    "closed": "{n} closed by an edit of the config",
    "unannounced": "{n} over before their message could be sent",
    "own": "{n} with a message of its own",
}


@dataclass(frozen=True, slots=True)
class Member:
    """An alert of a fold with its rule and workspace. `own`: it has its own message by now."""

    alert: Alert
    rule: Rule
    workspace: Workspace | None
    zone: ZoneInfo | None
    hush: Hush
    past: bool = False
    own: bool = False

    @property
    def is_firing(self) -> bool:
        return self.alert.state is State.FIRING and not self.own

    @property
    def calls(self) -> bool:
        """True if people must still be mentioned for it."""
        return self.is_firing and self.alert.acknowledged is None and not self.hush.covering

    @property
    def severity(self) -> Severity:
        return severity_of(self.alert, self.rule, self.workspace)

    @property
    def called(self) -> tuple[str, ...]:
        """The mentions of its rule, and of its workspace's owner if the rule says so."""
        return called_at_once(self.rule, self.workspace)

    @property
    def name(self) -> str:
        return clip(self.workspace.label if self.workspace else self.alert.key.subject)

    def words(self, tr: Words) -> AlertText:
        return AlertText(tr, self.alert, self.rule, self.workspace, self.zone, past=self.past)


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


def worst_first(members: Sequence[Member], rule: Rule) -> list[Member]:
    sign = 1 if rule.below else -1
    return sorted(members, key=lambda one: (sign * one.alert.value, one.alert.key.subject, one.alert.id))


def _parts(
    tr: Words,
    members: Sequence[Member],
    rule: Rule,
    causes: Sequence[Cause],
    shown: Sequence[Member],
) -> list[Part]:
    firing = [one for one in members if one.is_firing]
    parts: list[Part] = [
        Headline(_title(tr, members, firing, rule, causes)),
        Line(_story(tr, members, firing, rule), strong=True),
        Line(_counts(tr, members)),
    ]
    if firing:
        parts += [Line(said) for said in _causes(tr, firing, causes)]
        parts += [Line(tr(PERSON_NEEDED[rule.metric]))] if rule.metric in PERSON_NEEDED else []
        parts.append(table_of(tr, shown, rule))
    elif any(phase_of(one.alert) in (Phase.DAY_ENDED, Phase.CORRECTED) for one in members if not one.own):
        parts.append(Line(tr("Not a recovery: DLF counts each day from 0.")))
    if (more := len(firing) - len(shown)) > 0:
        label = tr(ALL, n=number(len(firing)))
        parts.append(Line(tr("and {n} more: press {button} to see each", n=number(more), button=label)))
    parts += _silences(tr, firing) + _takers(tr, firing)
    return parts + mentions(one for one in firing if one.calls)


def mentions(members: Iterable[Member]) -> list[Part]:
    """Each of the people to mention for these alerts, once."""
    called = dict.fromkeys(mention for one in members for mention in one.called)
    return [Markup(" ".join(ping(mention) for mention in list(called)[:MENTIONS]))] if called else []


def _title(
    tr: Words, members: Sequence[Member], firing: Sequence[Member], rule: Rule, causes: Sequence[Cause]
) -> str:
    if not firing:
        here = [one for one in members if not one.own]
        where = tr("all {n} workspaces, rule {rule}", n=number(len(here)), rule=clip(rule.name))
        return tr(_ending(here), what=where)
    where = tr.plural(len(firing), "{n} workspace", "{n} workspaces")
    if (cause := _cause(firing, causes)) is not None:
        where = _said(tr, cause)
    limit = amount(rule.metric, rule.limit)
    pattern = BELOW if rule.below else ABOVE
    what = tr(pattern, where=where, limit=limit, rule=clip(rule.name))
    if not rule.metric.is_rate and (cause is None or cause.firing == len(firing)):
        total = tr.phrase(rule.metric, sum(one.alert.value for one in firing))
        what = tr("{where}: {now}", where=what, now=total)
    return tr(SEVERITIES[worst_of((one.severity for one in firing), rule.severity)], what=what)


def _ending(members: Sequence[Member]) -> str:
    """The title's pattern once all have ended; green only if each recovered."""
    if any(one.alert.ending in BY_EDIT for one in members):
        return CLOSED
    phases = {phase_of(one.alert) for one in members}
    if Phase.NO_LONGER_TOLD in phases:
        return Phase.NO_LONGER_TOLD.value
    return Phase.RESOLVED.value if phases <= {Phase.RESOLVED} else Phase.DAY_ENDED.value


def _cause(firing: Sequence[Member], causes: Sequence[Cause]) -> Cause | None:
    """The project of all firing members, if a common cause is likely."""
    if len(causes) != 1:
        return None
    projects = {one.workspace.project for one in firing if one.workspace}
    return causes[0] if projects == {causes[0].project} else None


def _causes(tr: Words, firing: Sequence[Member], causes: Sequence[Cause]) -> list[str]:
    """The lines about likely common causes that are not in the title."""
    if not causes or _cause(firing, causes):
        return []
    said = tr.join(_said(tr, cause) for cause in causes[:SILENCES_SHOWN])
    return [tr("This rule fires in {where}.", where=said)]


def _said(tr: Words, cause: Cause) -> str:
    pattern = "{n} of {total} workspaces of {project}"
    n, total = number(cause.firing), number(cause.workspaces)
    return tr(pattern, n=n, total=total, project=clip(cause.project))


def _story(tr: Words, members: Sequence[Member], firing: Sequence[Member], rule: Rule) -> str:
    first = min(firing or members, key=lambda one: one.alert.since)
    since = tr.moment(first.alert.since, first.words(tr).zone)
    if firing:
        return tr(STORIES[Phase.FIRING], since=since)
    last = max(members, key=lambda one: one.alert.over_at or one.alert.read_at)
    end = last.alert.over_at or last.alert.read_at
    over, span = tr.moment(end, last.words(tr).zone), tr.duration(max(end - first.alert.since, timedelta()))
    return tr(STORIES[Phase.RESOLVED], since=since, end=over, span=span)


def _counts(tr: Words, members: Sequence[Member]) -> str:
    found = Counter(sort for one in members for sort in _sorts(one))
    return " · ".join(tr(said, n=number(found[sort])) for sort, said in COUNTS.items() if found[sort])


def _sorts(member: Member) -> list[str]:
    alert = member.alert
    if member.own:
        return ["own"]
    if alert.state is not State.OVER:
        taken = ["taken"] if alert.acknowledged else []
        return ["firing", *taken, *(["silenced"] if member.hush.covering else [])]
    if was_unannounced(alert):
        return ["unannounced"]
    if alert.ending in BY_EDIT:
        return ["closed"]
    match phase_of(alert):
        case Phase.DAY_ENDED | Phase.CORRECTED:
            return ["day ended"]
        case Phase.NO_LONGER_TOLD:
            return ["no longer told"]
        case _:
            return ["resolved"]


def table_of(tr: Words, firing: Sequence[Member], rule: Rule) -> Table:
    """The firing members; the column with their state only where one of them has any."""
    states = any(_state(tr, one) for one in firing)
    rows = []
    for one in firing:
        value, since = amount(rule.metric, one.alert.value), one.words(tr).moment(one.alert.since)
        state = _state(tr, one)
        said = tr.join([one.words(tr).phrase(one.alert.value), tr("since {since}", since=since)])
        cells = [one.name, value, since, *([state or "–"] if states else [])]
        rows.append(TableRow(cells, one.name, tr.clauses([said, state])))
    heads = [tr("Workspace"), tr.label(rule.metric), tr("Since"), *([tr("State")] if states else [])]
    return Table(heads, rows, frozenset({0, 2, 3}))


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
        (f"{one.name}: {one.words(tr).phrase(one.alert.value)}", given)
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
