"""A Slack message as a value: complete text, and two levels of blocks with the same facts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is complete on its own; `native` uses the blocks of 2026, `classic` only older blocks."""

    text: str
    native: tuple[Block, ...] = ()
    classic: tuple[Block, ...] = ()

    def levels(self) -> tuple[tuple[Block, ...], ...]:
        """Blocks from best to plainest; the last level is empty: text alone."""
        return (self.native or self.classic, self.classic, ())


def to_json(message: Message) -> str:
    """Serialize a message for the store."""
    return json.dumps({"text": message.text, "native": message.native, "classic": message.classic})


def from_json(text: str) -> Message:
    """The message that `to_json` serialized."""
    parts = json.loads(text)
    return Message(parts["text"], tuple(parts["native"]), tuple(parts["classic"]))
