"""The named steps of the delivery, wrapped around the bot's own methods: at one a process kills itself.

Nothing in the bot knows of this: a process of the proof wraps the bot's methods before it runs it.
"""

import functools
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession, TraceConfig
from sqlalchemy import Update, bindparam, update

import bot.app.lifecycle
import bot.cli.run
import bot.clock
import bot.dlf.client
import bot.slack.sender
import bot.slack.socket_mode
import bot.store.alerts
import bot.store.leases
import bot.store.outbox
import bot.store.reads
import bot.usecases.digests
import bot.usecases.dispatch
import bot.usecases.notify
import bot.usecases.poll
from bot.store import outbox_sql
from bot.store.schema import notices
from bot.timing import USUAL

Call = Callable[..., Awaitable[Any]]
Applies = Callable[[tuple[Any, ...], Any], bool]

# Hundreds of deaths within minutes: leases and waits are a tenth of the real ones, in the same proportions.
SHORT = replace(
    USUAL,
    tick=0.2,
    lease=2.5,
    slack_call=1.0,
    send=1.2,
    look_up=0.3,
    look_up_after_timeout=2.0,
    retry_most=3.0,
    socket_patience=3.0,
    dlf_answer=2.0,
    poll_turn=0.5,
    introduce=1.5,
)
SHORT_LEASES: dict[Any, float] = {bot.usecases.notify: 1.0, bot.usecases.digests: 2.5}


def _always(args: tuple[Any, ...], result: Any) -> bool:
    return True


def _given(args: tuple[Any, ...], result: Any) -> bool:
    return bool(result)


def _changes(args: tuple[Any, ...], result: Any) -> bool:
    """The reading moves an alert; most change nothing."""
    return bool(args[5])


def _lease(prefix: str) -> Applies:
    return lambda args, result: str(args[1]).startswith(prefix) and result is not False


# (where, what, step, when it counts): each is two steps, before and after.
METHODS: tuple[tuple[Any, str, str, Applies], ...] = (
    (bot.app.lifecycle, "open_store", "start: store opened", _always),
    (bot.slack.socket_mode.SocketMode, "start", "start: socket connected", _always),
    (bot.store.reads.Reads, "claim", "poll: claimed", _given),
    (bot.dlf.client.DlfClient, "fetch", "poll: fetched", _always),
    (bot.store.reads.Reads, "record", "poll: recorded", _changes),
    (bot.store.leases.Leases, "acquire", "tell: lease taken", _lease("tell")),
    (bot.store.outbox.Outbox, "put", "tell: notice written", _always),
    (bot.store.leases.Leases, "acquire", "send: channel taken", _lease("channel:")),
    (bot.store.outbox.Outbox, "claim", "send: claimed", _given),
    (bot.slack.sender.Sender, "find", "send: looked up", _always),
    (bot.slack.sender.Sender, "post", "send: posted", _always),
    (bot.slack.sender.Sender, "edit", "send: edited", _always),
    (bot.store.outbox.Outbox, "confirm", "send: confirmed", _always),
    (bot.store.outbox.Outbox, "put_back", "send: put back", _always),
    (bot.store.leases.Leases, "release", "send: channel released", _lease("channel:")),
    (bot.store.leases.Leases, "acquire", "digest: lease taken", _lease("digest:")),
    (bot.usecases.digests.Digests, "notice", "digest: built", _always),
    (bot.store.outbox.Outbox, "add_once", "digest: notice written", _always),
)
# Inside a transaction: what came before is written but not committed.
INSIDE = (
    (bot.store.reads, "save_in", "poll: recorded (in the transaction)"),
    (bot.store.outbox, "tell_in", "send: confirmed (in the transaction)"),
)
# On the wire: the request has left, or Slack's answer has come and was not looked at.
WIRE = {"chat.postMessage": "send: posted", "chat.update": "send: edited"}

STEPS = (
    *(f"{step}, {when}" for _, _, step, _ in METHODS for when in ("before", "after")),
    *(f"{step}, {when}" for _, _, step in INSIDE for when in ("before", "after")),
    *(f"{step}, {when}" for step in WIRE.values() for when in ("request sent", "answer unread")),
)


def prepare(order: dict[str, Any]) -> None:
    """Make this process the one that the order wants."""
    if order.get("shorter", True):
        _shorten()
    if order.get("shift"):
        _shift_clock(timedelta(seconds=order["shift"]))
    fate = signal.Signals(order.get("fate", signal.SIGKILL))
    Fate(order.get("step", ""), order.get("nth", 1), fate, order["mark"]).lie_in_wait()
    for left_out in order.get("without", ()):
        WITHOUT[left_out]()


