"""The rows of a digest's dates: asked of DLF while it returns the date, later taken from the record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.domain.digest import NOT_TO_ITS_END
from bot.domain.model import Answer, Day, Row, Snapshot, StatusCounts, Workspace, day_of
from bot.domain.past import day_ends
from bot.store.records import RecordedCounts
from bot.store.store import Store

# The `Day` for dates that DLF no longer returns: like them, it is a complete day in the past.
PAST = Day.BEFORE_YESTERDAY


class CompleteAnswers(Protocol):
    """Answers a digest's question for counts (`bot.usecases.status.Status`)."""

    async def complete(
        self, workspaces: Sequence[Workspace], day: Day, own: bool = False, *, by: str = ""
    ) -> Answer: ...


class DigestRows:
    """Reads a date of several workspaces; the date None means DLF's last seven days."""

    def __init__(self, status: CompleteAnswers, store: Store, clock: Callable[[], datetime]) -> None:
        self._status, self._store, self._clock = status, store, clock

    async def read(
        self, workspaces: Sequence[Workspace], dates: Mapping[str, date | None], by: str = ""
    ) -> tuple[Row, ...]:
        """The rows of the workspaces, each for its own date, asked by the `Day` that the date is now."""
        now, groups = self._clock(), dict[Day | None, list[Workspace]]()
        for workspace in workspaces:
            on = dates[workspace.key]
            name = Day.ALL if on is None else day_of(on, now, workspace.zone)
            groups.setdefault(name, []).append(workspace)
        found: dict[str, Row] = {}
        for day, group in groups.items():
            if day is not None:
                rows = (await self._status.complete(group, day, by=by)).rows
                # At midnight, DLF may have answered for the next date.
                found |= {row.workspace.key: row for row in rows if _is_of(row, dates[row.workspace.key])}
        by_date: dict[date, list[Workspace]] = {}
        for workspace in workspaces:
            on = dates[workspace.key]
            if on is not None and workspace.key not in found:
                by_date.setdefault(on, []).append(workspace)
        for on, group in by_date.items():
            found |= await self._recorded(group, on)
        return tuple(found[workspace.key] for workspace in workspaces)

    async def of_date(self, workspaces: Sequence[Workspace], on: date, by: str = "") -> tuple[Row, ...]:
        """The rows of a complete date, each with the day before if that was read after its end."""
        rows = await self.read(workspaces, dict.fromkeys((one.key for one in workspaces), on), by)
        before = await self._whole(workspaces, on - timedelta(days=1))
        return tuple(replace(row, before=before.get(row.workspace.key)) for row in rows)

    async def _recorded(self, workspaces: Sequence[Workspace], on: date) -> dict[str, Row]:
        """The last recorded counts; numbers from before the date's end are marked."""
        kept = await self._store.snapshots.latest([one.key for one in workspaces], on)
        return {one.key: _row(one, on, kept.get(one.key)) for one in workspaces}

    async def _whole(self, workspaces: Sequence[Workspace], on: date) -> dict[str, StatusCounts]:
        kept = await self._store.snapshots.latest([one.key for one in workspaces], on)
        found = ((one, kept[one.key]) for one in workspaces if one.key in kept)
        return {one.key: row.counts for one, row in found if _is_whole(one, on, row)}


def _is_of(row: Row, on: date | None) -> bool:
    return row.snapshot is None or row.snapshot.business_date == on


def _row(workspace: Workspace, on: date, kept: RecordedCounts | None) -> Row:
    if kept is None:
        return Row(workspace, None, problem=NOT_TO_ITS_END)
    snapshot = Snapshot(workspace, PAST, kept.own, on, kept.counts, kept.read_at)
    return Row(workspace, snapshot, problem=() if _is_whole(workspace, on, kept) else NOT_TO_ITS_END)


def _is_whole(workspace: Workspace, on: date, kept: RecordedCounts) -> bool:
    """True if the counts were read after the date's end."""
    return kept.read_at >= day_ends(on, workspace.zone)
