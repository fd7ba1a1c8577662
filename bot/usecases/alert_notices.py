"""The notices of an alert: its message and the replies below it, each with its key."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.domain.alert_care import owners_to_call, severity_of
from bot.domain.alerts import (
    BY_EDIT,
    HANDS,
    Alert,
    Reason,
    Silence,
    State,
    next_told,
    reason_to_tell,
)
from bot.domain.config_edits import as_judged, ended_by_edit
from bot.domain.model import Workspace, zone_of
from bot.domain.notices import Notice, Priority, Telling
from bot.domain.past import day_ends, is_past
from bot.domain.rules import Rule, Severity
from bot.domain.silences import Hush
from bot.domain.unreadable import UNREADABLE
from bot.messages.alert import render_alert, render_follow_up
from bot.messages.alert_jobs import jobs_mark, render_call
from bot.messages.alert_text import AlertText
from bot.messages.closed import render_closed
from bot.messages.message import Message, to_json
from bot.messages.past import render_day_passed
from bot.messages.silences import render_announcement
from bot.messages.words import Words

# Raise it when the message of a firing alert gets new contents: after the update each is edited once.
LOOK = 6
PRIORITIES = {
    Severity.CRITICAL: Priority.CRITICAL,
    Severity.WARNING: Priority.ALERT,
    Severity.INFO: Priority.ALERT,
}


@dataclass(frozen=True, slots=True)
class Routes:
    """The parts of the config that notices need: channels, rules, words and links."""

    workspaces: Mapping[str, Workspace]
    rules: Mapping[str, Rule]
    default_channel: str
    locale: str
    poll_every: timedelta
    unreadable_after: int
    unreadable: Rule = UNREADABLE
    # True if DLF lists the workspace's jobs.
    lists_jobs: Callable[[Workspace], bool] = lambda workspace: False

    def channel(self, rule: Rule, workspace: Workspace | None) -> str:
        return rule.channel or (workspace.channel if workspace else None) or self.default_channel

    def zone(self, alert: Alert) -> ZoneInfo | None:
        """The time zone of the alert's date, even if its workspace left the config."""
        known = alert.terms.zone if alert.terms else None
        return zone_of(alert.key.subject, self.workspaces) or known


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


def message_of(alert: Alert, rule: Rule, routes: Routes, *, hush: Hush, quiet: bool, past: bool) -> Message:
    """The message of an alert in its current state, by the config."""
    workspace = routes.workspaces.get(alert.key.subject)
    return render_alert(
        alert,
        rule,
        workspace,
        zone=routes.zone(alert),
        locale=routes.locale,
        hush=hush,
        quiet=quiet,
        past=past,
        lists_jobs=workspace is not None and routes.lists_jobs(workspace),
    )


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
    mark, severity = _past_mark(alert, rule, routes, now), severity_of(alert, rule, workspace)
    past = bool(mark)
    render = partial(message_of, alert, rule, routes, hush=hush, quiet=quiet, past=past)
    root = Notice(
        key=root_key(alert),
        channel=routes.channel(rule, workspace),
        body="",
        fingerprint=_fingerprint(
            alert, hush, limit=rule.limit, quiet=quiet, past=mark, jobs=jobs_mark(alert, rule, workspace)
        ),
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
        fingerprint=_reply_fingerprint(alert, reason),
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


def is_past_now(alert: Alert, rule: Rule, routes: Routes, now: datetime) -> bool:
    """True if the alert outlives its day and its business date is over."""
    return bool(_past_mark(alert, rule, routes, now))


def _past_mark(alert: Alert, rule: Rule, routes: Routes, now: datetime) -> str:
    """The mark in the fingerprint that the date is over: set at midnight, changed by the next reading."""
    zone = routes.zone(alert)
    if zone is None or not is_past(alert, rule, zone, now):
        return ""
    return "past, read since" if is_past(alert, rule, zone) else "past"


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
        fingerprint=_fingerprint(alert, Hush()),
        priority=Priority.FOLLOW_UP,
        wanted_at=now,
        telling=None if replies else telling,
    )
    yield Draft(root, render)
    if replies:
        reply = replace(
            root,
            key=reply_key(alert, telling),
            fingerprint=_reply_fingerprint(alert, Reason.RESOLVED),
            thread_of=root.key,
            telling=telling,
        )
        yield Draft(reply, partial(render, reply=True))


def _fingerprint(
    alert: Alert, hush: Hush, *, limit: float = 0, quiet: bool = False, past: str = "", jobs: str = ""
) -> str:
    """The visible parts of a message: it is edited only if they change.

    `quiet` is an edit that also changes `told`, so it must differ from the present fingerprint. Empty parts
    (`past`, new names, `done`) are left out: an update of the bot then edits no message that looks the same.
    """
    taken = alert.acknowledged.by if alert.acknowledged else ""
    if alert.handover:
        taken = f"{taken}#{alert.handover.number}"
    seen = f"{alert.state}|{alert.ending or ''}|{alert.value:.12g}|{alert.peak:.12g}|{taken}|{alert.detail}"
    if alert.state is State.FIRING:
        seen = f"{LOOK}|{limit:.12g}|{seen}"
    if past:
        seen = f"{seen}|{past}"
    if jobs:
        seen = f"{seen}|jobs {jobs}"
    if alert.kept_id:
        seen = f"{seen}|{alert.key.rule}|{alert.key.subject}|{alert.key.business_date}"
    if alert.done:
        seen = f"{seen}|done by {alert.done.by}"
    silences = ",".join(str(one.id) for one in hush.covering)
    was = str(hush.began_under.id) if hush.began_under else ""
    more = "|".join((silences, was, "together" if quiet else ""))
    return f"{seen}|{more}" if more != "||" else seen


def _reply_fingerprint(alert: Alert, reason: Reason) -> str:
    """The visible parts of a reply; if it mentions the taker, the taker is a part."""
    if reason in HANDS and alert.handover:
        return f"{reason}|{alert.handover.number}"
    taken = f"|{alert.acknowledged.by}" if alert.acknowledged else ""
    return f"{reason}|{alert.value:.12g}{taken}"


def _wanted_at(alert: Alert, reason: Reason | None, now: datetime) -> datetime:
    """Since when the notice is due; lateness counts from here."""
    if reason is Reason.FIRING and alert.fired_at:
        return alert.fired_at
    if reason in (Reason.RESOLVED, Reason.DAY_ENDED, Reason.NO_LONGER_TOLD) and alert.over_at:
        return alert.fired_at or alert.over_at if alert.told is None else alert.over_at
    if reason in HANDS and alert.handover:
        return alert.handover.at
    return now if reason in (Reason.STILL_FIRING, Reason.STILL_TAKEN) else alert.read_at
