"""The sentences about silences: in an alert's message, in its thread, and as private answers.

They notify no person: people appear by name, or by their id if no name is stored.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert
from bot.domain.rules import Rule, Severity
from bot.domain.silences import Hush, Silence
from bot.domain.unreadable import UNREADABLE
from bot.messages import blocks
from bot.messages.alert_text import AlertText
from bot.messages.layout import Actions, Line, Markup, Part, compose
from bot.messages.message import Message
from bot.messages.mrkdwn import clean, clip, escape, person, ping, readers_moment
from bot.messages.slack_limits import BUTTON_VALUE
from bot.messages.words import Words

END_SILENCE = "alert_unsilence"
COMMENT_SHOWN = 200
NAMED, MENTIONS = 20, 10


def scope_of(tr: Words, silence: Silence) -> str:
    """The scope of a silence: "rule failures in prod/sales", "all alerts"."""
    rule = clip(silence.rule) if silence.rule is not None else None
    where = clip(silence.subject) if silence.subject is not None else None
    if rule is None and where is None:
        return tr("all alerts")
    if rule is None or where is None:
        if where is None:
            return tr("rule {rule} in all workspaces", rule=rule or "")
        pattern = "all rules in {where}" if "/" in where else "all alerts of project {where}"
        return tr(pattern, where=where)
    if silence.rule == UNREADABLE.name:
        return tr("cannot read DLF, project {where}", where=where)
    return tr("rule {rule} in {where}", rule=rule, where=where)


def silencer(silence: Silence) -> str:
    """The person who silenced, as mrkdwn; by name if known, which sends no notification."""
    return named(silence.by, silence.name)


def named(user: str, name: str) -> str:
    return f"@{escape(clip(name))}" if name else person(user)


def said_plainly(silence: Silence) -> str:
    """The person who silenced, for text without markup; by id if no name is stored."""
    return f"@{clip(silence.name or silence.by)}"


class SilenceWords:
    """The sentences about an alert's silences."""

    def __init__(self, tr: Words, words: AlertText, hush: Hush) -> None:
        self._tr, self._words, self._hush = tr, words, hush

    def lines(self, alert: Alert, rule: Rule) -> list[Part]:
        """The lines in the alert's message, below its story."""
        silence, began = self._hush.effective, self._hush.began_under
        if silence is not None:
            return [Markup(self._current(silence, unheard=_unheard(alert, rule, self._hush)))]
        if began is not None and (rule.severity is not Severity.CRITICAL or alert.told is None):
            pattern = "🔕 Was silenced by {who} until {until}."
            return [Markup(self._tr(pattern, who=silencer(began), until=self._words.moment(began.until)))]
        return []

    def announcement(self, silence: Silence) -> Part:
        """The line in the thread when a silence begins."""
        who, what = silencer(silence), escape(scope_of(self._tr, silence))
        if silence.worse_than is not None:
            pattern = "🔕 {who} silenced {what} until it gets worse than {n}"
            said = self._tr(pattern, who=who, what=what, n=escape(self._words.phrase(silence.worse_than)))
        else:
            pattern = "🔕 {who} silenced {what} until {until}"
            said = self._tr(pattern, who=who, what=what, until=self._words.moment(silence.until))
        return Markup(_with_comment(self._tr, said, silence))

    def ended(self, alert: Alert) -> list[Part]:
        """The lines of the reply after the last silence has ended."""
        last, what = self._hush.ended[-1], escape(self._words.standing())
        since = self._words.moment(alert.since)
        if last.ended_by:
            who = named(last.ended_by, last.ended_name)
            said = self._tr(
                "🔔 {who} ended the silence · {what}, since {since}", who=who, what=what, since=since
            )
        else:
            pattern = "🔔 Silence ended · {what}, since {since}"
            if last.got_worse:
                pattern = "🔔 Worse, so the silence ended · {what}, since {since}"
            said = self._tr(pattern, what=what, since=since)
        began = max(min(one.at for one in self._hush.ended), alert.since)
        span = self._tr.duration(max(last.until - began, timedelta()))
        who = self._tr.join(dict.fromkeys(silencer(one) for one in self._hush.ended))
        return [
            Markup(f"*{said}*"),
            Markup(self._tr("It was silenced for {span} by {who}.", span=span, who=who)),
        ]

    def brief(self, silence: Silence) -> str:
        """The short form for the Home tab."""
        who = silencer(silence)
        if silence.worse_than is not None:
            n = escape(self._words.phrase(silence.worse_than))
            said = self._tr("🔕 silenced by {who} until it gets worse than {n}", who=who, n=n)
        else:
            until = self._words.moment(silence.until)
            said = self._tr("🔕 silenced by {who} until {until}", who=who, until=until)
        return _with_comment(self._tr, said, silence)

    def _current(self, silence: Silence, *, unheard: bool) -> str:
        who, what = silencer(silence), escape(scope_of(self._tr, silence))
        if silence.worse_than is not None:
            n = escape(self._words.phrase(silence.worse_than))
            pattern = "🔕 Silenced by {who} until it gets worse than {n} ({what})"
            said = self._tr(pattern, who=who, n=n, what=what)
        elif unheard:
            pattern = "🔕 Silenced by {who} until {until} ({what}), so nobody was mentioned"
            said = self._tr(pattern, who=who, until=self._words.moment(silence.until), what=what)
        else:
            pattern = "🔕 Silenced by {who} until {until} ({what})"
            said = self._tr(pattern, who=who, until=self._words.moment(silence.until), what=what)
        return _with_comment(self._tr, said, silence)


