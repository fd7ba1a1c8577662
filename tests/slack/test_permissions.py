"""Permissions to ask, press and post, by Slack's record of the person, and how long that is trusted."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest

from bot.errors import SlackError
from bot.playground.fake_slack.objects import UserGroup
from bot.slack.directory import PEOPLE_KEPT, Directory
from bot.slack.permissions import RIGHTS_KEPT, Permissions
from bot.slack.runner import Caller
from tests.slack.test_listeners import digest, press
from tests.support.fuzz_payloads import ACTIONS, TEAM, pressed
from tests.support.slack_listeners import BEN, OPS, SlackHarness, plugged
from tests.system.test_security import Marked, slack_over_http

STRANGER = "Only members and guests of this Slack workspace get an answer."
BEN_HERE = Caller(BEN, TEAM, TEAM, "", OPS, "ops")
STRANGERS: list[dict[str, Any]] = [
    {"is_bot": True},
    {"deleted": True},
    {"is_stranger": True},
    {"team_id": "T0OTHER"},
    {"team_id": "T0OTHER", "enterprise_user": {"enterprise_id": "E0OTHER"}},
    {"id": "U0SOMEBODY"},
]


def mark(rig: SlackHarness, **marks: Any) -> None:
    """Have Slack say this of Ben from now on."""
    person = Marked(BEN, "ben", "Ben")
    person.marks = marks
    rig.world.users[BEN] = person


@pytest.mark.parametrize("marks", STRANGERS, ids=str)
async def test_bots_the_deleted_and_foreign_people_get_no_answer(marks: dict[str, Any]) -> None:
    async with plugged("http") as rig:
        mark(rig, **marks)
        for text in ("", "sales", "help", "no such workspace"):
            await rig.world.run_command(BEN, OPS, text)
        assert rig.private(BEN) == [STRANGER] * 4
        for text in ("", "morning", "morning post", "help"):
            assert await digest(rig, text, BEN) == STRANGER
        assert rig.observed == [("/dlf-status", "refused")] * 4 + [("/dlf-digest", "refused")] * 4
        assert (rig.asked.questions, rig.digested.requested) == ([], [])


@pytest.mark.parametrize("marks", STRANGERS, ids=str)
async def test_refresh_is_only_for_people_who_may_ask(marks: dict[str, Any]) -> None:
    async with slack_over_http() as (rig, send):
        mark(rig, **marks)
        body = pressed({"action_id": "status_refresh", "value": "today"}, rig.api_url)
        body |= {"user": {"id": BEN, "team_id": TEAM}}
        assert await send(b"payload=" + quote_plus(json.dumps(body)).encode()) == 200
        await rig.settled()
        assert rig.asked.questions == []


@pytest.mark.parametrize(
    "marks", [{"is_restricted": True}, {"is_ultra_restricted": True}, {"team_id": ""}], ids=str
)
async def test_guests_and_people_slack_does_not_place_may_ask(marks: dict[str, Any]) -> None:
    async with plugged("http") as rig:
        mark(rig, **marks)
        await rig.world.run_command(BEN, OPS, "sales")
        await rig.settled()
        assert rig.observed == [("/dlf-status", "known")]


async def test_a_guest_posts_no_digest() -> None:
    async with plugged("http") as rig:
        mark(rig, is_restricted=True)
        said = await digest(rig, "morning post", BEN)
        assert said == "Only full members of this Slack workspace can do this (not guests)."
        assert rig.digested.requested == []


async def test_an_unverifiable_person_may_ask() -> None:
    async with plugged("http", scopes={"commands", "chat:write"}) as rig:
        await rig.world.run_command(BEN, OPS, "sales")
        await rig.settled()
        assert rig.observed == [("/dlf-status", "known")]


async def test_a_question_does_not_wait_long_for_slacks_record_of_the_asker() -> None:
    async with plugged() as rig:
        people = Permissions(_Silent(rig.sender.web))
        async with asyncio.timeout(1):
            assert await people.may_ask(BEN_HERE) is None


async def test_a_question_does_without_slack_for_a_minute_after_slack_did_not_know_the_asker() -> None:
    async with plugged() as rig:
        directory, moment = _Failing(rig.sender.web), [0.0]
        people = Permissions(directory, timer=lambda: moment[0])
        for moment[0], asked in ((0.0, 1), (59.0, 1), (61.0, 2)):
            assert await people.may_ask(BEN_HERE) is None
            assert directory.asked == asked
        assert await people.may_silence(BEN_HERE) is not None
        assert directory.asked == 3


class _Failing(Directory):
    asked = 0

    async def _ask_member(self, user_id: str) -> Any:
        self.asked += 1
        raise SlackError("Slack says no.", code="missing_scope")


class _Silent(Directory):
    async def _ask_member(self, user_id: str) -> Any:
        await asyncio.sleep(60)


@pytest.mark.parametrize("admins", [[BEN], ["S0ONCALL"]], ids=["by themselves", "by a group"])
@pytest.mark.parametrize("marks", STRANGERS, ids=str)
async def test_an_admin_called_gone_or_foreign_by_slack_may_do_nothing(
    marks: dict[str, Any], admins: list[str]
) -> None:
    async with plugged("http", admins=admins) as rig:
        rig.world.usergroups["S0ONCALL"] = UserGroup("S0ONCALL", "oncall", "On call", [BEN])
        mark(rig, **marks)
        assert (
            await press(rig, BEN)
            == ["Only full members of this Slack workspace can do this (not guests)."] * 2
        )
        assert (rig.pressed.taken, rig.pressed.silences) == ({}, [])
        for may in (rig.people.may_post, rig.people.may_look):
            assert await may(BEN_HERE) is not None


@pytest.mark.parametrize("admins", [[BEN], ["S0ONCALL"]], ids=["by themselves", "by a group"])
async def test_an_admin_may_be_a_guest(admins: list[str]) -> None:
    async with plugged("http", admins=admins) as rig:
        rig.world.usergroups["S0ONCALL"] = UserGroup("S0ONCALL", "oncall", "On call", [BEN])
        mark(rig, is_restricted=True)
        await press(rig, BEN)
        assert len(rig.pressed.taken) == len(rig.pressed.silences) == 1


async def test_an_unverifiable_admin_may_do_nothing() -> None:
    async with plugged("http", admins=[BEN], scopes={"commands", "chat:write"}) as rig:
        said = await press(rig, BEN)
        assert [text.partition(". ")[0] for text in said] == [
            "Your permissions could not be checked (missing_scope)"
        ] * 2
        assert (rig.pressed.taken, rig.pressed.silences) == ({}, [])


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


Change = Callable[[SlackHarness], object]


@pytest.mark.parametrize(
    ("admins", "change"),
    [
        ([], lambda rig: mark(rig, deleted=True)),
        ([], lambda rig: mark(rig, is_restricted=True)),
        ([BEN], lambda rig: mark(rig, deleted=True)),
        (["S0ONCALL"], lambda rig: mark(rig, deleted=True)),
        (["S0ONCALL"], lambda rig: rig.world.usergroups["S0ONCALL"].users.clear()),
    ],
    ids=["deleted", "now a guest", "admin deleted", "admin by group deleted", "left the group"],
)
async def test_rights_to_silence_and_to_post_are_trusted_for_a_minute(
    admins: list[str], change: Change
) -> None:
    async with plugged() as rig:
        rig.world.usergroups["S0ONCALL"] = UserGroup("S0ONCALL", "oncall", "On call", [BEN])
        timer = _Clock()
        people = Permissions(Directory(rig.sender.web, timer), admins)
        assert await people.may_silence(BEN_HERE) is None
        change(rig)
        timer.now = RIGHTS_KEPT - 1
        assert await people.may_silence(BEN_HERE) is None
        timer.now = RIGHTS_KEPT
        assert await people.may_silence(BEN_HERE) is not None
        assert await people.may_post(BEN_HERE) is not None


async def test_for_taking_an_alert_rights_are_trusted_for_minutes() -> None:
    async with plugged() as rig:
        timer = _Clock()
        people = Permissions(Directory(rig.sender.web, timer))
        assert await people.may_acknowledge(BEN_HERE) is None
        mark(rig, deleted=True)
        timer.now = PEOPLE_KEPT - 1
        assert await people.may_acknowledge(BEN_HERE) is None
        timer.now = PEOPLE_KEPT
        assert await people.may_acknowledge(BEN_HERE) is not None


async def test_a_flood_of_presses_looks_the_person_up_once() -> None:
    asked: list[str] = []

    class Counting(Directory):
        async def _ask_member(self, user_id: str) -> Any:
            asked.append(user_id)
            return await super()._ask_member(user_id)

    async with plugged() as rig:
        people = Permissions(Counting(rig.sender.web))
        assert set(await asyncio.gather(*(people.may_silence(BEN_HERE) for _ in range(500)))) == {None}
        assert asked == [BEN]


async def test_a_failed_look_up_of_a_person_is_not_cached() -> None:
    async with plugged() as rig:
        directory = Directory(rig.sender.web)
        for _ in range(2):
            with pytest.raises(SlackError, match="user_not_found"):
                await directory.member("U0NOBODY")
        rig.world.users["U0NOBODY"] = Marked("U0NOBODY", "new", "New")
        rig.world.users["U0NOBODY"].marks = {}  # type: ignore[attr-defined]
        assert (await directory.member("U0NOBODY")).present


@pytest.mark.parametrize("command", [True, False], ids=["asks", "presses"])
async def test_an_organisation_in_the_payload_grants_no_membership(command: bool) -> None:
    """Our token is for none: a person of E0OTHER stays a stranger, also against the payload."""
    async with slack_over_http() as (rig, send):
        mark(rig, team_id="T0OTHER", enterprise_user={"enterprise_id": "E0OTHER"})
        if command:
            body = f"command=/dlf-status&team_id={TEAM}&enterprise_id=E0OTHER&user_id={BEN}".encode()
        else:
            forged = {"enterprise": {"id": "E0OTHER"}, "user": {"id": BEN, "team_id": TEAM}}
            body = b"payload=" + quote_plus(json.dumps(pressed(ACTIONS[1], rig.api_url) | forged)).encode()
        assert await send(body) == 200
        await rig.settled()
        assert [outcome for _, outcome in rig.observed] in (["refused"], ["failed"])
        assert (rig.asked.questions, rig.pressed.silences) == ([], [])
