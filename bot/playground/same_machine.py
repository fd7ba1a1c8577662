"""The playground's three ports answer only programs on this machine and the playground's own page."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def foreign(request: web.Request) -> str | None:
    """Why a request is refused: a foreign name (DNS rebinding), or a page of another origin; None if not."""
    if _host_name(request.host) not in LOOPBACK:
        return "The playground answers to 127.0.0.1 and localhost only."
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        return "The playground answers to its own page only."
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return "The playground answers to its own page only."
    return None


@web.middleware
async def refuse_foreign(request: web.Request, handler: Handler) -> web.StreamResponse:
    """For the imitated services: what a page from elsewhere sends does nothing."""
    problem = foreign(request)
    return await handler(request) if problem is None else web.json_response({"problem": problem}, status=403)


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
