"""What a panel shows of the imitated DLF, and the actions it offers by name."""

from collections.abc import Callable
from dataclasses import asdict
from itertools import islice

from bot.playground.dlf.effects import FAULTS
from bot.playground.dlf.world import DAYS_AGO, DlfWorld

_SHOWN_REQUESTS = 20

# name → what it does with a workspace, a number and a date; it returns how many instances changed.
ACTIONS: dict[str, Callable[..., int]] = {
    "fail": DlfWorld.fail,
    "hang": DlfWorld.hang,
    "heal": DlfWorld.heal,
    "ask_to_confirm": DlfWorld.ask_to_confirm,
    "confirm": DlfWorld.confirm,
    "force_success": DlfWorld.force_success,
    "ignore": DlfWorld.ignore,
}


def act(world: DlfWorld, action: str, workspace: str, n: int = 1, query_days: str = "today") -> int:
    """Do an action by name, on the date a `query_days` word stands for. Raises ValueError in plain words."""
    if action not in ACTIONS:
        raise ValueError(f"there is no action {action}")
    if query_days not in DAYS_AGO:
        raise ValueError(f"the day must be one of {', '.join(DAYS_AGO)}")
    return ACTIONS[action](world, workspace, n, on=world.dates(query_days)[0])


def describe(world: DlfWorld) -> dict[str, object]:
    """The state as JSON: date, counts, faults, keys, and the newest requests first."""
    return {
        "now": world.clock.now().isoformat(),
        "today": world.today().isoformat(),
        "workspaces": [{"id": each, "counts": world.counts(each)} for each in world.workspaces],
        "faults": world.faults.active(),
        "known_faults": list(FAULTS),
        "rate_limit": world.rate_limit,
        "logins": world.iam.logins,
        "locked_keys": [name for name, key in world.iam.access_keys.items() if world.iam.is_locked(key)],
        "requests": [asdict(record) for record in islice(reversed(world.log.records), _SHOWN_REQUESTS)],
    }
