"""The effect of each fault of the imitated DLF, in a table by name."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.playground.fake_dlf.responses import Proceed, as_json, gateway_error, html

_FOREVER = 300.0  # longer than anyone waits
_HUGE = 30 * 1024 * 1024


@dataclass(slots=True)
class DlfFault:
    """A fault switched on; `left` requests are still to be hit (None = until cleared)."""

    name: str
    seconds: float
    left: int | None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self, seconds: float) -> None:
        """Wait, but not longer than the fault lasts."""
        try:
            await asyncio.wait_for(self.over.wait(), seconds)
        except TimeoutError:
            return


Effect = Callable[[DlfFault, web.Request, Proceed], Awaitable[web.StreamResponse]]


# Instead of an answer


def _error(status: int, code: str, message: str, **headers: str) -> Effect:
    async def effect(fault: DlfFault, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        return gateway_error(
            status, code, message, {name.replace("_", "-"): value for name, value in headers.items()}
        )

    return effect


def _fixed(make: Callable[[], web.Response]) -> Effect:
    async def effect(fault: DlfFault, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        return make()

    return effect


async def _slow(fault: DlfFault, request: web.Request, proceed: Proceed) -> web.StreamResponse:
    await fault.hold(fault.seconds)
    return await proceed()


async def _timeout(fault: DlfFault, request: web.Request, proceed: Proceed) -> web.StreamResponse:
    await fault.hold(_FOREVER)
    return await _dropped(fault, request, proceed)


async def _dropped(fault: DlfFault, request: web.Request, proceed: Proceed) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


async def _redirect(fault: DlfFault, request: web.Request, proceed: Proceed) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "/elsewhere/good-answer"})


async def _throttled(fault: DlfFault, request: web.Request, proceed: Proceed) -> web.StreamResponse:
    wait = {"Retry-After": str(max(1, round(fault.seconds)))}
    return gateway_error(429, "APIGW.0308", _THROTTLED, wait)


# Something else in the place of a good answer: what is refused anyway stays refused


def _instead(mangle: Callable[[bytes], web.Response]) -> Effect:
    async def effect(fault: DlfFault, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        answer = await proceed()
        if answer.status >= 300 or not isinstance(answer.body, bytes):
            return answer
        mangled = mangle(answer.body)
        for name in ("X-Request-Id", "X-Subject-Token"):
            if name in answer.headers:
                mangled.headers[name] = answer.headers[name]
        return mangled

    return effect


def _text(make: Callable[[bytes], bytes | str]) -> Effect:
    """Another body under the same `Content-Type`."""

    def mangle(body: bytes) -> web.Response:
        made = make(body)
        content = made.encode() if isinstance(made, str) else made
        return web.Response(body=content, content_type="application/json", charset="utf-8")

    return _instead(mangle)


def _literal(written: str) -> Effect:
    """The first number (`fail_count`, or `total`) written differently."""

    def make(body: bytes) -> str:
        answer = json.loads(body)
        name = next(
            (name for name in ("fail_count", "total") if name in answer), next(iter(answer), "nothing")
        )
        return json.dumps(answer | {name: "@@"}).replace('"@@"', written)

    return _text(make)


def _changed(change: Callable[[dict[str, object]], object]) -> Effect:
    return _text(lambda body: json.dumps(change(json.loads(body))))


def _encoding(name: str, make: Callable[[bytes], bytes]) -> Effect:
    """A body under a `Content-Encoding`, true or not."""
    return _instead(
        lambda body: web.Response(
            body=make(body), content_type="application/json", headers={"Content-Encoding": name}
        )
    )


def _raw(make: Callable[[bytes], bytes]) -> Effect:
    """Bytes as they are on the wire, then the end of the connection."""

    async def effect(fault: DlfFault, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        answer = await proceed()
        if answer.status >= 300 or not isinstance(answer.body, bytes) or request.transport is None:
            return answer
        request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + make(answer.body))
        request.transport.close()
        return web.Response(status=200)

    return effect


async def _truthful(fault: DlfFault, request: web.Request, proceed: Proceed) -> web.StreamResponse:
    return await proceed()


_THROTTLED = (
    "The throttling threshold has been reached: policy user over ratelimit, limit: 10, time: 1 second"
)
_PROXY_PAGE = "502 Bad Gateway"

FAULTS: dict[str, Effect] = {
    # refused by the gateway, the backend, or something in between
    "throttled": _throttled,
    "throttled_silent": _error(429, "APIGW.0308", _THROTTLED),
    "unauthorized": _error(401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail"),
    "token_expired": _error(401, "APIGW.0307", "The token must be updated."),
    "forbidden": _error(403, "APIGW.0302", "The IAM user is not authorized to access the API."),
    "no_permission": _error(400, "DLF.6888", "The account does not have the permission."),
    "error_500": _error(500, "APIGW.0601", "Internal server error."),
    "bad_gateway": _fixed(lambda: html(_PROXY_PAGE, 502)),
    "unavailable": _error(503, "APIGW.0613", "IAM is unavailable."),
    "gateway_timeout": _fixed(lambda: web.Response(status=504)),
    "camel_case_error": _fixed(
        lambda: as_json({"errorCode": "DLF.100", "errorMsg": "unknown exception"}, 400)
    ),
    "short_error": _fixed(lambda: as_json({"code": "DLF.100", "message": "unknown exception"}, 400)),
    # no answer
    "slow": _slow,
    "timeout": _timeout,
    "dropped": _dropped,
    "refused": _dropped,  # and the port is closed meanwhile: see server.RunningDlf
    # 200, and yet no answer
    "login_page": _fixed(lambda: html("Please log in", 200)),
    "redirect": _redirect,
    "empty_body": _text(lambda body: b""),
    "cut_off": _text(lambda body: body[: len(body) // 2]),
    "empty_object": _text(lambda body: b"{}"),
    "list": _text(lambda body: b"[" + body + b"]"),
    "null_counts": _changed(dict.fromkeys),
    "null_count": _literal("null"),
    "half_answer": _changed(lambda answer: {name: answer[name] for name in answer if name != "fail_count"}),
    "fraction": _literal("1.9"),
    "words": _literal('"many"'),
    "number_as_text": _literal('"1"'),
    "boolean": _literal("true"),
    "not_a_number": _literal("NaN"),
    "endless_number": _literal("1e400"),
    "negative": _literal("-1"),
    "zeros": _changed(
        lambda answer: {name: 0 if isinstance(answer[name], int) else answer[name] for name in answer}
    ),
    "huge_body": _text(lambda body: body[:-1] + b', "padding": "' + b"x" * _HUGE + b'"}'),
    "deep_nesting": _text(lambda body: b"[" * 1_000_000),
    "wrong_charset": _text(lambda body: body.decode().encode("utf-16")),
    "lying_encoding": _encoding("gzip", lambda body: body),
    "gzip_bomb": _encoding("gzip", lambda body: gzip.compress(body[:-1] + b" " * _HUGE + b"}")),
    "long_length": _raw(lambda body: b"Content-Length: %d\r\n\r\n%b" % (len(body) + 100, body)),
    "short_length": _raw(lambda body: b"Content-Length: %d\r\n\r\n%b" % (len(body) // 2, body)),
    "dropped_midway": _raw(lambda body: b"Transfer-Encoding: chunked\r\n\r\n20\r\n%b" % body[:32]),
    # a good answer, told by a clock that is `seconds` ahead: see server._stamp
    "wrong_clock": _truthful,
}
