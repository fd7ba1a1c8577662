"""Taken alerts: the lines about the taker in the message and the replies, and the buttons."""

from collections.abc import Sequence

from bot.domain.alerts import Alert, Reason
from bot.domain.rules import Rule
from bot.messages import blocks
from bot.messages.alert_text import AlertText
from bot.messages.layout import Actions, Line, Markup, Part
from bot.messages.message import Block, Message
from bot.messages.mrkdwn import person
from bot.messages.slack_limits import BUTTON_VALUE
from bot.messages.words import Words

GIVE_BACK = "alert_give_back"
TAKE_OVER = "alert_take_over"

ENDS = (Reason.RESOLVED, Reason.DAY_ENDED, Reason.NO_LONGER_TOLD)


def holder(tr: Words, alert: Alert, words: AlertText) -> list[Part]:
    """The root's line about the taker; none before the alert is first taken."""
    taken, handover = alert.acknowledged, alert.handover
    if taken is not None:
        who, at = person(taken.by), words.moment(taken.at)
        if handover is None or not handover.before:
            return [Markup(tr("🙋 Taken by {who} at {at}", who=who, at=at))]
        before = person(handover.before)
        return [Markup(tr("🙋 Taken by {who} at {at} (before: {old})", who=who, at=at, old=before))]
    if handover is None or not words.is_firing:
        return []
    who, at = person(handover.by), words.moment(handover.at)
    return [Markup(tr("Nobody has it (given back by {who} at {at})", who=who, at=at))]


def never_taken(alert: Alert) -> bool:
    """True before a person takes the alert for the first time; `holder` says who gave one back."""
    return alert.acknowledged is None and alert.handover is None


def change(tr: Words, alert: Alert, rule: Rule, reason: Reason) -> list[Part]:
    """The reply about a change of taker: the new and the previous taker."""
    handover = alert.handover
    if handover is None:
        return []
    who, before = person(handover.by), handover.before
    match reason:
        case Reason.TAKEN_OVER:
            return [Markup(tr("🙋 {new} took this over from {old}.", new=who, old=person(before)))]
        case Reason.GIVEN_BACK:
            back = "↩️ {who} gave this back. Nobody has it; reminders start again."
            if rule.remind_every is None:
                back = "↩️ {who} gave this back. Nobody has it."
            others = [] if before in ("", handover.by) else [had(tr, before)]
            return [Markup(tr(back, who=who)), *others]
        case _:
            return [Markup(tr("🙋 {who} has it.", who=who))]


def mention_holder(tr: Words, alert: Alert, words: AlertText, reason: Reason) -> list[Part]:
    """Mention the taker in replies for them: it got worse, it ended, they did not act for long."""
    taken = alert.acknowledged
    if taken is None:
        return []
    if reason is Reason.STILL_TAKEN:
        pattern = "{who}, you have it since {at}. Give it back if you cannot look at it."
        return [Markup(tr(pattern, who=person(taken.by), at=words.moment(taken.at)))]
    if reason is Reason.WORSE:
        return [Markup(tr("{who} has it", who=person(taken.by)))]
    return [had(tr, taken.by)] if reason in ENDS else []


def buttons(tr: Words, alert: Alert, *actions: str) -> list[Block]:
    """The buttons of a taken alert; they work only while it has the taker they were drawn for."""
    taken = alert.acknowledged
    if taken is None:
        return []
    return _buttons(tr, alert.id, taken.by, actions or (GIVE_BACK, TAKE_OVER))


def offer(message: Message, alert_id: str, by: str, *, locale: str = "en") -> Message:
    """A private answer that names the taker, with a button to take over."""
    shown = [blocks.section(message.text)]
    if elements := _buttons(Words(locale), alert_id, by, (TAKE_OVER,)):
        shown.append(blocks.actions(elements))
    return Message(message.text, tuple(shown), tuple(shown))


def handed(value: str) -> tuple[str, str]:
    """Split a button's value into the alert's id and the taker when the button was drawn."""
    alert_id, _, by = value.rpartition("|")
    return alert_id, by


def reminder(tr: Words, alert: Alert) -> list[Part]:
    """The button below the reminder of a taken alert."""
    elements = buttons(tr, alert, GIVE_BACK)
    return [Actions(elements)] if elements else []


def unchanged(tr: Words, said: str) -> Part:
    """The first line of that reminder."""
    return Line(tr("{what}, {said}", what=said, said=tr("unchanged")), strong=True)


def had(tr: Words, who: str) -> Part:
    return Markup(tr("{who} had it", who=person(who)))


def _buttons(tr: Words, alert_id: str, by: str, actions: Sequence[str]) -> list[Block]:
    value = f"{alert_id}|{by}"
    if len(value) > BUTTON_VALUE:
        return []
    made = {GIVE_BACK: _give_back, TAKE_OVER: _take_over}
    return [made[action](tr, value) for action in actions]


def _give_back(tr: Words, value: str) -> Block:
    question = blocks.question(
        tr("Give it back?"),
        tr("Nobody has it then: reminders and mentions start again. The thread says who had it."),
        yes=tr("Give back"),
        no=tr("Cancel"),
    )
    return blocks.button(tr("Give back"), action_id=GIVE_BACK, value=value, question=question)


def _take_over(tr: Words, value: str) -> Block:
    question = blocks.question(
        tr("Take it over?"),
        tr("You have it then. The thread says so and mentions who had it."),
        yes=tr("Take over"),
        no=tr("Cancel"),
    )
    return blocks.button(tr("Take over"), action_id=TAKE_OVER, value=value, question=question)
