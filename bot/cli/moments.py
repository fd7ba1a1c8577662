"""A time in the past as a person types it after `--since`."""

from datetime import UTC, datetime, timedelta

import click

from bot.config.mistakes import InvalidValue
from bot.config.scalars import duration

SPAN = duration(timedelta(seconds=1), timedelta(days=3650))


def moment_of(since: str, now: datetime) -> datetime:
    """A span before now, as the config writes spans, or a date or time in UTC. Raises click.BadParameter."""
    try:
        return now - SPAN.parse(since)
    except InvalidValue:
        pass
    try:
        found = datetime.fromisoformat(since)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{since!r} is not a span such as 12h or 7d, and not a date such as 2026-11-28.",
            param_hint="--since",
        ) from None
