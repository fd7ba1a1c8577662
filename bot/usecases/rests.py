"""The rests of channels after a refusal by Slack."""

from collections.abc import Callable
from enum import Flag, auto

from bot.domain.notices import Claim


class Sort(Flag):
    """Two sorts of notices: a new message needs the channel's name, the others need only its known id."""

    NEW = auto()
    KNOWN = auto()
    BOTH = NEW | KNOWN


def sort_of(claim: Claim) -> Sort:
    return Sort.NEW if claim.ts is None and claim.thread_ts is None else Sort.KNOWN


class Rests:
    """Until when each channel rests, by the sort of its notices."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._until: dict[tuple[str, Sort], float] = {}

    def begin(self, channel: str, seconds: float, sort: Sort = Sort.BOTH) -> None:
        for one in sort:
            self._until[channel, one] = self._timer() + seconds

    def left(self, channel: str, sort: Sort = Sort.BOTH) -> float:
        """The seconds for which all notices of this sort rest."""
        now = self._timer()
        return max(0.0, min(self._until.get((channel, one), now) - now for one in sort))

    def longest(self, channel: str) -> float:
        """The seconds for which some of the channel's notices rest."""
        return max(self.left(channel, one) for one in Sort.BOTH)

    def resting(self, sort: Sort) -> list[str]:
        """The channels whose notices of this sort rest."""
        return [channel for channel, one in self._until if one is sort and self.left(channel, one)]

    def channels(self) -> set[str]:
        """The channels that rest in part or wholly; forgets rests that are over."""
        now = self._timer()
        self._until = {key: until for key, until in self._until.items() if until > now}
        return {channel for channel, _ in self._until}

    def clear(self) -> None:
        self._until.clear()
