"""`/dlf-digest`: show a digest as it is now, or post it in its channel if the person may."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Protocol

from bot.domain.digest import Requested
from bot.domain.spelling import fold
from bot.domain.suggest import NameIndex
from bot.messages.message import Message
from bot.messages.mrkdwn import person, place
from bot.messages.service import DIGEST, digest_help
from bot.messages.words import Words
from bot.slack.parsing import ENDS, HELP, MAX_WORD, Help, InputError, quote, quote_some, split_words
from bot.slack.permissions import Permissions
from bot.slack.responder import Responder
from bot.slack.runner import REFUSED, Ack, Caller, ListenerRunner, text_of

# Flags are read without their dashes: phones turn two dashes into a long dash.
POST = frozenset({"post", "发布", "发送"})
MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class DigestChoice:
    """The chosen digest; `post` sends it to its channel instead of showing it."""

    name: str
    post: bool = False


class DigestQueries(Protocol):
    """The part of the digests' use case that the listener calls."""

    @property
    def names(self) -> Sequence[str]:
        """The digests of the config."""

    def preview(self, name: str, by: str) -> Awaitable[Message]:
        """The digest as it is now, for the person who asked."""

    def request(self, name: str, by: str, *, where: str) -> Awaitable[Requested]:
        """Post it as it is now, as requested by `by` in `where`, unless it was posted a moment ago."""


class DigestCommand:
    """The slash command's listener."""

    def __init__(self, runner: ListenerRunner, shows: DigestQueries, permissions: Permissions) -> None:
        self._runner, self._shows, self._permissions = runner, shows, permissions

    async def digest(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`/dlf-digest …`"""
        work = partial(self._digest, text=text_of(body, "text"))
        await self._runner.run(DIGEST, body, ack, work, may=self._permissions.may_ask, in_ack=True)

    async def _digest(self, caller: Caller, responder: Responder, text: str) -> str:
        match choose(text, self._shows.names, locale=self._runner.locale):
            case Help():
                await responder.send(digest_help(self._shows.names, locale=self._runner.locale))
                return "help"
            case InputError(said):
                await responder.send(Message(said))
                return "wrong"
            case DigestChoice(name, post=False):
                await responder.send(await self._shows.preview(name, caller.user))
                return "shown"
            case DigestChoice(name):
                return await self._post(caller, responder, name)

    async def _post(self, caller: Caller, responder: Responder, name: str) -> str:
        if await self._runner.refuses(self._permissions.may_post, caller, responder):
            return REFUSED
        made = await self._shows.request(name, caller.user, where=caller.channel)
        channel = place(made.channel)
        if made.earlier_by is not None:
            pattern = "Not posted again: {who} posted it a moment ago in {channel}."
            await responder.send(self._runner.message(pattern, who=person(made.earlier_by), channel=channel))
            return "posted before"
        pattern = "Posting {name} in {channel}."
        await responder.send(self._runner.message(pattern, name=quote(name), channel=channel))
        return "posted"


def choose(text: str, names: Sequence[str], *, locale: str = "en") -> DigestChoice | Help | InputError:
    """Parse the words after the command: a digest's name (optional if there is only one) and `post`."""
    if not names:
        return InputError(Words(locale)("No digests in the config."))
    said = [_tidy(word.text, names) for word in islice(split_words(text), MOST_WORDS + 1)]
    if any(word.casefold() in HELP or word.casefold().lstrip("-") in HELP for word in said):
        return Help()
    wanted = [word for word in said if word.casefold().lstrip("-") not in POST or word in names]
    if len(wanted) > 1 or (not wanted and len(names) > 1):
        return InputError(Words(locale)("Which digest? {names}.", names=quote_some(names, locale)))
    word, folded = wanted[0] if wanted else names[0], {fold(name): name for name in names}
    if word in names or fold(word) in folded:
        return DigestChoice(word if word in names else folded[fold(word)], post=len(said) > len(wanted))
    tr = Words(locale)
    unknown = tr("Unknown word {word}.", word=quote(word))
    if meant := NameIndex(names, fold).to(word[:MAX_WORD]):
        return InputError(tr.sentences([unknown, tr("Did you mean {nearest}?", nearest=quote(meant))]))
    return InputError(tr.sentences([unknown, tr("Which digest? {names}.", names=quote_some(names, locale))]))


def _tidy(word: str, names: Sequence[str]) -> str:
    """The word without a full stop or the like, unless it belongs to a name."""
    return word if word in names or word.casefold() in HELP else word.rstrip(ENDS) or word
