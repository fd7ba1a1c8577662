"""The members of a fold in words: its title, its likely cause, and how many are in which state."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.domain.alert_care import called_at_once, severity_of, worst_of
from bot.domain.alerts import BY_EDIT, Alert, State
from bot.domain.folds import Cause
from bot.domain.model import Workspace
from bot.domain.rules import Rule, Severity
from bot.domain.silences import Hush
from bot.messages.alert_text import (
    SEVERITIES,
    STORIES,
    AlertText,
    Phase,
    phase_of,
    was_unannounced,
)
from bot.messages.figures import amount, number
from bot.messages.mrkdwn import clip
from bot.messages.words import Words

CAUSES_SHOWN = 3
CLOSED = "⏹️ Closed · {what}"
ABOVE = "{where} above the limit of rule {rule} ({limit})"
BELOW = "{where} below the limit of rule {rule} ({limit})"
# The states of members and their words, in the order of the message.
COUNTS = {
    "firing": "{n} firing",
    "taken": "{n} of these taken",
    "silenced": "{n} of these silenced",
    "resolved": "{n} resolved",
    "day ended": "{n} still firing when the day ended",
    "no longer told": "{n} of a date that DLF no longer returns",
    "closed": "{n} closed by an edit of the config",
    "unannounced": "{n} over before their message could be sent",
    "own": "{n} with a message of its own",
}


@dataclass(frozen=True, slots=True)
class Member:
    """An alert of a fold with its rule and workspace. `own`: it has its own message by now."""

    alert: Alert
    rule: Rule
    workspace: Workspace | None
    zone: ZoneInfo | None
    hush: Hush
    past: bool = False
    own: bool = False

    @property
    def is_firing(self) -> bool:
        return self.alert.state is State.FIRING and not self.own

    @property
    def calls(self) -> bool:
        """True if people must still be mentioned for it."""
        return self.is_firing and self.alert.acknowledged is None and not self.hush.covering

    @property
    def severity(self) -> Severity:
        return severity_of(self.alert, self.rule, self.workspace)

    @property
    def called(self) -> tuple[str, ...]:
        """The mentions of its rule, and of its workspace's owner if the rule says so."""
        return called_at_once(self.rule, self.workspace)

    @property
    def name(self) -> str:
        return clip(self.workspace.label if self.workspace else self.alert.key.subject)

    def words(self, tr: Words) -> AlertText:
        return AlertText(tr, self.alert, self.rule, self.workspace, self.zone, past=self.past)


def worst_first(members: Sequence[Member], rule: Rule) -> list[Member]:
    sign = 1 if rule.below else -1
    return sorted(members, key=lambda one: (sign * one.alert.value, one.alert.key.subject, one.alert.id))


def title_of(
    tr: Words, members: Sequence[Member], firing: Sequence[Member], rule: Rule, causes: Sequence[Cause]
) -> str:
    if not firing:
        here = [one for one in members if not one.own]
        where = tr("all {n} workspaces, rule {rule}", n=number(workspaces_of(here)), rule=clip(rule.name))
        return tr(_ending(here), what=where)
    where = tr.plural(workspaces_of(firing), "{n} workspace", "{n} workspaces")
    if (cause := _cause(firing, causes)) is not None:
        where = _said(tr, cause)
    limit = amount(rule.metric, rule.limit)
    pattern = BELOW if rule.below else ABOVE
    what = tr(pattern, where=where, limit=limit, rule=clip(rule.name))
    # The counts of two dates are not added up, nor those of a part of what the title names.
    are_alike = len({one.alert.key.business_date for one in firing}) == 1
    is_whole = cause is None or cause.firing == workspaces_of(firing)
    if are_alike and is_whole and not rule.metric.is_rate:
        total = tr.phrase(rule.metric, sum(one.alert.value for one in firing))
        what = tr("{where}: {now}", where=what, now=total)
    return tr(SEVERITIES[worst_of((one.severity for one in firing), rule.severity)], what=what)


def workspaces_of(members: Iterable[Member]) -> int:
    """The number of workspaces: some may have alerts of two dates, or a second one after a recovery."""
    return len({one.alert.key.subject for one in members})


def _ending(members: Sequence[Member]) -> str:
    """The title's pattern once all have ended; green only if each recovered."""
    if any(one.alert.ending in BY_EDIT for one in members):
        return CLOSED
    phases = {phase_of(one.alert) for one in members}
    if Phase.NO_LONGER_TOLD in phases:
        return Phase.NO_LONGER_TOLD.value
    return Phase.RESOLVED.value if phases <= {Phase.RESOLVED} else Phase.DAY_ENDED.value


def _cause(firing: Sequence[Member], causes: Sequence[Cause]) -> Cause | None:
    """The project of all firing members, if a common cause is likely."""
    if len(causes) != 1:
        return None
    projects = {one.workspace.project for one in firing if one.workspace}
    return causes[0] if projects == {causes[0].project} else None


def cause_lines(tr: Words, firing: Sequence[Member], causes: Sequence[Cause]) -> list[str]:
    """The lines about likely common causes that are not in the title."""
    if not causes or _cause(firing, causes):
        return []
    said = tr.join(_said(tr, cause) for cause in causes[:CAUSES_SHOWN])
    return [tr("This rule fires in {where}.", where=said)]


def _said(tr: Words, cause: Cause) -> str:
    pattern = "{n} of {total} workspaces of {project}"
    n, total = number(cause.firing), number(cause.workspaces)
    return tr(pattern, n=n, total=total, project=clip(cause.project))


def story_of(tr: Words, members: Sequence[Member], firing: Sequence[Member], rule: Rule) -> str:
    first = min(firing or members, key=lambda one: one.alert.since)
    since = tr.moment(first.alert.since, first.words(tr).zone)
    if firing:
        return tr(STORIES[Phase.FIRING], since=since)
    last = max(members, key=lambda one: one.alert.over_at or one.alert.read_at)
    end = last.alert.over_at or last.alert.read_at
    over, span = tr.moment(end, last.words(tr).zone), tr.duration(max(end - first.alert.since, timedelta()))
    return tr(STORIES[Phase.RESOLVED], since=since, end=over, span=span)


def counts_of(tr: Words, members: Sequence[Member]) -> str:
    found = Counter(sort for one in members for sort in _sorts(one))
    return " · ".join(tr(said, n=number(found[sort])) for sort, said in COUNTS.items() if found[sort])


def _sorts(member: Member) -> list[str]:
    alert = member.alert
    if member.own:
        return ["own"]
    if alert.state is not State.OVER:
        taken = ["taken"] if alert.acknowledged else []
        return ["firing", *taken, *(["silenced"] if member.hush.covering else [])]
    if was_unannounced(alert):
        return ["unannounced"]
    if alert.ending in BY_EDIT:
        return ["closed"]
    match phase_of(alert):
        case Phase.DAY_ENDED | Phase.CORRECTED:
            return ["day ended"]
        case Phase.NO_LONGER_TOLD:
            return ["no longer told"]
        case _:
            return ["resolved"]
