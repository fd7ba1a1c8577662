"""Slack's side of Socket Mode: tickets, connections, envelopes, acknowledgements and faults."""

import asyncio
import json
import secrets
import uuid

from aiohttp import WSMsgType, web

from bot.playground.fake_slack.activity import InteractionResult
from bot.playground.fake_slack.objects import Json
from bot.playground.fake_slack.workspace_state import WorkspaceState

TICKET_SECONDS = 30.0
CONNECTIONS = 10
# Faults that show only after the connection is open.
OPEN_FIRST = ("silent", "dropped")


class Connection:
    """A WebSocket of the app. A silent connection is open, but passes nothing on."""

    def __init__(
        self, socket: web.WebSocketResponse, request: web.Request, number: int, silent: bool
    ) -> None:
        self.socket, self.number, self.silent = socket, number, silent
        self._request = request
        self.leaving = False
        self.delivered = 0

    def cut(self) -> None:
        """Break it without a closing handshake."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def send(self, frame: Json) -> bool:
        """False if the connection is no more."""
        if self.silent:
            return True
        try:
            await self.socket.send_str(json.dumps(frame))
        except ConnectionError:
            return False
        return True


class SocketHub:
    """All Socket Mode connections of the app."""

    def __init__(self, state: WorkspaceState) -> None:
        self._state = state
        self._tickets: dict[str, float] = {}
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._numbers = 0
        self.connections: list[Connection] = []
        self.ping_seconds = 10.0
        self.opened = 0

    def as_json(self) -> list[Json]:
        return [{"number": c.number, "silent": c.silent, "delivered": c.delivered} for c in self.connections]

    def issue_ticket(self) -> str:
        """A ticket for a single connection, good for half a minute."""
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = self._state.timer()
        return ticket

    def use_ticket(self, ticket: str) -> bool:
        born = self._tickets.pop(ticket, None)
        return born is not None and self._state.timer() - born <= TICKET_SECONDS

    async def deliver(
        self, kind: str, payload: Json, *, retry: tuple[int, str] | None = None
    ) -> InteractionResult:
        """Hand a payload to a single connection, any of them, and wait for its acknowledgement."""
        began = self._state.timer()
        open_ones = [c for c in self.connections if not c.leaving] or list(self.connections)
        if not open_ones:
            return InteractionResult("dispatch_failed")
        connection = self._state.random.choice(open_ones)
        envelope = self._envelope(kind, payload, retry)
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = answer
        try:
            connection.delivered += 1
            await connection.send(envelope)
            ack = await asyncio.wait_for(answer, self._state.ack_seconds)
        except TimeoutError:
            return InteractionResult("operation_timeout", self._state.timer() - began)
        finally:
            del self._waiting[envelope["envelope_id"]]
        accepted = ack if envelope["accepts_response_payload"] else {}
        return InteractionResult(seconds=self._state.timer() - began, answer=accepted)

    def _envelope(self, kind: str, payload: Json, retry: tuple[int, str] | None) -> Json:
        envelope: Json = {"envelope_id": str(uuid.uuid4()), "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope["retry_attempt"], envelope["retry_reason"] = retry or (0, "")
        return envelope

    async def disconnect(self, reason: str = "refresh_requested", *, close_after: float = 0.0) -> None:
        """Tell every connection to go: warning, refresh_requested or link_disabled; then close them."""
        going = list(self.connections)
        for connection in going:
            connection.leaving = True
            await connection.send(_disconnect(reason))
        await asyncio.sleep(close_after)
        for connection in going:
            await connection.socket.close()

    def silence(self) -> None:
        """Let every open connection go dead without closing it."""
        for connection in self.connections:
            connection.silent = True
        self._changed()

    def cut(self) -> None:
        """Break every connection without a closing handshake, as a network does."""
        for connection in list(self.connections):
            connection.cut()

    async def close(self) -> None:
        for connection in list(self.connections):
            await connection.socket.close()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The other end of wss://…/link?ticket=…"""
        fault = self._state.faults.take("socket")
        valid = self.use_ticket(request.query.get("ticket", ""))  # a failed handshake uses it up as well
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault is not None and fault.kind not in OPEN_FIRST:
            return web.Response(status=503, text="no")
        if not valid:
            return web.Response(status=403, text="invalid ticket")
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self._numbers += 1
        silent = fault is not None and fault.kind == "silent"
        connection = Connection(socket, request, self._numbers, silent)
        if len(self.connections) >= CONNECTIONS:
            await connection.send(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        if fault is not None and fault.kind == "dropped":
            await connection.send(self._hello(request.host))
            await socket.close()
            return socket
        await self._live(connection, request.host)
        return socket

    async def _live(self, connection: Connection, host: str) -> None:
        self.connections.append(connection)
        self.opened += 1
        self._changed()
        pings = asyncio.ensure_future(self._ping(connection))
        try:
            await connection.send(self._hello(host))
            await self._listen(connection)
        finally:
            pings.cancel()
            self.connections.remove(connection)
            self._changed()

    def _hello(self, host: str) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "connection_info": {"app_id": self._state.app_id},
            "debug_info": {"host": host, "approximate_connection_time": 18060, "build_number": 1},
        }

    async def _listen(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if connection.silent:
                continue
            if frame.type is WSMsgType.PING:
                await connection.socket.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                self._acknowledged(frame.data)

    def _acknowledged(self, text: str) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.get(str(ack.get("envelope_id"))) if isinstance(ack, dict) else None
        if waiting is not None and not waiting.done():
            payload = ack.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) else {})

    async def _ping(self, connection: Connection) -> None:
        while True:
            await asyncio.sleep(self.ping_seconds)
            if not connection.silent and not connection.socket.closed:
                await connection.socket.ping(b"Ping from applink-playground")

    def _changed(self) -> None:
        self._state.changes.add("connection", {"connections": self.as_json()})


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-playground"}}
