"""The explanation of an alert: its rule, its readings, its channel, its silences, and what will end it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert, AlertKey, Ending, State
from bot.domain.model import Workspace
from bot.domain.rules import Rule
from bot.domain.silences import Silence, covering

READINGS_SHOWN = 8
# A silence that ended longer ago explains nothing.
SILENCES_AGO = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a rule's metric at a reading; None: DLF did not report it."""

    value: float | None
    read_at: datetime


class ChosenBy(StrEnum):
    """Where the config names the channel of an alert."""

    RULE = "rule"
    WORKSPACE = "workspace"
    DEFAULT = "default"


class Miss(StrEnum):
    """Why a similar silence does not cover an alert."""

    ENDED = "ended"
    OTHER_RULE = "other rule"
    OTHER_SUBJECT = "other subject"


@dataclass(frozen=True, slots=True)
class NearSilence:
    """A silence that does not cover an alert, and why."""

    silence: Silence
    miss: Miss


@dataclass(frozen=True, slots=True)
class Why:
    """The facts that explain an alert at `now`.

    `rule`: the rule that the alert was judged by (None: unknown). `edited`: how the present config differs
    from it. `place`: the rule's file and line, "" if it has none. `values`: the metric's changes, oldest
    first. `next_read_at`: None if no reading will follow. `failures`: how many failed polls in a row make an
    alert of a project.
    """

    alert: Alert
    rule: Rule | None
    workspace: Workspace | None
    zone: ZoneInfo
    now: datetime
    channel: str
    chosen_by: ChosenBy
    place: str = ""
    edited: Ending | None = None
    limit_now: float | None = None
    values: tuple[Value, ...] = ()
    covering: tuple[Silence, ...] = ()
    near: NearSilence | None = None
    next_read_at: datetime | None = None
    failures: int = 0

    @property
    def is_over(self) -> bool:
        return self.alert.state is State.OVER


def leading_values(values: Iterable[Value], alert: Alert) -> tuple[Value, ...]:
    """The metric's changes from the last value before the alert to the newest reading.

    If there are too many, only the oldest and the newest.
    """
    changed = list[Value]()
    for one in values:
        if one.read_at > alert.read_at:
            break
        if not changed or changed[-1].value != one.value:
            changed.append(one)
    before = [one for one in changed if one.read_at < alert.since][-1:]
    found = [*before, *(one for one in changed if one.read_at >= alert.since)]
    if len(found) > READINGS_SHOWN:
        found = [*found[:3], *found[3 - READINGS_SHOWN :]]
    return tuple(found)


def nearest_silence(key: AlertKey, silences: Sequence[Silence], now: datetime) -> NearSilence | None:
    """The silence nearest to covering an alert: an ended silence, else of the same subject or rule."""
    over = [one for one in silences if one.until <= now and one.covers(key, one.at)]
    if over:
        return NearSilence(max(over, key=lambda one: (one.until, one.id)), Miss.ENDED)
    covers = covering(key, silences, now)
    others = [one for one in silences if one.until > now and one not in covers]
    same_place = [one for one in others if one.subject in (None, key.subject, key.subject.partition("/")[0])]
    if same_place:
        return NearSilence(same_place[-1], Miss.OTHER_RULE)
    same_rule = [one for one in others if one.rule == key.rule]
    return NearSilence(same_rule[-1], Miss.OTHER_SUBJECT) if same_rule else None
