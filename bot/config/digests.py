"""The YAML's `digests`: their workspaces and days, times and channels."""

import re
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from bot.config.addresses import CHANNEL
from bot.config.keys import Branch, Key, ScalarKind, Shape
from bot.config.mistakes import InvalidValue
from bot.config.reader import Section
from bot.config.references import WORKSPACES, UniqueNames, WorkspaceIndex, read_workspaces
from bot.config.scalars import NAME, ZONE, duration, one_of
from bot.config.weekdays import weekdays
from bot.domain.digest import Plan, Schedule
from bot.domain.model import Day
from bot.domain.spelling import make_plain


def clock_time(text: str) -> time:
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})(?::00)?", make_plain(text).strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise InvalidValue("which is not a time of day", 'Write it like "09:00", from 00:00 to 23:59.')
    return time(int(found[1]), int(found[2]))


DIGEST_NAME = Key("name", NAME, "Name in commands and messages.", required=True, example="morning")
AT = Key(
    "at",
    ScalarKind(clock_time, {"type": "string", "pattern": r"^\s*[0-9]{1,2}:[0-9]{2}(:00)?\s*$"}),
    "Time of day when it is posted.",
    required=True,
    example='"09:00"',
    also=("time", "schedule", "cron", "when"),
)
TIMEZONE = Key(
    "timezone",
    ZONE,
    "Time zone of `at`. Default: the project's.",
    example="Asia/Singapore",
    also=("tz", "zone"),
)
WEEKDAYS = Key(
    "weekdays",
    ScalarKind(weekdays, {"type": "string", "minLength": 1}),
    "Days of the week: mon-fri, daily, or a list.",
    default="daily",
    many=True,
    example="mon-fri",
)
DAYS = Key(
    "days",
    one_of(Day, "a day"),
    "DLF's days to summarize, at least; it covers every date since the last digest, at most 7.",
    default=["yesterday"],
    many=True,
    example="[yesterday]",
    also=("day", "query_days"),
)
MAX_LATENESS = Key(
    "max_lateness",
    duration(timedelta(minutes=1), timedelta(days=7)),
    "After downtime it is still posted up to this late, marked as late.",
    default="6h",
    example="6h",
)
DIGEST_CHANNEL = Key("channel", CHANNEL, "Its channel. Default: slack.channel.", example='"#data-ops"')
DIGEST = Shape(
    "digest", (DIGEST_NAME, AT, TIMEZONE, WEEKDAYS, DAYS, MAX_LATENESS, DIGEST_CHANNEL, WORKSPACES)
)


def read_digests(section: Section, digests: Branch, directory: WorkspaceIndex) -> tuple[Plan, ...]:
    """All digests that can be read; mistakes are reported."""
    names = UniqueNames("digest")
    found = [_read_digest(one, names, directory) for one in section.branches(digests)]
    return tuple(plan for plan in found if plan)


def _read_digest(section: Section, names: UniqueNames, directory: WorkspaceIndex) -> Plan | None:
    name, at = section.take(DIGEST_NAME), section.take(AT)
    names.add(section, DIGEST_NAME, name)
    workspaces = read_workspaces(section, WORKSPACES, directory)
    zone = _read_zone(section, directory, workspaces)
    chosen = frozenset().union(*section.take_all(WEEKDAYS))
    days = tuple(dict.fromkeys(section.take_all(DAYS)))
    for key in (WEEKDAYS, DAYS):
        if section.is_empty_list(key):
            section.wrong(
                section.line_of(key), f"{key.name} is empty.", f'Write "{key.name}: {key.example}".'
            )
    max_lateness = section.get(MAX_LATENESS)
    channel = section.take(DIGEST_CHANNEL)
    if name is None or at is None or zone is None:
        return None
    return Plan(name, Schedule(at, zone, chosen, max_lateness), days, workspaces, channel)


def _read_zone(section: Section, directory: WorkspaceIndex, workspaces: frozenset[str]) -> ZoneInfo | None:
    if section.has(TIMEZONE):
        return section.take(TIMEZONE)
    zones = directory.zones_of(workspaces)
    if len(zones) > 1:
        names = ", ".join(sorted(str(zone) for zone in zones))
        section.wrong(
            section.line,
            f"timezone is missing, and the workspaces are in several time zones ({names}).",
            'Add "timezone: ..." for the time in "at".',
        )
    return zones.pop() if len(zones) == 1 else None
