"""The state of both imitated services as JSON for the page: complete at the start, in parts afterwards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from bot.playground.clock import Clock
from bot.playground.fake_dlf import DlfWorld
from bot.playground.fake_slack.fault_injection import TROUBLES
from bot.playground.fake_slack.objects import View
from bot.playground.fake_slack.world import SlackWorld
from bot.playground.page.traffic import TrafficLog

Json = dict[str, Any]

COMMANDS = [
    {"command": "/dlf-status", "description": "Show job status"},
    {"command": "/dlf-jobs", "description": "List the jobs that failed or are stuck"},
    {"command": "/dlf-digest", "description": "Show or post a digest"},
]
NATIVE_BLOCKS = frozenset({"table", "data_table", "data_visualization"})
REFUSE_NATIVE = "refuse_native"
# The faults of DLF that the page offers, with their labels; the names are those of fake_dlf.FAULTS.
DLF_FAULTS = {
    "error_500": "DLF answers 500 to everything",
    "throttled": "Every request is throttled (429)",
    "unauthorized": "DLF rejects the credentials (401)",
    "slow": "Every answer takes 5 s",
    "timeout": "Requests are never answered",
    "dropped": "Connections are cut",
    "refused": "DLF is down (connection refused)",
    "login_page": "A login page, with status 200",
    "half_answer": "Answers lack fail_count",
    "cut_off": "Answers break off in the middle",
    "zeros": "All counts are 0",
}
# The oddities of DLF's job lists, with their labels; the names are those of fake_dlf.ODDITIES.
ODD_LISTS = {
    "null_errors": "Errors are null",
    "no_errors": "There is no field for errors",
    "long_errors": "Errors are long, contain a password and reverse the writing direction",
    "digit_strings": "Numbers are strings",
    "no_booleans": "Booleans are missing",
    "loud_words": "Statuses are in capitals",
    "camel_words": "Statuses are in camel case",
    "unknown_words": "Statuses are unknown words",
    "no_times": "Times are missing",
    "strange_entries": "Every third entry is not an entry",
    "pages": "The offset counts pages",
    "by_start": "The time window is about start times",
}


@dataclass(slots=True)
class Worlds:
    """The two services behind the page; `names` are the bot's names of DLF's workspaces."""

    clock: Clock
    dlf: DlfWorld
    slack: SlackWorld
    names: Mapping[str, str] = field(default_factory=dict)
    traffic: TrafficLog = field(init=False)
    bot_was_there: bool = False

    def __post_init__(self) -> None:
        self.traffic = TrafficLog(self.clock, self.dlf, self.slack)


def state(worlds: Worlds, user: str) -> Json:
    """Everything this user's screen shows now."""
    slack = worlds.slack
    people = [one for one in slack.users.values() if not one.is_bot]
    return {
        "me": user,
        "bot": {"id": slack.bot_user_id, "name": slack.users[slack.bot_user_id].real_name},
        "users": [one.as_json(slack.team_id) for one in people],
        "groups": [{"id": one.id, "handle": f"@{one.handle}"} for one in slack.usergroups.values()],
        "channels": [{"id": one.id, "name": one.name} for one in slack.channels.values() if not one.is_im],
        "commands": COMMANDS,
        "workspaces": [worlds.names.get(one, one) for one in worlds.dlf.workspaces],
        "messages": list(messages(slack, user)),
        "modal": modal(slack, user),
        "home": home(slack, user),
        "wire": worlds.traffic.lines_after(0),
    } | parts(worlds)


def parts(worlds: Worlds) -> dict[str, Json]:
    """The parts that are sent again when they change."""
    return {
        "clock": clock(worlds),
        "dlf": dlf(worlds),
        "faults": faults(worlds),
        "bot_link": link(worlds),
    }


def clock(worlds: Worlds) -> Json:
    now = worlds.clock.now().astimezone(UTC)
    return {"now": now.isoformat(), "speed": worlds.clock.speed, "zone": str(worlds.dlf.zone)}


def dlf(worlds: Worlds) -> Json:
    world = worlds.dlf
    workspaces = [
        {
            "id": one,
            "name": worlds.names.get(one, one),
            "today": world.counts(one),
            "yesterday": world.counts(one, "yesterday"),
        }
        for one in world.workspaces
    ]
    return {"date": world.today().isoformat(), "workspaces": workspaces}


def faults(worlds: Worlds) -> Json:
    standing = {fault.name for fault in worlds.slack.faults.standing}
    refused = worlds.slack.faults.refused_blocks >= NATIVE_BLOCKS
    slack = [(name, what, name in standing) for name, (what, *_) in TROUBLES.items()]
    slack.append((REFUSE_NATIVE, "Slack refuses native tables and charts", refused))
    on = worlds.dlf.faults.on()
    named = [(name, what, name == on) for name, what in DLF_FAULTS.items()]
    odd = [(name, what, name in worlds.dlf.oddities) for name, what in ODD_LISTS.items()]
    return {"slack": _switches(slack), "dlf": _switches(named), "jobs": _switches(odd)}


def link(worlds: Worlds) -> Json:
    """Whether the bot hears what people do; until it does for the first time it is starting."""
    connections = len(worlds.slack.socket.as_json())
    connected = bool(connections) or worlds.slack.request_url is not None
    worlds.bot_was_there |= connected
    return {"connected": connected, "connections": connections, "starting": not worlds.bot_was_there}


def messages(slack: SlackWorld, user: str) -> Iterable[Json]:
    """Everything said that this user can see, tombstones of deleted thread starters included."""
    for channel in slack.channels.values():
        if not channel.is_im:
            yield from (slack.message_json(message) for message in channel.messages.values())
    yield from (one.as_json() for one in slack.ephemerals_of(user))


def modal(slack: SlackWorld, user: str) -> Json | None:
    """The modal on top of this user's screen."""
    stack = slack.modals.get(user)
    return _view(stack[-1]) if stack else None


def home(slack: SlackWorld, user: str) -> Json | None:
    found = slack.homes.get(user)
    return _view(found) if found else None


def _view(view: View) -> Json:
    return {"id": view.id, "body": view.body, "errors": view.errors}


def _switches(rows: Iterable[tuple[str, str, bool]]) -> list[Json]:
    return [{"name": name, "label": label, "on": on} for name, label, on in rows]
