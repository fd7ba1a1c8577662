"""The kill points of the delivery: named steps of the bot's own methods at which a process kills itself.

The bot knows nothing of them: a process of the proof wraps the bot's methods before it runs the bot.
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
import bot.app.resources
import bot.cli.run
import bot.clock
import bot.dlf.client
import bot.domain.silences
import bot.slack.sender
import bot.slack.socket_mode
import bot.store.acts
import bot.store.alerts
import bot.store.folds
import bot.store.leases
import bot.store.outbox
import bot.store.reads
import bot.store.silences
import bot.usecases.digests
import bot.usecases.dispatch
import bot.usecases.fold_pace
import bot.usecases.folds
import bot.usecases.notify
import bot.usecases.poll
from bot.store import outbox_sql
from bot.store.schema import notices
from bot.timing import USUAL

Call = Callable[..., Awaitable[Any]]
Applies = Callable[[tuple[Any, ...], Any], bool]

# Leases and waits are a tenth of the real ones, in the same proportions: hundreds of kills take minutes.
SHORT = replace(
    USUAL,
    tick=0.2,
    lease=2.5,
    job_lease=1.0,
    slack_call=1.0,
    send=1.2,
    look_up=0.3,
    look_up_after_timeout=2.0,
    retry_most=3.0,
    socket_patience=3.0,
    dlf_answer=2.0,
    poll_turn=0.5,
    introduce=1.5,
    alert_jobs=0.3,
    config=0.3,
)
SHORT_SPANS: dict[Any, dict[str, Any]] = {
    bot.domain.silences: {"SPANS": bot.domain.silences.SPANS | {"15m": timedelta(minutes=1)}},
    bot.usecases.folds: {"REPLY_EVERY": timedelta(seconds=5.5), "LOOK_EVERY": timedelta(seconds=0.5)},
    bot.usecases.fold_pace: {
        "EDIT_EVERY": timedelta(seconds=0.5),
        "EDIT_VALUES_EVERY": timedelta(seconds=3),
        "PUT_AGAIN": timedelta(seconds=6),
    },
}


def _always(args: tuple[Any, ...], result: Any) -> bool:
    return True


def _given(args: tuple[Any, ...], result: Any) -> bool:
    return bool(result)


def _changes(args: tuple[Any, ...], result: Any) -> bool:
    """Count only the groups of readings that change an alert; most change nothing."""
    return any(result.changes for result in args[2])


def _lease(prefix: str) -> Applies:
    return lambda args, result: str(args[1]).startswith(prefix) and result is not False


# (owner, method, step, when a call counts): each gives two kill points, before and after.
METHODS: tuple[tuple[Any, str, str, Applies], ...] = (
    (bot.app.lifecycle, "open_store", "start: store opened", _always),
    (bot.slack.socket_mode.SocketMode, "start", "start: socket connected", _always),
    (bot.store.reads.Reads, "claim", "poll: claimed", _given),
    (bot.dlf.client.DlfClient, "fetch", "poll: fetched", _always),
    (bot.store.reads.Reads, "record", "poll: recorded", _changes),
    (bot.store.leases.Leases, "acquire", "tell: lease taken", _lease("tell")),
    (bot.store.outbox.Outbox, "put", "tell: notice written", _always),
    (bot.store.folds.Folds, "open", "fold: opened", _given),
    (bot.store.folds.Folds, "join", "fold: joined", _given),
    (bot.store.folds.Folds, "close", "fold: closed", _always),
    (bot.store.leases.Leases, "acquire", "send: channel taken", _lease("channel:")),
    (bot.store.outbox.Outbox, "claim", "send: claimed", _given),
    (bot.slack.sender.Sender, "find", "send: looked up", _always),
    (bot.slack.sender.Sender, "post", "send: posted", _always),
    (bot.slack.sender.Sender, "edit", "send: edited", _always),
    (bot.store.outbox.Outbox, "confirm", "send: confirmed", _always),
    (bot.store.outbox.Outbox, "put_back", "send: put back", _always),
    (bot.store.leases.Leases, "release", "send: channel released", _lease("channel:")),
    (bot.store.alerts.Alerts, "_write", "act: changed hands", _given),
    (bot.store.alerts.Alerts, "acknowledge_each", "act: fold taken", _given),
    (bot.store.silences.Silences, "add", "act: silenced", _always),
    (bot.store.silences.Silences, "end", "act: silence ended", _given),
    (bot.store.leases.Leases, "acquire", "digest: lease taken", _lease("digest:")),
    (bot.usecases.digests.Digests, "notice", "digest: built", _always),
    (bot.store.outbox.Outbox, "add_once", "digest: notice written", _always),
)
# Inside a transaction: the rows are written but not committed.
INSIDE = (
    (bot.store.reads, "save_in", "poll: recorded (in the transaction)"),
    (bot.store.outbox, "tell_in", "send: confirmed (in the transaction)"),
    (bot.store.folds.Folds, "_add", "fold: members written (in the transaction)"),
    (bot.store.alerts, "add_in", "act: changed hands (in the transaction)"),
    (bot.store.silences, "add_in", "act: silenced (in the transaction)"),
)
# In the HTTP client: the request has left, or Slack's answer has arrived and is not read yet.
REQUESTS = {"chat.postMessage": "send: posted", "chat.update": "send: edited"}

KILL_POINTS = (
    *(f"{step}, {when}" for _, _, step, _ in METHODS for when in ("before", "after")),
    *(f"{step}, {when}" for _, _, step in INSIDE for when in ("before", "after")),
    *(f"{step}, {when}" for step in REQUESTS.values() for when in ("request sent", "answer unread")),
)


def prepare(order: dict[str, Any]) -> None:
    """Prepare this process as its order says."""
    if order.get("shorter", True):
        _shorten()
    if order.get("shift"):
        _shift_clock(timedelta(seconds=order["shift"]))
    with_signal = signal.Signals(order.get("with_signal", signal.SIGKILL))
    KillPoint(order.get("point", ""), order.get("nth", 1), with_signal, order["mark"]).install()
    for left_out in order.get("without", ()):
        WITHOUT[left_out]()


class KillPoint:
    """Kills (or freezes) this process the `nth` time that it reaches a point."""

    def __init__(self, point: str, nth: int, with_signal: signal.Signals, mark: str) -> None:
        self._point, self._left, self._signal, self._mark = point, nth, with_signal, mark

    def install(self) -> None:
        for owner, name, step, applies in METHODS:
            self._wrap(owner, name, step, applies)
        for owner, name, step in INSIDE:
            self._wrap(owner, name, step, _always)
        if self._point.endswith(("request sent", "answer unread")):
            self._trace_requests()

    def reach(self, point: str) -> None:
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            mark = os.open(self._mark, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(mark, f"{point}\n".encode())
            os.kill(os.getpid(), self._signal)

    def _wrap(self, owner: Any, name: str, step: str, applies: Applies) -> None:
        if not self._point.startswith(step + ", "):
            return
        wrapped: Call = getattr(owner, name)

        @functools.wraps(wrapped)
        async def with_kill_point(*args: Any, **named: Any) -> Any:
            if applies(args, True):
                self.reach(f"{step}, before")
            result = await wrapped(*args, **named)
            if applies(args, result):
                self.reach(f"{step}, after")
            return result

        setattr(owner, name, with_kill_point)

    def _trace_requests(self) -> None:
        app: Any = bot.app.resources
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
            step = REQUESTS.get(str(params.url).rpartition("/")[2])
            if step:
                self.reach(f"{step}, {when}")

        return seen


def _shorten() -> None:
    starting: Any = bot.cli.run
    starting.running = functools.partial(bot.app.lifecycle.running, timing=SHORT)
    for module, waits in SHORT_SPANS.items():
        for name, wait in waits.items():
            setattr(module, name, wait)


def _shift_clock(by: timedelta) -> None:
    """Shift the business clock; the clock of leases stays."""
    clock: Any = bot.clock.SharedClock
    unshifted = clock.__call__
    clock.__call__ = lambda self: unshifted(self) + by


def _without_claim() -> None:
    """Send without a claim: no claim in the outbox, no lease of a channel."""
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

    async def always_acquire(self: Any, name: str, *args: Any, **named: Any) -> Any:
        return name.startswith("channel:") or await acquire(self, name, *args, **named)

    leases.acquire = always_acquire


def _claiming_late(settle: Call, taking: Update) -> Call:
    async def late(self: Any, claim: Any, owner: str, *rest: Any) -> Any:
        held = {"of_key": claim.notice.key, "owner": owner, "number": claim.number}
        await self._database.count(taking, held)
        return await settle(self, claim, owner, *rest)

    return late


def _without_reconcile() -> None:
    """After an unknown outcome assume that Slack has nothing, without a search."""

    async def nothing(self: Any, *args: Any, **named: Any) -> None:
        return None

    sender: Any = bot.slack.sender.Sender
    sender.find = nothing


def _without_act() -> None:
    """Keep what a person did to an alert a moment after it was done, not in the same transaction."""
    for room in (bot.store.alerts, bot.store.silences):
        room_: Any = room
        keep: Call = room_.add_in

        async def late(connection: Any, act: Any, keep: Call = keep) -> None:
            late_acts.append(act)

        room_.add_in = late
    late_acts: list[Any] = []
    for owner, name in (
        (bot.store.alerts.Alerts, "_write"),
        (bot.store.silences.Silences, "add"),
        (bot.store.silences.Silences, "end"),
    ):
        owner_: Any = owner
        done: Call = getattr(owner_, name)

        @functools.wraps(done)
        async def then_keep(self: Any, *args: Any, done: Call = done, **named: Any) -> Any:
            result = await done(self, *args, **named)
            acts = bot.store.acts.Acts(self._database)
            while late_acts:
                await acts.add(late_acts.pop(0))
            return result

        setattr(owner_, name, then_keep)


WITHOUT: dict[str, Callable[[], None]] = {
    "claim": _without_claim,
    "reconcile": _without_reconcile,
    "act": _without_act,
}
