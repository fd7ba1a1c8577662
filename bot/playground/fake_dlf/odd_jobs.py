"""The oddities that job lists are seen with, each to be switched on alone or with others."""

from collections.abc import Callable

from bot.playground.sample_jobs import PLANTED_SECRET

Entry = dict[str, object]
_LONG = f"password={PLANTED_SECRET} \u202egnitset\u202c 🔥 " + "x" * 10_000


def _set(**fields: object) -> Callable[[Entry], object]:
    return lambda entry: entry | fields


def _without(*names: str) -> Callable[[Entry], object]:
    return lambda entry: {name: value for name, value in entry.items() if name not in names}


def _as_text(entry: Entry) -> object:
    return {name: str(value) if type(value) is int else value for name, value in entry.items()}


def _loud(entry: Entry) -> object:
    return entry | {"status": str(entry["status"]).upper().replace("-", "_")}


def _camel(entry: Entry) -> object:
    first, *rest = str(entry["status"]).split("-")
    return entry | {"status": first + "".join(word.title() for word in rest)}


def _strange(entry: Entry) -> object:
    """Every third entry is none at all."""
    place = int(str(entry["instanceId"])) % 3
    return entry if place else [None, 7, "instance", {}, {"jobName": None}][int(str(entry["jobId"])) % 5]


ODD_ENTRIES: dict[str, Callable[[Entry], object]] = {
    "null_errors": _set(errorMessage=None),
    "no_errors": _without("errorMessage"),
    "long_errors": _set(errorMessage=_LONG),
    "digit_strings": _as_text,
    "no_booleans": _without("forceSuccess", "ignoreSuccess"),
    "loud_words": _loud,
    "camel_words": _camel,
    "unknown_words": _set(status="held-by-quota"),
    "no_times": _set(planTime=None, startTime=None, endTime=None),
    "strange_entries": _strange,
}
# Of the list as a whole: `offset` counts pages; the window is that of the start, not of the plan.
ODD_LISTS = ("pages", "by_start")
ODDITIES = (*ODD_ENTRIES, *ODD_LISTS)


def made_odd(entries: list[Entry], oddities: frozenset[str]) -> list[object]:
    """The entries with every active oddity; a value that is no longer an entry stays as it is."""
    found: list[object] = list(entries)
    for name, change in ODD_ENTRIES.items():
        if name in oddities:
            found = [
                change(entry) if isinstance(entry, dict) and "instanceId" in entry else entry
                for entry in found
            ]
    return found
