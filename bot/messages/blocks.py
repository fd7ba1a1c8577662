"""Block Kit as plain dicts: a builder for each kind of block, which keeps the block's limits.

Plain dicts because slack_sdk's models drop kinds of blocks that they do not know (charts).
"""

from collections.abc import Sequence
from datetime import datetime

from bot.messages.message import Block
from bot.messages.mrkdwn import plain
from bot.messages.slack_limits import (
    BUTTON_TEXT,
    CELL_TEXT,
    CHART_LABEL,
    CHART_TITLE,
    FIELD_TEXT,
    HEADER_TEXT,
    QUESTION_BUTTON,
    QUESTION_TEXT,
    QUESTION_TITLE,
    SECTION_TEXT,
    cut,
)


def header(text: str) -> Block:
    return {"type": "header", "text": _plain_text(text, HEADER_TEXT)}


def section(mrkdwn: str) -> Block:
    return {"type": "section", "text": _mrkdwn(mrkdwn, SECTION_TEXT)}


def fields(mrkdwn: Sequence[str]) -> Block:
    return {"type": "section", "fields": [_mrkdwn(field, FIELD_TEXT) for field in mrkdwn]}


def context(mrkdwn: Sequence[str]) -> Block:
    return {"type": "context", "elements": [_mrkdwn(part, FIELD_TEXT) for part in mrkdwn]}


def actions(elements: Sequence[Block]) -> Block:
    return {"type": "actions", "elements": list(elements)}


def button(text: str, *, action_id: str, value: str, question: Block | None = None) -> Block:
    """A button; with `question`, Slack shows a dialog before the press counts."""
    says = _plain_text(text, BUTTON_TEXT)
    asks = {} if question is None else {"confirm": question}
    return {"type": "button", "text": says, "action_id": action_id, "value": value, **asks}


def link(text: str, url: str, *, action_id: str) -> Block:
    """A button that opens an address."""
    return {"type": "button", "text": _plain_text(text, BUTTON_TEXT), "action_id": action_id, "url": url}


def overflow(options: Sequence[tuple[str, str, str]], *, action_id: str) -> Block:
    """A menu behind three dots, of (text, value, address that it opens or "")."""
    shown = [
        {"text": _plain_text(text, BUTTON_TEXT), "value": value, **({"url": url} if url else {})}
        for text, value, url in options
    ]
    return {"type": "overflow", "action_id": action_id, "options": shown}


def question(title: str, text: str, *, yes: str, no: str) -> Block:
    """Slack's confirm dialog."""
    return {
        "title": _plain_text(title, QUESTION_TITLE),
        "text": _plain_text(text, QUESTION_TEXT),
        "confirm": _plain_text(yes, QUESTION_BUTTON),
        "deny": _plain_text(no, QUESTION_BUTTON),
    }


def select(placeholder: str, options: Sequence[tuple[str, str]], *, action_id: str) -> Block:
    """A menu of (text, value)."""
    return {
        "type": "static_select",
        "placeholder": _plain_text(placeholder, BUTTON_TEXT),
        "action_id": action_id,
        "options": [{"text": _plain_text(text, BUTTON_TEXT), "value": value} for text, value in options],
    }


def grouped_select(
    placeholder: str, group: str, options: Sequence[tuple[str, str]], *, action_id: str
) -> Block:
    """A menu of (text, value) under a heading."""
    menu = dict(select(placeholder, options, action_id=action_id))
    menu["option_groups"] = [{"label": _plain_text(group, BUTTON_TEXT), "options": menu.pop("options")}]
    return menu


def confirm(title: str, text: str, yes: str, no: str) -> Block:
    """The dialog before a button's press counts."""
    return {
        "title": label(title, 100),
        "text": label(text, 300),
        "confirm": label(yes, 30),
        "deny": label(no, 30),
    }


def choice_input(block_id: str, title: str, options: Sequence[tuple[str, str]]) -> Block:
    """A field of a modal: a choice of (text, value), by default the first."""
    listed = [{"text": label(text, BUTTON_TEXT), "value": value} for text, value in options]
    element = {"type": "static_select", "options": listed, "initial_option": listed[0]}
    return _input(block_id, title, element)


def moment_input(block_id: str, title: str, at: datetime, *, hint: str) -> Block:
    """A field of a modal: a date and time in the reader's zone."""
    element = {"type": "datetimepicker", "initial_date_time": int(at.timestamp())}
    return {**_input(block_id, title, element), "hint": label(hint, FIELD_TEXT)}


def text_input(block_id: str, title: str, *, longest: int) -> Block:
    """A field of a modal: an optional line of text."""
    element = {"type": "plain_text_input", "max_length": longest}
    return {**_input(block_id, title, element), "optional": True}


def label(text: str, limit: int) -> Block:
    """Text for a place without markup."""
    return _plain_text(text, limit)


def _input(block_id: str, title: str, element: Block) -> Block:
    named = {**element, "action_id": block_id}
    return {"type": "input", "block_id": block_id, "label": label(title, FIELD_TEXT), "element": named}


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: frozenset[int]) -> Block:
    """A table with a header row; columns whose index is not in `left` hold numbers."""
    places = range(len(columns))
    return {
        "type": "table",
        "column_settings": [
            {"align": "left", "is_wrapped": True} if place in left else {"align": "right"} for place in places
        ],
        "rows": [[_cell(text) for text in row] for row in (columns, *rows)],
    }


def chart(title: str, categories: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> Block:
    """A line for each series over the same categories; bars if there are too few points for a line."""
    labels = [_label(category) for category in categories]
    lines = [
        {
            "name": _label(name),
            "data": [{"label": label, "value": value} for label, value in zip(labels, values, strict=True)],
        }
        for name, values in series
    ]
    return {
        "type": "data_visualization",
        "title": cut(plain(title), CHART_TITLE),
        "chart": {
            "type": "line" if len(labels) > 2 else "bar",
            "series": lines,
            "axis_config": {"categories": labels},
        },
    }


def _mrkdwn(text: str, limit: int) -> Block:
    return {"type": "mrkdwn", "text": cut(text, limit)}


def _plain_text(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(plain(text), limit), "emoji": True}


def _cell(text: str) -> Block:
    # Some Slack workspaces refuse an empty cell.
    return {"type": "raw_text", "text": cut(plain(text), CELL_TEXT) or "–"}


def _label(text: str) -> str:
    return cut(plain(text), CHART_LABEL)
