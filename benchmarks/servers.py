"""Starts ours and the references as processes of their own, and reads what they use."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import Environment
from benchmarks.processes import ROOT

SIGNING_SECRET = "benchmark-signing-secret"
_TICKS = os.sysconf("SC_CLK_TCK")
# What is measured has the first processor for itself, the load and the imitated services have the others.
_MEASURED, _OTHERS = {0}, set(range(1, os.cpu_count() or 1))


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers on `port` of loopback; its output is in `log`."""

    process: asyncio.subprocess.Process
    port: int
    log: Path

    def cpu(self) -> float:
        """The seconds of CPU it has used."""
        after_name = self._read("stat").rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICKS

    def memory(self) -> float:
        """Its resident memory in MiB."""
        line = next(line for line in self._read("status").splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def _read(self, name: str) -> str:
        return Path(f"/proc/{self.process.pid}/{name}").read_text(encoding="utf-8")


@asynccontextmanager
async def program(*arguments: object, port: int = 0, pinned: bool = True) -> AsyncIterator[Server]:
    """Run `python -m ARGUMENTS` until the block ends."""
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *map(str, arguments)),
            cwd=ROOT,
            stdout=log,
            stderr=log,
            env=_environment(),
        )
        if pinned and _OTHERS:
            os.sched_setaffinity(process.pid, _MEASURED)
        try:
            yield Server(process, port, Path(log.name))
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 15)
            except TimeoutError:
                process.kill()
                await process.wait()


def use_other_processors() -> None:
    """Leave the first processor to what is measured."""
    if _OTHERS:
        os.sched_setaffinity(0, _OTHERS)


@asynccontextmanager
async def bare_bolt(kind: str, *, pinned: bool = True) -> AsyncIterator[Server]:
    """Bare Bolt: `ack` or `respond`."""
    port = free_port()
    async with program("benchmarks.references.bolt", kind, port, port=port, pinned=pinned) as server:
        yield server


@asynccontextmanager
async def whole_bot(
    environment: Environment,
    *,
    store: str | None = None,
    poll_every: str = "10m",
    per_second: float = 200,
    pinned: bool = True,
    **parts: str,
) -> AsyncIterator[Server]:
    """`dlf-bot run` in HTTP mode on a new SQLite file, or on `store`."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = environment.config(
            Path(folder, "config.yaml"),
            store or f"sqlite:///{folder}/bot.db",
            poll_every=poll_every,
            per_second=per_second,
            digests="",
            port=port,
            transport=f"signing_secret: {SIGNING_SECRET}",
            **parts,
        )
        async with program("bot", "run", "--config", config, port=port, pinned=pinned) as server:
            yield server


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _environment() -> dict[str, str]:
    """Without proxies, for all is on loopback; bytecode is kept, as where the bot is installed."""
    without = ("http_proxy", "https_proxy", "all_proxy", "pythondontwritebytecode")
    return {name: value for name, value in os.environ.items() if name.lower() not in without}
