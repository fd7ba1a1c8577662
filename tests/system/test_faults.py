"""The fault matrix: what Slack hears, what /readyz says, how soon all is told, while each part is broken.

Rows of one part are acted out at once, each with worlds, a store and a bot of its own. `docs/faults.md` holds
what they established; `FAULTS_WRITE=1 pytest tests/system/test_faults.py` writes it anew, `FAULTS_ONLY=words`
plays only the rows whose name has these words.
"""

import asyncio
import logging
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot.domain.silences import Silence
from bot.store.store import open_store
from bot.timing import USUAL as USUAL_TIMING
from tests.support.cpu_starvation import REPLAYS, held_up, was_busy
from tests.support.fault_rows import (
    ADOPTED,
    ELSEWHERE,
    FINANCE,
    LATER,
    LIVE,
    NEW_BLOCKS,
    NOON,
    PARTLY,
    QUICK,
    READY,
    READY_SOON,
    RECORDED,
    REPEATED,
    REPLACED,
    SENTENCE,
    SLACKS_WORDS,
    STEPPED_DOWN,
    UNREADABLE,
    USUAL,
    WAITS,
    WHATEVER,
    WHENEVER,
    Act,
    Ear,
    Fault,
    Gate,
    Postgres,
    Scene,
    play,
    recovered,
)
from tests.support.schema1 import load
from tests.support.whole_bot import OPS

MATRIX = Path(__file__).parents[2] / "docs" / "faults.md"
# More at once would wait for each other on two processors.
AT_ONCE = 4
# A larger part of the rows than this is no accident of playing side by side.
FEW = 1 / 3


# How things break


def slack(kind: str, method: str = "*", *, seconds: float = 1.0, error: str = "") -> Act:
    def act(scene: Scene) -> None:
        scene.slack.faults.add(kind, method, seconds=seconds, error=error)

    return act


def dlf(name: str, *, workspace: str = "", place: str = "dlf", seconds: float = 5) -> Act:
    def act(scene: Scene) -> None:
        scene.dlf.faults.set(name, workspace=workspace, place=place, seconds=seconds)

    return act


def both(*acts: Act) -> Act:
    async def act(scene: Scene) -> None:
        for one in acts:
            found = one(scene)
            if found is not None:
                await found

    return act


def struck(times: int = 2) -> Act:
    """Go on until the fault has hit what was said to Slack so often."""

    async def act(scene: Scene) -> None:
        await scene.until(lambda: sum(one.outcome != "ok" for one in scene.slack.log) >= times)

    return act


def token(error: str) -> tuple[Act, Act]:
    def breaks(scene: Scene) -> None:
        scene.slack.token_error = error

    def mends(scene: Scene) -> None:
        scene.slack.token_error = None

    return breaks, mends


def without(*scopes: str) -> Act:
    def act(scene: Scene) -> None:
        scene.slack.scopes.difference_update(scopes)

    return act


def given(*scopes: str) -> Act:
    def act(scene: Scene) -> None:
        scene.slack.scopes.update(scopes)

    return act


async def close_gate(scene: Scene) -> None:
    await scene.gate.close()


async def open_gate(scene: Scene) -> None:
    await scene.gate.open()


# What needs more than a switch


async def digest_in_classic_blocks(scene: Scene) -> None:
    key = f"digest/noon/{scene.dlf.today().isoformat()}"
    await scene.until(lambda: scene.shown(key))
    digest = scene.shown(key)
    assert digest
    assert digest.blocks
    assert not NEW_BLOCKS & {block["type"] for block in digest.blocks}
    assert "sales" in digest.text


def delete_message(scene: Scene) -> None:
    shown = scene.shown(scene.key("sales"))
    assert shown
    scene.slack.delete(OPS, shown.ts)


def delete_thread(scene: Scene) -> None:
    shown = scene.shown(scene.key("sales"))
    assert shown
    scene.slack.post("U0BEN", OPS, "I am looking at it.", thread_ts=shown.ts)
    scene.slack.delete(OPS, shown.ts)


def small_disk(scene: Scene) -> None:
    """A file system of its own where that is allowed; else SQLite is told how few pages there are."""
    disk = scene.services.folder / "disk"
    disk.mkdir()
    scene.store_url = f"sqlite:///{disk / 'bot.db'}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    scene.kept["mounted"] = mounted.returncode == 0
    if scene.kept["mounted"]:
        scene.stack.callback(subprocess.run, ["umount", str(disk)], check=True)


