"""Answer Web API calls over HTTP: read, authorize, carry out or fail by a fault, and log."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.playground.fake_slack import chat_api, conversations_api, users_api, views_api
from bot.playground.fake_slack.activity import LogEntry
from bot.playground.fake_slack.fault_injection import SlackFault
from bot.playground.fake_slack.methods import METHODS, Method, need_scope
from bot.playground.fake_slack.objects import Json, Refused
from bot.playground.fake_slack.world import SlackWorld

METHOD_MODULES = (chat_api, conversations_api, users_api, views_api)  # imported for the methods they register
UNREADABLE = "\0unreadable"
HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(slots=True)
class ApiReply:
    """The answer to the client; `applied`: the call was done; `logged_as`: its outcome in the log."""

    status: int
    body: Json = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    applied: bool = False
    logged_as: str = ""


@dataclass(slots=True)
class ApiCall:
    """A call of the Web API or a post to a response_url, while it is answered."""

    world: SlackWorld
    request: web.Request
    name: str
    args: Json = field(default_factory=dict)


async def handle(world: SlackWorld, request: web.Request) -> web.StreamResponse:
    """Answer /api/<method>."""
    name = request.match_info["method"]

    async def read_and_judge() -> tuple[Json, Callable[[], ApiReply]]:
        args, token = await read(request)
        return args, lambda: perform(world, name, args, token)

    return await answer_call(ApiCall(world, request, name), read_and_judge, answer)


async def answer_call(
    call: ApiCall,
    read_call: Callable[[], Awaitable[tuple[Json, Callable[[], ApiReply]]]],
    finish: Callable[[ApiReply], web.Response],
) -> web.StreamResponse:
    """Read a call and do it, unless a standing fault strikes before, or after."""
    fault = call.world.faults.take(call.name)
    if fault is not None and fault.kind == "refused":
        log(call, ApiReply(0, logged_as="connection reset"))
        return cut(call.request)
    call.args, do = await read_call()
    if fault is not None and not fault.after:
        ended = await fault_before(call, fault)
        if ended is not None:
            return ended
    reply = do()
    if fault is not None and fault.after:
        return await fault_after(call, fault, reply, finish)
    log(call, reply)
    return finish(reply)


def perform(world: SlackWorld, name: str, args: Json, token: str) -> ApiReply:
    """Do a call and say what came of it."""
    known = METHODS.get(name)
    headers = {"x-slack-req-id": f"{world.changes.seq:016x}"}
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
    return ApiReply(200, {"ok": True} | body, headers, applied=True, logged_as="ok")


def refused(refusal: Refused, headers: dict[str, str]) -> ApiReply:
    body: Json = {"ok": False, "error": refusal.error} | refusal.extra
    if refusal.error != "ratelimited":
        return ApiReply(200, body, headers, logged_as=refusal.error)
    wait = body.pop("retry_after", 1)
    return ApiReply(429, body, headers | {"Retry-After": str(wait)}, logged_as=refusal.error)


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
    """A body that is not a JSON object leaves a mark that `perform` refuses."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {UNREADABLE: "invalid_json"}
    return value if isinstance(value, dict) else {UNREADABLE: "json_not_object"}


async def fault_before(call: ApiCall, fault: SlackFault) -> web.StreamResponse | None:
    """A fault that strikes before anything is done; None if the call then goes on."""
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.seconds)
            return None
        case "dropped_before":
            log(call, ApiReply(0, logged_as="connection cut"))
            return cut(call.request)
        case "html_502":
            log(call, ApiReply(502, logged_as="http 502"))
            return web.Response(status=502, text=HTML, content_type="text/html")
        case "ratelimited":
            reply = refused(Refused("ratelimited", retry_after=max(1, round(fault.seconds))), {})
        case "error":
            reply = refused(Refused(fault.error), {})
        case _:
            status = 503 if fault.kind == "http_503" else 500
            error = "service_unavailable" if status == 503 else "internal_error"
            reply = ApiReply(status, {"ok": False, "error": error}, logged_as=f"http {status}")
    log(call, reply)
    return answer(reply)


async def fault_after(
    call: ApiCall, fault: SlackFault, reply: ApiReply, finish: Callable[[ApiReply], web.Response]
) -> web.StreamResponse:
    """A fault that strikes when all is done."""
    if fault.kind == "slow_answer":
        log(call, reply)
        await asyncio.sleep(fault.seconds)
        return finish(reply)
    reply.logged_as = "http 500" if fault.kind == "http_500_after" else "connection cut"
    log(call, reply)
    if fault.kind == "http_500_after":
        return answer(ApiReply(500, {"ok": False, "error": "fatal_error"}))
    if fault.kind == "cut_answer":
        await _half(call.request, reply)
    return cut(call.request)


async def _half(request: web.Request, reply: ApiReply) -> None:
    body = json.dumps(reply.body).encode()
    stream = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": str(len(body))}
    )
    await stream.prepare(request)
    await stream.write(body[: len(body) // 2])


def answer(reply: ApiReply) -> web.Response:
    return web.json_response(reply.body, status=reply.status, headers=reply.headers)


def cut(request: web.Request) -> web.Response:
    """Break the connection; the response returned is never seen."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def log(call: ApiCall, reply: ApiReply) -> None:
    """Write down every attempt to say something, done or not."""
    known, args, world = METHODS.get(call.name), call.args, call.world
    if call.name != "response_url" and (known is None or not known.logged):
        return
    channel, ts = (_word(reply.body.get(name) or args.get(name)) for name in ("channel", "ts"))
    entry = LogEntry(
        number=len(world.log) + 1,
        at=world.clock(),
        wall=world.wall(),
        method=call.name,
        channel=channel,
        ts=ts,
        thread_ts=_word(args.get("thread_ts")),
        key=_key(world, args, channel, ts),
        text=str(args.get("text") or ""),
        applied=reply.applied,
        outcome=reply.logged_as,
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
