"""The Home tab: its content, its readers, and that it is built anew each time a person opens it."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from slackblocks._surfaces import validate_surface_blocks

from bot.domain.alerts import Alert
from bot.domain.care import Care, Importance
from bot.domain.digest import Plan, Schedule
from bot.domain.model import Answer, Day, Row, Workspace
from bot.domain.overview import Burning, NextDigest, Overview
from bot.domain.rules import Rule
from bot.domain.silences import Silence
from bot.domain.unreadable import UNREADABLE
from bot.errors import StoreError
from bot.messages.home import render_home
from bot.messages.home_alerts import HOME_ALERTS, HOME_NEXT, HOME_PAGE, HOME_REFRESH, render_alerts
from bot.messages.message import Block
from bot.messages.past import DONE
from bot.messages.silences import END_SILENCE
from bot.usecases.digest_plans import DigestPlans
from bot.usecases.overview import Overviews
from bot.usecases.routes import Routes
from tests.support.message_scenes import (
    ALL_SILENCED,
    BLIND,
    FINANCE,
    FINE,
    FIRING,
    LOGS,
    NO_LONGER_TOLD,
    NOW,
    RULE,
    SALES,
    SILENCED,
    SINGAPORE,
    STILL_STUCK,
    STUCK,
    STUCK_OVERNIGHT,
    STUCK_SINCE,
    TAKEN,
    TROUBLED,
    answer,
    row,
)
from tests.support.slack_listeners import ADA, BEN, SlackHarness, plugged

NINE = datetime(2026, 11, 24, 1, tzinfo=UTC)
CALM = answer(row(SALES, FINE, Day.TODAY), row(FINANCE, FINE, Day.TODAY), day=Day.TODAY)
DIGEST = NextDigest("morning", NINE, SINGAPORE, "#data-ops")


def burning(alert: Alert) -> Burning:
    return Burning(alert, RULE, SALES, SINGAPORE)


def shown(overview: Overview, locale: str = "en") -> str:
    return json.dumps(render_home(overview, locale=locale).classic, ensure_ascii=False)


# What it says


def test_the_tab_shows_today_the_firing_alerts_and_their_takers() -> None:
    bad = answer(row(SALES, TROUBLED, Day.TODAY), row(FINANCE, FINE, Day.TODAY), day=Day.TODAY)
    page = shown(Overview(bad, [burning(FIRING), burning(TAKEN)], [DIGEST]))
    for fact in (
        "DLF status · today (Mon 23 Nov)",
        "⚠️ 3 failed, 1 stuck, 2 overridden in 2 workspaces",
        "Warning · sales: 14 failed",
        "Since 10:00 · peak 17 · nobody has it",
        "<@U0ADA> has it",
        "*sales*: ⚠️ 3 failed",
        "*finance*: ✅ 0 failed",
        "• morning: Tue 24 Nov 09:00 (Asia/Singapore), to #data-ops",
        "/dlf-status help",
        "Mon 23 Nov, as of 09:02 (Asia/Singapore)",
        "all users' instances",
    ):
        assert fact in page, fact


def test_a_silenced_alert_names_the_person_and_the_end_and_permitted_people_can_end_it_there() -> None:
    overview = Overview(CALM, [replace(burning(FIRING), silences=(SILENCED,))], ())
    page = shown(overview)
    assert "nobody has it · 🔕 silenced by @ben until 14:00: " in page
    assert "deploy of the new warehouse" in page
    assert END_SILENCE not in page
    page = json.dumps(render_home(overview, may_end=True).classic, ensure_ascii=False)
    assert END_SILENCE in page
    assert "rule failures in prod/sales" in page


def test_where_zones_differ_no_time_stands_without_its_zone() -> None:
    berlin = replace(FINANCE, zone=ZoneInfo("Europe/Berlin"))
    page = shown(Overview(answer(row(berlin, FINE, Day.TODAY), day=Day.TODAY), [burning(FIRING)], ()))
    assert "Since 10:00 · peak 17 (Asia/Singapore)" in page


@pytest.mark.parametrize("burns", [True, False])
def test_all_silences_in_force_are_listed_with_person_end_and_comment(burns: bool) -> None:
    silences = [ALL_SILENCED, SILENCED]
    overview = Overview(CALM, [burning(FIRING)] if burns else [], (), silences)
    page = shown(overview)
    assert "Silences in force" in page
    until = f"<!date^{int(SILENCED.until.timestamp())}^"
    line = f"🔕 rule failures in prod/sales · until {until}"
    assert line in page
    assert '@ben: \\"deploy of the new warehouse\\"' in page
    assert page.index(line) < page.index("🔕 all alerts · until"), "the latest end first"
    assert END_SILENCE not in page
    blocks = list(render_home(overview, may_end=True).classic)
    validate_surface_blocks(blocks, "home")
    assert [one["value"] for one in buttons(blocks, END_SILENCE)] == ["silence~1", "silence~2"]


def buttons(blocks: list[Block], action: str) -> list[Block]:
    elements = [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
    return [one for one in elements if one["action_id"] == action]


def test_an_all_quiet_tab_says_so_in_words() -> None:
    page = shown(Overview(CALM, (), ()))
    assert "✅ Nothing failed or stuck in 2 workspaces" in page
    assert "No alerts are firing." in page
    assert "No digests in the config." in page


def test_alerts_that_are_not_known_are_no_all_clear() -> None:
    page = shown(Overview(CALM, None, ()))
    assert "No alert is firing" not in page
    assert "Alerts unknown: the database cannot be read." in page
    assert "❔ Nothing failed or stuck in 2 workspaces" in page


def test_the_tab_mentions_no_person_and_shows_a_project_that_cannot_be_read() -> None:
    blind = Burning(BLIND, UNREADABLE, None, SINGAPORE)
    page = shown(Overview(CALM, [burning(FIRING), blind], ()))
    assert "project prod: cannot read DLF (3 workspaces)" in page
    assert "<!" not in page


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("many", [0, 1, 500])
def test_the_tab_is_within_slacks_limits(many: int, locale: str) -> None:
    rows = tuple(row(replace(SALES, name=f"workspace-{n}"), TROUBLED, Day.TODAY) for n in range(many))
    burns = replace(burning(TAKEN), silences=(ALL_SILENCED, SILENCED))
    silences = [ALL_SILENCED, SILENCED] * many
    gone = [Burning(NO_LONGER_TOLD, STUCK, FINANCE, SINGAPORE)] * many
    overview = Overview(answer(*rows, day=Day.TODAY), [burns] * many, [DIGEST] * many, silences, gone)
    blocks = list(render_home(overview, locale=locale).classic)
    validate_surface_blocks(blocks, "home")
    assert len(blocks) <= 100
    assert {block["type"] for block in blocks} <= {"header", "section", "actions", "context"}
    if many == 500 and locale == "en":
        assert "and 490 more alerts" in json.dumps(blocks)
        assert "All 500" in json.dumps(blocks)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_alert_is_on_a_single_page_within_slacks_limits(locale: str) -> None:
    long = replace(SALES, name="&" * 300)
    burns = [
        Burning(
            replace(TAKEN, episode=n, value=float(n + 1)), RULE, long, SINGAPORE, (ALL_SILENCED, SILENCED)
        )
        for n in range(120)
    ]
    seen: list[str] = []
    for page in (1, 2, 3):
        found = render_alerts(Overview(CALM, burns, ()), page, locale=locale)
        assert found
        blocks = list(found.classic)
        validate_surface_blocks(blocks, "home")
        assert len(blocks) <= 100
        seen += [one["text"]["text"] for one in blocks if one["type"] == "section"]
    assert len(set(seen)) == 120 + 1, "each alert once, and their number"


def test_a_page_beyond_the_last_is_the_last_and_without_alerts_there_is_none() -> None:
    burns = [burning(replace(FIRING, episode=n)) for n in range(60)]
    last = render_alerts(Overview(CALM, burns, ()), 9)
    assert last
    assert "Page 2 of 2" in last.text
    assert "60 alerts, the most urgent first" in last.text
    blocks = list(last.classic)
    assert [one["value"] for one in buttons(blocks, HOME_PAGE)] == ["1", "1"]
    assert not buttons(blocks, HOME_NEXT)
    assert render_alerts(Overview(CALM, (), ()), 1) is None
    assert render_alerts(Overview(CALM, None, ()), 1) is None


def test_alerts_that_dlf_no_longer_tells_are_listed_as_unknown_with_a_button_and_the_tab_is_not_green() -> (
    None
):
    gone = Burning(NO_LONGER_TOLD, STUCK, FINANCE, SINGAPORE)
    page = shown(Overview(CALM, (), (), (), [gone]))
    assert "❔ Nothing failed or stuck in 2 workspaces; 1 alert of a date that DLF no longer returns" in page
    assert "❔ Closed, not resolved · finance: 3 stuck on Sun 22 Nov when last read" in page
    assert "Since 22 Nov 18:50 · last read 24 Nov 23:58" in page
    assert DONE in page
    bad = answer(row(SALES, TROUBLED, Day.TODAY), day=Day.TODAY)
    assert "⚠️ 3 failed" in shown(Overview(bad, (), (), (), [gone]))


def test_instances_still_stuck_from_a_past_date_stand_there_and_nothing_is_green() -> None:
    burning_on = Burning(STUCK_OVERNIGHT, STUCK, FINANCE, SINGAPORE)
    page = shown(Overview(answer(STILL_STUCK, day=Day.TODAY), [burning_on], ()))
    assert "⚠️ 0 failed, 0 stuck in 1 workspace; +3 still stuck from Sun 22 Nov" in page
    assert "⛔ Critical · finance: 3 stuck from Sun 22 Nov" in page
    assert "✅" not in page


def test_the_date_is_named_from_midnight_on_whether_it_was_read_since_or_not() -> None:
    unread = replace(STUCK_OVERNIGHT, read_at=STUCK_SINCE)
    page = shown(Overview(CALM, [Burning(unread, STUCK, FINANCE, SINGAPORE)], ()))
    assert "3 stuck from Sun 22 Nov" in page


# What it is made of


class Known:
    def __init__(self, *rows: Row, firing: list[Alert] | None = None) -> None:
        self.rows, self.alerts = rows, firing
        self.silences: list[Silence] = []
        self.unknown: list[Alert] = []

    async def known(self, workspaces: object, day: Day, own: bool) -> Answer:
        assert (day, own) == (Day.TODAY, False)
        return answer(*self.rows, day=Day.TODAY)

    async def firing(self) -> list[Alert]:
        if self.alerts is None:
            raise StoreError("The database cannot be read.")
        return self.alerts

    async def no_longer_told(self, since: datetime) -> list[Alert]:
        assert since == NOW - timedelta(days=7)
        return self.unknown

    async def active(self, now: datetime) -> list[Silence]:
        return self.silences


@dataclass(frozen=True, slots=True)
class Records:
    """The part of the store that overviews read."""

    alerts: Known
    silences: Known


CRITICAL = Care(importance=Importance.CRITICAL)


def overviews(
    known: Known,
    *plans: Plan,
    rules: Sequence[Rule] = (RULE,),
    spaces: Sequence[Workspace] = (SALES, FINANCE, LOGS),
) -> Overviews:
    by_key, by_name = {one.key: one for one in spaces}, {rule.name: rule for rule in rules}
    routes = Routes(by_key, by_name, "#data-ops", "en", timedelta(minutes=5), 3)
    digests = DigestPlans(plans, spaces, "#data-ops", "en")
    return Overviews(known, Records(known, known), routes, digests, clock=lambda: NOW)


async def test_rows_are_taken_as_they_are_on_record_and_old_ones_are_not_green() -> None:
    old = row(LOGS, FINE, Day.TODAY, coming=True)
    assert old.snapshot
    old = replace(old, snapshot=replace(old.snapshot, read_at=NOW - timedelta(minutes=17)))
    known = Known(row(SALES, FINE, Day.TODAY, coming=True), row(FINANCE, None, coming=True), old, firing=[])
    page = shown(await overviews(known).look())
    assert "*sales*: ✅" in page
    assert "*finance*: ❔ no data: not read yet" in page
    assert "*logs*: ❔" in page
    assert "not updated" in page
    assert "⏳" not in page


async def test_a_project_that_cannot_be_read_is_not_green_even_while_its_numbers_are_young() -> None:
    read = row(SALES, FINE, Day.TODAY)
    assert read.snapshot
    young = replace(read, snapshot=replace(read.snapshot, read_at=NOW - timedelta(minutes=3)))
    blind = replace(BLIND, since=NOW - timedelta(minutes=2))
    page = shown(await overviews(Known(young, firing=[blind])).look())
    assert "1 workspace not updated for 3 min" in page
    assert "✅" not in page


async def test_silences_stand_with_the_alerts_they_cover() -> None:
    known = Known(firing=[FIRING, BLIND])
    known.silences = [replace(SILENCED, until=NOW + timedelta(hours=1))]
    found = await overviews(known).look()
    assert found.burning
    assert [(one.alert, len(one.silences)) for one in found.burning] == [(BLIND, 0), (FIRING, 1)]
    assert found.silences == known.silences


async def test_alerts_of_what_left_the_config_are_left_out_and_the_rest_is_there() -> None:
    gone = replace(FIRING, key=replace(FIRING.key, subject="prod/gone"))
    unruly = replace(FIRING, key=replace(FIRING.key, rule="gone"))
    found = await overviews(Known(firing=[gone, unruly, FIRING, BLIND])).look()
    assert found.burning is not None
    assert [(one.alert.key.rule, one.zone) for one in found.burning] == [
        (UNREADABLE.name, SINGAPORE),
        ("failures", SINGAPORE),
    ]


async def test_the_most_urgent_alert_comes_first_and_among_equals_the_longest_firing() -> None:
    later = replace(BLIND, key=replace(BLIND.key, subject="prod"), episode=2)
    found = await overviews(Known(firing=[FIRING, TAKEN, BLIND, later])).look()
    assert found.burning is not None
    assert [one.alert for one in found.burning] == [BLIND, later, FIRING, TAKEN]


async def test_an_important_workspace_goes_first_and_what_began_in_the_same_minute_by_its_value() -> None:
    began = FIRING.since.replace(second=0)
    small = replace(FIRING, since=began, value=6.0)
    large = replace(FIRING, since=began + timedelta(seconds=50), value=90.0, episode=2)
    important = replace(FIRING, key=replace(FIRING.key, subject=FINANCE.key), since=NOW)
    seen = overviews(Known(firing=[small, large, important]), spaces=(SALES, replace(FINANCE, care=CRITICAL)))
    found = await seen.look()
    assert found.burning is not None
    assert [one.alert for one in found.burning] == [important, large, small]


async def test_alerts_that_dlf_no_longer_tells_are_unknown_for_seven_days_unless_they_left_the_config() -> (
    None
):
    stuck = replace(RULE, name="stuck")
    known = Known(firing=[])
    known.unknown = [NO_LONGER_TOLD, replace(NO_LONGER_TOLD, key=replace(NO_LONGER_TOLD.key, rule="gone"))]
    found = await overviews(known, rules=(RULE, stuck)).look()
    assert [one.alert for one in found.unknown] == [NO_LONGER_TOLD]


async def test_an_unreachable_database_leaves_the_alerts_unknown() -> None:
    assert (await overviews(Known()).look()).burning is None


async def test_the_soonest_digest_comes_first_each_in_its_channel() -> None:
    evening = Plan("evening", Schedule(time(18), SINGAPORE), channel="C0FINANCE")
    morning = Plan("morning", Schedule(time(9), SINGAPORE))
    never = Plan("never", Schedule(time(9), SINGAPORE, weekdays=frozenset()))
    found = await overviews(Known(firing=[]), morning, evening, never).look()
    assert [(one.name, one.channel, one.at) for one in found.digests] == [
        ("evening", "C0FINANCE", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("morning", "#data-ops", NINE),
    ]


# Its readers, and when it is built


@pytest_asyncio.fixture(params=["socket", "http"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[SlackHarness]:
    async with plugged(request.param) as found:
        found.seen.overview = Overview(CALM, [burning(FIRING)], [DIGEST])
        yield found


def home(rig: SlackHarness, user: str = ADA) -> dict[str, Any]:
    return rig.world.homes[user].body


async def test_opening_the_tab_draws_it_for_the_opener(rig: SlackHarness) -> None:
    await rig.world.open_home(ADA)
    await rig.settled()
    assert home(rig)["type"] == "home"
    assert "Warning · sales: 14 failed" in json.dumps(home(rig), ensure_ascii=False)
    assert BEN not in rig.world.homes
    assert rig.observed == [("home", "drawn")]


async def test_refresh_draws_it_anew(rig: SlackHarness) -> None:
    await rig.world.open_home(ADA)
    await rig.settled()
    rig.seen.overview = Overview(CALM, (), ())
    outcome = await rig.world.click_view(ADA, rig.world.homes[ADA].id, HOME_REFRESH)
    assert outcome.ok
    await rig.settled()
    assert "No alerts are firing." in json.dumps(home(rig))
    assert rig.seen.looks == 2


async def test_a_person_turns_the_pages_of_all_alerts_and_goes_back(rig: SlackHarness) -> None:
    many = [burning(replace(FIRING, episode=n)) for n in range(120)]
    rig.seen.overview = Overview(CALM, many, ())
    await rig.world.open_home(ADA)
    await rig.settled()
    turns = [(HOME_ALERTS, "Page 1 of 3"), (HOME_NEXT, "Page 2 of 3"), (HOME_NEXT, "Page 3 of 3")]
    turns += [(HOME_PAGE, "Page 2 of 3"), (HOME_ALERTS, "Page 2 of 3"), (HOME_REFRESH, "DLF status")]
    for action, expected in turns:
        assert (await rig.world.click_view(ADA, rig.world.homes[ADA].id, action)).ok
        await rig.settled()
        assert expected in json.dumps(home(rig), ensure_ascii=False)
    assert (await rig.world.click_view(ADA, rig.world.homes[ADA].id, HOME_ALERTS)).ok
    await rig.settled()
    rig.seen.overview = Overview(CALM, (), ())
    assert (await rig.world.click_view(ADA, rig.world.homes[ADA].id, HOME_NEXT)).ok
    await rig.settled()
    assert "No alerts are firing." in json.dumps(home(rig))


async def test_a_guest_turns_no_pages(rig: SlackHarness) -> None:
    rig.world.users[BEN].deleted = True
    body = {"team_id": rig.world.team_id, "user": {"id": BEN}, "actions": [{"value": "1"}]}
    await rig.home.alerts(nothing, body)
    await rig.settled()
    assert rig.observed == [("home_alerts", "refused")]
    assert rig.seen.looks == 0


async def test_a_silence_is_ended_in_the_tab_and_the_tab_is_drawn_anew(rig: SlackHarness) -> None:
    rig.seen.overview = Overview(CALM, [replace(burning(FIRING), silences=(SILENCED,))], (), [SILENCED])
    await rig.world.open_home(ADA)
    await rig.settled()
    assert "silenced by @ben until 14:00" in json.dumps(home(rig))
    rig.seen.overview = Overview(CALM, [burning(FIRING)], ())
    assert (await rig.world.click_view(ADA, rig.world.homes[ADA].id, END_SILENCE)).ok
    await rig.settled()
    assert rig.pressed.ended == [(FIRING.id, ADA)]
    assert "silenced" not in json.dumps(home(rig))


async def test_an_alert_that_dlf_no_longer_tells_is_marked_done_in_the_tab_and_the_tab_is_drawn_anew(
    rig: SlackHarness,
) -> None:
    rig.seen.overview = Overview(CALM, (), (), (), [Burning(NO_LONGER_TOLD, STUCK, FINANCE, SINGAPORE)])
    await rig.world.open_home(ADA)
    await rig.settled()
    rig.seen.overview = Overview(CALM, (), ())
    assert (await rig.world.click_view(ADA, rig.world.homes[ADA].id, DONE)).ok
    await rig.settled()
    assert rig.pressed.done == {NO_LONGER_TOLD.id: ADA}
    assert "no longer returns" not in json.dumps(home(rig)).lower()


async def test_only_admins_see_the_button_that_ends_a_silence() -> None:
    async with plugged(admins=[ADA]) as rig:
        rig.seen.overview = Overview(CALM, [replace(burning(FIRING), silences=(SILENCED,))], (), [SILENCED])
        for user, sees in ((ADA, True), (BEN, False)):
            body = {"team_id": rig.world.team_id, "event": {"user": user, "tab": "home"}}
            await rig.home.opened(nothing, body)
            await rig.settled()
            page = json.dumps(home(rig, user))
            assert "silenced by @ben until 14:00" in page
            assert (END_SILENCE in page) is sees


async def test_other_tabs_of_the_app_are_left_alone(rig: SlackHarness) -> None:
    body = {"team_id": rig.world.team_id, "event": {"user": ADA, "tab": "messages"}}
    await rig.home.opened(nothing, body)
    await rig.settled()
    assert rig.observed == [("home", "ignored")]
    assert rig.seen.looks == 0


async def nothing(*_: object) -> None:
    """An ack for which no caller waits."""


async def test_another_team_is_shown_nothing_without_a_reason(
    rig: SlackHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await rig.home.opened(nothing, {"team_id": "T0ELSEWHERE", "event": {"user": ADA, "tab": "home"}})
    await rig.settled()
    assert rig.observed == [("home", "foreign")]
    assert (rig.seen.looks, rig.world.homes) == (0, {})
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_a_guest_is_shown_only_the_refusal(rig: SlackHarness) -> None:
    rig.world.users[BEN].deleted = True
    await rig.world.open_home(BEN)
    await rig.settled()
    page = json.dumps(home(rig, BEN))
    assert "Only full members of this Slack workspace can do this (not guests)." in page
    assert "sales" not in page
    assert rig.seen.looks == 0


async def test_a_tab_that_cannot_be_drawn_is_logged_once(
    rig: SlackHarness, caplog: pytest.LogCaptureFixture
) -> None:
    rig.world.faults.trouble("slack_down")
    await rig.home.opened(nothing, {"team_id": rig.world.team_id, "event": {"user": ADA, "tab": "home"}})
    await rig.settled()
    assert rig.observed == [("home", "failed")]
    assert [r.getMessage() for r in caplog.records if r.levelname == "WARNING"] == ["listener_failed"]
