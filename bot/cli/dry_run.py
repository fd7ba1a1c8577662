"""`dlf-bot poll --dry-run` and `dlf-bot digest`: decide as the running bot would, and print it."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import click

from bot.app.resources import Resources, open_clients, open_resources, owner_name
from bot.app.use_cases import build_digests, build_dispatcher, build_jobs, build_status
from bot.cli.common import read_all, utc_now
from bot.cli.dry_run_folds import folded
from bot.cli.output import alike, echo, echo_lines
from bot.cli.progress import asking
from bot.config import Config
from bot.domain.acts import Act, ActKind
from bot.domain.alert_reasons import reason_to_tell
from bot.domain.alerts import Alert
from bot.domain.digest import Occurrence, Plan
from bot.domain.model import Day, Snapshot
from bot.domain.notices import Standing
from bot.domain.rules import Reading, Rule, read_rule
from bot.domain.sentence import english
from bot.domain.silences import Silence, covering
from bot.errors import StoreError
from bot.messages.figures import amount
from bot.messages.message import from_json
from bot.messages.silences import silenced_for_terminal
from bot.store.store import Store, find_store, open_store
from bot.usecases.digest_plans import digest_key, due_on_demand
from bot.usecases.judge import judge
from bot.usecases.replica import Replica

POST_SECONDS = 30.0
# The person of a command's act: a terminal has no Slack user.
TERMINAL = "terminal"


async def dry_run_poll(config: Config) -> int:
    """Read every workspace once and print each rule's decision; 1 if a workspace could not be read."""
    async with AsyncExitStack() as stack:
        store = await _look(config, stack)
        clients = await stack.enter_async_context(open_clients(config, store, owner_name()))
        silences = await store.silences.active(utc_now())
        with asking(len(config.workspaces)):
            rows = await read_all(config, clients, config.workspaces, Day.TODAY)
        results = [await _decide(config, store, row.snapshot, silences) for row in rows if row.snapshot]
        alerts = [alert for _, found in results for alert in found]
        messages = await folded(config, store, alerts, silences, utc_now())
    for lines, _ in results:
        for line in lines:
            echo(line, indent=4)
    for line in messages:
        echo(line)
    unread = [(row.workspace.key, english(row.problem)) for row in rows if row.snapshot is None]
    for problem, names in alike(unread):
        echo(f"{names}: no data, rules not checked. {problem}")
    echo("Nothing was sent, and no alert was changed.")
    return 1 if unread else 0


async def _decide(
    config: Config, store: Store, snapshot: Snapshot, silences: Sequence[Silence]
) -> tuple[list[str], list[Alert]]:
    """The rules' decisions about a workspace's `today`, as lines, and its alerts after that."""
    workspace = snapshot.workspace
    assert snapshot.business_date is not None
    newest = await store.alerts.newest(workspace.key, snapshot.business_date)
    changes = judge(snapshot, newest, config.rules, silences, watched=True)
    after = {change.after.key.rule: change.after for change in changes}
    lines, alerts = [f"{workspace.key}, {snapshot.business_date}:"], list[Alert]()
    for rule in config.rules:
        if not rule.watches(workspace):
            continue
        reading = read_rule(rule, snapshot)
        if reading is None:
            lines.append(f"  {rule.name}: DLF did not return {rule.metric}; not checked")
            continue
        value = amount(rule.metric, reading.value)
        said = f"  {rule.name}: {rule.metric} {value}, {_verdict(rule, reading)}"
        alert = after.get(rule.name) or newest.get(rule.name)
        lines.append(said + _outcome(alert, config, silences, workspace.zone))
        alerts += [alert] if alert else []
    return lines, alerts


def _verdict(rule: Rule, reading: Reading) -> str:
    """ "limit 5: above", "limit 5: ok"."""
    side = "below" if rule.below else "above"
    return f"limit {amount(rule.metric, rule.limit)}: {side if reading.breached else 'ok'}"


