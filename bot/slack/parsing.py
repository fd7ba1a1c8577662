"""Typed text: split it into words in spite of odd quotes and spaces, and quote it without harm."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.spelling import make_plain
from bot.messages.mrkdwn import entities
from bot.messages.words import Words

MAX_SHOWN, MAX_WORD = 6, 40
HELP = frozenset({"help", "--help", "-h", "?", "h", "usage", "帮助"})
# The ends of sentences; some phones write a full stop for two spaces.
ENDS = ".!?。"

_QUOTES = ('"', "'", "`")
_SEPARATORS = re.compile(r"[\s,;、，；،؛]+")


@dataclass(frozen=True, slots=True)
class Help:
    """The person asks for help."""


@dataclass(frozen=True, slots=True)
class InputError:
    """A mistake in the typed text, as one or two sentences that are safe to show."""

    sentence: str


@dataclass(frozen=True, slots=True)
class TypedWord:
    text: str
    quoted: bool = False


def split_words(text: str) -> Iterator[TypedWord]:
    """Split like a forgiving shell: full-width forms made plain, quotes of any kind, closed or not."""
    rest = make_plain(text).strip()
    while rest:
        if rest[0] in _QUOTES:
            inner, _, rest = rest[1:].partition(rest[0])
            if inner.strip():
                yield TypedWord(" ".join(inner.split()), quoted=True)
        else:
            word, *more = _SEPARATORS.split(rest, maxsplit=1)
            rest = more[0] if more else ""
            if word:
                yield TypedWord(word)
        rest = rest.strip()


def quote(word: str) -> str:
    """A typed word as code, clipped and without markup."""
    clipped = word if len(word) <= MAX_WORD else word[: MAX_WORD - 1] + "…"
    return f"`{entities(clipped.replace('`', 'ˋ'))}`"


def quote_some(names: Sequence[str], locale: str) -> str:
    """The first names, and the number of the others."""
    return Words(locale).some(map(quote, names[:MAX_SHOWN]), len(names) - MAX_SHOWN) or "–"


def number_of(value: str) -> int:
    """The number that a button's value is; 0 if it is none."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0
