"""The YAML's keys about single jobs: what alerts tell of them."""

from bot.config.mistakes import InvalidValue
from bot.config.reader import Key, Kind
from bot.domain.model import JobNames


def job_names(text: str) -> JobNames:
    """What an alert tells of jobs; YAML's own false turns it off."""
    word = text.strip().casefold()
    if word in ("false", "no", "off"):
        return JobNames.NOTHING
    if word not in tuple(JobNames):
        raise InvalidValue("which is not one of the words known here", "Write false, names or errors.")
    return JobNames(word)


JOB_NAMES = Key(
    "job_names",
    Kind(job_names, {"enum": [False, "names", "errors"]}),
    "What an alert's message tells of the jobs behind it: false for nothing, names for up to three names, "
    "errors for the first error's first line besides.",
    default="names",
    example="errors",
)
