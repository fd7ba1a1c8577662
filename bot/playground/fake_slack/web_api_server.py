"""The Web API over HTTP: a call is read, judged by its token, done or struck by a fault, and written down."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.playground.fake_slack import chat_api, conversations_api, users_api, views_api
from bot.playground.fake_slack.fault_injection import Fault
from bot.playground.fake_slack.methods import METHODS, Method, need_scope
from bot.playground.fake_slack.objects import Json, LogEntry, Refused
from bot.playground.fake_slack.world import SlackWorld

ROOMS = (chat_api, conversations_api, users_api, views_api)  # imported for the methods they register
UNREADABLE = "\0unreadable"
HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(slots=True)
class Reply:
    """What goes back to the client; `applied`: something was done; `told`: what the log calls it."""

    status: int
    body: Json = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    applied: bool = False
    told: str = ""


@dataclass(slots=True)
class Attempt:
    """One call on its way: who asks what of which world."""

    world: SlackWorld
    request: web.Request
    name: str
    args: Json = field(default_factory=dict)


async def call(world: SlackWorld, request: web.Request) -> web.StreamResponse:
    """Answer /api/<method>."""
    name = request.match_info["method"]

    async def read_and_judge() -> tuple[Json, Callable[[], Reply]]:
        args, token = await read(request)
        return args, lambda: perform(world, name, args, token)

    return await attempt(Attempt(world, request, name), read_and_judge, answer)


async def attempt(
    what: Attempt,
    read_call: Callable[[], Awaitable[tuple[Json, Callable[[], Reply]]]],
    finish: Callable[[Reply], web.Response],
) -> web.StreamResponse:
    """Read a call and do it, unless a standing fault strikes before, or after."""
    fault = what.world.faults.take(what.name)
    if fault is not None and fault.kind == "refused":
        log(what, Reply(0, told="connection reset"))
        return cut(what.request)
    what.args, do = await read_call()
    if fault is not None and not fault.after:
        ended = await suffer_before(what, fault)
        if ended is not None:
            return ended
    reply = do()
    if fault is not None and fault.after:
        return await suffer_after(what, fault, reply, finish)
    log(what, reply)
    return finish(reply)


def perform(world: SlackWorld, name: str, args: Json, token: str) -> Reply:
    """Do a call and say what came of it."""
    known = METHODS.get(name)
    headers = {"x-slack-req-id": f"{world.news.seq:016x}"}
    try:
        if known is None:
            raise Refused("unknown_method", req_method=name)
        _authorize(world, known, token)
        if UNREADABLE in args:
            raise Refused(args[UNREADABLE])
        headers |= _scopes(world, known)
        world.limits.method(name, known.tier)
        if known.scope:
            need_scope(world, known.scope)
        body = known.do(world, args)
    except Refused as refusal:
        return refused(refusal, headers)
    return Reply(200, {"ok": True} | body, headers, applied=True, told="ok")


def refused(refusal: Refused, headers: dict[str, str]) -> Reply:
    body: Json = {"ok": False, "error": refusal.error} | refusal.extra
    if refusal.error != "ratelimited":
        return Reply(200, body, headers, told=refusal.error)
    wait = body.pop("retry_after", 1)
    return Reply(429, body, headers | {"Retry-After": str(wait)}, told=refusal.error)


def _authorize(world: SlackWorld, known: Method, token: str) -> None:
    if not token:
        raise Refused("not_authed")
    if known.app_token:
        if token == world.bot_token:
            raise Refused("not_allowed_token_type")
        if token != world.app_token:
            raise Refused("invalid_auth")
        return
    if token == world.app_token:
        raise Refused("not_allowed_token_type")
    if token != world.bot_token:
        raise Refused("invalid_auth")
    if world.token_error:
        raise Refused(world.token_error)


def _scopes(world: SlackWorld, known: Method) -> dict[str, str]:
    scopes = "connections:write" if known.app_token else ",".join(sorted(world.scopes))
    headers = {"x-oauth-scopes": scopes}
    return headers | ({"x-accepted-oauth-scopes": known.scope} if known.scope else {})


async def read(request: web.Request) -> tuple[Json, str]:
    """Arguments and token of a call, from JSON, form or query; JSON text within a form stays text here."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        args |= _json_object(await request.read())
    else:
        args |= {name: str(value) for name, value in (await request.post()).items()}
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    given = str(args.pop("token", ""))
    return args, bearer.strip() if scheme.lower() == "bearer" else given


