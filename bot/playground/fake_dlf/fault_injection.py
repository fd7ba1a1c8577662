"""The faults that are switched on in the imitated DLF: where, and for how many requests."""

from bot.playground.clock import Subscribers
from bot.playground.fake_dlf.fault_effects import FAULTS, DlfFault

PLACES = ("dlf", "jobs", "owners", "iam")


class DlfFaults:
    """The active faults, per place (`dlf`, its V1 `jobs` or V2 `owners`, `iam`), overall or per workspace."""

    def __init__(self) -> None:
        self._active: dict[tuple[str, str], DlfFault] = {}
        self._spent: list[DlfFault] = []  # hit their last request, which may still be held
        self.changed = Subscribers()

    def set(
        self,
        name: str,
        *,
        workspace: str = "",
        place: str = "dlf",
        times: int | None = None,
        seconds: float = 5,
    ) -> None:
        """Switch a fault on in place of the fault active there; `seconds`: for faults that wait or shift."""
        if name not in FAULTS:
            raise ValueError(f"there is no fault {name}")
        if place not in PLACES or (times is not None and times < 1) or seconds < 0:
            raise ValueError("a fault needs a known place, a positive number of times and of seconds")
        self.clear(workspace=workspace, place=place)
        self._active[place, workspace] = DlfFault(name, seconds, times)
        self.changed.notify()

    def clear(self, *, workspace: str | None = None, place: str | None = None) -> None:
        """Switch off what is on: everything, or what is on for a workspace ("" = overall) or place."""
        for key in list(self._active):
            if place in (None, key[0]) and workspace in (None, key[1]):
                self._active.pop(key).over.set()
        for spent in self._spent:
            spent.over.set()
        self._spent.clear()
        self.changed.notify()

    def on(self, place: str = "dlf", workspace: str = "") -> str:
        """The name of the fault that is on exactly there, or ""."""
        fault = self._active.get((place, workspace))
        return fault.name if fault else ""

    def active(self) -> list[dict[str, str | int | float | None]]:
        """All faults that are on, as JSON."""
        return [
            {"place": place, "workspace": workspace, "name": on.name, "left": on.left, "seconds": on.seconds}
            for (place, workspace), on in self._active.items()
        ]

    def take(self, place: str, workspace: str) -> DlfFault | None:
        """The fault that hits this request, if any: the workspace's before the overall fault."""
        places = (place, "dlf") if place in ("jobs", "owners") else (place,)
        for key in [(where, which) for where in places for which in dict.fromkeys((workspace, ""))]:
            fault = self._active.get(key)
            if fault is None:
                continue
            if fault.left is not None:
                fault.left -= 1
                if fault.left == 0:
                    self._spent.append(self._active.pop(key))
                    self.changed.notify()
            return fault
        return None
