"""The explanation of an alert, from the record and the config, without a request to DLF."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert, State
from bot.domain.config_edits import as_judged, ended_by_edit
from bot.domain.explanation import SILENCES_AGO, ChosenBy, Value, Why, leading_values, nearest_silence
from bot.domain.model import Workspace, day_of
from bot.domain.rules import Rule
from bot.domain.silences import covering
from bot.domain.unreadable import UNREADABLE
from bot.store.store import Store
from bot.usecases.routes import Routes


class Explanations:
    """Answers *Why?* for any recorded alert, even if its rule or workspace left the config."""

    def __init__(
        self,
        store: Store,
        routes: Routes,
        places: Mapping[str, str],
        *,
        clock: Callable[[], datetime],
    ) -> None:
        """`places` by rule: file and line."""
        self._store, self._routes, self._places, self._clock = store, routes, places, clock

    async def why(self, reference: str) -> Why | None:
        """The explanation of the alert of a reference from Slack; None if it is not on record."""
        alert = await self._store.alerts.find(reference)
        if alert is None:
            return None
        now, routes = self._clock(), self._routes
        in_config = self._rule(alert)
        rule, workspace = as_judged(alert, in_config), routes.workspaces.get(alert.key.subject)
        channel, chosen_by = self._channel(in_config, workspace)
        silences = await self._store.silences.since(now - SILENCES_AGO)
        edited = ended_by_edit(alert, {**routes.rules, UNREADABLE.name: routes.unreadable}, routes.workspaces)
        return Why(
            alert,
            rule,
            workspace,
            routes.zone(alert) or ZoneInfo("UTC"),
            now,
            channel,
            chosen_by,
            place=self._places.get(alert.key.rule, "") if in_config else "",
            edited=edited,
            limit_now=in_config.limit if in_config and edited is None else None,
            values=await self._values(alert, rule),
            covering=covering(alert.key, silences, now),
            near=nearest_silence(alert.key, silences, now),
            next_read_at=None if edited else await self._next_read(alert, workspace, now),
            failures=routes.unreadable_after,
        )

    def _rule(self, alert: Alert) -> Rule | None:
        if alert.key.rule == UNREADABLE.name:
            return self._routes.unreadable
        return self._routes.rules.get(alert.key.rule)

    def _channel(self, rule: Rule | None, workspace: Workspace | None) -> tuple[str, ChosenBy]:
        if rule and rule.channel:
            return rule.channel, ChosenBy.RULE
        if workspace and workspace.channel:
            return workspace.channel, ChosenBy.WORKSPACE
        return self._routes.default_channel, ChosenBy.DEFAULT

    async def _values(self, alert: Alert, rule: Rule | None) -> tuple[Value, ...]:
        if rule is None or alert.key.rule == UNREADABLE.name:
            return ()
        course = await self._store.snapshots.course(alert.key.subject, alert.key.business_date)
        return leading_values((Value(one.counts.value(rule.metric), one.read_at) for one in course), alert)

    async def _next_read(self, alert: Alert, workspace: Workspace | None, now: datetime) -> datetime | None:
        if alert.state is State.OVER or workspace is None:
            return None
        day = day_of(alert.key.business_date, now, workspace.zone)
        return await self._store.reads.due_at(workspace.key, day) if day else None
