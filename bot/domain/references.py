"""A reference stands for an alert or a silence in Slack's menus and buttons.

An alert's is its id, or a hash of an id that is too long for them.
"""

from datetime import date
from hashlib import sha256

# A menu's value has 150 characters: this leaves room for what was chosen.
LONGEST_ID = 140
_DIGITS = 24
# No alert's id begins so: it has slashes.
_SILENCE = "silence~"


def reference(alert_id: str, business_date: date) -> str:
    """The id itself while it fits, so that programs of an older version understand it."""
    if len(alert_id) <= LONGEST_ID:
        return alert_id
    hashed = sha256(alert_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{business_date.isoformat()}~{hashed[:_DIGITS]}"


def date_of(given: str) -> date | None:
    """The business date in a reference that is no id; None for an id, and for anything else."""
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
    """The id of the silence that is meant; None if the reference is no silence's."""
    digits = given.removeprefix(_SILENCE)
    is_one = digits != given and digits.isascii() and digits.isdigit() and len(digits) < 19
    return int(digits) if is_one else None
