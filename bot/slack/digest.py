"""`/dlf-digest`: show a digest as it is now, or have it posted in its channel by whoever may."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any, Protocol

from bot.messages.message import Message
from bot.messages.notes import digest_help
from bot.messages.words import place
from bot.slack.door import Ack, Caller, Door, text_of
from bot.slack.exchange import Exchange
from bot.slack.people import People
from bot.slack.sentences import sentence
from bot.slack.typed import HELP, MAX_WORD, Help, Wrong, quote, quote_some, split_words

DIGEST = "/dlf-digest"
POST = frozenset({"post", "--post", "发布"})
MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which digest, and whether everybody in its channel is to see it."""

    name: str
    post: bool = False


class Shows(Protocol):
    """What the listener needs of the use case that builds digests."""

    @property
    def names(self) -> Sequence[str]:
        """The digests of the config."""

    def preview(self, name: str) -> Awaitable[Message]:
        """The digest as it is now."""

    def request(self, name: str, by: str) -> Awaitable[str]:
        """Have it posted as it is now, because `by` wants it; the channel it goes to."""


class DigestCommand:
    """The slash command's listener."""

    def __init__(self, door: Door, shows: Shows, people: People) -> None:
        self._door, self._shows, self._people = door, shows, people

    async def digest(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`/dlf-digest …`"""

        async def work(caller: Caller, exchange: Exchange) -> str:
            return await self._digest(caller, exchange, text_of(body, "text"))

        await self._door.enter(DIGEST, body, ack, work, in_ack=True)

    async def _digest(self, caller: Caller, exchange: Exchange, text: str) -> str:
        match choose(text, self._shows.names, locale=self._door.locale):
            case Help():
                await exchange.say(digest_help(self._shows.names, locale=self._door.locale))
                return "help"
            case Wrong(said):
                await exchange.say(Message(said))
                return "wrong"
            case Chosen(name, post=False):
                await exchange.say(await self._shows.preview(name))
                return "shown"
            case Chosen(name):
                return await self._post(caller, exchange, name)

    async def _post(self, caller: Caller, exchange: Exchange, name: str) -> str:
        if (refused := await self._people.may_post(caller)) is not None:
            await exchange.say(refused)
            return "refused"
        channel = await self._shows.request(name, caller.user)
        pattern = "The digest {name} goes to {channel}."
        await exchange.say(self._door.message(pattern, name=quote(name), channel=place(channel)))
        return "posted"


def choose(text: str, names: Sequence[str], *, locale: str = "en") -> Chosen | Help | Wrong:
    """Read what follows the command: a digest's name, needless where there is but one, and `post`."""
    if not names:
        return Wrong(sentence(locale, "No digest is configured."))
    said = [word.text for word in islice(split_words(text), MOST_WORDS + 1)]
    if any(word.casefold() in HELP for word in said):
        return Help()
    wanted = [word for word in said if word.casefold() not in POST or word in names]
    if len(wanted) > 1 or (not wanted and len(names) > 1):
        return Wrong(sentence(locale, "Say one digest: {names}.", names=quote_some(names, locale)))
    word, folded = wanted[0] if wanted else names[0], {name.casefold(): name for name in names}
    if word in names or word.casefold() in folded:
        return Chosen(word if word in names else folded[word.casefold()], post=len(said) > len(wanted))
    unknown = sentence(locale, "I do not know {word}.", word=quote(word))
    for nearest in get_close_matches(word[:MAX_WORD].casefold(), folded, n=1, cutoff=0.6):
        hint = sentence(locale, "Did you mean {nearest}?", nearest=quote(folded[nearest]))
        return Wrong(f"{unknown} {hint}")
    return Wrong(
        f"{unknown} " + sentence(locale, "Say one digest: {names}.", names=quote_some(names, locale))
    )
