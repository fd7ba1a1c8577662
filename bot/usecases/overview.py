"""Build the overview from the record, without questions to DLF, so that it costs little."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.domain.alert_care import severity_of
from bot.domain.alerts import NO_LONGER_TOLD_FOR, Alert
from bot.domain.freshness import Freshness
from bot.domain.model import Answer, Day, Workspace, zone_of
from bot.domain.overview import Burning, NextDigest, Overview, settle
from bot.domain.rules import Severity
from bot.domain.silences import Silence, covering
from bot.domain.unreadable import UNREADABLE
from bot.errors import StoreError
from bot.usecases.digest_plans import DigestPlans
from bot.usecases.routes import Routes

SEVERITIES = tuple(Severity)


class KnownAnswers(Protocol):
    def known(self, workspaces: Sequence[Workspace], day: Day, own: bool) -> Awaitable[Answer]: ...


class OpenAlerts(Protocol):
    async def firing(self) -> list[Alert]: ...

    async def no_longer_told(self, since: datetime) -> list[Alert]: ...


class Silences(Protocol):
    async def active(self, now: datetime) -> Sequence[Silence]: ...


class Records(Protocol):
    """The part of the store that overviews need."""

    @property
    def alerts(self) -> OpenAlerts: ...

    @property
    def silences(self) -> Silences: ...


class Overviews:
    """Builds the overview of all workspaces."""

    def __init__(
        self,
        answers: KnownAnswers,
        store: Records,
        routes: Routes,
        plans: DigestPlans,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._answers, self._alerts, self._silences, self._clock = (
            answers,
            store.alerts,
            store.silences,
            clock,
        )
        self._workspaces, self._plans = routes.workspaces, plans
        self._rules = {**routes.rules, routes.unreadable.name: routes.unreadable}
        self._freshness = Freshness(routes.poll_every)

    async def look(self) -> Overview:
        """The present record; parts that the database cannot give are unknown."""
        known = await self._answers.known(tuple(self._workspaces.values()), Day.TODAY, False)
        try:
            firing, now = await self._alerts.firing(), self._clock()
            silences = await self._silences.active(now)
            gone = await self._alerts.no_longer_told(now - NO_LONGER_TOLD_FOR)
        except StoreError:
            burning, unknown, silences = None, list[Burning](), ()
        else:
            burning = [
                replace(found, silences=covering(alert.key, silences, now))
                for alert in firing
                if (found := self._burning(alert))
            ]
            unknown = [found for alert in gone if (found := self._burning(alert))]
            burning.sort(key=_urgency)
        today = settle(known, self._freshness, _unreadable(burning or ()))
        return Overview(today, burning, self._coming(), silences, unknown)

    def _burning(self, alert: Alert) -> Burning | None:
        """The alert with its rule and workspace; None if either left the config."""
        rule, workspace = self._rules.get(alert.key.rule), self._workspaces.get(alert.key.subject)
        zone = zone_of(alert.key.subject, self._workspaces)
        if rule is None or zone is None or (workspace is None and rule.name != UNREADABLE.name):
            return None
        return Burning(alert, rule, workspace, zone)

    def _coming(self) -> list[NextDigest]:
        """The next occurrence of every digest, the soonest first."""
        now = self._clock()
        found = [(plan.schedule.next_after(now), plan) for plan in self._plans.plans]
        coming = [
            NextDigest(plan.name, at, plan.schedule.zone, self._plans.channel(plan))
            for at, plan in found
            if at is not None
        ]
        return sorted(coming, key=lambda digest: digest.at)


def _urgency(one: Burning) -> tuple[int, datetime, float]:
    """The most urgent alert first; then the alert that has fired longest, by the minute; then the worst."""
    severity = severity_of(one.alert, one.rule, one.workspace)
    worse = one.alert.value if one.rule.below else -one.alert.value
    return SEVERITIES.index(severity), one.alert.since.replace(second=0, microsecond=0), worse


def _unreadable(burning: Sequence[Burning]) -> dict[str, datetime]:
    """The projects that cannot be read now, and since when."""
    return {one.alert.key.subject: one.alert.since for one in burning if one.rule.name == UNREADABLE.name}
