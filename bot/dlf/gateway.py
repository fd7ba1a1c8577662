"""Asking a project's gateway: with credentials, at its pace, again where that helps, never where it harms."""

import asyncio
import copy
import logging
import random
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from bot.dlf.access import AccessKey, IamUser, Project, ReadyToken
from bot.dlf.credential import Credential
from bot.dlf.deadline import Deadline
from bot.dlf.faults import fault_in, unauthenticated
from bot.dlf.signing import Signable, sign
from bot.dlf.tokens import Tokens
from bot.dlf.wire import Reply, Wire
from bot.errors import DlfError, DlfNotAsked, DlfRefused, DlfUnavailable
from bot.secret import Secret

log = logging.getLogger(__name__)

TRIES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 4.0
# The gateway accepts a signature's date 15 minutes to either side.
_SKEW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Question:
    """One GET; the credentials' headers come to it later. `patience`: see `Lines.wait`."""

    origin: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    patience: int = 0

    @property
    def host(self) -> str:
        return self.origin.partition("://")[2]

    @property
    def target(self) -> str:
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")


class Gateway:
    """One project's way to DLF. `clock_skew` is DLF's clock minus ours by the newest answer that told it."""

    def __init__(
        self, project: Project, wire: Wire, credential: Credential, wall: Callable[[], datetime]
    ) -> None:
        self._auth, self._wire, self._wall = project.auth, wire, wall
        self._lines, self._guard = credential.lines, credential.guard
        self._throttled: DlfUnavailable | None = None
        self._quiet_until = float("-inf")
        self._tokens = (
            Tokens(project, project.auth, wire=wire, logins=credential.logins, wall=wall)
            if isinstance(project.auth, IamUser)
            else None
        )
        self.clock_skew: timedelta | None = None

    async def ask(self, question: Question, deadline: Deadline) -> Reply:
        """A 200 without an error in it. No pause goes beyond the deadline. Raises DlfError."""
        attempt, failure = 0, None
        while True:
            attempt += 1
            try:
                return await self._once(question, deadline)
            except DlfNotAsked as unasked:
                raise failure or unasked from None  # what DLF said the first time is what there is to say
            except DlfUnavailable as error:
                failure, pause = error, _pause(attempt, error.retry_after)
                if attempt == TRIES or _time() + pause >= deadline.until:
                    raise
                log.debug("dlf_retry attempt=%d status=%s code=%s", attempt, error.status, error.code)
            await asyncio.sleep(pause)

    async def close(self) -> None:
        if self._tokens is not None:
            await self._tokens.close()

    async def _once(self, question: Question, deadline: Deadline) -> Reply:
        self._guard.check()
        await self._wait_out_throttling(deadline.until)
        turn, room = self._lines.turn(question.patience, self._guard.room), self._guard.room
        async with AsyncExitStack() as stack:
            # The room is full as long as DLF does not answer.
            await deadline.in_line(stack.enter_async_context(turn), room.locked)
            return await self._guard.use(lambda: self._with_credentials(question, deadline))

    async def _wait_out_throttling(self, until: float) -> None:
        """DLF counts per user: told to wait once, every question waits, or fails at once if it cannot."""
        left = self._quiet_until - _time()
        if left > 0 and self._throttled is not None:
            if self._quiet_until >= until:
                raise copy.copy(self._throttled)
            await asyncio.sleep(left)

    async def _with_credentials(self, question: Question, deadline: Deadline) -> Reply:
        match self._auth:
            case AccessKey():
                return await self._send(question, sign(_signable(question), self._auth, self._wall()))
            case ReadyToken():
                return await self._send(question, _with_token(question, self._auth.token))
            case IamUser():
                return await self._with_iam_token(question, deadline)

    async def _with_iam_token(self, question: Question, deadline: Deadline) -> Reply:
        """With a new token and once more where DLF refuses the one we kept, as it may before its end."""
        assert self._tokens is not None
        token = await self._tokens.get()
        try:
            return await self._send(question, _with_token(question, token))
        except DlfRefused as refusal:
            if not unauthenticated(refusal):
                raise
        self._tokens.drop(token)
        token = await self._tokens.get()
        await deadline.in_line(self._lines.wait(question.patience), lambda: False)
        return await self._send(question, _with_token(question, token))

    async def _send(self, question: Question, headers: Mapping[str, str]) -> Reply:
        reply = await self._wire.exchange("GET", question.origin, question.target, headers)
        if told := reply.clock:
            self.clock_skew = told - self._wall()
        error = fault_in(reply)
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
            "DLF does not accept the signature: this machine's clock is more than 15 minutes off.",
            meaning=error.meaning,
            remedy="Set the clock (NTP); the bot tries again after a rest (5 min, later 1 h).",
            status=error.status,
            code=error.code,
            request_id=error.request_id,
        )


def _signable(question: Question) -> Signable:
    return Signable("GET", question.path, question.query, {**question.headers, "Host": question.host})


def _with_token(question: Question, token: Secret) -> dict[str, str]:
    return {**question.headers, "X-Auth-Token": token.reveal()}


def _pause(attempt: int, retry_after: float | None) -> float:
    """Full jitter under a doubling roof, on top of what the server asks for."""
    return (retry_after or 0) + random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)))


def _time() -> float:
    return asyncio.get_running_loop().time()
