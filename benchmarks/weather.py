"""Faults of Slack and DLF, one after the other, chosen by a seed."""

import asyncio
from random import Random

from benchmarks.world import World

POST, EDIT, HISTORY, REPLIES = (
    "chat.postMessage",
    "chat.update",
    "conversations.history",
    "conversations.replies",
)
# (kind, method, seconds): "slow" ends before a lease does, as production's 25 s outlast any honest request.
SLACK: tuple[tuple[str, str, float], ...] = (
    ("ratelimited", POST, 1),
    ("ratelimited", "*", 1),
    ("http_500", POST, 0),
    ("http_503", "*", 0),
    ("html_502", "*", 0),
    ("refused", "*", 0),
    ("refused", POST, 0),
    ("dropped_before", POST, 0),
    ("dropped_before", EDIT, 0),
    ("dropped_after", POST, 0),
    ("dropped_after", POST, 0),
    ("dropped_after", EDIT, 0),
    ("cut_answer", POST, 0),
    ("http_500_after", POST, 0),
    ("slow_answer", POST, 1.8),
    ("slow", POST, 0.7),
    ("slow", POST, 1.6),
    ("slow", EDIT, 1.6),
    ("http_500", HISTORY, 0),
    ("ratelimited", HISTORY, 1),
    ("dropped_before", REPLIES, 0),
    ("http_503", "socket", 0),
    ("http_500", "apps.connections.open", 0),
)
DLF = (
    "throttled",
    "throttled_silent",
    "error_500",
    "bad_gateway",
    "unavailable",
    "login_page",
    "dropped",
    "slow",
    "cut_off",
    "half_answer",
    "null_counts",
    "empty_body",
    "empty_object",
)


class Weather:
    """Bad weather until `mend`; `storms` counts what was switched on."""

    def __init__(self, world: World, seed: int) -> None:
        self._world, self._random = world, Random(f"{seed}/weather")
        self.storms = 0

    async def run(self) -> None:
        """A new misfortune every second or so, each for some calls and three seconds at most."""
        while True:
            await asyncio.sleep(self._random.uniform(0.3, 2))
            self._world.slack.faults.clear()
            self.storms += 1
            match self._random.random():
                case chance if chance < 0.65:
                    kind, method, seconds = self._random.choice(SLACK)
                    times = self._random.choice((1, 1, 2, 4, 10))
                    self._world.slack.faults.add(kind, method, times=times, seconds=seconds)
                case chance if chance < 0.9:
                    fault, times = self._random.choice(DLF), self._random.choice((1, 3, 10))
                    self._world.dlf.faults.set(fault, times=times, seconds=0.5)
                case chance if chance < 0.95:
                    await self._world.slack.socket.disconnect()
                case _:
                    self._world.slack.socket.cut()

    def mend(self) -> None:
        self._world.slack.faults.clear()
        self._world.dlf.faults.clear()
