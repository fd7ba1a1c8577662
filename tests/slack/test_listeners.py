"""Commands and buttons through the doors Slack uses: a Socket Mode connection and signed HTTP requests."""

import asyncio
import hashlib
import hmac
import inspect
import io
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.alerts import Acknowledgement
from bot.domain.model import Day
from bot.domain.silences import quiet_until
from bot.errors import StoreError
from bot.messages.alert import render_alert
from bot.messages.handovers import GIVE_BACK, TAKE_OVER
from bot.messages.message import Message
from bot.messages.past import DONE
from bot.playground.fake_slack.objects import User, UserGroup
from bot.slack.identity import Identity
from bot.slack.runner import belongs, caller_of
from tests.support.cpu_starvation import Stopwatch
from tests.support.message_scenes import FIRING, NO_LONGER_TOLD, RULE, SALES, STUCK
from tests.support.slack_listeners import ADA, BEN, FINANCE, NOW, OPS, SlackHarness, plugged

ALERT = Message(
    "sales: 7 failed",
    classic=(
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "alert_acknowledge",
                    "text": {"type": "plain_text", "text": "Acknowledge"},
                    "value": "failures/prod/sales/2026-11-23/1",
                },
                {
                    "type": "static_select",
                    "action_id": "alert_silence",
                    "placeholder": {"type": "plain_text", "text": "Silence"},
                    "options": [
                        {"text": {"type": "plain_text", "text": length}, "value": f"{length}|a1"}
                        for length in ("1h", "4h", "tomorrow", "forever")
                    ],
                },
                {
                    "type": "button",
                    "action_id": "explain_1999",
                    "text": {"type": "plain_text", "text": "Old"},
                    "value": "x",
                },
            ],
        },
    ),
)


