"""Compare every alert with what Slack was told, and put the missing notices into the outbox."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.clock import elapsed
from bot.domain.alert_advance import end_without_reading, require_notice
from bot.domain.alert_reasons import next_told, reason_to_tell
from bot.domain.alerts import Alert, Change, Ending, State
from bot.domain.config_edits import AT_ONCE, ended_by_edit, redated
from bot.domain.model import Day
from bot.domain.notices import Telling
from bot.domain.past import ending_unread, past_days
from bot.domain.silences import LONGEST, Hush, Silence, got_worse, hush, withheld
from bot.domain.unreadable import KEPT_FRESH, UNREADABLE, Failing, judge_projects, troubles_of
from bot.errors import StoreError
from bot.logs import log_event
from bot.messages.alert_text import AlertText
from bot.messages.words import Words
from bot.tasks import run_each
from bot.usecases.alert_appearance import is_past_now
from bot.usecases.alert_notices import drafts_of, is_anothers
from bot.usecases.alert_replies import Draft, reply_key, root_key
from bot.usecases.config_watch import Alone, Configs
from bot.usecases.folds import Folding
from bot.usecases.replica import Replica
from bot.usecases.routes import Routes
from bot.usecases.unsilenced import Revealed, tell_together
from bot.usecases.write_drafts import DraftWriter

log = logging.getLogger(__name__)

LEASE = "tell"
# Yesterday and the day before can still be read, and their alerts corrected.
CORRECTED_FOR = timedelta(days=3)
# Alerts muted longer ago were told long ago, unless the bot was down.
MUTED_LATELY = LONGEST + timedelta(days=1)
# How long after its end a silence is still considered: messages that show it must be edited.
SHOWN = timedelta(days=1)
# How often parked notices are sent to the channel that the config names now.
PUT_AGAIN = timedelta(minutes=1)
# Settled alerts are compared after a start, when a silence begins or ends, and at least this often.
SWEEP = timedelta(minutes=10)


class Notifier:
    """Keeps the outbox equal to what Slack should be told; a single replica works at a time."""

    def __init__(
        self,
        replica: Replica,
        routes: Routes,
        *,
        configs: Configs = Alone(),  # noqa: B008 (it has no state)
        then: Callable[[], None] = lambda: None,
        hurried: Callable[[], bool] = lambda: False,
    ) -> None:
        """`then` is called when the outbox got something to send; `hurried`: an urgent turn waits."""
        self._configs = configs
        rules = {**routes.rules, UNREADABLE.name: routes.unreadable}
        self._routes = replace(routes, rules=rules)
        self._store, self._owner, self._clock = replica.store, replica.owner, replica.clock
        self._lease_seconds = replica.timing.job_lease
        self._writer = DraftWriter(self._store.outbox, under=LEASE, holder=self._owner, then=then)
        self._put_since = self._clock()
        self._swept_at: datetime | None = None
        self._swept_under: frozenset[tuple[int, bool]] = frozenset()
        # Alerts with notices that the outbox still lacks, even if they are settled by now.
        self._waiting: set[str] = set()
        self._held_at = elapsed()
        self._folding = Folding(replica, self._routes, under=LEASE, then=then, hurried=hurried)

    async def tick(self) -> None:
        """Compare every alert that is not settled and put missing notices into the outbox."""
        if not self._configs.is_settled:
            return
        if not await self._store.leases.acquire(LEASE, self._owner, self._lease_seconds):
            self._writer.forget()
            self._swept_at = None
            self._folding.forget()
            return
        now, before, self._held_at = self._clock(), self._held_at, elapsed()
        if self._held_at - before > self._lease_seconds:
            # After a freeze: another replica may have had the lease meanwhile.
            self._folding.forget()
        if abs(now - self._put_since) >= PUT_AGAIN:
            self._writer.forget()
            self._folding.refresh()
            self._put_since = now
        heard = await self._store.silences.since(now - MUTED_LATELY)
        alerts = await self._tidy(await self._alerts(heard, now), now, heard)
        self._waiting.update(alert.id for alert in alerts)
        alerts = [await self._with_hands(alert) for alert in alerts]
        heard = await self._end_worse(heard, alerts, now)
        await self._tell(alerts, {alert.id: hush(alert, heard, now) for alert in alerts}, now)

    async def stop(self) -> None:
        """Release the lease, so that another replica or the successor takes over at once."""
        with suppress(StoreError):  # the lease then expires
            await self._store.leases.release(LEASE, self._owner)

    async def _alerts(self, heard: Sequence[Silence], now: datetime) -> list[Alert]:
        """The alerts to compare: the unsettled, and now and then the settled alerts too."""
        # In every zone, business dates are at most a day away from UTC's date.
        since = min([now, *(one.at for one in heard if one.until > now - SHOWN)]).date() - CORRECTED_FOR
        under = frozenset((one.id, one.until > now) for one in heard)
        if self._swept_at and abs(now - self._swept_at) < SWEEP and under == self._swept_under:
            projects = {workspace.project for workspace in self._routes.workspaces.values()}
            return await self._store.alerts.unsettled(since, subjects=projects, ids=self._waiting)
        alerts = await self._store.alerts.attention(since)
        self._swept_at, self._swept_under = now, under
        return alerts

    async def _tell(self, alerts: Sequence[Alert], hushes: Mapping[str, Hush], now: datetime) -> None:
        """Put the notices of these alerts into the outbox."""
        folded = await self._folding.gather(alerts, hushes, now)
        tell_folds = partial(self._folding.tell, alerts, hushes, now)
        self._waiting -= folded
        alerts = [alert for alert in alerts if alert.id not in folded]
        revealed = [one for alert in alerts if (one := self._revealed(alert, hushes[alert.id], now))]
        together: set[str] = set()
        drafts: dict[str, list[Draft]] = {}

        async def gather() -> None:
            add = partial(self._store.outbox.add_under, under=LEASE, holder=self._owner)
            locale = self._routes.locale
            together.update(await tell_together(revealed, self._store, add=add, locale=locale))

        async def draft(alert: Alert) -> None:
            hushed, is_together = hushes[alert.id], alert.id in together
            drafts[alert.id] = list(drafts_of(alert, self._routes, now, hush=hushed, together=is_together))

        async def write() -> None:
            lacking = await self._writer.write(drafts)
            self._waiting -= drafts.keys() - lacking

        await run_each([gather, *(partial(draft, alert) for alert in alerts), write, tell_folds])

    async def _with_hands(self, alert: Alert) -> Alert:
        """Record a change of taker that a replica of schema 1 told but did not record in the alert."""
        told, handover = alert.told, alert.handover
        if told is None or handover is None or handover.number <= told.handovers:
            return alert
        if alert.state is not State.FIRING:
            return alert
        handovers = await self._store.outbox.told_handovers(root_key(alert))
        return replace(alert, told=replace(told, handovers=max(told.handovers, handovers)))

    async def _end_worse(
        self, heard: Sequence[Silence], alerts: Sequence[Alert], now: datetime
    ) -> Sequence[Silence]:
        """End the silences "until it gets worse" whose alert got worse; returns all silences after that."""
        ended = got_worse(heard, alerts, self._routes.rules, now)
        if not ended:
            return heard
        await self._store.silences.end_worse([one.id for one in ended], now)
        log_event(log, "unsilenced", why="worse", silences=", ".join(str(one.id) for one in ended))
        return await self._store.silences.since(now - MUTED_LATELY)

    def _revealed(self, alert: Alert, hushed: Hush, now: datetime) -> Revealed | None:
        """The alert, if a notice is due because a silence ended."""
        rule, ended_at = self._routes.rules.get(alert.key.rule), hushed.lifted_at
        if rule is None or ended_at is None or alert.state is not State.FIRING:
            return None
        if is_anothers(alert, self._routes):
            return None
        reason = reason_to_tell(alert, rule, now, unsilenced=True)
        workspace = self._routes.workspaces.get(alert.key.subject)
        zone = self._routes.zone(alert)
        if reason is None or zone is None:
            return None
        past = is_past_now(alert, rule, self._routes, now)
        words = AlertText(Words(self._routes.locale), alert, rule, workspace, zone, past=past)
        telling = Telling(alert.id, next_told(alert, reason, now))
        own = root_key(alert) if alert.told is None else reply_key(alert, telling)
        return Revealed(alert, rule, words, self._routes.channel(rule, workspace), ended_at, own)

    async def _tidy(self, alerts: Sequence[Alert], now: datetime, silences: Sequence[Silence]) -> list[Alert]:
        """Close alerts that no reading will close, and keep a single "cannot read DLF" alert per project."""
        recent = [alert for alert in alerts if alert.key.rule == UNREADABLE.name]
        changes = [Change(alert, ended) for alert, ended in await self._closed(alerts, now)]
        troubles = troubles_of(await self._failing(alerts, now), self._routes.workspaces)
        for before, after in judge_projects(troubles, recent, self._routes.workspaces, now):
            silenced = withheld(after.key, self._routes.unreadable, silences, now)
            changes.append(Change(before, require_notice(after, silenced=silenced)))
        if not changes or not await self._store.alerts.save(changes):
            return list(alerts)
        changed = [change.after for change in changes]
        # A new alert may have got another id in the store: it is told as it is on record.
        known = [one.after for one in changes if one.before and one.before.id == one.after.id]
        log_event(log, "alerts", changed=", ".join(f"{alert.id} {alert.state}" for alert in changed))
        return list({alert.id: alert for alert in (*alerts, *known)}.values())

    async def _failing(self, alerts: Sequence[Alert], now: datetime) -> list[Failing]:
        """Workspaces whose last polls all failed often enough, today's or a firing alert's date's."""
        burning = past_days(alerts, self._routes.rules, self._routes.workspaces, now)
        found = await self._store.reads.failing(Day.TODAY, self._routes.unreadable_after)
        for day in sorted({day for _, day in burning}):
            past = await self._store.reads.failing(day, self._routes.unreadable_after)
            found += [health for health in past if (health.workspace_key, day) in burning]
        problems = {health.workspace_key: health.problem for health in reversed(found)}
        return [Failing(key, problem) for key, problem in sorted(problems.items())]

    async def _closed(self, alerts: Iterable[Alert], now: datetime) -> list[tuple[Alert, Alert]]:
        """Close the alerts that the config ended and no replica judges, and those whose date DLF dropped."""
        live, routes = [alert for alert in alerts if alert.state is not State.OVER], self._routes
        edits = {alert.id: ended_by_edit(alert, routes.rules, routes.workspaces) for alert in live}
        others = any(edits.values()) and await self._configs.others_run()
        found = []
        for alert in live:
            ending = self._unread(alert, now)
            if edited := edits[alert.id]:
                is_over = edited in AT_ONCE or self._is_unread(alert, now)
                ending = edited if is_over and not others else None
            if ending is Ending.ZONE_CHANGED and (moved := await self._redated(alert)):
                found.append((alert, moved))
            elif ending:
                found.append((alert, end_without_reading(alert, ending, now)))
        return found

    async def _redated(self, alert: Alert) -> Alert | None:
        """The alert on its date by the corrected time zone; None if that date has its own alert."""
        moved = redated(alert, self._routes.workspaces[alert.key.subject])
        there = await self._store.alerts.newest(moved.key.subject, moved.key.business_date)
        return None if moved.key.rule in there else moved

    def _unread(self, alert: Alert, now: datetime) -> Ending | None:
        """How the alert ends because DLF no longer returns its date."""
        workspace = self._routes.workspaces.get(alert.key.subject)
        rule = self._routes.rules.get(alert.key.rule)
        return ending_unread(alert, rule, workspace, now) if workspace else None

    def _is_unread(self, alert: Alert, now: datetime) -> bool:
        """True if no replica with any config seems to judge the alert any more."""
        patience = 3 * self._routes.poll_every + timedelta(minutes=1)
        if alert.key.rule == UNREADABLE.name:
            patience += KEPT_FRESH
        return now - alert.read_at > patience
