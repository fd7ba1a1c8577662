"""Sentences as values: an English pattern and what it is about, worded only when they are shown."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_BLANK = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A pattern with blanks, "{host} did not answer in time.", and their values, which may be sentences."""

    pattern: str
    values: "tuple[tuple[str, str | Sentence], ...]" = ()

    def __str__(self) -> str:
        return self.worded(lambda english: english)

    def worded(self, translate: Callable[[str], str]) -> str:
        """The text by the translation of the pattern; a pattern without values is taken as it is."""
        pattern, known = translate(self.pattern), dict(self.values)
        if not known:
            return pattern

        def fill(blank: re.Match[str]) -> str:
            value = known.get(blank[1], blank[0])
            return value if isinstance(value, str) else value.worded(translate)

        return _BLANK.sub(fill, pattern)

    def changed(self, change: Callable[[str], str]) -> "Sentence":
        """The sentence with its patterns changed; the values stay."""
        values = tuple(
            (name, value if isinstance(value, str) else value.changed(change)) for name, value in self.values
        )
        return Sentence(change(self.pattern), values)


# What happened, what it means, what to do: as many of them as there are.
Problem = tuple[Sentence, ...]


def sentence(pattern: str, **values: str | Sentence) -> Sentence:
    return Sentence(pattern, tuple(values.items()))


def as_sentence(text: str | Sentence) -> Sentence:
    """A text without blanks as a sentence."""
    return Sentence(text) if isinstance(text, str) else text


def problem_of(*texts: str | Sentence) -> Problem:
    """The problem of these sentences; empty texts are left out."""
    return tuple(as_sentence(text) for text in texts if text != "")


def english(problem: Iterable[Sentence]) -> str:
    """The problem in English, for the terminal and the log."""
    return " ".join(map(str, problem))


def encode(problem: Problem) -> str:
    """The problem as text for the store; "" for none."""
    return json.dumps(list(map(_packed, problem)), ensure_ascii=False) if problem else ""


def decode(text: str) -> Problem:
    """The problem from the store; text of another form, such as an old sentence, is taken as it is."""
    try:
        return tuple(map(_unpacked, json.loads(text)))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return problem_of(text)


def _packed(one: Sentence) -> list[object]:
    return [
        one.pattern,
        {name: value if isinstance(value, str) else _packed(value) for name, value in one.values},
    ]


def _unpacked(found: object) -> Sentence:
    """Raises ValueError for another form than that of `_packed`."""
    match found:
        case [str(pattern), dict(values)]:
            filled = ((str(name), _value(value)) for name, value in values.items())
            return Sentence(pattern, tuple(filled))
    raise ValueError("not a sentence")


def _value(found: object) -> str | Sentence:
    return found if isinstance(found, str) else _unpacked(found)
