"""The YAML's `metrics`: which of DLF's counts Prometheus is given."""

from bot.config.keys import Branch, Key, Shape
from bot.config.reader import Section
from bot.config.scalars import one_of
from bot.config.settings import MANY_WORKSPACES, CountsShown

COUNTS = Key(
    "counts",
    one_of(CountsShown, "a choice of counts"),
    "DLF's counts of each workspace and day as metrics: `all` 13; `main`: failed, stuck and total; `none`;"
    f" `auto`: all up to {MANY_WORKSPACES} workspaces, main for more.",
    default="auto",
)
BRANCH = Branch("metrics", Shape("metrics", (COUNTS,)), "The metrics for Prometheus.")


def read_counts(section: Section) -> CountsShown:
    return section.branch(BRANCH).get(COUNTS)
