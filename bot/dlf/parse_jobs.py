"""Parse DLF's job lists: strict about the answer as a whole, lenient with each entry."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from bot.dlf.parse_counts import parse_object
from bot.domain.job_status import count_of
from bot.domain.jobs import Dependents, JobList, JobRun
from bot.domain.model import Metric

_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)
# 13 digits: from 2001 to 2286.
_EARLIEST, _LATEST = 10**12, 10**13
_LONGEST_NAME = 500
# Marks that turn the direction of the text after them, and control characters that begin or end no line.
_STEERING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


def read_runs(body: bytes, content_type: str = "") -> JobList:
    """V1's list of instances. Raises ValueError if there is none: `{}` does not mean that nothing failed."""
    answer = parse_object(body, content_type)
    total = _whole(answer.get("total"))
    entries = answer.get("instances")
    if entries is None and total == 0:
        entries = []
    if not isinstance(entries, list):
        raise ValueError("the answer has no list of instances")
    runs = tuple(run for run in map(_run, entries) if run is not None)
    return JobList(runs, total, len(entries) - len(runs))


def read_failed_nodes(body: bytes, content_type: str = "") -> tuple[str, ...]:
    """The failed nodes in V1's detail of an instance, in order of failure. Raises ValueError."""
    nodes = parse_object(body, content_type).get("nodes")
    if not isinstance(nodes, list):
        raise ValueError("the answer has no list of nodes")
    failed = [
        (_moment(node.get("endTime")) or datetime.max.replace(tzinfo=UTC), name)
        for node in _objects(nodes)
        if (name := _name(node.get("nodeName"))) and count_of(_word(node.get("status"))) is Metric.FAIL_COUNT
    ]
    return tuple(dict.fromkeys(name for _, name in sorted(failed, key=lambda one: one[0])))


def read_owners(body: bytes, content_type: str = "") -> dict[str, str]:
    """Owners by job, from V2's list of jobs. Raises ValueError."""
    jobs = parse_object(body, content_type).get("jobs")
    if not isinstance(jobs, list):
        raise ValueError("the answer has no list of jobs")
    named = ((_name(job.get("name")), _name(job.get("owner"))) for job in _objects(jobs))
    return {job: owner for job, owner in named if job and owner}


def read_dependents(instance_id: str, body: bytes, content_type: str = "") -> Dependents:
    """The instances that wait for an instance, from V2's list of its dependents. Raises ValueError."""
    entries = parse_object(body, content_type).get("depend_instances_info")
    if not isinstance(entries, list):
        raise ValueError("the answer has no list of dependents")
    waiting, usual = set[str](), None
    for place, entry in enumerate(_objects(entries)):
        its_id = _digits(entry.get("id"))
        if its_id == instance_id:
            usual = _whole(entry.get("avg_execute_time_ms"))
        elif count_of(_word(entry.get("status"))) is Metric.WAITING_COUNT:
            waiting.add(its_id or f"entry {place}")
    return Dependents(len(waiting), timedelta(milliseconds=usual) if usual and usual < _EARLIEST else None)


def _run(entry: object) -> JobRun | None:
    if not isinstance(entry, dict) or not (name := _name(entry.get("jobName"))):
        return None
    error = entry.get("errorMessage")
    return JobRun(
        job=name,
        job_id=_digits(entry.get("jobId")),
        instance_id=_digits(entry.get("instanceId")),
        status=_word(entry.get("status")),
        is_forced=_is_true(entry.get("forceSuccess")),
        is_ignored=_is_true(entry.get("ignoreSuccess")),
        planned=_moment(entry.get("planTime")),
        started=_moment(entry.get("startTime")),
        ended=_moment(entry.get("endTime")),
        error=_text(error).strip() if isinstance(error, str) else "",
    )


def _objects(entries: list[object]) -> Iterator[Mapping[str, object]]:
    return (entry for entry in entries if isinstance(entry, dict))


def _text(found: str) -> str:
    """Text that can be encoded and does not change the direction of the text around it."""
    return _STEERING.sub("", found).encode("utf-8", "replace").decode()


def _name(found: object) -> str:
    return _text(found).strip()[:_LONGEST_NAME] if isinstance(found, str) else ""


def _word(found: object) -> str:
    """A status as given, also if it is a number."""
    return _name(str(found) if type(found) in (int, float) else found)[:60]


def _digits(found: object) -> str:
    """An id, given as a number or a string of digits; "" for any other value."""
    text = str(found) if type(found) is int else found
    return text if isinstance(text, str) and _DIGITS.fullmatch(text) else ""


def _whole(found: object) -> int | None:
    return int(text) if (text := _digits(found)) else None


def _moment(found: object) -> datetime | None:
    """From milliseconds since 1970."""
    whole = _whole(found)
    if whole is None or not _EARLIEST <= whole < _LATEST:
        return None
    return datetime.fromtimestamp(whole / 1000, UTC)


def _is_true(found: object) -> bool:
    return found is True or (isinstance(found, str) and found.lower() == "true")
