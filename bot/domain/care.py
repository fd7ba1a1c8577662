"""Who looks after a job: its owner, its runbook, how important it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Importance(StrEnum):
    """What a job's failure means; the words are those of a rule's severity."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Care:
    """`owner` is a mention of Slack, or a name as plain text; "" and None where nothing is said."""

    owner: str = ""
    runbook: str = ""
    importance: Importance | None = None

    @property
    def calls(self) -> bool:
        """True if the owner can be mentioned."""
        return self.owner.startswith("<")

    def before(self, other: "Care") -> "Care":
        """What is said here, and of the rest what `other` says."""
        importance = self.importance or other.importance
        return Care(self.owner or other.owner, self.runbook or other.runbook, importance)


@dataclass(frozen=True, slots=True)
class JobCare:
    """An entry of the YAML's `jobs`: the care for jobs whose whole name fits the glob `match`."""

    match: str
    care: Care


NO_CARE = Care()


def care_of(job: str, entries: Iterable[JobCare]) -> Care:
    """What the first entry that fits says of a job."""
    return next((one.care for one in entries if fnmatchcase(job, one.match)), NO_CARE)
