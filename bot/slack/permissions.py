"""Who may do what: anybody on the team may take an alert, silencing it can be kept to admins."""

import re
from collections.abc import Awaitable, Callable, Sequence

from bot.errors import SlackError
from bot.messages.message import Message
from bot.messages.service import admins_only
from bot.slack.directory import Directory
from bot.slack.errors import unsure
from bot.slack.runner import Caller
from bot.slack.sentences import sentence

UNCHECKED = "I could not check who you are ({code}). Try again; the app needs users:read and usergroups:read."
_ID = re.compile(r"<?(?:@|!subteam\^)?([UWS][A-Z0-9]{2,})(?:\|[^>]*)?>?")


class Permissions:
    """Decides on every press of a button and every posted digest; answers None (may) or the refusal to show.

    Taking an alert only stops reminders and is what whoever is on call does at night, so any full member of
    the workspace may. Silencing hides new trouble and a posted digest speaks to a whole channel: `admins`
    (users, user groups) may if there are any, otherwise any full member. Guests, bots and people from other
    workspaces may do none of it unless they are `admins`, and who cannot be checked may not.
    """

    def __init__(self, directory: Directory, admins: Sequence[str] = (), *, locale: str = "en") -> None:
        ids = [found.group(1) for admin in admins if (found := _ID.fullmatch(admin.strip()))]
        self._users = frozenset(one for one in ids if not one.startswith("S"))
        self._groups = tuple(one for one in ids if one.startswith("S"))
        self._closed = bool(admins)
        self._directory, self._locale = directory, locale

    async def may_acknowledge(self, caller: Caller) -> Message | None:
        if caller.user in self._users:
            return None
        refused = await self._checked(caller, self._full_member)
        if refused is not None and self._groups and await self._checked(caller, self._admin) is None:
            return None
        return refused

    async def may_look(self, caller: Caller) -> Message | None:
        """Whether the overview of everything is shown."""
        return await self.may_acknowledge(caller)

    async def may_post(self, caller: Caller) -> Message | None:
        return await self.may_silence(caller)

    async def may_silence(self, caller: Caller) -> Message | None:
        if caller.user in self._users:
            return None
        return await self._checked(caller, self._admin if self._closed else self._full_member)

    async def zone_of(self, user: str) -> str:
        """The IANA name of a person's time zone; empty when Slack does not say."""
        try:
            return (await self._directory.member(user)).zone
        except SlackError:
            return ""

    async def _checked(
        self, caller: Caller, check: Callable[[Caller], Awaitable[Message | None]]
    ) -> Message | None:
        try:
            return await check(caller)
        except SlackError as error:
            return Message(sentence(self._locale, UNCHECKED, code=error.code))

    async def _full_member(self, caller: Caller) -> Message | None:
        member = await self._directory.member(caller.user)
        if not member.team_id:
            raise unsure("users.info", "no_team")
        ours = member.team_id == caller.team or member.enterprise_id == (caller.enterprise or None)
        if member.full and ours:
            return None
        return Message(sentence(self._locale, "Only full members of this workspace may do that."))

    async def _admin(self, caller: Caller) -> Message | None:
        """A group that cannot be read (a deleted one) must not keep the members of the others out."""
        unread: SlackError | None = None
        for group in self._groups:
            try:
                if caller.user in await self._directory.group(group):
                    return None
            except SlackError as error:
                unread = unread or error
        if unread is not None:
            raise unread
        return admins_only(locale=self._locale)
