"""Values: an alert, its states and endings, what Slack was told of it, and who has it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.model import Metric
from bot.domain.named_jobs import NamedJobs

# How long an alert stays visible after DLF stopped returning its date, unless a person marks it done.
NO_LONGER_TOLD_FOR = timedelta(days=7)


class State(StrEnum):
    PENDING = "pending"
    FIRING = "firing"
    OVER = "over"


class Ending(StrEnum):
    """Why an alert is over."""

    RESOLVED = "resolved"
    DAY_ENDED = "day ended"
    PASSED = "passed"  # it never fired
    NO_LONGER_TOLD = "no longer told"  # it was firing when DLF stopped returning its date
    RULE_REMOVED = "rule removed"
    WORKSPACE_REMOVED = "workspace removed"
    PROJECT_REMOVED = "project removed"
    NOT_WATCHED = "not watched"  # its rule names other workspaces now
    RULE_CHANGED = "rule changed"  # another metric or direction
    ZONE_CHANGED = "zone changed"  # its counts belong to another date
    WORKSPACE_CHANGED = "workspace changed"  # its name stands for another workspace


# The endings by an edit of the config.
BY_EDIT = frozenset(
    {
        Ending.RULE_REMOVED,
        Ending.WORKSPACE_REMOVED,
        Ending.PROJECT_REMOVED,
        Ending.NOT_WATCHED,
        Ending.RULE_CHANGED,
        Ending.ZONE_CHANGED,
        Ending.WORKSPACE_CHANGED,
    }
)


class Reason(StrEnum):
    """Why a notice about an alert is due."""

    FIRING = "firing"
    WORSE = "worse"
    STILL_FIRING = "still firing"
    STILL_TAKEN = "still taken"
    TAKEN = "taken"
    GIVEN_BACK = "given back"
    TAKEN_OVER = "taken over"
    RESOLVED = "resolved"
    DAY_ENDED = "day ended"
    CORRECTED = "corrected"
    NO_LONGER_TOLD = "no longer told"
    UNSILENCED = "silence ended"


# Reasons without a new value: `Told` keeps its value, under a reason that every version knows.
HANDS = (Reason.TAKEN, Reason.GIVEN_BACK, Reason.TAKEN_OVER)


@dataclass(frozen=True, slots=True)
class AlertKey:
    """Rule, subject and date of an alert. `subject` is a workspace key; for "cannot read DLF" a project."""

    rule: str
    subject: str
    business_date: date


@dataclass(frozen=True, slots=True)
class Told:
    """The last content that Slack confirmed; written only after a successful send."""

    reason: Reason
    value: float
    at: datetime
    seq: int = 0
    reminders: int = 0
    handovers: int = 0


class ActionOutcome(StrEnum):
    """The result of pressing an alert's button."""

    DONE = "done"
    ALREADY = "already"
    FREE = "free"
    OVER = "over"
    UNKNOWN = "unknown"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The outcome, and the person who has the alert (if any) with the time."""

    outcome: ActionOutcome
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms an alert was judged by: metric, direction and limit of its rule, reach and time zone.

    `limit` is the limit that the value last passed. A project has no `workspace_id`.
    """

    metric: Metric
    below: bool
    limit: float
    zone: ZoneInfo | None = None
    workspace_id: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A person marked an alert done whose date DLF no longer returns."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Handover:
    """The newest change of an alert's taker; `before` is the previous taker ("" if there was none)."""

    number: int
    by: str
    at: datetime
    before: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert of a rule, subject and business date; `episode` counts such alerts from 1."""

    key: AlertKey
    episode: int
    state: State
    value: float
    peak: float
    since: datetime
    read_at: datetime
    breaches: int = 0
    clears: int = 0
    fired_at: datetime | None = None
    over_at: datetime | None = None
    ending: Ending | None = None
    must_notify: bool = False
    told: Told | None = None
    acknowledged: Acknowledgement | None = None
    detail: str = ""
    ended_value: float | None = None  # the value when it ended; `value` may be corrected after the day
    changed_at: datetime | None = None  # when the value changed last; None if it never did
    handover: Handover | None = None
    done: Done | None = None
    terms: Terms | None = None  # None: an older version wrote it
    kept_id: str = ""  # the id from before its rule or subject was renamed
    jobs: NamedJobs | None = None  # looked up while it fires; None: not yet

    @property
    def id(self) -> str:
        """Deterministic and unique: the root of every notice key about this alert."""
        if self.kept_id:
            return self.kept_id
        key = self.key
        return f"{key.rule}/{key.subject}/{key.business_date.isoformat()}/{self.episode}"


@dataclass(frozen=True, slots=True)
class Change:
    """An alert as it was read from the store (None: new) and as it is to be written.

    It is written only if the stored alert still equals `before`.
    """

    before: Alert | None
    after: Alert
