"""Parts that several commands share: the signal to stop, the time, a reading of each workspace."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.config import Config
from bot.dlf.client import DlfClient
from bot.domain.model import Day, Row, Workspace
from bot.errors import DlfError

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
                return Row(workspace, None, problem=error.problem)
        return Row(workspace, snapshot)

    return await asyncio.gather(*(read(workspace) for workspace in workspaces))
