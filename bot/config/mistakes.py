"""The list of mistakes found so far, and the texts they share."""

import re
from collections.abc import Collection

from bot.domain.suggest import did_you_mean, nearest
from bot.errors import ConfigError, Mistake

MAX_MISTAKES = 300
_CREDENTIALS = re.compile(r"//[^/\s]*@")
_TOKENS = re.compile(r"(xox[a-z]|xapp)[-.]", re.IGNORECASE)


class Unreadable(Exception):
    """The file cannot be read further than this."""

    def __init__(self, line: int, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.line, self.what, self.remedy = line, what, remedy


class InvalidValue(Exception):
    """A value is not what its key wants: `problem` continues the sentence "key is 'value', "."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


class Mistakes:
    """Collects mistakes; the same mistake at the same line counts once (repeated YAML is read repeatedly)."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[tuple[int, str], Mistake] = {}

    def add(self, line: int, what: str, remedy: str = "") -> None:
        self._found.setdefault((line, what), Mistake(self.file, line, what, remedy))
        if len(self._found) >= MAX_MISTAKES:
            raise Unreadable(0, f"there are more than {MAX_MISTAKES} mistakes.", "These are the first.")

    def take(self, others: "Mistakes", *, but: Collection[int] = ()) -> None:
        """Add the mistakes of `others`, without those at some lines."""
        for key, mistake in others._found.items():
            if mistake.line not in but:
                self._found.setdefault(key, mistake)

    def stop(self, reason: Unreadable) -> None:
        mistake = Mistake(self.file, reason.line, reason.what, reason.remedy)
        self._found.setdefault((reason.line, reason.what), mistake)

    def raise_if_any(self) -> None:
        """Raises ConfigError with everything found, in file order."""
        if self._found:
            raise ConfigError(tuple(sorted(self._found.values(), key=lambda mistake: mistake.line)))


def show(written: str) -> str:
    """Quote a person's text: a single short line, never a text that looks like a token."""
    if _TOKENS.search(written):
        return '"*****"'
    text = "".join(
        letter if letter.isprintable() else "?" for letter in _CREDENTIALS.sub("//*****@", written)
    )
    return f'"{text[:57]}..."' if len(text) > 60 else f'"{text}"'


def has_secret(text: str) -> bool:
    """True if a text seems to hold a Slack token or a URL's credentials."""
    return bool(_TOKENS.search(text) or _CREDENTIALS.search(text))


def choose(word: str, words: Collection[str]) -> str:
    """The remedy for a wrong word: the nearest right word, and the whole list if it is short."""
    near = nearest(word, words)
    listed = ", ".join(words)
    if near and len(words) > 4:
        return did_you_mean(near)
    if near:
        return f"{did_you_mean(near)} Possible: {listed}."
    return f"Possible: {listed}." if len(words) <= 20 else ""