def fill_disk(scene: Scene) -> None:
    disk = scene.services.folder / "disk"
    if not scene.kept["mounted"]:
        engine = scene.bot.store._database._engine.sync_engine
        event.listen(engine, "checkout", _no_more_pages)
        return
    with (disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(b"x" * 512)


def empty_disk(scene: Scene) -> None:
    if scene.kept["mounted"]:
        (scene.services.folder / "disk" / "filler").unlink()
    else:
        event.remove(scene.bot.store._database._engine.sync_engine, "checkout", _no_more_pages)
        event.listen(scene.bot.store._database._engine.sync_engine, "checkout", _any_pages)


def _no_more_pages(connection: Any, *_: object) -> None:
    connection.execute("PRAGMA max_page_count = 1")


def _any_pages(connection: Any, *_: object) -> None:
    connection.execute("PRAGMA max_page_count = 1000000")


async def own_postgres(scene: Scene) -> None:
    """A server for this row alone, which can be stopped."""
    server = await asyncio.to_thread(Postgres)
    scene.stack.push_async_callback(asyncio.to_thread, server.remove)
    scene.kept["server"], scene.store_url = server, server.url


async def postgres_behind_a_gate(scene: Scene) -> None:
    await own_postgres(scene)
    gate = Gate(scene.kept["server"].socket)
    await gate.open()
    scene.stack.push_async_callback(gate.close)
    scene.kept["way"] = gate
    scene.store_url = f"postgresql://postgres@127.0.0.1:{gate.port}/postgres?sslmode=disable"


async def stop_postgres(scene: Scene) -> None:
    await asyncio.to_thread(scene.kept["server"].stop)


async def start_postgres(scene: Scene) -> None:
    await asyncio.to_thread(scene.kept["server"].start)


async def kill_connections(scene: Scene) -> None:
    async def killing() -> None:
        import asyncpg

        connection = await asyncpg.connect(scene.store_url)
        try:
            while True:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'dlf-bot'"
                )
                # Longer than a process must hold its lock again before it sends.
                await asyncio.sleep(4)
        finally:
            await connection.close()

    scene.kept["killing"] = asyncio.create_task(killing())


async def spare_connections(scene: Scene) -> None:
    scene.kept["killing"].cancel()
    await asyncio.gather(scene.kept["killing"], return_exceptions=True)


def act(do: Callable[[Scene], object]) -> Act:
    """A step that gives nothing to wait for."""

    def step(scene: Scene) -> None:
        do(scene)

    return step


# Slack's Web API

POST, DOWN = "chat.postMessage", "Slack: Socket Mode is not connected"


def unsearchable(error: str) -> Fault:
    return Fault(
        f"The history may not be searched ({error}), and a post is done but the connection is cut",
        both(
            slack("error", "conversations.history", error=error),
            act(lambda scene: scene.slack.faults.add("dropped_after", POST, times=1)),
        ),
        meanwhile=struck(1),
        ready=WAITS,
        command=LIVE,
        hears=REPEATED,
        repeats=1,
        within=8,
        bound="`look_up`",
    )


CRITICAL = "[{name: failures, metric: fail_count, limit: 100, worse_by: 50, severity: critical}]"
REMINDED = "[{name: failures, metric: fail_count, limit: 100, worse_by: 50, remind_every: 1h}]"


def due_reminder(scene: Scene) -> None:
    """The alert fires unchanged until its reminder, and a new alert begins elsewhere."""
    scene.clock.jump(scene.clock.now() + timedelta(minutes=61))
    scene.dlf.fail("ws-finance", 307)


def refuse_lost_threads(scene: Scene) -> None:
    scene.slack.refuses_lost_threads = True


def refuse_edits(scene: Scene) -> None:
    scene.slack.faults.add("error", "chat.update", error="a_code_nobody_foresaw")


def lost(what: str, breaks: Act, *, ready: str = READY, bound: str = "`tick`") -> list[Fault]:
    """The rows of a critical alert that gets worse, and of a reminder of an unchanged alert."""
    row = Fault(
        f"A critical alert got worse, and {what}",
        breaks,
        ready=ready,
        command=LIVE,
        hears=REPLACED,
        within=6,
        bound=bound,
        config={"rules": CRITICAL},
    )
    reminder = f"A reminder is due, and {what}"
    return [row, replace(row, name=reminder, config={"rules": REMINDED}, worsens=due_reminder)]


LOST_ROOTS = [
    *lost("its message was deleted", delete_message),
    *lost("its message was deleted and left a tombstone with replies", delete_thread),
    *lost(
        "its message was deleted, in a Slack that refuses such threads",
        both(delete_message, refuse_lost_threads),
    ),
    *lost(
        "its message was deleted, which no edit shows (Slack puts the reply into the channel)",
        both(delete_message, refuse_edits),
        ready=WAITS,
        bound="three tries of the edit",
    ),
]


