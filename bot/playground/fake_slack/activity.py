"""The events of an imitated workspace: results of actions, changes and log entries."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.playground.fake_slack.objects import Json


@dataclass(frozen=True, slots=True)
class InteractionResult:
    """The result of a person's action. `error` is Slack's name for the failure, None after success."""

    error: str | None = None
    seconds: float = 0.0
    answer: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(frozen=True, slots=True)
class WorkspaceChange:
    """A change in the workspace; `seq` grows by 1 each time."""

    seq: int
    kind: str
    data: Json


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A call that posts or changes something: its arguments, whether it was done, and its answer."""

    number: int
    at: datetime
    wall: float
    method: str
    channel: str | None
    ts: str | None
    thread_ts: str | None
    key: str | None
    text: str
    applied: bool
    outcome: str
