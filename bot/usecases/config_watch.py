"""An edit of the config beside replicas that still have the old one; and names that the edit changed."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Protocol

from bot.domain.model import Workspace
from bot.domain.names import renamed, respelled
from bot.domain.rules import Rule
from bot.errors import StoreError
from bot.logs import log_event
from bot.store.store import Store

log = logging.getLogger(__name__)

# Each replica holds a lease that names its config: for so many seconds a killed one is waited for.
PREFIX, SECONDS = "config/", 10.0


class Configs(Protocol):
    """What polling and telling need to know of the configs of other replicas."""

    @property
    def waiting(self) -> frozenset[str]: ...

    async def others_run(self) -> bool: ...


class Alone:
    """The only config there is: a bot without a store to share, as in a test."""

    waiting: frozenset[str] = frozenset()

    async def others_run(self) -> bool:
        return False


class ConfigWatch:
    """Knows whether replicas with another config run: while one does, no edit closes or renames anything.

    `identities` says what each workspace key and project name stands for, whatever its name. `waiting` holds
    new names, of rules too, that are not used yet: the other replicas still read the old ones.
    """

    def __init__(
        self,
        workspaces: Sequence[Workspace],
        rules: Sequence[Rule],
        identities: Mapping[str, str],
        store: Store,
        *,
        owner: str,
    ) -> None:
        self._rules = [rule.name for rule in rules]
        self._identities = dict(identities)
        mark = _mark(workspaces, rules, identities)
        self._alike, self._lease = f"{PREFIX}{mark}/", f"{PREFIX}{mark}/{owner}"
        self._store, self._owner = store, owner
        self._is_settled = False
        self.waiting: frozenset[str] = frozenset()

    async def tick(self) -> None:
        """Say that this config is in use, and rename what it names anew once no other config is."""
        await self._store.leases.acquire(self._lease, self._owner, SECONDS)
        if not self._is_settled:
            await self._settle()

    async def stop(self) -> None:
        """Have the successor's config take effect at once."""
        with suppress(StoreError):  # then the lease runs out by itself
            await self._store.leases.release(self._lease, self._owner)

    async def others_run(self) -> bool:
        """True while a replica with another config runs, or what was renamed has not moved yet."""
        return not self._is_settled or await self._store.leases.others(PREFIX, self._alike)

    async def _settle(self) -> None:
        moves = renamed(await self._store.names.known(), self._identities)
        rules = respelled(await self._store.names.rules(), self._rules)
        if await self._store.leases.others(PREFIX, self._alike):
            self.waiting = frozenset((*moves.values(), *rules.values()))
            return
        await self._store.names.settle(moves, rules, self._identities)
        self.waiting, self._is_settled = frozenset(), True
        for old, new in (moves | rules).items():
            log_event(log, "renamed", old=old, new=new)


def _mark(workspaces: Sequence[Workspace], rules: Sequence[Rule], identities: Mapping[str, str]) -> str:
    """What decides about alerts in a config, in a few letters."""
    places = sorted((one.key, str(one.zone)) for one in workspaces)
    judged = sorted((one.name, one.metric, one.below, one.limit, sorted(one.workspaces)) for one in rules)
    return sha256(repr((places, judged, sorted(identities.items()))).encode()).hexdigest()[:12]
