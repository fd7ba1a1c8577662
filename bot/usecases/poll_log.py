"""The log of polls: each at debug, a project's round at info, the start and the end of an outage once."""

import logging
import time as stopwatch
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.model import COUNT_NAMES, Day, Snapshot, StatusCounts, Workspace
from bot.errors import DlfError, DlfUnavailable
from bot.logs import Once, log_event

log = logging.getLogger("bot.usecases.poll")

SUMMED = ("total_count", "success_count", "fail_count", "running_exception_count", "waiting_confirm_count")
NAMED = 5


@dataclass(slots=True)
class _Round:
    """The reads of a project until all its workspaces were read, or for a poll interval."""

    began: float
    today: dict[str, StatusCounts | None] = field(default_factory=dict)
    reads: int = 0
    unread: set[str] = field(default_factory=set)
    troubles: set[str] = field(default_factory=set)
    changes: int = 0


class PollLog:
    """Gathers the reads of this process into rounds. `workspaces` are the keys of each project."""

    def __init__(
        self,
        workspaces: Mapping[str, Sequence[str]],
        poll_every: timedelta,
        *,
        timer: Callable[[], float] = stopwatch.monotonic,
    ) -> None:
        self._workspaces, self._longest, self._timer = workspaces, poll_every.total_seconds(), timer
        self._rounds: dict[str, _Round] = {}
        self._troubles: defaultdict[str, dict[str, Once]] = defaultdict(dict)

    def read(self, snapshot: Snapshot, changes: int, *, kept: bool, blind: str | None) -> None:
        """Note a successful read; `blind` says why a rule cannot judge its numbers."""
        workspace, day = snapshot.workspace, snapshot.day
        current = self._round(workspace, day)
        current.reads += 1
        current.changes += changes
        if day is Day.TODAY:
            current.today[workspace.key] = snapshot.counts
        known = {name: getattr(snapshot.counts, name) for name in COUNT_NAMES}
        log_event(
            log,
            "poll",
            logging.DEBUG,
            workspace=workspace.key,
            day=day,
            date=snapshot.business_date,
            **{name: value for name, value in known.items() if value is not None},
            changes=changes,
            kept=kept,
        )
        if blind:
            self._trouble(current, workspace, blind, blind)

    def failed(self, workspace: Workspace, day: Day, error: DlfError) -> None:
        """Note a failed read. All ways in which DLF is unreachable are the same trouble."""
        current = self._round(workspace, day)
        current.unread.add(workspace.key)
        if day is Day.TODAY:
            current.today[workspace.key] = None
        status, request_id = error.code or error.status or "", error.request_id or ""
        log_event(
            log, "poll", logging.DEBUG, workspace=workspace.key, day=day, problem=error.what, status=status
        )
        kind = "away" if isinstance(error, DlfUnavailable) else error.what
        self._trouble(current, workspace, kind, error.what, status=status, request_id=request_id)

    def pause(self, project: str) -> None:
        """No read of the project is running: log its round if that is complete or old enough."""
        current = self._rounds.get(project)
        if current and (
            current.today.keys() >= set(self._workspaces[project])
            or self._timer() - current.began >= self._longest
        ):
            self._end(project)

    def end(self) -> None:
        """Log the reads since the last rounds."""
        for project in list(self._rounds):
            self._end(project)

    def _round(self, workspace: Workspace, day: Day) -> _Round:
        project = workspace.project
        current = self._rounds.get(project)
        if current and day is Day.TODAY and workspace.key in current.today:
            self._end(project)
        return self._rounds.setdefault(project, _Round(self._timer()))

    def _trouble(
        self, current: _Round, workspace: Workspace, kind: str, problem: str, **fields: object
    ) -> None:
        current.troubles.add(kind)
        once = self._troubles[workspace.project].setdefault(kind, Once(log, "poll", timer=self._timer))
        once.warn(workspace.project, problem, kind, workspace=workspace.key, **fields)

    def _end(self, project: str) -> None:
        current = self._rounds.pop(project)
        if current.reads:
            for kind, once in self._troubles[project].items():
                if kind not in current.troubles:
                    once.over(project)
        fields: dict[str, object] = {
            "project": project,
            "workspaces": len(current.today.keys() | current.unread),
            **_sums(counts for counts in current.today.values() if counts),
            "changes": current.changes,
            "seconds": self._timer() - current.began,
        }
        if current.unread:
            fields["unread"] = _some(sorted(current.unread))
        log_event(log, "polled", logging.INFO, **fields)


def _sums(found: Iterable[StatusCounts]) -> dict[str, int]:
    """Today's sums of the counts that DLF reported."""
    counts = list(found)
    known = {name: [getattr(one, name) for one in counts] for name in SUMMED}
    return {
        name: sum(value for value in values if value is not None)
        for name, values in known.items()
        if any(value is not None for value in values)
    }


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
