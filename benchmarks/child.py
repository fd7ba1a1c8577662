"""The child program of the proofs: the ordinary `dlf-bot run`, with the kill point of its order installed.

It imports the bot once. Then it reads orders (a JSON object per line) from standard input and forks a
process for each, so that a start costs no import. Each process runs `bot.cli.main.main(["run", …])`.
"""

import ctypes
import gc
import json
import os
import random
import select
import signal
import sys
from pathlib import Path
from typing import Any

import bot.cli.main
import bot.cli.run  # the `run` command imports it when it starts
from benchmarks import kill_points

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Fork a process per order and report its end; when the input ends, kill the processes still alive."""
    # Slack and DLF of the proofs are on loopback: no proxy from the environment may stand between.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        os.environ.pop(name, None)
    gc.collect()
    gc.freeze()
    alive: dict[int, int] = {}
    buffer, open_ = b"", True
    while open_ or alive:
        if open_ and select.select([0], [], [], 0.01)[0]:
            chunk = os.read(0, 65536)
            buffer, open_ = buffer + chunk, bool(chunk)
            *lines, buffer = buffer.split(b"\n")
            for line in lines:
                order = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    _run_bot(order)
                alive[pid] = order["id"]
                _report(id=order["id"], pid=pid)
        if not open_:
            for pid in alive:
                os.kill(pid, signal.SIGKILL)
            select.select([], [], [], 0.01)
        _reap(alive)


def _reap(alive: dict[int, int]) -> None:
    while alive:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        _report(id=alive.pop(pid), ended=os.waitstatus_to_exitcode(status))


def _report(**fields: int) -> None:
    os.write(1, json.dumps(fields).encode() + b"\n")


def _run_bot(order: dict[str, Any]) -> None:
    """Run a bot in this process and never return."""
    code = 70
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        random.seed()
        nothing, log = os.open(os.devnull, os.O_RDONLY), _append(order["log"])
        for target, source in ((0, nothing), (1, log), (2, log)):
            os.dup2(source, target)
        kill_points.prepare(order)
        try:
            bot.cli.main.main(["run", "--config", order["config"]])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        sys.stderr.flush()
    finally:
        os._exit(code)


def _append(path: str) -> int:
    return os.open(Path(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


if __name__ == "__main__":
    main()
