"""A fold's message: its headline says on which side of the limit, its text alone can be read aloud."""

from dataclasses import replace

from bot.domain.alerts import Reason
from bot.domain.folds import Cause
from bot.messages.fold import render_fold
from bot.messages.fold_changes import render_changes
from tests.support.message_scenes import FOLD, RULE

BELOW = replace(RULE, below=True)


def test_the_headline_says_on_which_side_of_the_limit_they_are() -> None:
    said = {
        (rule.below, locale): render_fold(7, FOLD, rule, locale=locale).text.partition("\n")[0]
        for rule in (RULE, BELOW)
        for locale in ("en", "zh")
    }
    assert "27 workspaces above the limit of rule failures (5)" in said[False, "en"]
    assert "27 workspaces below the limit of rule failures (5)" in said[True, "en"]
    assert "27 个工作空间高于规则 failures 的阈值 5" in said[False, "zh"]
    assert "27 个工作空间低于规则 failures 的阈值 5" in said[True, "zh"]


def test_a_state_that_all_share_is_said_once() -> None:
    """On a phone a fourth column does not fit."""
    taken = [one for one in FOLD if one.is_firing and one.alert.acknowledged] * 3
    text = render_fold(7, taken, RULE).text
    assert "3 firing · 3 of these taken" in text
    assert "; taken" not in text
    assert "; taken" in render_fold(7, FOLD, RULE).text


def test_its_text_is_whole_sentences_line_by_line() -> None:
    """It is what a screen reader says and a lock screen shows."""
    text = render_fold(7, FOLD, RULE, causes=[Cause("prod", 27, 40)]).text
    head, since, counts, *rows = text.splitlines()
    assert head[:60].startswith("⚠️ Warning · 27 of 40 workspaces of prod above the limit")
    assert since == "Since 22 Nov 10:00"
    assert counts.startswith("27 firing · 1 of these taken · 1 of these silenced · 1 resolved")
    assert rows[0] == "w24: 30 failed, since 10:00"
    assert "sales: 14 failed, since 10:00; taken" in rows
    assert rows[20] == "and 7 more: press All 27… or open the Home tab"
    assert not any(line.startswith(("|", "-", "*")) for line in rows)


def test_a_reply_about_two_dates_of_a_workspace_names_as_many_workspaces_as_there_are() -> None:
    (one,) = [one for one in FOLD if one.is_firing and one.alert.acknowledged]
    dates = [one, replace(one, alert=replace(one.alert, episode=2))]
    text = render_changes([(member, Reason.WORSE) for member in dates], FOLD, RULE).text
    assert "📈 Worse · 1 workspace\n" in text
