"""Look up recorded instances that still wait for a person on past dates that DLF returns."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.leftovers import leftovers_of
from bot.domain.model import Day, Leftover, Workspace, business_date
from bot.store.store import Store

PAST = (Day.YESTERDAY, Day.BEFORE_YESTERDAY)


async def find_leftovers(
    store: Store, workspaces: Sequence[Workspace], now: datetime, *, own: bool = False
) -> Mapping[str, Sequence[Leftover]]:
    """The leftovers by workspace key, newest date first, with or without a rule. May raise StoreError."""
    told = {
        workspace.key: [on for day in PAST if (on := business_date(day, now, workspace.zone))]
        for workspace in workspaces
    }
    found: defaultdict[str, list[Leftover]] = defaultdict(list)
    if not told:
        return found
    since = min(min(dates) for dates in told.values())
    for key, on, counts, read_at in await store.snapshots.history(list(told), since, own=own):
        if on in told[key]:
            found[key] = [*leftovers_of(counts, on, read_at, now), *found[key]]
    return found
