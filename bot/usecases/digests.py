"""Post each digest once per date: ask what is due, gather what it says, put it into the outbox."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from bot.domain.acts import Act, ActKind
from bot.domain.alerts import Alert, Silence
from bot.domain.digest import Digest, DigestDay, Due, Plan, Requested, TrendPoint, add_counts
from bot.domain.model import (
    DAYS_AGO,
    Answer,
    Day,
    Leftover,
    Row,
    StatusCounts,
    Workspace,
    business_date,
    day_of,
)
from bot.domain.notices import Notice, Priority
from bot.domain.silences import muted_by
from bot.errors import StoreError
from bot.logs import log_event
from bot.messages.digest import render_digest
from bot.messages.message import Message, to_json
from bot.messages.service import requested
from bot.store.store import Store
from bot.tasks import run_each
from bot.usecases.leftovers import find_leftovers

log = logging.getLogger(__name__)

LEASE_SECONDS = 25.0
ASKED_AGAIN = timedelta(minutes=1)
TREND_DAYS = 14
TOO_OLD = "that day can no longer be read"


class CompleteAnswers(Protocol):
    """How a digest asks for counts: `bot.usecases.status.Status`."""

    async def complete(self, workspaces: Sequence[Workspace], day: Day, own: bool = False) -> Answer: ...


def digest_key(plan: Plan, on: date) -> str:
    """The notice key of a digest: one message per digest and date."""
    return f"digest/{plan.name}/{on.isoformat()}"


def addresses(plans: Sequence[Plan], default_channel: str) -> dict[str, str]:
    """The channel of each plan's digests, by how their keys begin."""
    return {f"digest/{plan.name}/": plan.channel or default_channel for plan in plans}


def due_on_demand(plan: Plan, now: datetime) -> Due:
    """The digest of this date as if it were due now."""
    return Due(now.astimezone(plan.schedule.zone).date(), now)


