"""Send a message as literal text, with the newest blocks that Slack accepts; refusals are remembered."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.messages.message import Block, Message

REMEMBERED = timedelta(hours=6)
# Only markup becomes a mention or a link, not text that looks like it.
LITERAL = {"parse": "none", "link_names": False}


class BlockFallback:
    """Chooses the level a message starts at: new kinds of blocks reach Slack workspaces in phases."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._refused_until: datetime | None = None
        self._accepted = False

    @property
    def native_refused(self) -> bool:
        return self._refused_until is not None and self._clock() < self._refused_until

    def fallbacks(self, message: Message) -> list[tuple[Block, ...]]:
        """The levels to try, best first, without repeats."""
        levels = message.levels()[1 if self.native_refused and message.classic else 0 :]
        return [level for at, level in enumerate(levels) if at == 0 or level != levels[at - 1]]

    def learn(self, message: Message, *, accepted: tuple[Block, ...], refused: tuple[Block, ...]) -> None:
        """Note which kinds of blocks Slack accepted and which it refused (not for their length).

        A message refused at both levels teaches nothing: the message itself is wrong.
        """
        if message.native in ((), message.classic):
            return
        if accepted == message.native:
            self._accepted = True
        elif refused == message.native:
            self._accepted = False
            self._refused_until = self._clock() + REMEMBERED

    def for_ack(self, message: Message) -> tuple[Block, ...] | None:
        """Blocks for an ack, whose refusal we would not learn; None while native blocks are unproven."""
        best = self.fallbacks(message)[0]
        proven = self._accepted or best == message.classic or self.native_refused
        return best if proven else None


def worded(message: Message, blocks: tuple[Block, ...]) -> dict[str, Any]:
    """The fields that every request with a message has: a post, an edit, an ack, a `response_url`."""
    return {"text": message.text, **LITERAL} | ({"blocks": wire(blocks)} if blocks else {})


def wire(blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
    """Blocks as plain dicts: slack_sdk's models silently drop unknown kinds.

    Slack turns addresses and channel names in plain text into links; `verbatim` prevents that.
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
