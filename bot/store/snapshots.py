"""The counts on record: the newest of each workspace, business date and scope, and every change of them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Delete,
    Executable,
    Row,
    Table,
    and_,
    bindparam,
    case,
    cast,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.model import COUNT_NAMES, Snapshot, StatusCounts
from bot.store.database import Database
from bot.store.records import RecordedCounts
from bot.store.schema import BusinessDate, changes, snapshots
from bot.store.shield import shielded
from bot.store.sql import among, among_named, listing

_BATCH = 500
CLOCK_STEP = timedelta(minutes=2)
_KEY = ("workspace_key", "business_date", "own")


def _dated(business_date: date | None) -> BindParameter[Any]:
    """A value to compare with: `all` has no date, yet the column is never NULL."""
    return literal(business_date, BusinessDate())


def _total(name: str) -> ColumnElement[Any]:
    """The sum of a count; NULL if it is unknown anywhere."""
    count = snapshots.c[name]
    return case((func.count(count) == func.count(), cast(func.sum(count), BigInteger)))


def _old(table: Table) -> Delete:
    key = tuple(table.primary_key)
    some = select(*key).where(table.c.read_at < bindparam("before")).limit(_BATCH)
    return delete(table).where(tuple_(*key).in_(some))


_PRUNE, _FORGET = _old(snapshots), _old(changes)
_REMEMBER = insert(changes)

# Locked, so that nobody changes them before they are compared.
_KNOWN = (
    select(snapshots)
    .where(
        among_named(snapshots.c.workspace_key, "keys"),
        snapshots.c.business_date.in_(bindparam("dates", expanding=True)),
    )
    .order_by(*(snapshots.c[name] for name in _KEY))
    .with_for_update()
)

_TOTALS = (
    select(snapshots.c.business_date, func.count().label("number"), *map(_total, COUNT_NAMES))
    .where(
        among_named(snapshots.c.workspace_key, "keys"),
        snapshots.c.business_date >= bindparam("since", type_=BusinessDate()),
        snapshots.c.business_date < bindparam("before", type_=BusinessDate()),
        snapshots.c.own == false(),
    )
    .group_by(snapshots.c.business_date)
    .order_by(snapshots.c.business_date)
)

# Longer than DLF tells a business date.
TOLD_FOR = timedelta(days=3)
_dates_of = and_(changes.c.workspace_key == bindparam("of_workspace"), changes.c.business_date > _dated(None))
# Both are ordered look-ups by the key, however long the record is.
FIRST_DATE = select(changes.c.business_date).where(_dates_of).order_by(changes.c.business_date).limit(1)
FIRST_READ = select(func.min(changes.c.read_at)).where(
    _dates_of, changes.c.business_date <= bindparam("until", type_=BusinessDate())
)


class Snapshots:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep = keeping(database)

    async def latest(
        self, keys: Sequence[str], business_date: date | None, *, own: bool = False
    ) -> dict[str, RecordedCounts]:
        """The newest counts of each workspace for a business date (None: `all`), where there are any."""
        statement = select(snapshots).where(
            among(snapshots.c.workspace_key, keys),
            snapshots.c.business_date == _dated(business_date),
            snapshots.c.own == own,
        )
        return {row.workspace_key: _kept(row) for row in await self._database.fetch(statement)}

    @shielded
    async def keep(self, snapshot: Snapshot) -> None:
        """Keep an answer that was read outside polling; an answer older than the record changes nothing."""
        async with self._database.transaction() as connection:
            await keep_in(connection, self._keep, [kept(snapshot)])

    async def history(
        self, keys: Sequence[str], since: date, *, own: bool = False
    ) -> list[tuple[str, date, StatusCounts, datetime]]:
        """The last counts of each business date from `since` on, in order of workspace and date."""
        statement = (
            select(snapshots)
            .where(
                among(snapshots.c.workspace_key, keys),
                snapshots.c.business_date >= since,
                snapshots.c.own == own,
            )
            .order_by(snapshots.c.workspace_key, snapshots.c.business_date)
        )
        rows = await self._database.fetch(statement)
        return [(row.workspace_key, row.business_date, _counts(row), row.read_at) for row in rows]

    async def totals(
        self, keys: Sequence[str], since: date, before: date
    ) -> dict[date, tuple[int, StatusCounts]]:
        """By business date, oldest first: how many of the workspaces have counts, and the sum of these.

        A count unknown in any workspace is unknown in the sum.
        """
        wanted = {"keys": listing(keys), "since": since, "before": before}
        return {
            row.business_date: (row.number, _counts(row))
            for row in await self._database.fetch(_TOTALS, wanted)
        }

    async def course(
        self, key: str, business_date: date | None, *, own: bool = False
    ) -> list[RecordedCounts]:
        """How a day went: its counts each time they changed."""
        statement = (
            select(changes)
            .where(
                changes.c.workspace_key == key,
                changes.c.business_date == _dated(business_date),
                changes.c.own == own,
            )
            .order_by(changes.c.read_at)
        )
        return [_kept(row) for row in await self._database.fetch(statement)]

    async def first_read_at(self, key: str) -> datetime | None:
        """When the workspace was first read, as far as the record goes back."""
        rows = await self._database.fetch(FIRST_DATE, {"of_workspace": key})
        if not rows:
            return None
        # The first poll reads the dates that DLF tells; which of them was read first is open.
        until = rows[0].business_date + TOLD_FOR
        found: datetime | None = (
            await self._database.fetch(FIRST_READ, {"of_workspace": key, "until": until})
        )[0][0]
        return found

    async def prune(self, before: datetime) -> int:
        """Delete the counts read before a time, in small steps, for other writers' sake; returns how many."""
        return sum(
            [await self._database.in_steps(prune, {"before": before}, _BATCH) for prune in (_PRUNE, _FORGET)]
        )

    @shielded
    async def fill(self, rows: Iterable[RecordedCounts]) -> None:
        """Put a ready history on record; rows that exist already stay."""
        values = [_values(row) for row in rows]
        if not values:
            return
        newest = self._database.insert(snapshots).on_conflict_do_nothing()
        every = self._database.insert(changes).on_conflict_do_nothing()
        async with self._database.transaction() as connection:
            await connection.execute(newest, [row | {"changed_at": row["read_at"]} for row in values])
            await connection.execute(every, values)


