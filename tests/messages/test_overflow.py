"""On a phone: at most four buttons and menus in a row, the rest behind three dots, in the order given."""

from dataclasses import replace
from itertools import product

import pytest

from bot.domain.alerts import Alert
from bot.domain.model import Workspace
from bot.domain.named_jobs import NamedJobs
from bot.messages.alert import OPEN_JOB, RUNBOOK, SILENCE, render_alert
from bot.messages.message import Block
from bot.messages.overflow import MORE_ACTIONS, of_menu
from bot.messages.slack_limits import OPTION_VALUE
from tests.support.message_scenes import CARED_FOR, FIRING, NAMED, RULE, SALES, TAKEN


def row_of(alert: Alert, workspace: Workspace = CARED_FOR, *, lists_jobs: bool = True) -> list[Block]:
    message = render_alert(alert, RULE, workspace, lists_jobs=lists_jobs)
    assert message.native == message.classic
    (row,) = [block["elements"] for block in message.native if block["type"] == "actions"]
    return list(row)


def names(row: list[Block]) -> list[str]:
    return [one["action_id"] for one in row]


CASES = list(product((FIRING, TAKEN), (None, NAMED), (True, False), (CARED_FOR, SALES)))


@pytest.mark.parametrize(("alert", "jobs", "lists_jobs", "workspace"), CASES)
def test_there_are_never_more_than_four_and_a_menu_of_five(
    alert: Alert, jobs: NamedJobs | None, lists_jobs: bool, workspace: Workspace
) -> None:
    row = row_of(replace(alert, jobs=jobs), workspace, lists_jobs=lists_jobs)
    menus = [one for one in row if one["type"] == "overflow"]
    assert len(row) - len(menus) <= 4
    assert len(menus) <= 1
    for menu in menus:
        assert 2 <= len(menu["options"]) <= 5
        assert row[-1] is menu
        assert all(len(one["value"]) <= OPTION_VALUE for one in menu["options"])


def test_the_buttons_that_act_on_an_alert_stay_outside_the_overflow_menu() -> None:
    assert names(row_of(FIRING, SALES)) == ["alert_acknowledge", "alert_jobs", SILENCE, "alert_why"]
    named = row_of(replace(FIRING, jobs=NAMED))
    assert names(named) == ["alert_acknowledge", "alert_jobs", OPEN_JOB, SILENCE, MORE_ACTIONS]
    taken = row_of(replace(TAKEN, jobs=NAMED))
    assert names(taken) == ["alert_give_back", "alert_take_over", "alert_jobs", SILENCE, MORE_ACTIONS]


def test_the_menu_says_and_opens_what_the_buttons_would() -> None:
    menu = row_of(replace(TAKEN, jobs=NAMED))[-1]
    assert [one["text"]["text"] for one in menu["options"]] == ["Open in DataArts", "Runbook", "Why?"]
    chosen = [of_menu(one["value"]) for one in menu["options"]]
    assert chosen == [(OPEN_JOB, ""), (RUNBOOK, ""), ("why", FIRING.id)]
    addresses = [one.get("url", "")[:26] for one in menu["options"]]
    assert addresses == ["https://console.example/id", "https://wiki.example/gl?a=", ""]
