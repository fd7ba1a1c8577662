"""A person takes an alert, gives it back or takes it over, or marks done an alert whose date DLF dropped."""

import logging
from collections.abc import Callable
from datetime import datetime

from bot.domain.acts import ActKind, act_on
from bot.domain.alerts import ActionOutcome, ActionResult, Ending, State
from bot.logs import log_event
from bot.store.store import Store

log = logging.getLogger(__name__)


class AlertActions:
    """The actions behind an alert's buttons. Each may be called twice and works once."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def acknowledge(self, alert_id: str, user: str, *, channel: str = "") -> ActionResult:
        """Record that `user` takes the alert, unless it is taken."""
        alert = await self._store.alerts.get(alert_id)
        if alert is None:
            return ActionResult(ActionOutcome.UNKNOWN)
        if alert.state is State.OVER:
            return ActionResult(ActionOutcome.OVER)
        act = act_on(alert, ActKind.TAKE, by=user, at=self._clock(), channel=channel)
        if await self._store.alerts.acknowledge(alert_id, user, act.at, act):
            log_event(log, "acknowledged", alert=alert_id, by=user)
            return ActionResult(ActionOutcome.DONE)
        return await self._standing(alert_id)

    async def give_back(self, alert_id: str, expected: str, user: str, *, channel: str = "") -> ActionResult:
        """Record that `expected` gives the alert back; nothing changes if they do not have it."""
        alert = await self._store.alerts.get(alert_id)
        if alert is None:
            return ActionResult(ActionOutcome.UNKNOWN)
        had = "" if user == expected else f"{expected} had it"
        act = act_on(alert, ActKind.GIVE_BACK, by=user, at=self._clock(), channel=channel, detail=had)
        if await self._store.alerts.give_back(alert_id, expected, user, act.at, act):
            log_event(log, "given_back", alert=alert_id, by=user, had=expected)
            return ActionResult(ActionOutcome.DONE)
        return await self._standing(alert_id)

    async def take_over(self, alert_id: str, expected: str, user: str, *, channel: str = "") -> ActionResult:
        """Record that `user` takes the alert from `expected`; nothing changes if they do not have it."""
        alert = await self._store.alerts.get(alert_id)
        if alert is None:
            return ActionResult(ActionOutcome.UNKNOWN)
        had = f"{expected} had it"
        act = act_on(alert, ActKind.TAKE_OVER, by=user, at=self._clock(), channel=channel, detail=had)
        if user != expected and await self._store.alerts.take_over(alert_id, expected, user, act.at, act):
            log_event(log, "taken_over", alert=alert_id, by=user, had=expected)
            return ActionResult(ActionOutcome.DONE)
        return await self._standing(alert_id)

    async def mark_done(self, reference: str, user: str, *, channel: str = "") -> ActionResult:
        """Record that `user` looked after an alert whose date DLF dropped, unless it is done already."""
        alert = await self._store.alerts.find(reference)
        if alert is None:
            return ActionResult(ActionOutcome.UNKNOWN)
        if alert.ending is not Ending.NO_LONGER_TOLD:
            return ActionResult(ActionOutcome.WRONG)
        act = act_on(alert, ActKind.DONE, by=user, at=self._clock(), channel=channel)
        if await self._store.alerts.mark_done(alert.id, user, act.at, act):
            log_event(log, "marked_done", alert=alert.id, by=user)
            return ActionResult(ActionOutcome.DONE)
        now = await self._store.alerts.get(alert.id)
        if now is None or now.done is None:
            return ActionResult(ActionOutcome.UNKNOWN)
        return ActionResult(ActionOutcome.ALREADY, now.done.by, now.done.at)

    async def _standing(self, alert_id: str) -> ActionResult:
        """The alert's present state, as the reason why nothing was done."""
        alert = await self._store.alerts.get(alert_id)
        if alert is None:
            return ActionResult(ActionOutcome.UNKNOWN)
        if alert.state is State.OVER:
            return ActionResult(ActionOutcome.OVER)
        if alert.acknowledged is None:
            return ActionResult(ActionOutcome.FREE)
        return ActionResult(ActionOutcome.ALREADY, alert.acknowledged.by, alert.acknowledged.at)
