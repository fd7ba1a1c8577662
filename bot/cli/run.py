"""`dlf-bot run`: the bot until SIGTERM or Ctrl-C, then a quick and orderly end; SIGHUP reloads the config."""

import asyncio
import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack

from bot.app.lifecycle import Bot, running
from bot.app.redaction import secrets_of
from bot.app.reload import Reload
from bot.app.service_manager import notify_service_manager
from bot.cli.common import told_to_stop
from bot.config import Config
from bot.errors import BotError, StoreError
from bot.logs import Once, log_bug, log_event, set_up
from bot.metrics import Metrics
from bot.server.condition import Condition
from bot.server.http_server import HttpApplication, HttpServer
from bot.store.store import open_store

log = logging.getLogger(__name__)

# Machines that start together start in any order, so the bot waits for its database.
AGAIN_SECONDS = 3.0


async def run_bot(load: Callable[[], Config]) -> int:
    """Run until told to stop; stopping takes ten seconds at most. An unfinished start is cut off.

    Raises BotError if the bot cannot start, or cannot go on because a newer version has the database.
    """
    stop = told_to_stop()
    reload = Reload(load, load())
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reload.request)
    for unheeded in (signal.SIGUSR1, signal.SIGUSR2):  # they would end the process
        loop.add_signal_handler(unheeded, _say_unheeded, unheeded)
    threading.excepthook = _say_stray
    sys.unraisablehook = _say_stray
    while await _run_one(reload, stop):
        pass
    return 0


async def _run_one(reload: Reload, stop: asyncio.Event) -> bool:
    """Run the bot with the current config; True if the config changed. Raises as `run_bot`."""
    _set_up_logs(reload.config)
    stopped = asyncio.create_task(stop.wait())
    try:
        async with AsyncExitStack() as stack:
            start = asyncio.create_task(_start(reload.config, stack))
            await asyncio.wait({start, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not start.done():
                start.cancel()
                await asyncio.wait({start})
                return False
            bot = start.result()  # raises what kept the bot from starting
            # With 10,000 workspaces each collection of these would hold up commands for a tenth of a second.
            gc.freeze()
            stack.callback(gc.unfreeze)
            reload.accept()
            bot.readiness.config_remarks = reload.remarks
            notify_service_manager("READY=1")
            schema_watch = asyncio.create_task(bot.schema_watch.wait())
            changed = asyncio.create_task(reload.wait())
            await asyncio.wait({schema_watch, stopped, changed}, return_when=asyncio.FIRST_COMPLETED)
            notify_service_manager("STOPPING=1" if stopped.done() else "RELOADING=1")
    except BotError as error:
        if reload.go_back(error):
            return True
        raise
    finally:
        stopped.cancel()
    if schema_watch.done():
        schema_watch.result()  # raises, now that the bot has ended in good order
    schema_watch.cancel()
    changed.cancel()
    return changed.done() and not stop.is_set()


def _set_up_logs(config: Config) -> None:
    set_up(config.logs.format, config.logs.level.upper()).learn(*secrets_of(config))


def _say_stray(stray: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> None:
    """Log an error outside the loop; Python would write it to standard error."""
    if stray.exc_type is not SystemExit:
        error = stray.exc_value or stray.exc_type()
        error = error.with_traceback(stray.exc_traceback)
        log_bug(log, "stray_error", error)


def _say_unheeded(received: signal.Signals) -> None:
    log_event(
        log, "signal", logging.WARNING, problem=f"{received.name} is ignored. SIGHUP reloads the config."
    )


async def _start(config: Config, stack: AsyncExitStack) -> Bot:
    """Start the bot as soon as its database is there. Raises BotError if waiting does not help."""
    once = Once(log, "start")
    while True:
        try:
            return await stack.enter_async_context(running(config))
        except StoreError as error:
            if not error.retry:
                raise
            once.warn("store", str(error))
            await _wait_for_store(config, error)


async def _wait_for_store(config: Config, error: StoreError) -> None:
    """Return when the database is there. Until then `/healthz` and `/readyz` show why the process waits.

    Raises BotError if waiting does not help.
    """
    problems = [f"store: {error.what}"]

    async def look() -> Condition:
        return Condition(tuple(problems))

    front = HttpApplication(look, Metrics().registry, token=config.http.token)
    server = HttpServer(front, config.http.host, config.http.port)
    await server.start()
    try:
        while problems:
            await asyncio.sleep(AGAIN_SECONDS)
            problems[:] = await _store_trouble(config)
    finally:
        await server.close()


async def _store_trouble(config: Config) -> list[str]:
    """Why the database cannot be used now, if so. Raises StoreError if waiting does not help."""
    try:
        await (await open_store(config.store.reveal())).close()
    except StoreError as error:
        if not error.retry:
            raise
        return [f"store: {error.what}"]
    return []