def end_button(tr: Words, silences: Sequence[Silence], given: str) -> list[Part]:
    """The button that ends the silences of an alert; its dialog lists everything that will be unmuted."""
    if not silences or len(given) > BUTTON_VALUE:
        return []
    what = " · ".join(dict.fromkeys(scope_of(tr, one) for one in silences))
    dialog = blocks.confirm(
        tr("End silence?"),
        tr("People are notified again about: {what}.", what=what),
        tr("End silence"),
        tr("Cancel"),
    )
    button = blocks.button(tr("End silence"), action_id=END_SILENCE, value=given)
    return [Actions([{**button, "confirm": dialog}])]


def listed(tr: Words, silence: Silence) -> str:
    """A silence in a list of all, with its end in the reader's own zone."""
    what, who = escape(scope_of(tr, silence)), silencer(silence)
    until = tr("it gets worse") if silence.worse_than is not None else date_token(silence.until)
    return _with_comment(
        tr, tr("🔕 {what} · until {until} · {who}", what=what, until=until, who=who), silence
    )


def render_announcement(words: AlertText, silence: Silence, *, locale: str) -> Message:
    """The line in an alert's thread about a silence that began."""
    return compose([SilenceWords(Words(locale), words, Hush()).announcement(silence)])


def render_all_unsilenced(alerts: Sequence[tuple[Alert, Rule, AlertText]], *, locale: str) -> Message:
    """A single message about many alerts whose silence ended at once, the worst first."""
    tr = Words(locale)
    titles = [f"• {words.title()}" for _, _, words in alerts]
    more = len(titles) - NAMED
    rest = [tr("and {n} more", n=str(more))] if more > 0 else []
    called = dict.fromkeys(one for alert, _, words in alerts for one in called_by(alert, words))
    pings = [Markup(" ".join(list(called)[:MENTIONS]))] if called else []
    headline = tr("🔔 Silence ended · {n} alerts still firing", n=str(len(alerts)))
    return compose([Line(headline, strong=True), Line("\n".join([*titles[:NAMED], *rest])), *pings])


def called_by(alert: Alert, words: AlertText) -> list[str]:
    """The mentions when an alert's silence ends: its taker, else the rule's mentions."""
    if alert.acknowledged:
        return [person(alert.acknowledged.by)]
    return [ping(mention) for mention in words.called]


def date_token(at: datetime) -> str:
    """A time that Slack shows in the reader's own zone, or in UTC if it cannot."""
    absolute = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return readers_moment(at, absolute)


def silenced_for_terminal(silences: Iterable[Silence], zone: ZoneInfo) -> str:
    """For a dry run: "silenced by U0BEN until 2026-11-28 09:00 (rule stuck in prod/finance)"; "" for none."""
    last = next(iter(reversed(list(silences))), None)
    if last is None:
        return ""
    until = last.until.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if last.worse_than is not None:
        until += f" or until it gets worse than {last.worse_than:g}"
    return f"silenced by {last.by} until {until} ({scope_of(Words(), last)})"


def _unheard(alert: Alert, rule: Rule, hush: Hush) -> bool:
    """True for an alert that was posted, without mentions, although it began under a silence."""
    fired_at = alert.fired_at
    return (
        rule.severity is Severity.CRITICAL
        and fired_at is not None
        and any(one.at < fired_at for one in hush.covering)
    )


def _with_comment(tr: Words, said: str, silence: Silence) -> str:
    comment = clean(silence.comment)
    if not comment:
        return said
    return tr('{said}: "{comment}"', said=said, comment=escape(clip(comment, COMMENT_SHOWN)))
