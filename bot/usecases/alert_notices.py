"""The notices of an alert: its message as it is now, and the replies below it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.domain.alert_care import severity_of
from bot.domain.alert_reasons import next_told, reason_to_tell
from bot.domain.alerts import BY_EDIT, HANDS, Alert, Reason, State
from bot.domain.config_edits import as_judged, ended_by_edit
from bot.domain.notices import Notice, Priority, Telling
from bot.domain.rules import Severity
from bot.domain.silences import Hush
from bot.messages.alert_jobs import jobs_mark
from bot.messages.closed import render_closed
from bot.usecases.alert_appearance import Appearance, fingerprint, message_of, past_mark, reply_fingerprint
from bot.usecases.alert_replies import Case, Draft, replies, reply_key, root_key
from bot.usecases.routes import Routes

PRIORITIES = {
    Severity.CRITICAL: Priority.CRITICAL,
    Severity.WARNING: Priority.ALERT,
    Severity.INFO: Priority.ALERT,
}


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
    quiet = together and reason in (Reason.FIRING, Reason.UNSILENCED)
    appearance = Appearance(hush, quiet, past_mark(alert, rule, routes, now))
    telling = Telling(alert.id, next_told(alert, reason, now)) if reason else None
    workspace = routes.workspaces.get(alert.key.subject)
    case = Case(alert, rule, workspace, routes, appearance, reason, telling)
    root = _root(case, now)
    yield root
    yield from replies(case, root.notice)


def _root(case: Case, now: datetime) -> Draft:
    """The alert's message; it brings the news itself where no reply is due."""
    alert, rule, workspace, appearance = case.alert, case.rule, case.workspace, case.appearance
    has_news = (
        alert.told is None
        or appearance.quiet
        or case.reason is Reason.CORRECTED
        or (case.is_silenced and alert.state is State.OVER)
    )
    notice = Notice(
        key=root_key(alert),
        channel=case.routes.channel(rule, workspace),
        body="",
        fingerprint=fingerprint(alert, appearance, limit=rule.limit, jobs=jobs_mark(alert, rule, workspace)),
        priority=PRIORITIES[severity_of(alert, rule, workspace)],
        wanted_at=max(_wanted_at(alert, case.reason, now), appearance.hush.lifted_at or alert.since),
        telling=case.telling if has_news else None,
    )
    return Draft(notice, partial(message_of, alert, rule, case.routes, appearance))


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
