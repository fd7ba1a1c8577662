"""A Python process beside the tests that answers questions: a line of JSON each way.

Started once for a file: its imports cost a second or two.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Answering:
    """A running process; its code reads questions from `sys.stdin` and prints an answer to each, flushed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    async def ask(self, *question: object) -> Any:
        return await asyncio.to_thread(self._ask, json.dumps(question))

    def _ask(self, question: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{question}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process ended; its traceback stands above"
        return json.loads(answer)


@contextmanager
def answering(
    code: str, *, cwd: Path | None = None, env: dict[str, str] | None = None
) -> Iterator[Answering]:
    command, pipe = [sys.executable, "-c", code], subprocess.PIPE
    with subprocess.Popen(command, cwd=cwd, env=env, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield Answering(process)
        finally:
            process.kill()
