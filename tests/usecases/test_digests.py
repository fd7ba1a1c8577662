"""Digests leave no business date out: a played week with restarts, replicas and changes of the config."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.digest import Occurrence, Plan, Schedule
from bot.domain.model import Day, Workspace
from bot.domain.notices import Notice, Priority
from bot.errors import DlfUnavailable
from bot.messages.message import Message, to_json
from bot.store.store import Store, open_store
from bot.usecases.digest_plans import digest_key, due_on_demand
from tests.support.fakes import FakeSlack, FakeSource, HandClock, full
from tests.support.use_cases import SALES, SINGAPORE, UseCases

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = Workspace("us", "office", "ws-office", NEW_YORK)
MONDAY_TO_FRIDAY = frozenset(range(5))
MORNING = Plan("morning", Schedule(time(9), SINGAPORE, MONDAY_TO_FRIDAY))
HOLIDAY = date(2026, 11, 26)


def at(text: str, zone: ZoneInfo = SINGAPORE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def failures(on: date) -> int:
    """As many as nothing else in a digest: they tell the date."""
    return 700 + on.day


@dataclass
class Week:
    """DLF, Slack and a clock that outlive the bot's processes."""

    url: str
    start: datetime
    plan: Plan = MORNING
    workspaces: Sequence[Workspace] = (SALES,)
    source: FakeSource = field(default_factory=FakeSource)
    slack: FakeSlack = field(default_factory=FakeSlack)
    stores: list[Store] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = HandClock(self.start)
        for workspace in self.workspaces:
            for ahead in range(-20, 30):
                on = self.start.date() + timedelta(days=ahead)
                nothing = on == HOLIDAY and self.start.month == 11
                counts = full(total_count=0) if nothing else full(fail_count=failures(on), total_count=900)
                self.source.counts[workspace.name, on.isoformat()] = counts

    async def begin(self, replicas: int = 1) -> list[UseCases]:
        """Start the bot, each replica with a connection of its own."""
        opened = [await open_store(self.url) for _ in range(replicas)]
        self.stores += opened
        return [
            UseCases(
                store,
                source=self.source,
                slack=self.slack,
                clock=self.clock,
                owner=f"replica {len(self.stores)}/{number}",
                workspaces=self.workspaces,
                rules=(),
                plans=(self.plan,),
            )
            for number, store in enumerate(opened)
        ]

    async def until(self, end: str, houses: Sequence[UseCases], *, step: float = 3) -> None:
        while self.clock.now < at(end):
            self.clock.now = min(self.clock.now + timedelta(hours=step), at(end))
            await asyncio.gather(*(house.poll() for house in houses))
            await asyncio.gather(*(house.digests.tick() for house in houses))
            for house in houses:
                await house.dispatcher.tick()
                await house.dispatcher.settle()

    def posted(self, name: str = "morning") -> dict[str, str]:
        """The scheduled digests by their date."""
        found = {one.key: one.text for one in self.slack.messages}
        assert len(found) == len(self.slack.messages), "nothing stands twice"
        pattern = re.compile(rf"digest/{name}/(\d{{4}}-\d\d-(\d\d))")
        return {known[2]: text for key, text in found.items() if (known := pattern.fullmatch(key))}

    def covered(self, name: str = "morning") -> dict[str, list[int]]:
        """The days of the month whose failures each digest tells."""
        return {key: days_told(text) for key, text in self.posted(name).items()}


def days_told(text: str) -> list[int]:
    return sorted({int(found) - 700 for found in re.findall(r"\b(7[0-3]\d)(?: \([^)]*\))? failed", text)})


