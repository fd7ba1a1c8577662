"""The buttons of a message about many alerts, through Slack's requests."""

from bot.messages.fold import ACT_ON_ONE, SILENCE_RULE, TAKE_ALL, render_fold
from bot.playground.fake_slack.objects import SlackMessage as Shown
from bot.slack.fold_buttons import number_of
from tests.support.message_scenes import FOLD, RULE
from tests.support.slack_listeners import ADA, BEN, OPS, SlackHarness, plugged

WORST = FOLD[24].alert.id


async def posted(rig: SlackHarness) -> Shown:
    found = await rig.sender.post(OPS, render_fold(7, FOLD, RULE), key="fold/7")
    return rig.world.message(OPS, found.ts)


async def press(rig: SlackHarness, user: str, action: str, value: str | None = None) -> str:
    """The answer to the person who pressed."""
    shown = await posted(rig)
    assert (await rig.world.click(user, OPS, shown.ts, action, value)).ok
    await rig.settled()
    return rig.private(user)[-1]


async def test_take_all_says_how_many_are_whose() -> None:
    async with plugged("http") as rig:
        assert (await press(rig, ADA, TAKE_ALL)).startswith("You have all 30 alerts that fire.")
        assert rig.folded.taken == {7: ADA}
        assert (await press(rig, BEN, TAKE_ALL)) == "You have 0 of the alerts that fire; others have 30."
        rig.folded.over = True
        assert (await press(rig, BEN, TAKE_ALL)) == "This alert is already over."


async def test_silence_rule_silences_it_everywhere_with_permission() -> None:
    async with plugged("http", admins=[ADA]) as rig:
        assert (await press(rig, BEN, SILENCE_RULE, "1h|7")).startswith("Only the bot's admins")
        assert rig.pressed.silences == []
        assert (await press(rig, ADA, SILENCE_RULE, "1h|7")).startswith("🔕 Silenced until")
        assert [(about, user) for about, _, user in rig.pressed.silences] == [("alert of 7", ADA)]
        assert rig.pressed.everywhere
        rig.folded.over = True
        assert "already over" in await press(rig, ADA, SILENCE_RULE, "4h|7")


async def test_act_on_one_shows_that_alert() -> None:
    async with plugged("http") as rig:
        assert await press(rig, ADA, ACT_ON_ONE, WORST) == f"the alert {WORST}"


def test_only_a_number_is_a_fold() -> None:
    assert [number_of(value) for value in ("7", "", "-1", "٧", "9" * 30, "7; DROP")] == [7, 0, 0, 0, 0, 0]
