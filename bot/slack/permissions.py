"""Permissions: full members may take alerts; silencing can be limited to admins."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence

from bot.errors import SlackError
from bot.messages.message import Message
from bot.messages.service import admins_only
from bot.messages.words import Words
from bot.slack.directory import PEOPLE_KEPT, Directory, SlackUser
from bot.slack.errors import unsure
from bot.slack.runner import Caller
from bot.slack.timed_cache import TimedCache

UNCHECKED = (
    "Your permissions could not be checked ({code}). Try again. "
    "If it stays, the app may lack users:read or usergroups:read."
)
STRANGER = "Only members and guests of this Slack workspace get an answer."
# Silencing and posting need an answer of Slack about the person that is at most this many seconds old.
RIGHTS_KEPT = 60.0
# The longest wait for Slack's answer about the person before a question is answered; where none came, the
# person's next questions do without it for so long.
ASKER_SECONDS, UNANSWERED_FOR = 0.4, 60.0
MOST_UNANSWERED = 1_000
_ID = re.compile(r"<?(?:@|!subteam\^)?([UWS][A-Z0-9]{2,})(?:\|[^>]*)?>?")


class Permissions:
    """Decides about every question, press and posted digest; returns None (allowed) or the refusal.

    Any full member of the Slack workspace may take an alert: it only stops reminders. Silencing hides new
    trouble and a posted digest reaches a whole channel, so only `admins` (users, user groups) may do these;
    without `admins`, any full member may. Guests may do neither unless they are `admins`. Bots, deleted users
    and people from other Slack workspaces may not even ask. If Slack cannot be asked about a person, the
    person may only ask.
    """

    def __init__(
        self,
        directory: Directory,
        admins: Sequence[str] = (),
        *,
        locale: str = "en",
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        ids = [found.group(1) for admin in admins if (found := _ID.fullmatch(admin.strip()))]
        self._users = frozenset(one for one in ids if not one.startswith("S"))
        self._groups = tuple(one for one in ids if one.startswith("S"))
        self._closed, self._named = bool(admins), tuple(ids)
        self._directory, self._locale = directory, locale
        # The people about whom Slack gave no answer.
        self._unanswered: TimedCache[str, bool] = TimedCache(MOST_UNANSWERED, timer)

    async def may_ask(self, caller: Caller) -> Message | None:
        if self._unanswered.get(caller.user, UNANSWERED_FOR):
            return None
        try:
            async with asyncio.timeout(ASKER_SECONDS):
                member = await self._directory.member(caller.user)
        except (SlackError, TimeoutError):
            self._unanswered.put(caller.user, True)
            return None
        if member.present and (not member.team_id or _is_ours(member, caller)):
            return None
        return Message(Words(self._locale)(STRANGER))

    async def may_acknowledge(self, caller: Caller) -> Message | None:
        refused = await self._checked(caller, self._full_member, PEOPLE_KEPT)
        if (
            refused is not None
            and self._closed
            and await self._checked(caller, self._admin, PEOPLE_KEPT) is None
        ):
            return None
        return refused

    async def may_look(self, caller: Caller) -> Message | None:
        """The refusal to show the overview, or None."""
        return await self.may_acknowledge(caller)

    async def may_post(self, caller: Caller) -> Message | None:
        return await self.may_silence(caller)

    async def may_silence(self, caller: Caller) -> Message | None:
        check = self._admin if self._closed else self._full_member
        return await self._checked(caller, check, RIGHTS_KEPT)

    async def zone_of(self, user: str) -> str:
        """The IANA name of a person's time zone; empty if Slack does not say."""
        try:
            return (await self._directory.member(user)).zone
        except SlackError:
            return ""

    async def _checked(
        self, caller: Caller, check: Callable[[Caller, float], Awaitable[Message | None]], kept_for: float
    ) -> Message | None:
        try:
            return await check(caller, kept_for)
        except SlackError as error:
            return Message(Words(self._locale)(UNCHECKED, code=error.code))

    async def _full_member(self, caller: Caller, kept_for: float) -> Message | None:
        member = await self._directory.member(caller.user, kept_for=kept_for)
        return None if _is_one_of_us(member, caller) and not member.guest else self._members_only()

    async def _admin(self, caller: Caller, kept_for: float) -> Message | None:
        """The refusal, or None for an admin; an unreadable group does not keep other groups' members out."""
        member = await self._directory.member(caller.user, kept_for=kept_for)
        if not _is_one_of_us(member, caller):
            return self._members_only()
        if caller.user in self._users:
            return None
        unread: SlackError | None = None
        for group in self._groups:
            try:
                if caller.user in await self._directory.group(group, kept_for=kept_for):
                    return None
            except SlackError as error:
                unread = unread or error
        if unread is not None:
            raise unread
        return admins_only(self._named, locale=self._locale)

    def _members_only(self) -> Message:
        return Message(
            Words(self._locale)("Only full members of this Slack workspace can do this (not guests).")
        )


def _is_one_of_us(member: SlackUser, caller: Caller) -> bool:
    """True for a member of our Slack workspace. Raises SlackError if Slack does not say."""
    if not member.team_id:
        raise unsure("users.info", "no_team")
    return member.present and _is_ours(member, caller)


def _is_ours(member: SlackUser, caller: Caller) -> bool:
    return member.team_id == caller.team or member.enterprise_id == (caller.enterprise or None)
