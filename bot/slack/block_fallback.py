"""How a message goes to Slack: literally, and with the blocks it takes (what it refused is remembered)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.messages.message import Block, Message

REMEMBERED = timedelta(hours=6)
# Only what is marked up becomes a ping or a link, nothing that merely looks like one.
LITERAL = {"parse": "none", "link_names": False}


class BlockFallback:
    """Chooses the level a message starts at. New kinds of blocks reach workspaces in phases."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._refused_until: datetime | None = None
        self._accepted = False

    @property
    def native_refused(self) -> bool:
        return self._refused_until is not None and self._clock() < self._refused_until

    def fallbacks(self, message: Message) -> list[tuple[Block, ...]]:
        """The levels worth trying, best first, none twice in a row."""
        levels = message.levels()[1 if self.native_refused and message.classic else 0 :]
        return [level for at, level in enumerate(levels) if at == 0 or level != levels[at - 1]]

    def learn(self, message: Message, *, accepted: tuple[Block, ...], refused: tuple[Block, ...]) -> None:
        """Note which blocks Slack took, after refusing others as such (not for their length).

        A message refused at both levels teaches nothing: it is that message which is wrong.
        """
        if message.native in ((), message.classic):
            return
        if accepted == message.native:
            self._accepted = True
        elif refused == message.native:
            self._accepted = False
            self._refused_until = self._clock() + REMEMBERED

    def for_ack(self, message: Message) -> tuple[Block, ...] | None:
        """Blocks for an ack, whose refusal nobody would tell us; None while native ones are unproven."""
        best = self.fallbacks(message)[0]
        proven = self._accepted or best == message.classic or self.native_refused
        return best if proven else None


def worded(message: Message, blocks: tuple[Block, ...]) -> dict[str, Any]:
    """What every way to Slack says of a message: a post, an edit, an ack, an answer to a `response_url`."""
    return {"text": message.text, **LITERAL} | ({"blocks": wire(blocks)} if blocks else {})


def wire(blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
    """Blocks as plain dicts: slack_sdk's models silently drop the kinds they do not know.

    Slack would make links of addresses and names of channels in plain words; `verbatim` leaves them words.
    """
    return [_verbatim(block) for block in blocks]


def wire_view(view: Block) -> dict[str, Any]:
    """A modal with its blocks as plain dicts."""
    return {**view, "blocks": wire(tuple(view["blocks"]))}


def _verbatim(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return [_verbatim(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    plain = {name: _verbatim(value) for name, value in part.items()}
    return plain | {"verbatim": True} if part.get("type") == "mrkdwn" else plain
