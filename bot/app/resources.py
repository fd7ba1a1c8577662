"""The resources that every part of a running bot shares."""

import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from bot.config import Config
from bot.dlf.client import DlfClient, wall_clock
from bot.dlf.clients import open_clients as clients_of_projects
from bot.dlf.limiter import Limiter, RateLimiter
from bot.dlf.shared_breaker import SharedProbes
from bot.dlf.shared_limiter import SharedRateLimiter
from bot.slack.sender import Sender
from bot.slack.session import open_session
from bot.store.store import Store
from bot.timing import USUAL, Timing
from bot.usecases.replica import Replica

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Resources:
    """The config, this process among those that share its store, and the clients of Slack and DLF."""

    config: Config
    replica: Replica
    sender: Sender
    clients: Mapping[str, DlfClient]


@asynccontextmanager
async def open_resources(
    config: Config, replica: Replica, *, wall: Clock = wall_clock
) -> AsyncIterator[Resources]:
    """Open the clients until the block ends; the replica's store belongs to the caller."""
    owner, timing = replica.owner, replica.timing
    async with (
        open_sender(config, replica.clock, timing=timing) as sender,
        open_clients(config, replica.store, owner, wall=wall, timing=timing) as clients,
    ):
        yield Resources(config, replica, sender, clients)


@asynccontextmanager
async def open_sender(config: Config, clock: Clock, *, timing: Timing = USUAL) -> AsyncIterator[Sender]:
    """A client of Slack's Web API, until the block ends."""
    session, slack = open_session(seconds=timing.slack_call), config.slack
    try:
        yield Sender(
            slack.bot_token,
            slack.api_url,
            session,
            clock=clock,
            team=slack.team,
            enterprise=slack.enterprise,
        )
    finally:
        await session.close()


@asynccontextmanager
async def open_clients(
    config: Config, store: Store | None, owner: str, *, wall: Clock = wall_clock, timing: Timing = USUAL
) -> AsyncIterator[dict[str, DlfClient]]:
    """DLF clients by the project's name. With a `store`, processes share the trials of credentials.

    On PostgreSQL they share the rate limit, too.
    """
    async with AsyncExitStack() as stack:
        opened = _clients(config, store, owner, wall=wall, timing=timing)
        for client in opened.values():
            stack.push_async_callback(client.close)
        yield opened


def owner_name() -> str:
    """A unique name for this process in the store, different after every start."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def _clients(
    config: Config, store: Store | None, owner: str, *, wall: Clock, timing: Timing
) -> dict[str, DlfClient]:
    def limiter(credential: str, per_second: float) -> Limiter:
        if store is None or store.dialect == "sqlite":
            return RateLimiter(per_second)
        return SharedRateLimiter(store.rate_limits, credential, per_second)

    def probes(credential: str) -> SharedProbes | None:
        return SharedProbes(store.leases, credential, owner) if store else None

    return clients_of_projects(
        config.projects,
        limiter_for=limiter,
        probes_for=probes,
        wall=wall,
        deadline=timing.dlf_answer,
        poll_turn=timing.poll_turn,
        jobs_deadline=timing.jobs_answer,
    )
