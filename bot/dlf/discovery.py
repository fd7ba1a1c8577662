"""Look up for `dlf-bot init` the project of a region, and the workspaces in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx

from bot.dlf.client import wall_clock
from bot.dlf.credential import open_credential
from bot.dlf.deadline import Deadline
from bot.dlf.errors import request_id_of
from bot.dlf.gateway import ApiRequest, Gateway
from bot.dlf.http import HttpClient
from bot.dlf.limiter import RateLimiter
from bot.dlf.parse_counts import parse_object
from bot.dlf.regions import Hosts
from bot.dlf.settings import AccessKey, Project
from bot.errors import DlfRejected, DlfUnavailable, DlfUnreadable

_PAGE, _MOST = 100, 2_000
_SECONDS, _TURN = 20.0, 20.0
_PER_SECOND = 5.0


@dataclass(frozen=True, slots=True)
class FoundWorkspace:
    """A workspace as DataArts Studio calls it."""

    id: str
    name: str


class Discovery:
    """Asks IAM and DataArts Studio with an access key; close it at the end. Each method raises DlfError."""

    def __init__(
        self,
        hosts: Hosts,
        key: AccessKey,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        wall: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._hosts = hosts
        origins = (hosts.endpoint, hosts.iam_endpoint)
        self._http = HttpClient(origins, transport=transport, user_agent="dlf-bot")
        project = Project(
            "",
            "",
            hosts.endpoint,
            hosts.iam_endpoint,
            hosts.jobs_endpoint,
            ZoneInfo("UTC"),
            key,
            (),
            _PER_SECOND,
        )
        credential = open_credential(key, RateLimiter(_PER_SECOND), wall)
        self._gateway = Gateway(project, self._http, credential, wall)

    async def close(self) -> None:
        await self._gateway.close()
        await self._http.close()

    async def project_id(self, region: str) -> str:
        """The id of the region's own project."""
        found = await self._list(
            self._hosts.iam_endpoint, "/v3/projects", (("name", region),), "projects", "id"
        )
        ids = list(_texts(found, "id"))
        if len(ids) != 1:
            raise DlfRejected(
                f"IAM shows this access key {len(ids)} projects named {region}, not one.",
                remedy="Look the id up: My Credentials, API Credentials, the row of your region.",
            )
        return ids[0]

    async def workspaces(self, project_id: str) -> list[FoundWorkspace]:
        """The workspaces of every instance of DataArts Studio in the project."""
        root = f"/v1/{quote(project_id, safe='')}"
        headers = {"X-Project-Id": project_id, "Content-Type": "application/json"}
        asked = (("limit", str(_PAGE)), ("offset", "0"))
        instances = await self._list(
            self._hosts.endpoint, f"{root}/instances", asked, "commodity_orders", "resource_id", **headers
        )
        found: dict[str, FoundWorkspace] = {}
        for instance in _texts(instances, "resource_id"):
            path = f"{root}/workspaces/{quote(instance, safe='')}"
            for offset in range(0, _MOST, _PAGE):
                asked = (("limit", str(_PAGE)), ("offset", str(offset)))
                page = await self._list(self._hosts.endpoint, path, asked, "data", "id", "name", **headers)
                pairs = zip(_texts(page, "id"), _texts(page, "name"), strict=True)
                found |= {one: FoundWorkspace(one, name) for one, name in pairs}
                if len(page) < _PAGE:
                    break
        return list(found.values())

    async def _list(
        self,
        origin: str,
        path: str,
        query: tuple[tuple[str, str], ...],
        field: str,
        *wanted: str,
        **headers: str,
    ) -> list[object]:
        """The list under `field` of the answer, whose entries all have the `wanted` texts."""
        request = ApiRequest(origin, path, query, {"Accept": "application/json", **headers})
        try:
            async with Deadline(_SECONDS, _TURN) as until:
                reply = await self._gateway.ask(request, until)
        except TimeoutError:
            raise DlfUnavailable(f"{request.host} did not answer within {_SECONDS:g} s.") from None
        try:
            listed = parse_object(reply.body, reply.headers.get("content-type", "")).get(field)
            if not isinstance(listed, list):
                raise ValueError(f"the answer has no list of {field}")
            for name in wanted:
                list(_texts(listed, name))
        except ValueError as reason:
            raise DlfUnreadable(
                f"The answer of {request.host} cannot be used: {reason}.",
                remedy="Check the region; a proxy or a login page may answer instead.",
                request_id=request_id_of(reply),
            ) from None
        return listed


def _texts(listed: list[object], name: str) -> Iterator[str]:
    """A field of each entry. Raises ValueError where one lacks it."""
    for entry in listed:
        found = entry.get(name) if isinstance(entry, dict) else None
        if not isinstance(found, str) or not found:
            raise ValueError(f"an entry has no {name}")
        yield found
