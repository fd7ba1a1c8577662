"""A person attends to an alert: takes it."""

import logging
from collections.abc import Callable
from datetime import datetime

from bot.domain.alerts import ActionOutcome, ActionResult, State
from bot.logs import log_event
from bot.store.store import Store

log = logging.getLogger(__name__)


class AlertActions:
    """What the buttons of an alert do. Asked twice, each does its work once."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def acknowledge(self, alert_id: str, user: str) -> ActionResult:
        """Note that `user` takes the alert, unless somebody did."""
        alert = await self._store.alerts.get(alert_id)
        if alert is None:
            return ActionResult(ActionOutcome.UNKNOWN)
        if alert.state is State.OVER:
            return ActionResult(ActionOutcome.OVER)
        if await self._store.alerts.acknowledge(alert_id, user, self._clock()):
            log_event(log, "acknowledged", alert=alert_id, by=user)
            return ActionResult(ActionOutcome.DONE)
        taken = await self._store.alerts.get(alert_id)
        return ActionResult(
            ActionOutcome.ALREADY, taken.acknowledged.by if taken and taken.acknowledged else ""
        )
