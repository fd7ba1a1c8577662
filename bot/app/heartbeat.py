"""The heartbeat: an address outside is called while all is well, so that it notices a dead bot."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from ssl import SSLContext
from urllib.parse import urlsplit

from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
)

from bot.app.health import Readiness
from bot.app.resources import Resources
from bot.config.settings import HeartbeatSettings
from bot.domain.freshness import Freshness
from bot.domain.model import Day
from bot.errors import StoreError
from bot.logs import Once
from bot.outbound import NoWayOutError, barrier, proxy_for, trusted
from bot.scheduler import Scheduler
from bot.server.condition import Condition
from bot.usecases.replica import Replica

log = logging.getLogger(__name__)

LEASE, SECONDS = "heartbeat", 10.0
# How soon a bot that was not well looks again, and how much later another replica takes over.
AGAIN = 15.0


class Heartbeat:
    """Calls the address once a period from a single replica, if that is ready and DLF was read lately.

    A failed call is not repeated before the next period.
    """

    def __init__(
        self,
        settings: HeartbeatSettings,
        replica: Replica,
        look: Callable[[], Awaitable[Condition]],
        *,
        poll_every: timedelta,
    ) -> None:
        self._url, self._every = settings.url.reveal(), settings.every.total_seconds()
        self._store, self._owner, self._look = replica.store, replica.owner, look
        self._clock, self._timer, self._metrics = replica.clock, replica.timer, replica.metrics
        self._fresh = Freshness(poll_every)
        self._due_at = self._timer()
        self._problem, self._once = "", Once(log, "heartbeat")

    def remarks(self) -> Sequence[str]:
        """Why the last call failed, for readiness."""
        return [f"heartbeat: {self._problem}"] if self._problem else []

    async def tick(self) -> None:
        """Call the address if a period has passed and all is well. Raises StoreError."""
        now = self._timer()
        if now < self._due_at:
            return
        self._due_at = now + min(AGAIN, self._every)
        if not await self._is_well():
            return
        held = self._every + 2 * AGAIN
        if not await self._store.leases.acquire(LEASE, self._owner, held, longest=held):
            self._problem = ""  # another replica calls
            return
        self._due_at = now + self._every
        self._problem = await call(self._url)
        self._metrics.heartbeats.labels("failed" if self._problem else "ok").inc()
        if self._problem:
            self._once.warn("heartbeat", self._problem)
        else:
            self._once.over("heartbeat")

    async def stop(self) -> None:
        """Let another replica call at once."""
        with suppress(StoreError):
            await self._store.leases.release(LEASE, self._owner)

    async def _is_well(self) -> bool:
        """True if this process is ready and DLF was read lately: a start alone does not count."""
        if (await self._look()).not_ready:
            return False
        last = (await self._store.reads.last_read(Day.TODAY)).values()
        return any(at and self._fresh.is_known(at, self._clock()) for at in last)


async def call(url: str) -> str:
    """Call the address once; why it did not take the call, without its secret part, or empty."""
    host = urlsplit(url).hostname or ""
    try:
        proxy, context = _way_to(url)
        async with (
            _session() as session,
            session.get(url, proxy=proxy, ssl=context, allow_redirects=False) as answer,
        ):
            return "" if answer.ok and answer.status < 300 else f"{host} answered HTTP {answer.status}."
    except NoWayOutError as error:
        return str(error.barrier.what)
    except TimeoutError:
        return f"{host} did not answer in time."
    except (ClientError, OSError, ValueError) as error:
        found = barrier(error, host, setting="heartbeat.url")
        return str(found.what) if found else f"{host} cannot be reached."


def open_heartbeat(
    resources: Resources, readiness: Readiness, scheduler: Scheduler, stack: AsyncExitStack
) -> None:
    """Have the config's heartbeat called, if there is one, until the stack closes."""
    config = resources.config
    if config.heartbeat is None:
        return
    heartbeat = Heartbeat(
        config.heartbeat,
        resources.replica,
        readiness.look,
        poll_every=config.poll_every,
    )
    readiness.more_remarks = heartbeat.remarks
    stack.push_async_callback(heartbeat.stop)
    scheduler.every(resources.replica.timing.tick, "heartbeat", heartbeat.tick)


def _session() -> ClientSession:
    """A session for a single call."""
    timeout = ClientTimeout(total=SECONDS)
    return ClientSession(timeout=timeout, cookie_jar=DummyCookieJar(), middlewares=(_SingleTry(),))


class _SingleTry:
    """Lets a request go once: aiohttp sends a GET again when its connection is dropped."""

    def __init__(self) -> None:
        self._gone = False

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        if self._gone:
            raise ClientError("tried")
        self._gone = True
        return await handler(request)


def _way_to(url: str) -> tuple[str | None, SSLContext | bool]:
    """The proxy for `url` and the authorities to trust. Raises NoWayOutError."""
    return proxy_for(url), trusted() if url.startswith("https:") else True
