"""`dlf-bot run` within this process: what it does once the bot has started."""

import asyncio
import gc
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.run import run_bot
from tests.support.log_setup import log_setup_put_back
from tests.support.whole_bot import services


@pytest.fixture(autouse=True)
def _put_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    with log_setup_put_back():
        yield


async def test_the_garbage_collector_passes_over_what_a_started_bot_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gc.unfreeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "manager"))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "manager"))
        async with services(tmp_path) as world:
            config = world.config()
            running = asyncio.create_task(run_bot(lambda: config))
            assert (
                await asyncio.wait_for(asyncio.get_running_loop().sock_recv(manager, 100), 40) == b"READY=1"
            )
            frozen = gc.get_freeze_count()
            running.cancel()
            await asyncio.wait({running})
    assert frozen > 10_000, "objects"
    assert gc.get_freeze_count() == 0, "what a bot leaves behind is collected"
