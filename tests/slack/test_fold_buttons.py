"""The buttons of a message about many alerts, through Slack's requests."""

import pytest

from bot.messages.fold import ACT_ON_ONE, ALL_OF, SILENCE_RULE, TAKE_ALL, render_fold
from bot.messages.fold_page import FOLD_NEXT, FOLD_PAGE, place_in
from bot.playground.fake_slack.objects import SlackMessage as Shown
from bot.slack.parsing import number_of
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


async def test_the_menu_act_on_one_shows_that_alert() -> None:
    async with plugged("http") as rig:
        assert await press(rig, ADA, ACT_ON_ONE, WORST) == f"the alert {WORST}"


async def test_all_opens_pages_in_private_and_each_replaces_the_last() -> None:
    async with plugged("http") as rig:
        first = await press(rig, ADA, ALL_OF)
        assert first.startswith("Rule failures: 27 firing, the worst first")
        assert "Page 1 of 2" in first
        private = rig.world.ephemerals_of(ADA)[-1]
        assert (await rig.world.click(ADA, OPS, private.ts, FOLD_NEXT)).ok
        await rig.settled()
        assert len(rig.private(ADA)) == 1
        assert "Page 2 of 2" in rig.private(ADA)[0]
        assert rig.world.messages(OPS)[0].text.startswith("⚠️"), "the channel's message stays"
        assert (await rig.world.click(ADA, OPS, private.ts, FOLD_PAGE)).ok
        await rig.settled()
        assert "Page 1 of 2" in rig.private(ADA)[0]
        rig.folded.over = True
        assert (await press(rig, BEN, ALL_OF)) == "This alert is already over."


@pytest.mark.parametrize(
    ("value", "place"), [("7", ("7", 1)), ("7|3", ("7", 3)), ("7|-1", ("7", 1)), ("|", ("", 1))]
)
def test_a_value_names_a_fold_and_a_page(value: str, place: tuple[str, int]) -> None:
    assert place_in(value) == place


def test_only_a_number_is_a_fold() -> None:
    assert [number_of(value) for value in ("7", "", "-1", "٧", "9" * 30, "7; DROP")] == [7, 0, 0, 0, 0, 0]
