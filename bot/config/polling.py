"""The YAML's `poll_every`, and what may be given in polls or in time: `for` and `unreadable.after`."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from bot.config.keys import Key
from bot.config.reader import Section
from bot.config.scalars import duration, polls_or_duration, whole
from bot.dlf.settings import Project, credential_of
from bot.domain.pace import polls_within, shortest_interval

POLLS_OR_TIME = polls_or_duration(whole(1, 1000), duration(timedelta(seconds=1), timedelta(days=7)))

POLL_EVERY = Key(
    "poll_every",
    duration(timedelta(seconds=1), timedelta(days=1)),
    "How often every workspace is read. The default is longer where requests_per_second is too low for all "
    "workspaces.",
    default="1m",
    example="1m",
    also=("interval", "poll_interval", "every"),
)


def read_poll_every(section: Section, projects: Iterable[Project]) -> timedelta:
    """The poll interval as given, or the usual one, or the shortest that each credential's pace allows."""
    shared = defaultdict[str, list[Project]](list)
    for project in projects:
        shared[credential_of(project.auth)].append(project)
    shortest = (
        shortest_interval(
            sum(len(project.workspaces) for project in some),
            min(project.requests_per_second for project in some),
        )
        for some in shared.values()
    )
    return section.take(POLL_EVERY) or max([*POLL_EVERY.usual, *shortest])


def readings_for(value: int | timedelta, poll_every: timedelta) -> int:
    """How many readings in a row say that something has lasted so long: the first begins the time."""
    return value if isinstance(value, int) else 1 + polls_within(value, poll_every)
