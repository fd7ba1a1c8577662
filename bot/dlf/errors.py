"""Error answers: from HTTP status and upstream code to cause, retry or not, and remedy."""

import re
from collections.abc import Mapping

from bot.dlf import error_table
from bot.dlf.error_table import Remedy
from bot.dlf.http import HttpResponse, read_date
from bot.dlf.parse_counts import parse_object
from bot.domain.sentence import sentence
from bot.errors import DlfError, DlfRefused, DlfUnavailable

# Strict shapes: upstream text is never relayed, since it can echo the access key.
_CODE = re.compile(r"[A-Za-z][A-Za-z_-]{1,15}\.[0-9]{1,8}")
_REQUEST_ID = re.compile(r"[0-9a-fA-F-]{16,64}")
_LONGEST_WAIT = 3600.0
_LONGEST_ERROR = 64 * 1024


def error_in(reply: HttpResponse) -> DlfError | None:
    """The error in a reply of DLF, which may have status 200; None for a 200 that names no error."""
    if reply.status == 200 and (b"rror" not in reply.body or len(reply.body) > _LONGEST_ERROR):
        return None  # spares the usual answer a second parsing
    fields = _fields(reply)
    code = _code(fields)
    if reply.status == 200 and not _names_an_error(fields):
        return None
    return _error(error_table.of_dlf(reply.status, code), reply, fields, code)


def login_error_in(reply: HttpResponse) -> DlfError | None:
    """The error in IAM's reply to a login; None for a 201 or a 200."""
    if reply.status in (200, 201):
        return None
    fields = _fields(reply)
    return _error(error_table.of_iam(reply.status), reply, fields, _code(fields), service="IAM")


def unauthenticated(error: DlfError) -> bool:
    """True if the credentials themselves were refused: the kind of failure that locks a key."""
    number = (error.code or "").rpartition(".")[2]
    return isinstance(error, DlfRefused) and (error.status == 401 or number in error_table.UNAUTHENTICATED)


def request_id_of(reply: HttpResponse) -> str | None:
    """The id that Huawei's support asks for, if the reply gives it in the right shape."""
    return _request_id(reply, _fields(reply) if b"equest" in reply.body else {})


def _error(
    remedy: Remedy,
    reply: HttpResponse,
    fields: Mapping[str, object],
    code: str | None,
    *,
    service: str = "DLF",
) -> DlfError:
    answer = f"HTTP {reply.status}" + (f", {code}" if code else "")
    return remedy.kind(
        sentence(remedy.what, service=service, answer=answer),
        meaning=remedy.meaning,
        remedy=remedy.do,
        status=reply.status,
        code=code,
        request_id=_request_id(reply, fields),
        retry_after=_retry_after(reply) if remedy.kind is DlfUnavailable else None,
    )


def _fields(reply: HttpResponse) -> dict[str, object]:
    """An error's fields, flat, from any of its four shapes; empty if the body is no JSON object."""
    try:
        fields = parse_object(reply.body)
    except ValueError:
        return {}
    nested = fields.get("error")
    return {**fields, **nested} if isinstance(nested, dict) else fields


def _names_an_error(fields: Mapping[str, object]) -> bool:
    return any(fields.get(name) for name in ("error_code", "errorCode", "error"))


def _code(fields: Mapping[str, object]) -> str | None:
    named = (fields.get(name) for name in ("error_code", "errorCode", "code"))
    return next((found for found in named if isinstance(found, str) and _CODE.fullmatch(found)), None)


def _request_id(reply: HttpResponse, fields: Mapping[str, object]) -> str | None:
    named = (fields.get("request_id"), fields.get("requestId"), reply.headers.get("x-request-id"))
    return next((found for found in named if isinstance(found, str) and _REQUEST_ID.fullmatch(found)), None)


def _retry_after(reply: HttpResponse) -> float | None:
    """Seconds, from either spelling of `Retry-After`, never negative and at most an hour."""
    wanted = reply.headers.get("retry-after", "").strip()
    if wanted.isdecimal() and wanted.isascii():
        return min(float(wanted[:6]), _LONGEST_WAIT)
    then, now = read_date(wanted), reply.clock
    if then is None or now is None:
        return None
    return min(max((then - now).total_seconds(), 0.0), _LONGEST_WAIT)
