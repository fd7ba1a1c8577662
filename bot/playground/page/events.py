"""The page's event stream: changes for a person's screen, as server-sent events."""

import asyncio
import contextlib
import json
from collections.abc import Iterator

from aiohttp import web

from bot.playground.fake_slack.activity import WorkspaceChange
from bot.playground.page import actions, state
from bot.playground.page.state import Json, Worlds

WORLDS = web.AppKey("worlds", Worlds)
STOPPING = web.AppKey("stopping", asyncio.Event)
_PAUSE = 0.25
_CLOCK_SECONDS = 15.0
_FIELDS = ("dlf", "faults", "bot_link")

Event = tuple[str, Json | list[Json] | None]


async def events(request: web.Request) -> web.StreamResponse:
    """Stream until the browser goes; it comes back by itself and asks for the whole state first."""
    worlds = request.app[WORLDS]
    stopping = request.app[STOPPING]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    user = actions.known_user(worlds, request.query.get("user"))
    async with worlds.slack.changes.subscribe() as changes:
        with contextlib.suppress(ConnectionError), Screen(worlds, user) as screen:
            await response.write(b"retry: 500\n" + _encoded("hello", {}))
            while not stopping.is_set():
                for name, data in [*screen.slack(await _gathered(changes)), *screen.rest()]:
                    await response.write(_encoded(name, data))
    return response


class Screen:
    """The last state sent to a browser, so that only differences are sent again."""

    def __init__(self, worlds: Worlds, user: str) -> None:
        self._worlds, self._user = worlds, user
        self._told: dict[str, str] = {}
        self._clock_at = float("-inf")
        self._clock_moved = False
        self._line = 0

    def __enter__(self) -> "Screen":
        self._unsubscribe = self._worlds.clock.changed.subscribe(self._moved)
        return self

    def __exit__(self, *_: object) -> None:
        self._unsubscribe()

    def _moved(self) -> None:
        self._clock_moved = True

    def slack(self, changes: list[WorkspaceChange]) -> Iterator[Event]:
        """The events for this screen that follow from changes in the Slack world."""
        for change in changes:
            match change.kind:
                case "message" | "message_changed" | "reaction":
                    yield from self._message(change.data)
                case "ephemeral" | "ephemeral_changed" if change.data.get("user") == self._user:
                    yield "message", change.data
                case "message_deleted" | "ephemeral_deleted" | "channel":
                    yield "reload", {}
                case "modal" | "modal_closed":
                    yield "modal", state.modal(self._worlds.slack, self._user)
                case "home":
                    yield "home", state.home(self._worlds.slack, self._user)

    def _message(self, data: Json) -> Iterator[Event]:
        """A message, and for a reply the message above it, whose count of replies has changed."""
        slack = self._worlds.slack
        channel = slack.channels.get(str(data.get("channel")))
        if channel is None or channel.is_im:
            return
        for ts in dict.fromkeys((data.get("thread_ts"), data.get("ts"))):
            if ts in channel.messages:
                yield "message", slack.message_json(channel.messages[str(ts)])

    def rest(self) -> Iterator[Event]:
        """The other differences since the last event: the clock, DLF's counts, faults, the traffic."""
        now = asyncio.get_running_loop().time()
        if self._clock_moved or now - self._clock_at > _CLOCK_SECONDS:
            self._clock_moved, self._clock_at = False, now
            yield "clock", state.clock(self._worlds)
        parts = state.parts(self._worlds)
        for name in _FIELDS:
            said = json.dumps(parts[name])
            if self._told.get(name) != said:
                self._told[name] = said
                yield name, parts[name]
        lines = self._worlds.traffic.lines_after(self._line)
        if lines:
            self._line = lines[-1]["number"]
            yield "wire", lines


async def _gathered(changes: asyncio.Queue[WorkspaceChange]) -> list[WorkspaceChange]:
    """All changes there are, or after a short pause none."""
    found: list[WorkspaceChange] = []
    try:
        async with asyncio.timeout(_PAUSE):
            found.append(await changes.get())
    except TimeoutError:
        return found
    while not changes.empty():
        found.append(changes.get_nowait())
    return found


def _encoded(name: str, data: Json | list[Json] | None) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