SLACK = [
    Fault(
        "Nobody answers where Slack was",
        close_gate,
        mends=open_gate,
        ready=f"{DOWN} (unreachable)",
        command=SLACKS_WORDS,
        hears=LATER,
        within=6,
        bound="`retry_most`, 2 × `socket_patience`",
        lasts=3,
    ),
    Fault(
        "Slack resets connections",
        slack("refused"),
        command=LIVE,
        hears=LATER,
        ready="channel #data-ops: retrying (connection_lost)",
        within=8,
        bound="`retry_most`",
    ),
    Fault(
        "Slack answers 500 to everything",
        slack("http_500"),
        command=LIVE,
        hears=LATER,
        ready="channel #data-ops: retrying (http_500)",
        within=8,
        bound="`retry_most`",
    ),
    Fault(
        "Slack answers 503 to everything",
        slack("http_503"),
        command=LIVE,
        hears=LATER,
        ready="channel #data-ops: retrying (http_503)",
        within=8,
        bound="`retry_most`",
    ),
    Fault(
        "Something answers 502 with an HTML page",
        slack("html_502"),
        command=LIVE,
        hears=LATER,
        ready="channel #data-ops: retrying (http_502)",
        within=8,
        bound="`retry_most`",
    ),
    Fault(
        "Slack answers 429 with Retry-After to everything",
        slack("ratelimited"),
        command=LIVE,
        hears=LATER,
        ready="channel #data-ops: retrying (ratelimited)",
        within=8,
        bound="Retry-After",
    ),
    Fault(
        "Slack is slow, but answers in time",
        slack("slow", seconds=0.4),
        ready=READY,
        command=LIVE,
        hears=USUAL,
        within=6,
        bound="nothing",
        lasts=4,
    ),
    Fault(
        "Slack answers posts after our patience has ended",
        slack("slow_answer", POST, seconds=2.5),
        ready=WAITS,
        command=LIVE,
        hears=ADOPTED,
        within=8,
        bound="`look_up_after_timeout`",
        lasts=4,
    ),
    Fault(
        "Slack does what is asked only after our patience has ended",
        slack("slow", POST, seconds=1.6),
        ready=WAITS,
        command=LIVE,
        hears=ADOPTED,
        within=8,
        bound="`look_up_after_timeout`",
        lasts=4,
    ),
    Fault(
        "Posts are done, then the connection is cut",
        slack("dropped_after", POST),
        meanwhile=struck(),
        ready=WAITS,
        command=LIVE,
        hears=ADOPTED,
        within=8,
        bound="`look_up`",
    ),
    Fault(
        "Posts are done, the answer is cut in the middle",
        slack("cut_answer", POST),
        meanwhile=struck(),
        ready=WAITS,
        command=LIVE,
        hears=ADOPTED,
        within=8,
        bound="`look_up`",
    ),
    Fault(
        "Posts are done, the answer is 500",
        slack("http_500_after", POST),
        meanwhile=struck(),
        ready=WAITS,
        command=LIVE,
        hears=ADOPTED,
        within=8,
        bound="`look_up`",
    ),
    Fault(
        "Posts are lost with the connection",
        slack("dropped_before", POST),
        meanwhile=struck(),
        command=LIVE,
        hears=LATER,
        ready="channel #data-ops: retrying (connection_lost)",
        within=8,
        bound="`retry_most`",
    ),
    Fault(
        "Edits are done, then the connection is cut",
        slack("dropped_after", "chat.update"),
        meanwhile=struck(),
        ready=WAITS,
        command=LIVE,
        hears=USUAL,
        within=8,
        lasts=5,
        bound="`look_up`",
    ),
    Fault(
        "No history scope, and posts are done but the connection is cut",
        act(lambda scene: scene.slack.faults.add("dropped_after", POST, times=2)),
        meanwhile=struck(),
        before=without("channels:history", "groups:history"),
        ready=WAITS,
        command=LIVE,
        hears=REPEATED,
        repeats=2,
        within=8,
        bound="`look_up`",
    ),
    unsearchable("enterprise_is_restricted"),
    unsearchable("no_permission"),
    Fault(
        "New kinds of blocks are refused",
        both(
            act(lambda scene: scene.slack.faults.refuse_blocks(*NEW_BLOCKS)),
            act(lambda scene: scene.clock.jump(NOON + timedelta(minutes=2))),
        ),
        config={"digests": "[{name: noon, at: '12:01', timezone: Asia/Singapore}]"},
        meanwhile=digest_in_classic_blocks,
        ready=READY,
        command=LIVE,
        hears=STEPPED_DOWN,
        within=6,
        bound="nothing",
    ),
    Fault(
        "A message is too long for Slack (msg_blocks_too_long)",
        act(lambda scene: scene.slack.faults.add("error", POST, times=1, error="msg_blocks_too_long")),
        meanwhile=struck(1),
        ready=READY,
        command=LIVE,
        hears=STEPPED_DOWN,
        within=6,
        bound="nothing",
    ),
    Fault(
        "Somebody deletes the message of an alert",
        delete_message,
        ready=READY,
        command=LIVE,
        hears=REPLACED,
        within=6,
        bound="`tick`",
    ),
    Fault(
        "Somebody deletes a message that has replies",
        delete_thread,
        ready=READY,
        command=LIVE,
        hears=REPLACED,
        within=6,
        bound="`tick`",
    ),
    *LOST_ROOTS,
]


