"""Why an alert is there: all that led to it and what will end it, gathered for the person who asks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert, AlertKey, Ending, Silence, State
from bot.domain.model import Workspace
from bot.domain.rules import Rule
from bot.domain.silences import covering

READINGS_SHOWN = 8
# A silence that ended longer ago explains nothing.
SILENCES_AGO = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Value:
    """What a rule's metric was at one reading; None: DLF did not report it."""

    value: float | None
    read_at: datetime


class ChosenBy(StrEnum):
    """Where the config names the channel of an alert."""

    RULE = "rule"
    WORKSPACE = "workspace"
    DEFAULT = "default"


class Miss(StrEnum):
    """Why a silence does not cover an alert, though nearly."""

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
    """What explains an alert at `now`.

    `rule` is the one it was judged by (None: not known), `edited` how the config of now differs from that.
    `place` is the file and line of the rule, "" when it stands in none. `values` are the metric's changes,
    oldest first. `next_read_at`: None when no reading will follow. `failures`: so many failed polls in a row
    make an alert of a project.
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
    """The changes of the metric from the last one before the alert began to its newest reading.

    The oldest and the newest ones where there are too many.
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
    """The silence that comes nearest to covering an alert: one that ended, else of the same place or rule."""
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
