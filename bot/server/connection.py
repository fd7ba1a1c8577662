"""One connection to our HTTP port: bounded in time, in size and in number, whatever comes over it.

uvicorn leaves this to a proxy in front of it, and not everybody has one.
"""

import asyncio
import socket

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class BoundedConnection(HttpToolsProtocol):
    """Closes a connection that is slow, endless or pipelined, leaves answers unread, or is one too many."""

    # From the connection or a request's first byte to its last; and for an answer to be read.
    request_seconds = 10.0
    # All headers together; Slack's have about 600 bytes.
    head_bytes = 32 * 1024
    most = 400

    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _in_head = _answers_its_last = False
    _begun = _fields = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio forgets it for sockets it did not open itself: 40 ms for every answer of two packets.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self.connections) > self.most:
            transport.abort()
        else:
            self._start_clock()

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
        if self._in_head:
            self._begun += len(data)
            if self._begun > self.head_bytes and not self.transport.is_closing():
                self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        # uvicorn would queue any number of pipelined requests: 120 kB sent took 16 MiB.
        if self._answering:
            raise ValueError("a request came before the last one was answered")
        self._start_clock()
        self._in_head, self._begun, self._fields = True, 0, 0
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
        self._fields += len(name) + len(value)
        if self._fields > self.head_bytes:
            raise ValueError("the request's head is too large")  # httptools makes a 400 of it
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

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
        super().on_response_complete()
        if self.transport.is_closing():
            self._wait_for_the_reader()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._wait_for_the_reader()

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
            self._deadline = loop.call_later(self.request_seconds, self._too_slow)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        self.transport.abort()
