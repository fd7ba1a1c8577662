"""The private answers to people who silenced an alert or ended its silences."""

from bot.domain.alerts import ActionOutcome
from bot.domain.silences import Silence, Silenced, Unsilenced
from bot.messages.layout import Line, Markup, compose
from bot.messages.message import Message
from bot.messages.mrkdwn import escape
from bot.messages.silences import date_token, end_button, scope_of, silencer
from bot.messages.words import Words


def render_silenced(result: Silenced, given: str, *, locale: str) -> Message:
    """The private answer to a person who silenced."""
    tr, silence = Words(locale), result.silence
    if silence is None:
        return _refused(tr, result.outcome)
    effective = result.covering[-1] if result.covering else silence
    if effective.until > silence.until and effective.id != silence.id:
        said = _already(tr, effective)
    else:
        said = _now_silenced(tr, silence)
    covering = result.covering or (silence,)
    return compose([Markup(said), *end_button(tr, covering, given)])


def render_unsilenced(result: Unsilenced, *, locale: str) -> Message:
    """The private answer to a person who ended silences."""
    tr = Words(locale)
    match result.outcome:
        case ActionOutcome.DONE if result.burning:
            return compose([Line(tr("Silence ended. Alerts that still fire are reported now."))])
        case ActionOutcome.DONE:
            return compose([Line(tr("Silence ended. Nothing it covered is firing."))])
        case ActionOutcome.ALREADY:
            return compose([Line(tr("This alert is not silenced any more."))])
        case outcome:
            return _refused(tr, outcome)


def _now_silenced(tr: Words, silence: Silence) -> str:
    what = escape(scope_of(tr, silence))
    if silence.worse_than is not None:
        pattern = "🔕 Silenced until it gets worse: {what}. Messages stay up to date; nobody is notified."
        return tr(pattern, what=what)
    pattern = "🔕 Silenced until {until}: {what}. Messages stay up to date; nobody is notified."
    return tr(pattern, until=date_token(silence.until), what=what)


def _already(tr: Words, effective: Silence) -> str:
    who = silencer(effective)
    if effective.worse_than is not None:
        pattern = "🔕 Already silenced until it gets worse by {who}. Nobody is notified until then."
        return tr(pattern, who=who)
    pattern = "🔕 Already silenced until {until} by {who}, longer than yours. Nobody is notified until then."
    return tr(pattern, until=date_token(effective.until), who=who)


def _refused(tr: Words, outcome: ActionOutcome) -> Message:
    match outcome:
        case ActionOutcome.OVER:
            said = tr("This alert is already over; there is nothing to silence.")
        case ActionOutcome.WRONG:
            said = tr("This choice is no longer valid. Choose again.")
        case _:
            said = tr("This alert is no longer on record.")
    return compose([Line(said)])
