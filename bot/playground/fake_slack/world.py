"""The imitated workspace as a page or a test uses it: its state, its connections, and actions of people.

Used by a page or a test:

    world = SlackWorld(clock.now)                       # any callable that gives an aware datetime
    world.channels, world.users, world.usergroups       # dicts by id
    world.messages("C0DATAOPS"), world.thread(channel, ts), world.message(channel, ts)
    world.ephemerals_of("U0ADA", channel=None)          # messages only that user sees
    world.homes["U0ADA"], world.modals["U0ADA"]         # View / stack of View, the last is on top
    await world.run_command("U0ADA", "C0DATAOPS", "yesterday")   -> InteractionResult
    await world.click("U0ADA", channel, ts, "alert_acknowledge") -> InteractionResult
    await world.click_view("U0ADA", view_id, "action", value)    -> InteractionResult
    await world.submit("U0ADA", {"block": {"action": "value"}})  -> InteractionResult (with errors by block)
    await world.close_modal("U0ADA"); await world.open_home("U0ADA")
    world.post("U0BEN", channel, "text"), .delete(channel, ts), .archive(channel), .invite(channel) …
    async with world.changes.subscribe() as changes: change = await changes.get()
    world.changes.since(seq)                            # the changes after that number
    await world.wait_for(lambda: world.messages("C0DATAOPS"), seconds=5)
    world.faults, world.limits, world.socket, world.log, world.scopes, world.token_error, world.request_url

Kinds of change: message, message_changed, message_deleted, ephemeral, ephemeral_changed, ephemeral_deleted,
home, modal, modal_closed, channel, reaction, connection. Times people see come from the clock; deadlines
(3 s, 30 min) from `timer`, so a clock that runs faster shortens none of them.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.playground.fake_slack.activity import InteractionResult
from bot.playground.fake_slack.interactivity import Interactivity
from bot.playground.fake_slack.objects import Json
from bot.playground.fake_slack.response_urls import ResponseUrls
from bot.playground.fake_slack.socket_hub import SocketHub
from bot.playground.fake_slack.workspace_state import WorkspaceState


class SlackWorld(WorkspaceState):
    """The workspace with its connections to the app, and what people do in it."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        timer: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        seed: int = 0,
    ) -> None:
        super().__init__(clock, timer=timer, wall=wall, seed=seed)
        self.socket, self.response_urls = SocketHub(self), ResponseUrls(self)
        self._interactivity = Interactivity(self, self.socket, self.response_urls)

    # Actions of people

    async def run_command(
        self, user: str, channel: str, text: str, *, command: str = "/dlf-status"
    ) -> InteractionResult:
        """Type a slash command. The outcome's error is what Slack would show, such as operation_timeout."""
        return await self._interactivity.run_command(user, self.channel(channel).id, command, text)

    async def click(
        self, user: str, channel: str, ts: str, action_id: str, value: Any = None
    ) -> InteractionResult:
        """Click a button (or choose `value` in a menu) of a message the user sees, ephemeral ones too."""
        return await self._interactivity.click(
            user, self.channel(channel).id, ts, action_id=action_id, value=value
        )

    async def click_view(
        self, user: str, view_id: str, action_id: str, value: Any = None
    ) -> InteractionResult:
        """Click or choose in the user's Home tab or an open modal."""
        return await self._interactivity.click_view(user, view_id, action_id, value)

    async def submit(self, user: str, values: dict[str, dict[str, Any]]) -> InteractionResult:
        """Fill in the modal on top and press its submit button. `errors` are shown below the inputs."""
        return await self._interactivity.submit(user, values)

    async def close_modal(self, user: str) -> InteractionResult:
        """Press cancel on the modal on top."""
        return await self._interactivity.close_modal(user)

    async def open_home(self, user: str) -> None:
        """Open the app's Home tab."""
        await self._interactivity.open_home(user)

    async def send_event(self, event: Json) -> InteractionResult:
        """Deliver any event of the Events API; what is not acknowledged comes again later."""
        return await self._interactivity.send_event(event)

    async def close(self) -> None:
        """Cut all connections and stop what runs beside."""
        await self.socket.close()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
