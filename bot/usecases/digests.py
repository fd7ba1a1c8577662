"""Post each digest once per date: find what is due, gather its contents, put it into the outbox."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from bot.domain.acts import Act, ActKind
from bot.domain.alerts import Alert
from bot.domain.coverage import Covers, Dates, dates_to_cover, is_finished, merge
from bot.domain.digest import Digest, DigestDay, Occurrence, Plan, Requested, TrendPoint
from bot.domain.model import Day, Workspace, business_date, day_of
from bot.domain.notices import Notice, Priority
from bot.domain.silences import Silence, muted_by
from bot.errors import StoreError
from bot.logs import log_event
from bot.messages.digest import render_digest
from bot.messages.message import Message, to_json
from bot.messages.service import requested
from bot.tasks import run_each
from bot.usecases.digest_jobs import DigestJobs
from bot.usecases.digest_plans import DigestPlans, digest_key, due_on_demand
from bot.usecases.digest_rows import PAST, CompleteAnswers, DigestRows
from bot.usecases.leftovers import find_leftovers
from bot.usecases.replica import Replica

log = logging.getLogger(__name__)

ASKED_AGAIN = timedelta(minutes=1)
TREND_DAYS = 14


class Digests:
    """Builds and posts the digests of the plans; the replica with a digest's lease builds it."""

    def __init__(
        self,
        replica: Replica,
        plans: DigestPlans,
        status: CompleteAnswers,
        *,
        jobs: DigestJobs | None = None,
    ) -> None:
        self._store, self._owner, self._clock = replica.store, replica.owner, replica.clock
        self._plans, self._locale, self._jobs = plans, plans.locale, jobs
        self._rows = DigestRows(status, replica.store, replica.clock)
        self._lease_seconds = replica.timing.lease
        self._done: dict[str, date] = {}
        self._first_seen: dict[str, datetime] = {}

    async def tick(self) -> None:
        """Post the digests that are due and not posted yet."""
        await run_each(partial(self._see_to, plan, self._clock()) for plan in self._plans.plans)

    @property
    def names(self) -> tuple[str, ...]:
        """The digests of the config."""
        return self._plans.names

    async def preview(self, name: str, by: str = "") -> Message:
        """The digest as it is now, read from DLF in the turns of the person `by`."""
        plan, now = self._plans.find(name), self._clock()
        digest = await self.build(plan, due_on_demand(plan, now), by)
        return render_digest(digest, now=now, locale=self._locale)

    async def request(self, name: str, by: str, *, where: str = "") -> Requested:
        """Post the digest as it is now, in addition to the scheduled digest.

        A second request within a minute posts nothing and returns the first requester.
        """
        plan, start = self._plans.find(name), f"digest/{name}/requested/"
        channel = self._plans.channel(plan)
        while True:
            last, now = await self._store.outbox.latest(start), self._clock()
            if last and abs(now - last.notice.wanted_at) < ASKED_AGAIN:
                log_event(log, "digest", name=name, requested_by=by, new=False)
                return Requested(last.notice.channel, await self._requester(name, last.notice.wanted_at))
            message = requested(await self.preview(name, by), by, locale=self._locale)
            # Two requests at once follow the same digest: only one of them gets the key.
            key = start + (f"after/{last.notice.wanted_at.isoformat()}" if last else "first")
            act = Act(ActKind.POST_DIGEST, by, now, name, where, detail=f"to {channel}")
            notice = Notice(key, channel, to_json(message), key, Priority.ANSWER, now)
            if await self._store.outbox.add_once(notice, act):
                log_event(log, "digest", name=name, requested_by=by, new=True)
                return Requested(channel)

    async def _requester(self, name: str, at: datetime) -> str:
        """The person who requested the digest at that moment."""
        acts = await self._store.acts.since(at)
        return next((one.by for one in acts if (one.kind, one.about) == (ActKind.POST_DIGEST, name)), "")

    async def _see_to(self, plan: Plan, now: datetime) -> None:
        """Post the digest if it is due, unless it was posted or another replica is building it."""
        due = await self._due(plan, now)
        if due is None or self._done.get(plan.name) == due.date:
            return
        key = digest_key(plan, due.date)
        if not await self._store.outbox.exists(key):
            async with self._alone(f"digest:{key}") as alone:
                if not alone:
                    return
                await self._post(plan, due, key)
        self._done[plan.name] = due.date

    async def _due(self, plan: Plan, now: datetime) -> Occurrence | None:
        """The occurrence that is due, unless it was before the digest was first in the config."""
        if plan.name not in self._first_seen:
            self._first_seen[plan.name] = await self._store.digests.see(plan.name, now)
        due, first_seen = plan.schedule.due(now), self._first_seen[plan.name]
        # First seen in the future: the clock was set back since.
        is_new = due is not None and due.at < first_seen <= now
        return None if is_new else due

    async def _post(self, plan: Plan, due: Occurrence, key: str) -> None:
        notice, covers = await self.notice(plan, due, key)
        new = await self._store.outbox.add_once(notice, covers=covers)
        log_event(
            log,
            "digest",
            name=plan.name,
            date=due.date,
            late=(self._clock() - due.at).total_seconds(),
            new=new,
        )

    async def notice(self, plan: Plan, due: Occurrence, key: str) -> tuple[Notice, Covers]:
        """Build the notice with the digest of `due`, and the record of the dates that it covers."""
        digest = await self.build(plan, due)
        message = render_digest(digest, now=self._clock(), locale=self._locale)
        channel = self._plans.channel(plan)
        notice = Notice(key, channel, to_json(message), key, Priority.DIGEST, wanted_at=due.at)
        return notice, Covers(plan.name, due.at, digest.until)

    async def build(self, plan: Plan, due: Occurrence, by: str = "") -> Digest:
        """Gather the contents of the digest of this occurrence."""
        workspaces = self._plans.covered_by(plan)
        dates = await self._dates(plan, workspaces, due)
        every = merge(dates.values())
        days = [
            await self._date([one for one in workspaces if on in dates[one.project].covered], on, by)
            for on in every.covered
        ]
        days += [await self._day(workspaces, day, due, by) for day in plan.days if not is_finished(day)]
        return Digest(
            plan.name,
            due,
            plan.schedule.zone,
            tuple(await self._with_leftovers(days, workspaces)),
            await self._trend(workspaces, due),
            since=every.since,
            left_out=every.left_out,
            worst=await self._jobs.worst(days) if self._jobs else (),
            until={project: found.covered[-1] for project, found in dates.items() if found.covered},
        )

    async def _with_leftovers(
        self, days: Sequence[DigestDay], workspaces: Sequence[Workspace]
    ) -> Sequence[DigestDay]:
        """The days; the newest gets the instances that still wait on other past dates."""
        dated = {day.business_date: day for day in days if day.business_date}
        if not dated or any(day.day is Day.ALL for day in days):
            return days
        found = await find_leftovers(self._store, workspaces, self._clock())
        newest = dated[max(dated)]
        rows = tuple(
            replace(
                row,
                leftovers=tuple(
                    one for one in found.get(row.workspace.key, ()) if one.business_date not in dated
                ),
            )
            for row in newest.rows
        )
        return [replace(day, rows=rows) if day is newest else day for day in days]

    async def _dates(self, plan: Plan, workspaces: Sequence[Workspace], due: Occurrence) -> dict[str, Dates]:
        """The dates the digest covers, by project: time zones differ."""
        known = await self._store.digests.coverage(plan.name)
        zones = {one.project: one.zone for one in workspaces}
        last = {project: known.last(project, plan.days, zone) for project, zone in zones.items()}
        return {
            project: dates_to_cover(plan.days, due.at, zone, last[project]) for project, zone in zones.items()
        }

    async def _day(self, workspaces: Sequence[Workspace], day: Day, due: Occurrence, by: str) -> DigestDay:
        """Today or the last seven days, at the moment the digest was due."""
        dates = {one.key: business_date(day, due.at, one.zone) for one in workspaces}
        rows, alerts = await self._rows.read(workspaces, dates, by), list[Alert]()
        by_date: dict[date, list[str]] = {}
        for key, on in dates.items():
            if on is not None:
                by_date.setdefault(on, []).append(key)
        for on, keys in by_date.items():
            alerts += await self._store.alerts.of_date(keys, on)
        first = dates[workspaces[0].key] if workspaces else None
        return DigestDay(day, first, rows, tuple(alerts), await self._silenced(alerts))

    async def _date(self, workspaces: Sequence[Workspace], on: date, by: str) -> DigestDay:
        """A complete date, with its present name."""
        rows = await self._rows.of_date(workspaces, on, by)
        alerts = await self._store.alerts.of_date([one.key for one in workspaces], on)
        name = day_of(on, self._clock(), workspaces[0].zone) or PAST
        return DigestDay(name, on, rows, tuple(alerts), await self._silenced(alerts))

    async def _silenced(self, alerts: Sequence[Alert]) -> dict[str, Silence]:
        """The silence of each muted alert in the digest, by alert id."""
        if not alerts:
            return {}
        silences = await self._store.silences.since(min(alert.since for alert in alerts))
        found = {alert.id: muted_by(alert, silences, self._clock()) for alert in alerts}
        return {key: silence for key, silence in found.items() if silence is not None}

    async def _trend(self, workspaces: Sequence[Workspace], due: Occurrence) -> tuple[TrendPoint, ...]:
        """The finished days that are on record for all workspaces, oldest first."""
        if not workspaces:
            return ()
        today = due.at.astimezone(workspaces[0].zone).date()
        since = today - timedelta(days=TREND_DAYS)
        keys = [workspace.key for workspace in workspaces]
        totals = await self._store.snapshots.totals(keys, since, today)
        return tuple(TrendPoint(on, total) for on, (number, total) in totals.items() if number == len(keys))

    @asynccontextmanager
    async def _alone(self, lease: str) -> AsyncIterator[bool]:
        """Hold a lease while the block runs and renew it in time; yields False if another replica has it."""
        if not await self._store.leases.acquire(lease, self._owner, self._lease_seconds):
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
            await asyncio.sleep(self._lease_seconds / 3)
            try:
                await self._store.leases.acquire(lease, self._owner, self._lease_seconds)
            except StoreError:
                continue  # the next turn may reach the store; otherwise another replica takes over
