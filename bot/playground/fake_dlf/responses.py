"""The imitated DLF's responses: JSON and errors in the shapes of the gateway, DLF and IAM."""

import json
from collections.abc import Awaitable, Callable, Mapping
from uuid import uuid4

from aiohttp import web

Proceed = Callable[[], Awaitable[web.Response]]


class RefusedError(Exception):
    """A request that gets an error as its answer."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})


def request_id() -> str:
    return uuid4().hex


def as_json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        text=json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/json",
        headers=dict(headers or {}),
    )


def gateway_error(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An error of the gateway or of DLF: `error_code`, `error_msg`; the gateway's with the request id."""
    found = request_id()
    body = {"error_code": code, "error_msg": message}
    if code.startswith("APIGW"):
        body["request_id"] = found
    return as_json(body, status, {"X-Request-Id": found} | dict(headers or {}))


def iam_error(status: int, message: str) -> web.Response:
    """IAM's nested error."""
    title = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}[status]
    return as_json({"error": {"code": status, "message": message, "title": title}}, status)


def html(text: str, status: int) -> web.Response:
    return web.Response(
        text=f"<!DOCTYPE html><html><body><h1>{text}</h1></body></html>",
        status=status,
        content_type="text/html",
    )
