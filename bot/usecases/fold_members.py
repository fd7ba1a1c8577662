"""The alerts that folds tell of, in their present state."""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.alert_care import severity_of, worst_of
from bot.domain.alerts import Alert, State
from bot.domain.folds import Fold
from bot.store.alerts import Alerts
from bot.usecases.routes import Routes


class FoldMembers:
    """Reads the alerts of folds; settled alerts are read once."""

    def __init__(self, alerts: Alerts) -> None:
        self._alerts = alerts
        self._settled: dict[str, Alert] = {}

    def forget(self) -> None:
        self._settled.clear()

    def turned_up(self, ids: Iterable[str]) -> None:
        """Note that these alerts are not settled any more."""
        for id in self._settled.keys() & set(ids):
            del self._settled[id]

    async def of(self, fold: Fold, known: Mapping[str, Alert]) -> list[Alert]:
        """The alerts of a fold. `known`: those that were read just now, by id."""
        missing = [id for id in fold.members if id not in known and id not in self._settled]
        read = {alert.id: alert for alert in await self._alerts.among(missing)} if missing else {}
        self._settled.update({id: one for id, one in read.items() if one.state is State.OVER})
        found = ChainMap(dict(known), read, self._settled)
        return [found[id] for id in fold.members if id in found]

    async def judged(self, fold: Fold, routes: Routes, now: datetime) -> Fold:
        """The fold with the worst severity of its members, if later alerts may join it."""
        if not fold.takes_more(now, routes.poll_every):
            return fold
        found = [
            severity_of(alert, rule, routes.workspaces.get(alert.key.subject))
            for alert in await self.of(fold, {})
            if (rule := routes.rules.get(alert.key.rule))
        ]
        return replace(fold, place=replace(fold.place, severity=worst_of(found, found[0]))) if found else fold
