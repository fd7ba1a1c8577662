"""Starts bot processes and knows their state; signals only the processes it started, by pid."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(slots=True)
class BotProcess:
    """A process of the bot: `ended` gives its exit code (-9: killed), `mark` is the file of its point."""

    id: int
    log: Path
    mark: Path
    pid: asyncio.Future[int]
    ended: asyncio.Future[int] = field(repr=False)

    def signal(self, number: int) -> None:
        if not self.ended.done() and self.pid.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid.result(), number)

    @property
    def kill_point(self) -> str:
        """The kill point at which it killed itself, or ""."""
        return self.mark.read_text().strip() if self.mark.exists() else ""


class BotProcesses:
    """All bot processes of a proof, children of the same `benchmarks.child`."""

    def __init__(self, parent: asyncio.subprocess.Process, folder: Path) -> None:
        self._parent, self._folder = parent, folder
        self.started: dict[int, BotProcess] = {}
        self._reading = asyncio.create_task(self._read())

    async def start(self, config: Path, **order: Any) -> BotProcess:
        """Start a bot; returns when it has a pid."""
        number, loop = len(self.started), asyncio.get_running_loop()
        log, mark = self._folder / f"bot-{number:04}.log", self._folder / f"bot-{number:04}.mark"
        process = BotProcess(number, log, mark, loop.create_future(), loop.create_future())
        self.started[number] = process
        order |= {"id": number, "config": str(config), "log": str(log), "mark": str(mark)}
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(order).encode() + b"\n")
        await process.pid
        return process

    async def _read(self) -> None:
        assert self._parent.stdout is not None
        async for line in self._parent.stdout:
            report = json.loads(line)
            process = self.started[report["id"]]
            if "pid" in report:
                process.pid.set_result(report["pid"])
            else:
                process.ended.set_result(report["ended"])

    async def close(self) -> None:
        """End the living processes: with SIGTERM, after ten seconds with SIGKILL."""
        living = [process for process in self.started.values() if not process.ended.done()]
        for process in living:
            process.signal(signal.SIGTERM)
        if living:
            await asyncio.wait([process.ended for process in living], timeout=10)
        for process in living:
            process.signal(signal.SIGKILL)
        assert self._parent.stdin is not None
        self._parent.stdin.close()
        await self._parent.wait()
        await self._reading


@asynccontextmanager
async def open_processes(folder: Path) -> AsyncIterator[BotProcesses]:
    """Start the parent of the bots; they write their logs into `folder`."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.child",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    processes = BotProcesses(parent, folder)
    try:
        yield processes
    finally:
        await processes.close()
