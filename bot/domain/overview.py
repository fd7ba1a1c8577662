"""What a person sees at a glance: today's rows, what is firing, which digests come next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert, Silence
from bot.domain.freshness import Freshness
from bot.domain.model import Answer, Row, Workspace
from bot.domain.rules import Rule

NOT_READ = "not read yet"
NOT_ANEW = "DLF has not answered since"


@dataclass(frozen=True, slots=True)
class Burning:
    """An alert that is firing, or that DLF no longer tells.

    `workspace` is None where a whole project, in `zone`, cannot be read. `silences` cover it now, the latest
    end last.
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
    """Everything one screen says; `burning` is None when that is not known.

    `silences` are all in force, the latest end last. `unknown` are alerts that burned when DLF stopped
    telling their date, and that nobody marked done.
    """

    answer: Answer
    burning: Sequence[Burning] | None
    digests: Sequence[NextDigest]
    silences: Sequence[Silence] = ()
    unknown: Sequence[Burning] = ()


def settle(answer: Answer, freshness: Freshness, unreadable: Mapping[str, datetime]) -> Answer:
    """Take the rows as they are, nothing being asked: too old or missing ones say so.

    `unreadable` names the projects that cannot be read, and since when: what was read before is not known.
    """

    def settled(row: Row) -> Row:
        if row.snapshot is None:
            return replace(row, coming=False, problem=row.problem or NOT_READ)
        read_at, since = row.snapshot.read_at, unreadable.get(row.workspace.project)
        known = freshness.is_known(read_at, answer.asked_at) and (since is None or read_at >= since)
        return replace(row, coming=False, problem=row.problem if known else NOT_ANEW)

    return replace(answer, rows=tuple(map(settled, answer.rows)))
