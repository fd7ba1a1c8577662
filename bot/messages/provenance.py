"""The provenance of numbers in small print: whose instances, which date and zone, when read."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.model import Metric, Row
from bot.messages.mrkdwn import clip, escape, readers_moment
from bot.messages.words import Words, zone_name

DATES_SHOWN = 4
LAST_SEVEN = "the last 7 days"

PERSON_NEEDED = {
    Metric.RUNNING_EXCEPTION_COUNT: (
        "Stuck instances wait for a person: in DataArts, open Monitor Instance (status Abnormal) "
        "and choose Manual Retry, Continue or Succeed."
    ),
    Metric.WAITING_CONFIRM_COUNT: (
        "Instances to confirm wait for a person: in DataArts, open Monitor Instance "
        "and choose Confirm Execution."
    ),
}


def scope_note(tr: Words, *, own: bool = False, account: str = "") -> str:
    """Whose instances were counted. `own` means the bot's IAM user, not the person who asks."""
    if not own:
        return tr("all users' instances")
    if account:
        return tr("only instances of the bot's IAM user {account}", account=clip(account))
    return tr("only instances of the bot's IAM user")


def when_note(
    tr: Words, dates: Iterable[tuple[date | None, ZoneInfo]], reads: Iterable[tuple[datetime, ZoneInfo]]
) -> str:
    """The business dates, their zone, and the time of reading; the date None means the last seven days.

    A zone that all share stands once: "Sun 22 Nov, as of 23 Nov 09:02 (Asia/Singapore)".
    """
    days, moments = sorted(set(dates), key=str), sorted(reads, key=_time)
    zones = {zone for _, zone in days} | {zone for _, zone in moments}
    if len(zones) > 1:
        return " · ".join([_dates(tr, [_dated(tr, *day) for day in days]), _read_by_zone(tr, moments)])
    said = _dates(tr, [_date(tr, day) for day, _ in days])
    only = days[0][0] if len(days) == 1 else None
    return tr("{what}, {said}", what=said, said=_zoned(tr, _read(tr, moments, on=only), zones))


def when_shown(tr: Words, on: date, read: datetime, zone: ZoneInfo) -> str:
    """Like `when_note` for a single date, as mrkdwn: DLF's date, and the reading in the reader's own zone."""
    dated = escape(_dated(tr, on, zone))
    at = readers_moment(read, tr.aside(tr.moment(read, zone), zone_name(zone)))
    return tr("{what}, {said}", what=dated, said=tr("as of {at}", at=at))


def read_note(tr: Words, reads: Iterable[tuple[datetime, ZoneInfo]], on: date | None = None) -> str:
    """The time of reading with the zone; without the date if that is `on`."""
    moments = sorted(reads, key=_time)
    return _zoned(tr, _read(tr, moments, on=on), {zone for _, zone in moments[:1]})


def reads_of(rows: Iterable[Row]) -> list[tuple[datetime, ZoneInfo]]:
    return [(row.snapshot.read_at, row.workspace.zone) for row in rows if row.snapshot]


def _dates(tr: Words, said: Sequence[str]) -> str:
    shown = [*said[:DATES_SHOWN], "…"] if len(said) > DATES_SHOWN else said
    return tr.join(shown)


def _date(tr: Words, day: date | None) -> str:
    return tr.full_date(day) if day else tr(LAST_SEVEN)


def _dated(tr: Words, day: date | None, zone: ZoneInfo) -> str:
    return tr.aside(_date(tr, day), zone_name(zone))


def _read(tr: Words, moments: Sequence[tuple[datetime, ZoneInfo]], *, on: date | None) -> str:
    """A time, or the span from the oldest to the newest."""
    if not moments:
        return tr("not read yet")
    (first, zone), (last, _) = moments[0], moments[-1]
    start, end = tr.moment(first, zone, on=on), tr.moment(last, zone, on=on)
    if start == end:
        return tr("as of {at}", at=end)
    return tr("read between {start} and {end}", start=start, end=end)


def _read_by_zone(tr: Words, moments: Sequence[tuple[datetime, ZoneInfo]]) -> str:
    return _zoned(tr, _read(tr, moments, on=None), {zone for _, zone in moments[:1]})


def _zoned(tr: Words, said: str, zones: Iterable[ZoneInfo]) -> str:
    """`said` with the zone that all share; with none if there is none."""
    return next((tr.aside(said, zone_name(zone)) for zone in zones), said)


def _time(read: tuple[datetime, ZoneInfo]) -> datetime:
    return read[0]
