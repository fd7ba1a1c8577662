"""Huawei Cloud's request signature `SDK-HMAC-SHA256`: values in, headers out."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, unquote

from bot.dlf.settings import AccessKey

ALGORITHM = "SDK-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Signable:
    """The parts of a request that a signature covers. `headers` names the host."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


def sign(request: Signable, key: AccessKey, at: datetime) -> dict[str, str]:
    """Every header to send: the request's own, the date, the security token and the signature over all."""
    headers = {**request.headers, "X-Sdk-Date": f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"}
    if key.security_token:
        headers["X-Security-Token"] = key.security_token.reveal()
    signed = _signed(headers)
    to_sign = "\n".join((ALGORITHM, headers["X-Sdk-Date"], _hash(_canonical(request, signed).encode())))
    headers["Authorization"] = (
        f"{ALGORITHM} Access={key.access_key}, SignedHeaders={';'.join(signed)}, "
        f"Signature={_keyed_hash(key, to_sign)}"
    )
    return headers


def _canonical(request: Signable, signed: Mapping[str, str]) -> str:
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    parts = (
        request.method.upper(),
        _canonical_path(request.path),
        _canonical_query(request.query),
        lines,
        ";".join(signed),
        _hash(request.body),
    )
    return "\n".join(parts)


# A project has few paths and queries.
@lru_cache
def _canonical_path(path: str) -> str:
    """Each segment decoded and encoded once, always ending in a slash."""
    encoded = "/".join(_encode(segment) for segment in unquote(path).split("/"))
    return encoded if encoded.endswith("/") else encoded + "/"


@lru_cache
def _canonical_query(query: tuple[tuple[str, str], ...]) -> str:
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(query))


def _signed(headers: Mapping[str, str]) -> dict[str, str]:
    """Lower-case names in order with trimmed values; the gateway leaves out names with an underscore."""
    pairs = ((name.lower(), value.strip()) for name, value in headers.items() if "_" not in name)
    return dict(sorted(pairs))


def _encode(text: str) -> str:
    return quote(text, safe="~")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _keyed_hash(key: AccessKey, text: str) -> str:
    """The secret key itself keys the hash, without a chain of date and region keys."""
    return hmac.digest(key.secret_key.reveal().encode(), text.encode(), "sha256").hex()