class Fate:
    """Waits at one step and kills (or freezes) this process the `nth` time it comes by."""

    def __init__(self, step: str, nth: int, fate: signal.Signals, mark: str) -> None:
        self._step, self._left, self._fate, self._mark = step, nth, fate, mark

    def lie_in_wait(self) -> None:
        for owner, name, step, applies in METHODS:
            self._around(owner, name, step, applies)
        for owner, name, step in INSIDE:
            self._around(owner, name, step, _always)
        if self._step.endswith(("request sent", "answer unread")):
            self._on_the_wire()

    def arrive(self, step: str) -> None:
        if step != self._step:
            return
        self._left -= 1
        if self._left == 0:
            mark = os.open(self._mark, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(mark, f"{step}\n".encode())
            os.kill(os.getpid(), self._fate)

    def _around(self, owner: Any, name: str, step: str, applies: Applies) -> None:
        if not self._step.startswith(step + ", "):
            return
        wrapped: Call = getattr(owner, name)

        @functools.wraps(wrapped)
        async def with_fate(*args: Any, **named: Any) -> Any:
            if applies(args, True):
                self.arrive(f"{step}, before")
            result = await wrapped(*args, **named)
            if applies(args, result):
                self.arrive(f"{step}, after")
            return result

        setattr(owner, name, with_fate)

    def _on_the_wire(self) -> None:
        app: Any = bot.app.lifecycle
        opened = app.open_session

        def open_traced(*args: Any, **named: Any) -> ClientSession:
            session: ClientSession = opened(*args, **named)
            trace = TraceConfig()
            trace.on_request_chunk_sent.append(self._seen("request sent"))
            trace.on_request_end.append(self._seen("answer unread"))
            trace.freeze()
            session.trace_configs.append(trace)
            return session

        app.open_session = open_traced

    def _seen(self, when: str) -> Any:
        async def seen(session: ClientSession, context: Any, params: Any) -> None:
            step = WIRE.get(str(params.url).rpartition("/")[2])
            if step:
                self.arrive(f"{step}, {when}")

        return seen


def _shorten() -> None:
    starting: Any = bot.cli.run
    starting.running = functools.partial(bot.app.lifecycle.running, timing=SHORT)
    for module, seconds in SHORT_LEASES.items():
        module.LEASE_SECONDS = seconds


def _shift_clock(by: timedelta) -> None:
    """The business clock, not the one of leases."""
    clock: Any = bot.clock.SharedClock
    tells = clock.__call__
    clock.__call__ = lambda self: tells(self) + by


def _without_claim() -> None:
    """Send what nobody marked as being sent: no claim in the ledger, no turn of a channel."""
    free = {"standing": notices.c.standing, "claimed_by": None, "claimed_until": None, "unsure": False}
    outbox_sql.CLAIM = outbox_sql.CLAIM.values(**free)
    taking: Update = (
        update(notices)
        .where(notices.c.key == bindparam("of_key"))
        .values(
            standing="claimed",
            claimed_by=bindparam("owner"),
            claim_number=bindparam("number"),
        )
    )
    rows: Any = bot.store.outbox.Outbox
    for name in ("confirm", "put_back"):
        setattr(rows, name, _claiming_late(getattr(rows, name), taking))
    leases: Any = bot.store.leases.Leases
    acquire: Call = leases.acquire

    async def everybody(self: Any, name: str, *args: Any, **named: Any) -> Any:
        return name.startswith("channel:") or await acquire(self, name, *args, **named)

    leases.acquire = everybody


def _claiming_late(settle: Call, taking: Update) -> Call:
    async def late(self: Any, claim: Any, owner: str, *rest: Any) -> Any:
        held = {"of_key": claim.notice.key, "owner": owner, "number": claim.number}
        await self._database.count(taking, held)
        return await settle(self, claim, owner, *rest)

    return late


def _without_reconcile() -> None:
    """After an unknown outcome believe that Slack has nothing, without looking."""

    async def nothing(self: Any, *args: Any, **named: Any) -> None:
        return None

    sender: Any = bot.slack.sender.Sender
    sender.find = nothing


WITHOUT: dict[str, Callable[[], None]] = {"claim": _without_claim, "reconcile": _without_reconcile}
