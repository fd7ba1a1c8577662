"""Ask a project's gateway: with credentials, at its pace, with retries only where they help."""

import asyncio
import copy
import logging
import random
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from bot.dlf.body import MOST
from bot.dlf.credential import Credential
from bot.dlf.deadline import Deadline
from bot.dlf.errors import error_in, unauthenticated
from bot.dlf.http import HttpClient, HttpResponse
from bot.dlf.settings import AccessKey, IamUser, Project, ReadyToken
from bot.dlf.signing import Signable, sign
from bot.dlf.tokens import Tokens
from bot.errors import DlfError, DlfNotAsked, DlfRefused, DlfUnavailable
from bot.logs import log_event
from bot.secret import Secret

log = logging.getLogger(__name__)

TRIES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 4.0
# The gateway accepts a signature's date 15 minutes to either side.
_SKEW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A GET without the headers of the credentials. `priority`: see `FairQueue.wait`.

    The answer may have `most` bytes.
    """

    origin: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0
    most: int = MOST

    @property
    def host(self) -> str:
        return self.origin.partition("://")[2]

    @property
    def target(self) -> str:
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")


class Gateway:
    """A project's access to DLF. `clock_skew` is DLF's clock minus ours by the newest answer that gave it.

    A second gateway `beside` the first uses its tokens; the first closes them.
    """

    def __init__(
        self,
        project: Project,
        http: HttpClient,
        credential: Credential,
        wall: Callable[[], datetime],
        *,
        beside: "Gateway | None" = None,
    ) -> None:
        self._auth, self._http, self._wall = project.auth, http, wall
        self._queue, self._breaker = credential.queue, credential.breaker
        self._throttled: DlfUnavailable | None = None
        self._quiet_until = float("-inf")
        self._tokens: Tokens | None = beside._tokens if beside else None
        if isinstance(project.auth, IamUser) and self._tokens is None:
            self._tokens = Tokens(
                project, project.auth, http=http, login_breaker=credential.login_breaker, wall=wall
            )
        self.clock_skew: timedelta | None = None

    async def ask(self, request: ApiRequest, deadline: Deadline) -> HttpResponse:
        """Return a 200 without an error in it. No pause passes the deadline. Raises DlfError."""
        attempt, failure = 0, None
        while True:
            attempt += 1
            try:
                return await self._once(request, deadline)
            except DlfNotAsked as unasked:
                # This try got no turn. The failure of the try before it says more about DLF.
                raise failure or unasked from None
            except DlfUnavailable as error:
                failure = error
                pause = _pause(attempt, error.retry_after)
                if attempt == TRIES or _time() + pause >= deadline.until:
                    raise
                log_event(
                    log, "dlf_retry", logging.DEBUG, attempt=attempt, status=error.status, code=error.code
                )
            await asyncio.sleep(pause)

    async def close(self) -> None:
        if self._tokens is not None:
            await self._tokens.close()

    async def _once(self, request: ApiRequest, deadline: Deadline) -> HttpResponse:
        self._breaker.check()
        await self._wait_out_throttling(deadline.until)
        turn, in_flight = self._queue.slot(request.priority, self._breaker.in_flight), self._breaker.in_flight
        async with AsyncExitStack() as stack:
            # `in_flight` is locked while DLF does not answer.
            await deadline.in_line(stack.enter_async_context(turn), in_flight.locked)
            return await self._breaker.use(lambda: self._with_credentials(request, deadline))

    async def _wait_out_throttling(self, until: float) -> None:
        """DLF counts per user: after a 429 every question waits, or fails at once if it has no time."""
        left = self._quiet_until - _time()
        if left > 0 and self._throttled is not None:
            if self._quiet_until >= until:
                raise copy.copy(self._throttled)
            await asyncio.sleep(left)

    async def _with_credentials(self, request: ApiRequest, deadline: Deadline) -> HttpResponse:
        match self._auth:
            case AccessKey():
                return await self._send(request, sign(_signable(request), self._auth, self._wall()))
            case ReadyToken():
                return await self._send(request, _with_token(request, self._auth.token))
            case IamUser():
                return await self._with_iam_token(request, deadline)

    async def _with_iam_token(self, request: ApiRequest, deadline: Deadline) -> HttpResponse:
        """Send with the kept token; if DLF refuses it, as it may before its end, send with a new token."""
        assert self._tokens is not None
        token = await self._tokens.get()
        try:
            return await self._send(request, _with_token(request, token))
        except DlfRefused as refusal:
            if not unauthenticated(refusal):
                raise
        self._tokens.drop(token)
        token = await self._tokens.get()
        await deadline.in_line(self._queue.wait(request.priority), lambda: False)
        return await self._send(request, _with_token(request, token))

    async def _send(self, request: ApiRequest, headers: Mapping[str, str]) -> HttpResponse:
        reply = await self._http.exchange("GET", request.origin, request.target, headers, most=request.most)
        if told := reply.clock:
            self.clock_skew = told - self._wall()
        error = error_in(reply)
        if error is None:
            return reply
        if isinstance(error, DlfUnavailable) and error.status == 429:
            self._throttled, self._quiet_until = error, _time() + (error.retry_after or 0)
        raise self._explained(error)

    def _explained(self, error: DlfError) -> DlfError:
        skewed = self.clock_skew is not None and abs(self.clock_skew) > _SKEW
        if not (skewed and isinstance(self._auth, AccessKey) and unauthenticated(error)):
            return error
        return DlfRefused(
            "DLF rejected the signature: this machine's clock is wrong by more than 15 minutes.",
            meaning=error.parts[1],
            remedy="Set the clock (NTP). The bot retries after 5 min, later after 1 h.",
            status=error.status,
            code=error.code,
            request_id=error.request_id,
        )


def _signable(request: ApiRequest) -> Signable:
    return Signable("GET", request.path, request.query, {**request.headers, "Host": request.host})


def _with_token(request: ApiRequest, token: Secret) -> dict[str, str]:
    return {**request.headers, "X-Auth-Token": token.reveal()}


def _pause(attempt: int, retry_after: float | None) -> float:
    """Full jitter under a doubling limit, on top of the server's `Retry-After`."""
    return (retry_after or 0) + random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)))


def _time() -> float:
    return asyncio.get_running_loop().time()