@pytest.fixture(params=["socket", "http"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[SlackHarness]:
    async with plugged(request.param) as rig:
        yield rig


@pytest.fixture
async def line() -> AsyncIterator[SlackHarness]:
    """A single listener is enough for the slow parts."""
    async with plugged("socket") as rig:
        yield rig


async def hang() -> None:
    await asyncio.sleep(3600)


async def fail() -> None:
    raise ZeroDivisionError("secret detail")


async def refuse() -> None:
    raise StoreError("Cannot connect to the database.", remedy="Start it.")


# Commands


async def test_an_answer_known_already_comes_back_in_the_ack(rig: SlackHarness) -> None:
    rig.prove_native()
    outcome = await rig.world.run_command(ADA, OPS, "yesterday")
    assert outcome.ok
    assert outcome.answer["response_type"] == "ephemeral"
    assert (outcome.answer["parse"], outcome.answer["link_names"]) == ("none", False)
    assert any(block["type"] == "table" for block in outcome.answer["blocks"])
    assert "sales" in rig.private()[0]
    await rig.settled()
    assert rig.asked.questions == [(("sales", "finance", "logs"), Day.YESTERDAY, False)]
    assert rig.observed == [("/dlf-status", "known")]


async def test_the_same_words_in_a_channel_are_answered_once_a_second(rig: SlackHarness) -> None:
    async def ask(at: float, text: str = "today", channel: str = OPS, who: str = ADA) -> int:
        rig.now = at
        outcome = await rig.world.run_command(who, channel, text)
        assert outcome.ok
        await rig.settled()
        return len(rig.asked.questions)

    rig.prove_native()
    assert [await ask(0.0), await ask(0.9, who=BEN), await ask(1.1)] == [1, 1, 2]
    assert [await ask(1.2, channel=FINANCE), await ask(1.2, "yesterday")] == [3, 4]
    assert [await ask(1.2, "logs share"), await ask(1.2, "logs share")] == [5, 6]
    assert len(rig.private()) == 4, "Ben's and the shared ones apart"


async def test_an_answer_that_was_not_complete_is_read_again(rig: SlackHarness) -> None:
    rig.asked.fresh, rig.asked.steps = False, [0.0]
    for number in (1, 2):
        await rig.world.run_command(ADA, OPS, "logs")
        await rig.settled()
        assert len(rig.asked.questions) == number


async def test_native_blocks_go_into_an_ack_only_once_this_slack_took_some(rig: SlackHarness) -> None:
    rig.world.faults.refuse_blocks("table")
    outcome = await rig.world.run_command(ADA, OPS, "today")
    assert outcome.ok
    await rig.settled()
    assert len(rig.private()) == 1, "answered, after stepping down where a refusal is heard"
    outcome = await rig.world.run_command(ADA, OPS, "today")
    assert outcome.answer["blocks"], "the classic ones are safe in the ack"
    assert len(rig.private()) == 2


async def test_without_a_workspace_the_channels_own_are_meant(rig: SlackHarness) -> None:
    await rig.world.run_command(ADA, FINANCE, "")
    await rig.settled()
    assert rig.asked.questions == [(("finance",), Day.TODAY, False)]


async def test_workspace_own_and_share(rig: SlackHarness) -> None:
    await rig.world.run_command(ADA, OPS, "share LOGS own before_yesterday")
    await rig.settled()
    assert rig.asked.questions == [(("logs",), Day.BEFORE_YESTERDAY, True)]
    assert rig.private() == []
    assert len(rig.world.messages(OPS)) == 1


async def test_an_answer_that_must_be_read_is_announced_and_then_sent(line: SlackHarness) -> None:
    line.asked.fresh, line.asked.steps = False, [1.0, 0.3, 0.1]
    watch = Stopwatch()
    outcome = await line.world.run_command(ADA, OPS, "today")
    assert watch.seconds < 1
    assert outcome.ok
    assert line.private() == ["today sales: coming, finance: coming, logs: coming"]
    await line.settled()
    assert len(line.private()) == 2, "a slash command's answer cannot be replaced: one more, not one per step"
    assert line.observed == [("/dlf-status", "read")]


async def test_an_answer_that_slack_refused_is_sent_again_a_moment_later(line: SlackHarness) -> None:
    line.world.faults.add("ratelimited", "response_url", times=1, seconds=1)
    await line.world.run_command(ADA, OPS, "today")
    await line.settled()
    assert len(line.private()) == 1
    assert line.observed == [("/dlf-status", "known")]


async def test_an_answer_that_may_have_arrived_is_not_said_again(line: SlackHarness) -> None:
    line.world.faults.add("dropped_after", "response_url", times=1)
    await line.world.run_command(ADA, OPS, "today")
    await line.settled()
    assert len(line.private()) == 1
    assert line.observed == [("/dlf-status", "failed")]


async def test_a_quick_reading_needs_a_single_message(rig: SlackHarness) -> None:
    rig.asked.fresh, rig.asked.steps = False, [0.05, 0.05, 0.05]
    await rig.world.run_command(ADA, OPS, "today")
    await rig.settled()
    assert len(rig.private()) == 1


async def test_a_shared_answer_is_shown_to_all_only_when_it_is_complete(line: SlackHarness) -> None:
    line.asked.fresh, line.asked.steps = False, [0.9, 0.1]
    await line.world.run_command(ADA, OPS, "share")
    assert line.world.messages(OPS) == []
    await line.settled()
    assert len(line.world.messages(OPS)) == 1


async def test_help_and_wrong_words_get_a_sentence(rig: SlackHarness) -> None:
    await rig.world.run_command(ADA, OPS, "help")
    await rig.world.run_command(ADA, OPS, "yesteday <!channel>")
    await rig.settled()
    assert "yesterday" in rig.private()[0]
    assert rig.private()[1] == "Unknown word `yesteday`. Did you mean `yesterday`?"
    assert rig.observed == [("/dlf-status", "help"), ("/dlf-status", "wrong")]


async def test_an_unknown_command_gets_a_sentence(rig: SlackHarness) -> None:
    outcome = await rig.world.run_command(ADA, OPS, "", command="/dlf-weather")
    assert outcome.ok
    assert rig.private() == ["This version does not have this command. Try /dlf-status help."]


# /dlf-digest


async def digest(rig: SlackHarness, text: str, user: str = ADA) -> str:
    outcome = await rig.world.run_command(user, OPS, text, command="/dlf-digest")
    assert outcome.ok
    await rig.settled()
    return rig.private(user)[-1]


async def test_a_digest_is_shown_to_the_caller_alone(rig: SlackHarness) -> None:
    assert await digest(rig, "morning") == "digest morning as it is now"
    assert rig.world.messages(OPS) == []
    assert rig.digested.requested == []
    assert rig.observed == [("/dlf-digest", "shown")]


async def test_a_digest_is_posted_only_by_people_with_permission(rig: SlackHarness) -> None:
    assert await digest(rig, "finance post", BEN) == f"Posting `finance` in <#{OPS}>."
    assert rig.digested.requested == [("finance", BEN)]
    assert rig.observed == [("/dlf-digest", "posted")]


async def test_a_second_request_for_a_digest_says_that_it_was_just_posted(rig: SlackHarness) -> None:
    rig.digested.earlier_by = ADA
    said = f"Not posted again: <@{ADA}> posted it a moment ago in <#{OPS}>."
    assert await digest(rig, "finance post", BEN) == said
    assert rig.observed == [("/dlf-digest", "posted before")]


async def test_with_admins_only_they_post_digests_and_all_look() -> None:
    async with plugged("socket", admins=[ADA]) as rig:
        assert (await digest(rig, "morning post", BEN)).startswith("Only the bot's admins")
        assert rig.digested.requested == []
        assert await digest(rig, "morning", BEN) == "digest morning as it is now"
        await digest(rig, "morning post", ADA)
        assert rig.digested.requested == [("morning", ADA)]


async def test_the_deleted_post_no_digest(rig: SlackHarness) -> None:
    rig.world.users[BEN].deleted = True
    assert (await digest(rig, "morning post", BEN)).startswith("Only members and guests of this Slack")
    assert rig.digested.requested == []


async def test_the_digest_command_has_its_help_and_its_sentences(rig: SlackHarness) -> None:
    assert "Digests: `morning`, `finance`" in await digest(rig, "help")
    assert await digest(rig, "mornin <!channel>") == "Which digest? `morning`, `finance`."
    assert await digest(rig, "mornin") == "Unknown word `mornin`. Did you mean `morning`?"
    assert [outcome for _, outcome in rig.observed] == ["help", "wrong", "wrong"]


@pytest.mark.parametrize(
    ("trouble", "said", "level"),
    [
        (fail, "Something went wrong (id ", logging.ERROR),
        (refuse, "Cannot connect to the database.", logging.WARNING),
    ],
)
async def test_a_failing_use_case_becomes_a_sentence_with_an_id(
    rig: SlackHarness, caplog: pytest.LogCaptureFixture, trouble: Any, said: str, level: int
) -> None:
    rig.asked.known_does = trouble
    outcome = await rig.world.run_command(ADA, OPS, "")
    assert outcome.ok
    assert outcome.seconds < 1
    (text,) = rig.private()
    assert text.startswith(said)
    assert "secret detail" not in text
    (failed,) = [record for record in caplog.records if record.getMessage() == "listener_failed"]
    assert failed.levelno == level
    assert failed.fields["id"] in text  # type: ignore[attr-defined]
    await rig.settled()
    assert rig.observed == [("/dlf-status", "failed")]


async def test_a_hanging_use_case_does_not_keep_slack_waiting(rig: SlackHarness) -> None:
    rig.asked.known_does = hang
    outcome = await rig.world.run_command(ADA, OPS, "")
    assert outcome.ok
    assert outcome.seconds < 1
    assert "Reading" in rig.private()[0]


async def test_every_listener_acks_spawns_and_returns() -> None:
    """A listener that waited for the use cases would hold up Slack's ack."""
    async with plugged() as rig:
        rig.asked.known_does = rig.pressed.does = rig.seen.does = rig.digested.does = hang
        rig.listed.does = hang
        rig.digested.names = ("morning",)
        rig.asked.fresh = False
        app = rig.app()
        assert len(app._async_listeners) == 32
        for listener in app._async_listeners:
            acked: list[Stopwatch] = []
            watch = Stopwatch()

            async def ack(*_: object, acked: list[Stopwatch] = acked, **__: object) -> None:
                acked.append(Stopwatch())

            body: dict[str, Any] = {"user_id": ADA, "team_id": rig.world.team_id, "channel_id": OPS}
            body |= {"text": ""}
            body |= {"actions": [{"value": "a1"}], "response_url": rig.api_url}
            assert list(inspect.signature(listener.ack_function).parameters) == ["ack", "body"]
            await listener.ack_function(ack=ack, body=body)
            assert len(acked) == 1
            assert acked[0].seconds < 0.05, "nothing is done after the ack"
            assert watch.seconds < 1


# Buttons


async def alert(rig: SlackHarness) -> str:
    return (await rig.sender.post(OPS, ALERT, key="alert/1")).ts


async def test_acknowledging_is_answered_in_private_and_done_once(rig: SlackHarness) -> None:
    ts = await alert(rig)
    for user in (BEN, BEN, ADA):
        outcome = await rig.world.click(user, OPS, ts, "alert_acknowledge")
        assert outcome.ok
        assert outcome.seconds < 1
        await rig.settled()
    assert rig.pressed.taken == {"failures/prod/sales/2026-11-23/1": BEN}
    assert rig.private(BEN) == [
        "You have it. You will be told when it gets worse or ends; other reminders stop.",
        "You already have it.",
    ]
    (taken,) = rig.private(ADA)
    assert taken.startswith(f"<@{BEN}> has it since <!date^")
    assert taken.endswith("|2026-11-23 09:00 UTC>.")
    assert rig.world.message(OPS, ts).text == ALERT.text, "the alert's own message is not replaced"


@pytest.fixture
def taken() -> Message:
    """The buttons of an alert that Ben has taken."""
    alert = replace(FIRING, acknowledged=Acknowledgement(BEN, NOW))
    return render_alert(alert, RULE, SALES)


async def moved(rig: SlackHarness, ts: str, user: str, button: str) -> str:
    """Press a button that moves the alert; the private answer."""
    assert (await rig.world.click(user, OPS, ts, button)).ok
    await rig.settled()
    return rig.private(user)[-1]


async def test_the_taker_gives_back_and_a_second_press_does_no_more(
    line: SlackHarness, taken: Message
) -> None:
    line.pressed.taken[FIRING.id] = BEN
    ts = (await line.sender.post(OPS, taken, key="alert/1")).ts
    assert await moved(line, ts, BEN, GIVE_BACK) == "You gave it back."
    assert line.pressed.taken == {}
    assert await moved(line, ts, BEN, GIVE_BACK) == "Nobody has it now. Press Take it on the alert."


async def test_of_two_takers_at_once_the_loser_is_told_the_holder_and_may_take_over_again(
    rig: SlackHarness, taken: Message
) -> None:
    rig.pressed.taken[FIRING.id] = BEN
    ts = (await rig.sender.post(OPS, taken, key="alert/1")).ts
    cy = User("U0CY", "cy", "Cy")
    rig.world.users[cy.id] = cy
    await asyncio.gather(*(rig.world.click(user, OPS, ts, TAKE_OVER) for user in (ADA, cy.id)))
    await rig.settled()
    winner = rig.pressed.taken[FIRING.id]
    loser = ({ADA, cy.id} - {winner}).pop()
    assert rig.private(winner)[-1].startswith("You have it.")
    assert rig.private(loser)[-1].startswith(f"<@{winner}> has it since")
    again = rig.world.ephemerals_of(loser)[-1].ts
    assert (await moved(rig, again, loser, TAKE_OVER)).startswith("You have it.")
    assert rig.pressed.taken[FIRING.id] == loser
    assert await moved(rig, ts, loser, TAKE_OVER) == "You already have it."


async def test_only_the_taker_or_a_person_with_permission_to_silence_gives_back(taken: Message) -> None:
    async with plugged("socket", admins=[ADA]) as rig:
        rig.pressed.taken[FIRING.id] = BEN
        ts = (await rig.sender.post(OPS, taken, key="alert/1")).ts
        cy = User("U0CY", "cy", "Cy")
        rig.world.users[cy.id] = cy
        assert (await moved(rig, ts, cy.id, GIVE_BACK)).startswith("Only the bot's admins")
        assert rig.pressed.taken == {FIRING.id: BEN}
        assert await moved(rig, ts, ADA, GIVE_BACK) == "You gave it back."
        assert rig.pressed.taken == {}


async def test_an_alert_that_dlf_no_longer_returns_is_marked_done_once_by_a_person_with_permission() -> None:
    async with plugged("socket", admins=[ADA]) as rig:
        ts = (await rig.sender.post(OPS, render_alert(NO_LONGER_TOLD, STUCK, SALES), key="alert/1")).ts
        assert await moved(rig, ts, BEN, DONE) == "Marked done. It is off the list."
        assert (await moved(rig, ts, ADA, DONE)).startswith(f"<@{BEN}> marked it done at <!date^")
        assert rig.pressed.done == {NO_LONGER_TOLD.id: BEN}
        guest = User("U0CY", "cy", "Cy", deleted=True)
        rig.world.users[guest.id] = guest
        assert (
            await moved(rig, ts, guest.id, DONE)
            == "Only full members of this Slack workspace can do this (not guests)."
        )


async def test_a_chosen_length_becomes_the_end_of_the_silence(line: SlackHarness) -> None:
    ts = await alert(line)
    for length in ("1h", "4h", "tomorrow", "forever"):
        await line.world.click(ADA, OPS, ts, "alert_silence", f"{length}|a1")
        await line.settled()
    assert line.pressed.silences == [
        ("a1", datetime(2026, 11, 23, 10, tzinfo=UTC), ADA),
        ("a1", datetime(2026, 11, 23, 13, tzinfo=UTC), ADA),
        ("a1", datetime(2026, 11, 24, 1, tzinfo=UTC), ADA),
    ]
    assert "2026-11-24 01:00 UTC" in line.private()[2]
    assert line.private()[3].startswith("This choice is no longer valid")


async def test_an_old_button_gets_a_sentence(line: SlackHarness) -> None:
    ts = await alert(line)
    assert (await line.world.click(ADA, OPS, ts, "explain_1999")).ok
    await line.settled()
    assert line.private() == [
        "This button is from an older version and no longer works. Use the buttons of a newer message."
    ]


FORM = {
    "type": "modal",
    "callback_id": "form_1999",
    "title": {"type": "plain_text", "text": "An old form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "Something"}}],
}


async def test_an_old_form_says_in_itself_that_nothing_was_done(line: SlackHarness) -> None:
    trigger = line.world.new_trigger(ADA)
    await line.sender.web.post("views.open", {"trigger_id": trigger, "view": FORM})
    assert (await line.world.submit(ADA, {})).ok
    await line.settled()
    (view,) = line.world.modals[ADA]
    assert "nothing was done" in str(view.blocks)
    assert line.observed == [("unknown_form", "unknown")]


EVENTS: list[dict[str, Any]] = [
    {"type": "reaction_added", "user": ADA, "reaction": "eyes"},
    {"type": "message", "user": ADA, "channel": OPS, "text": "hello", "channel_type": "channel"},
    {"type": "message", "user": ADA, "channel": "D1", "text": "hello", "channel_type": "im"},
    {"type": "something_slack_has_not_invented_yet"},
]


async def test_events_without_a_listener_are_acknowledged_and_logged_once_a_minute(
    line: SlackHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for event in EVENTS * 2:
        assert (await line.world.send_event(event)).ok
    assert caplog.messages.count("slack_request_unknown") == 1
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_a_failing_button_answers_with_a_sentence(rig: SlackHarness) -> None:
    rig.pressed.does = fail
    ts = await alert(rig)
    assert (await rig.world.click(ADA, OPS, ts, "alert_acknowledge")).ok
    await rig.settled()
    assert rig.private()[0].startswith("Something went wrong (id ")


async def press(rig: SlackHarness, user: str) -> list[str]:
    ts = await alert(rig)
    await rig.world.click(user, OPS, ts, "alert_acknowledge")
    await rig.settled()
    await rig.world.click(user, OPS, ts, "alert_silence", "1h|a1")
    await rig.settled()
    return rig.private(user)


async def test_with_admins_only_they_silence_and_all_take() -> None:
    async with plugged("socket", admins=[ADA]) as rig:
        assert (await press(rig, BEN))[1].startswith("Only the bot's admins")
        assert rig.pressed.silences == []
        assert len(rig.pressed.taken) == 1
        await press(rig, ADA)
        assert len(rig.pressed.silences) == 1


async def test_admins_can_be_a_user_group() -> None:
    async with plugged("socket", admins=["<!subteam^S0ONCALL>"]) as rig:
        rig.world.usergroups["S0ONCALL"] = UserGroup("S0ONCALL", "oncall", "On call", [BEN])
        await press(rig, BEN)
        assert len(rig.pressed.silences) == 1
        assert (await press(rig, ADA))[1].startswith("Only the bot's admins")


async def test_an_unverifiable_person_may_do_nothing() -> None:
    async with plugged("socket", scopes={"commands", "chat:write", "chat:write.public"}) as rig:
        said = await press(rig, BEN)
        assert [text.split(".")[0] for text in said] == [
            "Your permissions could not be checked (missing_scope)"
        ] * 2
        assert (rig.pressed.taken, rig.pressed.silences) == ({}, [])


async def test_bots_and_the_deleted_may_do_nothing() -> None:
    async with plugged("socket") as rig:
        rig.world.users[BEN].deleted = True
        assert (
            await press(rig, BEN)
            == ["Only full members of this Slack workspace can do this (not guests)."] * 2
        )
        assert (rig.pressed.taken, rig.pressed.silences) == ({}, [])


@pytest.mark.parametrize(
    ("length", "until"),
    [
        *(("15m", "09:15"), ("1h", "10:00"), ("4h", "13:00"), ("tomorrow", "01:00"), ("day", "23:00")),
        *(("today", "23:00"), ("worse", "09:00"), ("", None), ("2h", None), ("9" * 99, None)),
    ],
)
def test_a_silence_ends_on_a_full_minute(length: str, until: str | None) -> None:
    now = NOW.replace(second=59, microsecond=7)
    berlin = ZoneInfo("Europe/Berlin")
    end = quiet_until(length, now, ZoneInfo("Asia/Singapore"), on=NOW.date(), day_zone=berlin)
    assert (end and end.strftime("%H:%M")) == until
    assert end is None or (end.second, end.microsecond) == (0, 0)


# Requests that are accepted


async def test_another_workspace_is_refused(rig: SlackHarness) -> None:
    rig.world.team_id = "T0STRANGER"
    await rig.world.run_command(ADA, OPS, "today")
    assert rig.private() == ["This bot belongs to another Slack workspace and cannot answer here."]
    assert rig.asked.questions == []


US = Identity("T1", "Acme", None, "U0", "B0", "", None)
ORG = Identity("T1", "Acme", "E1", "U0", "B0", "", None)


@pytest.mark.parametrize(
    ("identity", "body", "ours"),
    [
        (US, {"team_id": "T1"}, True),
        (US, {"team_id": "T2"}, False),
        (US, {}, False),
        (US, {"team": {"id": "T1"}, "user": {"team_id": "T1"}}, True),
        (US, {"team": {"id": "T1"}, "user": {"team_id": "T2"}}, False),
        (US, {"team_id": "T2", "enterprise_id": "E1", "is_enterprise_install": "true"}, False),
        (ORG, {"team_id": "T1", "enterprise_id": "E1"}, True),
        (ORG, {"team": {"id": "T1"}, "enterprise": {"id": "E1"}, "user": {"team_id": "T2"}}, True),
        (ORG, {"team_id": "T2", "enterprise_id": "E1", "is_enterprise_install": "false"}, False),
        (ORG, {"team_id": "T2", "enterprise_id": "E1", "is_enterprise_install": "true"}, True),
        (ORG, {"team_id": "T1", "enterprise_id": "E2"}, False),
    ],
)
def test_only_our_own_workspace_or_organisation_is_served(
    identity: Identity, body: dict[str, Any], ours: bool
) -> None:
    assert belongs(caller_of(body), identity) is ours


def signed(secret: str, body: bytes, *, at: float | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}
    return headers | {"Content-Type": "application/x-www-form-urlencoded"}


async def test_http_takes_only_what_slack_signed_within_five_minutes() -> None:
    async with plugged("http") as rig, aiohttp.ClientSession() as outside:
        url, secret = rig.world.request_url, rig.world.signing_secret
        assert url is not None
        body = urlencode({"command": "/dlf-status", "team_id": rig.world.team_id, "user_id": ADA}).encode()
        garbage = b"payload={" + b"\xff" * 20
        requests: list[tuple[bytes, dict[str, str], int]] = [
            (body, signed(secret, body), 200),
            (body, signed("wrong", body), 401),
            (body + b"&text=all", signed(secret, body), 401),
            (body, signed(secret, body, at=time.time() - 301), 401),
            (body, signed(secret, body) | {"X-Slack-Request-Timestamp": "soon"}, 401),
            (body, signed(secret, body) | {"X-Slack-Request-Timestamp": "9" * 400}, 401),
            (body, {"Content-Type": "application/x-www-form-urlencoded"}, 401),
            (garbage, {"Content-Type": "application/json"}, 401),
            (garbage, signed(secret, garbage), 401),
            (b"a" * (256 * 1024 + 1), signed(secret, b"a"), 413),
        ]
        for sent, headers, status in requests:
            async with outside.post(url, data=io.BytesIO(sent), headers=headers) as response:
                assert response.status == status, (sent[:50], headers)
        async with outside.get(url.replace("events", "install")) as response:
            assert response.status == 404
        await rig.settled()
        assert len(rig.asked.questions) == 1


async def test_url_verification_is_answered() -> None:
    async with plugged("http") as rig, aiohttp.ClientSession() as outside:
        body = json.dumps({"type": "url_verification", "challenge": "c", "token": "t"}).encode()
        headers = signed(rig.world.signing_secret, body) | {"Content-Type": "application/json"}
        async with outside.post(str(rig.world.request_url), data=body, headers=headers) as response:
            assert (response.status, await response.json()) == (200, {"challenge": "c"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "user",
    "team",
    "channel",
    "actions",
    "response_url",
    "user_id",
    "team_id",
    "text",
    "enterprise",
    "event",
]
ACTION = st.fixed_dictionaries({}, optional=dict.fromkeys(("value", "selected_option", "url"), JSON))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(KEYS), JSON | st.lists(ACTION, max_size=2), max_size=8))
async def test_no_payload_raises_or_goes_unacked(body: dict[str, Any]) -> None:
    async with plugged() as rig:
        acks = []

        async def ack(*args: object, **more: object) -> None:
            acks.append((args, more))

        for listener in (rig.commands.status, rig.commands.unknown):
            await listener(ack, body)
        for listener in (rig.actions.acknowledge, rig.actions.unknown):
            await listener(ack, body)
        for listener in (rig.silencing.choose, rig.silencing.end, rig.silencing.submitted):
            await listener(ack, body)
        for listener in (rig.home.opened, rig.home.refresh):
            await listener(ack, body)
        assert len(acks) == 9
        await rig.settled()
        assert len(rig.observed) == 9
        assert rig.pressed.taken == {}
