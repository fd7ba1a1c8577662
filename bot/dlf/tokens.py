"""IAM tokens: fetched once for all waiters, kept until shortly before their end, dropped when refused."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.dlf.circuit_breaker import CircuitBreaker
from bot.dlf.errors import login_error_in, request_id_of, unauthenticated
from bot.dlf.http import HttpClient, HttpResponse
from bot.dlf.parse_counts import parse_object
from bot.dlf.settings import IamUser, Project
from bot.errors import DlfUnavailable, DlfUnreadable
from bot.secret import Secret

# The official SDK renews a token this long before its end.
_EARLY = timedelta(minutes=40)
_UNTOLD = timedelta(hours=1)
# IAM gives a day; a longer or negative lifetime is not believed.
_LONGEST = timedelta(days=1)
_LOGIN_TIME = 15.0


@dataclass(frozen=True, slots=True)
class IamToken:
    """`good_until` is on our wall clock."""

    value: Secret
    good_until: datetime


class Tokens:
    """The token of an IAM user for a project. All projects of the user share `login_breaker`."""

    def __init__(
        self,
        project: Project,
        user: IamUser,
        *,
        http: HttpClient,
        login_breaker: CircuitBreaker,
        wall: Callable[[], datetime],
    ) -> None:
        self._user, self._project_id, self._endpoint = user, project.project_id, project.iam_endpoint
        self._http, self._wall, self._logins = http, wall, login_breaker
        # An error of the project or its endpoint must not hold up the user's other projects.
        self._breaker = CircuitBreaker(
            wall, harmful=lambda error: not error.retry and not unauthenticated(error)
        )
        self._token: IamToken | None = None
        self._login: asyncio.Task[IamToken] | None = None

    async def get(self) -> Secret:
        """A token that should be good; logs in if there is none."""
        token = self._token
        if token is None or self._wall() >= token.good_until:
            # Shielded: a caller that times out must not end the login for the others.
            token = await asyncio.shield(self._one_login())
        return token.value

    def drop(self, refused: Secret) -> None:
        """Forget this token; a newer token fetched meanwhile stays."""
        if self._token is not None and self._token.value == refused:
            self._token = None

    async def close(self) -> None:
        if self._login is not None:
            self._login.cancel()
            await asyncio.wait([self._login])

    def _one_login(self) -> asyncio.Task[IamToken]:
        if self._login is None or self._login.done():
            self._login = asyncio.create_task(self._renew(), name="dlf-login")
            self._login.add_done_callback(_heard)
        return self._login

    async def _renew(self) -> IamToken:
        # Kept before the task is done: a caller that comes before the waiters wake must not log in again.
        self._token = await self._breaker.use(self._in_turn)
        return self._token

    async def _in_turn(self) -> IamToken:
        async with self._logins.in_flight:
            return await self._logins.use(self._log_in)

    async def _log_in(self) -> IamToken:
        target = "/v3/auth/tokens?nocatalog=1"
        headers = {"Content-Type": "application/json;charset=utf8", "Accept": "application/json"}
        try:
            async with asyncio.timeout(_LOGIN_TIME):
                reply = await self._http.exchange("POST", self._endpoint, target, headers, self._body())
        except TimeoutError:
            raise DlfUnavailable(
                "IAM did not answer the login in time.", meaning="Counts are unknown for now."
            ) from None
        if error := login_error_in(reply):
            raise error
        return IamToken(_token_in(reply), self._wall() + _usable(_lifetime(reply)))

    def _body(self) -> bytes:
        user = {
            "name": self._user.username,
            "password": self._user.password.reveal(),
            "domain": {"name": self._user.domain},
        }
        identity = {"methods": ["password"], "password": {"user": user}}
        return json.dumps(
            {"auth": {"identity": identity, "scope": {"project": {"id": self._project_id}}}}
        ).encode()


def _token_in(reply: HttpResponse) -> Secret:
    token = reply.headers.get("x-subject-token", "").strip()
    if not token:
        raise DlfUnreadable(
            "IAM accepted the login but returned no token.",
            meaning="DLF cannot be read without a token.",
            remedy="Check `iam_endpoint`; a proxy may answer instead of IAM or remove long headers.",
            status=reply.status,
            request_id=request_id_of(reply),
        )
    return Secret(token)


def _lifetime(reply: HttpResponse) -> timedelta:
    """The difference of the server's own two times, so that no clock has to be right."""
    try:
        token = parse_object(reply.body).get("token")
        if not isinstance(token, dict):
            return _UNTOLD
        issued, expires = (
            datetime.fromisoformat(str(token.get(name))) for name in ("issued_at", "expires_at")
        )
        return expires - issued
    except (ValueError, TypeError):
        return _UNTOLD


def _usable(lifetime: timedelta) -> timedelta:
    believed = min(lifetime, _LONGEST)
    return max(believed - min(_EARLY, believed / 10), timedelta(seconds=1))


def _heard(login: asyncio.Task[IamToken]) -> None:
    """Retrieve the outcome, because every caller may have left."""
    if not login.cancelled():
        login.exception()
