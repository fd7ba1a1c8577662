"""Strict parsing: only a JSON object with non-negative whole counts is an answer, all else an error."""

import json
import re
from collections.abc import Mapping

from bot.domain.model import COUNT_NAMES, StatusCounts
from bot.domain.sentence import Sentence, as_sentence, sentence
from bot.errors import DlfUnreadable

_LARGEST = 2**53
_DIGITS = 20
# The labels that simple servers give ASCII-compatible JSON; any other label means other bytes.
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "latin-1"})


def read_counts(body: bytes, content_type: str = "", *, request_id: str | None = None) -> StatusCounts:
    """The counts of a 200; a missing or null count is None, as DLF's Java clients read it.

    Raises:
        DlfUnreadable: not a JSON object, no count at all, or an invalid count (1.9, "1", -1, true):
            a single invalid count makes the whole answer untrustworthy.
    """
    try:
        return _counts(parse_object(body, content_type))
    except ValueError as error:
        raise DlfUnreadable(
            sentence("DLF's endpoint did not return job counts: {reason}.", reason=reason_of(error)),
            meaning="Counts are unknown.",
            remedy="If it stays, check the endpoint, and whether a proxy or a login page answers "
            "instead of DLF.",
            status=200,
            request_id=request_id,
        ) from None


def reason_of(error: ValueError) -> Sentence:
    """The reason that this room gave a ValueError."""
    reason = error.args[0] if error.args else ""
    return reason if isinstance(reason, Sentence) else as_sentence(str(error))


def parse_object(body: bytes, content_type: str = "") -> dict[str, object]:
    """Parse `body` as a JSON object. Raises ValueError that says, in our words, what it is instead."""
    _check_charset(content_type)
    if not body.strip():
        raise ValueError("the answer is empty")
    try:
        found = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_int=_whole, parse_constant=_no_constant
        )
    except UnicodeDecodeError:
        raise ValueError("the answer is not UTF-8 text") from None
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None
    except json.JSONDecodeError:
        raise ValueError(_looks_like(body)) from None
    if not isinstance(found, dict):
        raise ValueError("the answer is JSON, but not an object")
    return found


def _counts(fields: Mapping[str, object]) -> StatusCounts:
    counts = {name: _count(name, fields[name]) for name in COUNT_NAMES if fields.get(name) is not None}
    if not counts:
        raise ValueError("the answer has none of the 13 counts")
    return StatusCounts(**counts)


def _count(name: str, found: object) -> int:
    if type(found) is not int:  # bool is an int to isinstance
        raise ValueError(sentence("{name} is not a whole number", name=name))
    if found < 0:
        raise ValueError(sentence("{name} is negative", name=name))
    if found > _LARGEST:
        raise ValueError(sentence("{name} is too large", name=name))
    return found


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("the answer has one field twice")
    return found


def _whole(digits: str) -> int | float:
    """Infinity for a very long number, which is slow to parse: it fails as a count and harms nothing else."""
    return int(digits) if len(digits) <= _DIGITS else float("inf")


def _no_constant(_name: str) -> object:
    raise ValueError("the answer is not JSON (NaN or Infinity)")


def _check_charset(content_type: str) -> None:
    label = re.search(r"charset\s*=\s*[\"']?([^\s;\"']*)", content_type, re.IGNORECASE)
    if label and label[1].lower() not in _CHARSETS:
        raise ValueError("the answer's charset is not valid for JSON")


def _looks_like(body: bytes) -> str:
    start = body.lstrip()[:1]
    if start == b"<":
        return "the answer is a web page"
    return "the answer is incomplete or damaged JSON" if start in (b"{", b"[") else "the answer is not JSON"
