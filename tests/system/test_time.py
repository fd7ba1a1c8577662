"""Time as it really goes: summer time, leap days, clocks that step or differ, machines that sleep."""

import asyncio
import re
import sys
import time as stopwatch
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.clock import SharedClock, elapsed
from bot.domain.digest import Plan, Schedule
from bot.domain.model import Day, Snapshot, Workspace, business_date
from bot.errors import DlfUnavailable, StoreError
from bot.store.store import Store
from tests.support.dlf_client import SEED, client_of
from tests.support.fakes import FakeSlack, FakeSource, HandClock, Said, full
from tests.support.use_cases import SALES, SINGAPORE, UseCases

pytestmark = pytest.mark.sqlite

BERLIN = ZoneInfo("Europe/Berlin")
HARBOUR = Workspace("prod", "harbour", "ws-harbour", BERLIN)


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def digests(slack: FakeSlack) -> list[str]:
    return [one.key for one in slack.messages if one.key.startswith("digest/")]


def root(house: UseCases, on: str, workspace: str = "sales") -> Said:
    key = f"alert/failures/prod/{workspace}/{on}/1"
    found = [one for one in house.slack.messages if one.key == key]
    assert len(found) == 1, [one.key for one in house.slack.messages]
    return found[0]


def house_in(
    store: Store, start: str, *, zone: ZoneInfo = BERLIN, at: str = "02:30", **more: object
) -> UseCases:
    workspace = HARBOUR if zone is BERLIN else SALES
    plan = Plan("nightly", Schedule(time.fromisoformat(at), zone, max_lateness=timedelta(hours=6)))
    clock = HandClock(local(start, zone))
    return UseCases(store, workspaces=(workspace,), plans=(plan,), clock=clock, **more)  # type: ignore[arg-type]


# Summer time and leap days


@pytest.mark.parametrize(
    ("start", "hours", "keys"),
    [
        ("2026-03-28 20:00", 30, ["digest/nightly/2026-03-29", "digest/nightly/2026-03-30"]),
        ("2026-10-24 20:00", 32, ["digest/nightly/2026-10-25", "digest/nightly/2026-10-26"]),
        ("2028-02-28 20:00", 60, [f"digest/nightly/2028-{day}" for day in ("02-29", "03-01")]),
        ("2026-12-31 20:00", 30, ["digest/nightly/2027-01-01"]),
    ],
    ids=["spring: 02:30 is not on the clock", "autumn: 02:30 comes twice", "leap day", "new year"],
)
async def test_a_digest_is_due_once_a_date_in_nights_of_clock_changes(
    store: Store, start: str, hours: int, keys: list[str]
) -> None:
    house = house_in(store, start)
    for _ in range(hours * 4):
        house.clock.forward(minutes=15)
        await house.digests.tick()
        await house.dispatcher.tick()
        await house.dispatcher.settle()
    assert digests(house.slack)[: len(keys)] == keys
    assert len(set(digests(house.slack))) == len(digests(house.slack))


@pytest.mark.parametrize(
    ("evening", "hours_long"),
    [("2026-03-28 23:30", 23), ("2026-10-24 23:30", 25), ("2028-02-28 23:30", 24)],
    ids=["spring", "autumn", "leap day"],
)
async def test_each_business_date_has_its_own_alert_however_long_it_is(
    store: Store, evening: str, hours_long: int
) -> None:
    house = UseCases(store, workspaces=(HARBOUR,), clock=HandClock(local(evening)))
    first = business_date(Day.TODAY, house.clock(), BERLIN)
    assert first is not None
    dates = [(first + timedelta(days=ahead)).isoformat() for ahead in range(3)]
    for number, on in enumerate(dates):
        house.source.counts["harbour", on] = full(fail_count=10 + number)
    await house.turn()
    for _ in range(hours_long + 2):
        await house.turn(hours=1)
    said = [root(house, on, "harbour") for on in dates]
    assert ["ended" in one.text.lower() for one in said] == [True, True, False]
    assert [str(10 + number) in one.text for number, one in enumerate(said)] == [True] * 3


# The clock steps


async def test_a_clock_set_back_an_hour_stops_no_reading_and_repeats_no_digest(store: Store) -> None:
    house = house_in(store, "2026-11-23 09:10", zone=SINGAPORE, at="09:00")
    await house.know_digests()
    house.source.counts["sales", "2026-11-23"] = full(fail_count=7)
    await house.turn()
    assert digests(house.slack) == ["digest/nightly/2026-11-23"]

    house.clock.forward(hours=-1)
    house.source.counts["sales", "2026-11-23"] = full(fail_count=15)
    await house.turn(minutes=5)
    await house.turn(minutes=5)
    assert "15" in root(house, "2026-11-23").text, "worse is told at once, not an hour later"
    house.source.counts["sales", "2026-11-23"] = full(fail_count=0)
    await house.turn(minutes=5)
    assert "resolved" in root(house, "2026-11-23").text.lower()
    assert not re.search(r"[-−]\d+ (s|min|h)", " ".join(one.text for one in house.slack.messages))
    for _ in range(12):
        await house.turn(minutes=10)
    assert digests(house.slack) == ["digest/nightly/2026-11-23"]