@pytest.fixture
async def week(store_url: str) -> AsyncIterator[Callable[..., Week]]:
    made: list[Week] = []

    def make(start: str, **more: object) -> Week:
        made.append(Week(store_url, at(start), **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        for store in one.stores:
            await store.close()


WEEK = set(range(24, 31))


@pytest.mark.parametrize(
    ("weekdays", "away", "digests"),
    [
        ("0 1 2 3 4", ("26 23:00", "28 08:00"), {"25": [24], "26": [25], "30": [27, 28, 29], "01": [30]}),
        (
            "0 1 2 3 4",
            ("28 10:00", "29 10:00"),
            {"25": [24], "26": [25], "27": [], "30": [27, 28, 29], "01": [30]},
        ),
        ("0 1 2 4", ("27 23:00", "28 23:00"), {"25": [24], "27": [25], "30": [27, 28, 29], "01": [30]}),
        ("0 1 2 3 4", ("30 06:00", "30 20:00"), {"25": [24], "26": [25], "27": [], "01": [27, 28, 29, 30]}),
    ],
    ids=["away on Friday", "away at the weekend", "no digest on the holiday", "away on Monday"],
)
async def test_every_date_of_a_week_stands_in_exactly_one_scheduled_digest(
    week: Callable[..., Week], weekdays: str, away: tuple[str, str], digests: dict[str, list[int]]
) -> None:
    """Thu 26 Nov is a holiday on which nothing runs; each other date has failures of its own number."""
    schedule = replace(MORNING.schedule, weekdays=frozenset(map(int, weekdays.split())))
    played = week("2026-11-25 06:00", plan=replace(MORNING, schedule=schedule))
    houses = await played.begin(replicas=2)
    await played.until(f"2026-11-{away[0]}", houses)
    played.clock.now = at(f"2026-11-{away[1]}")
    houses = await played.begin(replicas=2)
    await played.until("2026-12-01 12:00", houses)

    assert played.covered() == digests
    told = [day for days in played.covered().values() for day in days]
    assert sorted(told) == sorted(WEEK - {HOLIDAY.day})
    holiday = [
        text for text in played.posted().values() if "Thu 26 Nov" in re.sub(r"digest morning.*", "", text)
    ]
    assert len([text for text in holiday if "nothing ran" in text.lower()]) == 1


async def test_a_restart_at_every_step_and_three_days_away_cost_no_date(week: Callable[..., Week]) -> None:
    played = week("2026-11-22 21:00")
    for _ in range(8):
        (house,) = await played.begin()
        end = played.clock.now.astimezone(SINGAPORE) + timedelta(hours=11)
        await played.until(f"{end:%Y-%m-%d %H:%M}", [house], step=6)
    played.clock.now = at("2026-11-30 08:00")
    await played.until("2026-11-30 10:00", await played.begin(), step=1)
    told = [day for days in played.covered().values() for day in days]
    assert len(told) == len(set(told))
    assert set(told) == {22, 23, 24, 25, 28, 29}
    assert all(on in played.posted()["30"] for on in ("Thu 26 Nov", "Fri 27 Nov", "the bot was not running"))


# What counts, and what is new


async def due_at_nine(played: Week, day: str, house: UseCases) -> None:
    """Go to a day's digest, a moment before it and a moment after."""
    for minute in ("08:59", "09:01"):
        played.clock.now = at(f"2026-{day} {minute}")
        await house.poll()
        await house.digests.tick()
        await house.dispatcher.tick()
        await house.dispatcher.settle()


async def test_a_requested_digest_covers_no_dates(week: Callable[..., Week]) -> None:
    played = week("2026-11-19 20:00")
    (house,) = await played.begin()
    await due_at_nine(played, "11-20", house)
    played.clock.now = at("2026-11-22 20:00")
    await house.digests.request("morning", "U0ADA")
    row = await house.store.outbox.latest("digest/morning/requested/")
    assert row
    assert row.notice.priority < Priority.ALERT, "a person waits for it"
    assert days_told((await house.digests.preview("morning")).text) == [20, 21]
    await due_at_nine(played, "11-23", house)
    assert played.covered() == {"20": [19], "23": [20, 21, 22]}


async def test_a_digest_posted_in_the_terminal_counts_as_the_scheduled_digest(
    week: Callable[..., Week],
) -> None:
    played = week("2026-11-19 20:00")
    (house,) = await played.begin()
    await due_at_nine(played, "11-20", house)
    played.clock.now = at("2026-11-22 20:00")
    due = due_on_demand(MORNING, played.clock.now)
    notice, covers = await house.digests.notice(MORNING, due, digest_key(MORNING, due.date))
    assert await house.store.outbox.add_once(notice, covers=covers)
    await due_at_nine(played, "11-23", house)
    assert played.covered() == {"20": [19], "22": [20, 21], "23": [22]}


async def test_a_renamed_digest_starts_with_days_at_its_next_time(week: Callable[..., Week]) -> None:
    played = week("2026-11-17 20:00")
    (house,) = await played.begin()
    await due_at_nine(played, "11-18", house)
    played.plan = replace(played.plan, name="early")
    played.clock.now = at("2026-11-20 10:00")
    (house,) = await played.begin()
    await house.digests.tick()
    assert played.posted("early") == {}
    await due_at_nine(played, "11-23", house)
    assert {**played.covered(), **played.covered("early")} == {"18": [17], "23": [22]}


async def test_each_project_is_covered_by_its_own_calendar(week: Callable[..., Week]) -> None:
    """Nine in Singapore is the evening before in New York."""
    played = week("2026-11-19 20:00", workspaces=(SALES, OFFICE))
    (house,) = await played.begin()
    await due_at_nine(played, "11-20", house)
    await due_at_nine(played, "11-23", house)
    text = played.posted()["23"]
    assert text.startswith("⚠️ Thu 19 to Sun 22 Nov")
    office = re.findall(r"office.*: ⚠️ (7\d\d).*\(America/New_York\)", text)
    sales = re.findall(r"sales.*: ⚠️ (7\d\d).*\(Asia/Singapore\)", text)
    assert (sorted(office), sorted(sales)) == (["719", "720", "721"], ["720", "721", "722"])


@pytest.mark.parametrize(
    ("night", "told"),
    [("2026-03-29", [26, 27, 28, 29, 30]), ("2026-10-25", [23, 24, 24, 25])],
    ids=["spring", "autumn"],
)
async def test_the_change_of_the_clock_costs_no_date_between_two_zones(
    week: Callable[..., Week], night: str, told: list[int]
) -> None:
    """Six in Singapore is 23:00 in Berlin in winter and midnight in summer: a date more, or none new."""
    harbour = Workspace("eu", "harbour", "ws-harbour", ZoneInfo("Europe/Berlin"))
    plan = replace(MORNING, schedule=Schedule(time(6), SINGAPORE))
    played = week(f"{night} 18:00", plan=plan, workspaces=(harbour,))
    end = played.clock.now.astimezone(SINGAPORE) + timedelta(days=2)
    played.clock.now -= timedelta(days=2)
    await played.until(f"{end:%Y-%m-%d %H:%M}", await played.begin(), step=12)
    assert sorted(day for days in played.covered().values() for day in days) == told


async def test_days_today_and_all_stay_as_they_are(week: Callable[..., Week]) -> None:
    played = week("2026-11-19 20:00", plan=replace(MORNING, days=(Day.TODAY, Day.ALL)))
    (house,) = await played.begin()
    await due_at_nine(played, "11-20", house)
    await due_at_nine(played, "11-23", house)
    assert played.covered() == {"20": [20], "23": [23]}
    assert "the last 7 days" in played.posted()["23"].lower()
    known = await house.store.digests.coverage("morning")
    assert known.until == {}


async def test_a_date_that_cannot_be_read_stands_in_its_digest_without_numbers(
    week: Callable[..., Week],
) -> None:
    played = week("2026-11-19 20:00")
    (house,) = await played.begin()
    await due_at_nine(played, "11-20", house)
    played.source.error = DlfUnavailable("DLF did not answer in time.")
    await due_at_nine(played, "11-23", house)
    text = played.posted()["23"]
    assert "❔ Sun 22 Nov · no data from 1" in text
    assert "✅" not in text


async def test_a_date_covered_by_an_older_version_is_not_covered_again(week: Callable[..., Week]) -> None:
    """It recorded no dates: they are known by when its newest digest was due, also beside a newer version."""
    played = week("2026-11-18 20:00")
    (house,) = await played.begin()
    body = to_json(Message("the digest of an older version"))
    for day, due in (("19", "2026-11-19 09:00"), ("20", "2026-11-20 09:00")):
        key = f"digest/morning/2026-11-{day}"
        await house.store.outbox.add_once(Notice(key, "#ops", body, key, Priority.DIGEST, at(due)))
    played.clock.now = at("2026-11-23 09:30")  # first seen after nine, yet not new
    await house.digests.tick()
    await house.dispatcher.tick()
    await house.dispatcher.settle()
    text = played.posted()["23"]
    assert re.search(r"^\S+ Fri 20 to Sun 22 Nov ", text)
    assert "❔ Fri 20 Nov · no data: the bot was not running" in text
    assert days_told(text) == [21, 22]


async def test_a_notice_that_was_not_added_covers_nothing(week: Callable[..., Week]) -> None:
    """The covered dates are recorded together with the notice, or not at all."""
    played = week("2026-11-19 20:00")
    (house,) = await played.begin()
    await due_at_nine(played, "11-20", house)
    due, key = Occurrence(date(2026, 11, 20), at("2026-11-23 09:00")), "digest/morning/2026-11-20"
    notice, covers = await house.digests.notice(MORNING, due, key)
    assert not await house.store.outbox.add_once(notice, covers=covers)
    assert (await house.store.digests.coverage("morning")).until == {"prod": date(2026, 11, 19)}