# The permission to post


def stopped(error: str) -> Fault:
    breaks, mends = token(error)
    return Fault(
        f"The token is refused ({error})",
        breaks,
        mends=mends,
        ready=f"Slack: sending is stopped ({error}). Messages are kept.",
        command=LIVE,
        hears=LATER,
        within=8,
        bound="`probe`",
    )


def parked(error: str, what: str, breaks: Act, mends: Act, before: Act | None = None) -> Fault:
    return Fault(
        f"{what} ({error})",
        breaks,
        mends=mends,
        ready=f"channel {FINANCE}: messages are waiting ({error})",
        command=LIVE,
        hears=ELSEWHERE,
        within=8,
        bound="`park`",
        before=before,
    )


def lose_channel(scene: Scene) -> None:
    scene.kept["channel"] = scene.slack.channels.pop(FINANCE)


def find_channel(scene: Scene) -> None:
    scene.slack.channels[FINANCE] = scene.kept["channel"]


RIGHTS = [
    stopped("token_revoked"),
    stopped("invalid_auth"),
    stopped("account_inactive"),
    Fault(
        "The scope chat:write is taken away (missing_scope)",
        without("chat:write"),
        mends=given("chat:write"),
        ready="Slack: sending is stopped (missing_scope). Messages are kept.",
        command=LIVE,
        hears=LATER,
        within=8,
        bound="`probe`",
    ),
    parked("channel_not_found", "A channel is gone", lose_channel, find_channel),
    parked(
        "not_in_channel",
        "The bot is thrown out of a channel",
        both(without("chat:write.public"), act(lambda scene: scene.slack.remove(FINANCE))),
        act(lambda scene: scene.slack.invite(FINANCE)),
        before=act(lambda scene: scene.slack.invite(OPS)),
    ),
    parked(
        "is_archived",
        "A channel is archived",
        act(lambda scene: scene.slack.archive(FINANCE)),
        act(lambda scene: scene.slack.archive(FINANCE, archived=False)),
    ),
    parked(
        "restricted_action",
        "Only admins may post in a channel",
        act(lambda scene: scene.slack.restrict(FINANCE)),
        act(lambda scene: scene.slack.restrict(FINANCE, restricted=False)),
    ),
]


# Socket Mode


async def disconnect(scene: Scene) -> None:
    await scene.slack.socket.disconnect(close_after=0.5)


def cut_off(scene: Scene) -> None:
    scene.slack.socket.cut()


SOCKET = [
    Fault(
        "Slack asks the connection to be renewed (disconnect frame)",
        disconnect,
        ready=READY_SOON,
        command=LIVE,
        hears=USUAL,
        within=6,
        bound="nothing",
    ),
    Fault(
        "The Socket Mode connection breaks",
        cut_off,
        ready=READY_SOON,
        command=LIVE,
        hears=USUAL,
        within=6,
        bound="`socket_ping`",
    ),
    Fault(
        "After a disconnect frame the new URL is dead (slack_sdk would retry it for ever)",
        both(slack("http_503", "socket"), disconnect),
        ready=f"{DOWN} (no_line)",
        command=SLACKS_WORDS,
        hears=USUAL,
        within=8,
        bound="2 × `socket_patience`",
        lasts=3,
    ),
    Fault(
        "Handshakes are refused after the line broke",
        both(slack("http_503", "socket"), cut_off),
        ready=f"{DOWN} (no_line)",
        command=SLACKS_WORDS,
        hears=USUAL,
        within=8,
        bound="2 × `socket_patience`",
        lasts=3,
    ),
    Fault(
        "The connection falls silent without closing",
        both(slack("silent", "socket"), act(lambda scene: scene.slack.socket.silence())),
        ready=f"{DOWN} (no_line)",
        command=SLACKS_WORDS,
        hears=USUAL,
        within=8,
        bound="4 × `socket_ping` + 2 × `socket_patience`",
        lasts=3,
    ),
    Fault(
        "Slack greets each line and drops it (slack_sdk would open hundreds a second)",
        both(slack("dropped", "socket"), cut_off),
        ready=f"{DOWN} (unsteady)",
        command=SLACKS_WORDS,
        hears=USUAL,
        within=8,
        bound="2 × `socket_patience`",
        lasts=3,
    ),
    Fault(
        "apps.connections.open fails after the line broke",
        both(slack("http_500", "apps.connections.open"), cut_off),
        ready=f"{DOWN} (http_500)",
        command=SLACKS_WORDS,
        hears=USUAL,
        within=8,
        bound="2 × `socket_patience`",
        lasts=3,
    ),
]


