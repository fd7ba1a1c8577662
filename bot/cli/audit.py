"""`dlf-bot audit`: print people's acts on alerts, silences and digests, with time and channel."""

from collections.abc import Sequence
from datetime import datetime

import click

from bot.cli.common import utc_now
from bot.cli.moments import moment_of
from bot.cli.output import echo, echo_json
from bot.config import Config
from bot.domain.acts import Act
from bot.errors import StoreError
from bot.messages.mrkdwn import clean
from bot.store.store import find_store

SECONDS = 10.0


async def audit(config: Config, since: str, *, as_json: bool) -> int:
    """Print the acts since a time, the oldest first."""
    moment = moment_of(since, utc_now())
    found = await find_store(config.store.reveal(), connect_seconds=SECONDS, command_seconds=SECONDS)
    if found.store is None:
        raise StoreError(found.why)
    try:
        acts = await found.store.acts.since(moment)
    finally:
        await found.store.close()
    if as_json:
        echo_json([_as_json(act) for act in acts])
    else:
        _print(acts, moment)
    return 0


def _print(acts: Sequence[Act], moment: datetime) -> None:
    if not acts:
        click.echo(f"No acts since {_at(moment)}.")
    for act in acts:
        echo(_line(act))


def _line(act: Act) -> str:
    """An act as a line: time, person, kind, subject, channel."""
    about = f"{act.about} ({act.detail})" if act.detail else act.about
    parts = [_at(act.at), act.by, act.kind.value, about, *([f"in {act.channel}"] if act.channel else [])]
    return "  ".join(clean(part) for part in parts)


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"


def _as_json(act: Act) -> dict[str, str | None]:
    return {
        "at": act.at.isoformat(),
        "by": act.by,
        "act": act.kind.value,
        "about": act.about,
        "detail": act.detail or None,
        "channel": act.channel or None,
        "alert_id": act.alert_id,
    }
