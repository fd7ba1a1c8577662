"""The care for a job: its owner, its runbook, its importance."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Importance(StrEnum):
    """The importance of a job; the words are those of a rule's severity."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Care:
    """`owner` is a Slack mention, or a name as plain text; "" and None mean not set."""

    owner: str = ""
    runbook: str = ""
    importance: Importance | None = None

    @property
    def calls(self) -> bool:
        """True if the owner can be mentioned."""
        return self.owner.startswith("<")

    def before(self, other: "Care") -> "Care":
        """This care, with `other`'s values where this has none."""
        importance = self.importance or other.importance
        return Care(self.owner or other.owner, self.runbook or other.runbook, importance)


@dataclass(frozen=True, slots=True)
class JobCare:
    """An entry of the YAML's `jobs`: the care for jobs whose whole name fits the glob `match`."""

    match: str
    care: Care


NO_CARE = Care()


def care_of(job: str, entries: Iterable[JobCare]) -> Care:
    """The care of the first entry that fits the job."""
    return next((one.care for one in entries if fnmatchcase(job, one.match)), NO_CARE)
