"""A row of at most four buttons and menus, as a phone shows it; the rest stands in an overflow menu."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.messages import blocks
from bot.messages.message import Block

MORE_ACTIONS = "alert_more"
MOST_SHOWN, MOST_HIDDEN = 4, 5


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to press. `short` names it in the overflow menu; without that it always has its own place."""

    element: Block
    short: str = ""


def arranged(choices: Sequence[Choice]) -> list[Block]:
    """The elements of the row, in the given order; the last that may hide do so where there are too many."""
    hidden: list[int] = []
    if len(choices) > MOST_SHOWN:
        may_hide = [place for place, one in enumerate(choices) if one.short]
        # A menu takes no less room than a button, so it holds two at least.
        hidden = may_hide[-max(2, len(choices) - MOST_SHOWN) :][:MOST_HIDDEN]
    shown = [one.element for place, one in enumerate(choices) if place not in hidden]
    return [*shown, *([_menu([choices[place] for place in hidden])] if hidden else [])]


def of_menu(value: str) -> tuple[str, str]:
    """Split the value of a chosen option into the choice's short name and the button's value."""
    short, _, rest = value.partition("|")
    return short, rest


def _menu(choices: Sequence[Choice]) -> Block:
    return blocks.overflow([_option(one) for one in choices], action_id=MORE_ACTIONS)


def _option(choice: Choice) -> tuple[str, str, str]:
    button: Mapping[str, str] = {name: str(choice.element.get(name, "")) for name in ("value", "url")}
    return choice.element["text"]["text"], f"{choice.short}|{button['value']}", button["url"]
