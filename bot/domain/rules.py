"""A rule is a metric with a limit; a reading is a rule applied to a new snapshot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.care import NO_CARE, Care
from bot.domain.model import Metric, Snapshot, Workspace
from bot.domain.sentence import Problem, sentence


class Severity(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Step:
    """How much a value must grow before Slack is told again: an amount, or a percentage."""

    amount: float
    percent: bool = False

    def reached(self, told: float, value: float) -> bool:
        needed = abs(told) * self.amount / 100 if self.percent else self.amount
        return value > told and value - told >= needed


@dataclass(frozen=True, slots=True)
class Rule:
    """An entry of the YAML's `rules`; `below` reverses the limit (for `success_rate`)."""

    name: str
    metric: Metric
    limit: float
    below: bool = False
    readings: int = 1
    clear_after: int = 1
    clear_limit: float | None = None
    worse_by: Step = Step(100, percent=True)
    remind_every: timedelta | None = None
    remind_taken: timedelta | None = None
    severity: Severity = Severity.WARNING
    channel: str | None = None
    mention: tuple[str, ...] = ()
    workspaces: frozenset[str] = frozenset()
    ends_with_day: bool | None = None  # None: as the metric says
    care: Care = NO_CARE
    mentions_owner: bool = False

    @property
    def outlives_day(self) -> bool:
        """True if its alerts go on after midnight, with the counts of their own date."""
        return self.metric.waits_for_a_person if self.ends_with_day is None else not self.ends_with_day

    def watches(self, workspace: Workspace) -> bool:
        return not self.workspaces or workspace.key in self.workspaces

    def breached(self, value: float) -> bool:
        return value < self.limit if self.below else value > self.limit

    def cleared(self, value: float) -> bool:
        """True if `value` counts towards resolving (the limit for that may be stricter)."""
        if self.clear_limit is None:
            return not self.breached(value)
        return value > self.clear_limit if self.below else value < self.clear_limit

    def worse(self, told: float, value: float) -> bool:
        """True if `value` is so much worse than `told` that Slack must be told again."""
        if not self.below:
            return self.worse_by.reached(told, value)
        if self.worse_by.percent and self.metric.is_rate:
            # Twice as bad as 90 % is 80 %, not 45 %: the distance to 100 % has doubled.
            return self.worse_by.reached(100 - told, 100 - value)
        return self.worse_by.reached(value, told)


@dataclass(frozen=True, slots=True)
class Reading:
    """A rule's value at one moment. Between the two limits it is neither breached nor cleared."""

    value: float
    breached: bool
    cleared: bool
    read_at: datetime


def read_rule(rule: Rule, snapshot: Snapshot) -> Reading | None:
    """Apply `rule` to `snapshot`; None (no reading) when the metric is unknown."""
    value = snapshot.counts.value(rule.metric)
    if value is None:
        return None
    return Reading(value, rule.breached(value), rule.cleared(value), snapshot.read_at)


def why_blind(rules: Iterable[Rule], snapshot: Snapshot) -> Problem:
    """The counts that the rules need and `snapshot` lacks; () if none."""
    blind = {
        rule.name: lacking
        for rule in rules
        if rule.watches(snapshot.workspace) and (lacking := snapshot.counts.lacking(rule.metric))
    }
    if not blind:
        return ()
    counts = ", ".join(dict.fromkeys(name for lacking in blind.values() for name in lacking))
    pattern = (
        "DLF did not return {counts}, so the rule {rules} cannot be checked."
        if len(blind) == 1
        else "DLF did not return {counts}, so the rules {rules} cannot be checked."
    )
    return (sentence(pattern, counts=counts, rules=", ".join(blind)),)
