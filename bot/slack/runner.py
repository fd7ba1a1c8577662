"""The entry for all interactions: check the caller, ack in time, run the work, report every failure."""

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from bot.errors import BotError, SlackUnsure
from bot.logs import log_bug, log_event
from bot.messages.message import Message
from bot.messages.mrkdwn import escape
from bot.messages.words import Words
from bot.slack.identity import Identity
from bot.slack.responder import Responder
from bot.slack.response_url import ResponseUrl
from bot.slack.sender import Sender
from bot.tasks import Tasks

ACK_WITHIN, GIVE_UP_AFTER = 0.8, 600.0
# Questions may wait minutes for DLF. The limits leave room for other people's questions, and for buttons.
COMMANDS_OF_ONE, COMMANDS, EVERYTHING = 100, 400, 1000
BUSY = "The bot is busy. Try again in a minute."

Ack = Callable[..., Awaitable[Any]]
Observe = Callable[[str, float, str], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind an interaction, and the place."""

    user: str
    team: str
    user_team: str
    # From the payload; for the work of a listener, from our token.
    enterprise: str
    channel: str
    channel_name: str
    org_wide: bool = False


Work = Callable[[Caller, Responder], Awaitable[str]]
# Gives the refusal, or None if the caller may do it.
May = Callable[[Caller], Awaitable[Message | None]]
REFUSED = "refused"


class ListenerRunner:
    """Every listener enters here: it acks, hands its work to a tracked task and returns."""

    def __init__(
        self,
        sender: Sender,
        tasks: Tasks,
        *,
        clock: Callable[[], datetime],
        observe: Observe = lambda command, seconds, outcome: None,
        locale: str = "en",
    ) -> None:
        self.sender, self.tasks, self.clock, self.locale = sender, tasks, clock, locale
        self._observe, self._reading = observe, self.message("Reading from DLF…")
        self._waiting: Counter[str] = Counter()

    async def run(
        self,
        name: str,
        body: Mapping[str, Any],
        ack: Ack,
        work: Work,
        *,
        may: May | None = None,
        in_ack: bool = False,
    ) -> None:
        """Ack within a second, however long `work` takes; `in_ack` puts a quick answer into the ack.

        Nothing is done for a caller whom `may` refuses; the caller gets the refusal.
        """
        caller = caller_of(body)
        if self._is_full(caller, in_ack):
            self._note(name, caller, "busy", 0.0)
            await (ack(self.message(BUSY).text) if in_ack else ack())
            return
        responder = Responder(self.sender, ResponseUrl(text_of(body, "response_url")), in_ack=in_ack)
        allowed = work if may is None else partial(self._if_allowed, may, work)
        task = self.tasks.spawn(self._answers(name, caller, responder, allowed), name=name)
        self._waiting[caller.user] += 1
        task.add_done_callback(lambda _: self._served(caller.user))
        first = await responder.first(ACK_WITHIN, self._reading) if in_ack else None
        await (ack(first) if first else ack())

    async def refuses(self, may: May, caller: Caller, responder: Responder, *, replace: bool = False) -> bool:
        """True, after the answer, if `may` refuses; `replace`: in place of the message that was pressed."""
        refused = await may(caller)
        if refused is not None:
            await responder.send(refused, replace=replace)
        return refused is not None

    async def _if_allowed(self, may: May, work: Work, caller: Caller, responder: Responder) -> str:
        return REFUSED if await self.refuses(may, caller, responder) else await work(caller, responder)

    def _is_full(self, caller: Caller, command: bool) -> bool:
        most, of_one = (COMMANDS, COMMANDS_OF_ONE) if command else (EVERYTHING, EVERYTHING)
        return len(self.tasks) >= most or self._waiting[caller.user] >= of_one

    def _served(self, user: str) -> None:
        self._waiting[user] -= 1
        if not self._waiting[user]:
            del self._waiting[user]

    def message(self, english: str, **parts: str) -> Message:
        """One of our sentences as a message."""
        return Message(Words(self.locale)(english, **parts))

    async def _answers(self, name: str, caller: Caller, responder: Responder, work: Work) -> None:
        """Do the work; an exception becomes a sentence with an id that the log has, too."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(GIVE_UP_AFTER):
                stranger = self._stranger(caller)
                outcome = await work(self._ours(caller), responder) if stranger is None else "foreign"
                if stranger is not None:
                    await responder.send(stranger)
        except Exception as error:  # noqa: BLE001 - the listeners' door: see errors.py
            outcome, incident = "failed", secrets.token_hex(3)
            told = {"name": name, "id": incident, "why": _why(error)}
            if isinstance(error, BotError):
                log_event(log, "listener_failed", logging.WARNING, **told)
            else:
                log_bug(log, "listener_failed", error, **told)
            await self._apologise(responder, error, incident)
        finally:
            responder.close()
        self._note(name, caller, outcome, time.monotonic() - started)

    def _note(self, name: str, caller: Caller, outcome: str, seconds: float) -> None:
        self._observe(name, seconds, outcome)
        who = f"{caller.team}/{caller.channel}/{caller.user}"
        log_event(log, "command", command=name, who=who, outcome=outcome, seconds=seconds)

    async def _apologise(self, responder: Responder, error: Exception, incident: str) -> None:
        if isinstance(error, SlackUnsure) and responder.said:
            return  # the answer may have arrived
        tr = Words(self.locale)
        if isinstance(error, TimeoutError):
            message = self.message("This took too long (id {id}). Try again in a minute.", id=incident)
        elif isinstance(error, BotError):
            what = tr("{what} (id {id})", what=tr.problem(error.problem), id=incident)
            message = Message(escape(what))
        else:
            pattern = (
                "Something went wrong (id {id}). Try again. "
                "If it happens again, give this id to the person who runs the bot."
            )
            message = self.message(pattern, id=incident)
        try:
            await responder.send(message)
        except BotError as second:
            log_event(log, "apology_unsaid", logging.WARNING, id=incident, why=_why(second))

    def _stranger(self, caller: Caller) -> Message | None:
        identity = self.sender.identity
        if identity is None:
            return self.message("The bot is starting. Try again in a few seconds.")
        if belongs(caller, identity) and self._is_wanted(caller):
            return None
        return self.message("This bot belongs to another Slack workspace and cannot answer here.")

    def _ours(self, caller: Caller) -> Caller:
        """The caller with our token's organization in place of the payload's."""
        identity = self.sender.identity
        return replace(caller, enterprise=identity.enterprise_id or "" if identity else "")

    def _is_wanted(self, caller: Caller) -> bool:
        """False if the config names a single team of the organization and the caller is of another."""
        team, enterprise = self.sender.team, self.sender.enterprise
        return team in (None, caller.team) and enterprise in (None, caller.enterprise)


def belongs(caller: Caller, identity: Identity) -> bool:
    """True if the request comes from the Slack workspace or organization of our token."""
    same_org = identity.enterprise_id is not None and caller.enterprise == identity.enterprise_id
    if caller.enterprise and identity.enterprise_id and not same_org:
        return False
    if caller.team != identity.team_id and not (same_org and caller.org_wide):
        return False
    return same_org or caller.user_team in ("", identity.team_id)


def caller_of(body: Mapping[str, Any]) -> Caller:
    """The caller in a command's, an action's or an event's body; missing fields are empty."""
    user, team, channel = part_of(body, "user"), part_of(body, "team"), part_of(body, "channel")
    event, enterprise = part_of(body, "event"), part_of(body, "enterprise")
    return Caller(
        user=text_of(body, "user_id") or text_of(user, "id") or text_of(event, "user"),
        team=text_of(body, "team_id") or text_of(team, "id"),
        user_team=text_of(user, "team_id"),
        enterprise=text_of(body, "enterprise_id") or text_of(enterprise, "id"),
        channel=text_of(body, "channel_id") or text_of(channel, "id"),
        channel_name=text_of(body, "channel_name") or text_of(channel, "name"),
        org_wide=body.get("is_enterprise_install") in (True, "true"),
    )


def text_of(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def part_of(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _why(error: Exception) -> str:
    code = getattr(error, "code", None)
    return f"{type(error).__name__}:{code}" if isinstance(code, str) else type(error).__name__