async def test_a_clock_set_back_a_day_reads_on_and_repeats_nothing(store: Store) -> None:
    house = house_in(store, "2026-11-23 09:10", zone=SINGAPORE, at="09:00")
    await house.know_digests()
    house.source.counts["sales", "2026-11-23"] = full(fail_count=7)
    await house.turn()
    asked = len(house.source.asked)
    house.clock.forward(days=-1)  # DLF's `today` is now the date before, as our clock has it
    house.source.counts["sales", "2026-11-22"] = full(fail_count=9)
    await house.turn(minutes=5)
    assert len(house.source.asked) > asked
    assert "9" in root(house, "2026-11-22").text
    assert digests(house.slack).count("digest/nightly/2026-11-23") == 1
    house.clock.forward(days=1)
    await house.turn(minutes=5)
    assert "7" in root(house, "2026-11-23").text
    assert digests(house.slack).count("digest/nightly/2026-11-23") == 1


async def test_a_clock_that_was_a_day_ahead_leaves_no_lasting_harm(store: Store) -> None:
    """Ahead by mistake, then corrected: what was read meanwhile stood under tomorrow's date."""
    house = house_in(store, "2026-11-23 09:10", zone=SINGAPORE, at="09:00")
    await house.know_digests()
    house.source.counts["sales", "2026-11-23"] = full(fail_count=7)
    await house.turn()
    house.clock.forward(days=1)
    await house.turn(minutes=5)
    house.clock.forward(days=-1)
    house.source.counts["sales", "2026-11-23"] = full(fail_count=30)
    for _ in range(3):
        await house.turn(minutes=5)
    assert "30" in root(house, "2026-11-23").text


