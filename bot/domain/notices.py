"""A notice is a message that Slack must show exactly once; its key is made from its subject."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from bot.domain.alerts import Told


class Priority(IntEnum):
    """The order of a channel's notices; lower goes earlier."""

    CRITICAL = 0
    ANSWER = 0  # a person asked for the message
    ALERT = 1
    FOLLOW_UP = 2
    DIGEST = 3


class Standing(StrEnum):
    """The state of a notice. A claim with an expired lease counts as unsure."""

    QUEUED = "queued"  # certainly not in Slack as wanted: never tried, refused, or changed since
    CLAIMED = "claimed"  # a replica is sending it now
    UNSURE = "unsure"  # tried, result unknown: search for it before posting
    SENT = "sent"
    PARKED = "parked"  # its channel cannot be used; tried again now and then


@dataclass(frozen=True, slots=True)
class Telling:
    """The changes to an alert's record once Slack confirms the notice."""

    alert_id: str
    told: Told


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for Slack. A changed `fingerprint` under the same key edits the message in place.

    `tellings`: of a message about many alerts; they become true together.
    """

    key: str
    channel: str
    body: str
    fingerprint: str
    priority: Priority
    wanted_at: datetime
    thread_of: str | None = None
    telling: Telling | None = None
    tellings: tuple[Telling, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A notice this replica may send now, with all it needs to do so.

    `ts`: set if the message is in Slack already (send an edit). `thread_ts`: set if it goes into a thread.
    `unsure`: an earlier try may have posted it (search the history for the key first). `number`: the fencing
    token of every later write. `attempts`: the tries since the message was last confirmed.
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

    `untied`: its thread's message is gone, so it stands in the channel itself.
    """

    channel: str
    ts: str
    untied: bool = False
