"""The bot's messages so far, by key, read from the log of the imitated Slack, and what they say."""

import re
from collections.abc import Iterable, Mapping, Sequence

from bot.playground.fake_slack.activity import LogEntry
from bot.playground.fake_slack.world import SlackWorld

FIRING, OVER = 0, 1
POSTED, EDITED, DELETED = "chat.postMessage", "chat.update", "chat.delete"
Messages = Mapping[str, Sequence[LogEntry]]


class Transcript:
    """The bot's messages; `deleted` has the `ts` of those that people deleted or that it took back."""

    def __init__(self, slack: SlackWorld, deleted: set[str] | None = None) -> None:
        self._slack, self._seen = slack, 0
        self.messages: dict[str, list[LogEntry]] = {}
        self.deleted = set[str]() if deleted is None else deleted

    def read(self) -> None:
        """Add the new entries of the log."""
        for entry in self._slack.log[self._seen :]:
            if entry.applied and entry.method in (POSTED, EDITED):
                self.messages.setdefault(entry.key or f"no key: {entry.text}", []).append(entry)
            if entry.applied and entry.method == DELETED:
                self.deleted.add(entry.ts or "")
        self._seen = len(self._slack.log)

    def shows(self, key: str) -> tuple[int, int]:
        """The stage and number that the message shows now; (-1, 0) while there is no message."""
        entries = self.messages.get(key)
        return stage(entries[-1].text) if entries else (-1, 0)


def stage(text: str) -> tuple[int, int]:
    """Whether an alert's message says firing or over, and the number in it."""
    number = re.search(r"(\d[\d,]*) failed", text)
    title = text.partition("\n")[0]
    over = "Resolved" in title or "Day over" in title
    return OVER if over else FIRING, int(number[1].replace(",", "")) if number else 0


def says(text: str, words: Iterable[str]) -> bool:
    """Compare word for word: a larger number has another digit before or after."""
    return all(re.search(rf"(?<![\d,]){re.escape(one)}(?![\d,]*\d)", text) for one in words)
