"""Preview the effect of a config on firing alerts, without changes and without asking DLF."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.domain.alerts import Alert, Ending, State
from bot.domain.config_edits import ended_by_edit, limit_before, redated
from bot.domain.model import Day, Snapshot, Workspace, business_date
from bot.domain.names import renamed, respelled
from bot.domain.rules import Rule, read_rule
from bot.store.store import Store
from bot.usecases.judge import judge

NEXT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class EditPreview:
    """The alerts that the config would close, resolve or begin, by the recorded counts.

    `closes` maps each closed alert to its ending; in `resolves` the limit moved past the value.
    """

    burning: int
    closes: Sequence[tuple[Alert, Ending]]
    resolves: Sequence[Alert]
    starts: Sequence[Alert]
    renames: Mapping[str, str]


class EditPreviews:
    """Compares a config with the recorded alerts and counts."""

    def __init__(
        self,
        workspaces: Sequence[Workspace],
        rules: Sequence[Rule],
        identities: Mapping[str, str],
        store: Store,
    ) -> None:
        self._workspaces = {workspace.key: workspace for workspace in workspaces}
        self._rules = {rule.name: rule for rule in rules}
        self._identities, self._store = identities, store
        self._moves: dict[str, str] = {}

    async def look(self, now: datetime) -> EditPreview:
        """The effect of the config if the bot started with it now. May raise StoreError."""
        self._moves = {
            **renamed(await self._store.names.known(), self._identities),
            **respelled(await self._store.names.rules(), tuple(self._rules)),
        }
        firing = [self._moved(alert) for alert in await self._store.alerts.firing()]
        closes = [(alert, ending) for alert in firing if (ending := await self._ended(alert))]
        resolves, starts = list[Alert](), list[Alert]()
        for snapshot, newest in await self._on_record(now):
            for change in judge(snapshot, newest, tuple(self._rules.values()), (), watched=True):
                before, after = change.before, change.after
                if after.state is not State.OVER and (before is None or before.id != after.id):
                    starts.append(after)
                elif limit_before(after, self._rules[after.key.rule]) is not None:
                    resolves.append(after)
        return EditPreview(len(firing), closes, resolves, starts, self._moves)

    def _moved(self, alert: Alert) -> Alert:
        """The alert under the names of this config."""
        key = alert.key
        rule, subject = self._moves.get(key.rule, key.rule), self._moves.get(key.subject, key.subject)
        return replace(alert, key=replace(key, rule=rule, subject=subject), kept_id=alert.id)

    async def _ended(self, alert: Alert) -> Ending | None:
        ending = ended_by_edit(alert, self._rules, self._workspaces)
        if ending is not Ending.ZONE_CHANGED:
            return ending
        moved = redated(alert, self._workspaces[alert.key.subject])
        there = await self._store.alerts.newest(self._before(moved.key.subject), moved.key.business_date)
        return ending if alert.key.rule in there else None

    def _before(self, name: str) -> str:
        """The recorded name of a subject."""
        return next((old for old, new in self._moves.items() if new == name), name)

    async def _on_record(self, now: datetime) -> list[tuple[Snapshot, dict[str, Alert]]]:
        """Today's counts that a rule can judge, as if read now, with their alerts."""
        keys = defaultdict[date | None, list[str]](list)
        old_keys = {self._before(key): key for key in self._workspaces}
        for old, key in old_keys.items():
            keys[business_date(Day.TODAY, now, self._workspaces[key].zone)].append(old)
        found = []
        for on, several in keys.items():
            for old, kept in (await self._store.snapshots.latest(several, on)).items():
                workspace = self._workspaces[old_keys[old]]
                newest = await self._newest(old, on) if on else {}
                next_read = max([now, *(alert.read_at + NEXT for alert in newest.values())])
                snapshot = Snapshot(workspace, Day.TODAY, False, on, kept.counts, next_read)
                if newest or any(self._breached(snapshot)):
                    found.append((snapshot, newest))
        return found

    async def _newest(self, subject: str, on: date) -> dict[str, Alert]:
        alerts = (await self._store.alerts.newest(subject, on)).values()
        return {alert.key.rule: alert for alert in map(self._moved, alerts)}

    def _breached(self, snapshot: Snapshot) -> Iterator[bool]:
        for rule in self._rules.values():
            reading = read_rule(rule, snapshot) if rule.watches(snapshot.workspace) else None
            yield reading is not None and reading.breached
