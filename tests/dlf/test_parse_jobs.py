"""Parsing DLF's job lists: an answer without a list is refused, and no odd entry breaks a list."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dlf.parse_jobs import read_dependents, read_failed_nodes, read_owners, read_runs
from bot.domain.jobs import (
    ERROR_LENGTH,
    LINE_LENGTH,
    Dependents,
    JobList,
    JobRun,
    group_jobs,
    window_of,
)
from bot.domain.model import Metric
from tests.support.fuzz_json import mutations

ZONE = ZoneInfo("Asia/Singapore")
AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
MS = int(AT.timestamp() * 1000)
ENTRY = {
    "jobName": "gl_postings",
    "jobId": 678901,
    "jobInstanceName": "gl_postings_20261123093000",
    "instanceId": 678901327001,
    "instanceType": 0,
    "status": "fail",
    "planTime": MS,
    "submitTime": MS,
    "startTime": MS + 1000,
    "endTime": MS + 61000,
    "executeTime": 1,
    "version": 3,
    "forceSuccess": False,
    "ignoreSuccess": False,
    "errorMessage": "ORA-00054: resource busy\nat line 3",
}
RUN = JobRun(
    "gl_postings",
    "678901",
    "678901327001",
    "fail",
    planned=AT,
    started=AT + timedelta(seconds=1),
    ended=AT + timedelta(seconds=61),
    error="ORA-00054: resource busy\nat line 3",
)
READERS: dict[str, Callable[[bytes], Any]] = {
    "runs": read_runs,
    "nodes": read_failed_nodes,
    "owners": read_owners,
    "dependents": lambda body: read_dependents("1", body),
}


def body_of(*entries: object, total: object = 1, name: str = "instances") -> bytes:
    return json.dumps({"total": total, name: list(entries)}).encode()


def test_the_documented_answer_is_read_whole():
    assert read_runs(body_of(ENTRY)) == JobList((RUN,), 1)
    assert not read_runs(body_of(ENTRY)).is_cut
    assert read_runs(body_of(ENTRY, total=2)).is_cut


@pytest.mark.parametrize(
    ("change", "field", "read"),
    [
        ({"jobId": "678901", "instanceId": "678901327001", "planTime": str(MS)}, "planned", AT),
        ({"errorMessage": None}, "error", ""),
        ({"errorMessage": 7}, "error", ""),
        ({"errorMessage": "a\u202eb\x00c\ud800"}, "error", "abc?"),
        ({"forceSuccess": None}, "is_forced", False),
        ({"forceSuccess": "true"}, "is_forced", True),
        ({"ignoreSuccess": True}, "is_ignored", True),
        ({"ignoreSuccess": 1}, "is_ignored", False),
        ({"status": "EXPLODED"}, "status", "EXPLODED"),
        ({"status": 7}, "status", "7"),
        ({"status": None}, "status", ""),
        ({"status": ["fail"]}, "status", ""),
        ({"planTime": None}, "planned", None),
        ({"planTime": 0}, "planned", None),
        ({"planTime": -MS}, "planned", None),
        ({"planTime": 2**70}, "planned", None),
        ({"planTime": MS + 0.5}, "planned", None),
        ({"planTime": "2026-11-23"}, "planned", None),
        ({"planTime": True}, "planned", None),
        ({"endTime": None}, "ended", None),
        ({"jobId": 1.5}, "job_id", ""),
        ({"jobId": "1;2"}, "job_id", ""),
        ({"jobId": "７"}, "job_id", ""),
        ({"instanceId": None}, "instance_id", ""),
        ({"instanceId": 10**25}, "instance_id", ""),
        ({"version": True, "new": {"field": 1}}, "job", "gl_postings"),
        ({"jobName": "  <!channel> & co "}, "job", "<!channel> & co"),
    ],
)
def test_an_odd_field_is_left_out_alone(change: dict[str, object], field: str, read: object):
    (run,) = read_runs(body_of({**ENTRY, **change})).runs
    assert getattr(run, field) == read


@pytest.mark.parametrize("missing", ENTRY)
def test_any_field_may_be_missing(missing: str):
    found = read_runs(body_of({name: value for name, value in ENTRY.items() if name != missing}))
    assert (len(found.runs), found.odd) == ((0, 1) if missing == "jobName" else (1, 0))


@pytest.mark.parametrize("odd", [None, 7, "gl_postings", [ENTRY], {}, {"jobName": None}, {"jobName": " "}])
def test_an_odd_entry_is_counted_and_the_others_are_read(odd: object):
    assert read_runs(body_of(odd, ENTRY, total=2)) == JobList((RUN,), 2, 1)
    assert not read_runs(body_of(odd, ENTRY, total=2)).is_cut


@pytest.mark.parametrize(("total", "read"), [(None, None), ("12", 12), (-1, None), (1.5, None), ([], None)])
def test_an_odd_total_is_unknown(total: object, read: int | None):
    assert read_runs(body_of(ENTRY, total=total)).total == read


@pytest.mark.parametrize("body", ['{"total": 0}', '{"total": "0", "instances": null}', '{"instances": []}'])
def test_no_instances_are_an_answer_where_dlf_says_so(body: str):
    assert read_runs(body.encode()).runs == ()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"total": 3}',
        b'{"total": 3, "instances": null}',
        b'{"total": 0, "instances": {}, "nodes": {}, "jobs": "x", "depend_instances_info": 0}',
        b"<html>",
        b'{"instances": [',
        b"[" * 100_000,
    ],
)
def test_a_missing_list_is_never_read_as_an_empty_list(reader: str, body: bytes):
    with pytest.raises(ValueError, match=r"^the answer"):
        READERS[reader](body)


def test_the_failed_nodes_come_in_the_order_they_failed():
    nodes = [
        {"nodeName": "late", "status": "fail", "endTime": MS + 9},
        {"nodeName": "open", "status": "FAIL", "endTime": None},
        {"nodeName": "early", "status": "fail", "endTime": str(MS)},
        {"nodeName": "early", "status": "fail", "endTime": MS + 20},
        {"nodeName": "fine", "status": "success", "endTime": MS},
        {"nodeName": None, "status": "fail"},
        None,
    ]
    assert read_failed_nodes(body_of(*nodes, name="nodes")) == ("early", "late", "open")


def test_owners_are_found_by_the_jobs_name():
    jobs = [
        {"name": "a", "owner": "li.wei"},
        {"name": "b", "owner": None},
        {"owner": "x"},
        {"name": "c", "owner": 7},
        "odd",
    ]
    assert read_owners(body_of(*jobs, name="jobs")) == {"a": "li.wei"}


def test_waiting_instances_are_counted_once_and_without_the_instance_itself():
    entries = [
        {"id": 1, "status": "fail", "avg_execute_time_ms": "240000"},
        {"id": 2, "status": "waiting"},
        {"id": "2", "status": "waiting"},
        {"id": 3, "status": "WAITING"},
        {"id": 4, "status": "success"},
        {"status": "waiting"},
        None,
    ]
    found = read_dependents("1", body_of(*entries, name="depend_instances_info"))
    assert found == Dependents(3, timedelta(minutes=4))
    assert read_dependents("9", body_of(name="depend_instances_info")) == Dependents(0)


LISTS: dict[str, Any] = {
    "total": 2,
    "instances": [ENTRY, {**ENTRY, "status": "running-exception", "instanceId": "5"}],
    "nodes": [{"nodeName": "load", "status": "fail", "endTime": MS}],
    "jobs": [{"name": "gl_postings", "owner": "li.wei"}],
    "depend_instances_info": [{"id": 5, "status": "waiting", "avg_execute_time_ms": 4}],
}


@settings(deadline=None, max_examples=300)
@given(mutations(LISTS, most=6), st.sampled_from(sorted(READERS)))
def test_no_payload_breaks_a_list(payload: Any, reader: str):
    """Any input is refused with a sentence, or gives values that can be shown, sent and sorted."""
    found, refused = None, ""
    try:
        found = READERS[reader](json.dumps(payload).encode())
    except ValueError as error:
        refused = str(error)
    assert (found is None) == refused.startswith("the answer")
    repr(found).encode()
    if isinstance(found, JobList):
        assert len(found.runs) + found.odd == len(payload.get("instances") or [])
        for run in found.runs:
            assert run.job.strip() and run.job_id.isdigit() + (not run.job_id) == 1
            (run.error + run.status).encode()
            assert run.planned is None or run.planned.tzinfo is UTC
        grouped(found)


def grouped(found: JobList) -> None:
    """Each listed job is shown once, newest first, and no text is long or contains the secret."""
    window, counts = window_of(date(2026, 11, 23), AT, ZONE), (Metric.FAIL_COUNT,)
    jobs = group_jobs([found, found], counts, window, ZONE, redact=lambda text: text.replace("ORA", "*****"))
    shown = [run for job in jobs for run in job.runs]
    assert len({job.job for job in jobs}) == len(jobs) and all(job.runs for job in jobs)
    assert len(shown) <= 2 * len(found.runs) and {run.error for run in shown} <= {""}
    moments = [job.newest.planned or job.newest.started for job in jobs]
    assert [one for one in moments if one] == sorted((one for one in moments if one), reverse=True)
    for job in jobs:
        assert "ORA" not in job.error and len(job.error) <= ERROR_LENGTH
        assert len(job.error_line) <= LINE_LENGTH and len(job.error_line.splitlines()) <= 1
        assert set(job.days) <= set(window.dates)
