"""Alerts that outlive their business date: the line at midnight, and the button for dropped dates."""

from bot.domain.alerts import Alert, Ending
from bot.domain.model import Metric
from bot.domain.references import reference
from bot.domain.rules import Rule
from bot.messages import blocks
from bot.messages.alert_text import AlertText
from bot.messages.layout import Actions, Line, Markup, Part, compose
from bot.messages.message import Message
from bot.messages.mrkdwn import person
from bot.messages.slack_limits import BUTTON_VALUE
from bot.messages.words import Words

DONE = "alert_done"
CHECK_THERE = "DLF returns only the last three dates. Check these instances in DataArts."
STAYS = {
    Metric.RUNNING_EXCEPTION_COUNT: (
        "🌙 The day ended. This {n} stays stuck until somebody deals with it, so this alert goes on.",
        "🌙 The day ended. These {n} stay stuck until somebody deals with them, so this alert goes on.",
    ),
    Metric.WAITING_CONFIRM_COUNT: (
        "🌙 The day ended. This {n} waits until somebody confirms it, so this alert goes on.",
        "🌙 The day ended. These {n} wait until somebody confirms them, so this alert goes on.",
    ),
    Metric.PAUSE_COUNT: (
        "🌙 The day ended. This {n} stays paused until somebody deals with it, so this alert goes on.",
        "🌙 The day ended. These {n} stay paused until somebody deals with them, so this alert goes on.",
    ),
}


def render_day_passed(alert: Alert, rule: Rule, words: AlertText, *, locale: str = "en") -> Message:
    """The line in the thread that the alert goes on after midnight, without mentions."""
    tr = Words(locale)
    if patterns := STAYS.get(rule.metric):
        return compose([Line(tr.plural(int(alert.value), *patterns))])
    now = words.phrase(alert.value)
    return compose(
        [Line(tr("🌙 The day ended. This alert goes on with the count of its date: {now}.", now=now))]
    )


def marked_done(tr: Words, alert: Alert, words: AlertText) -> list[Part]:
    """The line about the person who marked the alert done."""
    if alert.done is None:
        return []
    who, at = person(alert.done.by), words.moment(alert.done.at)
    return [Markup(tr("☑️ Marked done by {who} at {at}", who=who, at=at))]


def done_button(tr: Words, alert: Alert) -> list[Part]:
    """The button that marks done an alert whose date DLF dropped."""
    given = reference(alert.id, alert.key.business_date)
    if alert.ending is not Ending.NO_LONGER_TOLD or alert.done or len(given) > BUTTON_VALUE:
        return []
    return [Actions([blocks.button(tr("Done"), action_id=DONE, value=given)])]
