"""Silencing through Slack's requests: the menu, the modal, the button, and the permission for it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import StoreError
from bot.messages.alert import render_alert
from bot.messages.silence_form import silence_form
from bot.playground.fake_slack.objects import SlackMessage as Shown
from bot.playground.fake_slack.objects import UserGroup
from tests.support.message_scenes import BLIND, FIRING, RULE, SALES
from tests.support.message_scenes import UNREADABLE as BLIND_RULE
from tests.support.slack_listeners import ADA, BEN, NOW, OPS, SlackHarness, plugged

MODAL = {"until": {"until": int((NOW + timedelta(hours=3)).timestamp())}}


@pytest.fixture(params=["socket", "http"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[SlackHarness]:
    async with plugged(request.param) as found:
        yield found


async def alert(rig: SlackHarness) -> Shown:
    posted = await rig.sender.post(OPS, render_alert(FIRING, RULE, SALES), key="alert/1")
    return rig.world.message(OPS, posted.ts)


async def more(rig: SlackHarness, user: str = ADA) -> None:
    """Choose More… in the menu."""
    shown = await alert(rig)
    assert (await rig.world.click(user, OPS, shown.ts, "alert_silence", f"more|{FIRING.id}")).ok
    await rig.settled()


def screen(rig: SlackHarness, user: str = ADA) -> str:
    """The modal on top, as text."""
    return str(rig.world.modals[user][-1].body)


@pytest.mark.parametrize("length", ["15m", "1h", "4h", "tomorrow", "day", "worse"])
async def test_each_length_of_the_menu_silences_the_rule_where_the_alert_is(length: str) -> None:
    async with plugged("http") as rig:
        shown = await alert(rig)
        assert (await rig.world.click(ADA, OPS, shown.ts, "alert_silence", f"{length}|{FIRING.id}")).ok
        await rig.settled()
        ((reference, until, user),) = rig.pressed.silences
        assert (reference, user) == (FIRING.id, ADA)
        assert NOW < until <= NOW + timedelta(days=7)
        assert rig.private()[0].startswith("🔕 Silenced until <!date^")


async def test_the_modal_silences_as_far_and_as_long_as_it_says_and_shows_the_answer(
    rig: SlackHarness,
) -> None:
    await more(rig)
    assert "Silence alerts" in screen(rig)
    assert "Messages are still updated" in screen(rig)
    said = MODAL | {"what": {"what": "everything"}, "comment": {"comment": "deploy"}}
    outcome = await rig.world.submit(ADA, said)
    assert outcome.ok
    assert outcome.seconds < 1
    await rig.settled()
    assert rig.pressed.silences == [(FIRING.id, NOW + timedelta(hours=3), ADA)]
    assert [(scope.value, comment) for scope, comment in rig.pressed.said] == [("everything", "deploy")]
    assert "Silenced until" in screen(rig)
    assert "End silence" in screen(rig)


async def test_the_modal_opens_before_anything_slow_is_asked(rig: SlackHarness) -> None:
    await more(rig)
    calls = [call.method for call in rig.world.log]
    assert "views.open" in calls
    if "users.info" in calls:
        assert calls.index("views.open") < calls.index("users.info")


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(minutes=-1), "Choose a time in the future."),
        (timedelta(days=7, minutes=1), "At most one week: 2026-11-30 09:00 UTC."),
    ],
)
async def test_an_impossible_end_of_a_silence_is_reported_at_its_field(span: timedelta, said: str) -> None:
    async with plugged("http") as rig:
        await more(rig)
        outcome = await rig.world.submit(ADA, {"until": {"until": int((NOW + span).timestamp())}})
        assert outcome.errors == {"until": said}
        assert rig.pressed.silences == []


async def test_permission_is_checked_again_when_the_modal_is_sent() -> None:
    async with plugged("http", admins=["S0ONCALL"]) as rig:
        rig.world.usergroups["S0ONCALL"] = UserGroup("S0ONCALL", "oncall", "On call", [ADA])
        await more(rig)
        assert "Silence alerts" in screen(rig)
        rig.sender.directory._groups._said.forget()
        rig.world.usergroups["S0ONCALL"].users.clear()
        assert (await rig.world.submit(ADA, MODAL)).ok
        await rig.settled()
        assert rig.pressed.silences == []
        assert "Only the bot's admins" in screen(rig)


async def test_a_person_without_permission_to_silence_is_told_in_the_modal() -> None:
    async with plugged("http", admins=[ADA]) as rig:
        await more(rig, BEN)
        assert "Only the bot's admins" in screen(rig, BEN)
        assert "submit" not in rig.world.modals[BEN][-1].body


async def test_the_modal_shows_an_error() -> None:
    async with plugged("http") as rig:

        async def away() -> None:
            raise StoreError("The database cannot be read.")

        rig.pressed.does = away
        await more(rig)
        assert (await rig.world.submit(ADA, MODAL)).ok
        await rig.settled()
        assert "The database cannot be read." in screen(rig)


async def test_the_button_ends_the_silences_after_a_dialog_that_names_them(rig: SlackHarness) -> None:
    shown = await alert(rig)
    await rig.world.click(ADA, OPS, shown.ts, "alert_silence", f"1h|{FIRING.id}")
    await rig.settled()
    (answer,) = rig.world.ephemerals_of(ADA)
    (button,) = [element for block in answer.blocks for element in block.get("elements", ())]
    assert button["confirm"]["text"]["text"] == (
        "People are notified again about: rule failures in prod/sales."
    )
    await rig.world.click(ADA, OPS, answer.ts, "alert_unsilence", FIRING.id)
    await rig.settled()
    assert rig.pressed.ended == [(FIRING.id, ADA)]
    assert rig.private()[1] == "Silence ended. Alerts that still fire are reported now."


async def test_only_a_person_with_permission_to_silence_may_end_a_silence() -> None:
    async with plugged("http", admins=[ADA]) as rig:
        shown = await alert(rig)
        await rig.world.click(ADA, OPS, shown.ts, "alert_silence", f"1h|{FIRING.id}")
        await rig.settled()
        payload: dict[str, Any] = {
            "user": {"id": BEN, "team_id": rig.world.team_id},
            "team": {"id": rig.world.team_id},
            "actions": [{"action_id": "alert_unsilence", "value": FIRING.id}],
            "response_url": rig.world.response_urls.issue(BEN, OPS, kind="commands"),
        }

        async def ack(**_: object) -> None:
            pass

        await rig.silencing.end(ack, payload)
        await rig.settled()
        assert rig.pressed.ended == []
        assert rig.private(BEN)[0].startswith("Only the bot's admins")


def test_a_project_is_called_a_project_in_the_modal() -> None:
    assert "This project" in str(silence_form(BLIND.id, NOW))
    assert "This workspace" in str(silence_form(FIRING.id, NOW))


def test_a_rule_that_cannot_get_worse_offers_no_silence_until_worse() -> None:
    assert "Until it gets worse" not in str(render_alert(BLIND, BLIND_RULE, None).native)
    assert "Until it gets worse" in str(render_alert(FIRING, RULE, SALES).native)
