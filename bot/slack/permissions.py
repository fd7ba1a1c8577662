"""Who may do what: anybody on the team may take an alert, silencing it can be kept to admins."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from bot.errors import SlackError
from bot.messages.message import Message
from bot.messages.service import admins_only
from bot.slack.directory import PEOPLE_KEPT, Directory, Member
from bot.slack.errors import unsure
from bot.slack.runner import Caller
from bot.slack.sentences import sentence

UNCHECKED = "I could not check who you are ({code}). Try again; the app needs users:read and usergroups:read."
STRANGER = "Only members and guests of this Slack workspace get an answer."
# What hides trouble or speaks to a whole channel needs rights read from Slack within these seconds.
RIGHTS_KEPT = 60.0
# A question does not wait longer for Slack to say who asks.
ASKER_SECONDS = 0.4
_ID = re.compile(r"<?(?:@|!subteam\^)?([UWS][A-Z0-9]{2,})(?:\|[^>]*)?>?")


class Permissions:
    """Decides on every question, press and posted digest; answers None (may) or the refusal to show.

    Taking an alert only stops reminders and is what whoever is on call does at night, so any full member of
    the workspace may. Silencing hides new trouble and a posted digest speaks to a whole channel: `admins`
    (users, user groups) may if there are any, otherwise any full member. Guests may do none of it unless they
    are `admins`. Bots, the deleted and people from other workspaces may not even ask. A person who cannot be
    checked may ask and nothing else.
    """

    def __init__(self, directory: Directory, admins: Sequence[str] = (), *, locale: str = "en") -> None:
        ids = [found.group(1) for admin in admins if (found := _ID.fullmatch(admin.strip()))]
        self._users = frozenset(one for one in ids if not one.startswith("S"))
        self._groups = tuple(one for one in ids if one.startswith("S"))
        self._closed = bool(admins)
        self._directory, self._locale = directory, locale

    async def may_ask(self, caller: Caller) -> Message | None:
        try:
            async with asyncio.timeout(ASKER_SECONDS):
                member = await self._directory.member(caller.user)
        except (SlackError, TimeoutError):
            return None
        if member.present and (not member.team_id or _is_ours(member, caller)):
            return None
        return Message(sentence(self._locale, STRANGER))

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
        """Whether the overview of everything is shown."""
        return await self.may_acknowledge(caller)

    async def may_post(self, caller: Caller) -> Message | None:
        return await self.may_silence(caller)

    async def may_silence(self, caller: Caller) -> Message | None:
        check = self._admin if self._closed else self._full_member
        return await self._checked(caller, check, RIGHTS_KEPT)

    async def zone_of(self, user: str) -> str:
        """The IANA name of a person's time zone; empty when Slack does not say."""
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
            return Message(sentence(self._locale, UNCHECKED, code=error.code))

    async def _full_member(self, caller: Caller, kept_for: float) -> Message | None:
        member = await self._directory.member(caller.user, kept_for=kept_for)
        return None if _is_one_of_us(member, caller) and not member.guest else self._members_only()

    async def _admin(self, caller: Caller, kept_for: float) -> Message | None:
        """A group that cannot be read (a deleted one) must not keep the members of the others out."""
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
        return admins_only(locale=self._locale)

    def _members_only(self) -> Message:
        return Message(sentence(self._locale, "Only full members of this workspace may do that."))


def _is_one_of_us(member: Member, caller: Caller) -> bool:
    """Raises SlackError when Slack does not say where this person belongs."""
    if not member.team_id:
        raise unsure("users.info", "no_team")
    return member.present and _is_ours(member, caller)


def _is_ours(member: Member, caller: Caller) -> bool:
    return member.team_id == caller.team or member.enterprise_id == (caller.enterprise or None)
