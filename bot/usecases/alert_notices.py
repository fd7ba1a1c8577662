"""The notices of an alert: its message and the replies below it, each with its key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.domain.alert_care import owners_to_call, severity_of
from bot.domain.alert_reasons import next_told, reason_to_tell
from bot.domain.alerts import BY_EDIT, HANDS, Alert, Reason, State
from bot.domain.config_edits import as_judged, ended_by_edit
from bot.domain.model import Workspace
from bot.domain.notices import Notice, Priority, Telling
from bot.domain.past import day_ends
from bot.domain.rules import Rule, Severity
from bot.domain.silences import Hush, Silence
from bot.messages.alert import render_follow_up
from bot.messages.alert_jobs import jobs_mark, render_call
from bot.messages.alert_text import AlertText
from bot.messages.closed import render_closed
from bot.messages.message import Message, to_json
from bot.messages.past import render_day_passed
from bot.messages.silences import render_announcement
from bot.messages.words import Words
from bot.usecases.alert_appearance import Appearance, fingerprint, message_of, past_mark, reply_fingerprint
from bot.usecases.routes import Routes

PRIORITIES = {
    Severity.CRITICAL: Priority.CRITICAL,
    Severity.WARNING: Priority.ALERT,
    Severity.INFO: Priority.ALERT,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice without its body, which is rendered only if the outbox needs it."""

    notice: Notice
    render: Callable[[], Message]

    def finished(self) -> Notice:
        return replace(self.notice, body=to_json(self.render()))


def root_key(alert: Alert) -> str:
    """The notice key of an alert's message."""
    return f"alert/{alert.id}"


def drafts_of(
    alert: Alert,
    routes: Routes,
    now: datetime,
    *,
    hush: Hush = Hush(),  # noqa: B008 (a frozen value)
    together: bool = False,
) -> Iterator[Draft]:
    """The notices of this alert: its root message as it is now, and replies for news.

    Time under a silence does not count as late. `together`: another message tells of its silence's end.
    """
    if alert.state is State.PENDING:
        return
    silenced = bool(hush.covering)
    if alert.ending in BY_EDIT:
        yield from _closed(alert, routes, now, silenced=silenced)
        return
    rule = as_judged(alert, routes.rules.get(alert.key.rule))
    if rule is None or is_anothers(alert, routes):
        return
    reason = reason_to_tell(alert, rule, now, silenced=silenced, unsilenced=bool(hush.ended))
    if alert.told is None and reason is None:
        return
    workspace, zone = routes.workspaces.get(alert.key.subject), routes.zone(alert)
    telling = Telling(alert.id, next_told(alert, reason, now)) if reason else None
    quiet = together and reason in (Reason.FIRING, Reason.UNSILENCED)
    in_root = (
        alert.told is None or quiet or reason is Reason.CORRECTED or (silenced and alert.state is State.OVER)
    )
    mark, severity = past_mark(alert, rule, routes, now), severity_of(alert, rule, workspace)
    past, appearance = bool(mark), Appearance(hush, quiet, mark)
    render = partial(message_of, alert, rule, routes, appearance)
    root = Notice(
        key=root_key(alert),
        channel=routes.channel(rule, workspace),
        body="",
        fingerprint=fingerprint(alert, appearance, limit=rule.limit, jobs=jobs_mark(alert, rule, workspace)),
        priority=PRIORITIES[severity],
        wanted_at=max(_wanted_at(alert, reason, now), hush.lifted_at or alert.since),
        telling=telling if in_root else None,
    )
    yield Draft(root, render)
    tr = Words(routes.locale)
    words = partial(AlertText, tr, alert, rule, workspace, zone, past=past, severity=severity)
    yield from _announcements(alert, root, words, hush, routes)
    yield from _day_passed(alert, rule, root, words, routes)
    if not silenced:
        yield from _calls(alert, rule, workspace, root, routes)
    if reason and telling and not in_root:
        said = partial(
            render_follow_up,
            alert,
            rule,
            workspace,
            reason,
            zone=zone,
            locale=routes.locale,
            hush=hush,
            past=past,
        )
        yield Draft(_reply(root, alert, rule, telling, reason=reason), said)


def _reply(root: Notice, alert: Alert, rule: Rule, telling: Telling, *, reason: Reason) -> Notice:
    """The reply below the alert's message that changes `told`."""
    return replace(
        root,
        key=reply_key(alert, telling),
        fingerprint=reply_fingerprint(alert, reason),
        priority=Priority.CRITICAL if root.priority is Priority.CRITICAL else Priority.FOLLOW_UP,
        thread_of=root.key,
        telling=telling,
    )


