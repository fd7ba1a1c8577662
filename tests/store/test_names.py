"""Rows move to a new name in a single transaction, on both databases."""

from dataclasses import replace

from bot.domain.alerts import Change
from bot.domain.model import Day
from bot.domain.silences import Silence
from bot.store.store import Store
from tests.store.test_alerts import FIRING, NOW

SALES, FINANCE = FIRING.key.subject, "prod/finance"


async def test_names_are_swapped_with_their_rows_and_ids_stay(store: Store) -> None:
    await store.names.settle({}, {}, {SALES: "1", FINANCE: "2", "prod": "p"})
    await store.alerts.save([Change(None, FIRING)])
    await store.silences.add(Silence("failures", FINANCE, NOW.replace(year=2030), "U0ADA", NOW))
    await store.reads.ensure([(SALES, Day.TODAY), (FINANCE, Day.TODAY)], NOW)
    moves = {SALES: FINANCE, FINANCE: SALES}
    for _ in range(2):  # by another replica, too, which read what is known before
        await store.names.settle(moves, {}, {SALES: "2", FINANCE: "1", "prod": "p"})
    (alert,) = (await store.alerts.newest(FINANCE, FIRING.key.business_date)).values()
    assert alert == replace(FIRING, key=replace(FIRING.key, subject=FINANCE), kept_id=FIRING.id)
    assert [one.subject for one in await store.silences.active(NOW)] == [SALES]
    assert [one.workspace_key for one in await store.reads.health("prod")] == [FINANCE, SALES]
    assert await store.names.known() == {SALES: "2", FINANCE: "1", "prod": "p"}


async def test_the_rows_of_a_project_and_a_rule_move_too(store: Store) -> None:
    await store.names.settle({}, {}, {SALES: "1", "prod": "p"})
    await store.alerts.save([Change(None, FIRING)])
    await store.reads.ensure([(SALES, Day.TODAY)], NOW)
    moves, wanted = {SALES: "main/sales", "prod": "main"}, {"main/sales": "1", "main": "p"}
    await store.names.settle(moves, {"failures": "Failures"}, wanted)
    assert [one.workspace_key for one in await store.reads.health("main")] == ["main/sales"]
    assert set(await store.alerts.newest("main/sales", FIRING.key.business_date)) == {"Failures"}
    assert await store.names.rules() == {"Failures"}
    assert await store.names.known() == wanted
