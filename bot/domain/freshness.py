"""How old a number may be to count as known."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Polls that may fail or come late, and what a slow one may take on top.
POLLS = 3
GRACE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Freshness:
    """The one answer to "is this known?": a number is until three polls and a minute brought no newer."""

    poll_every: timedelta
    grace: timedelta = GRACE

    @property
    def span(self) -> timedelta:
        return POLLS * self.poll_every + self.grace

    def is_known(self, read_at: datetime, now: datetime) -> bool:
        """True if what was read at `read_at` still counts at `now`."""
        return now - read_at <= self.span
