"""Folds: a single message for many alerts of a rule in a channel."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.alerts import Alert, State
from bot.domain.model import Workspace
from bot.domain.rules import Severity

# Alerts of a rule are folded if more than MANY of them go to a channel within LATELY. In a storm (more than
# STORM alerts of the rule wait in all channels) MANY_IN_A_STORM is the limit.
MANY, MANY_IN_A_STORM, STORM = 10, 2, 100
LATELY = timedelta(minutes=1)
# The last firing member leaves the fold this long after the fold was opened.
ALONE_AFTER = timedelta(hours=1)
# A common cause is suspected if a rule fires in more than half of a project's workspaces, and in this many.
CAUSE_LEAST = 3


@dataclass(frozen=True, slots=True)
class Place:
    """The rule, the channel and the severity whose alerts are folded together.

    The severity of a fold on record is known once its members were read.
    """

    rule: str
    channel: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """A message for many alerts. `members` maps an alert's id to True once it has its own message."""

    id: int
    place: Place
    opened_at: datetime
    closed_at: datetime | None
    members: Mapping[str, bool]

    @property
    def key(self) -> str:
        """The notice key of the fold's message."""
        return fold_key(self.id)

    @property
    def told(self) -> frozenset[str]:
        """The ids of the alerts that this message tells of."""
        return frozenset(id for id, has_own in self.members.items() if not has_own)

    def takes_more(self, now: datetime, window: timedelta) -> bool:
        """True while later alerts of the rule join the fold: for `window`, but at least for LATELY."""
        return self.closed_at is None and abs(now - self.opened_at) < max(window, LATELY)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert that is not in Slack yet."""

    alert_id: str
    place: Place


@dataclass(frozen=True, slots=True)
class FoldPlan:
    """The alerts to fold: into open folds, by fold id, and into new folds."""

    joining: Mapping[int, list[str]]
    opening: Mapping[Place, list[str]]


@dataclass(frozen=True, slots=True)
class Cause:
    """A project in which a rule fires in most workspaces at once."""

    project: str
    firing: int
    workspaces: int


@dataclass(frozen=True, slots=True)
class TakenAll:
    """How many alerts of a fold a person took just now, had before, and how many others have."""

    taken: int
    mine: int
    others: int


def fold_key(number: int) -> str:
    return f"fold/{number}"


def plan(
    waiting: Iterable[Waiting],
    lately: Mapping[Place, int],
    folds: Iterable[Fold],
    now: datetime,
    *,
    window: timedelta,
) -> FoldPlan:
    """Decide which alerts are folded. `lately`: by place, the alerts with own messages within LATELY.

    A fold takes later alerts for `window` after it was opened, but at least for LATELY.
    """
    taking = {fold.place: fold for fold in folds if fold.takes_more(now, window)}
    groups: defaultdict[Place, list[str]] = defaultdict(list)
    for one in waiting:
        groups[one.place].append(one.alert_id)
    of_rule = Counter[str]()
    for place, ids in groups.items():
        of_rule[place.rule] += len(ids)
    joining, opening = dict[int, list[str]](), dict[Place, list[str]]()
    for place, ids in groups.items():
        many = MANY_IN_A_STORM if of_rule[place.rule] > STORM else MANY
        if place in taking:
            joining[taking[place].id] = ids
        elif len(ids) + lately.get(place, 0) > many and len(ids) > 1:
            opening[place] = ids
    return FoldPlan(joining, opening)


def causes(alerts: Iterable[Alert], rule: str, workspaces: Collection[Workspace]) -> list[Cause]:
    """The projects where this rule fires in more than half of the workspaces; the most alerts first."""
    firing = {one.key.subject for one in alerts if one.key.rule == rule and one.state is State.FIRING}
    all_of, firing_of = Counter[str](), Counter[str]()
    for workspace in workspaces:
        all_of[workspace.project] += 1
        firing_of[workspace.project] += workspace.key in firing
    found = [
        Cause(project, number, all_of[project])
        for project, number in firing_of.items()
        if number >= CAUSE_LEAST and number * 2 > all_of[project]
    ]
    return sorted(found, key=lambda one: (-one.firing, one.project))


def is_alone(fold: Fold, firing: Collection[Alert], now: datetime) -> bool:
    """True if the last firing member is to get its own message."""
    if len(firing) != 1 or now - fold.opened_at < ALONE_AFTER:
        return False
    return all(alert.told is not None for alert in firing)
