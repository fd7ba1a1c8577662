"""Judge a reading: how it changes the alerts of its workspace and date, and when the next one is due."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from bot.domain.alert_advance import advance, require_notice
from bot.domain.alerts import Alert, AlertKey, Change, Ending, State
from bot.domain.config_edits import changed, end_by_edit, has_old_name, judged_otherwise, terms_of
from bot.domain.model import Day, Snapshot, Workspace
from bot.domain.pace import RHYTHM
from bot.domain.rules import Reading, Rule, read_rule
from bot.domain.silences import Silence, withheld

# A moment after midnight, so that DLF has changed the date too.
AFTER_MIDNIGHT = timedelta(seconds=2)


def judge(  # noqa: PLR0913 (a decision by six facts)
    snapshot: Snapshot,
    newest: Mapping[str, Alert],
    rules: Collection[Rule],
    silences: Sequence[Silence],
    *,
    watched: bool,
    others: bool = False,
) -> Iterator[Change]:
    """Decide how a new snapshot changes the alerts of its workspace and business date.

    A rule whose meaning was changed ends its old alert and may begin a new alert. `newest`: the newest alert
    of each rule. `watched`: false for a date before the bot's first read, for which no alert is wanted. With
    `others`, replicas with another config judge too, and alerts with their terms are left to them.
    """
    day_is_over = snapshot.day is not Day.TODAY
    for rule in rules:
        if not rule.watches(snapshot.workspace):
            continue
        before = newest.get(rule.name)
        reading = read_rule(rule, snapshot)
        is_news = watched and not has_old_name(rule, rules, newest.values())
        if reading is None or (before is None and day_is_over and not is_news):
            continue
        if before is not None and others and judged_otherwise(before, rule, snapshot.workspace):
            continue
        if before is not None and (edited := changed(before, rule, snapshot.workspace)):
            ended = end_by_edit(before, edited, snapshot.read_at)
            if before.state is not State.OVER and edited is Ending.ZONE_CHANGED:
                continue  # the notifier moves it to its date
            if before.state is not State.OVER:
                yield Change(before, ended)
            if day_is_over and not rule.outlives_day:
                continue
            before = ended
        yield from _advanced(before, reading, rule, snapshot, silences)


def _advanced(
    before: Alert | None, reading: Reading, rule: Rule, snapshot: Snapshot, silences: Sequence[Silence]
) -> Iterator[Change]:
    """The change that the reading makes to the alert, if any."""
    assert snapshot.business_date is not None
    key = AlertKey(rule.name, snapshot.workspace.key, snapshot.business_date)
    after = advance(before, reading, rule, key=key, day_is_over=snapshot.day is not Day.TODAY)
    if after is not None and after != before:
        after = replace(after, terms=terms_of(rule, snapshot.workspace, reading, before))
        silenced = withheld(key, rule, silences, snapshot.read_at)
        yield Change(before, require_notice(after, silenced=silenced))


def next_read(
    day: Day, now: datetime, poll_every: timedelta, workspace: Workspace, *, burning: bool = False
) -> datetime:
    """The next read of this day: after its rhythm, or just after midnight if that comes first.

    While an alert of a past date fires (`burning`), that date is read as often as today.
    """
    tomorrow = now.astimezone(workspace.zone).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), workspace.zone).astimezone(UTC) + AFTER_MIDNIGHT
    return min(now + poll_every * (1 if burning else RHYTHM[day]), midnight)
