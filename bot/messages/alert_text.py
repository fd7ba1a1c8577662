"""The sentences about an alert: its title, its story, its changes, and its rule."""

from copy import copy
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from zoneinfo import ZoneInfo

from bot.domain.alert_care import called_at_once
from bot.domain.alerts import Alert, Ending, Reason, State
from bot.domain.config_edits import limit_before
from bot.domain.model import Metric, Workspace
from bot.domain.past import is_past
from bot.domain.rules import Rule, Severity
from bot.domain.unreadable import UNREADABLE
from bot.messages.figures import amount
from bot.messages.mrkdwn import clip, escape, readers_moment
from bot.messages.words import Words, zone_name

UTC = ZoneInfo("UTC")

SEVERITIES = {
    Severity.CRITICAL: "⛔ Critical · {what}",
    Severity.WARNING: "⚠️ Warning · {what}",
    Severity.INFO: "ℹ️ Info · {what}",
}


class Phase(StrEnum):
    """The state that a message shows; each value is the title's pattern of an ended alert."""

    FIRING = "firing"
    RESOLVED = "✅ Resolved · {what}"
    DAY_ENDED = "🌙 Day over, not resolved · {what}"
    CORRECTED = "✏️ Corrected · {what}"
    NO_LONGER_TOLD = "❔ Closed, not resolved · {what}"


STORIES = {
    Phase.FIRING: "Since {since}",
    Phase.RESOLVED: "Lasted {span}, {since} to {end}",
    Phase.DAY_ENDED: "Since {since} · {last} when {date} ended",
    Phase.CORRECTED: "Since {since} · {last} when {date} ended",
    Phase.NO_LONGER_TOLD: "Since {since} · last read {read}",
}
BRIEF = "Lasted {span}, at {since}"
# The patterns of states whose business date is over, so that they do not look like today's.
PAST = {
    Phase.FIRING: "{now} from {date}",
    Phase.RESOLVED: "{now} from {date}",
    Phase.NO_LONGER_TOLD: "{now} on {date} when last read",
}


class AlertText:
    """Sentences about an alert. A project's alert ("cannot read DLF") counts workspaces, not instances.

    `past`: its business date is over. `severity`: what the title says of a
    firing alert, if that is not the rule's.
    """

    def __init__(
        self,
        tr: Words,
        alert: Alert,
        rule: Rule,
        workspace: Workspace | None,
        zone: ZoneInfo | None = None,
        *,
        past: bool = False,
        severity: Severity | None = None,
    ) -> None:
        self._tr, self._alert, self._rule, self._workspace = tr, alert, rule, workspace
        self._severity = severity or rule.severity
        self._in_readers_zone = False
        self.called = called_at_once(rule, workspace)
        self.of_project = workspace is None and rule.name == UNREADABLE.name
        self.zone = workspace.zone if workspace else zone or UTC
        self.phase = phase_of(alert)
        self.is_past = past or is_past(alert, rule, self.zone)
        self.limit_before = limit_before(alert, rule)

    @property
    def is_firing(self) -> bool:
        return self.phase is Phase.FIRING

    @property
    def where(self) -> str:
        if self.of_project:
            return self._tr("project {name}", name=clip(self._alert.key.subject))
        return clip(self._workspace.label if self._workspace else self._alert.key.subject)

    def title(self) -> str:
        pattern = SEVERITIES[self._severity] if self.phase is Phase.FIRING else self.phase.value
        return self._tr(pattern, what=self.standing())

    def standing(self) -> str:
        """Place and present value: "sales: 14 failed (limit 5)"."""
        return self._placed(self._now())

    def story(self) -> str:
        """The alert's course so far, as a line."""
        alert = self._alert
        since, end = self.moment(alert.since), self.moment(alert.over_at or alert.read_at)
        pattern = BRIEF if self.phase is Phase.RESOLVED and since == end else STORIES[self.phase]
        story = self._tr(
            pattern,
            since=since,
            end=end,
            span=self.lasted(),
            last=self._inert(self.phrase(value_at_end(alert))),
            date=self._date(),
            read=self.moment(alert.read_at),
        )
        return " · ".join([story, *map(self._inert, self._peak())])

    def change(self, reason: Reason) -> str:
        """The sentence of a reply about `reason`."""
        told = self._alert.told
        match reason:
            case Reason.FIRING | Reason.CORRECTED | Reason.UNSILENCED | Reason.NO_LONGER_TOLD:
                return self.title()
            case Reason.TAKEN | Reason.GIVEN_BACK | Reason.TAKEN_OVER:
                return self.title()
            case Reason.WORSE:
                return self._tr("📈 Worse · {what}", what=self.standing_was(told.value if told else None))
            case Reason.STILL_FIRING | Reason.STILL_TAKEN:
                now = self._tr("{now} for {span}", now=self._now(), span=self.lasted())
                said = self._tr("🔁 Still firing · {what}", what=self._placed(now))
                return reduce(self._tr.with_more, self._peak(), said)
            case Reason.DAY_ENDED:
                since = self._tr("since {since}", since=self.moment(self._alert.since))
                return reduce(self._tr.with_more, [since, *self._peak()], self.title())
            case Reason.RESOLVED:
                said = self._tr("{title}, lasted {span}", title=self.title(), span=self.lasted())
                return reduce(self._tr.with_more, self._peak(), said)

    def standing_was(self, before: float | None) -> str:
        """The same with the value that was last reported, if any: "sales: 14 failed, was 6 (limit 5)"."""
        if before is None:
            return self.standing()
        return self._placed(self._tr("{now}, was {n}", now=self._now(), n=self.amount(before)))

    def _now(self) -> str:
        """The present value, with its date if that is over: "14 failed", "3 stuck from Fri 27 Nov"."""
        if self.of_project and self.phase is Phase.RESOLVED:
            return self._tr("DLF can be read again")
        now, date = self.phrase(self._alert.value), self._date()
        if self.phase is Phase.CORRECTED:
            before = self.amount(value_at_end(self._alert))
            return self._tr("{now} on {date}, was {n}", now=now, date=date, n=before)
        if self.is_past and self.phase in PAST:
            return self._tr(PAST[self.phase], now=now, date=date)
        return now

    def _placed(self, now: str) -> str:
        """`now` with its place and, while it can be compared, the limit."""
        if self.limit_before is not None:
            old, new = self.amount(self.limit_before), self.amount(self._rule.limit)
            pattern = "{where}: {now} (limit now {new}, was {old})"
            return self._tr(pattern, where=self.where, now=now, new=new, old=old)
        if self.of_project or self.phase in (Phase.CORRECTED, Phase.NO_LONGER_TOLD):
            return self._tr("{where}: {now}", where=self.where, now=now)
        limit = amount(self._rule.metric, self._rule.limit)
        return self._tr("{where}: {now} (limit {limit})", where=self.where, now=now, limit=limit)

    def _date(self) -> str:
        return self._tr.date_within(self._alert.key.business_date)

    def phrase(self, value: float) -> str:
        """A value in words: "14 failed", "cannot read DLF (3 workspaces)"."""
        if not self.of_project:
            return self._tr.phrase(self._rule.metric, value)
        one, many = "cannot read DLF ({n} workspace)", "cannot read DLF ({n} workspaces)"
        return self._tr.plural(int(value), one, many)

    def amount(self, value: float) -> str:
        if self.of_project:
            return self._tr.plural(int(value), "{n} workspace", "{n} workspaces")
        return amount(self._rule.metric, value)

    def _peak(self) -> list[str]:
        """The worst value, unless it equals the present or the last value."""
        if self._alert.peak == value_at_end(self._alert):
            return []
        pattern = "lowest {n}" if self._rule.below else "peak {n}"
        if self.of_project:
            pattern = "at most {n}"
        return [self._tr(pattern, n=self.amount(self._alert.peak))]

    def _inert(self, said: str) -> str:
        """A number as it may stand in a story, which is mrkdwn in the reader's zone: "<0.1%" is no link."""
        return escape(said) if self._in_readers_zone else said

    def lasted(self) -> str:
        end = self._alert.over_at or self._alert.read_at
        return self._tr.duration(max(end - self._alert.since, timedelta()))

    def moment(self, at: datetime) -> str:
        on = None if self.is_past or self._in_readers_zone else self._alert.key.business_date
        said = self._tr.moment(at, self.zone, on=on)
        if not self._in_readers_zone:
            return said
        return readers_moment(at, self._tr.aside(said, zone_name(self.zone)))

    def in_readers_zone(self) -> "AlertText":
        """The same words as mrkdwn with each moment in the reader's own zone."""
        words = copy(self)
        words._in_readers_zone = True
        return words


