"""Answer the imitated job lists: instances and their nodes (V1), jobs and dependents (V2)."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from aiohttp import web

from bot.playground import sample_data, sample_jobs
from bot.playground.fake_dlf.job_entries import (
    begin,
    dates,
    described,
    find,
    nodes,
    related,
    unknown_instance,
)
from bot.playground.fake_dlf.odd_jobs import made_odd
from bot.playground.fake_dlf.request import DlfRequest
from bot.playground.fake_dlf.responses import RefusedError, as_json, request_id
from bot.playground.fake_dlf.world import InstanceState

_JOBS_FASTER = 3  # the V1 calls' limit is three times that of V2
_MOST_LISTED, _USUALLY_LISTED = 1000, 10
_LONGEST_WINDOW = timedelta(days=7)
_MOST_IDS, _LONGEST_IDS = 50, 1000


def instances(request: DlfRequest) -> web.Response:
    """`GET /v1/{project_id}/jobs/instances/detail`: newest first; `offset` counts records, or pages."""
    request.enter_project(faster=_JOBS_FASTER)
    zone, now = request.world.zone, request.world.clock.now()
    midnight = datetime.combine(request.world.today(), datetime.min.time(), tzinfo=zone)
    since = _moment(request, "minPlanTime", midnight)
    until = _moment(request, "maxPlanTime", now)
    if until < since or until - since > _LONGEST_WINDOW:
        raise invalid("minPlanTime and maxPlanTime")
    limit, offset = _number(request, "limit", _USUALLY_LISTED), _number(request, "offset", 0)
    if not 1 <= limit <= _MOST_LISTED:
        raise invalid("limit")
    by_start = "by_start" in request.world.oddities
    found = [
        described(request.record.workspace, day, state)
        for day in dates(since.astimezone(zone).date(), until.astimezone(zone).date())
        for state in request.world.instance_states(request.record.workspace, day)
        if since <= (begin(state) if by_start else state.instance.planned) <= until
        and _wanted(request, state)
    ]
    found.sort(key=lambda each: (str(each["planTime"]), str(each["instanceId"])), reverse=True)
    first = offset * limit if "pages" in request.world.oddities else offset
    page = made_odd(found[first : first + limit], request.world.oddities)
    return _answer({"total": len(found), "instances": page})


def instance(request: DlfRequest) -> web.Response:
    """`GET /v1/{project_id}/jobs/{job_name}/instances/{instance_id}`: one instance and its nodes."""
    request.enter_project(faster=_JOBS_FASTER)
    job, wanted = (unquote(part) for part in request.parts[1:])
    day, state = find(request.world, request.record.workspace, wanted)
    if state.instance.job != job:
        raise unknown_instance()
    entry = described(request.record.workspace, day, state)
    entry.pop("errorMessage", None)
    ran = list(nodes(state, entry))
    return _answer(entry | {"total": len(ran), "nodes": ran})


def jobs(request: DlfRequest) -> web.Response:
    """`GET /v2/{project_id}/factory/jobs`: all jobs of the workspace, or those of up to fifty ids."""
    request.enter_project()
    workspace, given = request.record.workspace, request.query.get("job_id", "")
    ids = given.split(",") if given else []
    if len(ids) > _MOST_IDS or len(given) > _LONGEST_IDS or not all(one.isdecimal() for one in ids):
        raise invalid("job_id")
    limit, page = _number(request, "limit", 100), _number(request, "offset", 0)
    if not 1 <= limit <= _MOST_LISTED:
        raise invalid("limit")
    found: list[dict[str, object]] = [
        {
            "name": job,
            "job_type": "BATCH",
            "status": "SCHEDULING",
            "owner": sample_jobs.owner_of(job),
            "create_user": "dataops-oncall",
            "last_update_user": sample_jobs.owner_of(job),
            "priority": 0,
            "path": "/",
            "alarms": [],
        }
        for job in request.world.job_names(workspace)
        if not ids or str(sample_data.job_id(workspace, job)) in ids
    ]
    return _answer({"total": len(found), "jobs": found[page * limit : (page + 1) * limit]})


def dependents(request: DlfRequest) -> web.Response:
    """`GET /v2/{project_id}/factory/instances/{instance_id}/depend-instances`: it, and what waits for it."""
    request.enter_project()
    if not 1 <= _number(request, "depth", 1) <= 50:
        raise invalid("depth")
    if request.query.get("relation", "both") not in ("parent", "child", "both"):
        raise invalid("relation")
    workspace = request.record.workspace
    day, state = find(request.world, workspace, unquote(request.parts[1]))
    found = [state]
    if request.query.get("relation") != "parent":
        found += [
            other
            for other in request.world.instance_states(workspace, day)
            if other.instance.planned > state.instance.planned
            and sample_jobs.waits_for(other.instance.job, state.instance.job)
        ]
    entries = [related(workspace, day, one) for one in found]
    return _answer({"total": len(entries), "depend_instances_info": entries})


def invalid(name: str) -> RefusedError:
    return RefusedError(400, "DLF.3051", f"The request parameter is invalid: {name}.")


def _wanted(request: DlfRequest, state: InstanceState) -> bool:
    status, job, kind = (request.query.get(name, "") for name in ("status", "jobName", "instanceType"))
    exact = request.query.get("preciseQuery", "false") == "true"
    named = job == state.instance.job if exact else job in state.instance.job
    return status in ("", state.status) and named and kind in ("", str(state.instance.kind))


def _moment(request: DlfRequest, name: str, usual: datetime) -> datetime:
    number = _number(request, name, -1)
    if number == -1:
        return usual
    try:
        return datetime.fromtimestamp(number / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        raise invalid(name) from None


def _number(request: DlfRequest, name: str, usual: int) -> int:
    text = request.query.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise invalid(name)
    return int(text)


def _answer(body: object) -> web.Response:
    return as_json(body, headers={"X-Request-Id": request_id()})
