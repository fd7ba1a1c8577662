"""A store with settled alerts, as a bad week leaves them, and the turns of a bot at rest beside them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bot.domain.alerts import Alert, AlertKey, Change, Ending, Reason, State
from bot.domain.model import Metric, Workspace
from bot.domain.rules import Rule
from bot.store.database import Database
from bot.store.store import Store
from bot.usecases.notify import Notifier
from bot.usecases.replica import Replica
from bot.usecases.routes import Routes

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
DATES = 4
RULE = Rule("failures", Metric.FAIL_COUNT, 5)
_ALL_SENT = "UPDATE notices SET standing = 'sent', ts = '1.0', posted_channel = 'C1', sent_at = wanted_at"
_ALL_TOLD = """
    UPDATE alerts SET told_reason = :reason, told_value = value, told_at = read_at, told_seq = :seq
    WHERE unsettled
"""


class HandClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def notifier_of(store: Store, workspaces: Sequence[Workspace], clock: HandClock) -> Notifier:
    """The part of the bot that compares alerts with what Slack was told."""
    by_key = {workspace.key: workspace for workspace in workspaces}
    routes = Routes(by_key, {RULE.name: RULE}, "#ops", "en", timedelta(minutes=5), 3)
    return Notifier(Replica("bench", store, clock), routes)


def workspaces_of(number: int) -> list[Workspace]:
    zone = ZoneInfo("Asia/Singapore")
    return [Workspace("prod", f"w{n}", f"ws-{n}", zone) for n in range(number)]


def firing(workspace: Workspace, at: datetime) -> Alert:
    """An alert that fired at this time."""
    key = AlertKey(RULE.name, workspace.key, at.date())
    return Alert(key, 1, State.FIRING, 9, 9, at, at, breaches=2, fired_at=at, must_notify=True)


async def settle(store: Store, database: Database, spaces: Sequence[Workspace], now: datetime = NOON) -> None:
    """Let an alert of each of these workspaces and the last dates fire and end, and Slack hear of it all."""
    for days in reversed(range(DATES)):
        at = now - timedelta(days=days, hours=1)
        fired = [firing(workspace, at) for workspace in spaces]
        over = [
            replace(one, state=State.OVER, ending=Ending.RESOLVED, value=0, read_at=now, over_at=now)
            for one in fired
        ]
        notifier = notifier_of(store, spaces, HandClock(at))
        assert await store.alerts.save(Change(None, one) for one in fired)
        await _tell(notifier, database, Reason.FIRING, 0)
        assert await store.alerts.save(map(Change, fired, over))
        await _tell(notifier, database, Reason.RESOLVED, 1)


async def _tell(notifier: Notifier, database: Database, reason: Reason, seq: int) -> None:
    await notifier.tick()
    await database.change(text(_ALL_SENT))
    await database.change(text(_ALL_TOLD), {"reason": reason.value, "seq": seq})