def _outcome(alert: Alert | None, config: Config, silences: Sequence[Silence], zone: ZoneInfo) -> str:
    if alert is None:
        return ". No alert"
    rule = config.rule(alert.key.rule)
    assert rule is not None
    now = utc_now()
    found = covering(alert.key, silences, now)
    reason = reason_to_tell(alert, rule, now, silenced=bool(found))
    told = f"would post: {reason}" if reason else "nothing new to post"
    silenced = f"{silenced_for_terminal(found, zone)}; " if found else ""
    return f". Alert {alert.state}; {silenced}{told}"


async def run_digest(config: Config, name: str, *, post: bool) -> int:
    """Build a digest as it would be now; print it, or post it once for this date."""
    plan = next((plan for plan in config.digests if plan.name == name), None)
    if plan is None:
        known = ", ".join(plan.name for plan in config.digests) or "none"
        raise click.UsageError(f"There is no digest {name!r}. In the config: {known}.")
    async with AsyncExitStack() as stack:
        store = await (_open if post else _look)(config, stack)
        replica = Replica(owner_name(), store, utc_now)
        resources = await stack.enter_async_context(open_resources(config, replica))
        status = build_status(resources)
        stack.push_async_callback(status.stop)
        digests = build_digests(resources, status, build_jobs(resources))
        due = _due_now(plan, utc_now())
        key = digest_key(plan, due.date)
        if not post:
            notice, _ = await digests.notice(plan, due, key)
            echo_lines(from_json(notice.body).text)
            return 0
        row = await store.outbox.get(key)
        if row and row.posted:
            click.echo(f"The digest {name} for {due.date} has already been posted (once per date).")
            return 0
        if row:
            await store.outbox.unpark(row.notice.channel)
        else:
            notice, covers = await digests.notice(plan, due, key)
            detail = f"to {notice.channel}, as that of {due.date}"
            act = Act(ActKind.POST_DIGEST, TERMINAL, utc_now(), plan.name, detail=detail)
            await store.outbox.add_once(notice, act, covers=covers)
        return await _send(resources, key)


def _due_now(plan: Plan, now: datetime) -> Occurrence:
    """The occurrence that is due, else today's as if it were due now."""
    return plan.schedule.due(now) or due_on_demand(plan, now)


async def _send(resources: Resources, key: str) -> int:
    """Send through the outbox, as the running bot does; a running bot may be quicker."""
    notices, store = build_dispatcher(resources), resources.replica.store
    row, until = None, utc_now() + timedelta(seconds=POST_SECONDS)
    while utc_now() < until:
        await notices.tick()
        await notices.settle()
        row = await store.outbox.get(key)
        if row and row.posted:
            click.echo(f"Posted to {row.notice.channel} ({row.posted.channel}).")
            return 0
        if notices.stopped or (row and row.standing is Standing.PARKED):
            break
        await asyncio.sleep(0.5)
    if row and row.standing is Standing.PARKED:
        # The channel rests under this process's lease: the next command need not wait for its end.
        await store.leases.release(f"channel:{row.notice.channel}", resources.replica.owner)
    why = notices.stopped or (row.last_error if row else "") or "no answer"
    click.echo(
        f"Not posted yet ({why}). Fix that: a running bot keeps trying; else run this command again.",
        err=True,
    )
    return 1


async def _look(config: Config, stack: AsyncExitStack) -> Store:
    """The store, only read; if it is missing or too old, an empty store for this command."""
    found = await find_store(config.store.reveal())
    store = found.store
    if store is None:
        echo(f"{found.why} Until then no alerts, silences or earlier counts are known.", err=True)
        folder = stack.enter_context(TemporaryDirectory(prefix="dlf-bot-"))
        store = await open_store(f"sqlite:///{folder}/empty.db")
    stack.push_async_callback(store.close)
    return store


async def _open(config: Config, stack: AsyncExitStack) -> Store:
    """The store for writing: made if there is none, but never migrated, since a bot may be using it."""
    found = await find_store(config.store.reveal())
    if found.store is None and found.revision is not None:
        raise StoreError(found.why, remedy="Start `dlf-bot run` first, then post.")
    store = found.store or await open_store(config.store.reveal())
    stack.push_async_callback(store.close)
    return store
