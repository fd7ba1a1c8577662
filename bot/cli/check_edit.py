"""`dlf-bot check`, the part about the database: the config's effect on firing alerts."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

from bot.cli.common import utc_now
from bot.cli.finding import Finding
from bot.cli.output import echo
from bot.config import Config
from bot.domain.alerts import Alert, Ending
from bot.errors import StoreError
from bot.store.store import Store, find_store
from bot.timing import USUAL
from bot.usecases.edit_preview import EditPreview, EditPreviews

WHY = {
    Ending.RULE_REMOVED: "the rule is no longer in the config",
    Ending.WORKSPACE_REMOVED: "the workspace is no longer in the config",
    Ending.PROJECT_REMOVED: "the project is no longer in the config",
    Ending.NOT_WATCHED: "the rule no longer watches this workspace",
    Ending.RULE_CHANGED: "the rule's metric or direction was changed",
    Ending.ZONE_CHANGED: "the project's time zone was changed",
    Ending.WORKSPACE_CHANGED: "the name now belongs to another workspace",
}
SHOWN = 10


async def check_edit(config: Config) -> int:
    """Print the config's effect on alerts, if there is a database; it is only read, and nothing fails."""
    for finding in await _look(config):
        echo(str(finding), indent=17)
    return 0


async def effect_on_alerts(config: Config, store: Store) -> list[Finding]:
    """The config's effect on the alerts in this store. Raises StoreError."""
    previews = EditPreviews(config.workspaces, config.rules, config.identities, store)
    return list(lines(await previews.look(utc_now())))


async def _look(config: Config) -> list[Finding]:
    async with AsyncExitStack() as stack:
        try:
            found = await find_store(
                config.store.reveal(),
                connect_seconds=USUAL.on_record,
                command_seconds=USUAL.database_command,
            )
            if found.store is None:
                return [_unknown(found.why)] if found.revision is not None else []
            stack.push_async_callback(found.store.close)
            return await effect_on_alerts(config, found.store)
        except StoreError as error:
            return [_unknown(str(error))]


def _unknown(why: str) -> Finding:
    return _finding("warn", f"cannot say which alerts this config closes or starts. {why}")


def _finding(level: str, what: str) -> Finding:
    return Finding("alerts", what, level)


def lines(preview: EditPreview) -> Iterator[Finding]:
    """A line that sums up, then a line for each alert, "closes 2 firing alerts, starts 1 anew" first."""
    for old, new in preview.renames.items():
        yield _finding("ok", f"{old} is now called {new}; its alerts and silences are kept")
    sums = [
        _many("closes", len(preview.closes), "firing alert"),
        _many("resolves", len(preview.resolves), "firing alert"),
        _starts(len(preview.starts), anew=bool(preview.closes)),
    ]
    if not any(sums):
        yield _finding("ok", _untouched(preview.burning))
        return
    yield _finding("warn", f"this config {', '.join(said for said in sums if said)}")
    each = [f"closes {_name(alert)}: {WHY[ending]}" for alert, ending in preview.closes]
    each += [f"resolves {_name(alert)}: the value is within the new limit" for alert in preview.resolves]
    each += [f"starts {_name(alert)}" for alert in preview.starts]
    for line in each[:SHOWN]:
        yield _finding("warn", line)
    if len(each) > SHOWN:
        yield _finding("warn", f"and {len(each) - SHOWN} more")


def _many(verb: str, n: int, what: str) -> str:
    return f"{verb} {n} {what}{'' if n == 1 else 's'}" if n else ""


def _starts(n: int, *, anew: bool) -> str:
    """ "starts 1 anew" after what it closes; else "starts 1 alert"."""
    if n and anew:
        return f"starts {n} anew"
    return _many("starts", n, "alert")


def _untouched(burning: int) -> str:
    if not burning:
        return "no alerts are firing, and this config starts none"
    many = "the firing alert" if burning == 1 else f"the {burning} firing alerts"
    return f"this config does not change {many}"


def _name(alert: Alert) -> str:
    key = alert.key
    return f"{key.subject} {key.rule} of {key.business_date}"
