"""Values the store gives and takes beside those of the domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.alerts import Change
from bot.domain.model import Day, Snapshot, StatusCounts
from bot.domain.notices import Notice, Posted, Standing
from bot.domain.sentence import Problem


@dataclass(frozen=True, slots=True)
class ReadClaim:
    """The right to read a workspace and day now; `number` fences every later write."""

    workspace_key: str
    day: Day
    last_read_at: datetime | None
    last_date: date | None
    failures: int
    due_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The end of a claimed read: its snapshot, if there is one, and the alerts it changed.

    `problem` says why there is none, or what the rules lacked: either counts as a failed reading.
    """

    claim: ReadClaim
    due_at: datetime
    snapshot: Snapshot | None = None
    changes: Sequence[Change] = ()
    problem: Problem = ()


@dataclass(frozen=True, slots=True)
class ReadHealth:
    """The health of reading a workspace and day; `problem` says why reading failed."""

    workspace_key: str
    day: Day
    failures: int
    problem: Problem
    last_read_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordedCounts:
    """The counts on record for a workspace, business date (None: `all`) and scope."""

    workspace_key: str
    business_date: date | None
    own: bool
    counts: StatusCounts
    read_at: datetime


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A notice and its standing in the outbox."""

    notice: Notice
    standing: Standing
    attempts: int
    unsure: bool
    posted: Posted | None
    last_error: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """The notices that Slack does not show yet; `parked` names each unusable channel and the reason."""

    standings: Mapping[Standing, int]
    oldest_wanted_at: datetime | None
    parked: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """A notice in the outbox. `may_move`: if it is put again, it goes to the channel in the config."""

    channel: str
    fingerprint: str
    may_move: bool
