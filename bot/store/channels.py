"""The ids behind Slack channel names, so that they are looked up at Slack once."""

from sqlalchemy import select

from bot.store.database import Database
from bot.store.schema import channels


class Channels:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def remember(self, name: str, channel_id: str) -> None:
        insert = self._database.insert(channels).values(name=name, id=channel_id)
        await self._database.change(
            insert.on_conflict_do_update(index_elements=[channels.c.name], set_={"id": insert.excluded.id})
        )

    async def id_of(self, name: str) -> str | None:
        rows = await self._database.fetch(select(channels.c.id).where(channels.c.name == name))
        return rows[0].id if rows else None
