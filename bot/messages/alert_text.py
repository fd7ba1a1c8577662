"""The sentences about an alert: its title, its story, its changes, and its rule."""

from copy import copy
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.alert_care import called_at_once
from bot.domain.alerts import Alert, Ending, Reason, State
from bot.domain.config_edits import limit_before
from bot.domain.model import Metric, Workspace
from bot.domain.past import is_past
from bot.domain.rules import Rule, Severity
from bot.domain.unreadable import UNREADABLE
from bot.messages.words import PHRASES, Words, amount, clip, escape, readers_moment, zone_name

UTC = ZoneInfo("UTC")

SEVERITIES = {
    Severity.CRITICAL: "⛔ Critical: {what}",
    Severity.WARNING: "⚠️ Warning: {what}",
    Severity.INFO: "ℹ️ Info: {what}",
}


class Phase(StrEnum):
    """The state that a message shows; each value is the title's pattern of an ended alert."""

    FIRING = "firing"
    RESOLVED = "✅ Resolved: {what}"
    DAY_ENDED = "🏁 Day ended: {what}"
    CORRECTED = "✏️ Corrected: {what}"
    NO_LONGER_TOLD = "❔ Closed, not resolved: {what}"


STORIES = {
    Phase.FIRING: "Firing since {since}, limit {limit}",
    Phase.RESOLVED: "Fired {since}, resolved {end} after {span}",
    Phase.DAY_ENDED: "Fired {since}, still {last} when the day ended",
    Phase.CORRECTED: "Fired {since}, still {last} when the day ended",
    Phase.NO_LONGER_TOLD: "Fired {since}, no longer told by DLF, last {n} at {read}",
}
# The patterns of states whose business date is over, so that they do not look like today's.
PAST = {
    Phase.FIRING: "{where}, {now} from {date}",
    Phase.RESOLVED: "{where}, now {now} from {date}",
    Phase.NO_LONGER_TOLD: "{where}, {now} on {date} when last read",
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
        """Place and present value: "sales, 14 failed"."""
        if self.of_project and self.phase is Phase.RESOLVED:
            return self._tr("{where}, DLF can be read again", where=self.where)
        now = self.phrase(self._alert.value)
        if self.phase is Phase.CORRECTED:
            now = self._tr(PHRASES[self._rule.metric], n=self.correction())
        if self.limit_before is not None:
            old, new = self.amount(self.limit_before), self.amount(self._rule.limit)
            now = self._tr("{now} (limit now {new}, was {old})", now=now, new=new, old=old)
        if self.is_past and self.phase in PAST:
            date = self._tr.date_within(self._alert.key.business_date)
            return self._tr(PAST[self.phase], where=self.where, now=now, date=date)
        pattern = "{where}, now {now}" if self.phase is Phase.RESOLVED else "{where}, {now}"
        return self._tr(pattern, where=self.where, now=now)

    def story(self) -> str:
        """The alert's course so far, as a sentence."""
        if self.of_project and self.phase is Phase.FIRING:
            return self.with_peak(self._tr("Firing since {since}", since=self.moment(self._alert.since)))
        story = self._tr(
            STORIES[self.phase],
            since=self.moment(self._alert.since),
            end=self.moment(self._alert.over_at or self._alert.read_at),
            span=self.lasted(),
            last=self._inert(self.phrase(value_at_end(self._alert))),
            n=self._inert(self.amount(value_at_end(self._alert))),
            read=self.moment(self._alert.read_at),
            limit=self._inert(amount(self._rule.metric, self._rule.limit)),
        )
        return self.with_peak(story)

    def change(self, reason: Reason) -> str:
        """The sentence of a reply about `reason`."""
        what, span = self.standing(), self.lasted()
        told = self._alert.told
        match reason:
            case Reason.FIRING | Reason.CORRECTED | Reason.UNSILENCED | Reason.NO_LONGER_TOLD:
                return self.title()
            case Reason.TAKEN | Reason.GIVEN_BACK | Reason.TAKEN_OVER:
                return self.title()
            case Reason.WORSE:
                worse = self._tr("📈 Worse: {what}", what=what)
                was = self._tr("was {n}", n=self.amount(told.value)) if told else ""
                return self._tr("{what}, {said}", what=worse, said=was) if was else worse
            case Reason.STILL_FIRING | Reason.STILL_TAKEN:
                said = self._tr("🔁 Still firing after {span}: {what}", span=span, what=what)
                return self.with_peak(said)
            case Reason.RESOLVED | Reason.DAY_ENDED:
                return self.with_peak(self._tr("{title}; it lasted {span}", title=self.title(), span=span))

    def correction(self) -> str:
        return f"{self.amount(value_at_end(self._alert))} → {self.amount(self._alert.value)}"

    def phrase(self, value: float) -> str:
        """A value in words: "14 failed", "cannot read DLF for 3 workspaces"."""
        if not self.of_project:
            return self._tr.phrase(self._rule.metric, value)
        one, many = "cannot read DLF for {n} workspace", "cannot read DLF for {n} workspaces"
        return self._tr.plural(int(value), one, many)

    def amount(self, value: float) -> str:
        if self.of_project:
            return self._tr.plural(int(value), "{n} workspace", "{n} workspaces")
        return amount(self._rule.metric, value)

    def with_peak(self, said: str) -> str:
        """Add the worst value, unless it equals the present or the last value."""
        if self._alert.peak == value_at_end(self._alert):
            return said
        pattern = "lowest {n}" if self._rule.below else "peak {n}"
        peak = self._tr(pattern, n=self._inert(self.amount(self._alert.peak)))
        return self._tr("{what}, {said}", what=said, said=peak)

    def _inert(self, said: str) -> str:
        """A number as it may stand in a story, which is mrkdwn in the reader's zone: "<0.1%" is no link."""
        return escape(said) if self._in_readers_zone else said

    def lasted(self) -> str:
        end = self._alert.over_at or self._alert.read_at
        return self._tr.duration(max(end - self._alert.since, timedelta()))

    def moment(self, at: datetime) -> str:
        on = None if self.is_past or self._in_readers_zone else self._alert.key.business_date
        said = self._tr.moment(at, self.zone, on=on)
        return readers_moment(at, f"{said} ({zone_name(self.zone)})") if self._in_readers_zone else said

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
    """A rule in a line: "Rule failures: fail_count above 5, 2 readings in a row"."""
    when = condition(tr, rule.metric, rule.limit, below=rule.below)
    text = tr("Rule {name}: {when}", name=clip(rule.name), when=when)
    if rule.readings > 1:
        text += tr(", {n} readings in a row", n=str(rule.readings))
    if rule.clear_limit is not None:
        pattern = "; over when above {limit}" if rule.below else "; over when below {limit}"
        text += tr(pattern, limit=amount(rule.metric, rule.clear_limit))
    if rule.clear_after > 1:
        text += tr("; over after {n} good readings", n=str(rule.clear_after))
    return text
