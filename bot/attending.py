"""A person attends to an alert: takes it, or quietens it for a while."""

import logging
from collections.abc import Callable
from datetime import datetime

from bot.domain.alerts import Attended, Outcome, Silence, State
from bot.logs import say
from bot.store.store import Store

log = logging.getLogger(__name__)


class Attending:
    """What the buttons of an alert do. Asked twice, each does its work once."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def acknowledge(self, alert_id: str, user: str) -> Attended:
        """Note that `user` takes the alert, unless somebody did."""
        alert = await self._store.alerts.get(alert_id)
        if alert is None:
            return Attended(Outcome.UNKNOWN)
        if alert.state is State.OVER:
            return Attended(Outcome.OVER)
        if await self._store.alerts.acknowledge(alert_id, user, self._clock()):
            say(log, "acknowledged", alert=alert_id, by=user)
            return Attended(Outcome.DONE)
        taken = await self._store.alerts.get(alert_id)
        return Attended(Outcome.ALREADY, taken.acknowledged.by if taken and taken.acknowledged else "")

    async def silence(self, alert_id: str, until: datetime, user: str) -> Attended:
        """Mute the notices of the alert's rule and subject until then; the alert itself lives on."""
        alert = await self._store.alerts.get(alert_id)
        if alert is None:
            return Attended(Outcome.UNKNOWN)
        silence = Silence(alert.key.rule, alert.key.subject, until, user, self._clock())
        await self._store.silences.add(silence)
        say(log, "silenced", rule=silence.rule, subject=silence.subject, until=until, by=user)
        return Attended(Outcome.DONE)
