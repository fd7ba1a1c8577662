"""What every message says beside its numbers: whose they are, of which date in which zone, read when."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.model import Metric, Row
from bot.messages.words import Words, clip, zone_name

DATES_SHOWN = 4

PERSON_NEEDED = {
    Metric.RUNNING_EXCEPTION_COUNT: "Stuck instances do not go on until a person acts in DataArts Factory.",
    Metric.WAITING_CONFIRM_COUNT: "Instances to confirm wait for a person to confirm their execution.",
}


def scope_note(say: Words, *, own: bool = False, account: str = "") -> str:
    """Whose instances were counted. `own` is the bot's IAM user, never the person who asks."""
    if not own:
        return say("everyone's instances")
    if account:
        return say("only instances of the bot's IAM user {account}", account=clip(account))
    return say("only instances of the bot's IAM user")


def date_note(say: Words, dates: Iterable[tuple[date | None, ZoneInfo]]) -> str:
    """The business dates of the rows, always with the zone that cuts them; None is the last seven days."""
    said = [
        dated(say, day, zone) if day else f"{say('the last seven days')} ({zone_name(zone)})"
        for day, zone in sorted(set(dates), key=str)
    ]
    shown = [*said[:DATES_SHOWN], "…"] if len(said) > DATES_SHOWN else said
    return say("business date {dates}", dates=say.join(shown))


def dated(say: Words, date: date, zone: ZoneInfo) -> str:
    return f"{say.full_date(date)} ({zone_name(zone)})"


def read_note(say: Words, rows: Sequence[Row]) -> str:
    """When the numbers were read: one time, or the span from the oldest to the newest."""
    read = sorted(((row.snapshot.read_at, row.workspace.zone) for row in rows if row.snapshot), key=_time)
    if not read:
        return say("not read yet")
    (first, zone), (last, _) = read[0], read[-1]
    end = say.moment(last, zone)
    start = say.moment(first, zone)
    if start == end:
        return say("read {at} ({zone})", at=end, zone=zone_name(zone))
    return say("read {start} to {end} ({zone})", start=start, end=end, zone=zone_name(zone))


def _time(read: tuple[datetime, ZoneInfo]) -> datetime:
    return read[0]
