"""Answer the imitated request for DataArts Factory's counts (V2)."""

from aiohttp import web

from bot.playground.fake_dlf.jobs_api import invalid
from bot.playground.fake_dlf.request import DlfRequest
from bot.playground.fake_dlf.responses import RefusedError, as_json, request_id
from bot.playground.fake_dlf.world import DAYS_AGO

_DAYS = (*DAYS_AGO, "all")


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
        raise invalid("is_own")
    counts = request.world.counts(request.record.workspace, days, own=own == "true")
    return as_json(counts, headers={"X-Request-Id": request_id()})
