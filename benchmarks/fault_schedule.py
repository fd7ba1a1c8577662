"""A schedule of successive faults in Slack and DLF, chosen by a seed."""

import asyncio
from random import Random

from benchmarks.environment import Environment
from benchmarks.transcript import EDITED, POSTED

HISTORY, REPLIES = "conversations.history", "conversations.replies"
# (kind, method, seconds): "slow" ends before a lease does, as production's 25 s outlast any honest request.
SLACK_FAULTS: tuple[tuple[str, str, float], ...] = (
    ("ratelimited", POSTED, 1),
    ("ratelimited", "*", 1),
    ("http_500", POSTED, 0),
    ("http_503", "*", 0),
    ("html_502", "*", 0),
    ("refused", "*", 0),
    ("refused", POSTED, 0),
    ("dropped_before", POSTED, 0),
    ("dropped_before", EDITED, 0),
    ("dropped_after", POSTED, 0),
    ("dropped_after", POSTED, 0),
    ("dropped_after", EDITED, 0),
    ("cut_answer", POSTED, 0),
    ("http_500_after", POSTED, 0),
    ("slow_answer", POSTED, 1.8),
    ("slow", POSTED, 0.7),
    ("slow", POSTED, 1.6),
    ("slow", EDITED, 1.6),
    ("http_500", HISTORY, 0),
    ("ratelimited", HISTORY, 1),
    ("dropped_before", REPLIES, 0),
    ("http_503", "socket", 0),
    ("http_500", "apps.connections.open", 0),
)
# A search that Slack will never permit: what was looked for goes out, marked as a possible repeat.
REFUSED_SEARCHES = ("enterprise_is_restricted", "no_permission", "missing_argument")
DLF_FAULTS = (
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


class FaultSchedule:
    """Switches faults on until `clear`; `switched_on` counts them."""

    def __init__(self, environment: Environment, seed: int) -> None:
        # The word is part of the seed: with another word a seed would mean other faults.
        self._environment, self._random = environment, Random(f"{seed}/weather")
        self.switched_on = 0
        # The `ts` of each deleted message.
        self.deleted: set[str] = set()

    async def run(self) -> None:
        """Switch a new fault on every second or so, each for some calls and three seconds at most."""
        while True:
            await asyncio.sleep(self._random.uniform(0.3, 2))
            self._environment.slack.faults.clear()
            self.switched_on += 1
            match self._random.random():
                case chance if chance < 0.08:
                    self._delete_alert()
                case chance if chance < 0.12:
                    error = self._random.choice(REFUSED_SEARCHES)
                    for method in (HISTORY, REPLIES):
                        self._environment.slack.faults.add("error", method, error=error, times=2)
                    self._environment.slack.faults.add("dropped_after", POSTED, times=1)
                case chance if chance < 0.65:
                    kind, method, seconds = self._random.choice(SLACK_FAULTS)
                    times = self._random.choice((1, 1, 2, 4, 10))
                    self._environment.slack.faults.add(kind, method, times=times, seconds=seconds)
                case chance if chance < 0.9:
                    fault, times = self._random.choice(DLF_FAULTS), self._random.choice((1, 3, 10))
                    self._environment.dlf.faults.set(fault, times=times, seconds=0.5)
                case chance if chance < 0.95:
                    await self._environment.slack.socket.disconnect()
                case _:
                    self._environment.slack.socket.cut()

    def _delete_alert(self) -> None:
        """Delete the message of an alert; with replies it leaves a tombstone."""
        slack = self._environment.slack
        standing = [one for channel in slack.channels for one in slack.messages(channel)]
        alerts = [one for one in standing if (one.key or "").startswith("alert/")]
        if alerts:
            chosen = self._random.choice(alerts)
            self.deleted.add(chosen.ts)
            slack.delete(chosen.channel, chosen.ts)

    def clear(self) -> None:
        self._environment.slack.faults.clear()
        self._environment.dlf.faults.clear()