async def test_an_alert_is_not_lost_when_the_clock_leaps_forward_a_day(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", "2026-11-23"] = full(fail_count=7)
    await house.poll()  # the breach is seen, nothing is told yet
    house.clock.forward(days=1)
    await house.turn()
    assert "7" in root(house, "2026-11-23").text
    assert "late" in root(house, "2026-11-23").text.lower()


# The machine sleeps


async def test_after_a_day_asleep_yesterdays_breach_is_told_as_a_day_that_ended(store: Store) -> None:
    house = UseCases(store)
    await house.turn()
    house.source.counts["sales", "2026-11-23"] = full(fail_count=12)
    house.clock.forward(days=1)
    await house.turn()
    said = root(house, "2026-11-23")
    assert "12" in said.text
    assert "ended" in said.text.lower()
    assert house.slack.replies() == []


@pytest.mark.parametrize(("asleep", "posted"), [(5, True), (8, False)], ids=["late", "too late"])
async def test_a_digest_slept_through_comes_late_or_not_at_all(
    store: Store, asleep: int, posted: bool
) -> None:
    house = house_in(store, "2026-11-23 08:50", zone=SINGAPORE, at="09:00")
    await house.turn()
    await house.turn(hours=asleep)
    assert digests(house.slack) == (["digest/nightly/2026-11-23"] if posted else [])
    if posted:
        assert "late" in house.slack.messages[0].text.lower()


async def test_three_days_asleep_bring_one_digest_not_three(store: Store) -> None:
    house = house_in(store, "2026-11-20 08:50", zone=SINGAPORE, at="09:00")
    await house.turn()
    await house.turn(days=3, hours=1)
    assert digests(house.slack) == ["digest/nightly/2026-11-23"]


async def test_an_alert_of_a_date_that_dlf_no_longer_returns_is_closed(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", "2026-11-23"] = full(fail_count=7)
    await house.turn()
    await house.turn(days=5)
    assert "ended" in root(house, "2026-11-23").text.lower()


# DLF's clock differs from ours


class OtherClock(FakeSource):
    """A DLF whose clock is so far from ours; its dates are its own, as the client reports them."""

    def __init__(self, ahead: timedelta) -> None:
        super().__init__()
        self.ahead = ahead

    async def fetch(
        self, workspace: Workspace, day: Day, own: bool = False, *, now: datetime, priority: int = 0
    ) -> Snapshot:
        found = await super().fetch(workspace, day, own, now=now + self.ahead)
        return replace(found, read_at=now)


@pytest.mark.parametrize("seconds", [-90, -5, 5, 90])
async def test_at_midnight_the_date_is_dlfs(store: Store, seconds: int) -> None:
    """If DLF or the bot changes the date first, no reading counts for another date and nothing resolves."""
    source = OtherClock(timedelta(seconds=seconds))
    source.counts["sales", "2026-11-23"] = full(fail_count=7)
    start = local("2026-11-23 23:55", SINGAPORE)
    house = UseCases(store, source=source, clock=HandClock(start))
    await house.turn()
    for _ in range(60):
        await house.turn(seconds=10)
    assert "Resolved" not in " ".join(house.slack.messages[0].texts)
    source.counts["sales", "2026-11-23"] = full(fail_count=8)
    for _ in range(8):
        await house.turn(minutes=5)
    said = root(house, "2026-11-23")
    assert "ended" in said.text.lower()
    assert "8" in said.text
    assert len(house.slack.roots()) == 1


# The shared clock


class Database:
    """Tells its own time, `ahead` of ours, after a while."""

    def __init__(self, ahead: float, delay: float = 0.0) -> None:
        self.ahead, self.delay, self.away = ahead, delay, False

    async def __call__(self) -> datetime:
        await asyncio.sleep(self.delay / 2)
        if self.away:
            raise StoreError("Cannot connect to the database.")
        told = datetime.now(UTC) + timedelta(seconds=self.ahead)
        await asyncio.sleep(self.delay / 2)
        return told


@pytest.mark.parametrize("ahead", [-7.0, 0.0, 7.0, 86400.0])
async def test_the_shared_clock_is_the_databases(ahead: float) -> None:
    database = Database(ahead, delay=0.1)
    clock = SharedClock(database)
    await clock.correct()
    off = (clock() - datetime.now(UTC)).total_seconds() - ahead
    assert abs(off) < 0.06


async def test_while_the_database_is_away_the_shared_clock_goes_on() -> None:
    database = Database(3.0)
    clock = SharedClock(database)
    await clock.correct()
    database.away = True
    before = clock()
    await asyncio.sleep(0.05)
    with pytest.raises(StoreError):
        await clock.correct()
    assert 0.04 < (clock() - before).total_seconds() < 1


async def test_the_shared_clock_follows_a_database_whose_clock_is_stepped() -> None:
    database = Database(0.0)
    clock = SharedClock(database)
    await clock.correct()
    database.ahead = -3600.0
    await clock.correct()
    assert abs((clock() - datetime.now(UTC)).total_seconds() + 3600) < 0.1


async def test_the_shared_clock_goes_on_while_the_machine_sleeps() -> None:
    ticks = [0.0]
    clock = SharedClock(Database(0.0), elapsed=lambda: ticks[0])
    await clock.correct()
    ticks[0] += 25 * 3600
    assert abs(clock() - datetime.now(UTC) - timedelta(hours=25)) < timedelta(seconds=5)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no clock is known that goes on in a sleep")
def test_elapsed_time_counts_a_sleep() -> None:
    assert abs(elapsed() - stopwatch.clock_gettime(stopwatch.CLOCK_BOOTTIME)) < 1


async def test_a_process_that_froze_while_it_asked_for_the_time_asks_again() -> None:
    """It is unknown in which half of the round trip it was frozen."""
    ticks, begun, freezes = [0.0], datetime.now(UTC), [600.0, 0.0, 600.0]

    async def ask() -> datetime:
        told = begun + timedelta(seconds=ticks[0])
        ticks[0] += freezes.pop(0) if freezes else 0.0
        return told

    clock = SharedClock(ask, every=30, elapsed=lambda: ticks[0])
    await clock.correct()
    await clock.tick()
    assert clock() == begun + timedelta(seconds=ticks[0])
    ticks[0] += 31
    await clock.tick()
    assert clock() == begun + timedelta(seconds=ticks[0]), "what was known is better than that"
    await clock.tick()
    assert (clock(), freezes) == (begun + timedelta(seconds=ticks[0]), [])


async def test_a_correction_that_failed_is_tried_again_at_the_next_turn() -> None:
    ticks, database = [0.0], Database(0.0)
    clock = SharedClock(database, every=30, elapsed=lambda: ticks[0])
    await clock.correct()
    database.ahead, ticks[0] = 7.0, 29.0
    await clock.tick()
    assert abs(clock() - datetime.now(UTC) - timedelta(seconds=29)) < timedelta(seconds=2), "not old yet"
    database.away, ticks[0] = True, 31.0
    with pytest.raises(StoreError):
        await clock.tick()
    database.away, ticks[0] = False, 32.0
    await clock.tick()
    assert abs(clock() - datetime.now(UTC) - timedelta(seconds=7)) < timedelta(seconds=2)


async def test_a_day_asleep_resolves_nothing(store: Store) -> None:
    """The bot's clock stood still for 25 hours: DLF's numbers of today are not those of the day before."""
    true = [HandClock().now]
    fails = [14]

    def answer(_: httpx.Request) -> httpx.Response:
        counts = {**SEED, "fail_count": fails[0], "total_count": 100}
        return httpx.Response(200, json=counts, headers={"date": format_datetime(true[0], usegmt=True)})

    client = client_of(answer)
    house = UseCases(store, source=client)  # type: ignore[arg-type]
    await house.turn()
    true[0] += timedelta(hours=25)
    fails[0] = 0
    await house.turn(minutes=5)
    assert "resolved" not in " ".join(one.text for one in house.slack.messages).lower()
    house.clock.now = true[0]
    await house.turn(minutes=5)
    await client.close()
    assert "ended" in root(house, "2026-11-23").text.lower()


# Replicas whose clocks differ


async def test_replicas_whose_clocks_differ_by_seconds_do_no_harm(store: Store) -> None:
    slack, source = FakeSlack(), FakeSource()
    plan = Plan("nightly", Schedule(time(10, 5), SINGAPORE, max_lateness=timedelta(hours=6)))
    clocks = [HandClock(), HandClock(HandClock().now + timedelta(seconds=8))]
    houses = [
        UseCases(store, source=source, slack=slack, clock=clock, owner=f"replica {number}", plans=(plan,))
        for number, clock in enumerate(clocks)
    ]
    counts = [7, 7, 16, 16, 3, 9, 9, 0]
    polls = 0
    for count in counts:
        source.counts["sales", "2026-11-23"] = full(fail_count=count)
        before = len(source.asked)
        for house in houses:
            await house.turn(minutes=5)
        polls += len([one for one in source.asked[before:] if one[1] is Day.TODAY])
    assert polls <= len(counts) + 1, "each interval's poll is made by one of them"
    keys = [one.key for one in slack.messages]
    assert len(set(keys)) == len(keys)
    assert keys.count("digest/nightly/2026-11-23") == 1
    first, second = "alert/failures/prod/sales/2026-11-23/1", "alert/failures/prod/sales/2026-11-23/2"
    assert {first, f"{first}/1", f"{first}/2", second, f"{second}/1"} <= set(keys)


# What an outage looks like while it spreads


async def test_an_outage_that_spreads_is_one_message_that_counts(store: Store) -> None:
    places = [replace(SALES, name=f"ws{number}", id=f"ws-{number}") for number in range(6)]
    house = UseCases(store, workspaces=places)
    await house.turn()
    for number in range(6):
        house.source.broken[f"ws{number}"] = DlfUnavailable("DLF did not answer in time.")
        await house.turn(minutes=5)
    for _ in range(4):
        await house.turn(minutes=5)
    assert len(house.slack.roots()) == 1
    assert house.slack.replies() == []
    assert "6 workspaces" in house.slack.roots()[0].text


def test_a_business_date_needs_no_clock_of_its_own() -> None:
    """Around the summer time night every moment belongs to a single date."""
    moment, seen = local("2026-03-28 22:00"), list[date | None]()
    for _ in range(30 * 6):
        seen.append(business_date(Day.TODAY, moment, BERLIN))
        moment += timedelta(minutes=10)
    assert seen == sorted(seen)  # type: ignore[type-var]
    assert seen.count(date(2026, 3, 29)) == 23 * 6


async def test_counts_read_by_a_fast_clock_are_replaced(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", "2026-11-23"] = full(fail_count=1)
    await house.turn()
    house.clock.forward(hours=-1)
    house.source.counts["sales", "2026-11-23"] = full(fail_count=2)
    await house.turn(minutes=5)
    kept = (await store.snapshots.latest([SALES.key], date(2026, 11, 23)))[SALES.key]
    assert (kept.counts.fail_count, kept.read_at) == (2, house.clock.now)


@pytest.mark.parametrize("back", [timedelta(minutes=20), timedelta(hours=1), timedelta(days=2)], ids=str)
@pytest.mark.parametrize("restarted", [False, True], ids=["running on", "restarted"])
async def test_after_the_clock_was_set_back_today_is_read_at_once(
    store: Store, back: timedelta, restarted: bool
) -> None:
    house = UseCases(store)
    await house.turn()
    house.clock.now -= back
    house.source.asked.clear()
    if restarted:
        house = UseCases(store, source=house.source, clock=house.clock, owner="restarted")
        await house.poller.prepare()
    await house.poller.tick()
    await house.poller.settle()
    assert ("sales", Day.TODAY, False) in house.source.asked


async def test_clocks_that_differ_a_little_make_nothing_due(store: Store) -> None:
    house = UseCases(store)
    await house.turn()
    house.source.asked.clear()
    for seconds in (-30, 20, -15):
        house.clock.forward(seconds=seconds)
        await house.poll()
    assert house.source.asked == []
