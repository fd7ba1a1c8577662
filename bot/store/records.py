"""What the store gives and takes beside the domain's own values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.model import Day, StatusCounts
from bot.domain.notices import Notice, Posted, Standing


@dataclass(frozen=True, slots=True)
class ReadClaim:
    """The right to read one workspace and day now; `number` fences every later write."""

    workspace_key: str
    day: Day
    last_read_at: datetime | None
    last_date: date | None
    failures: int
    due_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class ReadHealth:
    """How the reading of one workspace and day goes; `problem` is in our own words."""

    workspace_key: str
    day: Day
    failures: int
    problem: str
    last_read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Kept:
    """The counts on record for one workspace, business date (None: `all`) and scope."""

    workspace_key: str
    business_date: date | None
    own: bool
    counts: StatusCounts
    read_at: datetime


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A notice and where it is on its way."""

    notice: Notice
    standing: Standing
    attempts: int
    unsure: bool
    posted: Posted | None
    last_error: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What Slack has not been shown yet; `parked` names each unusable channel and why."""

    standings: Mapping[Standing, int]
    oldest_wanted_at: datetime | None
    parked: Mapping[str, str]