def phase_of(alert: Alert) -> Phase:
    if alert.state is not State.OVER:
        return Phase.FIRING
    match alert.ending:
        case Ending.DAY_ENDED:
            return Phase.DAY_ENDED if value_at_end(alert) == alert.value else Phase.CORRECTED
        case Ending.NO_LONGER_TOLD:
            return Phase.NO_LONGER_TOLD
        case _:
            return Phase.RESOLVED


def value_at_end(alert: Alert) -> float:
    """The value the alert ended with, before any correction."""
    if alert.ended_value is not None:
        return alert.ended_value
    return alert.told.value if alert.told and alert.told.reason is Reason.DAY_ENDED else alert.value


def was_unannounced(alert: Alert) -> bool:
    """True if the alert was over before its first message; the same before and after confirmation."""
    told = alert.told
    return told is None or (told.seq == 0 and told.reason in (Reason.RESOLVED, Reason.DAY_ENDED))


def condition(tr: Words, metric: Metric, limit: float, *, below: bool) -> str:
    """The condition of a rule: "fail_count above 5"."""
    pattern = "{metric} below {limit}" if below else "{metric} above {limit}"
    return tr(pattern, metric=metric.value, limit=amount(metric, limit))


def rule_text(tr: Words, rule: Rule) -> str:
    """A rule in a line: "rule failures: fail_count above 5 in 2 polls in a row"."""
    return tr("rule {name}: {when}", name=clip(rule.name), when=rule_condition(tr, rule))


def rule_condition(tr: Words, rule: Rule) -> str:
    """When a rule's alert fires and resolves: "fail_count above 5 in 2 polls in a row"."""
    text = condition(tr, rule.metric, rule.limit, below=rule.below)
    if rule.readings > 1:
        text += tr(" in {n} polls in a row", n=str(rule.readings))
    if rule.clear_limit is not None:
        pattern = "; resolves above {limit}" if rule.below else "; resolves below {limit}"
        text += tr(pattern, limit=amount(rule.metric, rule.clear_limit))
    if rule.clear_after > 1:
        text += tr("; resolves after {n} polls in a row within the limit", n=str(rule.clear_after))
    return text
