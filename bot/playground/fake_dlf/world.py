"""The state of the imitated DLF: each instance's status now, and a visitor's changes to it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import time as wall_time
from zoneinfo import ZoneInfo

from bot.playground import sample_data
from bot.playground.clock import Clock, Subscribers
from bot.playground.fake_dlf.fault_injection import DlfFaults
from bot.playground.fake_dlf.iam import Iam
from bot.playground.fake_dlf.odd_jobs import ODDITIES
from bot.playground.fake_dlf.request_log import RequestLog
from bot.playground.sample_data import Instance

PROJECT = "playground"
DAYS_AGO = {"today": 0, "yesterday": 1, "before_yesterday": 2}
ALL_DATES = 7  # "the last seven days": today and the six dates before it
MOST_AT_ONCE = 10_000
MOST_PLANS = 5_000

_ALIVE = ("running", "success", "waiting")
_TROUBLED = ("fail", "running-exception")


@dataclass(frozen=True, slots=True)
class InstanceChange:
    """An instance's status set by a visitor, and the time."""

    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InstanceState:
    """The state of an instance at a moment."""

    instance: Instance
    status: str
    changed: InstanceChange | None


class DlfWorld:
    """Counts per workspace and business date: a function of date and hour, plus what a visitor did."""

    def __init__(
        self,
        clock: Clock,
        *,
        extra_workspaces: Iterable[str] = (),
        rate_limit: float = 10,
        zone: ZoneInfo = sample_data.ZONE,
        wall: Callable[[], float] = wall_time,
    ) -> None:
        self.clock, self.zone, self.wall = clock, zone, wall
        self.workspaces = (*sample_data.WORKSPACES, *extra_workspaces)
        self.rate_limit = rate_limit
        self.iam = Iam(wall)
        self.log = RequestLog()
        self.faults = DlfFaults()
        self.changed = Subscribers()
        self.oddities: frozenset[str] = frozenset()
        self.faults.changed.subscribe(self.changed.notify)
        self.sample_until = self.today()
        self._changes: dict[tuple[str, date], dict[int, InstanceChange]] = {}
        self._extras: dict[tuple[str, date], list[Instance]] = {}
        self._plans: dict[tuple[str, date], tuple[Instance, ...]] = {}
        self._settled: dict[tuple[str, date, bool], list[str]] = {}

    # Asking

    def today(self) -> date:
        """The business date now, in DLF's zone."""
        return self.clock.now().astimezone(self.zone).date()

    def dates(self, query_days: str) -> list[date]:
        """The business dates a `query_days` word stands for now."""
        today = self.today()
        if query_days == "all":
            return [today - timedelta(days=ago) for ago in range(ALL_DATES)]
        return [today - timedelta(days=DAYS_AGO[query_days])]

    def counts(self, workspace: str, query_days: str = "today", *, own: bool = False) -> dict[str, int]:
        """The 13 counts as the API answers them now."""
        statuses: list[str] = []
        for day in self.dates(query_days):
            statuses += self._statuses(workspace, day, own)
        return sample_data.counts(statuses)

    def instance_states(self, workspace: str, day: date) -> list[InstanceState]:
        """All instances of a date as they are now."""
        now = self.clock.now()
        changes = self._changes.get((workspace, day), {})
        found = []
        for instance in self._instances(workspace, day):
            change = changes.get(instance.number)
            found.append(InstanceState(instance, change.status if change else instance.status(now), change))
        return found

    def job_names(self, workspace: str) -> list[str]:
        """All jobs of a workspace: those on schedule, and those that a visitor started by hand."""
        by_hand = [added for (where, _), added in self._extras.items() if where == workspace]
        names = (instance.job for added in by_hand for instance in added)
        return list(dict.fromkeys((*sample_data.job_names(workspace), *names)))

    def be_odd(self, *oddities: str) -> None:
        """List jobs with exactly these oddities from now on."""
        if unknown := set(oddities) - set(ODDITIES):
            raise ValueError(f"there is no oddity {', '.join(sorted(unknown))}")
        self.oddities = frozenset(oddities)
        self.changed.notify()

    # Doing: each returns how many instances it changed

    def fail(self, workspace: str, n: int = 1, *, job: str | None = None, on: date | None = None) -> int:
        """Exactly `n` more failed instances; if the date has too few, more are started by hand and fail."""
        return self._turn(workspace, "fail", _ALIVE, n, job=job, on=on, add=True)

    def fail_as_usual(self, workspace: str, n: int) -> int:
        """`n` more failed instances of today, among them those that are known to fail."""
        failed = 0
        for job, runs in sample_data.TELLING.get(workspace, ()):
            failed += self._turn(workspace, "fail", _ALIVE, min(runs, n - failed), job=job)
        return failed + self.fail(workspace, n - failed)

    def hang(self, workspace: str, n: int = 1, *, job: str | None = None, on: date | None = None) -> int:
        """`n` more abnormal instances (`running-exception`): stuck until someone acts."""
        return self._turn(workspace, "running-exception", _ALIVE, n, job=job, on=on, add=True)

    def ask_to_confirm(self, workspace: str, n: int = 1, *, on: date | None = None) -> int:
        """`n` more instances wait for a person to confirm them."""
        return self._turn(workspace, "waiting-confirm", ("waiting", "running", "success"), n, on=on, add=True)

    def confirm(self, workspace: str, n: int = MOST_AT_ONCE, *, on: date | None = None) -> int:
        """A person confirms: they run and succeed."""
        return self._turn(workspace, "success", ("waiting-confirm",), n, on=on)

    def heal(self, workspace: str, n: int = MOST_AT_ONCE, *, on: date | None = None) -> int:
        """Rerun failed and stuck instances, of today or any date; they succeed."""
        return self._turn(workspace, "success", _TROUBLED, n, on=on)

    def rerun(self, workspace: str, on: date, n: int = MOST_AT_ONCE) -> int:
        """The same for a date in the past: this is how yesterday's numbers change afterwards."""
        return self.heal(workspace, n, on=on)

    def force_success(self, workspace: str, n: int = 1, *, on: date | None = None) -> int:
        """A person forces instances to success: failed ones first, where there are any."""
        return self._turn(workspace, "forceSuccess", (*_TROUBLED, *_ALIVE), n, on=on)

    def ignore(self, workspace: str, n: int = 1, *, on: date | None = None) -> int:
        """A policy ignores failures: failed ones first, where there are any."""
        return self._turn(workspace, "ignoreSuccess", (*_TROUBLED, *_ALIVE), n, on=on)

    # Inside

    def _turn(
        self,
        workspace: str,
        status: str,
        sources: tuple[str, ...],
        n: int,
        *,
        job: str | None = None,
        on: date | None = None,
        add: bool = False,
    ) -> int:
        if workspace not in self.workspaces:
            raise ValueError(f"there is no workspace {workspace}")
        if not 0 <= n <= MOST_AT_ONCE:
            raise ValueError(f"the number must be between 0 and {MOST_AT_ONCE}")
        day, now = on or self.today(), self.clock.now()
        candidates = [
            state
            for state in self.instance_states(workspace, day)
            if state.status in sources and job in (None, state.instance.job) and state.instance.planned <= now
        ]
        candidates.sort(key=lambda state: (sources.index(state.status), _likeliest(state)))
        chosen = [state.instance.number for state in candidates[:n]]
        if add:
            chosen += [self._start_by_hand(workspace, day, job) for _ in range(n - len(chosen))]
        change = InstanceChange(status, now)
        self._changes.setdefault((workspace, day), {}).update(dict.fromkeys(chosen, change))
        self._forget(workspace, day)
        self.changed.notify()
        return len(chosen)

    def _start_by_hand(self, workspace: str, day: date, job: str | None) -> int:
        added = self._extras.setdefault((workspace, day), [])
        number = len(self._plan(workspace, day)) + len(added)
        name = job or f"adhoc_backfill_{len(added) + 1}"
        last = datetime.combine(day, time(23, 50), tzinfo=self.zone).astimezone(UTC)
        at = min(self.clock.now(), last)
        added.append(Instance(number, name, at, at, "success", False, kind=2))
        return number

    def _statuses(self, workspace: str, day: date, own: bool) -> list[str]:
        if day >= self.today():
            return [
                state.status
                for state in self.instance_states(workspace, day)
                if state.instance.own or not own
            ]
        # A past date changes only when a visitor changes it, and `all` asks for six of them.
        key = (workspace, day, own)
        if key not in self._settled:
            self._settled[key] = [
                state.status
                for state in self.instance_states(workspace, day)
                if state.instance.own or not own
            ]
        return self._settled[key]

    def _forget(self, workspace: str, day: date) -> None:
        for own in (False, True):
            self._settled.pop((workspace, day, own), None)

    def _instances(self, workspace: str, day: date) -> tuple[Instance, ...]:
        return (*self._plan(workspace, day), *self._extras.get((workspace, day), ()))

    def _plan(self, workspace: str, day: date) -> tuple[Instance, ...]:
        key = (workspace, day)
        if key not in self._plans:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
                self._settled.clear()
            self._plans[key] = sample_data.instances(workspace, day, self.sample_until, self.zone)
        return self._plans[key]


def _likeliest(state: InstanceState) -> float:
    """Sort key: waiting instances in order of plan time, finished instances newest first."""
    instance = state.instance
    if state.status == "waiting":
        return instance.planned.timestamp()
    return -instance.ended.astimezone(UTC).timestamp()
