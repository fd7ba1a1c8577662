"""The resources that every part of a running bot shares."""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.config import Config
from bot.dlf.client import DlfClient, wall_clock
from bot.dlf.clients import open_clients
from bot.dlf.limiter import Limiter, RateLimiter
from bot.dlf.shared_breaker import SharedProbes
from bot.dlf.shared_limiter import SharedRateLimiter
from bot.metrics import Metrics
from bot.slack.sender import Sender
from bot.store.store import Store
from bot.timing import USUAL, Timing

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Resources:
    """Opened first and closed last; `owner` names this process in the store."""

    config: Config
    owner: str
    clock: Clock
    metrics: Metrics
    store: Store
    sender: Sender
    clients: dict[str, DlfClient]
    timing: Timing


def owner_name() -> str:
    """A unique name for this process in the store, different after every start."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def clients_of(
    config: Config, store: Store | None, owner: str, *, wall: Clock = wall_clock, timing: Timing = USUAL
) -> dict[str, DlfClient]:
    """DLF clients by the project's name. With a `store`, processes share the trials of credentials.

    On PostgreSQL they share the rate limit, too.
    """

    def limiter(credential: str, per_second: float) -> Limiter:
        if store is None or store.dialect == "sqlite":
            return RateLimiter(per_second)
        return SharedRateLimiter(store.rate_limits, credential, per_second)

    def probes(credential: str) -> SharedProbes | None:
        return SharedProbes(store.leases, credential, owner) if store else None

    return open_clients(
        config.projects,
        limiter_for=limiter,
        probes_for=probes,
        wall=wall,
        deadline=timing.dlf_answer,
        poll_turn=timing.poll_turn,
        jobs_deadline=timing.jobs_answer,
    )