def _json_object(body: bytes) -> Json:
    """What is not a JSON object leaves a mark that `perform` refuses."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {UNREADABLE: "invalid_json"}
    return value if isinstance(value, dict) else {UNREADABLE: "json_not_object"}


async def suffer_before(what: Attempt, fault: Fault) -> web.StreamResponse | None:
    """A fault that strikes before anything is done; None if the call then goes on."""
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.seconds)
            return None
        case "dropped_before":
            log(what, Reply(0, told="connection cut"))
            return cut(what.request)
        case "html_502":
            log(what, Reply(502, told="http 502"))
            return web.Response(status=502, text=HTML, content_type="text/html")
        case "ratelimited":
            reply = refused(Refused("ratelimited", retry_after=max(1, round(fault.seconds))), {})
        case "error":
            reply = refused(Refused(fault.error), {})
        case _:
            status = 503 if fault.kind == "http_503" else 500
            error = "service_unavailable" if status == 503 else "internal_error"
            reply = Reply(status, {"ok": False, "error": error}, told=f"http {status}")
    log(what, reply)
    return answer(reply)


async def suffer_after(
    what: Attempt, fault: Fault, reply: Reply, finish: Callable[[Reply], web.Response]
) -> web.StreamResponse:
    """A fault that strikes when all is done."""
    if fault.kind == "slow_answer":
        log(what, reply)
        await asyncio.sleep(fault.seconds)
        return finish(reply)
    reply.told = "http 500" if fault.kind == "http_500_after" else "connection cut"
    log(what, reply)
    if fault.kind == "http_500_after":
        return answer(Reply(500, {"ok": False, "error": "fatal_error"}))
    if fault.kind == "cut_answer":
        await _half(what.request, reply)
    return cut(what.request)


async def _half(request: web.Request, reply: Reply) -> None:
    body = json.dumps(reply.body).encode()
    stream = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": str(len(body))}
    )
    await stream.prepare(request)
    await stream.write(body[: len(body) // 2])


def answer(reply: Reply) -> web.Response:
    return web.json_response(reply.body, status=reply.status, headers=reply.headers)


def cut(request: web.Request) -> web.Response:
    """Break the connection; the response returned is never seen."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def log(what: Attempt, reply: Reply) -> None:
    """Write down every attempt to say something, done or not."""
    known, args, world = METHODS.get(what.name), what.args, what.world
    if what.name != "response_url" and (known is None or not known.says):
        return
    channel, ts = (_word(reply.body.get(name) or args.get(name)) for name in ("channel", "ts"))
    entry = LogEntry(
        number=len(world.log) + 1,
        at=world.clock(),
        wall=world.wall(),
        method=what.name,
        channel=channel,
        ts=ts,
        thread_ts=_word(args.get("thread_ts")),
        key=_key(world, args, channel, ts),
        text=str(args.get("text") or ""),
        applied=reply.applied,
        outcome=reply.told,
    )
    world.log.append(entry)


def _word(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def _key(world: SlackWorld, args: Json, channel: str | None, ts: str | None) -> str | None:
    metadata = args.get("metadata")
    if isinstance(metadata, str):
        try:
            metadata = json.loads(metadata)
        except ValueError:
            metadata = None
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    if isinstance(payload, dict) and isinstance(payload.get("key"), str):
        return str(payload["key"])
    kept = world.channels[channel].messages if channel in world.channels else {}
    return kept[ts].key if ts in kept else None