def reply_key(alert: Alert, telling: Telling) -> str:
    """The notice key of a reply that changes `told`."""
    return f"{root_key(alert)}/{telling.told.seq}"


def _announcements(
    alert: Alert, root: Notice, words: Callable[[], AlertText], hush: Hush, routes: Routes
) -> Iterator[Draft]:
    """A line in the thread for each silence that began while the alert fired."""
    if alert.told is None or alert.state is not State.FIRING:
        return
    for silence in hush.covering:
        if alert.fired_at is not None and silence.at >= alert.fired_at:
            line = _line(root, f"silenced/{silence.id}", "silenced", silence.at)
            yield Draft(line, partial(_announcement, words, silence, routes.locale))


def _announcement(words: Callable[[], AlertText], silence: Silence, locale: str) -> Message:
    return render_announcement(words(), silence, locale=locale)


def _line(root: Notice, name: str, fingerprint: str, wanted_at: datetime) -> Notice:
    """A line in the thread that leaves `told` unchanged."""
    return replace(
        root,
        key=f"{root.key}/{name}",
        fingerprint=fingerprint,
        priority=Priority.FOLLOW_UP,
        wanted_at=wanted_at,
        thread_of=root.key,
        telling=None,
    )


def _calls(
    alert: Alert, rule: Rule, workspace: Workspace | None, root: Notice, routes: Routes
) -> Iterator[Draft]:
    """A line in the thread for each owner of a named job; none is called twice."""
    if alert.told is None:
        return
    for owner, jobs in owners_to_call(alert, rule, workspace).items():
        line = _line(root, f"owner/{owner.strip('<@!>')}", "owner", alert.read_at)
        yield Draft(line, partial(render_call, owner, jobs, locale=routes.locale))


def _day_passed(
    alert: Alert, rule: Rule, root: Notice, words: Callable[[], AlertText], routes: Routes
) -> Iterator[Draft]:
    """The line in the thread once a reading after the day's end shows that the alert goes on."""
    zone = routes.zone(alert)
    if zone is None or alert.told is None or alert.state is not State.FIRING or not rule.outlives_day:
        return
    ended = day_ends(alert.key.business_date, zone)
    if alert.fired_at is not None and alert.fired_at < ended <= alert.read_at:
        line = _line(root, "day-ended", "day ended", alert.read_at)
        yield Draft(line, lambda: render_day_passed(alert, rule, words(), locale=routes.locale))


def is_anothers(alert: Alert, routes: Routes) -> bool:
    """True if this config no longer watches the firing alert as before: another replica notifies of it."""
    if alert.state is State.OVER:
        return False
    return ended_by_edit(alert, routes.rules, routes.workspaces) is not None


def _closed(alert: Alert, routes: Routes, now: datetime, *, silenced: bool) -> Iterator[Draft]:
    """Close the message of an alert that an edit ended, and notify only its taker, unless silenced.

    An alert that Slack never showed gets no message.
    """
    if not alert.told or alert.told.reason is Reason.RESOLVED:
        return
    telling = Telling(alert.id, next_told(alert, Reason.RESOLVED, now))
    replies = alert.acknowledged is not None and not silenced
    rule, workspace = routes.rules.get(alert.key.rule), routes.workspaces.get(alert.key.subject)
    render = partial(render_closed, alert, rule, workspace, zone=routes.zone(alert), locale=routes.locale)
    root = Notice(
        key=root_key(alert),
        channel=routes.default_channel,
        body="",
        fingerprint=fingerprint(alert, Appearance(Hush())),
        priority=Priority.FOLLOW_UP,
        wanted_at=now,
        telling=None if replies else telling,
    )
    yield Draft(root, render)
    if replies:
        reply = replace(
            root,
            key=reply_key(alert, telling),
            fingerprint=reply_fingerprint(alert, Reason.RESOLVED),
            thread_of=root.key,
            telling=telling,
        )
        yield Draft(reply, partial(render, reply=True))


def _wanted_at(alert: Alert, reason: Reason | None, now: datetime) -> datetime:
    """Since when the notice is due; lateness counts from here."""
    if reason is Reason.FIRING and alert.fired_at:
        return alert.fired_at
    if reason in (Reason.RESOLVED, Reason.DAY_ENDED, Reason.NO_LONGER_TOLD) and alert.over_at:
        return alert.fired_at or alert.over_at if alert.told is None else alert.over_at
    if reason in HANDS and alert.handover:
        return alert.handover.at
    return now if reason in (Reason.STILL_FIRING, Reason.STILL_TAKEN) else alert.read_at
