"""Fold many waiting alerts of a rule in a channel."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.alerts import Alert
from bot.domain.folds import Fold, FoldPlan, Waiting, plan
from bot.domain.silences import Hush
from bot.logs import log_event
from bot.store.folds import Folds
from bot.usecases.fold_members import FoldMembers
from bot.usecases.fold_notices import place_of, told_lately
from bot.usecases.replica import Replica
from bot.usecases.routes import Routes

log = logging.getLogger(__name__)

# How long a closed fold's alerts are remembered; after that, no notice about them can be due.
REMEMBERED = timedelta(days=14)


class KnownFolds:
    """The folds of the last two weeks, read once and kept."""

    def __init__(self, folds: Folds, members: FoldMembers, routes: Routes) -> None:
        self._store, self._members, self._routes = folds, members, routes
        self._folds: dict[int, Fold] | None = None
        self._mark: object = None
        self._may_be_old = False

    def forget(self) -> None:
        """Read the folds again: another replica may have changed them meanwhile."""
        self._folds = None

    def refresh(self) -> None:
        """Read the folds again if another replica changed them unseen."""
        self._may_be_old = True

    async def all(self, now: datetime) -> dict[int, Fold]:
        """Return the folds by id; a change in the store is made here, too."""
        if self._may_be_old and self._folds is not None and self._mark != await self._store.mark():
            self._folds = None
        self._may_be_old = False
        if self._folds is None:
            self._mark = await self._store.mark()
            kept = await self._store.since(now - REMEMBERED)
            self._folds = {fold.id: await self._members.judged(fold, self._routes, now) for fold in kept}
        return self._folds


class Gathering:
    """Decides which waiting alerts are told by a fold. Only the holder of the lease `under` may."""

    def __init__(self, replica: Replica, routes: Routes, known: KnownFolds, *, under: str) -> None:
        self._store, self._metrics, self._routes, self._known = replica.store, replica.metrics, routes, known
        self._under, self._holder = under, replica.owner
        # Alerts that cannot be folded, since their own message was tried.
        self._refused: set[str] = set()

    def forget(self) -> None:
        """Try alerts again that could not be folded."""
        self._refused.clear()

    async def gather(
        self, alerts: Sequence[Alert], hushes: Mapping[str, Hush], now: datetime
    ) -> frozenset[str]:
        """Fold waiting alerts if they are many; returns the ids of the alerts that folds tell of."""
        folds = await self._known.all(now)
        members = frozenset[str]().union(*(fold.members for fold in folds.values()))
        apart = [alert for alert in alerts if alert.id not in members]
        waiting = [
            Waiting(alert.id, place)
            for alert in apart
            if (place := place_of(alert, self._routes, now, hush=hushes[alert.id]))
        ]
        self._refused &= {one.alert_id for one in waiting}
        if waiting:
            lately = told_lately(apart, self._routes, now)
            await self._fold(plan(waiting, lately, folds.values(), now, window=self._routes.poll_every), now)
        told = frozenset[str]().union(*(fold.told for fold in folds.values()))
        return told & {alert.id for alert in alerts}

    async def _fold(self, planned: FoldPlan, now: datetime) -> None:
        """Open the planned folds and add later alerts to open folds."""
        folds = await self._known.all(now)
        joining = {id: number for number, ids in planned.joining.items() for id in ids}
        if fresh_joining := {id: number for id, number in joining.items() if id not in self._refused}:
            joined = await self._store.folds.join(fresh_joining, now, under=self._under, holder=self._holder)
            self._refused |= fresh_joining.keys() - joined
            self._metrics.folded_alerts.inc(len(joined))
            for id in joined:
                number = joining[id]
                folds[number] = replace(folds[number], members={**folds[number].members, id: False})
        for place, ids in planned.opening.items():
            fresh = [id for id in ids if id not in self._refused]
            if len(fresh) < 2:
                continue
            opened = await self._store.folds.open(place, fresh, now, under=self._under, holder=self._holder)
            self._refused |= set(fresh) - set(opened.members if opened else ())
            if opened is not None:
                folds[opened.id] = opened
                self._metrics.folds.inc()
                self._metrics.folded_alerts.inc(len(opened.members))
                said = {"rule": place.rule, "channel": place.channel, "alerts": str(len(opened.members))}
                log_event(log, "folded", logging.INFO, fold=opened.id, **said)
