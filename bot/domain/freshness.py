"""How old a number may be to count as known."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Polls that may fail or come late, and the extra time of a slow poll.
POLLS = 3
GRACE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Freshness:
    """Decides whether a number is known: it is for three poll intervals and a minute after it was read."""

    poll_every: timedelta
    grace: timedelta = GRACE

    @property
    def span(self) -> timedelta:
        return POLLS * self.poll_every + self.grace

    def is_known(self, read_at: datetime, now: datetime) -> bool:
        """True if a number read at `read_at` is still known at `now`."""
        return now - read_at <= self.span
