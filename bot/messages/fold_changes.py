"""The reply below a fold's message: the changes of its alerts since the last reply."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from bot.domain.alerts import BY_EDIT, Reason
from bot.domain.rules import Rule
from bot.messages.alert import CALLING, MENTIONS
from bot.messages.figures import number
from bot.messages.fold import mentions
from bot.messages.fold_members import Member, workspaces_of, worst_first
from bot.messages.handovers import ENDS
from bot.messages.layout import Line, Markup, Note, Part, compose
from bot.messages.message import Message
from bot.messages.mrkdwn import clip, person
from bot.messages.past import CHECK_THERE
from bot.messages.words import Words

NAMED = 10
# In the order of urgency; {n} workspaces, {span} the longest.
TITLES = {
    Reason.WORSE: "📈 Worse · {where}",
    Reason.NO_LONGER_TOLD: "❔ Closed, not resolved · {where}",
    Reason.UNSILENCED: "🔔 Silence ended · {where} still firing",
    Reason.STILL_FIRING: "🔁 Still firing · {where} for {span}",
    Reason.STILL_TAKEN: "🔁 Still firing, unchanged · {where} for {span}",
    Reason.GIVEN_BACK: "↩️ Given back, nobody has it · {where}",
    Reason.TAKEN_OVER: "🙋 Taken over · {where}",
    Reason.TAKEN: "🙋 Taken · {where}",
    Reason.DAY_ENDED: "🌙 Day over, not resolved · {where}",
    Reason.RESOLVED: "✅ Resolved · {where}",
}
CLOSED = "⏹️ Closed · {where}"
WITH_VALUES = (Reason.WORSE, Reason.UNSILENCED, Reason.STILL_FIRING, Reason.STILL_TAKEN, Reason.DAY_ENDED)
FOR_TAKERS = (Reason.WORSE, Reason.STILL_TAKEN, Reason.UNSILENCED, *ENDS)
CALLS = (*CALLING, Reason.GIVEN_BACK, Reason.UNSILENCED)


def render_changes(
    changed: Sequence[tuple[Member, Reason]], members: Sequence[Member], rule: Rule, *, locale: str = "en"
) -> Message:
    """The changes of `changed`, which are some of `members`; mentions the rule's people if untaken."""
    tr = Words(locale)
    groups: defaultdict[str, list[Member]] = defaultdict(list)
    reasons: dict[str, Reason] = {}
    for member, reason in changed:
        title = CLOSED if member.alert.ending in BY_EDIT else TITLES[reason]
        groups[title].append(member)
        reasons[title] = reason
    parts: list[Part] = []
    for title in (CLOSED, *TITLES.values()):
        if title in groups:
            parts += _said(tr, title, reasons[title], worst_first(groups[title], rule))
    left = sum(one.is_firing for one in members)
    parts.append(Line(tr("{n} of {total} still firing", n=number(left), total=number(len(members)))))
    if any(reason is Reason.STILL_FIRING and one.alert.acknowledged is None for one, reason in changed):
        parts.append(Line(tr("Press Take all on the first message of this thread to stop these reminders.")))
    return compose([*parts, *_mentions(tr, changed), Note([tr("Rule {name}", name=clip(rule.name))])])


def _said(tr: Words, title: str, reason: Reason, members: Sequence[Member]) -> list[Part]:
    where = tr.plural(workspaces_of(members), "{n} workspace", "{n} workspaces")
    longest = min(members, key=lambda one: one.alert.since).words(tr).lasted()
    said: list[Part] = [Line(tr(title, where=where, span=longest), strong=True)]
    more = len(members) - NAMED
    rest = [tr("and {n} more", n=number(more))] if more > 0 else []
    if reason in WITH_VALUES:
        lines = [f"• {_standing(tr, one, reason)}" for one in members[:NAMED]]
        said.append(Line("\n".join([*lines, *rest])))
    else:
        said.append(Line(tr.some((one.name for one in members[:NAMED]), more)))
    return [*said, *([Line(tr(CHECK_THERE))] if reason is Reason.NO_LONGER_TOLD else [])]


def _standing(tr: Words, member: Member, reason: Reason) -> str:
    words, told = member.words(tr), member.alert.told
    return words.standing_was(told.value) if reason is Reason.WORSE and told else words.standing()


def _mentions(tr: Words, changed: Iterable[tuple[Member, Reason]]) -> list[Part]:
    """The mentions of the changes that call people, each once; and the takers of these alerts."""
    takers: dict[str, None] = {}
    calling: list[Member] = []
    for member, reason in changed:
        taken = member.alert.acknowledged
        if taken is None:
            calling += [member] if reason in CALLS and not member.hush.covering else []
        elif reason in FOR_TAKERS:
            takers[person(taken.by)] = None
    parts = mentions(calling)
    if takers:
        parts.append(Markup(tr("🙋 Taken by {who}", who=tr.join(list(takers)[:MENTIONS]))))
    return parts
