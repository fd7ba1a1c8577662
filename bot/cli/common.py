"""Parts that several commands share: time, clients of DLF and Slack, a reading of each workspace."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from bot.app.resources import clients_of, owner_name
from bot.config import Config
from bot.dlf.client import DlfClient
from bot.domain.model import Day, Row, Workspace
from bot.errors import DlfError
from bot.slack.sender import Sender
from bot.slack.session import open_session
from bot.store.store import Store

END_SECONDS = 9.0


def told_to_stop() -> asyncio.Event:
    """An event that SIGTERM and Ctrl-C set. From then on the process ends within ten seconds.

    If it had to be cut off, other replicas take its claims over when they expire.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        if not stop.is_set():
            loop.call_later(END_SECONDS, os._exit, 0)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    return stop


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_clients(config: Config, store: Store | None) -> AsyncIterator[dict[str, DlfClient]]:
    """A DLF client for each project, by name; the store makes them respect the running bot's limits."""
    async with AsyncExitStack() as stack:
        opened = clients_of(config, store, owner_name())
        for client in opened.values():
            stack.push_async_callback(client.close)
        yield opened


@asynccontextmanager
async def open_sender(config: Config) -> AsyncIterator[Sender]:
    """A client of Slack's Web API, for the duration of a command."""
    session, slack = open_session(), config.slack
    try:
        yield Sender(
            slack.bot_token,
            slack.api_url,
            session,
            clock=utc_now,
            team=slack.team,
            enterprise=slack.enterprise,
        )
    finally:
        await session.close()


async def read_all(
    config: Config,
    clients: Mapping[str, DlfClient],
    workspaces: Sequence[Workspace],
    day: Day,
    *,
    own: bool = False,
) -> list[Row]:
    """Ask about each workspace; a failure becomes the row's problem."""
    room = {project.name: asyncio.Semaphore(project.in_flight) for project in config.projects}

    async def read(workspace: Workspace) -> Row:
        async with room[workspace.project]:
            try:
                snapshot = await clients[workspace.project].fetch(workspace, day, own, now=utc_now())
            except DlfError as error:
                return Row(workspace, None, problem=str(error))
        return Row(workspace, snapshot)

    return await asyncio.gather(*(read(workspace) for workspace in workspaces))
