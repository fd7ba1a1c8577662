"""`dlf-bot check --online`: try everything the bot will need, one line each, with what to do."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta

from bot.cli.common import open_clients, open_sender, read_all, utc_now
from bot.cli.output import alike, echo
from bot.config import Config
from bot.dlf.client import DlfClient
from bot.dlf.limiter import credential_of
from bot.dlf.settings import Project
from bot.domain.model import Day, Row
from bot.errors import BotError, SlackError
from bot.messages.message import Message
from bot.messages.service import labelled_test
from bot.secret import Secret
from bot.slack.manifest import check_token, missing_scopes
from bot.slack.sender import Sender
from bot.slack.socket_mode import hopeless, passes
from bot.slack.web_api import WebApi
from bot.store.store import Store, find_store
from bot.usecases.poll import requests_per_second

# AK/SK signatures are refused beyond 15 minutes; far less already shows a clock that nobody sets.
SKEW = timedelta(minutes=1)
# People ask, too, and what fell due during an outage is caught up on.
ROOM = 0.8
HISTORY_SCOPES = {"channels:history", "groups:history"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried: how it is, and what to do where it is not well. A warning is no failure."""

    about: str
    what: str
    level: str = "ok"

    @classmethod
    def failed(cls, about: str, error: BotError) -> "Finding":
        return cls(about, str(error), "FAIL")


async def check_online(config: Config, *, test_message: bool) -> int:
    """Try it all and print it; 1 if anything failed."""
    async with AsyncExitStack() as stack:
        sender = await stack.enter_async_context(open_sender(config))
        about_store, store = await _store(config, stack)
        clients = await stack.enter_async_context(open_clients(config, store))
        failed = False
        async for finding in _findings(config, about_store, sender, clients, test_message=test_message):
            echo(f"{finding.level:<5} {finding.about:<10} {finding.what}", indent=17)
            failed = failed or finding.level == "FAIL"
    return 1 if failed else 0


async def _findings(
    config: Config, about_store: Finding, sender: Sender, clients: dict[str, DlfClient], *, test_message: bool
) -> AsyncIterator[Finding]:
    yield about_store
    async for finding in _slack(config, sender):
        yield finding
    rows = await read_all(config, clients, config.workspaces, Day.YESTERDAY)
    for row in rows:
        if row.snapshot is not None:
            yield _workspace(row)
    for problem, names in alike((row.workspace.key, row.problem) for row in rows if row.snapshot is None):
        yield Finding("workspace", f"{names}: {problem}", "FAIL")
    for project in config.projects:
        yield _clock(project.name, clients[project.name].clock_skew)
    for finding in _paces(config):
        yield finding
    if test_message:
        yield await _test_message(config, sender)


async def _store(config: Config, stack: AsyncExitStack) -> tuple[Finding, Store | None]:
    """How the store is; and the store, where it can be used. None is made or migrated."""
    try:
        found = await find_store(config.store.reveal())
        if found.store is None:
            level = "ok" if found.revision is None else "warn"
            return Finding("store", f"{config.store_label}: {found.why}", level), None
        stack.push_async_callback(found.store.close)
        await found.store.writable()
    except BotError as error:
        return Finding.failed("store", error), None
    return Finding("store", f"{config.store_label} can be written"), found.store


async def _slack(config: Config, sender: Sender) -> AsyncIterator[Finding]:
    try:
        identity = await check_token(sender)
    except SlackError as error:
        yield Finding.failed("slack", error)
        return
    yield Finding("slack", f"bot token of {identity.team}")
    if config.slack.app_token:
        yield await _app_token(config.slack.app_token, config, sender)
    for scope, use in missing_scopes(identity).items():
        if scope not in HISTORY_SCOPES:
            yield Finding("scope", f"{scope} is missing: {use}", "warn")
    if identity.scopes is not None and not identity.scopes >= HISTORY_SCOPES:
        missing = ", ".join(sorted(HISTORY_SCOPES - identity.scopes))
        yield Finding(
            "scope",
            f"{missing} is missing: after a crash or a dropped connection a message may be posted twice"
            " (marked as a possible repeat). Add it and install the app again to rule that out.",
            "warn",
        )
    for channel in _channels(config):
        yield await _channel(channel, sender)
    for names in await _twice_named(_channels(config), sender):
        yield Finding(
            "channel",
            f"{names} are one channel. Name it one way, or messages come faster than Slack takes them there.",
            "warn",
        )


