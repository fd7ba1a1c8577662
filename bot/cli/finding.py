"""A finding of `dlf-bot check`."""

from dataclasses import dataclass

from bot.errors import BotError


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check: its state, and a remedy if it is not well. A warning is no failure."""

    about: str
    what: str
    level: str = "ok"

    def __str__(self) -> str:
        return f"{self.level:<5} {self.about:<10} {self.what}"

    @classmethod
    def failed(cls, about: str, error: BotError) -> "Finding":
        return cls(about, str(error), "FAIL")
