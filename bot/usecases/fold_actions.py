"""Carry out the buttons of a fold's message: take all, list its alerts, find one, find what is silenced."""

import logging
from collections.abc import Callable
from datetime import datetime

from bot.domain.acts import ActKind, act_on
from bot.domain.alerts import Alert, State
from bot.domain.config_edits import as_judged
from bot.domain.folds import TakenAll
from bot.domain.references import reference
from bot.domain.silences import hush
from bot.logs import log_event
from bot.messages.fold_page import render_page
from bot.messages.message import Message
from bot.store.store import Store
from bot.usecases.alert_appearance import Appearance, message_of, past_mark
from bot.usecases.fold_notices import due_of
from bot.usecases.routes import Routes

log = logging.getLogger(__name__)


class FoldActions:
    """Asked twice, each does its work once."""

    def __init__(self, routes: Routes, store: Store, *, clock: Callable[[], datetime]) -> None:
        self._routes, self._store, self._clock = routes, store, clock

    async def take_all(self, fold: int, user: str, *, channel: str = "") -> TakenAll:
        """Note that `user` takes every alert of the fold that fires and that nobody has."""
        firing, now = await self._firing(fold), self._clock()
        free = [alert for alert in firing if alert.acknowledged is None]
        acts = [act_on(alert, ActKind.TAKE, by=user, at=now, channel=channel) for alert in free]
        taken = await self._store.alerts.acknowledge_each(acts, user, now)
        if taken:
            log_event(log, "acknowledged", fold=fold, by=user, alerts=taken)
        mine = sum(alert.acknowledged is not None and alert.acknowledged.by == user for alert in firing)
        return TakenAll(taken, mine, len(firing) - taken - mine)

    async def silenceable(self, fold: int) -> str | None:
        """The reference of an alert of the fold that fires; None if all are over."""
        firing = await self._firing(fold)
        return reference(firing[0].id, firing[0].key.business_date) if firing else None

    async def page(self, fold: int, page: int) -> Message | None:
        """A page of the alerts that fire; None if none does."""
        firing, now, routes = await self._firing(fold), self._clock(), self._routes
        silences = await self._store.silences.active(now)
        dues = [due_of(alert, routes, now, hush=hush(alert, silences, now)) for alert in firing]
        members = [due.member for due in dues if due]
        if not members:
            return None
        rule = routes.rules.get(firing[0].key.rule) or members[0].rule
        return render_page(fold, members, rule, page, locale=routes.locale)

    async def show(self, given: str) -> Message | None:
        """The message of one alert with its own buttons; None if it is not known any more."""
        alert = await self._store.alerts.find(given)
        rule = as_judged(alert, self._routes.rules.get(alert.key.rule)) if alert else None
        if alert is None or rule is None:
            return None
        now, routes = self._clock(), self._routes
        hushed = hush(alert, await self._store.silences.active(now), now)
        past = past_mark(alert, rule, routes, now)
        return message_of(alert, rule, routes, Appearance(hushed, quiet=True, past=past))

    async def _firing(self, fold: int) -> list[Alert]:
        found = await self._store.alerts.among(await self._store.folds.members(fold))
        return sorted((one for one in found if one.state is State.FIRING), key=lambda one: one.id)