# DLF

# On a busy machine a call may time out first; the row waits for what the fault itself brings.
UNCONNECTED, UNANSWERED = "Cannot connect to 127.0.0.1.", "DLF did not answer within 1.5 s."
NO_COUNTS = "DLF's endpoint did not return job counts:"


def unread(what: str, breaks: Act, problem: str, *, within: float = 10, bound: str = "`poll_every`") -> Fault:
    return Fault(
        what,
        breaks,
        ready=f"DLF project prod: not read since …. {problem}",
        command=RECORDED,
        hears=UNREADABLE,
        within=within,
        bound=bound,
    )


def as_usual(what: str, breaks: Act, config: dict[str, str] | None = None) -> Fault:
    return Fault(
        what,
        breaks,
        ready=READY,
        command=LIVE,
        hears=USUAL,
        within=6,
        bound="nothing",
        lasts=4,
        config=config or {},
    )


def change_secret(scene: Scene) -> None:
    scene.dlf.iam.access_keys["AKPLAYGROUND"].secret = "another"


async def keep_asking(scene: Scene) -> None:
    """Five minutes pass, in which the bot may spend four refused signatures at most."""
    began = scene.wall.seconds()
    for _ in range(11):
        scene.wall.forward(30)
        await asyncio.sleep(0.4)
    refused = [one for one in scene.dlf.log.of() if one.status == 401 and one.wall >= began - 60]
    for first in refused:
        assert len([one for one in refused if 0 <= one.wall - first.wall < 300]) <= 4
    assert len(refused) >= 2
    assert not scene.dlf.iam.is_locked(scene.dlf.iam.access_keys["AKPLAYGROUND"])


def change_secret_back(scene: Scene) -> None:
    scene.dlf.iam.access_keys["AKPLAYGROUND"].secret = "playground-secret"
    scene.wall.forward(3600)


IAM_USER = {"auth": "{username: playground, password: playground, domain: playground}"}
DLF = [
    Fault(
        "DLF refuses every signature (401; five would lock the key)",
        change_secret,
        mends=change_secret_back,
        before=act(lambda scene: scene.clock.jump(datetime.now(UTC))),  # the clock of the signatures
        meanwhile=keep_asking,
        ready="DLF project prod: not read since …. DLF rejected the credentials",
        command=RECORDED,
        hears=UNREADABLE,
        within=10,
        bound="5 min, later 1 h: the rest after refused signatures",
    ),
    as_usual(
        "IAM ends all tokens early (401, APIGW.0307)",
        act(lambda s: s.dlf.iam.expire_tokens()),
        config=IAM_USER,
    ),
    unread("DLF answers 429 with Retry-After", dlf("throttled", seconds=1), "DLF is rate-limiting the bot"),
    unread("DLF answers 500", dlf("error_500"), "DLF is temporarily unavailable (HTTP 500, "),
    unread(
        "A proxy answers 502 with an HTML page",
        dlf("bad_gateway"),
        "DLF is temporarily unavailable (HTTP 502)",
    ),
    unread(
        "A login page comes in DLF's place (HTML, 200)",
        dlf("login_page"),
        f"{NO_COUNTS} the answer is a web page.",
    ),
    unread("DLF redirects elsewhere", dlf("redirect"), "DLF's endpoint answered with a redirect"),
    as_usual("DLF is slow, but answers in time", dlf("slow", seconds=0.5)),
    unread("DLF never answers", dlf("timeout"), UNANSWERED),
    unread("DLF cuts the connection", dlf("dropped"), "127.0.0.1 closed the connection."),
    unread("Nobody listens where DLF was", dlf("refused"), UNCONNECTED),
    unread("The answer is cut off", dlf("cut_off"), f"{NO_COUNTS} the answer is incomplete or damaged JSON."),
    unread("The answer is empty", dlf("empty_body"), f"{NO_COUNTS} the answer is empty."),
    Fault(
        "Half an answer: the count a rule watches is missing",
        dlf("half_answer"),
        ready="workspace prod/finance: DLF did not return",
        command=SENTENCE,
        hears=UNREADABLE,
        within=10,
        bound="`poll_every`",
    ),
    unread("All counts are null", dlf("null_counts"), f"{NO_COUNTS} the answer has none of the 13 counts."),
    as_usual("DLF's clock is five hours ahead", dlf("wrong_clock", seconds=5 * 3600)),
    Fault(
        "One workspace alone cannot be read",
        dlf("error_500", workspace="ws-finance"),
        ready="workspace prod/finance: DLF is temporarily unavailable",
        command=LIVE,
        hears=PARTLY,
        within=10,
        bound="`poll_every`",
    ),
]


# The database

LOCKED = "store: The database is locked by another program."
FULL = "store: The disk is full."
AWAY = "store: PostgreSQL's socket does not exist."
SILENT = "store: The database did not answer in time."


