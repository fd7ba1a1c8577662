"""Did you mean ...: the nearest of many names, found quickly enough for the event loop, and the question."""

from collections import Counter
from collections.abc import Callable, Iterable

# Names compared; each takes up to 0.2 ms.
COMPARED = 50
# Names searched for pairs of letters in common with the word.
LOOKED_AT = 20_000
# Letters of a word that are compared.
LONGEST = 60


class NameIndex:
    """An index of names by their pairs of letters; compares a word with names that share its rarer pairs.

    `fold` makes names equal that differ only in their spelling.
    """

    def __init__(self, names: Iterable[str], fold: Callable[[str], str] = str.casefold) -> None:
        self._fold = fold
        self._names = {fold(name): name for name in names}
        self._having: dict[str, list[str]] = {}
        for folded in self._names:
            for pair in _pairs(folded):
                self._having.setdefault(pair, []).append(folded)

    def to(self, word: str) -> str | None:
        """The name most like `word`; None if no name is near."""
        from difflib import get_close_matches  # noqa: PLC0415 (a config without mistakes does without it)

        folded = self._fold(word[:LONGEST])
        matches = get_close_matches(folded, self._likely(folded), n=1, cutoff=0.6)
        return self._names[matches[0]] if matches else None

    def _likely(self, folded: str) -> list[str]:
        if len(self._names) <= COMPARED:
            return list(self._names)
        shared, left = Counter[str](), LOOKED_AT
        for having in sorted((self._having[one] for one in _pairs(folded) if one in self._having), key=len):
            shared.update(having[:left])
            left -= len(having)
            if left <= 0:
                break
        return [name for name, _ in shared.most_common(COMPARED)]


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that a person most likely meant, whatever its capital letters, hyphens and blanks."""
    return NameIndex(sorted(names), fold_key).to(word)


def fold_key(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")


def did_you_mean(near: str | None, otherwise: str = "") -> str:
    """The question whether `near` was meant; `otherwise` if there is none."""
    return f'Did you mean "{near}"?' if near else otherwise


def _pairs(folded: str) -> set[str]:
    """The word's pairs of letters, and its first and last letter alone."""
    bounded = f" {folded} "
    return {bounded[at : at + 2] for at in range(len(bounded) - 1)}
