"""A person silences an alert, a rule, a workspace or a project, and ends silences."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from bot.domain.acts import Act, ActKind, act_on
from bot.domain.alerts import ActionOutcome, Alert, State
from bot.domain.model import Workspace, zone_of
from bot.domain.references import silence_of
from bot.domain.silences import (
    WORSE,
    Person,
    Scope,
    Silence,
    Silenced,
    Unsilenced,
    covering,
    quiet_until,
    same_wish,
)
from bot.logs import log_event
from bot.store.store import Store

log = logging.getLogger(__name__)

UTC = ZoneInfo("UTC")


class Silencing:
    """The actions behind menu, modal and button. Each may be called twice and works once."""

    def __init__(
        self, store: Store, workspaces: Iterable[Workspace], *, clock: Callable[[], datetime]
    ) -> None:
        self._store, self._clock = store, clock
        self._turns = WeakValueDictionary[str, asyncio.Lock]()
        self._workspaces = {one.key: one for one in workspaces}

    async def choose(
        self, reference: str, length: str, person: Person, zone: ZoneInfo, *, everywhere: bool = False
    ) -> Silenced:
        """Silence the alert's rule where the alert is, or `everywhere`, for one of the menu's lengths."""
        alert = await self._store.alerts.find(reference)
        if (outcome := _unfit(alert)) is not None or alert is None:
            return Silenced(outcome or ActionOutcome.UNKNOWN)
        day_zone = zone_of(alert.key.subject, self._workspaces) or UTC
        until = quiet_until(length, self._clock(), zone, on=alert.key.business_date, day_zone=day_zone)
        if until is None:
            return Silenced(ActionOutcome.WRONG)
        worse_than = alert.value if length == WORSE and not everywhere else None
        scope = Scope.RULE_EVERYWHERE if everywhere else Scope.RULE
        wanted = self._wanted(alert, scope, until, person)
        return await self._add(alert, scope, replace(wanted, worse_than=worse_than), person)

    async def silence(
        self, reference: str, scope: Scope, until: datetime, person: Person, comment: str
    ) -> Silenced:
        """Silence as much as `scope` says, seen from this alert."""
        alert = await self._store.alerts.find(reference)
        if (outcome := _unfit(alert)) is not None or alert is None:
            return Silenced(outcome or ActionOutcome.UNKNOWN)
        wanted = self._wanted(alert, scope, until, person)
        return await self._add(alert, scope, replace(wanted, comment=comment), person)

    async def look(self, reference: str) -> ActionOutcome | None:
        """Why this alert cannot be silenced; None if it can."""
        return _unfit(await self._store.alerts.find(reference))

    async def end(self, reference: str, person: Person) -> Unsilenced:
        """End the referenced silence, or all silences of the referenced alert, even an ended alert."""
        now = self._clock()
        active = await self._store.silences.active(now)
        if (number := silence_of(reference)) is not None:
            ended = tuple(one for one in active if one.id == number)
            act = Act(ActKind.END_SILENCE, person.id, now, _about(ended), person.channel)
        elif (alert := await self._store.alerts.find(reference)) is None:
            return Unsilenced(ActionOutcome.UNKNOWN)
        else:
            ended = covering(alert.key, active, now)
            act = act_on(alert, ActKind.END_SILENCE, by=person.id, at=now, channel=person.channel)
        if not ended or not await self._store.silences.end([one.id for one in ended], person, now, act):
            return Unsilenced(ActionOutcome.ALREADY)
        log_event(log, "unsilenced", about=act.about, by=person.id, silences=len(ended))
        return Unsilenced(ActionOutcome.DONE, await self._revealed(ended, active, now))

    async def _revealed(self, ended: Sequence[Silence], active: Iterable[Silence], now: datetime) -> int:
        """The number of firing alerts without a silence now."""
        gone = {one.id for one in ended}
        left = [one for one in active if one.id not in gone]
        firing = [one.key for one in await self._store.alerts.firing()]
        return sum(bool(covering(key, ended, now)) and not covering(key, left, now) for key in firing)

    def _wanted(self, alert: Alert, scope: Scope, until: datetime, person: Person) -> Silence:
        """A silence of as much as `scope` says, seen from this alert."""
        rule = alert.key.rule if scope in (Scope.RULE, Scope.RULE_EVERYWHERE) else None
        subject = None if scope in (Scope.EVERYTHING, Scope.RULE_EVERYWHERE) else alert.key.subject
        return Silence(rule, subject, until, person.id, self._clock(), name=person.name)

    async def _add(self, alert: Alert, scope: Scope, wanted: Silence, person: Person) -> Silenced:
        now = wanted.at
        detail = f"until {wanted.until:%Y-%m-%d %H:%MZ}" + ("" if scope is Scope.RULE else f", {scope}")
        act = act_on(alert, ActKind.SILENCE, by=person.id, at=now, channel=person.channel, detail=detail)
        # Two presses of the same person at once would both find no silence.
        async with self._turns.setdefault(person.id, asyncio.Lock()):
            silence = await self._once(wanted, act)
        active = await self._store.silences.active(now)
        return Silenced(ActionOutcome.DONE, silence, covering(alert.key, active, now))

    async def _once(self, wanted: Silence, act: Act) -> Silence:
        """Add the silence, or move the end of the same silence if it exists."""
        now, kept = wanted.at, self._store.silences
        standing = same_wish(wanted, await kept.active(now))
        if standing is not None and standing.until >= wanted.until:
            return standing
        if standing is not None and await kept.extend(standing.id, wanted.until, now, act):
            silence = replace(standing, until=wanted.until)
        else:
            silence = await kept.add(wanted, act)
        log_event(log, "silenced", rule=wanted.rule, subject=wanted.subject, until=wanted.until, by=wanted.by)
        return silence


def _about(silences: Iterable[Silence]) -> str:
    """The silenced subject and rule for `dlf-bot audit`: "prod/finance stuck", "everything"."""
    names = (" ".join(filter(None, (one.subject, one.rule))) or "everything" for one in silences)
    return ", ".join(names)


def _unfit(alert: Alert | None) -> ActionOutcome | None:
    if alert is None:
        return ActionOutcome.UNKNOWN
    return ActionOutcome.OVER if alert.state is State.OVER else None
