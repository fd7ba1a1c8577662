"""Closed folds at rest: not looked at while their message stands and no alert of theirs turns up."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from bot.domain.folds import Fold
from bot.store.outbox import Outbox

# How often the outbox is asked for the messages of all folds at rest, in one query.
CHECK_EVERY = timedelta(minutes=1)


class FoldRests:
    """The folds at rest, with the fingerprints of their messages."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._resting: dict[int, tuple[Fold, str]] = {}
        self._checked_at: datetime | None = None

    def begin(self, fold: Fold, fingerprint: str) -> None:
        self._resting[fold.id] = fold, fingerprint

    def forget(self) -> None:
        self._resting.clear()

    async def without(self, folds: Iterable[Fold], turned_up: Collection[str], now: datetime) -> list[Fold]:
        """The folds to look at, given the ids of the alerts that are looked at now."""
        await self._check(now)
        found = []
        for fold in folds:
            rest = self._resting.get(fold.id)
            if rest is None or rest[0] != fold or not fold.members.keys().isdisjoint(turned_up):
                self._resting.pop(fold.id, None)
                found.append(fold)
        return found

    async def _check(self, now: datetime) -> None:
        """End the rests of folds whose message is lost, changed or may move to another channel."""
        if self._checked_at and abs(now - self._checked_at) < CHECK_EVERY:
            return
        self._checked_at = now
        if not self._resting:
            return
        held = await self._outbox.holds(fold.key for fold, _ in self._resting.values())
        self._resting = {
            id: (fold, fingerprint)
            for id, (fold, fingerprint) in self._resting.items()
            if (its := held.get(fold.key)) and its.fingerprint == fingerprint and not its.may_move
        }
