"""Compare every alert with what Slack was told of it, and write the difference into the outbox."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.domain.alerts import (
    HANDS,
    Alert,
    Change,
    Ending,
    Reason,
    Silence,
    State,
    end_without_reading,
    next_told,
    reason_to_tell,
    require_notice,
)
from bot.domain.model import Day, Workspace, day_of
from bot.domain.notices import Notice, Priority, Telling
from bot.domain.rules import Rule, Severity
from bot.domain.silences import LONGEST, Hush, got_worse, hush, withheld
from bot.domain.unreadable import UNREADABLE, Failing, judge_projects, troubles_of
from bot.errors import StoreError
from bot.logs import log_event
from bot.messages.alert import render_alert, render_closed, render_follow_up
from bot.messages.alert_text import AlertText
from bot.messages.message import to_json
from bot.messages.silences import render_announcement
from bot.messages.words import Words
from bot.store.store import Store
from bot.tasks import run_each
from bot.usecases.unsilenced import Revealed, tell_together

log = logging.getLogger(__name__)

LEASE, LEASE_SECONDS = "tell", 10.0
# Yesterday and the day before can still be read, and so corrected.
CORRECTED_FOR = timedelta(days=3)
# What a silence held back longer ago was told long ago, unless the bot was away.
MUTED_LATELY = LONGEST + timedelta(days=1)
# A message goes on showing a silence that covers its alert, and is edited when that has ended.
SHOWN = timedelta(days=1)
# What was parked since it was put belongs into the channel that the config names by now.
PUT_AGAIN = timedelta(minutes=1)
# Raise it when a burning alert's message shows or offers something new: after an update each is edited once.
LOOK = 2
PRIORITIES = {
    Severity.CRITICAL: Priority.CRITICAL,
    Severity.WARNING: Priority.ALERT,
    Severity.INFO: Priority.ALERT,
}


@dataclass(frozen=True, slots=True)
class Routes:
    """Where alerts go and in which words: the parts of the config telling needs."""

    workspaces: Mapping[str, Workspace]
    rules: Mapping[str, Rule]
    default_channel: str
    locale: str
    poll_every: timedelta
    unreadable_after: int
    unreadable: Rule = UNREADABLE

    def channel(self, rule: Rule, workspace: Workspace | None) -> str:
        return rule.channel or (workspace.channel if workspace else None) or self.default_channel

    def zone_of_project(self, name: str) -> ZoneInfo | None:
        return next((one.zone for one in self.workspaces.values() if one.project == name), None)


def root_key(alert: Alert) -> str:
    """The notice key of the one message an alert has."""
    return f"alert/{alert.id}"


def notices_of(
    alert: Alert,
    routes: Routes,
    now: datetime,
    *,
    hush: Hush = Hush(),  # noqa: B008 (a frozen value)
    together: bool = False,
) -> Iterator[Notice]:
    """What Slack must show of this alert: its root message as it is now, and replies for what is new.

    While a silence covered it nothing was late. `together`: another message tells of the end of its silence.
    """
    if alert.state is State.PENDING:
        return
    rule = routes.rules.get(alert.key.rule)
    if rule is None:
        yield from _closed(alert, routes, now)
        return
    silenced = bool(hush.covering)
    reason = reason_to_tell(alert, rule, now, silenced=silenced, unsilenced=bool(hush.ended))
    if alert.told is None and reason is None:
        return
    workspace, zone = routes.workspaces.get(alert.key.subject), routes.zone_of_project(alert.key.subject)
    if alert.told is None and workspace is None and zone is None:
        return  # a replica with a newer config knows it, and where it belongs
    telling = Telling(alert.id, next_told(alert, reason, now)) if reason else None
    quiet = together and reason in (Reason.FIRING, Reason.UNSILENCED)
    in_root = (
        alert.told is None or quiet or reason is Reason.CORRECTED or (silenced and alert.state is State.OVER)
    )
    shown = render_alert(alert, rule, workspace, zone=zone, locale=routes.locale, hush=hush, quiet=quiet)
    root = Notice(
        key=root_key(alert),
        channel=routes.channel(rule, workspace),
        body=to_json(shown),
        fingerprint=_fingerprint(alert, hush, quiet=quiet),
        priority=PRIORITIES[rule.severity],
        wanted_at=max(_wanted_at(alert, reason, now), hush.lifted_at or alert.since),
        telling=telling if in_root else None,
    )
    yield root
    words = AlertText(Words(routes.locale), alert, rule, workspace, zone)
    yield from _announcements(alert, root, words, hush, routes)
    if reason and telling and not in_root:
        said = render_follow_up(alert, rule, workspace, reason, zone=zone, locale=routes.locale, hush=hush)
        yield replace(
            root,
            key=reply_key(alert, telling),
            body=to_json(said),
            fingerprint=_reply_fingerprint(alert, reason),
            priority=Priority.CRITICAL if rule.severity is Severity.CRITICAL else Priority.FOLLOW_UP,
            thread_of=root.key,
            telling=telling,
        )


def reply_key(alert: Alert, telling: Telling) -> str:
    """The notice key of the reply that moves what was told."""
    return f"{root_key(alert)}/{telling.told.seq}"


def _announcements(
    alert: Alert, root: Notice, words: AlertText, hush: Hush, routes: Routes
) -> Iterator[Notice]:
    """A line in the thread for each silence that began while the alert burned."""
    if alert.told is None or alert.state is not State.FIRING:
        return
    for silence in hush.covering:
        if alert.fired_at is not None and silence.at >= alert.fired_at:
            yield replace(
                root,
                key=f"{root.key}/silenced/{silence.id}",
                body=to_json(render_announcement(words, silence, locale=routes.locale)),
                fingerprint="silenced",
                priority=Priority.FOLLOW_UP,
                wanted_at=silence.at,
                thread_of=root.key,
                telling=None,
            )


def _closed(alert: Alert, routes: Routes, now: datetime) -> Iterator[Notice]:
    """Close the message of an alert whose rule left the config, and tell only its taker.

    An alert that Slack never saw stays unseen.
    """
    if alert.ending is not Ending.RULE_REMOVED or not alert.told or alert.told.reason is Reason.RESOLVED:
        return
    telling = Telling(alert.id, next_told(alert, Reason.RESOLVED, now))
    root = Notice(
        key=root_key(alert),
        channel=routes.default_channel,
        body=to_json(render_closed(alert, locale=routes.locale)),
        fingerprint=_fingerprint(alert, Hush()),
        priority=Priority.FOLLOW_UP,
        wanted_at=now,
        telling=None if alert.acknowledged else telling,
    )
    yield root
    if alert.acknowledged:
        yield replace(
            root,
            key=reply_key(alert, telling),
            body=to_json(render_closed(alert, reply=True, locale=routes.locale)),
            fingerprint=_reply_fingerprint(alert, Reason.RESOLVED),
            thread_of=root.key,
            telling=telling,
        )


def _fingerprint(alert: Alert, hush: Hush, *, quiet: bool = False) -> str:
    """What a reader can tell apart: a message is edited only when one of these changes.

    `quiet` is an edit that also moves what was told, so it must differ from what is there.
    """
    taken = alert.acknowledged.by if alert.acknowledged else ""
    if alert.handover:
        taken = f"{taken}#{alert.handover.number}"
    seen = f"{alert.state}|{alert.ending or ''}|{alert.value:.12g}|{alert.peak:.12g}|{taken}|{alert.detail}"
    if alert.state is State.FIRING:
        seen = f"{LOOK}|{seen}"
    silences = ",".join(str(one.id) for one in hush.covering)
    was = str(hush.began_under.id) if hush.began_under else ""
    more = "|".join((silences, was, "together" if quiet else ""))
    return f"{seen}|{more}" if more != "||" else seen


def _reply_fingerprint(alert: Alert, reason: Reason) -> str:
    """What a reader of a reply can tell apart: replies that mention the taker are about them, too."""
    if reason in HANDS and alert.handover:
        return f"{reason}|{alert.handover.number}"
    taken = f"|{alert.acknowledged.by}" if alert.acknowledged else ""
    return f"{reason}|{alert.value:.12g}{taken}"


def _wanted_at(alert: Alert, reason: Reason | None, now: datetime) -> datetime:
    """Since when Slack should know: lateness is counted from here."""
    if reason is Reason.FIRING and alert.fired_at:
        return alert.fired_at
    if reason in (Reason.RESOLVED, Reason.DAY_ENDED) and alert.over_at:
        return alert.fired_at or alert.over_at if alert.told is None else alert.over_at
    if reason in HANDS and alert.handover:
        return alert.handover.at
    return now if reason in (Reason.STILL_FIRING, Reason.STILL_TAKEN) else alert.read_at


class Notifier:
    """Keeps the outbox equal to what Slack should be told; one replica at a time does it."""

    def __init__(self, routes: Routes, store: Store, *, owner: str, clock: Callable[[], datetime]) -> None:
        rules = {**routes.rules, UNREADABLE.name: routes.unreadable}
        self._routes = replace(routes, rules=rules)
        self._store, self._owner, self._clock = store, owner, clock
        self._put: dict[str, str] = {}
        self._put_since = clock()

    async def tick(self) -> None:
        """Look at every alert that is not settled and put what Slack lacks into the outbox."""
        if not await self._store.leases.acquire(LEASE, self._owner, LEASE_SECONDS):
            self._put.clear()
            return
        now = self._clock()
        if abs(now - self._put_since) >= PUT_AGAIN:
            self._put, self._put_since = {}, now
        heard = await self._store.silences.since(now - MUTED_LATELY)
        # Business dates are at most a day away from UTC's date, whatever the zone.
        since = min([now, *(one.at for one in heard if one.until > now - SHOWN)]).date() - CORRECTED_FOR
        alerts = await self._tidy(await self._store.alerts.attention(since), now, heard)
        heard = await self._end_worse(heard, alerts, now)
        hushes = {alert.id: hush(alert, heard, now) for alert in alerts}
        revealed = [one for alert in alerts if (one := self._revealed(alert, hushes[alert.id], now))]
        together: set[str] = set()

        async def gather() -> None:
            together.update(await tell_together(revealed, self._store, locale=self._routes.locale))

        async def tell(alert: Alert) -> None:
            await self._tell(alert, hushes[alert.id], now, together=alert.id in together)

        await run_each([gather, *(partial(tell, alert) for alert in alerts)])

    async def stop(self) -> None:
        """Let another replica, or this one's successor, tell at once."""
        with suppress(StoreError):  # then the lease runs out by itself
            await self._store.leases.release(LEASE, self._owner)

    async def _tell(self, alert: Alert, hushed: Hush, now: datetime, *, together: bool) -> None:
        """Want what Slack must show of one alert."""
        for notice in notices_of(alert, self._routes, now, hush=hushed, together=together):
            await self._want(notice)

    async def _end_worse(
        self, heard: Sequence[Silence], alerts: Sequence[Alert], now: datetime
    ) -> Sequence[Silence]:
        """End the silences "until it gets worse" whose alert did; the silences as they are then."""
        ended = got_worse(heard, alerts, self._routes.rules, now)
        if not ended:
            return heard
        await self._store.silences.end_worse([one.id for one in ended], now)
        log_event(log, "unsilenced", why="worse", silences=", ".join(str(one.id) for one in ended))
        return await self._store.silences.since(now - MUTED_LATELY)

    def _revealed(self, alert: Alert, hushed: Hush, now: datetime) -> Revealed | None:
        """The alert, if Slack is to hear of it because a silence ended."""
        rule, ended_at = self._routes.rules.get(alert.key.rule), hushed.lifted_at
        if rule is None or ended_at is None or alert.state is not State.FIRING:
            return None
        reason = reason_to_tell(alert, rule, now, unsilenced=True)
        workspace = self._routes.workspaces.get(alert.key.subject)
        zone = self._routes.zone_of_project(alert.key.subject)
        if reason is None or (workspace is None and zone is None):
            return None
        words = AlertText(Words(self._routes.locale), alert, rule, workspace, zone)
        telling = Telling(alert.id, next_told(alert, reason, now))
        own = root_key(alert) if alert.told is None else reply_key(alert, telling)
        return Revealed(alert, rule, words, self._routes.channel(rule, workspace), ended_at, own)

    async def _want(self, notice: Notice) -> None:
        """Put a notice into the outbox, and remember that it is there so as not to ask again."""
        mark = f"{notice.fingerprint}|{notice.telling.told.seq if notice.telling else ''}"
        if self._put.get(notice.key) == mark:
            return
        put = await self._store.outbox.put(notice, under=LEASE, holder=self._owner)
        if put or await self._stands(notice):
            self._put[notice.key] = mark

    async def _stands(self, notice: Notice) -> bool:
        row = await self._store.outbox.get(notice.key)
        return row is not None and row.notice.fingerprint == notice.fingerprint

    async def _tidy(self, alerts: Sequence[Alert], now: datetime, silences: Sequence[Silence]) -> list[Alert]:
        """Close what no reading will close and keep one "cannot read DLF" alert per project."""
        recent = [alert for alert in alerts if alert.key.rule == UNREADABLE.name]
        changes = [Change(alert, ended) for alert in alerts if (ended := self._closed(alert, now))]
        troubles = troubles_of(await self._failing(), self._routes.workspaces)
        for before, after in judge_projects(troubles, recent, self._routes.workspaces, now):
            silenced = withheld(after.key, UNREADABLE, silences, now)
            changes.append(Change(before, require_notice(after, silenced=silenced)))
        if not changes or not await self._store.alerts.save(changes):
            return list(alerts)
        changed = [change.after for change in changes]
        log_event(log, "alerts", changed=", ".join(f"{alert.id} {alert.state}" for alert in changed))
        return list({alert.id: alert for alert in (*alerts, *changed)}.values())

    async def _failing(self) -> list[Failing]:
        """Workspaces whose last polls all failed, as often as it takes."""
        found = await self._store.reads.failing(Day.TODAY, self._routes.unreadable_after)
        return [Failing(health.workspace_key, health.problem) for health in found]

    def _closed(self, alert: Alert, now: datetime) -> Alert | None:
        """The alert closed, if its date can no longer be read or nothing reads it any more."""
        if alert.state is State.OVER or alert.key.rule == UNREADABLE.name:
            return None
        workspace = self._routes.workspaces.get(alert.key.subject)
        if workspace and day_of(alert.key.business_date, now, workspace.zone) is None:
            return end_without_reading(alert, Ending.DAY_ENDED, now)
        gone = workspace is None or alert.key.rule not in self._routes.rules
        if gone and now - alert.read_at > 3 * self._routes.poll_every + timedelta(minutes=1):
            return end_without_reading(alert, Ending.RULE_REMOVED, now)
        return None
