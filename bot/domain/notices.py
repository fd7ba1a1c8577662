"""A notice is one message Slack must show, exactly once, under a key made from what it is about."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from bot.domain.alerts import Told


class Priority(IntEnum):
    """Which notice of a channel goes first; lower goes earlier."""

    CRITICAL = 0
    ALERT = 1
    FOLLOW_UP = 2
    DIGEST = 3


class Standing(StrEnum):
    """Where a notice is on its way. A claim whose lease ran out is as good as unsure."""

    QUEUED = "queued"  # surely not in Slack as wanted: never tried, surely refused, or changed since
    CLAIMED = "claimed"  # a replica is sending it now
    UNSURE = "unsure"  # tried, nobody knows: look it up before posting
    SENT = "sent"
    PARKED = "parked"  # its channel is not usable; tried again now and then


@dataclass(frozen=True, slots=True)
class Telling:
    """What becomes true of an alert when Slack confirms the notice that carries this."""

    alert_id: str
    told: Told


@dataclass(frozen=True, slots=True)
class Notice:
    """What Slack must show. A changed `fingerprint` under the same key edits the message in place."""

    key: str
    channel: str
    body: str
    fingerprint: str
    priority: Priority
    wanted_at: datetime
    thread_of: str | None = None
    telling: Telling | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A notice this replica may send now, with all it needs to do so.

    `ts` is set when the message is in Slack already (send an edit); `thread_ts` when it goes into a thread;
    `unsure` when an earlier try may have posted it (look for the key in the history first). `number` fences
    every later write; `attempts` counts the tries since the message was last confirmed.
    """

    notice: Notice
    attempts: int
    unsure: bool
    posted_channel: str | None
    ts: str | None
    thread_ts: str | None
    first_tried_at: datetime | None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Posted:
    """Where Slack put a message: the channel's id and the message's `ts`.

    `untied`: it was to go below a message that is gone, and stands in the channel itself.
    """

    channel: str
    ts: str
    untied: bool = False
