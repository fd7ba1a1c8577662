"""Answer the imitated management requests (V1): DataArts Studio's instances, and their workspaces."""

from urllib.parse import unquote

from aiohttp import web

from bot.playground.fake_dlf.request import DlfRequest
from bot.playground.fake_dlf.responses import RefusedError, as_json, request_id

INSTANCE = "playground-instance"
_USUAL, _MOST = 20, 100


def instances(request: DlfRequest) -> web.Response:
    """`GET /v1/{project_id}/instances`: one instance; `offset` is a page's number."""
    request.enter_project(workspace=False)
    limit, offset = _bounds(request)
    orders = [
        {
            "project_id": request.project,
            "resource_id": INSTANCE,
            "resource_name": "playground",
            "resource_type": "hws.resource.type.dayu",
            "status": 2,
        }
    ]
    page = orders[offset * limit : (offset + 1) * limit]
    return _answer({"billing_check": False, "count": len(orders), "commodity_orders": page})


def workspaces(request: DlfRequest) -> web.Response:
    """`GET /v1/{project_id}/workspaces/{instance_id}`: `offset` counts workspaces."""
    request.enter_project(workspace=False)
    if unquote(request.parts[1]) != INSTANCE:
        raise RefusedError(400, "DLF.3051", "The request parameter is invalid: instance_id.")
    limit, offset = _bounds(request)
    found = [
        {
            "id": each,
            "name": each.removeprefix("ws-"),
            "is_default": int(number == 0),
            "instance_id": INSTANCE,
            "project_id": request.project,
        }
        for number, each in enumerate(request.world.workspaces)
    ]
    pages = -(-len(found) // limit)
    return _answer({"count": len(found), "total_page": pages, "data": found[offset : offset + limit]})


def _bounds(request: DlfRequest) -> tuple[int, int]:
    words = request.query.get("limit", str(_USUAL)), request.query.get("offset", "0")
    if not all(word.isascii() and word.isdecimal() for word in words) or not 1 <= int(words[0]) <= _MOST:
        raise RefusedError(400, "DLF.3051", "The request parameter is invalid: limit or offset.")
    return int(words[0]), int(words[1])


def _answer(body: dict[str, object]) -> web.Response:
    return as_json(body, headers={"X-Request-Id": request_id()})
