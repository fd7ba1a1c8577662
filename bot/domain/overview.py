"""What a person sees at a glance: today's rows, what is firing, which digests come next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert, Silence
from bot.domain.model import Answer, Row, Workspace
from bot.domain.rules import Rule

NOT_READ = "not read yet"
NOT_ANEW = "the polls since then brought no answer"


@dataclass(frozen=True, slots=True)
class Burning:
    """An alert that is firing; `workspace` is None where a whole project, in `zone`, cannot be read.

    `silences` cover it now, the latest end last.
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
    """Everything one screen says; `burning` is None when that is not known."""

    answer: Answer
    burning: Sequence[Burning] | None
    digests: Sequence[NextDigest]


def settle(answer: Answer, oldest: timedelta) -> Answer:
    """Take the rows as they are, nothing being asked: too old or missing ones say so."""
    return replace(answer, rows=tuple(_settle(row, answer.asked_at - oldest) for row in answer.rows))


def _settle(row: Row, since: datetime) -> Row:
    if row.snapshot is None:
        return replace(row, coming=False, problem=row.problem or NOT_READ)
    stale = row.snapshot.read_at < since
    return replace(row, coming=False, problem=NOT_ANEW if stale else row.problem)
