"""Where numbers come from, said in every message: whose instances, which date in which zone, read when."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.model import Day, Row
from bot.messages.words import Words, clip, zone_name

DATES_SHOWN = 4


def scope_note(say: Words, *, own: bool = False, account: str = "") -> str:
    """Whose instances were counted. `own` is the bot's IAM user, never the person who asks."""
    if not own:
        return say("everyone's instances")
    if account:
        return say("only instances of the bot's IAM user {account}", account=clip(account))
    return say("only instances of the bot's IAM user")


def date_note(say: Words, rows: Sequence[Row], day: Day) -> str:
    """The business dates the rows stand for, always with the zone that cuts them."""
    if day is Day.ALL:
        zones = sorted({zone_name(row.workspace.zone) for row in rows})
        return f"{say('the last seven days')} ({say.join(zones[:DATES_SHOWN])})"
    known = {
        (row.snapshot.business_date, row.workspace.zone)
        for row in rows
        if row.snapshot and row.snapshot.business_date
    }
    said = [dated(say, date, zone) for date, zone in sorted(known, key=str)]
    more = ["…"] if len(said) > DATES_SHOWN else []
    if not said:
        zones = sorted({zone_name(row.workspace.zone) for row in rows})
        return say("business date by the clock of {zones}", zones=say.join(zones[:DATES_SHOWN]))
    return say("business date {dates}", dates=say.join([*said[:DATES_SHOWN], *more]))


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
