"""`/dlf-jobs` and *Which jobs?*: permissions, the questions, and private answers."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.model import Day
from bot.errors import DlfRefused
from bot.messages import blocks
from bot.messages.alert import OPEN_JOB, RUNBOOK, render_alert
from bot.messages.message import Message
from bot.messages.overflow import MORE_ACTIONS
from bot.playground.fake_slack.objects import User
from tests.support.message_scenes import CARED_FOR, FIRING, NAMED, RULE, TAKEN
from tests.support.slack_listeners import ADA, BEN, FINANCE, OPS, SlackHarness, plugged

ALERT = Message(
    "sales: 7 failed",
    classic=(
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "alert_jobs",
                    "text": {"type": "plain_text", "text": "Which jobs?"},
                    "value": "failures/prod/sales/2026-11-23/1",
                }
            ],
        },
    ),
)


class Guest(User):
    def as_json(self, team: str) -> dict[str, Any]:
        return super().as_json(team) | {"is_restricted": True}


async def ask(rig: SlackHarness, text: str, *, user: str = ADA, channel: str = OPS) -> str:
    assert (await rig.world.run_command(user, channel, text, command="/dlf-jobs")).ok
    await rig.settled()
    return rig.private(user)[-1]


async def test_the_jobs_are_shown_to_the_asker_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    async with plugged("socket") as rig:
        assert "gl_postings" in await ask(rig, "sales yesterday")
        assert "gl_postings" in await ask(rig, "", channel=FINANCE)
        assert rig.listed.days == [("sales", Day.YESTERDAY), ("finance", Day.TODAY)]
        assert rig.world.messages(OPS) == []
        assert rig.observed == [("/dlf-jobs", "listed")] * 2
        assert "ORA-" in rig.private()[-1]
        assert "ORA-" not in caplog.text


async def test_the_button_asks_about_its_alert() -> None:
    async with plugged("socket") as rig:
        posted = await rig.sender.post(OPS, ALERT, key="alert/1")
        await rig.world.click(ADA, OPS, posted.ts, "alert_jobs")
        await rig.settled()
        assert rig.listed.alerts == ["failures/prod/sales/2026-11-23/1"]
        assert "gl_postings" in rig.private()[-1]
        assert len(rig.world.messages(OPS)) == 1
        assert rig.observed == [("alert_jobs", "listed")]


async def test_a_choice_in_the_menu_does_what_its_button_does() -> None:
    crowded = render_alert(replace(TAKEN, jobs=NAMED), RULE, CARED_FOR, lists_jobs=True)
    menu = blocks.actions(
        [blocks.overflow([("Which jobs?", f"jobs|{FIRING.id}", "")], action_id=MORE_ACTIONS)]
    )
    async with plugged("socket") as rig:
        posted = await rig.sender.post(OPS, crowded, key="alert/1")
        for value in (f"why|{FIRING.id}", f"{OPEN_JOB}|", f"{RUNBOOK}|"):
            await rig.world.click(ADA, OPS, posted.ts, MORE_ACTIONS, value)
        await rig.settled()
        assert [done for done in rig.observed if done[0] == "alert_why"] == [("alert_why", "explained")]
        assert [outcome for _, outcome in rig.observed].count("ignored") == 2
        jobs = await rig.sender.post(OPS, Message("menu", (menu,), (menu,)), key="alert/2")
        await rig.world.click(ADA, OPS, jobs.ts, MORE_ACTIONS, f"jobs|{FIRING.id}")
        await rig.settled()
        assert rig.listed.alerts == [FIRING.id]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Name one workspace: `prod/sales`, `prod/finance`, `prod/logs`."),
        ("sales logs", "Name one workspace: `prod/sales`, `prod/logs`."),
        ("sales all", "Name one day: today, yesterday or before_yesterday."),
        ("sales share", "Type only a workspace and a day; only you see the answer."),
        ("salez", "Unknown word `salez`. Did you mean `sales`?"),
        ("help", "/dlf-jobs"),
    ],
)
async def test_other_words_get_a_sentence_and_no_request(text: str, said: str) -> None:
    async with plugged("socket") as rig:
        assert said in await ask(rig, text)
        assert rig.listed.days == []


async def test_a_guest_sees_no_error_texts() -> None:
    async with plugged("socket") as rig:
        rig.world.users[BEN] = Guest(BEN, "ben", "Ben")
        assert (
            await ask(rig, "sales", user=BEN)
            == "Only full members of this Slack workspace can do this (not guests)."
        )
        posted = await rig.sender.post(OPS, ALERT, key="alert/1")
        await rig.world.click(BEN, OPS, posted.ts, "alert_jobs")
        await rig.settled()
        assert (rig.listed.days, rig.listed.alerts) == ([], [])


async def test_where_dlf_lists_no_jobs_it_says_why() -> None:
    async with plugged("socket") as rig:

        async def refuse() -> None:
            raise DlfRefused("DLF does not let the bot list jobs.", remedy="Give it the role viewer.")

        rig.listed.does = refuse
        answer = await ask(rig, "sales")
        assert "DLF does not let the bot list jobs." in answer
        assert "role viewer" in answer
