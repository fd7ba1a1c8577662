"""Replicas with different configs: an edited config takes effect once no replica has the old config."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Protocol

from bot.domain.model import Workspace
from bot.domain.names import renamed, respelled
from bot.domain.rules import Rule
from bot.errors import StoreError
from bot.logs import Once, log_event
from bot.store.leases import RUNS
from bot.usecases.replica import Replica

log = logging.getLogger(__name__)

# Each replica holds a lease with its config's mark, and a second once it is settled.
SETTLED = "settled/"
WAITS = "A replica with another config runs: until it stops, this one tells of no alert and uses no new name."


class Configs(Protocol):
    """The facts about other replicas' configs that polling, notifying and readiness need."""

    @property
    def waiting(self) -> frozenset[str]: ...

    @property
    def is_settled(self) -> bool: ...

    @property
    def remarks(self) -> Sequence[str]: ...

    async def others_run(self) -> bool: ...


class Alone:
    """A bot without other replicas, as in a test."""

    waiting: frozenset[str] = frozenset()
    is_settled = True
    remarks: Sequence[str] = ()

    async def others_run(self) -> bool:
        return False


class ConfigWatch:
    """Knows if replicas with another config run; until they stop, no edit closes or renames anything.

    A replica that starts beside settled replicas of another config settles after they have stopped. Until
    then they notify Slack of the alerts, and `waiting` holds the new names (also of rules) that are not used
    yet. `identities` maps each workspace key and project name to its identity.
    """

    def __init__(
        self,
        replica: Replica,
        workspaces: Sequence[Workspace],
        rules: Sequence[Rule],
        identities: Mapping[str, str],
    ) -> None:
        self._rules = [rule.name for rule in rules]
        self._identities = dict(identities)
        self._mark = _mark(workspaces, rules, identities)
        self._store, self._owner = replica.store, replica.owner
        self._lease_seconds = replica.timing.job_lease
        self.is_settled = False
        # The mark and owner of the replica that this one waits for.
        self._other = ""
        self.waiting: frozenset[str] = frozenset()
        self._once = Once(log, "config")

    async def tick(self) -> None:
        """Announce this config; once no other config is settled, apply its new names."""
        await self._store.leases.acquire(self._lease(RUNS), self._owner, self._lease_seconds)
        if not self.is_settled:
            await self._settle()
        if self.is_settled:
            self._once.over("others")
            await self._store.leases.acquire(self._lease(SETTLED), self._owner, self._lease_seconds)
        else:
            other_mark, _, other = self._other.partition("/")
            fields = {"mark": self._mark, "other_mark": other_mark, "other": other}
            self._once.warn("others", WAITS, self._other, **fields)

    @property
    def remarks(self) -> list[str]:
        """For operators: while two configs run, alerts of a new workspace are not notified."""
        if self.is_settled:
            return []
        other = self._other.partition("/")[2]
        return [f"config: {WAITS} It is {other}." if other else f"config: {WAITS}"]

    async def stop(self) -> None:
        """Release the leases, so that the successor's config takes effect at once."""
        with suppress(StoreError):  # the leases then expire
            for kind in (SETTLED, RUNS):
                await self._store.leases.release(self._lease(kind), self._owner)

    async def others_run(self) -> bool:
        """True while a replica with another config runs, or renamed rows have not moved yet."""
        return not self.is_settled or bool(await self._another(RUNS))

    def _lease(self, kind: str) -> str:
        return f"{kind}{self._mark}/{self._owner}"

    async def _another(self, kind: str) -> str:
        """The mark and owner of a replica with another config ("1f3a…/host-…"); empty if there is none."""
        return (await self._store.leases.another(kind, f"{kind}{self._mark}/")).removeprefix(kind)

    async def _settle(self) -> None:
        known, wanted = await self._store.names.known(), self._identities
        moves = renamed(known, wanted)
        rules = respelled(await self._store.names.rules(), self._rules)
        self._other = await self._another(SETTLED)
        if self._other:
            self.waiting = frozenset((*moves.values(), *rules.values()))
            return
        identities = set(wanted.values())
        of_wanted = {name: identity for name, identity in known.items() if identity in identities}
        if moves or rules or of_wanted != wanted:
            await self._store.names.settle(moves, rules, wanted)
        self.waiting, self.is_settled = frozenset(), True
        for old, new in (moves | rules).items():
            log_event(log, "renamed", old=old, new=new)


def _mark(workspaces: Sequence[Workspace], rules: Sequence[Rule], identities: Mapping[str, str]) -> str:
    """A hash of the parts of a config that decide about alerts."""
    places = sorted((one.key, str(one.zone)) for one in workspaces)
    judged = sorted((one.name, one.metric, one.below, one.limit, sorted(one.workspaces)) for one in rules)
    return sha256(repr((places, judged, sorted(identities.items()))).encode()).hexdigest()[:12]
