"""Slack's limits, and cutting a message to stay within them."""

import json
import re
from collections.abc import Callable, Iterable, Sequence

from bot.messages.message import Block, Message

BLOCKS = 50
SECTION_TEXT = 3000
HEADER_TEXT = 150
FIELDS = 10
FIELD_TEXT = 2000
BUTTON_TEXT = 75
QUESTION_TITLE, QUESTION_TEXT, QUESTION_BUTTON = 100, 300, 30
BUTTON_VALUE = 2000
OPTION_VALUE = 150
LINK = 3000
TABLE_ROWS = 100
CELL_TEXT = 500
CHART_TITLE = 50
CHART_LABEL = 20
TEXT = 4000

# Slack refuses messages with blocks of about 13,200 characters; it does not publish how it counts.
MESSAGE = 10_000

# Kept free for the lines that service.py may add to a finished message.
_SPARE_BLOCKS = 4
_SPARE_TEXT = 500
_SPARE_MESSAGE = 900

_HALF_ENTITY = re.compile(r"&[a-z]{0,3}$")


def size(blocks: Iterable[Block]) -> int:
    """The characters of the blocks as compact JSON: at least as many as Slack counts."""
    return len(json.dumps(list(blocks), ensure_ascii=False, separators=(",", ":")))


def fits(message: Message) -> bool:
    """True if each level is within the limit, with room for the lines of service.py."""
    return len(message.text) <= TEXT - _SPARE_TEXT and all(
        len(blocks) <= BLOCKS - _SPARE_BLOCKS and size(blocks) <= MESSAGE - _SPARE_MESSAGE
        for blocks in (message.native, message.classic)
    )


def fit(build: Callable[[int], Message], rows: int) -> Message:
    """Build the message with as many of `rows` rows as fit into every level; all levels have the same."""
    low, high = 0, min(rows, TABLE_ROWS - 1)
    message = build(high)
    if fits(message):
        return message
    while high - low > 1:
        middle = (low + high) // 2
        if fits(build(middle)):
            low = middle
        else:
            high = middle
    return build(low)


def cut(text: str, limit: int) -> str:
    """Cut text at its end, never through an entity such as `&amp;`."""
    return text if len(text) <= limit else _HALF_ENTITY.sub("", text[: limit - 1]) + "…"


def pages(lines: Sequence[str], limit: int = SECTION_TEXT) -> list[str]:
    """Join lines into as few texts as possible, none longer than `limit`."""
    found: list[str] = []
    for line in (cut(line, limit) for line in lines):
        if found and len(found[-1]) + 1 + len(line) <= limit:
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found
