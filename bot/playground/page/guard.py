"""The page's access control: only a browser on this machine, and only requests of the page itself."""

from aiohttp import web

from bot.playground.same_machine import Handler, foreign

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign names (DNS rebinding), foreign origins, and posts that are not JSON (plain forms)."""
    refusal = _refusal(request)
    if refusal is not None:
        return web.json_response({"problem": refusal[1]}, status=refusal[0], headers=_HEADERS)
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        answer.headers.update(_HEADERS)
        raise
    if not response.prepared:
        response.headers.update(_HEADERS)
    return response


def _refusal(request: web.Request) -> tuple[int, str] | None:
    if (problem := foreign(request)) is not None:
        return 403, problem
    if request.method == "POST" and request.content_type != "application/json":
        return 415, "Posts must be application/json."
    return None
