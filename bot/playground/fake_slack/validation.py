"""Block Kit's rules for a whole message, modal or Home tab, with Slack's error messages."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from bot.playground.fake_slack.block_shapes import BLOCKS, SURFACES
from bot.playground.fake_slack.checks import (
    ObjectShape,
    Problem,
    Problems,
    Typed,
    anything,
    boolean,
    items,
    string,
)
from bot.playground.fake_slack.element_shapes import plain
from bot.playground.fake_slack.elements import elements
from bot.playground.fake_slack.objects import Json, Refused

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_CHARTS, MARKDOWN_TOTAL, TABLE_TOTAL, MESSAGE_TOTAL = 2, 12_000, 20_000, 13_200
TABLES = frozenset({"table", "data_table"})
NOT_SHOWN = frozenset({"type", "block_id", "action_id", "value", "url", "image_url", "style", "fallback"})


def block_problems(
    blocks: Any, surface: str, *, refused: Collection[str] = (), at: str = "/blocks"
) -> Problems:
    """All that is wrong with these blocks on this surface, but for tables counted over a whole message."""
    problems: Problems = []
    known = Typed(BLOCKS, SURFACES[surface] - set(refused))
    items(known, MOST_BLOCKS[surface], 0)(blocks, at, problems)
    if not problems:
        for index, block in _nested(blocks, at):
            if block["type"] in refused:
                problems.append(
                    Problem(f"{index}/type", "unsupported_type", f"unsupported type: {block['type']}")
                )
            problems += _special(block, index)
        problems += _over_all(blocks, at)
    return problems


def check_message(blocks: list[Json], attachments: list[Json], *, refused: Collection[str] = ()) -> None:
    """Raises Refused as chat.postMessage would."""
    problems = block_problems(blocks, "message", refused=refused) + _attachment_problems(attachments, refused)
    if problems:
        raise invalid("invalid_blocks", problems)
    places = [(blocks, "/blocks")]
    places += [(a.get("blocks") or [], f"/attachments/{n}/blocks") for n, a in enumerate(attachments)]
    tables = [at for inner, start in places for at, b in _nested(inner, start) if b["type"] in TABLES]
    if len(tables) > 1:
        raise invalid("invalid_attachments", [Problem(tables[1], "only_one_table", "only_one_table_allowed")])
    if sum(map(len, _shown([*blocks, *attachments]))) > MESSAGE_TOTAL:
        raise Refused("msg_blocks_too_long")


def check_view(view: Json, surface: str, *, refused: Collection[str] = ()) -> None:
    """Raises Refused as views.open and its kin would."""
    problems: Problems = []
    VIEWS[surface](view, "/view", problems)
    if view.get("type") != surface:
        problems.append(Problem("/view/type", "unsupported_type", f"unsupported type: {view.get('type')}"))
    blocks = view.get("blocks")
    problems += block_problems(blocks, surface, refused=refused, at="/view/blocks")
    needs_submit = isinstance(blocks, list) and any(
        b.get("type") == "input" for b in blocks if isinstance(b, dict)
    )
    if surface == "modal" and needs_submit and not view.get("submit"):
        problems.append(Problem("/view", "required", "missing required field: submit", "submit"))
    if problems:
        raise invalid("invalid_arguments", problems)


def invalid(error: str, problems: Problems) -> Refused:
    """The refusal that names all problems with their JSON pointers."""
    messages = [str(problem) for problem in problems]
    return Refused(
        error,
        errors=[message.removeprefix("[ERROR] ") for message in messages],
        response_metadata={"messages": messages},
    )


VIEWS = {
    "modal": ObjectShape(
        {
            "type": anything,
            "title": plain(24),
            "submit": plain(24),
            "close": plain(24),
            "blocks": anything,
            "private_metadata": string(3000),
            "callback_id": string(255),
            "external_id": string(255),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
        ("type", "title", "blocks"),
    ),
    "home": ObjectShape(
        {
            "type": anything,
            "blocks": anything,
            "private_metadata": string(3000),
            "callback_id": string(255),
            "external_id": string(255),
        },
        ("type", "blocks"),
    ),
}
ATTACHMENT = ObjectShape(
    dict.fromkeys(
        [
            "id",
            "footer",
            "footer_icon",
            "ts",
            "author_name",
            "author_link",
            "fields",
            "actions",
            "callback_id",
        ],
        anything,
    )
    | {"blocks": anything, "mrkdwn_in": anything, "title_link": string(3000), "image_url": string(3000)}
    | {
        "color": string(16),
        "fallback": string(3000),
        "text": string(8000),
        "pretext": string(3000),
        "title": string(500),
    }
)


def _attachment_problems(attachments: list[Json], refused: Collection[str]) -> Problems:
    problems: Problems = []
    items(ATTACHMENT, 100, 0)(attachments, "/attachments", problems)
    for index, attachment in enumerate(attachments):
        if "blocks" in attachment:
            at = f"/attachments/{index}/blocks"
            problems += block_problems(attachment["blocks"], "message", refused=refused, at=at)
    return problems


def _nested(blocks: list[Json], at: str) -> Iterator[tuple[str, Json]]:
    for index, block in enumerate(blocks):
        yield f"{at}/{index}", block
        yield from _nested(block.get("child_blocks") or [], f"{at}/{index}/child_blocks")


def _special(block: Json, at: str) -> Problems:
    """Rules that a table of limits cannot express."""
    match block["type"]:
        case "data_table":
            return _data_table(block["rows"], at)
        case "table" if len({len(row) for row in block["rows"]}) > 1:
            return [Problem(f"{at}/rows", "rows", "all rows must have the same number of cells")]
        case "data_visualization" if block["chart"]["type"] != "pie":
            return _series(block["chart"], f"{at}/chart")
        case "data_visualization":
            return _unique([s["label"] for s in block["chart"]["segments"]], f"{at}/chart/segments")
    return []


def _data_table(rows: list[list[Json]], at: str) -> Problems:
    problems: Problems = []
    if len({len(row) for row in rows}) > 1:
        problems.append(Problem(f"{at}/rows", "rows", "all rows must have the same number of cells"))
    if any(cell["type"] == "rich_text" for cell in rows[0]):
        problems.append(Problem(f"{at}/rows/0", "header", "the header row may not hold rich_text"))
    if sum(map(len, _shown(rows))) > TABLE_TOTAL:
        problems.append(
            Problem(f"{at}/rows", "max_length", f"must be less than {TABLE_TOTAL + 1} characters")
        )
    return problems


def _series(chart: Json, at: str) -> Problems:
    categories = chart["axis_config"]["categories"]
    problems = _unique(categories, f"{at}/axis_config/categories")
    problems += _unique([series["name"] for series in chart["series"]], f"{at}/series")
    for index, series in enumerate(chart["series"]):
        if Counter(point["label"] for point in series["data"]) != Counter(categories):
            where = f"{at}/series/{index}/data"
            problems.append(Problem(where, "categories", "must have exactly one point for each category"))
    return problems


def _unique(names: list[str], at: str, what: str = "labels") -> Problems:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    return [Problem(at, "unique", f"{what} must be unique: {name}", name) for name in twice]


def _over_all(blocks: list[Json], at: str) -> Problems:
    problems = _unique([b["block_id"] for _, b in _nested(blocks, at) if b.get("block_id")], at, "block_ids")
    for index, block in enumerate(blocks):
        names = [element["action_id"] for _, element in elements([block])]
        problems += _unique(names, f"{at}/{index}", "action_ids")
    kinds = Counter(block["type"] for _, block in _nested(blocks, at))
    if kinds["data_visualization"] > MOST_CHARTS:
        problems.append(
            Problem(at, "max_items", "no more than 2 data_visualization blocks allowed", MOST_CHARTS)
        )
    if sum(len(b["text"]) for b in blocks if b["type"] == "markdown") > MARKDOWN_TOTAL:
        problems.append(
            Problem(at, "max_length", "markdown text must be less than 12001 characters in total")
        )
    return problems


def _shown(value: Any) -> Iterator[str]:
    """Every string a reader sees."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in NOT_SHOWN:
                yield from _shown(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _shown(inner)
