"""The way into DataArts: the config's template, filled with what is known, each value percent-encoded."""

from dataclasses import replace

import pytest

from bot.messages.alert import OPEN_JOB, render_alert
from bot.messages.job_links import console_link
from bot.messages.message import Block
from tests.support.message_scenes import FIRING, NAMED, RULE, SALES

TEMPLATE = (
    "https://{region}.c.example/?w={workspace_id}#/log?j={job_id}&i={job_instance_id}&n={job_name}&x={node}"
)
OPENS = replace(SALES, console=TEMPLATE, region="ap-1", id="ws/1")
KNOWN = {"job_id": "901", "instance_id": "7001", "node": "load gl"}


def test_each_value_is_encoded_once() -> None:
    assert console_link(OPENS, "gl/é&{node}#?%41", **KNOWN) == (
        "https://ap-1.c.example/?w=ws%2F1#/log?j=901&i=7001&n=gl%2F%C3%A9%26%7Bnode%7D%23%3F%2541&x=load%20gl"
    )


@pytest.mark.parametrize("unknown", ["job_id", "instance_id"])
def test_without_a_value_that_is_needed_there_is_no_link_but_a_node_may_be_unknown(unknown: str) -> None:
    assert console_link(OPENS, "gl", **KNOWN | {unknown: ""}) == ""
    assert console_link(replace(OPENS, console="https://c.example/{job_name}"), "gl", **{unknown: ""})
    assert console_link(OPENS, "gl", **KNOWN | {"node": ""}).endswith("&n=gl&x=")
    assert console_link(SALES, "gl", **KNOWN) == ""


def test_a_job_name_with_a_broken_character_still_makes_a_link() -> None:
    assert "n=%3F&" in console_link(OPENS, "\ud800", **KNOWN)


def test_a_link_that_slack_would_refuse_is_left_out() -> None:
    assert console_link(OPENS, "作" * 400, **KNOWN) == ""


def test_an_alert_opens_its_first_named_job() -> None:
    def opens(**about: object) -> list[Block]:
        alert = replace(FIRING, jobs=NAMED)
        message = render_alert(alert, RULE, replace(OPENS, **about))  # type: ignore[arg-type]
        elements = [
            one for block in message.native if block["type"] == "actions" for one in block["elements"]
        ]
        return [one for one in elements if one.get("action_id") == OPEN_JOB]

    (button,) = opens()
    assert "j=901&i=7001&n=gl_postings&x=load_gl" in button["url"]
    assert opens(console="") == []
