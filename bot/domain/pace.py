"""How often each day is read, how many requests that takes, and what a credential's rate limit allows."""

from datetime import timedelta
from math import ceil

from bot.domain.model import Day

# How many poll intervals lie between two reads of a day: the past changes only by reruns.
RHYTHM = {Day.TODAY: 1, Day.YESTERDAY: 6, Day.BEFORE_YESTERDAY: 24}
# The share of a rate limit for polls; the rest is for people and retries.
ROOM = 0.8


def requests_per_second(workspaces: int, poll_every: timedelta) -> float:
    """How often the polls of so many workspaces ask DLF."""
    return workspaces * sum(1 / factor for factor in RHYTHM.values()) / poll_every.total_seconds()


def shortest_interval(workspaces: int, per_second: float) -> timedelta:
    """The shortest poll interval, in whole seconds, at which the polls fit into a rate limit."""
    a_second = timedelta(seconds=1)
    # A rounding error is no reason for another second.
    return a_second * ceil(round(requests_per_second(workspaces, a_second) / (ROOM * per_second), 6))


def polls_within(span: timedelta, poll_every: timedelta) -> int:
    """How many poll intervals, begun ones included, such a time takes."""
    return ceil(span / poll_every)
