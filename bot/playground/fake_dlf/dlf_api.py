"""The two calls of DataArts Factory that are imitated: the counts (V2) and the list of instances (V1)."""

from datetime import UTC, date, datetime, timedelta

from aiohttp import web

from bot.playground import sample_data
from bot.playground.fake_dlf.request import Call
from bot.playground.fake_dlf.responses import RefusedError, as_json, request_id
from bot.playground.fake_dlf.world import DAYS_AGO, Seen

_DAYS = (*DAYS_AGO, "all")
_JOBS_FASTER = 3  # the V1 calls' limit is three times that of V2
_MOST_LISTED, _USUALLY_LISTED = 1000, 10
_LONGEST_WINDOW = timedelta(days=7)


def overview(call: Call) -> web.Response:
    """`GET /v2/{project_id}/factory/monitor/task-statistics-overview`."""
    call.enter_project()
    days = call.query.get("query_days", "today")
    own = call.query.get("is_own", "false")
    if days not in _DAYS:
        raise RefusedError(
            400,
            "DLF.21113",
            f"The task query parameters [{days}] are incorrect. Currently, the supported types of parameters "
            "are today, yesterday, before_yesterday, and all.",
        )
    if own not in ("true", "false"):
        raise _invalid("is_own")
    counts = call.world.counts(call.record.workspace, days, own=own == "true")
    return as_json(counts, headers={"X-Request-Id": request_id()})


def instances(call: Call) -> web.Response:
    """`GET /v1/{project_id}/jobs/instances/detail`: newest first; `offset` counts records."""
    call.enter_project(faster=_JOBS_FASTER)
    zone, now = call.world.zone, call.world.clock.now()
    midnight = datetime.combine(call.world.today(), datetime.min.time(), tzinfo=zone)
    since = _moment(call, "minPlanTime", midnight)
    until = _moment(call, "maxPlanTime", now)
    if until < since or until - since > _LONGEST_WINDOW:
        raise _invalid("minPlanTime and maxPlanTime")
    limit, offset = _number(call, "limit", _USUALLY_LISTED), _number(call, "offset", 0)
    if not 1 <= limit <= _MOST_LISTED:
        raise _invalid("limit")
    found = [
        _described(call.record.workspace, seen)
        for day in _dates(since.astimezone(zone).date(), until.astimezone(zone).date())
        for seen in call.world.seen(call.record.workspace, day)
        if since <= seen.instance.planned <= until and _wanted(call, seen)
    ]
    found.sort(key=lambda each: (str(each["planTime"]), str(each["instanceId"])), reverse=True)
    answer = {"total": len(found), "instances": found[offset : offset + limit]}
    return as_json(answer, headers={"X-Request-Id": request_id()})


def _wanted(call: Call, seen: Seen) -> bool:
    status, job, kind = (call.query.get(name, "") for name in ("status", "jobName", "instanceType"))
    exact = call.query.get("preciseQuery", "false") == "true"
    named = job == seen.instance.job if exact else job in seen.instance.job
    return status in ("", seen.status) and named and kind in ("", str(seen.instance.kind))


def _described(workspace: str, seen: Seen) -> dict[str, object]:
    instance, job_id = seen.instance, sample_data.job_id(workspace, seen.instance.job)
    started = seen.status not in ("waiting", "waiting-confirm", "freeze")
    ended = started and seen.status not in ("running", "running-exception", "pause")
    begin = min(instance.planned, seen.changed.at) if seen.changed else instance.planned
    end = max(begin, seen.changed.at if seen.changed else instance.ended)
    described: dict[str, object] = {
        "jobName": instance.job,
        "jobId": job_id,
        "jobInstanceName": f"{instance.job}_{instance.planned:%Y%m%d%H%M%S}",
        "instanceId": job_id * 1_000_000 + instance.planned.timetuple().tm_yday * 1000 + instance.number,
        "instanceType": instance.kind,
        "status": seen.status,
        "planTime": _milliseconds(instance.planned),
        "submitTime": _milliseconds(begin),
        "startTime": _milliseconds(begin) if started else None,
        "endTime": _milliseconds(end) if ended else None,
        "executeTime": round((end - begin).total_seconds() / 60, 1) if ended else None,
        "version": 1,
        "forceSuccess": seen.status == "forceSuccess",
        "ignoreSuccess": seen.status == "ignoreSuccess",
    }
    if seen.status in ("fail", "running-exception"):
        described["errorMessage"] = (
            f"Node load_{instance.number} failed: table <stage> is locked by <!here> & others"
        )
    return described


def _dates(first: date, last: date) -> list[date]:
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def _moment(call: Call, name: str, usual: datetime) -> datetime:
    number = _number(call, name, -1)
    if number == -1:
        return usual
    try:
        return datetime.fromtimestamp(number / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        raise _invalid(name) from None


def _number(call: Call, name: str, usual: int) -> int:
    text = call.query.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise _invalid(name)
    return int(text)


def _invalid(name: str) -> RefusedError:
    return RefusedError(400, "DLF.3051", f"The request parameter is invalid: {name}.")


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
