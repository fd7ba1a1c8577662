"""What Slack shows, as a value: complete text and two levels of blocks that say the same."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is complete on its own; `native` has the 2026 blocks, `classic` only the old ones."""

    text: str
    native: tuple[Block, ...] = ()
    classic: tuple[Block, ...] = ()

    def levels(self) -> tuple[tuple[Block, ...], ...]:
        """Blocks from best to plainest; the last level is empty: text alone."""
        return (self.native or self.classic, self.classic, ())


def to_json(message: Message) -> str:
    """Write a message down for the store."""
    return json.dumps({"text": message.text, "native": message.native, "classic": message.classic})


def from_json(text: str) -> Message:
    """Read back what `to_json` wrote."""
    parts = json.loads(text)
    return Message(parts["text"], tuple(parts["native"]), tuple(parts["classic"]))
