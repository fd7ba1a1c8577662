"""Alerts in the store: three writers that never overwrite each other's columns, and the open alerts."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Select, insert, text
from sqlalchemy.dialects import sqlite

from bot.domain.acts import Act, ActKind, act_on
from bot.domain.alert_reasons import next_told
from bot.domain.alerts import (
    Acknowledgement,
    Alert,
    AlertKey,
    Change,
    Done,
    Ending,
    Handover,
    Reason,
    State,
    Terms,
    Told,
)
from bot.domain.model import Metric, StatusCounts
from bot.domain.named_jobs import NamedJob, NamedJobs
from bot.domain.notices import Notice, Posted, Priority, Telling
from bot.domain.references import reference
from bot.domain.silences import Person, Silence
from bot.store import alerts_sql
from bot.store.database import connect
from bot.store.records import RecordedCounts
from bot.store.schema import silences
from bot.store.store import Store, open_store

NOW = datetime(2026, 11, 23, 2, 0, 0, 123456, tzinfo=UTC)
TODAY = date(2026, 11, 23)
FIRING = Alert(
    AlertKey("failures", "prod/sales", TODAY), 1, State.FIRING, 7, 9, NOW, NOW, breaches=2, fired_at=NOW
)


def later(minutes: float = 5) -> datetime:
    return NOW + timedelta(minutes=minutes)


async def tell(
    store: Store, alert: Alert, reason: Reason, value: float, seq: int = 0, *, handovers: int = 0
) -> None:
    """Have a notice about the alert confirmed."""
    told = Told(reason, value, NOW, seq, handovers=handovers)
    key = f"{alert.id}/{seq}"
    await store.outbox.put(Notice(key, "#ops", "", "", Priority.ALERT, NOW, telling=Telling(alert.id, told)))
    claim = await store.outbox.claim("#ops", "a", 30)
    assert claim is not None
    assert await store.outbox.confirm(claim, "a", Posted("C1", "1.0"), NOW)


@pytest.fixture
async def other(store_url: str) -> AsyncIterator[Store]:
    opened = await open_store(store_url)
    yield opened
    await opened.close()


async def test_every_field_of_an_alert_is_kept(store: Store) -> None:
    ended = replace(
        FIRING,
        state=State.OVER,
        value=3.5,
        read_at=later(),
        clears=2,
        over_at=later(),
        ending=Ending.NO_LONGER_TOLD,
        ended_value=4.25,
        changed_at=later(2),
        must_notify=True,
        detail="why",
        terms=Terms(Metric.SUCCESS_RATE, True, 95.5, ZoneInfo("Asia/Singapore"), "ws-sales"),
    )
    assert await store.alerts.save([Change(None, FIRING)])
    assert await store.alerts.acknowledge(FIRING.id, "U0ADA", later(1))
    assert await store.alerts.take_over(FIRING.id, "U0ADA", "U0BEN", later(2))
    assert await store.alerts.save([Change(FIRING, ended)])
    await tell(store, ended, Reason.WORSE, 8.5, 3, handovers=1)
    assert await store.alerts.mark_done(ended.id, "U0ADA", later(9))
    full = replace(
        ended,
        told=Told(Reason.WORSE, 8.5, NOW, 3, handovers=1),
        acknowledged=Acknowledgement("U0BEN", later(2)),
        handover=Handover(1, "U0BEN", later(2), "U0ADA"),
        done=Done("U0ADA", later(9)),
    )
    assert await store.alerts.get(ended.id) == full
    unset = {field.name for field in fields(full) if getattr(full, field.name) in (None, "", 0)}
    # Only a rename sets the first, and only a firing alert has the second.
    assert unset == {"kept_id", "jobs"}, "this test leaves a field out"
    assert await store.alerts.get("unheard of") is None


async def test_jobs_are_kept_while_the_alert_fires_and_no_reading_moves_them(store: Store) -> None:
    job = NamedJob("gl \U0001f4a5", 2, "1", "2", "load", "wang", "ORA-1\u202e\x00\ud800")
    named = NamedJobs(later(1), (job, NamedJob("fx", 1)), 3)
    assert await store.alerts.save([Change(None, FIRING)])
    await store.alerts.name_jobs(FIRING.id, named)
    worse = replace(FIRING, value=9.0, read_at=later(2))
    assert await store.alerts.save([Change(FIRING, worse)])
    (found,) = await store.alerts.firing()
    assert found == replace(worse, jobs=named)
    ended = replace(worse, state=State.OVER, ending=Ending.RESOLVED, over_at=later(3), read_at=later(3))
    assert await store.alerts.save([Change(worse, ended)])
    await store.alerts.name_jobs(FIRING.id, named)
    assert await store.alerts.get(FIRING.id) == ended


async def test_an_alert_changed_by_another_since_it_was_read_is_not_overwritten(
    store: Store, other: Store
) -> None:
    await store.alerts.save([Change(None, FIRING)])
    seen = (await other.alerts.newest("prod/sales", TODAY))["failures"]
    worse = replace(FIRING, value=12, read_at=later())
    assert await store.alerts.save([Change(FIRING, worse)])
    assert not await other.alerts.save([Change(seen, replace(seen, value=3, read_at=later(1)))])
    assert await store.alerts.get(FIRING.id) == worse


async def test_an_alert_ended_by_another_is_not_revived(store: Store) -> None:
    await store.alerts.save([Change(None, FIRING)])
    over = replace(FIRING, state=State.OVER, ending=Ending.RULE_REMOVED)
    assert await store.alerts.save([Change(FIRING, over)])
    assert not await store.alerts.save([Change(FIRING, replace(FIRING, value=12, read_at=later()))])
    assert await store.alerts.get(FIRING.id) == over


async def test_two_replicas_that_start_the_same_episode_make_one_alert(store: Store, other: Store) -> None:
    started = await asyncio.gather(*(one.alerts.save([Change(None, FIRING)]) for one in (store, other) * 4))
    assert sum(started) == 1


async def test_of_many_alerts_all_are_written_or_none(store: Store) -> None:
    first, second = (replace(FIRING, key=replace(FIRING.key, rule=rule)) for rule in ("a", "b"))
    await store.alerts.save([Change(None, second)])
    assert not await store.alerts.save([Change(None, first), Change(None, second)])
    assert await store.alerts.get(first.id) is None


async def test_an_unchanged_alert_is_left_alone(store: Store) -> None:
    assert await store.alerts.save([Change(FIRING, FIRING)])
    assert await store.alerts.get(FIRING.id) is None


async def test_truth_telling_and_acknowledgement_do_not_undo_each_other(store: Store) -> None:
    await store.alerts.save([Change(None, FIRING)])
    seen = await store.alerts.get(FIRING.id)
    await tell(store, FIRING, Reason.FIRING, 7)
    await store.alerts.acknowledge(FIRING.id, "U0ADA", NOW)
    assert seen
    worse = replace(seen, value=12, read_at=later())
    assert await store.alerts.save([Change(seen, worse)])
    assert await store.alerts.get(FIRING.id) == replace(
        worse, told=Told(Reason.FIRING, 7, NOW), acknowledged=Acknowledgement("U0ADA", NOW)
    )


async def test_a_notice_that_must_be_sent_stays_due(store: Store) -> None:
    await store.alerts.save([Change(None, FIRING)])
    assert await store.alerts.save([Change(FIRING, replace(FIRING, must_notify=True))])
    assert await store.alerts.save([Change(FIRING, replace(FIRING, value=12, read_at=later()))])
    assert (await store.alerts.get(FIRING.id)).must_notify


async def test_the_first_to_acknowledge_has_it(store: Store, other: Store) -> None:
    await store.alerts.save([Change(None, FIRING)])
    people = [f"U{n}" for n in range(8)]
    got = await asyncio.gather(
        *(
            one.alerts.acknowledge(FIRING.id, who, NOW)
            for who, one in zip(people, (store, other) * 4, strict=True)
        )
    )
    assert sum(got) == 1
    assert (await store.alerts.get(FIRING.id)).acknowledged.by == people[got.index(True)]
    assert not await store.alerts.acknowledge("unheard of", "U0ADA", NOW)


async def test_an_alert_given_back_is_free_and_each_change_of_hands_counts(store: Store) -> None:
    await store.alerts.save([Change(None, FIRING)])
    assert not await store.alerts.give_back(FIRING.id, "U0ADA", "U0ADA", NOW)
    assert await store.alerts.acknowledge(FIRING.id, "U0ADA", NOW)
    assert (await store.alerts.get(FIRING.id)).handover is None, "the first hands are no change of hands"
    assert not await store.alerts.give_back(FIRING.id, "U0BEN", "U0BEN", NOW)
    assert await store.alerts.give_back(FIRING.id, "U0ADA", "U0BEN", later(1))
    free = await store.alerts.get(FIRING.id)
    assert (free.acknowledged, free.handover) == (None, Handover(1, "U0BEN", later(1), "U0ADA"))
    assert await store.alerts.acknowledge(FIRING.id, "U0BEN", later(2))
    assert (await store.alerts.get(FIRING.id)).handover == Handover(2, "U0BEN", later(2))
    assert await store.alerts.take_over(FIRING.id, "U0BEN", "U0ADA", later(3))
    mine = await store.alerts.get(FIRING.id)
    assert mine.acknowledged == Acknowledgement("U0ADA", later(3))
    assert mine.handover == Handover(3, "U0ADA", later(3), "U0BEN")


async def test_an_alert_that_is_over_changes_hands_no_more(store: Store) -> None:
    await store.alerts.save([Change(None, FIRING)])
    await store.alerts.acknowledge(FIRING.id, "U0ADA", NOW)
    await store.alerts.save([Change(FIRING, OVER)])
    assert not await store.alerts.give_back(FIRING.id, "U0ADA", "U0ADA", NOW)
    assert not await store.alerts.take_over(FIRING.id, "U0ADA", "U0BEN", NOW)
    assert (await store.alerts.get(FIRING.id)).acknowledged == Acknowledgement("U0ADA", NOW)


async def test_of_many_that_give_back_and_take_over_at_once_the_first_succeeds_and_is_kept(
    store: Store, other: Store
) -> None:
    await store.alerts.save([Change(None, FIRING)])
    await store.alerts.acknowledge(FIRING.id, "U0ADA", NOW)
    people = [f"U{n}" for n in range(8)]

    async def press(one: Store, who: str, back: bool) -> bool:
        act = act_on(FIRING, ActKind.GIVE_BACK if back else ActKind.TAKE_OVER, by=who, at=NOW)
        if back:
            return await one.alerts.give_back(FIRING.id, "U0ADA", who, NOW, act)
        return await one.alerts.take_over(FIRING.id, "U0ADA", who, NOW, act)

    got = await asyncio.gather(
        *(press((store, other)[n % 2], who, back=n % 4 < 2) for n, who in enumerate(people))
    )
    assert sum(got) == 1
    winner = people[got.index(True)]
    kept = await store.alerts.get(FIRING.id)
    assert (kept.handover.number, kept.handover.by, kept.handover.before) == (1, winner, "U0ADA")
    assert [act.by for act in await store.acts.since(NOW)] == [winner]


async def test_the_newest_episode_of_each_rule_is_found(store: Store) -> None:
    again = replace(FIRING, episode=2)
    stuck = replace(FIRING, key=replace(FIRING.key, rule="stuck"))
    elsewhere = replace(FIRING, key=replace(FIRING.key, subject="prod/finance"))
    yesterday = replace(FIRING, key=replace(FIRING.key, business_date=TODAY - timedelta(days=1)))
    await store.alerts.save([Change(None, each) for each in (again, FIRING, stuck, elsewhere, yesterday)])
    assert await store.alerts.newest("prod/sales", TODAY) == {"failures": again, "stuck": stuck}


OVER = replace(FIRING, state=State.OVER, ending=Ending.RESOLVED)
ENDED = replace(FIRING, state=State.OVER, ending=Ending.DAY_ENDED)
PENDING = replace(FIRING, state=State.PENDING, fired_at=None)
PASSED = replace(PENDING, state=State.OVER, ending=Ending.PASSED)


@pytest.mark.parametrize(
    ("alert", "told", "needs_attention"),
    [
        pytest.param(PENDING, None, True, id="pending"),
        pytest.param(FIRING, None, True, id="firing, untold"),
        pytest.param(FIRING, (Reason.FIRING, 7), True, id="firing, told"),
        pytest.param(PASSED, None, False, id="never fired"),
        pytest.param(OVER, None, False, id="came and went while silenced"),
        pytest.param(replace(OVER, must_notify=True), None, True, id="came and went untold, owed"),
        pytest.param(OVER, (Reason.FIRING, 7), True, id="over, only firing told"),
        pytest.param(OVER, (Reason.WORSE, 7), True, id="over, only worse told"),
        pytest.param(OVER, (Reason.STILL_FIRING, 7), True, id="over, only a reminder told"),
        pytest.param(OVER, (Reason.RESOLVED, 7), False, id="over and told"),
        pytest.param(replace(OVER, must_notify=True), (Reason.RESOLVED, 7), False, id="owed and paid"),
        pytest.param(ENDED, (Reason.DAY_ENDED, 7), False, id="day ended and told"),
        pytest.param(ENDED, (Reason.DAY_ENDED, 9), True, id="corrected since"),
        pytest.param(ENDED, (Reason.CORRECTED, 9), True, id="corrected again since"),
    ],
)
async def test_an_old_alert_needs_attention_while_slack_may_have_to_hear_of_it(
    store: Store, alert: Alert, told: tuple[Reason, float] | None, needs_attention: bool
) -> None:
    await store.alerts.save([Change(None, alert)])
    if told:
        await tell(store, alert, *told)
    found = await store.alerts.attention(TODAY + timedelta(days=1))
    assert [each.id for each in found] == ([alert.id] if needs_attention else [])
    assert await store.alerts.prune(TODAY + timedelta(days=30)) == (0 if needs_attention else 1)


async def test_a_settled_alert_of_a_recent_date_can_still_be_corrected_so_it_is_listed(store: Store) -> None:
    await store.alerts.save([Change(None, ENDED)])
    await tell(store, ENDED, Reason.DAY_ENDED, 7)
    assert [each.id for each in await store.alerts.attention(TODAY)] == [ENDED.id]
    assert await store.alerts.attention(TODAY + timedelta(days=1)) == []


async def test_settled_alerts_are_left_out_but_for_the_subjects_and_ids_that_are_asked_for(
    store: Store,
) -> None:
    elsewhere = replace(FIRING, key=replace(FIRING.key, subject="prod/finance"))
    await store.alerts.save([Change(None, ENDED), Change(None, elsewhere)])
    await tell(store, ENDED, Reason.DAY_ENDED, 7)
    assert [one.id for one in await store.alerts.unsettled(TODAY)] == [elsewhere.id]
    for asked in ({"subjects": ["prod/sales"]}, {"ids": [ENDED.id]}):
        found = await store.alerts.unsettled(TODAY, **asked)
        assert {one.id for one in found} == {ENDED.id, elsewhere.id}
    tomorrow = TODAY + timedelta(days=1)
    found = await store.alerts.unsettled(tomorrow, subjects=["prod/sales"])
    assert [one.id for one in found] == [elsewhere.id]


NO_LONGER_TOLD = replace(ENDED, ending=Ending.NO_LONGER_TOLD, over_at=NOW)


async def test_alerts_that_dlf_no_longer_tells_are_listed_for_seven_days_or_until_done(store: Store) -> None:
    other = replace(NO_LONGER_TOLD, key=replace(FIRING.key, subject="prod/finance"))
    ended = replace(ENDED, key=replace(FIRING.key, subject="prod/logs"))
    await store.alerts.save([Change(None, one) for one in (NO_LONGER_TOLD, other, ended)])
    assert await store.alerts.no_longer_told(NOW) == [other, NO_LONGER_TOLD]
    assert await store.alerts.no_longer_told(later(1)) == []
    act = act_on(NO_LONGER_TOLD, ActKind.DONE, by="U0ADA", at=NOW)
    done = await asyncio.gather(
        *(store.alerts.mark_done(NO_LONGER_TOLD.id, f"U{n}", NOW, act) for n in range(4))
    )
    assert sum(done) == 1
    assert await store.acts.since(NOW) == [act]
    assert await store.alerts.no_longer_told(NOW) == [other]
    assert not await store.alerts.mark_done(ended.id, "U0ADA", NOW)
    assert not await store.alerts.mark_done("unheard of", "U0ADA", NOW)


async def test_alerts_that_dlf_no_longer_tells_are_kept_while_people_are_shown_them(store: Store) -> None:
    await store.alerts.save([Change(None, NO_LONGER_TOLD)])
    await tell(store, NO_LONGER_TOLD, Reason.DAY_ENDED, 7)
    assert [one.id for one in await store.alerts.attention(TODAY + timedelta(days=7))] == [NO_LONGER_TOLD.id]
    assert await store.alerts.prune(TODAY + timedelta(days=7)) == 0
    assert await store.alerts.prune(TODAY + timedelta(days=9)) == 1


async def test_a_program_of_the_first_schema_finds_only_endings_and_reasons_that_it_knows(
    store_url: str,
) -> None:
    store = await open_store(store_url)
    await store.alerts.save([Change(None, NO_LONGER_TOLD)])
    told = next_told(NO_LONGER_TOLD, Reason.NO_LONGER_TOLD, NOW)
    await tell(store, NO_LONGER_TOLD, told.reason, told.value, told.seq)
    await store.close()
    database = connect(store_url)
    rows = await database.fetch(text("SELECT ending, told_reason FROM alerts"))
    await database.close()
    assert [tuple(row) for row in rows] == [("day ended", "day ended")]


async def test_alerts_of_a_date_are_those_that_fired(store: Store) -> None:
    other_rule = replace(PASSED, key=replace(FIRING.key, rule="stuck"))
    elsewhere = replace(FIRING, key=replace(FIRING.key, subject="prod/finance"))
    await store.alerts.save([Change(None, OVER), Change(None, other_rule), Change(None, elsewhere)])
    assert await store.alerts.of_date(["prod/sales", "prod/logs"], TODAY) == [OVER]
    assert await store.alerts.of_date(["prod/sales"], TODAY - timedelta(days=1)) == []
    assert await store.alerts.of_date([], TODAY) == []
    assert await store.alerts.firing() == [elsewhere]


async def test_old_settled_alerts_cost_nothing(store: Store) -> None:
    old = [
        Change(None, replace(PASSED, key=AlertKey("r", f"p/{n}", TODAY - timedelta(days=9))))
        for n in range(600)
    ]
    await store.alerts.save([*old, Change(None, FIRING)])
    assert await store.alerts.attention(TODAY) == [FIRING]
    assert await store.alerts.prune(TODAY) == 600
    assert await store.alerts.prune(TODAY) == 0


async def test_a_silence_lasts_until_its_time_or_until_it_is_ended(store: Store) -> None:
    everything = Silence(None, None, later(60), "U0ADA", NOW, "upgrade")
    one = Silence("failures", "prod/sales", later(30), "U0BEN", NOW)
    await store.silences.add(everything)
    kept = await store.silences.add(one)
    assert await store.silences.active(NOW) == [one, everything]
    assert await store.silences.active(later(30)) == [everything]
    ben = Person("U0BEN", "ben")
    assert await store.silences.end([kept.id + 1], ben, NOW) == 0
    assert await store.silences.end([kept.id], ben, NOW) == 1
    assert await store.silences.active(NOW) == [everything]
    assert await store.silences.prune(later(1)) == 1


async def test_everything_old_is_forgotten_at_once(store: Store) -> None:
    await store.silences.add(Silence("failures", "prod/sales", later(30), "U0BEN", NOW))
    await store.acts.add(act_on(FIRING, ActKind.TAKE, by="U0BEN", at=NOW))
    await store.snapshots.fill([RecordedCounts("prod/sales", TODAY, False, StatusCounts(), NOW)])
    keep = timedelta(days=1)
    await store.prune(NOW, keep)
    assert await store.silences.active(NOW)
    assert await store.acts.since(NOW)
    assert await store.snapshots.first_read_at("prod/sales") == NOW
    await store.prune(NOW + 2 * keep, keep)
    assert not await store.silences.active(NOW)
    assert not await store.acts.since(NOW)
    assert await store.snapshots.first_read_at("prod/sales") is None


async def test_an_act_is_kept_with_all_that_is_known_of_it(store: Store) -> None:
    on_alert = act_on(FIRING, ActKind.SILENCE, by="U0ADA", at=NOW, channel="C0OPS", detail="until 09:00")
    posted = Act(ActKind.POST_DIGEST, "U0BEN", later(), "morning")
    for act in (posted, on_alert):
        await store.acts.add(act)
    assert await store.acts.since(NOW) == [on_alert, posted]
    assert await store.acts.since(later()) == [posted]
    assert (on_alert.about, on_alert.alert_id) == ("prod/sales failures 2026-11-23 (1)", FIRING.id)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        pytest.param(alerts_sql.ATTENTION, "alerts_unsettled", id="attention"),
        pytest.param(alerts_sql.UNSETTLED, "alerts_unsettled", id="unsettled"),
        pytest.param(alerts_sql.FIRING, "alerts_unsettled", id="firing"),
        pytest.param(alerts_sql.NO_LONGER_TOLD, "alerts_no_longer_told", id="no longer told"),
    ],
)
def test_the_short_lists_never_read_every_alert(
    migrated_sqlite: Path, wanted: Select[Any], index: str
) -> None:
    asked = str(wanted.compile(dialect=sqlite.dialect()))
    shell = sqlite3.connect(migrated_sqlite)
    plan = [row[3] for row in shell.execute(f"EXPLAIN QUERY PLAN {asked}", [None] * asked.count("?"))]
    shell.close()
    assert "SCAN alerts" not in plan
    assert any(index in step for step in plan)


async def test_the_same_wish_of_a_person_is_one_silence_however_often_it_is_pressed(store: Store) -> None:
    wish = Silence("failures", "prod/sales", later(60), "U0ADA", NOW, "deploy", name="ada")
    kept = await asyncio.gather(*(store.silences.add(replace(wish, at=later(n / 100))) for n in range(50)))
    assert len({one.id for one in kept}) == 1
    others = [
        replace(wish, by="U0BEN"),
        replace(wish, until=later(61)),
        replace(wish, subject=None),
        replace(wish, comment="upgrade"),
        replace(wish, worse_than=7),
    ]
    more = [await store.silences.add(other) for other in others]
    assert len({one.id for one in (*kept, *more)}) == 6
    assert more == others


async def test_a_silence_ended_by_hand_may_be_asked_for_again(store: Store) -> None:
    wish = Silence("failures", "prod/sales", later(60), "U0ADA", NOW)
    first = await store.silences.add(wish)
    assert await store.silences.end([first.id], Person("U0BEN", "ben"), later(5)) == 1
    assert await store.silences.end([first.id], Person("U0ADA", "ada"), later(6)) == 0
    second = await store.silences.add(replace(wish, at=later(7)))
    assert second.id != first.id
    assert await store.silences.active(later(8)) == [second]
    ended, _ = await store.silences.since(NOW)
    assert (ended.until, ended.ended_by, ended.ended_name) == (later(5), "U0BEN", "ben")
    assert await store.silences.end_worse([second.id], later(9)) == 1
    assert [one.got_worse for one in await store.silences.since(NOW)] == [False, True]


async def test_a_program_of_the_version_before_adds_and_ends_silences_beside_this_version(
    store: Store,
) -> None:
    """It knows nothing of the columns that came later."""
    was = ("rule", "subject", "until", "by", "at", "comment")
    values = dict(zip(was, ("failures", "prod/sales", later(60), "U0ADA", NOW, ""), strict=True))
    for _ in range(2):
        await store._database.change(insert(silences).values(**values))
    assert len(await store.silences.active(NOW)) == 2
    assert all(one.id and not one.name and not one.got_worse for one in await store.silences.active(NOW))


async def test_a_short_reference_finds_its_alert_and_no_other(store: Store) -> None:
    long = replace(FIRING.key, rule="r" * 200)
    alerts = [replace(FIRING, key=long, told=None), replace(FIRING, key=long, episode=2, told=None)]
    assert await store.alerts.save([Change(None, alert) for alert in alerts])
    for alert in alerts:
        short = reference(alert.id, alert.key.business_date)
        assert len(short) < 50
        found = await store.alerts.find(short)
        assert found is not None
        assert found.id == alert.id
    wrong = reference("y" * 200, FIRING.key.business_date)
    for unknown in (wrong, "2026-11-22~", "~", "2026-99-99~" + "a" * 24, ""):
        assert await store.alerts.find(unknown) is None