async def lock(scene: Scene) -> None:
    other = sqlite3.connect(scene.services.folder / "bot.db", isolation_level=None, timeout=0)
    scene.kept["other"] = other
    while not other.in_transaction:
        with suppress(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(0.01)


def unlock(scene: Scene) -> None:
    scene.kept["other"].rollback()
    scene.kept["other"].close()


DATABASE = [
    Fault(
        "Another process has locked the SQLite file",
        lock,
        mends=unlock,
        ready=LOCKED,
        command=LIVE,
        hears=LATER,
        within=8,
        bound="5 s, the wait for a lock",
        lasts=4,
    ),
    Fault(
        "The disk is full (SQLite)",
        fill_disk,
        mends=empty_disk,
        before=small_disk,
        ready=FULL,
        command=LIVE,
        hears=LATER,
        within=8,
        bound="`lease`",
    ),
    Fault(
        "PostgreSQL is stopped and started again",
        stop_postgres,
        mends=start_postgres,
        before=own_postgres,
        ready=AWAY,
        command=LIVE,
        hears=LATER,
        within=10,
        bound="`lease`",
    ),
    Fault(
        "PostgreSQL does not answer",
        act(lambda scene: scene.kept["way"].hold()),
        mends=act(lambda scene: scene.kept["way"].release()),
        before=postgres_behind_a_gate,
        ready=SILENT,
        command=LIVE,
        hears=LATER,
        within=10,
        bound="`lease`",
    ),
    Fault(
        "Every connection to PostgreSQL is killed, again and again",
        kill_connections,
        mends=spare_connections,
        before=own_postgres,
        ready=WHATEVER,
        command=LIVE,
        hears=WHENEVER,
        within=10,
        bound="`lease`",
    ),
]


# Two things at once

TOGETHER = [
    Fault(
        "Slack and DLF are away",
        both(slack("http_503"), dlf("refused")),
        ready=f"DLF project prod: not read since …. {UNCONNECTED}",
        command=RECORDED,
        hears=UNREADABLE,
        within=10,
        bound="`retry_most` + `poll_every`",
    ),
    Fault(
        "Slack is away and the SQLite file is locked",
        both(slack("http_503"), lock),
        mends=both(unlock, act(lambda scene: scene.slack.faults.clear())),
        ready=LOCKED,
        command=LIVE,
        hears=LATER,
        within=10,
        bound="`retry_most` + `lease`",
        lasts=4,
    ),
    Fault(
        "Slack is away, then PostgreSQL, too",
        both(slack("http_503"), stop_postgres),
        mends=both(start_postgres, act(lambda scene: scene.slack.faults.clear())),
        before=own_postgres,
        ready=AWAY,
        command=LIVE,
        hears=LATER,
        within=10,
        bound="`retry_most` + `lease`",
    ),
    Fault(
        "Socket Mode and DLF are away",
        both(slack("http_503", "socket"), disconnect, dlf("refused")),
        ready=f"DLF project prod: not read since …. {UNCONNECTED}",
        command=SLACKS_WORDS,
        hears=UNREADABLE,
        within=10,
        bound="2 × `socket_patience`",
    ),
]


# A bot that starts in the middle of it

RESTARTED = [
    Fault(
        "The bot is started anew while nobody answers where Slack was",
        close_gate,
        mends=open_gate,
        ready="Slack: not connected yet",
        command=SLACKS_WORDS,
        hears=LATER,
        within=8,
        bound="`introduce`, 2 × `socket_patience`",
        restarts=True,
    ),
    Fault(
        "The bot is started anew while Slack answers 503 to everything",
        slack("http_503"),
        ready="Slack: not connected yet",
        command=SLACKS_WORDS,
        hears=LATER,
        within=8,
        bound="`introduce`, 2 × `socket_patience`",
        restarts=True,
    ),
    Fault(
        "The bot is started anew while Slack asks it to wait (429)",
        slack("ratelimited"),
        ready="Slack: not connected yet",
        command=SLACKS_WORDS,
        hears=LATER,
        within=8,
        bound="Retry-After, 2 × `socket_patience`",
        restarts=True,
    ),
    replace(
        unread("The bot is started anew while nobody listens where DLF was", dlf("refused"), UNCONNECTED),
        restarts=True,
    ),
    replace(
        unread("The bot is started anew while DLF never answers", dlf("timeout"), UNANSWERED), restarts=True
    ),
    Fault(
        "The bot is started anew while Slack and DLF are away",
        both(close_gate, dlf("refused")),
        mends=both(open_gate, act(lambda scene: scene.dlf.faults.clear())),
        ready=f"DLF project prod: not read since …. {UNCONNECTED}",
        command=SLACKS_WORDS,
        hears=UNREADABLE,
        within=10,
        bound="`introduce` + `poll_every`",
        restarts=True,
    ),
]


# Silences, and the update


def store_of(scene: Scene) -> str:
    return f"sqlite:///{scene.services.folder / 'bot.db'}"


async def silence(scene: Scene) -> None:
    """A person silences the firing alert for two seconds."""
    now, until = scene.clock.now(), scene.clock.now() + timedelta(seconds=2)
    store = await open_store(store_of(scene))
    await store.silences.add(Silence("failures", "prod/sales", until, "U0BEN", now, name="ben"))
    await store.close()


async def announced(scene: Scene) -> None:
    await scene.until(lambda: scene.shown(f"{scene.key('sales')}/silenced/1"))


async def until_it_ended(scene: Scene) -> None:
    await asyncio.sleep(2.2)


def its_end_was_told(scene: Scene) -> None:
    told = scene.shown(f"{scene.key('sales')}/1")
    assert told
    assert "Silence ended" in told.text
    assert str(scene.fails("sales")) in told.text


def its_end_was_told_first(scene: Scene) -> None:
    """Before anything is read: what was read since is told after it."""
    replies = [scene.shown(f"{scene.key('sales')}/{number}") for number in (1, 2)]
    assert ["Silence ended" in (one.text if one else "") for one in replies] == [True, False]
    assert replies[1]
    assert "Worse" in replies[1].text
    assert str(scene.fails("sales")) in replies[1].text


def of_schema_1(scene: Scene) -> None:
    load.go_back(scene.services.folder / "bot.db", "schema1")


SILENCED = [
    Fault(
        "A silence begins and ends while Slack answers 503 to everything",
        both(slack("http_503"), silence),
        after=its_end_was_told,
        ready="channel #data-ops: retrying (http_503)",
        command=LIVE,
        hears=LATER,
        within=8,
        bound="`retry_most`",
        lasts=3,
        further=1,
    ),
    Fault(
        "A silence ends while another process has locked the SQLite file",
        both(silence, announced, lock),
        mends=unlock,
        after=its_end_was_told,
        ready=LOCKED,
        command=LIVE,
        hears=LATER,
        within=8,
        bound="5 s, the wait for a lock",
        lasts=4,
        further=1,
    ),
    Fault(
        "A silence ended before the bot is started anew",
        both(silence, until_it_ended),
        after=its_end_was_told_first,
        ready=READY_SOON,
        command=LIVE,
        hears=USUAL,
        within=6,
        bound="nothing",
        restarts=True,
        further=1,
    ),
    Fault(
        "The version before left the database (schema 1), and Slack answers 503 when this one is started",
        both(of_schema_1, slack("http_503")),
        ready="Slack: not connected yet",
        command=SLACKS_WORDS,
        hears=LATER,
        within=8,
        bound="`introduce`, 2 × `socket_patience`",
        restarts=True,
    ),
]


@pytest.fixture(autouse=True)
def ear() -> Iterator[None]:
    """Let every scene hear its own bot's log."""
    log, heard = logging.getLogger("bot"), Ear()
    level = log.level
    log.setLevel(logging.INFO)
    log.addHandler(heard)
    yield
    log.removeHandler(heard)
    log.setLevel(level)


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def established(
    faults: list[Fault], folder: Path, note: Callable[[str], None], written: Collection[str]
) -> list[str]:
    """Play rows concurrently; every failure is reported, not only the first.

    A row that failed while the machine was busy is played again, twice at most, and that is noted. So are a
    few that came out otherwise than `written`: alone, for the bots of all rows share one event loop.
    """
    places = asyncio.Semaphore(AT_ONCE)
    only = os.environ.get("FAULTS_ONLY", "")
    chosen = [fault for fault in faults if only in fault.name]

    async def one(number: int, fault: Fault) -> str:
        async with places:
            for again in range(REPLAYS + 1):
                began, before = time.monotonic(), held_up()
                try:
                    # A task for each: the bot's log finds its scene by the context.
                    return await asyncio.create_task(play(fault, make(folder / f"{number}-{again}")))
                except Exception as error:
                    took, held = time.monotonic() - began, held_up() - before
                    if again == REPLAYS or not was_busy(held, took):
                        raise
                    why = str(error).strip().partition("\n")[0][:200]
                    note(f"{fault.name}: held up for {held:.1f} of {took:.1f} s; {why}")
        raise AssertionError("not reached")

    held_up()  # begins to keep the account
    tasks = [asyncio.create_task(one(number, fault)) for number, fault in enumerate(chosen)]
    found = await asyncio.gather(*tasks, return_exceptions=True)
    odd = [number for number, row in enumerate(found) if row not in written]
    for number in odd if written and len(odd) <= max(1, FEW * len(chosen)) else []:
        note(f"{chosen[number].name}: played again alone; {str(found[number]).strip()[:200]}")
        (found[number],) = await asyncio.gather(
            one(number + len(chosen), chosen[number]), return_exceptions=True
        )
    wrong = [one for one in found if isinstance(one, BaseException)]
    if wrong:
        raise BaseExceptionGroup(f"{len(wrong)} of {len(chosen)} rows", wrong)
    return [one for one in found if isinstance(one, str)]


PARTS = {
    "Slack's Web API": SLACK,
    "Slack: who may post, and where": RIGHTS,
    "Slack: Socket Mode": SOCKET,
    "DLF": DLF,
    "The database": DATABASE,
    "Two things at once": TOGETHER,
    "Started in the middle of it": RESTARTED,
    "Silences, and the update from the version before": SILENCED,
}


INTRODUCTION = """\
# The fault matrix

Written by `FAULTS_WRITE=1 pytest tests/system/test_faults.py`; an ordinary run of the tests plays every row
again and compares. In each row the whole bot runs between the imitated DLF and the imitated Slack, on a
database of its own, polling every second. One alert stands in Slack when the fault begins. While it lasts,
that alert gets worse and a second workspace begins to fail; both must be told, the first as an edit and a
reply in its thread. A row passes only if afterwards nothing is missing in Slack and nothing is there twice
(but for the one row that says so), each trouble was logged once and not at every try, and the process never
stopped.

**All told** is the bound the test holds the bot to, in real seconds from the cure until Slack shows
everything and `/readyz` is content, with waits a fraction of the usual ones; time in which the machine gave
the bot no processor is not the bot's. What recovery really took is printed when this is written. **Rests
on** names what bounds it in production:

"""


def the_waits() -> str:
    """The waits of the last column, as tested and as they usually are."""
    names = ["tick", "lease", "look_up", "look_up_after_timeout", "retry_most", "park", "probe"]
    names += ["socket_patience", "socket_ping", "introduce"]
    rows = [
        f"| `{name}` | {getattr(QUICK, name):g} s | {getattr(USUAL_TIMING, name):g} s |" for name in names
    ]
    rows.append("| `poll_every` | 1 s | 1 min, or what the config says |")
    return "\n".join(["| wait | in these tests | usually |", "|---|--:|--:|", *rows])


HEAD = """\
| Fault | What Slack hears | `/readyz` meanwhile | A slash command meanwhile | All told | Rests on |
|---|---|---|---|--:|---|"""


def test_the_introduction_names_the_waits_as_they_are() -> None:
    if os.environ.get("FAULTS_WRITE"):
        _write(INTRODUCTION + the_waits() + "\n", {})
    assert MATRIX.read_text(encoding="utf-8").startswith(INTRODUCTION + the_waits() + "\n")


@pytest.mark.parametrize("part", PARTS)
async def test_the_matrix_says_what_was_established(
    part: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    is_written_anew = bool(os.environ.get("FAULTS_WRITE"))
    known = [] if is_written_anew else _parts()[part]
    rows = await established(PARTS[part], tmp_path, lambda said: record_property("replayed", said), known)
    print(measured(PARTS[part]))
    if is_written_anew:
        _write(None, {part: rows})
        with capsys.disabled():
            print(measured(PARTS[part]))
    written = _parts()[part]
    assert [row for row in rows if row not in written] == []
    if not os.environ.get("FAULTS_ONLY"):
        assert written == rows


def measured(faults: list[Fault]) -> str:
    """The measured recovery times beside their bounds; the document has only the bounds."""
    rows = [(name, *recovered[name]) for fault in faults if (name := fault.name) in recovered]
    lines = (
        f"  {took:5.1f} s of < {within:g} s, held up {held:4.1f} s  {name}"
        for name, took, held, within in rows
    )
    return "\n".join(["", "from the cure until all was told:", *lines])


def test_the_matrix_has_every_part_and_enough_rows() -> None:
    assert list(_parts()) == list(PARTS)
    assert sum(map(len, _parts().values())) == sum(map(len, PARTS.values())) >= 30


def _parts() -> dict[str, list[str]]:
    """The rows of each part as they are written down."""
    found: dict[str, list[str]] = {}
    for section in MATRIX.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        found[title] = [line for line in body.splitlines() if line.startswith("| ")][1:]
    return found


def _write(introduction: str | None, changed: dict[str, list[str]]) -> None:
    text = MATRIX.read_text(encoding="utf-8") if MATRIX.exists() else ""
    parts = {**{part: list[str]() for part in PARTS}, **(_parts() if text else {}), **changed}
    top = introduction or text.partition("\n## ")[0] + "\n"
    sections = [f"## {part}\n\n" + "\n".join([HEAD, *parts[part]]) + "\n" for part in PARTS]
    MATRIX.write_text("\n".join([top.rstrip("\n") + "\n", *sections]), encoding="utf-8")
