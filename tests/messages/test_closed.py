"""The messages of alerts that an edit of the config ended."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot.domain.alerts import BY_EDIT, Acknowledgement, AlertKey, Ending, Terms
from bot.domain.model import Metric
from bot.domain.unreadable import UNREADABLE
from bot.messages.closed import BRIEFLY, WHY, render_closed
from tests.support.message_scenes import CLOSED, RULE, SALES, SUNDAY

SINGAPORE = ZoneInfo("Asia/Singapore")
KNOWN = replace(CLOSED, terms=Terms(Metric.FAIL_COUNT, False, 5, SINGAPORE, "ws-sales"))
LAST = "Not a recovery: 14 failed when last read at 11:35."
ORIGIN = "peak 17 · prod/sales · Sun 22 Nov, as of 11:35 (Asia/Singapore) · all users' instances"


@pytest.mark.parametrize(
    ("ending", "title"),
    [
        (Ending.RULE_REMOVED, "prod/sales: rule failures was removed from the config"),
        (Ending.WORKSPACE_REMOVED, "prod/sales: removed from the config"),
    ],
)
def test_a_closed_alert_shows_its_last_value_in_its_own_zone(ending: Ending, title: str) -> None:
    message = render_closed(replace(KNOWN, ending=ending), None, None)
    assert message.text == f"⏹️ Closed · {title}\n{LAST}\n{ORIGIN}"


def test_the_closed_message_says_that_the_rule_no_longer_watches_the_workspace() -> None:
    said = render_closed(replace(KNOWN, ending=Ending.NOT_WATCHED), RULE, SALES).text
    assert said.startswith(f"⏹️ Closed · sales: rule failures no longer watches this workspace\n{LAST}\n")


def test_a_changed_rule_is_shown_with_its_old_and_new_terms() -> None:
    rule = replace(RULE, metric=Metric.SUCCESS_RATE, below=True, limit=95)
    said = render_closed(replace(KNOWN, ending=Ending.RULE_CHANGED), rule, SALES).text
    assert said.startswith(
        "⏹️ Closed · sales: rule failures was changed (fail_count above 5 → success_rate below 95%)\n"
        f"{LAST} A new alert follows if the new rule fires.\n"
    )


def test_a_corrected_time_zone_is_shown_with_the_old_zone() -> None:
    in_utc = replace(SALES, zone=ZoneInfo("UTC"))
    said = render_closed(replace(KNOWN, ending=Ending.ZONE_CHANGED), RULE, in_utc).text
    assert said.startswith(
        "⏹️ Closed · sales: the project's time zone was changed (Asia/Singapore → UTC)\n" + LAST
    )


def test_a_project_that_left_the_config_was_still_unreadable() -> None:
    terms = Terms(UNREADABLE.metric, UNREADABLE.below, 0, SINGAPORE)
    alert = replace(
        KNOWN, key=AlertKey(UNREADABLE.name, "prod", SUNDAY), ending=Ending.PROJECT_REMOVED, terms=terms
    )
    assert render_closed(alert, UNREADABLE, None).text == (
        "⏹️ Closed · project prod: removed from the config\n"
        "Not a recovery: DLF could still not be read at 11:35. The project is no longer checked.\n"
        "Asia/Singapore"
    )


def test_an_alert_of_an_older_version_shows_the_bare_number() -> None:
    said = render_closed(CLOSED, None, None).text
    assert "Not a recovery: last value 14 when last read at 03:35." in said
    assert "(UTC)" in said


def test_its_taker_is_mentioned_in_the_reply_alone() -> None:
    taken = replace(KNOWN, acknowledged=Acknowledgement("U0ADA", CLOSED.read_at))
    assert "<@U0ADA> had it" in render_closed(taken, None, None, reply=True).text
    assert "<@U0ADA>" not in render_closed(taken, None, None).text


@pytest.mark.parametrize("ending", sorted(BY_EDIT))
def test_every_edit_has_its_words_in_both_languages(ending: Ending) -> None:
    assert ending in WHY
    assert ending in BRIEFLY or ending is Ending.PROJECT_REMOVED
    said = render_closed(replace(KNOWN, ending=ending), RULE, SALES, locale="zh").text
    assert "已关闭" in said
    assert "这不是恢复" in said
