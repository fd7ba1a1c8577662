"""The HTTP application of the page: static files, state, events and actions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files

from aiohttp import web

from bot.playground.page import actions, events
from bot.playground.page.events import STOPPING, WORLDS
from bot.playground.page.guard import guard
from bot.playground.page.state import Json, Worlds, state

_FILES = web.AppKey("files", dict[str, bytes])
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_COLLECT_SECONDS = 0.25
_MOST_READ = 256 * 1024

Action = Callable[[Worlds, str, Json], Awaitable[Json]]
_ACTIONS: dict[str, Action] = {
    "command": actions.command,
    "action": actions.action,
    "view": actions.view,
    "home": actions.home,
    "dlf": actions.dlf,
    "clock": actions.clock,
    "faults": actions.faults,
}


def make_app(worlds: Worlds) -> web.Application:
    """The page as an aiohttp application; it answers to loopback names only."""
    app = web.Application(middlewares=[guard], client_max_size=_MOST_READ)
    app[WORLDS], app[STOPPING], app[_FILES] = worlds, asyncio.Event(), _page_files()
    app.router.add_get("/api/state", _state)
    app.router.add_get("/api/events", events.events)
    app.router.add_post("/api/{action}", _act)
    app.router.add_get("/{name:[a-z]*(?:\\.[a-z]+)?}", _file)
    app.cleanup_ctx.append(_collect_traffic)
    app.on_shutdown.append(_stop)
    return app


def _page_files() -> dict[str, bytes]:
    folder = files("bot.playground.page") / "static"
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name.rpartition(".")[2] in _KINDS}


async def _file(request: web.Request) -> web.Response:
    name = request.match_info["name"] or "index.html"
    body = request.app[_FILES].get(name)
    if body is None:
        raise web.HTTPNotFound
    return web.Response(body=body, content_type=_KINDS[name.rpartition(".")[2]], charset="utf-8")


async def _state(request: web.Request) -> web.Response:
    worlds = request.app[WORLDS]
    return web.json_response(state(worlds, actions.known_user(worlds, request.query.get("user"))))


async def _act(request: web.Request) -> web.Response:
    action = _ACTIONS.get(request.match_info["action"])
    if action is None:
        raise web.HTTPNotFound
    worlds = request.app[WORLDS]
    try:
        body = await request.json()
        if not isinstance(body, dict):
            raise ValueError("The body must be a JSON object.")
        answer = await action(worlds, actions.known_user(worlds, body.get("user")), body)
    except LookupError as gone:
        return web.json_response({"problem": f"That is no longer there: {gone}"}, status=404)
    except ValueError as wrong:
        return web.json_response({"problem": str(wrong)}, status=400)
    return web.json_response(answer)


async def _collect_traffic(app: web.Application) -> AsyncIterator[None]:
    """Keep the traffic log up to date while the page is served."""

    async def collect() -> None:
        while True:
            app[WORLDS].traffic.collect()
            await asyncio.sleep(_COLLECT_SECONDS)

    collecting = asyncio.create_task(collect())
    yield
    collecting.cancel()


async def _stop(app: web.Application) -> None:
    """Open event streams must not hold up the end."""
    app[STOPPING].set()
