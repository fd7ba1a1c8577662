"""Move an alert by a reading: from pending to firing to over."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.alerts import Alert, AlertKey, Ending, State
from bot.domain.rules import Reading, Rule

# A reading that is older than the last by more means that the clock was set back: no poll takes this long.
CLOCK_STEP = timedelta(minutes=2)


def advance(
    alert: Alert | None, reading: Reading, rule: Rule, *, key: AlertKey, day_is_over: bool = False
) -> Alert | None:
    """Apply a reading to the newest alert of `key` (None if there is none).

    Counts of a past business date are final: a breach then needs no second reading, a firing alert ends with
    the day, and later readings only correct its value. Rules whose alerts outlive their day are different:
    their alerts continue, and if an older version ended such an alert with the day, a breach starts the next
    episode.
    """
    is_final = day_is_over and not rule.outlives_day
    if alert is not None and reading.read_at <= alert.read_at < reading.read_at + CLOCK_STEP:
        return alert
    if (
        alert is not None
        and alert.ending is Ending.DAY_ENDED
        and not (rule.outlives_day and reading.breached)
    ):
        return replace(alert, value=reading.value, read_at=reading.read_at)
    if alert is None or alert.state is State.OVER:
        if not reading.breached:
            return alert
        alert = _new(alert, reading, key)
    alert = _read(alert, reading, rule, is_final)
    if is_final and alert.state is State.FIRING:
        return _over(alert, Ending.DAY_ENDED, reading.read_at)
    return alert


def end_without_reading(alert: Alert, ending: Ending, now: datetime) -> Alert:
    """Close an alert that no reading will close: the config was edited, or its date can no longer be read.

    If its problem may continue unseen, a notice becomes due even if a silence has muted the alert so far.
    """
    if alert.state is State.PENDING:
        return _over(alert, Ending.PASSED, now)
    must_notify = alert.must_notify or ending is Ending.NO_LONGER_TOLD
    return _over(replace(alert, must_notify=must_notify), ending, now)


def require_notice(alert: Alert, *, silenced: bool) -> Alert:
    """Mark an alert that fires without a silence: a notice is due even if it ends first.

    Readings after its end only correct the value, so they make no notice due.
    """
    burns = alert.fired_at is not None and (alert.state is State.FIRING or alert.over_at == alert.read_at)
    return replace(alert, must_notify=True) if burns and not silenced else alert


def _new(before: Alert | None, reading: Reading, key: AlertKey) -> Alert:
    return Alert(
        key=key,
        episode=before.episode + 1 if before else 1,
        state=State.PENDING,
        value=reading.value,
        peak=reading.value,
        since=reading.read_at,
        read_at=reading.read_at - timedelta(microseconds=1),
        kept_id=f"{before.kept_id.rpartition('/')[0]}/{before.episode + 1}"
        if before and before.kept_id
        else "",
    )


def _read(alert: Alert, reading: Reading, rule: Rule, is_final: bool) -> Alert:
    worst = min if rule.below else max
    alert = replace(
        alert,
        value=reading.value,
        peak=worst(alert.peak, reading.value),
        read_at=reading.read_at,
        changed_at=alert.changed_at if reading.value == alert.value else reading.read_at,
        breaches=alert.breaches + 1 if reading.breached else 0,
        clears=alert.clears + 1 if reading.cleared else 0,
    )
    if alert.state is State.PENDING:
        if not reading.breached:
            return _over(alert, Ending.PASSED, reading.read_at)
        if alert.breaches >= rule.readings or is_final:
            return replace(alert, state=State.FIRING, fired_at=reading.read_at)
    elif alert.clears >= rule.clear_after and not is_final:
        return _over(alert, Ending.RESOLVED, reading.read_at)
    return alert


def _over(alert: Alert, ending: Ending, at: datetime) -> Alert:
    return replace(alert, state=State.OVER, ending=ending, over_at=at, ended_value=alert.value)
