"""The imitated Slack's Block Kit limits: what passes, what does not, and where it says the mistake is."""

import json
from typing import Any

import pytest
import slackblocks
from slackblocks._surfaces import _BLOCK_TYPES_BY_SURFACE, validate_surface_blocks

from bot.playground.fake_slack.block_shapes import BLOCKS, SURFACES
from bot.playground.fake_slack.objects import Refused
from bot.playground.fake_slack.validation import block_problems, check_message

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def button(number: int = 0, **more: Any) -> Block:
    return {"type": "button", "action_id": f"a{number}", "text": plain("Go")} | more


def section(text: str = "x") -> Block:
    return {"type": "section", "text": mrkdwn(text)}


def raw(text: str) -> Block:
    return {"type": "raw_text", "text": text}


def table(rows: int = 2, columns: int = 2) -> Block:
    return {
        "type": "table",
        "rows": [[raw("x")] * columns] * rows,
        "column_settings": [{"align": "right"}, None],
    }


def data_table(rows: int = 2, text: str = "x") -> Block:
    head = [raw("Job"), raw("Fails")]
    row = [raw(text), {"type": "raw_number", "value": 3, "text": "3"}]
    return {"type": "data_table", "caption": "Failed", "page_size": 10, "rows": [head] + [row] * rows}


def chart(kind: str = "line", series: int = 1, points: int = 2, **more: Any) -> Block:
    categories = [f"d{n}" for n in range(points)]
    data = [{"label": c, "value": n} for n, c in enumerate(categories)]
    many = [{"name": f"s{n}", "data": data} for n in range(series)]
    body = {"type": kind, "series": many, "axis_config": {"categories": categories, "y_label": "Instances"}}
    return {"type": "data_visualization", "title": "Failures", "chart": body} | more


def pie(*values: float) -> Block:
    segments = [{"label": f"s{n}", "value": v} for n, v in enumerate(values)]
    return {"type": "data_visualization", "title": "Share", "chart": {"type": "pie", "segments": segments}}


def rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def select(options: int = 2) -> Block:
    some = [{"text": plain(str(n)), "value": str(n)} for n in range(options)]
    return {"type": "static_select", "action_id": "s", "placeholder": plain("Choose"), "options": some}


DATE = {
    "type": "date",
    "timestamp": 1795503600,
    "format": "{date_long_pretty} {time}",
    "fallback": "2026-11-24",
}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}
INPUT = {"type": "input", "label": plain("L"), "element": {"type": "plain_text_input", "action_id": "i"}}
GOOD: dict[str, list[Block]] = {
    "section at its limit": [section("x" * 3000)],
    "fields at their limit": [{"type": "section", "fields": [mrkdwn("x" * 1000)] * 10}],
    "section with a menu": [section() | {"accessory": select(100)}],
    "header": [{"type": "header", "text": plain("x" * 150)}],
    "context": [{"type": "context", "elements": [mrkdwn("x"), IMAGE] * 5}],
    "25 buttons": [{"type": "actions", "elements": [button(n) for n in range(25)]}],
    "a link button": [{"type": "actions", "elements": [button(url="https://example.com", style="danger")]}],
    "rich text": [rich({"type": "text", "text": "x", "style": {"bold": True}}, DATE)],
    "rich list": [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": rich({"type": "text", "text": "x"})["elements"],
                }
            ],
        }
    ],
    "markdown": [{"type": "markdown", "text": "**x**" * 2400}],
    "table at its limit": [table(100, 20)],
    "table with rich text": [{"type": "table", "rows": [[raw("a")], [rich({"type": "text", "text": "x"})]]}],
    "data table": [data_table(100)],
    "charts": [chart("line", 6, 20), chart("bar")],
    "pie": [pie(1, 2.5, 3)],
    "image": [IMAGE | {"title": plain("t")}],
    "divider": [{"type": "divider"}],
    "input": [INPUT],
    "container": [{"type": "container", "title": plain("t"), "child_blocks": [section(), table()]}],
    "card": [{"type": "card", "title": plain("t"), "body": mrkdwn("b"), "actions": [button()]}],
    "50 blocks": [section()] * 50,
}


@pytest.mark.parametrize("blocks", GOOD.values(), ids=GOOD)
def test_a_correct_message_passes_here_and_with_the_witness(blocks: list[Block]) -> None:
    check_message(blocks, [])
    validate_surface_blocks(blocks, "message")


