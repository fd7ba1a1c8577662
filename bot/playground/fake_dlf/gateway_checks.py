"""The gateway's checks before DLF sees a request: authentication and the rate limit."""

from collections import defaultdict, deque
from collections.abc import Callable

from bot.playground.fake_dlf import signature
from bot.playground.fake_dlf.iam import Iam, IssuedKey, IssuedToken, stamp
from bot.playground.fake_dlf.request_log import RequestRecord
from bot.playground.fake_dlf.responses import RefusedError

_NOT_KNOWN = "Incorrect IAM authentication information: "


def authenticate(request: signature.RawRequest, iam: Iam, record: RequestRecord) -> IssuedToken | None:
    """Recognise the user by signature or token and note it in the record; returns the token, if any.

    Raises RefusedError (401) as the gateway does; five wrong signatures in a row lock the key.
    """
    authorization = request.headers.get("authorization", "")
    if authorization:
        _check_signature(request, authorization, iam, record)
        return None
    text = request.headers.get("x-auth-token", "")
    if not text:
        raise _unauthorized("x-auth-token not found")
    record.auth = "token"
    token = iam.tokens.get(text)
    if token is None:
        raise _unauthorized("decrypt token fail")
    record.user = token.user
    if iam.wall() >= token.expires:
        raise RefusedError(401, "APIGW.0307", f"The token must be updated, expires_at:{stamp(token.expires)}")
    return token


def _check_signature(
    request: signature.RawRequest, authorization: str, iam: Iam, record: RequestRecord
) -> None:
    record.auth = "aksk"
    header = signature.parse_authorization(authorization)
    if header is None:
        raise _unauthorized("the Authorization header is malformed")
    record.access_key = header.access_key
    key = iam.access_keys.get(header.access_key)
    if key is None or request.headers.get("x-security-token", "") != key.security_token:
        raise _unauthorized(f"ak {header.access_key} not exist")
    if iam.is_locked(key):
        raise _unauthorized("AK access failed to reach the limit,forbidden")
    _count(iam, key, signature.problem(request, header, key.secret, iam.wall()))
    record.user = key.user


def _count(iam: Iam, key: IssuedKey, problem: str) -> None:
    if problem:
        iam.count_failure(key)
        raise _unauthorized(problem)
    key.failures = 0


def _unauthorized(why: str) -> RefusedError:
    return RefusedError(401, "APIGW.0301", _NOT_KNOWN + why)


class RateLimit:
    """Limits a user's requests to an API within any second of real time; refused requests do not count."""

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._passed: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def check(self, user: str, api: str, per_second: float) -> None:
        """Let the request pass, or raise RefusedError (429) with the seconds to wait."""
        now, passed = self._wall(), self._passed[user, api]
        while passed and passed[0] <= now - 1:
            passed.popleft()
        if len(passed) >= per_second:
            policy = f"policy user over ratelimit, limit: {per_second:g}, time: 1 second"
            message = f"The throttling threshold has been reached: {policy}"
            raise RefusedError(429, "APIGW.0308", message, {"Retry-After": "1"})
        passed.append(now)
