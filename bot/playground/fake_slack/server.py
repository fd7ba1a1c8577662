"""The HTTP server of the imitated Slack: Web API, Socket Mode and response_url on the same address."""

import asyncio
import json
from collections.abc import Callable

from aiohttp import web

from bot.playground.fake_slack import web_api_server
from bot.playground.fake_slack.objects import Json, Refused
from bot.playground.fake_slack.web_api_server import ApiCall, ApiReply
from bot.playground.fake_slack.world import SlackWorld
from bot.playground.same_machine import refuse_foreign


def make_app(world: SlackWorld) -> web.Application:
    """Serve a world. Its `base_url` is learnt from the requests if it was not set."""
    app = web.Application(middlewares=[refuse_foreign], client_max_size=4 * 1024 * 1024)

    async def call(request: web.Request) -> web.StreamResponse:
        _learn_address(world, request)
        # A client that gives up does not stop what Slack has begun.
        return await asyncio.shield(world.spawn(web_api_server.handle(world, request)))

    async def link(request: web.Request) -> web.StreamResponse:
        _learn_address(world, request)
        return await world.socket.serve(request)

    async def respond(request: web.Request) -> web.StreamResponse:
        return await asyncio.shield(world.spawn(_respond(world, request)))

    async def close(_: web.Application) -> None:
        await world.close()

    app.router.add_route("*", "/api/{method:.*}", call)
    app.router.add_get("/link/", link)
    app.router.add_post("/{kind:commands|actions}/{team}/{secret}", respond)
    app.on_shutdown.append(close)
    return app


def _learn_address(world: SlackWorld, request: web.Request) -> None:
    if not world.base_url:
        world.base_url = f"http://{request.host}"


async def _respond(world: SlackWorld, request: web.Request) -> web.StreamResponse:
    """Take what the app posts to a response_url."""

    async def read() -> tuple[Json, Callable[[], ApiReply]]:
        args = await _read(request)
        return args, lambda: _use(world, request.match_info["secret"], args)

    return await web_api_server.answer_call(ApiCall(world, request, "response_url"), read, _finish)


def _finish(reply: ApiReply) -> web.Response:
    return web.Response(text="ok") if reply.status == 200 else web_api_server.answer(reply)


async def _read(request: web.Request) -> Json:
    if request.content_type == "application/json":
        text = await request.text()
    else:
        text = str((await request.post()).get("payload", "{}"))
    try:
        body = json.loads(text)
    except ValueError:
        body = {}
    return body if isinstance(body, dict) else {}


def _use(world: SlackWorld, secret: str, args: Json) -> ApiReply:
    try:
        said = world.response_urls.use(secret, args)
    except Refused as refusal:
        gone = refusal.error in ("no_such_url", "expired_url", "used_url")
        body: Json = {"ok": False, "error": refusal.error} | refusal.extra
        return ApiReply(404 if gone else 400, body, logged_as=refusal.error)
    body = {"ok": True} | ({"channel": said.channel, "ts": said.ts} if said is not None else {})
    return ApiReply(200, body, applied=True, logged_as="ok")