AT = "/blocks/0"
BAD: list[tuple[str, str, list[Block]]] = [
    ("max_length", f"{AT}/text/text", [section("x" * 3001)]),
    ("min_length", f"{AT}/text/text", [section("")]),
    ("max_items", f"{AT}/fields", [{"type": "section", "fields": [mrkdwn("x")] * 11}]),
    ("max_length", f"{AT}/fields/0/text", [{"type": "section", "fields": [mrkdwn("x" * 2001)]}]),
    ("required", AT, [{"type": "section"}]),
    ("additional_property", AT, [section() | {"colour": "red"}]),
    ("max_length", f"{AT}/text/text", [{"type": "header", "text": plain("x" * 151)}]),
    ("unsupported_type", f"{AT}/text/type", [{"type": "header", "text": mrkdwn("x")}]),
    ("max_items", f"{AT}/elements", [{"type": "context", "elements": [mrkdwn("x")] * 11}]),
    ("max_items", f"{AT}/elements", [{"type": "actions", "elements": [button(n) for n in range(26)]}]),
    (
        "max_length",
        f"{AT}/elements/0/text/text",
        [{"type": "actions", "elements": [button(text=plain("x" * 76))]}],
    ),
    ("max_length", f"{AT}/elements/0/value", [{"type": "actions", "elements": [button(value="x" * 2001)]}]),
    ("enum", f"{AT}/elements/0/style", [{"type": "actions", "elements": [button(style="red")]}]),
    ("unique", AT, [{"type": "actions", "elements": [button(1), button(1)]}]),
    ("max_items", f"{AT}/accessory/options", [section() | {"accessory": select(101)}]),
    ("required", AT, [{"type": "image", "image_url": "https://example.com/a.png"}]),
    ("url", f"{AT}/image_url", [IMAGE | {"image_url": "a.png"}]),
    ("max_length", f"{AT}/text", [{"type": "markdown", "text": "x" * 12_001}]),
    ("max_items", f"{AT}/rows", [table(101)]),
    ("max_items", f"{AT}/rows/0", [table(2, 21)]),
    ("rows", f"{AT}/rows", [{"type": "table", "rows": [[raw("a")], [raw("a"), raw("b")]]}]),
    ("min_length", f"{AT}/rows/0/0/text", [{"type": "table", "rows": [[raw("")]]}]),
    ("max_items", f"{AT}/rows", [data_table(101)]),
    ("min_items", f"{AT}/rows", [data_table(0)]),
    ("header", f"{AT}/rows/0", [data_table() | {"rows": [[rich(DATE)], [raw("x")]]}]),
    ("max_items", f"{AT}/chart/series", [chart(series=7)]),
    ("max_items", f"{AT}/chart/axis_config/categories", [chart(points=21)]),
    ("max_length", f"{AT}/title", [chart(title="x" * 51)]),
    ("range", f"{AT}/chart/segments/1/value", [pie(1, 0)]),
    ("type", f"{AT}/chart/segments/0/value", [pie(float("nan"))]),
    ("max_items", "/blocks", [chart(), chart(), chart()]),
    ("max_items", "/blocks", [section()] * 51),
    ("unique", "/blocks", [section() | {"block_id": "b"}, section() | {"block_id": "b"}]),
    ("unsupported_type", f"{AT}/type", [{"type": "alert", "level": "info", "text": mrkdwn("x")}]),
    (
        "unsupported_type",
        f"{AT}/child_blocks/0/type",
        [{"type": "container", "title": plain("t"), "child_blocks": [chart()]}],
    ),
    ("required", f"{AT}/elements/0/elements/0", [rich({"type": "date", "timestamp": 1})]),
]


@pytest.mark.parametrize(
    ("code", "pointer", "blocks"), BAD, ids=[f"{c} {p} {n}" for n, (c, p, _) in enumerate(BAD)]
)
def test_a_mistake_is_refused_with_its_place(code: str, pointer: str, blocks: list[Block]) -> None:
    found = block_problems(blocks, "message")
    assert (code, pointer) in [(problem.code, problem.pointer) for problem in found]
    with pytest.raises(Refused) as caught:
        check_message(blocks, [])
    assert caught.value.error == "invalid_blocks"
    assert f"[json-pointer:{pointer}]" in json.dumps(caught.value.extra)


def test_every_series_has_a_point_per_category() -> None:
    block = json.loads(json.dumps(chart(series=2, points=3)))
    block["chart"]["series"][1]["data"].pop()
    (problem,) = block_problems([block], "message")
    assert problem.pointer == "/blocks/0/chart/series/1/data"


@pytest.mark.parametrize(
    ("blocks", "attachments"),
    [
        ([table(), table()], []),
        ([table(), data_table()], []),
        ([table(), {"type": "container", "title": plain("t"), "child_blocks": [table()]}], []),
        ([table()], [{"color": "#d00000", "fallback": "x", "blocks": [table()]}]),
    ],
)
def test_a_message_has_at_most_a_single_table_at_any_depth(
    blocks: list[Block], attachments: list[Block]
) -> None:
    with pytest.raises(Refused) as caught:
        check_message(blocks, attachments)
    assert caught.value.error == "invalid_attachments"
    assert "only_one_table_allowed" in caught.value.extra["errors"][0]


def test_all_limits_kept_and_still_too_long() -> None:
    check_message([section("x" * 3000)] * 4, [])
    with pytest.raises(Refused, match="msg_blocks_too_long"):
        check_message([section("x" * 3000)] * 5, [])


def test_a_workspace_may_not_know_the_new_blocks() -> None:
    check_message([chart(), table()], [])
    for refused in ("data_visualization", "table"):
        with pytest.raises(Refused, match="invalid_blocks"):
            check_message([chart(), table()], [], refused={refused})
    hidden = {"type": "container", "title": plain("t"), "child_blocks": [table()]}
    with pytest.raises(Refused, match="invalid_blocks"):
        check_message([hidden], [], refused={"table"})


def test_no_surface_takes_a_block_the_witness_would_refuse() -> None:
    known: dict[Any, frozenset[str]] = dict(_BLOCK_TYPES_BY_SURFACE)
    for surface, types in SURFACES.items():
        assert types <= known[surface], surface
    assert set(BLOCKS) == set().union(*SURFACES.values())


def test_blocks_of_another_library_pass_the_checks() -> None:
    built = slackblocks.Message(
        channel="#x",
        text="x",
        blocks=[
            slackblocks.SectionBlock("7 failed"),
            slackblocks.DividerBlock(),
            slackblocks.HeaderBlock("Failures"),
            slackblocks.ActionsBlock([slackblocks.Button("Take", action_id="take", value="1")]),
        ],
    )
    check_message(json.loads(built.json())["blocks"], [])
