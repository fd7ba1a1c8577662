"""`dlf-bot playground`: the real bot between an imitated DLF and an imitated Slack, with a page."""

import asyncio
import tempfile
import webbrowser
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot.app.lifecycle import running
from bot.cli.common import told_to_stop
from bot.cli.playground_config import config_yaml, project_yaml
from bot.config import Config, load
from bot.domain.model import StatusCounts
from bot.domain.past import day_ends
from bot.errors import BotError
from bot.logs import set_up
from bot.playground.clock import Clock
from bot.playground.sample_data import two_weeks
from bot.playground.servers import Playground, run_playground
from bot.server.paths import METRICS
from bot.store.records import RecordedCounts
from bot.store.store import open_store

ZONE = ZoneInfo("Asia/Singapore")
NAMES = {"ws-sales": "sales", "ws-finance": "finance", "ws-logs": "logs"}
# The project's `requests_per_second`, with room for questions beside the polls.
POLLS_PER_SECOND = 6
# Where DataArts would be: shown, and asked for nothing.
CONSOLE = """\
    console: https://console.example.com/dayu/dlf/?workspace={workspace_id}#/page/log?jobId={job_id}&jobInstanceId={job_instance_id}&nodeName={node}
"""
RULES = """
  - name: failures
    metric: fail_count
    limit: 5
    worse_by: 5
  - name: stuck
    metric: running_exception_count
    limit: 0
    severity: critical
    mention: ["<!here>"]
    remind_every: 1h"""
DIGESTS = """
  - name: morning
    at: "09:00"
    timezone: Asia/Singapore
    weekdays: daily
    days: [yesterday]"""


async def serve_playground(port: int, *, browser: bool, workspaces: int, locale: str) -> int:
    """Serve the playground until Ctrl-C."""
    set_up(level="WARNING")
    stop = told_to_stop()
    clock, names = Clock(opening(datetime.now(UTC))), names_of(workspaces)
    try:
        async with run_playground(port, clock=clock, names=names) as playground:
            with tempfile.TemporaryDirectory(prefix="dlf-bot-playground-") as folder:
                config = write_config(playground, Path(folder), locale)
                await _play(playground, config, stop, browser=browser)
    except OSError as error:
        raise BotError(
            f"Ports {port} to {port + 2} are not free ({error.strerror}).",
            remedy="Choose others: dlf-bot playground --port 9300",
        ) from error
    return 0


async def _play(playground: Playground, config: Config, stop: asyncio.Event, *, browser: bool) -> None:
    await fill(config, playground.dlf.sample_until)
    async with running(config, clock=playground.clock.now) as bot:
        click.echo(f"Playground is running: {playground.page_url}")
        click.echo(f"  imitated DLF and IAM  {playground.dlf_url}")
        click.echo(f"  imitated Slack        {playground.slack_api_url}")
        click.echo(f"  the bot's metrics     http://127.0.0.1:{bot.http_port}{METRICS}")
        click.echo("Type /dlf-status yesterday there. Ctrl-C stops it.")
        if browser:
            webbrowser.open(playground.page_url)
        await stop.wait()


def names_of(workspaces: int) -> dict[str, str]:
    """The names of so many workspaces by their ids in DLF: the three of the story first."""
    more = {f"ws-team-{n:03d}": f"team-{n:03d}" for n in range(len(NAMES) + 1, workspaces + 1)}
    return NAMES | more


def write_config(playground: Playground, folder: Path, locale: str) -> Config:
    """Write the playground's YAML, and load it like any other config."""
    listed = ", ".join(f"{{name: {name}, id: {id}}}" for id, name in playground.names.items())
    path = folder / "config.yaml"
    text = config_yaml(
        project_yaml("playground", playground.dlf_url, workspaces=f"[{listed}]", more_of_project=CONSOLE),
        slack=playground.slack_api_url,
        locale=locale,
        store=f"sqlite:///{folder / 'playground.db'}",
        poll_every=f"{max(3, ceil(len(playground.names) / POLLS_PER_SECOND))}s",
        rules=RULES,
        digests=DIGESTS,
    )
    path.write_text(text, encoding="utf-8")
    return load(path, {})


def opening(now: datetime) -> datetime:
    """The start of the demo: today, just before the morning digest, so that the first screen is alive."""
    return datetime.combine(now.astimezone(ZONE).date(), time(8, 59, 50), ZONE)


async def fill(config: Config, until: date) -> None:
    """Put the story's two weeks on record, as if the bot had been there all the time."""
    store = await open_store(config.store.reveal())
    try:
        await store.snapshots.fill(records(config, until))
    finally:
        await store.close()


def records(config: Config, until: date) -> Iterable[RecordedCounts]:
    """The story's days before `until` as the store keeps them, each read a minute before its midnight."""
    keys = {workspace.id: workspace.key for workspace in config.workspaces}
    for workspace_id, on, counts in two_weeks(until):
        read_at = day_ends(on, ZONE) - timedelta(minutes=1)
        yield RecordedCounts(keys[workspace_id], on, False, StatusCounts(**counts), read_at)
