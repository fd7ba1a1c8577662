"""Answer the two imitated requests of DataArts Factory: the counts (V2) and the list of instances (V1)."""

from datetime import UTC, date, datetime, timedelta

from aiohttp import web

from bot.playground import sample_data
from bot.playground.fake_dlf.request import DlfRequest
from bot.playground.fake_dlf.responses import RefusedError, as_json, request_id
from bot.playground.fake_dlf.world import DAYS_AGO, InstanceState

_DAYS = (*DAYS_AGO, "all")
_JOBS_FASTER = 3  # the V1 calls' limit is three times that of V2
_MOST_LISTED, _USUALLY_LISTED = 1000, 10
_LONGEST_WINDOW = timedelta(days=7)


def overview(request: DlfRequest) -> web.Response:
    """`GET /v2/{project_id}/factory/monitor/task-statistics-overview`."""
    request.enter_project()
    days = request.query.get("query_days", "today")
    own = request.query.get("is_own", "false")
    if days not in _DAYS:
        raise RefusedError(
            400,
            "DLF.21113",
            f"The task query parameters [{days}] are incorrect. Currently, the supported types of parameters "
            "are today, yesterday, before_yesterday, and all.",
        )
    if own not in ("true", "false"):
        raise _invalid("is_own")
    counts = request.world.counts(request.record.workspace, days, own=own == "true")
    return as_json(counts, headers={"X-Request-Id": request_id()})


def instances(request: DlfRequest) -> web.Response:
    """`GET /v1/{project_id}/jobs/instances/detail`: newest first; `offset` counts records."""
    request.enter_project(faster=_JOBS_FASTER)
    zone, now = request.world.zone, request.world.clock.now()
    midnight = datetime.combine(request.world.today(), datetime.min.time(), tzinfo=zone)
    since = _moment(request, "minPlanTime", midnight)
    until = _moment(request, "maxPlanTime", now)
    if until < since or until - since > _LONGEST_WINDOW:
        raise _invalid("minPlanTime and maxPlanTime")
    limit, offset = _number(request, "limit", _USUALLY_LISTED), _number(request, "offset", 0)
    if not 1 <= limit <= _MOST_LISTED:
        raise _invalid("limit")
    found = [
        _described(request.record.workspace, state)
        for day in _dates(since.astimezone(zone).date(), until.astimezone(zone).date())
        for state in request.world.instance_states(request.record.workspace, day)
        if since <= state.instance.planned <= until and _wanted(request, state)
    ]
    found.sort(key=lambda each: (str(each["planTime"]), str(each["instanceId"])), reverse=True)
    answer = {"total": len(found), "instances": found[offset : offset + limit]}
    return as_json(answer, headers={"X-Request-Id": request_id()})


def _wanted(request: DlfRequest, state: InstanceState) -> bool:
    status, job, kind = (request.query.get(name, "") for name in ("status", "jobName", "instanceType"))
    exact = request.query.get("preciseQuery", "false") == "true"
    named = job == state.instance.job if exact else job in state.instance.job
    return status in ("", state.status) and named and kind in ("", str(state.instance.kind))


def _described(workspace: str, state: InstanceState) -> dict[str, object]:
    instance, job_id = state.instance, sample_data.job_id(workspace, state.instance.job)
    started = state.status not in ("waiting", "waiting-confirm", "freeze")
    ended = started and state.status not in ("running", "running-exception", "pause")
    begin = min(instance.planned, state.changed.at) if state.changed else instance.planned
    end = max(begin, state.changed.at if state.changed else instance.ended)
    described: dict[str, object] = {
        "jobName": instance.job,
        "jobId": job_id,
        "jobInstanceName": f"{instance.job}_{instance.planned:%Y%m%d%H%M%S}",
        "instanceId": job_id * 1_000_000 + instance.planned.timetuple().tm_yday * 1000 + instance.number,
        "instanceType": instance.kind,
        "status": state.status,
        "planTime": _milliseconds(instance.planned),
        "submitTime": _milliseconds(begin),
        "startTime": _milliseconds(begin) if started else None,
        "endTime": _milliseconds(end) if ended else None,
        "executeTime": round((end - begin).total_seconds() / 60, 1) if ended else None,
        "version": 1,
        "forceSuccess": state.status == "forceSuccess",
        "ignoreSuccess": state.status == "ignoreSuccess",
    }
    if state.status in ("fail", "running-exception"):
        described["errorMessage"] = (
            f"Node load_{instance.number} failed: table <stage> is locked by <!here> & others"
        )
    return described


def _dates(first: date, last: date) -> list[date]:
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def _moment(request: DlfRequest, name: str, usual: datetime) -> datetime:
    number = _number(request, name, -1)
    if number == -1:
        return usual
    try:
        return datetime.fromtimestamp(number / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        raise _invalid(name) from None


def _number(request: DlfRequest, name: str, usual: int) -> int:
    text = request.query.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise _invalid(name)
    return int(text)


def _invalid(name: str) -> RefusedError:
    return RefusedError(400, "DLF.3051", f"The request parameter is invalid: {name}.")


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
