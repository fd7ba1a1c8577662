"""The latest traffic, a short line each: requests to DLF, posts to Slack, interactions sent to the bot."""

import itertools
from collections import deque
from dataclasses import dataclass
from typing import Any

from bot.playground.clock import Clock
from bot.playground.fake_dlf import DlfWorld
from bot.playground.fake_dlf.request_log import RequestRecord
from bot.playground.fake_slack.activity import InteractionResult, LogEntry
from bot.playground.fake_slack.world import SlackWorld

Json = dict[str, Any]

KEPT_LINES = 60
UNANSWERED_AFTER = 5.0  # after so many real seconds a request without a status is shown as unanswered


@dataclass(frozen=True, slots=True)
class TrafficLine:
    number: int
    at: str
    world: str
    what: str
    result: str
    ok: bool

    def as_json(self) -> Json:
        return {name: getattr(self, name) for name in self.__slots__}


class TrafficLog:
    """The newest lines, read by `collect`, stamped with the playground's time at which they were seen."""

    def __init__(self, clock: Clock, dlf: DlfWorld, slack: SlackWorld) -> None:
        self._clock, self._dlf, self._slack = clock, dlf, slack
        self._lines: deque[TrafficLine] = deque(maxlen=KEPT_LINES)
        self._numbers = itertools.count(1)
        self._open: list[RequestRecord] = []
        self._last_record: RequestRecord | None = None
        self._entries_read = 0

    def collect(self) -> None:
        """Take in what has happened since the last call."""
        self._open += self._new_records()
        waiting = []
        for record in self._open:
            if record.status == 0 and self._dlf.wall() - record.wall < UNANSWERED_AFTER:
                waiting.append(record)
            else:
                self._add("DLF", _request(record), _status(record), record.status == 200)
        self._open = waiting
        for entry in self._new_entries():
            self._add("Slack", _post(entry, self._slack), entry.outcome, entry.applied)

    def add_interaction(self, what: str, outcome: InteractionResult) -> None:
        """A person did something and the bot acknowledged it, or did not."""
        result = f"ack {outcome.seconds:.2f} s" if outcome.ok else str(outcome.error)
        self._add("Slack", what, result, outcome.ok)

    def lines_after(self, number: int) -> list[Json]:
        return [line.as_json() for line in self._lines if line.number > number]

    def _new_records(self) -> list[RequestRecord]:
        fresh: list[RequestRecord] = []
        for record in reversed(self._dlf.log.records):
            if record is self._last_record or len(fresh) >= KEPT_LINES:
                break
            fresh.append(record)
        if fresh:
            self._last_record = fresh[0]
        return fresh[::-1]

    def _new_entries(self) -> list[LogEntry]:
        fresh = self._slack.log[self._entries_read :][-KEPT_LINES:]
        self._entries_read = len(self._slack.log)
        return fresh

    def _add(self, world: str, what: str, result: str, ok: bool) -> None:
        zone = self._dlf.zone
        at = self._clock.now().astimezone(zone).strftime("%H:%M:%S")
        self._lines.append(TrafficLine(next(self._numbers), at, world, what, result, ok))


def _request(record: RequestRecord) -> str:
    if record.api == "overview":
        own = " own" if record.query.get("is_own") == "true" else ""
        return f"{record.workspace or 'no workspace'} {record.query.get('query_days', 'today')}{own}"
    words = {
        "jobs": f"instances of {record.workspace}",
        "job": f"an instance of {record.workspace}",
        "owners": f"owners in {record.workspace}",
        "dependents": f"dependents in {record.workspace}",
        "tokens": "a token",
        "projects": "the projects",
        "instances": "the instances of DataArts Studio",
        "workspaces": "the workspaces",
    }
    return words.get(record.api, f"{record.method} {record.path[:60]}")


def _status(record: RequestRecord) -> str:
    status = str(record.status) if record.status else "no answer"
    return f"{status} {record.code}".strip()


def _post(entry: LogEntry, slack: SlackWorld) -> str:
    channel = slack.channels.get(entry.channel or "")
    where = f" #{channel.name}" if channel and channel.name else ""
    return f"{entry.method.removeprefix('chat.')}{where}"
