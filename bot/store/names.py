"""The names of a config, what each stands for, and the rows that move with a renamed subject or rule."""

from collections.abc import Mapping

from sqlalchemy import Column, and_, delete, not_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.schema import alerts, changes, digest_dates, names, reads, silences, snapshots
from bot.store.shield import shielded
from bot.store.sql import among

# Prefix of a name on its way, which no config can have: two names can swap within a transaction.
_ON_THE_WAY = "//"
_OF_SUBJECTS = (alerts.c.subject, silences.c.subject)
_OF_RULES = (alerts.c.rule, silences.c.rule)
# Only a single row of each can exist: rows under the new name belong to something no config has any more.
_ONE_OF_EACH = (
    reads.c.workspace_key,
    snapshots.c.workspace_key,
    changes.c.workspace_key,
    digest_dates.c.project,
)


class Names:
    def __init__(self, database: Database) -> None:
        self._database = database
        new = database.insert(names)
        self._keep = new.on_conflict_do_update(
            index_elements=["name"], set_={"identity": new.excluded.identity}
        )

    async def known(self) -> dict[str, str]:
        """Each name and what it stood for when a config last had it."""
        return {row.name: row.identity for row in await self._database.fetch(select(names))}

    async def rules(self) -> set[str]:
        """The names of the rules that alerts and silences name."""
        found = union(select(alerts.c.rule), select(silences.c.rule).where(silences.c.rule.is_not(None)))
        return {row.rule for row in await self._database.fetch(found)}

    @shielded
    async def settle(
        self, moves: Mapping[str, str], rules: Mapping[str, str], wanted: Mapping[str, str]
    ) -> None:
        """Move the rows of renamed subjects and rules, and keep what the names stand for, in one transaction.

        Alerts keep their ids, and so notices their keys. A name that is not wanted stays known unless its
        identity has a wanted name.
        """
        async with self._database.transaction() as connection:
            moves = await _still_to_move(connection, moves, wanted)
            for column in (*_OF_SUBJECTS, *_ONE_OF_EACH):
                await _move(connection, column, moves, replaces=column in _ONE_OF_EACH)
            for column in _OF_RULES:
                await _move(connection, column, rules)
            outdated = and_(among(names.c.identity, wanted.values()), not_(among(names.c.name, wanted)))
            await connection.execute(delete(names).where(outdated))
            rows = [{"name": name, "identity": identity} for name, identity in sorted(wanted.items())]
            if rows:
                await connection.execute(self._keep, rows)


async def _still_to_move(
    connection: AsyncConnection, moves: Mapping[str, str], wanted: Mapping[str, str]
) -> dict[str, str]:
    """The moves that another replica with the same config has not made meanwhile."""
    standing = select(names).where(among(names.c.name, moves)).order_by(names.c.name).with_for_update()
    known = {row.name: row.identity for row in await connection.execute(standing)}
    return {old: new for old, new in moves.items() if known.get(old) == wanted[new]}


async def _move(
    connection: AsyncConnection, column: Column[str], moves: Mapping[str, str], *, replaces: bool = False
) -> None:
    """Give the rows with an old name the new name, also where two names are swapped."""
    table = column.table
    for old, new in moves.items():
        await connection.execute(update(table).where(column == old).values({column: _ON_THE_WAY + new}))
    for new in moves.values():
        if replaces:
            await connection.execute(delete(table).where(column == new))
        arrived = {column: new}
        if table is reads:
            arrived[reads.c.project] = new.partition("/")[0]
        await connection.execute(update(table).where(column == _ON_THE_WAY + new).values(arrived))
