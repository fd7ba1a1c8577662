"""Block Kit as plain dicts: one builder for each block this bot shows, each within that block's own limits.

Plain dicts because slack_sdk's models drop the blocks they do not know (charts).
"""

from collections.abc import Sequence

from bot.messages.message import Block
from bot.messages.slack_limits import (
    BUTTON_TEXT,
    CELL_TEXT,
    CHART_LABEL,
    CHART_TITLE,
    FIELD_TEXT,
    HEADER_TEXT,
    SECTION_TEXT,
    cut,
)
from bot.messages.words import plain


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


def button(text: str, *, action_id: str, value: str) -> Block:
    return {"type": "button", "text": _plain_text(text, BUTTON_TEXT), "action_id": action_id, "value": value}


def select(placeholder: str, options: Sequence[tuple[str, str]], *, action_id: str) -> Block:
    """A menu of (text, value)."""
    return {
        "type": "static_select",
        "placeholder": _plain_text(placeholder, BUTTON_TEXT),
        "action_id": action_id,
        "options": [{"text": _plain_text(text, BUTTON_TEXT), "value": value} for text, value in options],
    }


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: frozenset[int]) -> Block:
    """A table whose first row is the header; columns whose index is not in `left` hold numbers."""
    places = range(len(columns))
    return {
        "type": "table",
        "column_settings": [
            {"align": "left", "is_wrapped": True} if place in left else {"align": "right"} for place in places
        ],
        "rows": [[_cell(text) for text in row] for row in (columns, *rows)],
    }


def chart(title: str, categories: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> Block:
    """A line for each series over the same categories; bars where two points make no line."""
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
    # An empty cell is refused by some workspaces.
    return {"type": "raw_text", "text": cut(plain(text), CELL_TEXT) or "–"}


def _label(text: str) -> str:
    return cut(plain(text), CHART_LABEL)
