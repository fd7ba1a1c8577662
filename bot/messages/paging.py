"""A long list in pages: the page nearest to the wanted page, and the buttons to the pages beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.messages import blocks
from bot.messages.figures import number
from bot.messages.message import Block
from bot.messages.words import Words

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Item]):
    """The items of a page; pages count from 1 to `last`."""

    items: Sequence[Item]
    page: int
    last: int

    def place(self, tr: Words) -> str:
        return tr("Page {n} of {all}", n=number(self.page), all=number(self.last))

    def turning(self, before: tuple[str, str], after: tuple[str, str], prefix: str = "") -> list[Block]:
        """Buttons to the pages there are, by label and action id; their value is `prefix` and the page."""
        found = []
        if self.page > 1:
            found.append(blocks.button(before[0], action_id=before[1], value=f"{prefix}{self.page - 1}"))
        if self.page < self.last:
            found.append(blocks.button(after[0], action_id=after[1], value=f"{prefix}{self.page + 1}"))
        return found


def page_of(items: Sequence[Item], page: int, size: int) -> ListPage[Item]:
    """The page of at most `size` items, or the nearest there is."""
    last = max(1, -(-len(items) // size))
    page = min(max(1, page), last)
    return ListPage(items[(page - 1) * size : page * size], page, last)
