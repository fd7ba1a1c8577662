"""Slack's rate limits: messages per channel and per workspace with short bursts, and a tier per method."""

import math
from collections.abc import Callable

from bot.playground.fake_slack.objects import Refused

MESSAGE_INTERVAL = 1.0
MESSAGE_BURST = 3
# Slack publishes no figure for the workspace as a whole; several hundred a minute were seen.
TEAM_MESSAGES = 300
# Calls a minute Slack promises; methods it treats "special" are left out or have their own figure.
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}


class RateTiers:
    """Counts calls by a monotonic timer; switch `enabled` off to let everything through."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self.enabled = True
        self.hits = 0
        self._timer = timer
        self._free_at: dict[str, float] = {}

    def message(self, channel: str) -> None:
        """Take the slot of a message in a channel. Raises Refused("ratelimited")."""
        self._take(f"message {channel}", MESSAGE_INTERVAL, MESSAGE_BURST)
        self._take("messages", 60 / TEAM_MESSAGES, TEAM_MESSAGES)

    def method(self, name: str, tier: int) -> None:
        """Take a slot of a method's tier. Raises Refused("ratelimited")."""
        if tier:
            per_minute = TIERS[tier]
            self._take(f"method {name}", 60 / per_minute, per_minute)

    def _take(self, what: str, interval: float, burst: int) -> None:
        if not self.enabled:
            return
        now = self._timer()
        free_at = max(self._free_at.get(what, now), now)
        wait = free_at + interval - now - interval * burst
        if wait > 1e-9:
            self.hits += 1
            raise Refused("ratelimited", retry_after=max(1, math.ceil(wait)))
        self._free_at[what] = free_at + interval
