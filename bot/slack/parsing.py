"""What people type: split into words whatever the quotes and spaces, shown back without harm."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.spelling import make_plain
from bot.messages.words import entities
from bot.slack.sentences import sentence

MAX_SHOWN, MAX_WORD = 6, 40
HELP = frozenset({"help", "--help", "-h", "?", "h", "usage", "帮助"})
# Sentences end in these, and some phones write one for two spaces.
ENDS = ".!?。"

_QUOTES = ('"', "'", "`")
_SEPARATORS = re.compile(r"[\s,;、，；،؛]+")


@dataclass(frozen=True, slots=True)
class Help:
    """The person wants to know what can be typed."""


@dataclass(frozen=True, slots=True)
class InputError:
    """What is wrong, in one or two sentences that are safe to show."""

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
    """A word of theirs, clipped and harmless, as code."""
    clipped = word if len(word) <= MAX_WORD else word[: MAX_WORD - 1] + "…"
    return f"`{entities(clipped.replace('`', 'ˋ'))}`"


def quote_some(names: Sequence[str], locale: str) -> str:
    """The first of many names, and how many more there are."""
    shown = [quote(name) for name in names[:MAX_SHOWN]]
    if len(names) > MAX_SHOWN:
        shown.append(sentence(locale, "and {n} more", n=len(names) - MAX_SHOWN))
    return ", ".join(shown) or "-"