class Digests:
    """Knows the plans; whichever replica gets a digest's lease builds it."""

    def __init__(
        self,
        plans: Sequence[Plan],
        workspaces: Sequence[Workspace],
        status: CompleteAnswers,
        store: Store,
        *,
        owner: str,
        clock: Callable[[], datetime],
        default_channel: str,
        locale: str,
    ) -> None:
        self._plans, self._workspaces, self._status, self._store = plans, workspaces, status, store
        self._owner, self._clock = owner, clock
        self._channel, self._locale = default_channel, locale
        self._done: dict[str, date] = {}

    async def tick(self) -> None:
        """Post what is due and not posted yet."""
        now = self._clock()
        due = [(plan, due) for plan in self._plans if (due := plan.schedule.due(now))]
        await run_each(partial(self._see_to, *one) for one in due)

    @property
    def names(self) -> tuple[str, ...]:
        """The digests of the config."""
        return tuple(plan.name for plan in self._plans)

    async def preview(self, name: str) -> Message:
        """The digest as it is now."""
        plan, now = self._plan(name), self._clock()
        digest = await self.build(plan, due_on_demand(plan, now))
        return render_digest(digest, now=now, locale=self._locale)

    async def request(self, name: str, by: str, *, where: str = "") -> Requested:
        """Have the digest posted as it is now, beside the scheduled one.

        A second request within a minute posts nothing: it is told who made the first.
        """
        plan, start = self._plan(name), f"digest/{name}/requested/"
        channel = plan.channel or self._channel
        while True:
            last, now = await self._store.outbox.latest(start), self._clock()
            if last and abs(now - last.notice.wanted_at) < ASKED_AGAIN:
                log_event(log, "digest", name=name, requested_by=by, new=False)
                return Requested(last.notice.channel, await self._requester(name, last.notice.wanted_at))
            message = requested(await self.preview(name), by, locale=self._locale)
            # Of two who ask at once, both follow the same one: the key is taken once.
            key = start + (f"after/{last.notice.wanted_at.isoformat()}" if last else "first")
            act = Act(ActKind.POST_DIGEST, by, now, name, where, detail=f"to {channel}")
            notice = Notice(key, channel, to_json(message), key, Priority.DIGEST, now)
            if await self._store.outbox.add_once(notice, act):
                log_event(log, "digest", name=name, requested_by=by, new=True)
                return Requested(channel)

    async def _requester(self, name: str, at: datetime) -> str:
        """Who asked for the digest at that moment."""
        acts = await self._store.acts.since(at)
        return next((one.by for one in acts if (one.kind, one.about) == (ActKind.POST_DIGEST, name)), "")

    def _plan(self, name: str) -> Plan:
        return next(plan for plan in self._plans if plan.name == name)

    async def _see_to(self, plan: Plan, due: Due) -> None:
        """Post one digest unless it was, or another replica is at it."""
        if self._done.get(plan.name) == due.date:
            return
        key = digest_key(plan, due.date)
        if not await self._store.outbox.exists(key):
            async with self._alone(f"digest:{key}") as alone:
                if not alone:
                    return
                await self._post(plan, due, key)
        self._done[plan.name] = due.date

    async def _post(self, plan: Plan, due: Due, key: str) -> None:
        notice = await self.notice(plan, due, key)
        new = await self._store.outbox.add_once(notice)
        log_event(
            log,
            "digest",
            name=plan.name,
            date=due.date,
            late=(self._clock() - due.at).total_seconds(),
            new=new,
        )

    async def notice(self, plan: Plan, due: Due, key: str) -> Notice:
        """Build the digest of `due` as the notice that will carry it."""
        digest = await self.build(plan, due)
        message = render_digest(digest, now=self._clock(), locale=self._locale)
        channel = plan.channel or self._channel
        return Notice(key, channel, to_json(message), key, Priority.DIGEST, wanted_at=due.at)

    async def build(self, plan: Plan, due: Due) -> Digest:
        """Gather everything the digest of this occurrence says."""
        workspaces = [workspace for workspace in self._workspaces if plan.covers(workspace)]
        still = await self._leftovers(workspaces, plan.days, due)
        newest = min(plan.days, key=lambda day: DAYS_AGO.get(day, 0), default=None)
        days = [await self._day(workspaces, day, due, still if day is newest else {}) for day in plan.days]
        return Digest(plan.name, due, plan.schedule.zone, tuple(days), await self._trend(workspaces, due))

    async def _leftovers(
        self, workspaces: Sequence[Workspace], days: Sequence[Day], due: Due
    ) -> Mapping[str, Sequence[Leftover]]:
        """What still waits on past dates that are none of the digest's days."""
        if Day.ALL in days:
            return {}
        found = await find_leftovers(self._store, workspaces, self._clock())
        zones = {workspace.key: workspace.zone for workspace in workspaces}
        return {
            key: [
                one
                for one in still
                if one.business_date not in [business_date(day, due.at, zones[key]) for day in days]
            ]
            for key, still in found.items()
        }

    async def _day(
        self, workspaces: Sequence[Workspace], day: Day, due: Due, still: Mapping[str, Sequence[Leftover]]
    ) -> DigestDay:
        """One day as seen from the moment the digest was due, asked under the name it has now."""
        rows: dict[str, Row] = {}
        for asked, group in self._by_name_now(workspaces, day, due).items():
            if asked is None:
                rows |= {one.key: Row(one, None, problem=TOO_OLD) for one in group}
            else:
                answer = await self._status.complete(group, asked)
                rows |= {row.workspace.key: row for row in answer.rows}
        ordered = tuple(
            replace(rows[workspace.key], leftovers=tuple(still.get(workspace.key, ())))
            for workspace in workspaces
        )
        on = business_date(day, due.at, workspaces[0].zone) if workspaces else None
        alerts = await self._alerts(workspaces, day, due)
        return DigestDay(day, on, ordered, alerts, await self._silenced(alerts))

    def _by_name_now(
        self, workspaces: Sequence[Workspace], day: Day, due: Due
    ) -> dict[Day | None, list[Workspace]]:
        """The day's name at this moment, by workspace: a late digest's yesterday may be the day before."""
        now, groups = self._clock(), dict[Day | None, list[Workspace]]()
        for workspace in workspaces:
            wanted = business_date(day, due.at, workspace.zone)
            name = Day.ALL if wanted is None else day_of(wanted, now, workspace.zone)
            groups.setdefault(name, []).append(workspace)
        return groups

    async def _alerts(self, workspaces: Sequence[Workspace], day: Day, due: Due) -> tuple[Alert, ...]:
        if day not in DAYS_AGO:
            return ()
        found: list[Alert] = []
        by_date: dict[date, list[str]] = {}
        for workspace in workspaces:
            on = business_date(day, due.at, workspace.zone)
            assert on is not None
            by_date.setdefault(on, []).append(workspace.key)
        for on, keys in by_date.items():
            found += await self._store.alerts.of_date(keys, on)
        return tuple(found)

    async def _silenced(self, alerts: Sequence[Alert]) -> dict[str, Silence]:
        """By alert id the silence that mutes, or muted, what the digest says of it."""
        if not alerts:
            return {}
        silences = await self._store.silences.since(min(alert.since for alert in alerts))
        found = {alert.id: muted_by(alert, silences, self._clock()) for alert in alerts}
        return {key: silence for key, silence in found.items() if silence is not None}

    async def _trend(self, workspaces: Sequence[Workspace], due: Due) -> tuple[TrendPoint, ...]:
        """The finished days on record for every one of the workspaces, oldest first."""
        if not workspaces:
            return ()
        today = due.at.astimezone(workspaces[0].zone).date()
        since = today - timedelta(days=TREND_DAYS)
        by_date: dict[date, list[StatusCounts]] = {}
        keys = [workspace.key for workspace in workspaces]
        for _, on, counts, _ in await self._store.snapshots.history(keys, since):
            if on < today:
                by_date.setdefault(on, []).append(counts)
        return tuple(
            TrendPoint(on, add_counts(parts))
            for on, parts in sorted(by_date.items())
            if len(parts) == len(workspaces)
        )

    @asynccontextmanager
    async def _alone(self, lease: str) -> AsyncIterator[bool]:
        """Hold a lease while the block runs, renewed in time; yields whether it was ours to hold."""
        if not await self._store.leases.acquire(lease, self._owner, LEASE_SECONDS):
            yield False
            return
        renewal = asyncio.create_task(self._renew(lease))
        try:
            yield True
        finally:
            renewal.cancel()
            await self._store.leases.release(lease, self._owner)

    async def _renew(self, lease: str) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                await self._store.leases.acquire(lease, self._owner, LEASE_SECONDS)
            except StoreError:
                continue  # the next turn may reach the store; if none does, another replica takes over
