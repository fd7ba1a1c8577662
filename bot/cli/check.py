"""`dlf-bot check --online`: try everything the bot will need, with a line and a remedy for each."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from urllib.parse import urlsplit

from bot.app.heartbeat import call
from bot.app.resources import open_clients, open_sender, owner_name
from bot.cli.check_edit import effect_on_alerts
from bot.cli.check_slack import check_slack
from bot.cli.common import read_all, utc_now
from bot.cli.finding import Finding
from bot.cli.output import alike, echo
from bot.cli.progress import asking
from bot.config import Config
from bot.config.scalars import spell
from bot.dlf.client import DlfClient
from bot.dlf.settings import Project, credential_of
from bot.domain.model import Day, Row, Workspace
from bot.domain.pace import ROOM, requests_per_second
from bot.domain.rules import why_blind
from bot.domain.sentence import english
from bot.errors import BotError, DlfError, SlackError
from bot.messages.service import trial_post
from bot.messages.words import Words
from bot.slack.sender import Sender
from bot.store.store import Store, find_store

# AK/SK signatures are refused beyond 15 minutes; far less already shows that the clock is not synchronized.
SKEW = timedelta(minutes=1)
# The share of the rate limit for polls: people ask, too, and polls missed in an outage are made up for.


async def check_online(config: Config, *, slack: bool = True, test_message: bool = False) -> int:
    """Try everything, or all but Slack, and print the findings; 1 if any failed."""
    async with AsyncExitStack() as stack:
        failed = False
        async for finding in _findings(config, stack, slack=slack, test_message=test_message):
            echo(str(finding), indent=17)
            failed = failed or finding.level == "FAIL"
    return 1 if failed else 0


async def _findings(
    config: Config, stack: AsyncExitStack, *, slack: bool, test_message: bool
) -> AsyncIterator[Finding]:
    about_store, store = await _store(config, stack)
    for finding in about_store:
        yield finding
    if slack:
        sender = await stack.enter_async_context(open_sender(config, utc_now))
        async for finding in check_slack(config, sender, store):
            yield finding
    clients = await stack.enter_async_context(open_clients(config, store, owner_name()))
    async for finding in _dlf(config, clients):
        yield finding
    if slack and config.heartbeat:
        yield await _heartbeat(config.heartbeat.url.reveal())
    if slack and test_message:
        yield await _test_message(config, sender)


async def _dlf(config: Config, clients: dict[str, DlfClient]) -> AsyncIterator[Finding]:
    with asking(len(config.workspaces)):
        rows = await read_all(config, clients, config.workspaces, Day.YESTERDAY)
    for row in rows:
        if row.snapshot is not None:
            yield _workspace(row)
            if blind := why_blind(config.rules, row.snapshot):
                yield Finding("workspace", f"{row.workspace.key}: {english(blind)}", "warn")
    for problem, names in alike(
        (row.workspace.key, english(row.problem)) for row in rows if row.snapshot is None
    ):
        yield Finding("workspace", f"{names}: {problem}", "FAIL")
    answered = [row.workspace for row in rows if row.snapshot is not None]
    async for finding in _jobs(config, clients, answered):
        yield finding
    for project in config.projects:
        yield _clock(project.name, clients[project.name].clock_skew)
    for finding in _paces(config):
        yield finding


async def _store(config: Config, stack: AsyncExitStack) -> tuple[list[Finding], Store | None]:
    """The config's effect on alerts and the state of the store, and the store if it can be used.

    It is not made or migrated.
    """
    effect = list[Finding]()
    try:
        found = await find_store(config.store.reveal())
        if found.store is None:
            level = "ok" if found.revision is None else "warn"
            return [Finding("store", f"{config.store_label}: {found.why}", level)], None
        stack.push_async_callback(found.store.close)
        effect = await effect_on_alerts(config, found.store)
        await found.store.writable()
    except BotError as error:
        return [*effect, Finding.failed("store", error)], None
    return [*effect, Finding("store", f"{config.store_label} can be written")], found.store


def _workspace(row: Row) -> Finding:
    assert row.snapshot is not None
    total, on = row.snapshot.counts.total_count, row.snapshot.business_date
    if not total:
        said = "DLF returned no total" if total is None else "nothing ran yesterday"
        return Finding("workspace", f"{row.workspace.key}: {said}. Is it the right workspace?", "warn")
    return Finding("workspace", f"{row.workspace.key}: {total} instances yesterday ({on})")


async def _jobs(
    config: Config, clients: Mapping[str, DlfClient], workspaces: Sequence[Workspace]
) -> AsyncIterator[Finding]:
    """Whether DLF lists jobs. Only tried where the counts could be read: a refused key is not used again."""
    problems = await asyncio.gather(*(_jobs_problem(clients[one.project], one) for one in workspaces))
    found = dict(zip((one.key for one in workspaces), problems, strict=True))
    for problem, names in alike((key, said) for key, said in found.items() if said):
        what = f"{names}: {problem} Alerts there do not name jobs and have no job buttons. The rest works."
        yield Finding("jobs", what, "warn")
    for project in config.projects:
        theirs = [found[one.key] for one in workspaces if one.project == project.name]
        if theirs and not any(theirs):
            yield Finding("jobs", f"{project.name}: DLF lists jobs with their nodes and owners")


async def _jobs_problem(client: DlfClient, workspace: Workspace) -> str:
    try:
        await client.jobs.try_out(workspace, utc_now())
    except DlfError as error:
        return str(error)
    return ""


def _clock(project: str, skew: timedelta | None) -> Finding:
    if skew is None:
        return Finding("clock", f"{project}: DLF's answer has no Date header", "warn")
    if abs(skew) > SKEW:
        ahead = "ahead of" if skew > timedelta() else "behind"
        what = f"{project}: DLF's clock is {Words('en').duration(abs(skew))} {ahead} this machine's."
        return Finding("clock", f"{what} Set this machine's clock (NTP).", "warn")
    return Finding("clock", f"{project}: in sync with DLF ({abs(skew).total_seconds():.0f} s)")


def _paces(config: Config) -> Iterator[Finding]:
    """Whether the polls fit into each credential's rate limit."""
    shared = defaultdict[str, list[Project]](list)
    for project in config.projects:
        shared[credential_of(project.auth)].append(project)
    for projects in shared.values():
        names = [project.name for project in projects]
        polled = sum(workspace.project in names for workspace in config.workspaces)
        needed = requests_per_second(polled, config.poll_every)
        allowed = min(project.requests_per_second for project in projects)
        polls = f"{', '.join(names)}: polling every {spell(config.poll_every)}"
        said = f"{polls} uses {needed:.1f} of the allowed {allowed:g} requests per second"
        if needed <= ROOM * allowed:
            yield Finding("pace", said)
        else:
            yield Finding("pace", f"{said}. Polls will be late. Raise poll_every.", "warn")


async def _heartbeat(url: str) -> Finding:
    if problem := await call(url):
        return Finding("heartbeat", f"{problem} Correct heartbeat.url.", "warn")
    return Finding("heartbeat", f"{urlsplit(url).hostname} took a call")


async def _test_message(config: Config, sender: Sender) -> Finding:
    message = trial_post(locale=config.slack.locale.value)
    try:
        posted = await sender.post(config.slack.channel, message, key=f"test/{utc_now().isoformat()}")
    except SlackError as error:
        return Finding.failed("message", error)
    return Finding("message", f"posted to {config.slack.channel} ({posted.channel}), labeled as a test")
