"""Check an AK/SK signature (`SDK-HMAC-SHA256`) against the bytes of the request."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

ALGORITHM = "SDK-HMAC-SHA256"
SKEW_SECONDS = 15 * 60
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Access=(?P<key>[^,\s]+), SignedHeaders=(?P<headers>[^,\s]+), "
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it was sent: the raw target, the raw headers, the body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(
        cls, method: str, target: str, headers: Iterable[tuple[bytes, bytes]], body: bytes
    ) -> "RawRequest":
        named = {name.decode("latin-1").lower(): value.decode("utf-8", "replace") for name, value in headers}
        return cls(method, target, named, body)


@dataclass(frozen=True, slots=True)
class AuthorizationHeader:
    """The parts of an `Authorization` header: access key, names of the signed headers, signature."""

    access_key: str
    signed: tuple[str, ...]
    signature: str


def parse_authorization(authorization: str) -> AuthorizationHeader | None:
    """The parts of the header, or None when it is not of this scheme."""
    found = _AUTHORIZATION.fullmatch(authorization.strip())
    if found is None:
        return None
    return AuthorizationHeader(found["key"], tuple(found["headers"].split(";")), found["signature"])


def problem(request: RawRequest, header: AuthorizationHeader, secret: str, wall: float) -> str:
    """Why the signature is refused, in DLF's manner (echoing the canonical request); "" if it is right."""
    sent = request.headers.get("x-sdk-date", "")
    try:
        at = datetime.strptime(sent, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return "verify aksk signature fail, the X-Sdk-Date header is missing or malformed"
    if abs(at - wall) > SKEW_SECONDS:
        return f"verify aksk signature fail, the signature expired, X-Sdk-Date: {sent}"
    unsigned = [name for name in ("host", "x-sdk-date") if name not in header.signed]
    missing = [name for name in header.signed if name not in request.headers]
    if unsigned or missing:
        return f"verify aksk signature fail, headers not signed or not sent: {' '.join(unsigned + missing)}"
    canonical = canonical_request(request, header.signed)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{sent}\n{digest}"
    wanted = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    if hmac.compare_digest(wanted, header.signature):
        return ""
    return f"verify aksk signature fail, Access={header.access_key}, canonicalRequest:{canonical!r}"


def canonical_request(request: RawRequest, signed: tuple[str, ...]) -> str:
    """The six signed parts of the request, each on a line (the headers on several)."""
    path, _, query = request.target.partition("?")
    headers = [f"{name}:{request.headers[name].strip()}\n" for name in sorted(signed)]
    parts = [request.method.upper(), _canonical_path(path), _canonical_query(query), "".join(headers)]
    return "\n".join([*parts, ";".join(sorted(signed)), hashlib.sha256(request.body).hexdigest()])


def _canonical_path(path: str) -> str:
    coded = "/".join(_coded(segment) for segment in path.split("/"))
    return coded if coded.endswith("/") else coded + "/"


def _canonical_query(query: str) -> str:
    pairs = [part.partition("=") for part in query.split("&") if part]
    decoded = sorted((unquote(name), unquote(value)) for name, _, value in pairs)
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in decoded)


def _coded(segment: str) -> str:
    return quote(unquote(segment), safe="~")
