"""`FakeSource`, `FakeSlack`, `HandClock`: fakes of our own interfaces, for tests of the use cases."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from bot.domain.model import Day, Snapshot, StatusCounts, Workspace, business_date
from bot.domain.notices import Posted
from bot.errors import DlfError, SlackError, SlackUnsure
from bot.messages.message import Message


def full(**counts: int) -> StatusCounts:
    """Counts with every number reported: those not named are 0, the total is at least 10."""
    names = StatusCounts.__dataclass_fields__
    return StatusCounts(**{**dict.fromkeys(names, 0), "total_count": 10, **counts})


class HandClock:
    """Time moves only when a test moves it."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 2, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


class FakeSource:
    """Answers from `counts[workspace name, business date]`; `error` makes every question fail."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], StatusCounts] = {}
        self.error: DlfError | None = None
        self.broken: dict[str, DlfError] = {}
        self.broken_days: dict[Day, DlfError] = {}
        self.asked: list[tuple[str, Day, bool]] = []
        self.delay = 0.0
        self.slot_seconds = 0.0
        self.answers = asyncio.Event()  # cleared, it holds every answer back
        self.answers.set()

    async def fetch(
        self, workspace: Workspace, day: Day, own: bool = False, *, now: datetime, priority: int = 0
    ) -> Snapshot:
        self.asked.append((workspace.name, day, own))
        await asyncio.sleep(self.delay)
        await self.answers.wait()
        error = self.broken_days.get(day) or self.broken.get(workspace.name, self.error)
        if error:
            raise error
        on = business_date(day, now, workspace.zone)
        counts = self.counts.get((workspace.name, on.isoformat() if on else "all"), full())
        return Snapshot(workspace, day, own, on, counts, now)


@dataclass
class Said:
    """A message in the fake Slack."""

    channel: str
    ts: str
    key: str
    text: str
    thread_ts: str | None = None
    texts: list[str] = field(default_factory=list)


class FakeSlack:
    """Remembers messages; `next_post` and `next_edit` hold errors to raise, `swallow` after doing it."""

    def __init__(self) -> None:
        self.messages: list[Said] = []
        self.next_post: list[SlackError] = []
        self.next_edit: list[SlackError] = []
        self.next_find: list[SlackError] = []
        self.next_delete: list[SlackError] = []
        self.answers_lost = 0
        self.away: SlackError | None = None
        self.posts = 0
        self._ts = count(1)

    async def post(self, channel: str, message: Message, *, key: str, thread_ts: str | None = None) -> Posted:
        self.posts += 1
        if self.next_post:
            raise self.next_post.pop(0)
        if self.away:
            raise self.away
        # Below a message that is gone, Slack posts to the channel itself.
        untied = thread_ts is not None and all(one.ts != thread_ts for one in self.messages)
        thread_ts = None if untied else thread_ts
        said = Said(channel, f"{next(self._ts)}.0", key, message.text, thread_ts, [message.text])
        self.messages.append(said)
        if self.answers_lost:
            self.answers_lost -= 1
            raise SlackUnsure("The connection was dropped.", code="dropped")
        return Posted(channel, said.ts, untied)

    async def edit(self, posted: Posted, message: Message, *, key: str) -> None:
        if self.next_edit:
            raise self.next_edit.pop(0)
        if self.away:
            raise self.away
        found = next((one for one in self.messages if one.ts == posted.ts), None)
        if found is None:
            raise SlackError("The message is gone.", code="message_not_found")
        found.text = message.text
        found.texts.append(message.text)

    async def delete(self, posted: Posted) -> None:
        if self.next_delete:
            raise self.next_delete.pop(0)
        self.messages = [one for one in self.messages if one.ts != posted.ts]

    async def find(
        self, channel_id: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> str | None:
        if self.next_find:
            raise self.next_find.pop(0)
        wanted = (channel_id, key, thread_ts)
        return next((m.ts for m in self.messages if (m.channel, m.key, m.thread_ts) == wanted), None)

    async def channel_id(self, name: str) -> str:
        return name

    async def probe(self) -> object:
        if self.away:
            raise self.away
        return None

    def roots(self) -> list[Said]:
        return [one for one in self.messages if one.thread_ts is None]

    def replies(self) -> list[Said]:
        return [one for one in self.messages if one.thread_ts is not None]