def keeping(database: Database) -> Executable:
    """The statement for `keep_in`: it puts a row on record unless that has a newer reading."""
    new = database.insert(snapshots)
    return new.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={name: new.excluded[name] for name in ("read_at", "changed_at", *COUNT_NAMES)},
        # A reading from the future was dated by a clock that has been set back since.
        where=or_(snapshots.c.read_at < new.excluded.read_at, snapshots.c.read_at > bindparam("too_late")),
    )


async def keep_in(connection: AsyncConnection, keep: Executable, rows: Sequence[RecordedCounts]) -> None:
    """Put rows with different keys on record: equal counts only change the time of reading."""
    keys, dates = [row.workspace_key for row in rows], {row.business_date for row in rows}
    found = await connection.execute(_KNOWN, {"keys": listing(keys), "dates": list(dates)})
    known = {_key_of(row): row for row in found}
    newest, remembered = list[dict[str, Any]](), list[dict[str, Any]]()
    # Always in the same order, so that two transactions cannot deadlock.
    for row in sorted(rows, key=_key_of):
        before, values, too_late = known.get(_key_of(row)), _values(row), row.read_at + CLOCK_STEP
        if before and row.read_at <= before.read_at <= too_late:
            continue
        same = before is not None and _counts(before) == row.counts
        changed_at = before.changed_at if before and same else row.read_at
        newest.append({**values, "changed_at": changed_at, "too_late": too_late})
        if not same:
            remembered.append(values)
    if newest:
        await connection.execute(keep, newest)
    if remembered:
        await connection.execute(_REMEMBER, remembered)


def _key_of(row: Any) -> tuple[str, date, bool]:
    return row.workspace_key, row.business_date or date.min, row.own


def kept(snapshot: Snapshot) -> RecordedCounts:
    """The part of a snapshot that the store keeps."""
    return RecordedCounts(
        snapshot.workspace.key, snapshot.business_date, snapshot.own, snapshot.counts, snapshot.read_at
    )


def _values(row: RecordedCounts) -> dict[str, Any]:
    key = {"workspace_key": row.workspace_key, "business_date": row.business_date, "own": row.own}
    return {**key, "read_at": row.read_at, **{name: getattr(row.counts, name) for name in COUNT_NAMES}}


def _counts(row: Row[Any]) -> StatusCounts:
    return StatusCounts(*row[-len(COUNT_NAMES) :])


def _kept(row: Row[Any]) -> RecordedCounts:
    return RecordedCounts(row.workspace_key, row.business_date, row.own, _counts(row), row.read_at)
