"""What went over the wire lately, a short line each: requests at DLF, posts at Slack, clicks at the bot."""

import itertools
from collections import deque
from dataclasses import dataclass
from typing import Any

from bot.playground.clock import Clock
from bot.playground.fake_dlf import DlfWorld
from bot.playground.fake_dlf.request_log import Record
from bot.playground.fake_slack.objects import LogEntry, Outcome
from bot.playground.fake_slack.world import SlackWorld

Json = dict[str, Any]

KEPT_LINES = 60
PATIENCE = 5.0  # after so many real seconds a request without a status is shown as unanswered


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    at: str
    world: str
    what: str
    result: str
    ok: bool

    def as_json(self) -> Json:
        return {name: getattr(self, name) for name in self.__slots__}


class Wire:
    """The newest lines, gathered by `look`, stamped with the playground's time at which they were seen."""

    def __init__(self, clock: Clock, dlf: DlfWorld, slack: SlackWorld) -> None:
        self._clock, self._dlf, self._slack = clock, dlf, slack
        self._lines: deque[Line] = deque(maxlen=KEPT_LINES)
        self._numbers = itertools.count(1)
        self._open: list[Record] = []
        self._last_record: Record | None = None
        self._said = 0

    def look(self) -> None:
        """Take in what has happened since the last look."""
        self._open += self._new_records()
        waiting = []
        for record in self._open:
            if record.status == 0 and self._dlf.wall() - record.wall < PATIENCE:
                waiting.append(record)
            else:
                self._add("DLF", _request(record), _status(record), record.status == 200)
        self._open = waiting
        for entry in self._new_entries():
            self._add("Slack", _said(entry, self._slack), entry.outcome, entry.applied)

    def did(self, what: str, outcome: Outcome) -> None:
        """A person did something and the bot acknowledged it, or did not."""
        result = f"ack {outcome.seconds:.2f} s" if outcome.ok else str(outcome.error)
        self._add("Slack", what, result, outcome.ok)

    def lines_after(self, number: int) -> list[Json]:
        return [line.as_json() for line in self._lines if line.number > number]

    def _new_records(self) -> list[Record]:
        fresh: list[Record] = []
        for record in reversed(self._dlf.log.records):
            if record is self._last_record or len(fresh) >= KEPT_LINES:
                break
            fresh.append(record)
        if fresh:
            self._last_record = fresh[0]
        return fresh[::-1]

    def _new_entries(self) -> list[LogEntry]:
        fresh = self._slack.log[self._said :][-KEPT_LINES:]
        self._said = len(self._slack.log)
        return fresh

    def _add(self, world: str, what: str, result: str, ok: bool) -> None:
        zone = self._dlf.zone
        at = self._clock.now().astimezone(zone).strftime("%H:%M:%S")
        self._lines.append(Line(next(self._numbers), at, world, what, result, ok))


def _request(record: Record) -> str:
    if record.api == "overview":
        own = " own" if record.query.get("is_own") == "true" else ""
        return f"{record.workspace or 'no workspace'} {record.query.get('query_days', 'today')}{own}"
    words = {"jobs": f"instances of {record.workspace}", "tokens": "a token", "projects": "the projects"}
    return words.get(record.api, f"{record.method} {record.path[:60]}")


def _status(record: Record) -> str:
    status = str(record.status) if record.status else "no answer"
    return f"{status} {record.code}".strip()


def _said(entry: LogEntry, slack: SlackWorld) -> str:
    channel = slack.channels.get(entry.channel or "")
    where = f" #{channel.name}" if channel and channel.name else ""
    return f"{entry.method.removeprefix('chat.')}{where}"
