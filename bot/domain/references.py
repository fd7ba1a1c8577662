"""References name an alert, a silence or a list of jobs in Slack's menus and buttons.

The reference of an alert is its id, or a hash if the id is too long; that of a job is a hash.
"""

from datetime import date
from hashlib import sha256

from bot.domain.model import Metric

# A menu's value has 150 characters: this leaves room for the choice.
LONGEST_ID = 140
_DIGITS = 24
# Alert ids contain slashes, so none begins like this.
_SILENCE = "silence~"


def reference(alert_id: str, business_date: date) -> str:
    """The id itself if it fits (older versions understand it), else its hash."""
    if len(alert_id) <= LONGEST_ID:
        return alert_id
    hashed = sha256(alert_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{business_date.isoformat()}~{hashed[:_DIGITS]}"


def date_of(given: str) -> date | None:
    """The business date in a hashed reference; None for an id and for any other text."""
    day, mark, hashed = given.partition("~")
    if not mark or len(hashed) != _DIGITS or len(day) != 10:
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def silence_reference(number: int) -> str:
    """The reference of the silence with this id."""
    return f"{_SILENCE}{number}"


def silence_of(given: str) -> int | None:
    """The id of the silence; None if the reference names no silence."""
    digits = given.removeprefix(_SILENCE)
    is_one = digits != given and digits.isascii() and digits.isdigit() and len(digits) < 19
    return int(digits) if is_one else None


def jobs_reference(workspace_key: str, on: date, metric: Metric | None) -> str:
    """The reference of the jobs behind a metric of a workspace and business date."""
    return "|".join((workspace_key, on.isoformat(), metric.value if metric else ""))


def jobs_of(given: str) -> tuple[str, date, Metric | None] | None:
    """Workspace key, business date and metric of the jobs that are meant; None if these are no jobs."""
    key, day, metric = ["", "", "", *given.rsplit("|", 2)][-3:]
    try:
        return (key, date.fromisoformat(day), Metric(metric) if metric else None) if key else None
    except ValueError:
        return None


def job_reference(name: str) -> str:
    """The reference of a job within a list."""
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
