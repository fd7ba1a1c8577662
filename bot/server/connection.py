"""One connection to our HTTP port: bounded in time, in size and in number, whatever comes over it.

uvicorn leaves this to a proxy in front of it, and not everybody has one.
"""

import asyncio
import socket

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# The application puts this into the state of a request that Slack signed.
SIGNED = "signed"
# What a header takes beside its letters, as HTTP/2 counts it (RFC 9113, 6.5.2).
FIELD = 32


class BoundedConnection(HttpToolsProtocol):
    """Closes a connection that is slow, endless or pipelined, or leaves answers unread.

    A new connection finds room at a full port: the one that is needed least is closed for it.
    """

    # From the connection or a request's first byte to its last; and for an answer to be read.
    request_seconds = 10.0
    # All that is not the body itself: the headers (Slack's have about 600 bytes), chunk sizes, trailers.
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
        # asyncio forgets it for sockets it did not open itself: 40 ms for every answer of two packets.
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
        # Even an empty line between two requests, which is no request yet, sets the clock going.
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
        """Refuse what came; after an unfinished answer, not within it: then that answer is the last one."""
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
        self._since = asyncio.get_running_loop().time()
        self._was_signed = self._was_signed or SIGNED in self.cycle.scope["state"]
        super().on_response_complete()
        if self.transport.is_closing():
            self._wait_for_the_reader()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._wait_for_the_reader()

    def _make_room(self) -> None:
        """Close the connection that is needed least: idle ones first, Slack's signed requests never."""
        others = [one for one in self.connections if isinstance(one, BoundedConnection) and one is not self]
        spare = [one for one in others if not one._is_signed]
        least = min(spare, key=lambda one: one._need, default=self)
        self.connections.discard(least)  # asyncio tells of the loss later, and more may come before that
        least.transport.abort()

    @property
    def _need(self) -> tuple[bool, bool, bool, float]:
        """How much it is needed: Slack's most, then the answered, then the unfinished; newer ones more."""
        return self._was_signed, self._answering, self._deadline is not None, self._since

    @property
    def _is_signed(self) -> bool:
        """True while a request is answered that carries Slack's signature."""
        return self._answering and SIGNED in self.cycle.scope["state"]

    def _wait_for_the_reader(self) -> None:
        """A connection that is full, or closed, stays until its answers are read; that may be never."""
        if self._unread is None:
            self._unread = asyncio.get_running_loop().call_later(self.request_seconds, self.transport.abort)

    def _was_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _start_clock(self) -> None:
        if self._deadline is None:
            loop = asyncio.get_running_loop()
            self._since = loop.time()
            self._deadline = loop.call_later(self.request_seconds, self._too_slow)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        self.transport.abort()
