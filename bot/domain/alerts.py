"""An alert's states: `advance` moves what is true, `reason_to_tell` compares it with what Slack was told."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.model import Metric
from bot.domain.named_jobs import NamedJobs
from bot.domain.rules import Reading, Rule, Severity

MAX_REMINDER_DOUBLINGS = 5
# A reading that is older than the last by more means that the clock was set back: no poll takes this long.
CLOCK_STEP = timedelta(minutes=2)
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


# The reasons that older versions can read in `told`.
_KEPT_AS = {
    Reason.UNSILENCED: Reason.FIRING,
    Reason.STILL_TAKEN: Reason.STILL_FIRING,
    Reason.NO_LONGER_TOLD: Reason.DAY_ENDED,
}
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
class Silence:
    """Mutes notices of a rule and a subject (None means all) until a time; changes no alert.

    A project as subject includes its workspaces. With `worse_than`, the silence ends early when its alert's
    value gets worse than that. Ending a silence by hand moves `until`.
    """

    rule: str | None
    subject: str | None
    until: datetime
    by: str
    at: datetime
    comment: str = ""
    name: str = ""
    worse_than: float | None = None
    ended_by: str = ""
    ended_name: str = ""
    got_worse: bool = False
    id: int = field(default=0, compare=False)

    def covers(self, key: AlertKey, now: datetime) -> bool:
        subjects = (None, key.subject, key.subject.partition("/")[0])
        return now < self.until and self.rule in (None, key.rule) and self.subject in subjects


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


def advance(
    alert: Alert | None, reading: Reading, rule: Rule, *, key: AlertKey, day_is_over: bool = False
) -> Alert | None:
    """Apply a reading to the newest alert of `key` (None if there is none).

    Counts of a past business date are final: a breach then needs no second reading, a firing alert ends with
    the day, and later readings only correct its value. Rules whose alerts outlive their day are different:
    their alerts continue, and if an older version ended such an alert with the day, a breach starts the next
    episode.
    """
    is_final = day_is_over and not rule.outlives_day
    if alert is not None and reading.read_at <= alert.read_at < reading.read_at + CLOCK_STEP:
        return alert
    if (
        alert is not None
        and alert.ending is Ending.DAY_ENDED
        and not (rule.outlives_day and reading.breached)
    ):
        return replace(alert, value=reading.value, read_at=reading.read_at)
    if alert is None or alert.state is State.OVER:
        if not reading.breached:
            return alert
        alert = _new(alert, reading, key)
    alert = _read(alert, reading, rule, is_final)
    if is_final and alert.state is State.FIRING:
        return _over(alert, Ending.DAY_ENDED, reading.read_at)
    return alert


def end_without_reading(alert: Alert, ending: Ending, now: datetime) -> Alert:
    """Close an alert that no reading will close: the config was edited, or its date can no longer be read.

    If its problem may continue unseen, a notice becomes due even if a silence has muted the alert so far.
    """
    if alert.state is State.PENDING:
        return _over(alert, Ending.PASSED, now)
    must_notify = alert.must_notify or ending is Ending.NO_LONGER_TOLD
    return _over(replace(alert, must_notify=must_notify), ending, now)


def require_notice(alert: Alert, *, silenced: bool) -> Alert:
    """Mark an alert that fires without a silence: a notice is due even if it ends first.

    Readings after its end only correct the value, so they make no notice due.
    """
    burns = alert.fired_at is not None and (alert.state is State.FIRING or alert.over_at == alert.read_at)
    return replace(alert, must_notify=True) if burns and not silenced else alert


def reason_to_tell(
    alert: Alert, rule: Rule, now: datetime, *, silenced: bool = False, unsilenced: bool = False
) -> Reason | None:
    """Compare the alert with what Slack was told; None if no notice is due.

    `unsilenced`: a silence ended since the last notice. A critical alert is told once although silenced.
    """
    if alert.state is State.PENDING:
        return None
    if alert.state is State.FIRING:
        # The end of a silence goes first: a later notice would hide that it was never told.
        if unsilenced and not silenced and alert.told is not None:
            return Reason.UNSILENCED
        if (changed_hands := _reason_of_hands(alert)) is not None:
            return changed_hands
        if silenced:
            return Reason.FIRING if alert.told is None and rule.severity is Severity.CRITICAL else None
        return _reason_while_firing(alert, rule, now)
    if silenced and alert.ending is Ending.NO_LONGER_TOLD:
        return None  # another notice calls the people
    return _reason_when_over(alert)


def _reason_of_hands(alert: Alert) -> Reason | None:
    told, handover = alert.told, alert.handover
    if told is None or handover is None or handover.number <= told.handovers:
        return None
    if alert.acknowledged is None:
        return Reason.GIVEN_BACK
    return Reason.TAKEN_OVER if handover.before else Reason.TAKEN


def _reason_while_firing(alert: Alert, rule: Rule, now: datetime) -> Reason | None:
    told = alert.told
    if told is None:
        return Reason.FIRING
    if rule.worse(told.value, alert.value):
        return Reason.WORSE
    if alert.acknowledged is not None:
        return _reason_while_taken(alert, alert.acknowledged, told, rule, now)
    if rule.remind_every is None:
        return None
    wait = rule.remind_every * 2 ** min(told.reminders, MAX_REMINDER_DOUBLINGS)
    # "Still firing" speaks of now: old numbers (DLF unreachable, the clock jumped) do not prove it.
    known_lately = now - alert.read_at <= rule.remind_every
    return Reason.STILL_FIRING if known_lately and now >= told.at + wait else None


def _reason_while_taken(
    alert: Alert, taken: Acknowledgement, told: Told, rule: Rule, now: datetime
) -> Reason | None:
    """Remind only the taker, after a long time without a new value and without an act."""
    if rule.remind_taken is None:
        return None
    untouched_since = max(told.at, taken.at, alert.changed_at or alert.since)
    known_lately = now - alert.read_at <= (rule.remind_every or rule.remind_taken)
    return Reason.STILL_TAKEN if known_lately and now >= untouched_since + rule.remind_taken else None


_REASONS = {Ending.DAY_ENDED: Reason.DAY_ENDED, Ending.NO_LONGER_TOLD: Reason.NO_LONGER_TOLD}


def _reason_when_over(alert: Alert) -> Reason | None:
    told = alert.told
    ended = _REASONS.get(alert.ending or Ending.RESOLVED, Reason.RESOLVED)
    if told is None:
        return ended if alert.must_notify else None
    if told.reason in (Reason.FIRING, Reason.WORSE, Reason.STILL_FIRING):
        return ended
    if told.reason in (Reason.DAY_ENDED, Reason.CORRECTED) and alert.value != told.value:
        return Reason.CORRECTED
    return None


def next_told(alert: Alert, reason: Reason, now: datetime) -> Told:
    """The new `told` once Slack confirms the notice for `reason`."""
    before, handovers = alert.told, alert.handover.number if alert.handover else 0
    if before is None:
        return Told(_KEPT_AS.get(reason, reason), alert.value, now, handovers=handovers)
    if reason in HANDS:
        return Told(Reason.FIRING, before.value, now, before.seq + 1, handovers=handovers)
    if reason is Reason.UNSILENCED:  # a change of hands is told after it
        handovers = before.handovers
    reminders = before.reminders + 1 if reason is Reason.STILL_FIRING else 0
    if reason is Reason.STILL_TAKEN:
        reminders = before.reminders
    return Told(_KEPT_AS.get(reason, reason), alert.value, now, before.seq + 1, reminders, handovers)


def _new(before: Alert | None, reading: Reading, key: AlertKey) -> Alert:
    return Alert(
        key=key,
        episode=before.episode + 1 if before else 1,
        state=State.PENDING,
        value=reading.value,
        peak=reading.value,
        since=reading.read_at,
        read_at=reading.read_at - timedelta(microseconds=1),
        kept_id=f"{before.kept_id.rpartition('/')[0]}/{before.episode + 1}"
        if before and before.kept_id
        else "",
    )


def _read(alert: Alert, reading: Reading, rule: Rule, is_final: bool) -> Alert:
    worst = min if rule.below else max
    alert = replace(
        alert,
        value=reading.value,
        peak=worst(alert.peak, reading.value),
        read_at=reading.read_at,
        changed_at=alert.changed_at if reading.value == alert.value else reading.read_at,
        breaches=alert.breaches + 1 if reading.breached else 0,
        clears=alert.clears + 1 if reading.cleared else 0,
    )
    if alert.state is State.PENDING:
        if not reading.breached:
            return _over(alert, Ending.PASSED, reading.read_at)
        if alert.breaches >= rule.readings or is_final:
            return replace(alert, state=State.FIRING, fired_at=reading.read_at)
    elif alert.clears >= rule.clear_after and not is_final:
        return _over(alert, Ending.RESOLVED, reading.read_at)
    return alert


def _over(alert: Alert, ending: Ending, at: datetime) -> Alert:
    return replace(alert, state=State.OVER, ending=ending, over_at=at, ended_value=alert.value)
