"""*Why?*: shown to the asker alone, for every alert that has the button."""

from dataclasses import replace
from typing import Any

import pytest

from bot.messages.alert import render_alert
from bot.messages.closed import render_closed
from bot.messages.message import Message
from bot.messages.why import ASK_WHY
from bot.playground.fake_slack.objects import User
from tests.support.message_scenes import BLIND, CLOSED, FIRING, RULE, SALES, UNREADABLE
from tests.support.slack_listeners import ADA, BEN, OPS, plugged


class Guest(User):
    def as_json(self, team: str) -> dict[str, Any]:
        return super().as_json(team) | {"is_restricted": True}


@pytest.mark.parametrize(
    ("shown", "reference"),
    [
        (render_alert(FIRING, RULE, SALES), FIRING.id),
        (render_alert(BLIND, UNREADABLE, None), BLIND.id),
        (render_closed(CLOSED, None, None), CLOSED.id),
    ],
    ids=["firing", "project", "closed by an edit"],
)
async def test_the_asker_alone_is_told(shown: Message, reference: str) -> None:
    async with plugged("socket") as rig:
        posted = await rig.sender.post(OPS, shown, key="alert/1")
        await rig.world.click(ADA, OPS, posted.ts, ASK_WHY)
        await rig.settled()
        assert rig.explained.alerts == [reference]
        assert rig.private()[-1].startswith("Why this alert?")
        assert len(rig.world.messages(OPS)) == 1
        assert rig.observed == [(ASK_WHY, "explained")]


async def test_a_guest_gets_no_names_and_an_unknown_alert_no_answer() -> None:
    async with plugged("socket") as rig:
        rig.world.users[BEN] = Guest(BEN, "ben", "Ben")
        posted = await rig.sender.post(OPS, render_alert(FIRING, RULE, SALES), key="alert/1")
        await rig.world.click(BEN, OPS, posted.ts, ASK_WHY)
        await rig.settled()
        assert rig.explained.alerts == []
        gone = replace(FIRING, kept_id="gone")
        posted = await rig.sender.post(OPS, render_alert(gone, RULE, SALES), key="alert/2")
        await rig.world.click(ADA, OPS, posted.ts, ASK_WHY)
        await rig.settled()
        assert rig.private()[-1] == "This alert is no longer on record."
