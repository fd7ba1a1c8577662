"""Starts victims and knows which live and how they ended; kills only what it started, by pid."""

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
class Victim:
    """One process of the bot. `ended` is its exit code (-9 when killed); `mark` names the step it died at."""

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
    def died_at(self) -> str:
        """The step it killed itself at, or ""."""
        return self.mark.read_text().strip() if self.mark.exists() else ""


class Nest:
    """The mother of all victims."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process, self._folder = process, folder
        self.victims: dict[int, Victim] = {}
        self._reading = asyncio.create_task(self._read())

    async def start(self, config: Path, **order: Any) -> Victim:
        """Start one; returns when it has a pid."""
        number, loop = len(self.victims), asyncio.get_running_loop()
        log, mark = self._folder / f"bot-{number:04}.log", self._folder / f"bot-{number:04}.mark"
        victim = Victim(number, log, mark, loop.create_future(), loop.create_future())
        self.victims[number] = victim
        order |= {"id": number, "config": str(config), "log": str(log), "mark": str(mark)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await victim.pid
        return victim

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            victim = self.victims[said["id"]]
            if "pid" in said:
                victim.pid.set_result(said["pid"])
            else:
                victim.ended.set_result(said["ended"])

    async def close(self) -> None:
        """End all that still live, orderly if they can within ten seconds."""
        living = [victim for victim in self.victims.values() if not victim.ended.done()]
        for victim in living:
            victim.signal(signal.SIGTERM)
        if living:
            await asyncio.wait([victim.ended for victim in living], timeout=10)
        for victim in living:
            victim.signal(signal.SIGKILL)
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._reading


@asynccontextmanager
async def open_nest(folder: Path) -> AsyncIterator[Nest]:
    """A nest whose victims write their logs into `folder`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.victim",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    nest = Nest(process, folder)
    try:
        yield nest
    finally:
        await nest.close()
