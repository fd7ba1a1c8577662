"""The alert "cannot read DLF" of each project; it goes on after midnight, since it belongs to no date."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf

from bot.domain.alert_advance import advance
from bot.domain.alerts import Alert, AlertKey, State, Terms
from bot.domain.model import Day, Metric, Workspace, business_date
from bot.domain.rules import Reading, Rule, Severity, Step
from bot.domain.sentence import Problem, decode, encode, english, problem_of

# The value is the number of workspaces that cannot be read; a rule needs a metric, which means nothing here.
# Rules of a config cannot have spaces in their names.
UNREADABLE = Rule(
    "cannot read DLF",
    Metric.TOTAL_COUNT,
    limit=0,
    # An outage reaches the workspaces in turn: the message is edited, without a new notice for each.
    worse_by=Step(inf),
    severity=Severity.CRITICAL,
    remind_every=timedelta(hours=4),
    remind_taken=timedelta(hours=16),
)
# Named of the workspaces with the same problem.
NAMED = 5
# An unchanged alert is written this often, so that reminders know that it still holds.
KEPT_FRESH = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Failing:
    """A workspace whose last polls all failed, and why."""

    workspace_key: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem with the first workspaces that have it, and how many more have it."""

    problem: Problem
    workspaces: tuple[str, ...] = ()
    more: int = 0


def troubles_of(
    failing: Iterable[Failing], workspaces: Mapping[str, Workspace]
) -> dict[str, list[tuple[str, Problem]]]:
    """Group failing workspaces by project, as (workspace name, problem); every project has an entry."""
    troubles: dict[str, list[tuple[str, Problem]]] = {
        workspace.project: [] for workspace in workspaces.values()
    }
    for one in failing:
        workspace = workspaces.get(one.workspace_key)
        if workspace:
            troubles[workspace.project].append((workspace.name, one.problem))
    return troubles


def judge_projects(
    troubles: Mapping[str, Sequence[tuple[str, Problem]]],
    recent: Sequence[Alert],
    workspaces: Mapping[str, Workspace],
    now: datetime,
) -> Iterator[tuple[Alert | None, Alert]]:
    """Decide which "cannot read DLF" alerts begin, change or end; returns pairs of before and after.

    `recent`: the alerts that are not settled yet.
    """
    zones = {workspace.project: workspace.zone for workspace in workspaces.values()}
    for project, failing in troubles.items():
        today = business_date(Day.TODAY, now, zones[project])
        assert today is not None
        lives = [alert for alert in recent if alert.key.subject == project]
        before = max(lives, key=lambda alert: (alert.key.business_date, alert.episode), default=None)
        key = AlertKey(UNREADABLE.name, project, today)
        if before and (before.state is not State.OVER or before.key.business_date == today):
            key = before.key
        else:
            before = None
        value = float(len(failing))
        after = advance(before, Reading(value, value > 0, value == 0, now), UNREADABLE, key=key)
        if after is None:
            continue
        terms = Terms(UNREADABLE.metric, UNREADABLE.below, UNREADABLE.limit, zones[project])
        after = replace(after, detail=explain(failing) or after.detail, terms=terms)
        if before is None or _differs(before, after) or after.read_at - before.read_at >= KEPT_FRESH:
            yield before, after


def explain(failing: Iterable[tuple[str, Problem]]) -> str:
    """The detail of an alert: a line of JSON for each problem."""
    by_problem: defaultdict[Problem, list[str]] = defaultdict(list)
    for name, problem in failing:
        by_problem[problem].append(name)
    lines = []
    for problem, names in sorted(by_problem.items(), key=lambda item: english(item[0])):
        told = {"workspaces": sorted(names)[:NAMED], "more": max(0, len(names) - NAMED)}
        lines.append(json.dumps({**told, "problem": encode(problem)}, ensure_ascii=False))
    return "\n".join(lines)


def read_detail(detail: str) -> list[Trouble]:
    """The problems in an alert's detail; lines of another form, such as old sentences, as they are."""
    return [_trouble(line) for line in detail.split("\n") if line]


def _trouble(line: str) -> Trouble:
    try:
        match json.loads(line):
            case {"workspaces": list(names), "more": int(more), "problem": str(problem)}:
                return Trouble(decode(problem), tuple(map(str, names)), more)
    except (ValueError, RecursionError):
        pass
    return Trouble(problem_of(line))


def _differs(before: Alert, after: Alert) -> bool:
    return (before.state, before.value, before.detail) != (after.state, after.value, after.detail)
