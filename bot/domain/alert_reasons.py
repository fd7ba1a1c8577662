"""Compare an alert with what Slack was told last, and name the reason for a notice."""

from datetime import datetime

from bot.domain.alerts import HANDS, Acknowledgement, Alert, Ending, Reason, State, Told
from bot.domain.rules import Rule, Severity

MAX_REMINDER_DOUBLINGS = 5
# The reasons that older versions can read in `told`.
_KEPT_AS = {
    Reason.UNSILENCED: Reason.FIRING,
    Reason.STILL_TAKEN: Reason.STILL_FIRING,
    Reason.NO_LONGER_TOLD: Reason.DAY_ENDED,
}
_REASON_OF = {Ending.DAY_ENDED: Reason.DAY_ENDED, Ending.NO_LONGER_TOLD: Reason.NO_LONGER_TOLD}


def reason_to_tell(
    alert: Alert, rule: Rule, now: datetime, *, silenced: bool = False, unsilenced: bool = False
) -> Reason | None:
    """Compare the alert with what Slack was told; None if no notice is due.

    `unsilenced`: a silence ended since the last notice. A critical alert is told once although silenced.
    """
    if alert.state is State.PENDING:
        return None
    if alert.state is State.FIRING:
        # The end of a silence goes first: a later notice would hide that it was never told.
        if unsilenced and not silenced and alert.told is not None:
            return Reason.UNSILENCED
        if (changed_hands := _reason_of_hands(alert)) is not None:
            return changed_hands
        if silenced:
            return Reason.FIRING if alert.told is None and rule.severity is Severity.CRITICAL else None
        return _reason_while_firing(alert, rule, now)
    if silenced and alert.ending is Ending.NO_LONGER_TOLD:
        # This notice mentions people, which a silence forbids: it is sent when the silence has ended.
        return None
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
    # "Still firing" speaks of now: old numbers (DLF unreachable, the clock jumped) do not prove it.
    known_lately = now - alert.read_at <= rule.remind_every
    return Reason.STILL_FIRING if known_lately and now >= told.at + wait else None


def _reason_while_taken(
    alert: Alert, taken: Acknowledgement, told: Told, rule: Rule, now: datetime
) -> Reason | None:
    """Remind only the taker, after a long time without a new value and without an act."""
    if rule.remind_taken is None:
        return None
    untouched_since = max(told.at, taken.at, alert.changed_at or alert.since)
    known_lately = now - alert.read_at <= (rule.remind_every or rule.remind_taken)
    return Reason.STILL_TAKEN if known_lately and now >= untouched_since + rule.remind_taken else None


def _reason_when_over(alert: Alert) -> Reason | None:
    told = alert.told
    ended = _REASON_OF.get(alert.ending or Ending.RESOLVED, Reason.RESOLVED)
    if told is None:
        # Slack does not know the alert: only one that fired without a silence is news.
        return ended if alert.must_notify else None
    if told.reason in (Reason.FIRING, Reason.WORSE, Reason.STILL_FIRING):
        # Slack still shows it as firing.
        return ended
    if told.reason in (Reason.DAY_ENDED, Reason.CORRECTED) and alert.value != told.value:
        # Reruns changed the number after its day.
        return Reason.CORRECTED
    return None


def next_told(alert: Alert, reason: Reason, now: datetime) -> Told:
    """The new `told` once Slack confirms the notice for `reason`."""
    before, handovers = alert.told, alert.handover.number if alert.handover else 0
    kept_as = _KEPT_AS.get(reason, reason)
    if before is None:
        return Told(kept_as, alert.value, now, handovers=handovers)
    seq = before.seq + 1
    if reason in HANDS:
        return Told(Reason.FIRING, before.value, now, seq, handovers=handovers)
    match reason:
        case Reason.STILL_FIRING:
            return Told(kept_as, alert.value, now, seq, before.reminders + 1, handovers)
        case Reason.STILL_TAKEN:
            return Told(kept_as, alert.value, now, seq, before.reminders, handovers)
        case Reason.UNSILENCED:
            # A change of hands has a notice of its own after this one.
            return Told(kept_as, alert.value, now, seq, handovers=before.handovers)
        case _:
            return Told(kept_as, alert.value, now, seq, handovers=handovers)
