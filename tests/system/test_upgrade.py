"""A database that the version before left is migrated, read whole, and carried on with."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app.lifecycle import Bot
from bot.domain.notices import Standing
from bot.playground.fake_slack.objects import SlackMessage
from bot.store.store import Store, open_store
from tests.support.schema1 import load
from tests.support.schema1.make import kept, plain
from tests.support.schema1.scene import FINANCE, PARTS, polls, trouble
from tests.support.whole_bot import ADA, BEN, BRISK, OPS, Services, services, soon

SCHEMA = "schema1"
TODAY = "2026-11-27"
FAILED, STUCK = f"alert/failures/prod/sales/{TODAY}/1", f"alert/stuck/prod/sales/{TODAY}/1"
MUTED, PARKED = f"alert/failures/prod/logs/{TODAY}/1", f"alert/failures/prod/finance/{TODAY}/1"
# Tried while Slack was down: it is in no history.
UNSURE = f"alert/stuck/prod/logs/{TODAY}/1"
BURNING = {FAILED, STUCK, MUTED}


@pytest.fixture
async def old_url(empty_url: str) -> str:
    await load.load(empty_url, SCHEMA)
    return empty_url


@pytest.fixture
async def store(old_url: str) -> AsyncIterator[Store]:
    opened = await open_store(old_url)
    yield opened
    await opened.close()


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Services]:
    """The worlds a minute after the version before was stopped."""
    async with services(tmp_path, at=load.ended(SCHEMA) + timedelta(minutes=1)) as found:
        load.show(found.slack, SCHEMA)
        found.slack.archive(FINANCE)
        trouble(found.dlf)
        yield found


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=plain))


def differences(was: Any, now: Any, where: str = "") -> list[str]:
    """The differences after an upgrade; additional facts of the later version do not count."""
    if isinstance(was, dict) and isinstance(now, dict):
        return [
            one for name in was for one in differences(was[name], now.get(name, "gone"), f"{where}/{name}")
        ]
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        pairs = enumerate(zip(was, now, strict=True))
        return [one for place, pair in pairs for one in differences(*pair, f"{where}/{place}")]
    return [] if was == now else [f"{where}: {was!r} is now {now!r}"]


# What is kept


async def test_every_value_that_the_version_before_kept_is_read_back(store: Store) -> None:
    was = load.wanted(SCHEMA)
    now = as_json(await kept(store, list(was["notices"])))
    assert differences({name: was[name] for name in now}, now) == []


def test_the_database_of_the_version_before_has_every_kind_of_alert_and_notice() -> None:
    was = load.wanted(SCHEMA)
    alerts = was["alerts"].values()
    assert {alert["state"] for alert in alerts} == {"pending", "firing", "over"}
    assert {"day ended", "resolved"} <= {alert["ending"] for alert in alerts}
    assert any(alert["acknowledged"] for alert in alerts)
    assert was["silences"]
    standings = {row["standing"] for row in was["notices"].values()}
    assert standings == {"queued", "unsure", "parked", "sent"}


# What goes on


async def test_waiting_notices_go_out_once_and_nothing_is_repeated(home: Services, old_url: str) -> None:
    async with home.bot(store=old_url, **PARTS) as bot:
        await soon(lambda: {UNSURE, f"{FAILED}/2"} <= set(posted(home)))
        for _ in range(2):
            await polls(home, bot)
        assert posted(home) == {UNSURE: 1, f"{FAILED}/2": 1}
        home.slack.archive(FINANCE, archived=False)
        await soon(lambda: PARKED in posted(home))
        await polls(home, bot)
        assert posted(home) == {UNSURE: 1, f"{FAILED}/2": 1, PARKED: 1}
    assert "23 failed" in root(home, FAILED).text
    assert "23" in home.thread(root(home, FAILED).ts)[-1]
    assert "Taken by <@U0ADA>" in root(home, STUCK).text


async def test_a_firing_message_is_edited_once_for_its_new_look_and_once_for_its_jobs(
    home: Services, old_url: str
) -> None:
    for edits in (2, 0):
        home.slack.log.clear()
        async with home.bot(store=old_url, **PARTS) as bot:
            await soon(lambda: all(re.search("[0-9] jobs?:", root(home, key).text) for key in BURNING))
            for _ in range(3):
                await polls(home, bot)
        edited = {key: times for key, times in done(home, "chat.update").items() if key in BURNING}
        # Names that come soon share the edit with the new look.
        assert set(edited) == (BURNING if edits else set())
        assert max(edited.values(), default=0) <= edits


async def test_an_edit_that_waited_is_worded_anew_before_anything_leaves(
    home: Services, old_url: str
) -> None:
    was = load.wanted(SCHEMA)["notices"][FAILED]
    assert was["standing"] == "queued"
    async with home.bot(store=old_url, timing=replace(BRISK, tick=600), **PARTS) as bot:
        row = await bot.store.outbox.get(FAILED)
    assert row and row.standing is Standing.QUEUED
    assert row.notice.fingerprint != was["notice"]["fingerprint"]


async def test_the_buttons_of_a_message_from_before_work(home: Services, old_url: str) -> None:
    home.slack.faults.add("http_503", "chat.update")
    failed, muted = root(home, FAILED), root(home, MUTED)
    was_blocks = failed.blocks, muted.blocks
    async with home.bot(store=old_url, **PARTS) as bot:
        await home.slack.click(BEN, OPS, failed.ts, "alert_acknowledge")
        await soon(lambda: any("You have it." in text for text in home.private(BEN)))
        choice = re.search(r"1h\|[^']+", str(muted.blocks))
        assert choice
        await home.slack.click(ADA, OPS, muted.ts, "alert_silence", choice[0])
        await soon(lambda: any("ilenced until" in text for text in home.private(ADA)))
        assert (failed.blocks, muted.blocks) == was_blocks, "it was the old message that was pressed"
        home.slack.faults.clear()
        await soon(lambda: "Taken by <@U0BEN>" in root(home, FAILED).text)
        await polls(home, bot)
        burning = {alert.id: alert for alert in await bot.store.alerts.firing()}
        taken = burning[FAILED.removeprefix("alert/")].acknowledged
        assert taken and taken.by == BEN
        silences = await bot.store.silences.active(home.clock.now())
        assert {silence.by for silence in silences} == {ADA, BEN}


OLD = "stuck/prod/logs/2026-11-26"


async def test_a_stuck_alert_ended_at_midnight_by_an_older_version_fires_again_while_stuck(
    home: Services, old_url: str
) -> None:
    ended = root(home, f"alert/{OLD}/1").text
    assert ended.startswith("🏁 Day ended: logs, 3 stuck")
    async with home.bot(store=old_url, **PARTS) as bot:
        await until(home, bot, lambda: f"alert/{OLD}/2" in keys(home))
        assert root(home, f"alert/{OLD}/2").text.startswith("⛔ Critical · logs: 3 stuck from Thu 26 Nov")
        assert OLD in [alert.id.rpartition("/")[0] for alert in await bot.store.alerts.firing()]
        home.dlf.heal("ws-logs", on=home.dlf.dates("yesterday")[0])
        await until(home, bot, lambda: "Resolved" in root(home, f"alert/{OLD}/2").text)
        assert root(home, f"alert/{OLD}/1").text == ended


async def test_a_stuck_alert_that_ended_at_midnight_stays_over_once_it_was_dealt_with(
    home: Services, old_url: str
) -> None:
    home.dlf.heal("ws-logs", on=home.dlf.dates("yesterday")[0])
    async with home.bot(store=old_url, **PARTS) as bot:
        await until(home, bot, lambda: "Corrected" in root(home, f"alert/{OLD}/1").text)
        await polls(home, bot)
        assert f"alert/{OLD}/2" not in keys(home)


async def until(home: Services, bot: Bot, claim: Callable[[], bool]) -> None:
    """Poll until it is so; a past date is read at every sixth poll at the latest."""
    for _ in range(12):
        if claim():
            return
        await polls(home, bot)
    raise AssertionError(home.texts())


def keys(home: Services) -> set[str]:
    return {one.key or "" for one in home.slack.messages(OPS)}


def root(home: Services, key: str) -> SlackMessage:
    """The message of an alert."""
    (found,) = [one for one in home.slack.messages(OPS) if one.key == key]
    return found


def posted(home: Services) -> Counter[str]:
    """How often each notice was posted that the version before had in its ledger."""
    known = load.wanted(SCHEMA)["notices"]
    return Counter({key: times for key, times in done(home, "chat.postMessage").items() if key in known})


def done(home: Services, method: str) -> Counter[str]:
    """How often Slack did this, by the notice it was done for."""
    return Counter(one.key or "" for one in home.slack.log if one.applied and one.method == method)
