"""Socket Mode with a watchdog: slack_sdk may retry a dead URL for ever, or miss a dead connection."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from aiohttp import ClientError, ClientSession
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient

from bot.domain.slack_codes import UNREACHABLE
from bot.errors import SlackError, SlackUnsure
from bot.logs import Once, log_bug, log_event
from bot.outbound import BARRED, NO_WAY_OUT
from bot.secret import Secret
from bot.slack.errors import RATE_LIMITED, way_to
from bot.slack.session import open_line
from bot.slack.socket_urls import FOREIGN, SocketUrls
from bot.slack.web_api import WebApi, quiet_logger, web_client

CURABLE = RATE_LIMITED | BARRED - {NO_WAY_OUT} | {UNREACHABLE}
CLOSE_WITHIN, FIRST_CONNECTION = 10.0, 10.0
ABOUT = "Socket Mode"
UNSTEADY = SlackError(
    "Slack accepts Socket Mode connections and closes them again and again.", code="unsteady"
)
NO_LINE = SlackError(
    "Socket Mode cannot connect: Slack gave an address, but no connection to it succeeds.",
    code="no_line",
    remedy="Allow WebSockets (wss://*.slack.com) in the proxy and the firewall.",
)

log = logging.getLogger(__name__)


class SocketMode:
    """A Socket Mode connection that recovers from every failure."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: Secret,
        api_url: str,
        session: ClientSession,
        *,
        clock: Callable[[], datetime],
        patience: float = 30.0,
        check_every: float = 1.0,
        ping_every: float = 10.0,
    ) -> None:
        self.connected = False
        self.since: datetime | None = None
        self.problem = ""
        self._app, self._token, self._api_url, self._session = app, app_token, api_url, session
        self._socket_urls = SocketUrls(WebApi(app_token, api_url, session), apart=check_every, most=patience)
        self._once = Once(log, "slack_socket", tells_end=False)
        self._clock, self._patience, self._check_every, self._ping_every = (
            clock,
            patience,
            check_every,
            ping_every,
        )
        self._handler: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[Any] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._greeted = self._broken = ""
        # Since when there is no connection, and since when no stable connection.
        self._down_since = self._lost_at = time.monotonic()
        self._fresh_url_asked = False

    async def start(self) -> None:
        """Connect, and keep connected until `stop`.

        Raises SlackError if the token can never work. While Slack is unreachable the watchdog tries again.
        """
        self._lost_at = time.monotonic()
        try:
            await self._build()
        except SlackError as error:
            if not passes(error):
                raise (error if error.code in (FOREIGN, NO_WAY_OUT) else hopeless(error)) from None
            self._complain()
        self._keep_watch()
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_CONNECTION):
                while not self.connected and self._handler is not None:
                    await asyncio.sleep(0.02)
                    self._see(await self._alive())

    async def stop(self) -> None:
        """Disconnect."""
        watch, self._watching = self._watching, None
        if watch is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        await self._tear_down()
        self._see(False)

    def _keep_watch(self) -> None:
        self._watching = asyncio.create_task(self._watch(), name="slack-socket-watch")
        self._watching.add_done_callback(self._watch_ended)

    def _watch_ended(self, watch: asyncio.Task[None]) -> None:
        """Restart the watchdog after an error; the same error is logged once until it is over."""
        error = None if watch.cancelled() else watch.exception()
        if watch is not self._watching or error is None:
            return
        if repr(type(error)) != self._broken:
            self._broken = repr(type(error))
            log_bug(log, "slack_socket_watch_broken", error)
        self._keep_watch()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._check_every)
            alive = await self._alive()
            self._see(alive)
            if not alive:
                await self._help()
            self._broken = ""

    async def _help(self) -> None:
        """First make the client ask for a new URL; if that does not help, replace the client."""
        down = time.monotonic() - self._down_since
        if self._handler is not None and down < 2 * self._patience:
            if down >= self._patience and not self._fresh_url_asked:
                self._fresh_url_asked = True
                self._handler.client.wss_uri = None
            return
        if self._handler is None and down < self._patience:
            return
        await self._tear_down()
        self._down_since, self._fresh_url_asked = time.monotonic(), False
        with suppress(SlackError):  # `SocketUrls.problem` keeps it
            await self._build()

    async def _build(self) -> None:
        """Connect with our own URLs: slack_sdk would hide a bad token, and ask in an endless loop."""
        url = await self._socket_urls.next()
        token, logger = self._token.reveal(), quiet_logger()
        proxy, context = way_to(url)
        client = web_client(None, self._api_url, self._session)
        client.ssl = context
        handler = AsyncSocketModeHandler(
            self._app, token, logger=logger, web_client=client, ping_interval=self._ping_every
        )
        handler.client.proxy = proxy
        handler.client.wss_uri = url
        handler.client.issue_new_wss_url = self._socket_urls.next  # type: ignore[method-assign]
        handler.client.message_listeners.append(self._heard)
        self._handler, self._greeted = handler, ""
        await handler.client.aiohttp_client_session.close()
        handler.client.aiohttp_client_session = open_line()
        connect = handler.connect_async()  # type: ignore[no-untyped-call]
        self._connecting = asyncio.create_task(connect, name="slack-socket-connect")

    async def _tear_down(self) -> None:
        handler, connecting = self._handler, self._connecting
        self._handler = self._connecting = None
        if connecting is not None:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
        await self._socket_urls.give_up()
        if handler is None:
            return
        client = handler.client
        with suppress(TimeoutError, ClientError, OSError, RuntimeError):
            close = handler.close_async()  # type: ignore[no-untyped-call]
            await asyncio.wait_for(close, CLOSE_WITHIN)
        left = [client.message_processor, client.current_session_monitor, client.message_receiver]
        tasks = [task for task in left if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.aiohttp_client_session.close()

    async def _alive(self) -> bool:
        """True if connected, and Slack said hello on this connection."""
        if self._handler is None or not await self._handler.client.is_connected():
            return False
        return self._greeted == await self._handler.client.session_id()

    async def _heard(
        self, client: AsyncBaseSocketModeClient, message: dict[str, Any], raw: str | None
    ) -> None:
        if message.get("type") == "hello":
            self._greeted = await client.session_id()
            self._socket_urls.greeted()

    def _see(self, alive: bool) -> None:
        now = time.monotonic()
        if alive:
            self._down_since, self._fresh_url_asked = now, False
        connected = alive and not self._socket_urls.unsteady
        if connected != self.connected:
            self.connected, self.since, self._lost_at = connected, self._clock(), now
            self.problem = "" if connected else "disconnected"
            log_event(log, "slack_socket", state="up" if connected else "down")
        if connected:
            self._once.over(ABOUT)
        elif self._socket_urls.unsteady or now - self._lost_at >= self._borne():
            self._complain()

    def _borne(self) -> float:
        """How long we may be without a connection before it counts as trouble."""
        return self._patience if self.since else min(FIRST_CONNECTION, self._patience)

    def _complain(self) -> None:
        """Log why we cannot connect, once for each new reason."""
        why = self._socket_urls.problem or (UNSTEADY if self._socket_urls.unsteady else NO_LINE)
        self.problem = why.code
        self._once.warn(ABOUT, str(why), why.code, state="down", why=why.code)


def passes(error: SlackError) -> bool:
    """True for errors that waiting can cure."""
    passing = error.code in CURABLE or error.code.startswith("http_")
    return passing or isinstance(error, SlackUnsure)


def hopeless(error: SlackError) -> SlackError:
    """The error for a token that can never work, with its meaning and remedy."""
    return SlackError(
        f"Slack rejected the app-level token: {error.code}.",
        code=error.code,
        meaning="Socket Mode cannot start.",
        remedy="Give slack.app_token a token that begins with xapp- and has the scope connections:write, "
        "and switch Socket Mode on in the app's settings.",
    )
