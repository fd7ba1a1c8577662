"""The life of an alert: what is true (`advance`) kept apart from what Slack was told (`reason_to_tell`)."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.model import Metric
from bot.domain.named_jobs import NamedJobs
from bot.domain.rules import Reading, Rule, Severity

MAX_REMINDER_DOUBLINGS = 5
# No reading takes so long: one that is older than the last by more says that the clock was set back.
CLOCK_STEP = timedelta(minutes=2)
# People are shown an alert that DLF no longer tells for so long, unless a person marks it done.
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
    NO_LONGER_TOLD = "no longer told"  # it burned when DLF stopped telling its date
    RULE_REMOVED = "rule removed"
    WORKSPACE_REMOVED = "workspace removed"
    PROJECT_REMOVED = "project removed"
    NOT_WATCHED = "not watched"  # its rule names other workspaces now
    RULE_CHANGED = "rule changed"  # another metric or direction
    ZONE_CHANGED = "zone changed"  # its counts belong to another date
    WORKSPACE_CHANGED = "workspace changed"  # its name stands for another workspace


# An edit of the config ended these.
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
    """Why Slack hears of an alert now."""

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


# An older program knows only these in what was told.
_KEPT_AS = {
    Reason.UNSILENCED: Reason.FIRING,
    Reason.STILL_TAKEN: Reason.STILL_FIRING,
    Reason.NO_LONGER_TOLD: Reason.DAY_ENDED,
}
# Not about the value: `Told` keeps the value that was told last, under a reason that every version knows.
HANDS = (Reason.TAKEN, Reason.GIVEN_BACK, Reason.TAKEN_OVER)


@dataclass(frozen=True, slots=True)
class AlertKey:
    """What an alert is about. `subject` is a workspace key, or a project for "cannot read DLF"."""

    rule: str
    subject: str
    business_date: date


@dataclass(frozen=True, slots=True)
class Told:
    """What Slack confirmed last: written only after a send succeeded."""

    reason: Reason
    value: float
    at: datetime
    seq: int = 0
    reminders: int = 0
    handovers: int = 0


class ActionOutcome(StrEnum):
    """What became of a person's press on a button."""

    DONE = "done"
    ALREADY = "already"
    FREE = "free"
    OVER = "over"
    UNKNOWN = "unknown"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The outcome, and who has the alert since when if that is somebody."""

    outcome: ActionOutcome
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What an alert was judged by: the rule's metric, direction and limit, whose counts, and their zone.

    `limit` is the one that its value was beyond last. A project has no `workspace_id`.
    """

    metric: Metric
    below: bool
    limit: float
    zone: ZoneInfo | None = None
    workspace_id: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A person looked after an alert that DLF no longer tells."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Handover:
    """How an alert came into other hands than the first; `before` had it until then ("" if it was free)."""

    number: int
    by: str
    at: datetime
    before: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """Mutes notices of a rule and subject (None = every one) until a time; changes no state.

    A project as subject means all its workspaces, too. One with `worse_than` ends before its time when its
    alert is worse than that. `until` is the real end: to end a silence moves it.
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
    """One rule in one subject on one business date; `episode` counts its lives on that date from 1."""

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
    kept_id: str = ""  # the id it has had since before its rule or subject was renamed
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
    """An alert as it was read from the store (None: there was none) and as it shall be.

    It is written only if what is true of the alert in the store is still what `before` says.
    """

    before: Alert | None
    after: Alert


def advance(
    alert: Alert | None, reading: Reading, rule: Rule, *, key: AlertKey, day_is_over: bool = False
) -> Alert | None:
    """Move what is true by one reading. `alert` is the newest life of `key`, None if it has none.

    Once the business date is over its counts are final: a breach then needs no second reading, a firing
    alert ends with the day, and a later number only corrects the value. Not so for a rule whose alerts
    outlive their day: these go on as before, and one that an older version ended with the day begins a new
    life while it is breached.
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
    """Close an alert no reading will close: the config was edited, or its date can no longer be read.

    Slack must hear of one that may burn on unseen, even if a silence has kept it back so far.
    """
    if alert.state is State.PENDING:
        return _over(alert, Ending.PASSED, now)
    must_notify = alert.must_notify or ending is Ending.NO_LONGER_TOLD
    return _over(replace(alert, must_notify=must_notify), ending, now)


def require_notice(alert: Alert, *, silenced: bool) -> Alert:
    """Note that Slack must hear of an alert that burns while nothing silences it, even if it ends first.

    It burns up to the reading that ends it. Later readings only correct its value: an alert that ended while
    silenced is owed by none of them.
    """
    burns = alert.fired_at is not None and (alert.state is State.FIRING or alert.over_at == alert.read_at)
    return replace(alert, must_notify=True) if burns and not silenced else alert


def reason_to_tell(
    alert: Alert, rule: Rule, now: datetime, *, silenced: bool = False, unsilenced: bool = False
) -> Reason | None:
    """Compare what is true with what Slack was told; None when Slack knows enough.

    `unsilenced`: a silence ended since Slack was told last. A critical alert is told once though silenced.
    """
    if alert.state is State.PENDING:
        return None
    if alert.state is State.FIRING:
        # The end of a silence first: what is told after it hides that it was never told.
        if unsilenced and not silenced and alert.told is not None:
            return Reason.UNSILENCED
        if (changed_hands := _reason_of_hands(alert)) is not None:
            return changed_hands
        if silenced:
            return Reason.FIRING if alert.told is None and rule.severity is Severity.CRITICAL else None
        return _reason_while_firing(alert, rule, now)
    if silenced and alert.ending is Ending.NO_LONGER_TOLD:
        return None  # it calls people, as nothing tells that it is over
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
    # "Still" is a claim about now: numbers from long ago (DLF away, the clock jumped) do not carry it.
    known_lately = now - alert.read_at <= rule.remind_every
    return Reason.STILL_FIRING if known_lately and now >= told.at + wait else None


def _reason_while_taken(
    alert: Alert, taken: Acknowledgement, told: Told, rule: Rule, now: datetime
) -> Reason | None:
    """Remind the taker alone of an alert whose value has not moved and on which nobody acted for long."""
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
    """What `told` becomes once Slack confirms that it heard `reason`."""
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