async def _app_token(token: Secret, config: Config, sender: Sender) -> Finding:
    try:
        await WebApi(token, config.slack.api_url, sender.session).post("apps.connections.open", {})
    except SlackError as error:
        return Finding.failed("slack", error if passes(error) else hopeless(error))
    return Finding("slack", "app token opens Socket Mode")


def _channels(config: Config) -> Iterable[str]:
    named = [config.slack.channel, *(rule.channel for rule in (*config.rules, config.unreadable))]
    named += [plan.channel for plan in config.digests] + [one.channel for one in config.workspaces]
    return dict.fromkeys(channel for channel in named if channel)


async def _channel(channel: str, sender: Sender) -> Finding:
    try:
        found = await sender.channel_id(channel)
        said = await sender.web.get("conversations.info", {"channel": found})
    except SlackError as error:
        level = "warn" if error.code == "missing_scope" else "FAIL"
        return Finding("channel", f"{channel}: {error}", level)
    info = said.data.get("channel", {})
    if info.get("is_archived"):
        return Finding("channel", f"{channel} is archived. Unarchive it or choose another one.", "FAIL")
    if not info.get("is_member") and info.get("is_private"):
        return Finding("channel", f"{channel} is private and the bot is not in it. Invite it.", "FAIL")
    if not info.get("is_member"):
        return Finding(
            "channel",
            f"{channel} is {found}, and the bot is not in it: after a crash or a dropped connection a message"
            " may be posted twice there (marked as a possible repeat). Invite it to rule that out.",
            "warn",
        )
    return Finding("channel", f"{channel} is {found}")


async def _twice_named(channels: Iterable[str], sender: Sender) -> list[str]:
    """The channels that the config names in two ways: by name and by id, or in capitals, too."""
    named = defaultdict[str, list[str]](list)
    for channel in channels:
        with suppress(SlackError):  # said of the channel itself
            named[await sender.channel_id(channel)].append(channel)
    return [" and ".join(names) for names in named.values() if len(names) > 1]


def _workspace(row: Row) -> Finding:
    assert row.snapshot is not None
    total, on = row.snapshot.counts.total_count, row.snapshot.business_date
    if not total:
        said = "did not report a total" if total is None else "ran nothing yesterday"
        return Finding("workspace", f"{row.workspace.key} {said}. Is it the right workspace?", "warn")
    return Finding("workspace", f"{row.workspace.key}: {total} instances yesterday ({on})")


def _clock(project: str, skew: timedelta | None) -> Finding:
    if skew is None:
        return Finding("clock", f"{project}: DLF did not tell the time", "warn")
    seconds = skew.total_seconds()
    if abs(skew) > SKEW:
        ahead = "ahead of" if seconds > 0 else "behind"
        what = f"{project}: DLF's clock is {abs(seconds):.0f} s {ahead} this machine's."
        return Finding("clock", f"{what} Set this machine's clock.", "warn")
    return Finding("clock", f"{project}: differs from DLF's by {abs(seconds):.0f} s")


def _paces(config: Config) -> Iterator[Finding]:
    """Whether the polls fit into what each credential may ask."""
    shared = defaultdict[str, list[Project]](list)
    for project in config.projects:
        shared[credential_of(project.auth)].append(project)
    for projects in shared.values():
        names = [project.name for project in projects]
        polled = sum(workspace.project in names for workspace in config.workspaces)
        needed = requests_per_second(polled, config.poll_every)
        allowed = min(project.requests_per_second for project in projects)
        said = f"{', '.join(names)}: polls need {needed:.1f} of {allowed:g} requests a second"
        if needed <= ROOM * allowed:
            yield Finding("pace", said)
        else:
            yield Finding("pace", f"{said}. They will be late: raise poll_every.", "warn")


async def _test_message(config: Config, sender: Sender) -> Finding:
    message = labelled_test(Message("dlf-bot can post here."), locale=config.slack.locale.value)
    try:
        posted = await sender.post(config.slack.channel, message, key=f"test/{utc_now().isoformat()}")
    except SlackError as error:
        return Finding.failed("message", error)
    return Finding("message", f"posted to {config.slack.channel} ({posted.channel}), labelled as a test")
