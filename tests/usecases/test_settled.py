"""Little work where little changes: settled alerts, polls with equal counts; and what burns goes first."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from benchmarks.settled import DATES, NOON, HandClock, notifier_of, settle, workspaces_of
from bot.domain.model import Day, Metric, Snapshot, StatusCounts
from bot.domain.notices import Posted
from bot.domain.rules import Rule, Severity
from bot.domain.silences import Person, Silence
from bot.messages.alert import render_alert
from bot.store.alert_rows import alert_of
from bot.store.database import Database, connect
from bot.store.store import Store, open_store
from bot.timing import Timing
from bot.usecases.fair_turns import FairTurns
from bot.usecases.fold_notices import due_of
from bot.usecases.notify import SWEEP
from bot.usecases.replica import Replica
from bot.usecases.status import Status
from tests.support.counting import calls, statements
from tests.support.fakes import FakeSource, full
from tests.support.use_cases import FINANCE, SALES, TODAY, UseCases


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    await (await open_store(f"sqlite:///{tmp_path}/bot.db")).close()
    database = connect(f"sqlite:///{tmp_path}/bot.db")
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


@pytest.mark.parametrize("alerts", [0, 40])
async def test_settled_alerts_are_neither_read_nor_rendered_nor_written_again(
    store: Store, database: Database, alerts: int
) -> None:
    await settle(store, database, workspaces_of(alerts // DATES))
    clock = HandClock(NOON)
    notifier = notifier_of(store, workspaces_of(10), clock)
    with calls(render_alert) as rendered, statements(store) as asked:
        await notifier.tick()
    # After a start: a look at all of them, and at the folds.
    assert (rendered.number, asked.number) == (0, 8 if alerts else 7)
    for seconds, number in ((1, 4), (1, 4), (60, 5), (1, 4)):  # a look for changes of folds each minute
        clock.now += timedelta(seconds=seconds)
        with calls(render_alert, alert_of) as rendered, statements(store) as asked:
            await notifier.tick()
        assert (rendered.number, asked.number) == (0, number)
    clock.now += SWEEP
    with calls(render_alert) as rendered, statements(store) as asked:
        await notifier.tick()
    assert (rendered.number, asked.number) == (0, 6 if alerts else 5)


async def test_closed_folds_at_rest_cost_two_statements_a_minute(store: Store, database: Database) -> None:
    await settle(store, database, workspaces_of(80 // DATES))  # a fold each date
    clock = HandClock(NOON)
    notifier = notifier_of(store, workspaces_of(20), clock)
    for _ in range(5):
        clock.now += timedelta(minutes=1)
        await notifier.tick()
    folds = await store.folds.since(NOON - timedelta(days=DATES))
    assert [fold.closed_at is not None for fold in folds] == [True] * DATES
    for seconds, number in ((1, 4), (60, 6), (1, 4)):
        clock.now += timedelta(seconds=seconds)
        with calls(alert_of, due_of) as looked, statements(store) as asked:
            await notifier.tick()
        assert (looked.number, asked.number) == (0, number)
    # An alert turns up again, and a message is to be put again.
    await database.change(
        text("UPDATE alerts SET told_reason = 'firing' WHERE id = (SELECT min(id) FROM alerts)")
    )
    await database.change(text("UPDATE notices SET fingerprint = 'old' WHERE key = 'fold/4'"))
    clock.now += timedelta(minutes=1)
    with calls(due_of) as looked:
        await notifier.tick()
    assert looked.number == 3 * 20  # two folds, and once more for the reply
    # Another replica changes a fold unseen.
    await database.change(text("UPDATE fold_members SET left_at = joined_at WHERE fold = 2"))
    clock.now += timedelta(minutes=1)
    with calls(due_of) as looked:
        await notifier.tick()
    assert looked.number >= 20


async def test_a_burning_alert_is_rendered_when_it_changes_and_not_again(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    with calls(render_alert) as rendered:
        await house.turn(minutes=5)
        await house.turn(minutes=5)
    assert rendered.number == 0
    house.source.counts["sales", TODAY] = full(fail_count=8)
    with calls(render_alert) as rendered:
        await house.turn(minutes=5)
        await house.turn(minutes=5)
    assert rendered.number == 1


async def test_posts_are_written_by_severity_and_before_edits(store: Store, database: Database) -> None:
    minor = Rule("minor", Metric.FAIL_COUNT, 5, severity=Severity.WARNING)
    major = Rule("stuck", Metric.RUNNING_EXCEPTION_COUNT, 0, severity=Severity.CRITICAL)
    house = UseCases(store, workspaces=(SALES, FINANCE), rules=(minor, major))
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    await database.change(text("CREATE TABLE log (number INTEGER PRIMARY KEY, key TEXT)"))
    for when in ("INSERT", "UPDATE OF fingerprint"):
        await database.change(
            text(
                f"CREATE TRIGGER t{when[:3]} AFTER {when} ON notices BEGIN"
                " INSERT INTO log (key) VALUES (new.key); END"
            )
        )
    house.source.counts["sales", TODAY] = full(fail_count=8)
    house.source.counts["finance", TODAY] = full(fail_count=7, running_exception_count=1)
    house.clock.forward(minutes=5)
    await house.poll()
    await house.notifier.tick()
    rows = await database.fetch(text("SELECT key FROM log ORDER BY number"))
    assert [row.key.split("/")[1:4:2] for row in rows] == [
        ["stuck", "finance"],
        ["minor", "finance"],
        ["minor", "sales"],
    ]


async def test_a_message_under_way_when_its_alert_settles_is_redrawn_afterwards(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    house.source.counts["sales", TODAY] = full(fail_count=8)
    house.clock.forward(minutes=5)
    await house.poll()
    await house.notifier.tick()
    claim = await store.outbox.claim("#data-ops", "another", 30)
    assert claim is not None
    assert claim.ts is not None
    house.source.counts["sales", TODAY] = full()
    for _ in range(2):
        house.clock.forward(minutes=5)
        await house.poll()
        await house.notifier.tick()
    assert await store.outbox.confirm(claim, "another", Posted("#data-ops", claim.ts), house.clock())
    # Until the next turn of the notifier, Slack has the old message.
    for _ in range(2):
        await house.dispatcher.tick()
        await house.dispatcher.settle()
    (alert,) = (await store.alerts.newest(SALES.key, claim.notice.wanted_at.date())).values()
    assert alert.told is not None
    assert alert.told.reason.value == "resolved"
    assert "Resolved" not in house.slack.roots()[0].text
    house.clock.forward(seconds=1)
    await house.tell()
    assert "Resolved" in house.slack.roots()[0].text


async def test_a_settled_alert_is_redrawn_when_its_silence_ends_and_after_a_restart(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    now = house.clock()
    silence = Silence(None, SALES.key, now + timedelta(hours=1), "U0ADA", now, "deploy", name="ada")
    kept = await store.silences.add(silence)
    house.source.counts["sales", TODAY] = full()
    await house.turn(minutes=5)
    await house.turn(minutes=5)
    edits = len(house.slack.roots()[0].texts)
    await store.silences.end([kept.id], Person("U0ADA", "ada"), house.clock())
    house.clock.forward(seconds=1)
    await house.tell()
    assert len(house.slack.roots()[0].texts) == edits + 1
    # An older version has left the message as it drew it.
    await store._database.change(text("UPDATE notices SET fingerprint = 'old'"))
    house.clock.forward(seconds=1)
    await house.tell()
    assert len(house.slack.roots()[0].texts) == edits + 1
    await house.stop()
    house = UseCases(store, slack=house.slack, clock=house.clock, owner="two")
    await house.tell()
    assert len(house.slack.roots()[0].texts) == edits + 2


@pytest.mark.parametrize("day", [Day.TODAY, Day.YESTERDAY])
async def test_a_question_answered_seconds_ago_costs_no_statement(store: Store, day: Day) -> None:
    house = UseCases(store, workspaces=(SALES, FINANCE))
    first = await house.status.complete([SALES, FINANCE], day)
    with statements(store) as asked:
        again = await house.status.complete([SALES, FINANCE], day)
    assert asked.number == 0
    assert again.rows == first.rows
    assert len(house.source.asked) == 2


async def test_records_are_kept_no_longer_than_answers(store: Store) -> None:
    sources, clock = {"prod": FakeSource()}, HandClock()
    status = Status(
        Replica("one", store, clock, timing=Timing(answer_kept=0.2)),
        sources,
        max_age={Day.TODAY: timedelta(hours=1)},
        turns={"prod": FairTurns(8)},
        live_at_most=0,
    )
    for value in (3, 4):
        clock.now += timedelta(minutes=1)
        counts = StatusCounts(fail_count=value)
        await store.snapshots.keep(Snapshot(SALES, Day.TODAY, False, clock.now.date(), counts, clock.now))
        async with asyncio.timeout(20):
            while True:
                (row,) = (await status.known([SALES], Day.TODAY, False)).rows
                if row.snapshot and row.snapshot.counts.fail_count == value:
                    break
                await asyncio.sleep(0.02)
