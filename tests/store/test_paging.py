"""However many rows are read, only a page or two of them are in memory."""

import weakref
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select

from bot.domain.model import StatusCounts
from bot.store.database import connect
from bot.store.export import Export, Kind
from bot.store.paging import PAGE
from bot.store.records import RecordedCounts
from bot.store.store import open_store

NOW = datetime(2026, 11, 28, 3, tzinfo=UTC)


class Page(list[Any]):
    """A list that can be watched until it is gone."""

    __hash__ = object.__hash__  # type: ignore[assignment]


class Watched:
    """Fetches from a database, and counts the pages that are still referenced."""

    def __init__(self, url: str) -> None:
        self.database = connect(url)
        self.alive = weakref.WeakSet[Page]()
        self.sizes: list[int] = []
        self.most = 0

    async def fetch(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        page = Page(await self.database.fetch(statement))
        self.alive.add(page)
        self.sizes.append(len(page))
        self.most = max(self.most, len(self.alive))
        return page


async def test_an_export_holds_two_pages_at_most_and_leaves_no_row_out(store_url: str) -> None:
    store = await open_store(store_url)
    days = [date(2020, 1, 1) + timedelta(days=one) for one in range(3 * PAGE + 20)]
    subjects = ("prod/finance", "prod/sales")
    for subject, some in zip(subjects, (days[: PAGE + 10], days[PAGE + 10 :]), strict=True):
        await store.snapshots.fill([RecordedCounts(subject, day, False, StatusCounts(), NOW) for day in some])
    await store.close()
    watched = Watched(store_url)
    records = Export(watched, page=PAGE).pages(Kind.COUNTS)  # type: ignore[arg-type]
    found = [(one[0], one[1]) async for page in records for one in page]
    await watched.database.close()
    assert found == [(subjects[day >= days[PAGE + 10]], day) for day in days]
    assert watched.sizes == [PAGE, PAGE, PAGE, 20]
    assert watched.most <= 2
