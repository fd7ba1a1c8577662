"""What several commands need: the projects' clients, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from bot.config import Config
from bot.dlf.client import DlfClient


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_clients(config: Config) -> AsyncIterator[dict[str, DlfClient]]:
    """One DLF client per project, by the project's name."""
    async with AsyncExitStack() as stack:
        clients = {}
        for project in config.projects:
            clients[project.name] = DlfClient(project)
            stack.push_async_callback(clients[project.name].close)
        yield clients
