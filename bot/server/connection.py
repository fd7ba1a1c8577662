"""A connection to our HTTP port, bounded in time, size and number.

uvicorn leaves this to a proxy in front of it, which not every installation has.
"""

import asyncio
import socket

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.clock import elapsed

# The application puts this into the state of a request that Slack signed.
SIGNED = "signed"
# The size of a header beside its letters, as HTTP/2 counts it (RFC 9113, 6.5.2).
FIELD = 32


class BoundedConnection(HttpToolsProtocol):
    """Closes a connection that is slow, endless or pipelined, or leaves answers unread.

    At a full port, the connection that is needed least is closed for a new connection.
    """

    # The time for a request, from the connection or its first byte to its last; and for an answer to be read.
    request_seconds = 10.0
    # Everything but the body itself: the headers (Slack's have about 600 bytes), chunk sizes, trailers.
    head_bytes = 32 * 1024
    # Each chunk of a body costs time, however small it is.
    most_chunks = 1024
    most = 400

    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _answers_its_last = _was_signed = False
    _overhead = _fields = _chunks = 0
    _since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does not set it on sockets it did not open: 40 ms more for each answer of two packets.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._start_clock()
        if len(self.connections) > self.most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        self._was_read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._answers_its_last:
            return
        # Even an empty line between two requests, not yet a request, starts the clock.
        if not self._answering:
            self._start_clock()
        super().data_received(data)
        self._overhead += len(data)
        if self._overhead > self.head_bytes and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        # uvicorn would queue any number of pipelined requests: 120 kB sent took 16 MiB.
        if self._answering:
            raise ValueError("a request came before the last one was answered")
        self._start_clock()
        self._overhead = self._fields = self._chunks = 0
        super().on_message_begin()

    def send_400_response(self, msg: str) -> None:
        """Refuse with a 400; but while a whole request is being answered, make that answer the last."""
        if not self._answering or self.cycle.more_body:
            super().send_400_response(msg)
            return
        self._answers_its_last = True
        self.cycle.keep_alive = False
        self.flow.pause_reading()

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields += len(name) + len(value) + FIELD
        if self._fields > self.head_bytes:
            raise ValueError("the request's head is too large")  # httptools makes a 400 of it
        super().on_header(name, value)

    def on_chunk_header(self) -> None:
        self._chunks += 1
        if self._chunks > self.most_chunks:
            raise ValueError("the request's body comes in too many chunks")

    def on_body(self, body: bytes) -> None:
        self._overhead -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_clock()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_the_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self._was_read()

    def on_response_complete(self) -> None:
        self._since = elapsed()
        self._was_signed = self._was_signed or SIGNED in self.cycle.scope["state"]
        super().on_response_complete()
        if self.transport.is_closing():
            self._wait_for_the_reader()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._wait_for_the_reader()

    def _make_room(self) -> None:
        """Close the connection that is needed least: idle first, never during a signed request's answer."""
        others = [one for one in self.connections if isinstance(one, BoundedConnection) and one is not self]
        spare = [one for one in others if not one._is_signed]
        least = min(spare, key=lambda one: one._need, default=self)
        self.connections.discard(least)  # asyncio reports the loss later; more connections may come first
        least.transport.abort()

    @property
    def _need(self) -> tuple[bool, bool, bool, float]:
        """How much it is needed: Slack's most, then those being answered, then unfinished; newer more."""
        return self._was_signed, self._answering, self._deadline is not None, self._since

    @property
    def _is_signed(self) -> bool:
        """True while a request with Slack's signature is being answered."""
        return self._answering and SIGNED in self.cycle.scope["state"]

    def _wait_for_the_reader(self) -> None:
        """Abort a full or closed connection if its answers stay unread for too long."""
        if self._unread is None:
            self._unread = asyncio.get_running_loop().call_later(self.request_seconds, self.transport.abort)

    def _was_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _start_clock(self) -> None:
        if self._deadline is None:
            # The loop's own time may be the same for many connections: uvloop counts milliseconds.
            self._since = elapsed()
            self._deadline = asyncio.get_running_loop().call_later(self.request_seconds, self._too_slow)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        self.transport.abort()
