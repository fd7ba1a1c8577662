"""Silences: which alerts they cover, when they end, and which notices are due after their end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from math import isfinite
from zoneinfo import ZoneInfo

from bot.domain.alerts import ActionOutcome, Alert, AlertKey, State
from bot.domain.past import day_ends
from bot.domain.rules import Rule, Severity

LONGEST = timedelta(days=7)
MORNING = time(9)
SPANS = {"15m": timedelta(minutes=15), "1h": timedelta(hours=1), "4h": timedelta(hours=4)}
TOMORROW, DATE_END, TODAY_END, WORSE = "tomorrow", "day", "today", "worse"


class Scope(StrEnum):
    """How much a silence mutes, seen from the alert where a person chose it."""

    RULE = "rule"
    RULE_EVERYWHERE = "rule in all workspaces"
    SUBJECT = "workspace"
    EVERYTHING = "everything"


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
class Person:
    """A Slack user acting in `channel`. Messages show the name where the id would notify the person."""

    id: str
    name: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Silenced:
    """The result of silencing; `covering` are all silences of the alert, the latest end last."""

    outcome: ActionOutcome
    silence: Silence | None = None
    covering: tuple[Silence, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsilenced:
    """The result of ending an alert's silences; `burning` counts the firing alerts now unmuted."""

    outcome: ActionOutcome
    burning: int = 0


@dataclass(frozen=True, slots=True)
class Hush:
    """The silences that matter for an alert now, the latest end last.

    `ended`: silences whose end Slack was not told. `began_under`: the ended silence in which the alert
    began, or the silence that followed it.
    """

    covering: tuple[Silence, ...] = ()
    ended: tuple[Silence, ...] = ()
    began_under: Silence | None = None

    @property
    def effective(self) -> Silence | None:
        return self.covering[-1] if self.covering else None

    @property
    def lifted_at(self) -> datetime | None:
        """The end of the last ended silence."""
        return self.ended[-1].until if self.ended else None


def covering(key: AlertKey, silences: Iterable[Silence], now: datetime) -> tuple[Silence, ...]:
    """The silences that cover the alert now, the latest end last."""
    return tuple(sorted((one for one in silences if one.covers(key, now)), key=_end))


def same_wish(wanted: Silence, silences: Iterable[Silence]) -> Silence | None:
    """The same person's silence of the same alerts with the same comment, whatever its end, or None."""

    def wish(silence: Silence) -> tuple[object, ...]:
        return silence.rule, silence.subject, silence.by, silence.comment, silence.worse_than

    return max((one for one in silences if wish(one) == wish(wanted)), key=_end, default=None)


def hush(alert: Alert, silences: Sequence[Silence], now: datetime) -> Hush:
    """Compare the silences with an alert's times and with what Slack was told of it."""
    if alert.fired_at is None:
        return Hush()
    over_at = alert.over_at or now
    still = tuple(one for one in covering(alert.key, silences, now) if one.at <= over_at)
    past = [one for one in silences if one.at < one.until <= now and one.covers(alert.key, one.at)]
    untold = [
        one
        for one in past
        if alert.fired_at < one.until and (alert.told is None or alert.told.at < one.until)
    ]
    return Hush(
        still,
        () if still else tuple(sorted(untold, key=_end)),
        None if still else _began_under(alert.fired_at, past),
    )


def muted_by(alert: Alert, silences: Iterable[Silence], now: datetime) -> Silence | None:
    """The silence that mutes a firing alert, or that muted an ended alert from start to end, or None."""
    if alert.state is State.OVER:
        ended = alert.over_at or now
        found = [one for one in silences if one.at <= ended < one.until and one.covers(alert.key, ended)]
        return max(found, key=_end, default=None) if alert.told is None and not alert.must_notify else None
    return next(reversed(covering(alert.key, silences, now)), None)


def withheld(key: AlertKey, rule: Rule, silences: Iterable[Silence], now: datetime) -> bool:
    """True while a silence withholds the alert's notices; a critical alert is only muted."""
    return rule.severity is not Severity.CRITICAL and any(one.covers(key, now) for one in silences)


def got_worse(
    silences: Iterable[Silence], alerts: Iterable[Alert], rules: Mapping[str, Rule], now: datetime
) -> list[Silence]:
    """The silences "until it gets worse" whose alert has got worse."""
    firing = [alert for alert in alerts if alert.state is State.FIRING]
    return [
        silence
        for silence in silences
        if silence.worse_than is not None
        and any(
            silence.covers(alert.key, now)
            and alert.key.rule in rules
            and rules[alert.key.rule].worse(silence.worse_than, alert.value)
            for alert in firing
        )
    ]


def can_get_worse(rule: Rule) -> bool:
    return isfinite(rule.worse_by.amount)


def quiet_until(
    length: str, now: datetime, zone: ZoneInfo, *, on: date, day_zone: ZoneInfo
) -> datetime | None:
    """The end of a silence of that length; None if there is no such length or its end has passed.

    A full minute, so that two quick presses mean the same end. `zone` is the person's time zone; `on` is the
    alert's business date and `day_zone` that date's time zone.
    """
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    if length in SPANS:
        return minute + SPANS[length]
    if length == TOMORROW:
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, MORNING, zone).astimezone(UTC)
    if length == TODAY_END:
        on = now.astimezone(day_zone).date()
    if length in (DATE_END, TODAY_END):
        end = day_ends(on, day_zone)
        return end if now < end else None
    return minute + LONGEST if length == WORSE else None


def _began_under(fired_at: datetime, past: Iterable[Silence]) -> Silence | None:
    found: Silence | None = None
    for one in sorted(past, key=lambda one: one.at):
        reached = found.until if found else fired_at
        if one.at < reached < one.until:
            found = one
    return found


def _end(silence: Silence) -> tuple[datetime, int]:
    return silence.until, silence.id
