"""The overview on a screen: today's rows, firing alerts, silences and the next digests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert
from bot.domain.freshness import Freshness
from bot.domain.model import Answer, Row, Workspace
from bot.domain.rules import Rule
from bot.domain.sentence import problem_of
from bot.domain.silences import Silence

NOT_READ = problem_of("not read yet")
NOT_ANEW = problem_of("DLF has not answered since")


@dataclass(frozen=True, slots=True)
class Burning:
    """An alert that is firing, or whose date DLF no longer returns.

    `workspace` is None if the alert is about a whole project (in `zone`). `silences` cover the alert now, the
    latest end last.
    """

    alert: Alert
    rule: Rule
    workspace: Workspace | None
    zone: ZoneInfo
    silences: tuple[Silence, ...] = ()


@dataclass(frozen=True, slots=True)
class NextDigest:
    name: str
    at: datetime
    zone: ZoneInfo
    channel: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The contents of the screen; `burning` is None if the alerts are unknown.

    `silences`: all in force, the latest end last. `unknown`: alerts that were firing when DLF stopped
    returning their date, and are not marked done.
    """

    answer: Answer
    burning: Sequence[Burning] | None
    digests: Sequence[NextDigest]
    silences: Sequence[Silence] = ()
    unknown: Sequence[Burning] = ()


def settle(answer: Answer, freshness: Freshness, unreadable: Mapping[str, datetime]) -> Answer:
    """Finish the rows without asking DLF: too old or missing rows get their problem.

    `unreadable`: the projects that cannot be read, and since when; their numbers are not known.
    """

    def settled(row: Row) -> Row:
        if row.snapshot is None:
            return replace(row, coming=False, problem=row.problem or NOT_READ)
        read_at, since = row.snapshot.read_at, unreadable.get(row.workspace.project)
        known = freshness.is_known(read_at, answer.asked_at) and (since is None or read_at >= since)
        return replace(row, coming=False, problem=row.problem if known else NOT_ANEW)

    return replace(answer, rows=tuple(map(settled, answer.rows)))
