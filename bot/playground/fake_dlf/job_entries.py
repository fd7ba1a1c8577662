"""The entries of the imitated job lists: an instance, its nodes, its place among others."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from bot.playground import sample_data, sample_jobs
from bot.playground.fake_dlf.odd_jobs import Entry
from bot.playground.fake_dlf.responses import RefusedError
from bot.playground.fake_dlf.world import DlfWorld, InstanceState

_UNSTARTED = ("waiting", "waiting-confirm", "freeze")
_UNENDED = ("running", "running-exception", "pause")
_TROUBLED = ("fail", "running-exception")
# An instance's id holds its job's, the date's ordinal (three digits of it) and its number on the date.
_DATES, _NUMBERS = 1000, 1_000_000
_OLDEST_DAYS = 60


def find(world: DlfWorld, workspace: str, wanted: str) -> tuple[date, InstanceState]:
    """The instance of this id, among the last two months'. Raises RefusedError."""
    today = world.today()
    if not (wanted.isdecimal() and wanted.isascii() and len(wanted) < 20):
        raise unknown_instance()
    for day in dates(today - timedelta(days=_OLDEST_DAYS), today):
        if day.toordinal() % _DATES != int(wanted) // _NUMBERS % _DATES:
            continue
        for state in world.instance_states(workspace, day):
            if _id(workspace, day, state) == int(wanted):
                return day, state
    raise unknown_instance()


def _id(workspace: str, day: date, state: InstanceState) -> int:
    job_id = sample_data.job_id(workspace, state.instance.job)
    return (job_id * _DATES + day.toordinal() % _DATES) * _NUMBERS + state.instance.number


def unknown_instance() -> RefusedError:
    return RefusedError(400, "DLF.0137", "The job instance does not exist.")


def described(workspace: str, day: date, state: InstanceState) -> Entry:
    instance = state.instance
    started = state.status not in _UNSTARTED
    ended = started and state.status not in _UNENDED
    since, until = begin(state), _end(state)
    entry: Entry = {
        "jobName": instance.job,
        "jobId": sample_data.job_id(workspace, instance.job),
        "jobInstanceName": f"{instance.job}_{instance.planned:%Y%m%d%H%M%S}",
        "instanceId": _id(workspace, day, state),
        "instanceType": instance.kind,
        "status": state.status,
        "planTime": _milliseconds(instance.planned),
        "submitTime": _milliseconds(since),
        "startTime": _milliseconds(since) if started else None,
        "endTime": _milliseconds(until) if ended else None,
        "executeTime": round((until - since).total_seconds() / 60, 1) if ended else None,
        "version": 1,
        "forceSuccess": state.status == "forceSuccess",
        "ignoreSuccess": state.status == "ignoreSuccess",
    }
    if state.status in _TROUBLED:
        entry["errorMessage"] = sample_jobs.error_of(instance.job)
    return entry


def nodes(state: InstanceState, entry: Entry) -> Iterable[Entry]:
    """All nodes; in a failed instance the nodes after the failing node wait for ever."""
    failing = sample_jobs.failing_node_of(state.instance.job)
    for place, (name, kind) in enumerate(sample_jobs.nodes_of(state.instance.job)):
        status = state.status if state.status not in _TROUBLED else "success"
        if state.status in _TROUBLED and place >= failing:
            status = "fail" if place == failing else "waiting"
        yield {
            "nodeName": name,
            "status": status,
            "type": kind,
            "planTime": entry["planTime"],
            "startTime": None if status == "waiting" else entry["startTime"],
            "endTime": None if status == "waiting" else entry["endTime"],
            "retryTimes": 1 if status == "fail" else 0,
            "instanceId": entry["instanceId"],
            "inputRowCount": 0,
            "speed": 0,
            "logPath": f"obs://dlf-log-playground/{state.instance.job}/{name}/{name}.job",
        }


def related(workspace: str, day: date, state: InstanceState) -> Entry:
    entry = described(workspace, day, state)
    return {
        "id": entry["instanceId"],
        "job_id": entry["jobId"],
        "job_name": entry["jobName"],
        "directory_path": "/",
        "status": state.status,
        "plan_time": entry["planTime"],
        "start_time": entry["startTime"],
        "end_time": entry["endTime"],
        "submit_time": entry["submitTime"],
        "running_time": round((_end(state) - begin(state)).total_seconds() * 1000),
        "avg_execute_time_ms": sample_data.usual_minutes(workspace, state.instance.job) * 60_000,
        "force_success": entry["forceSuccess"],
        "ignore_success": entry["ignoreSuccess"],
        "workspace_id": workspace,
    }


def begin(state: InstanceState) -> datetime:
    planned = state.instance.planned
    return min(planned, state.changed.at) if state.changed else planned


def _end(state: InstanceState) -> datetime:
    ended = state.instance.ended
    return max(begin(state), min(state.changed.at, ended) if state.changed else ended)


def dates(first: date, last: date) -> list[date]:
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
