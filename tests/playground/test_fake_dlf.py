"""The imitated DLF over the wire: the official SDK and plain requests are its witnesses."""

import asyncio
import gzip
import json
import math
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import time as real_time
from typing import Any, TypeAlias

import pytest

from bot.playground import sample_data, sample_jobs
from bot.playground.clock import Clock
from bot.playground.fake_dlf import FAULTS, DlfWorld, RunningDlf, start
from bot.playground.fake_dlf.job_entries import described
from bot.playground.fake_dlf.odd_jobs import ODDITIES
from tests.support.answering import Answering, answering

Sdk: TypeAlias = Callable[..., Awaitable[list[dict[str, Any]]]]
OVERVIEW = "/v2/playground/factory/monitor/task-statistics-overview"
JOBS = "/v1/playground/jobs/instances/detail"
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 12:00 in Singapore, a Tuesday

SDK = """
import json, sys
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkdataartsstudio.v1 import DataArtsStudioClient, ListFactoryTaskOverviewRequest
from huaweicloudsdkdataartsstudio.v1 import ListDataArtsStudioInstancesRequest, ListManagerWorkSpacesRequest

def ask(url, ak, sk, token, workspace, days):
    credentials = BasicCredentials(ak, sk, "playground")
    if token:
        credentials = credentials.with_security_token(token)
    builder = DataArtsStudioClient.new_builder().with_credentials(credentials)
    client = builder.with_endpoint(url).build()
    if days == "the workspaces":
        orders = client.list_data_arts_studio_instances(ListDataArtsStudioInstancesRequest()).commodity_orders
        asked = ListManagerWorkSpacesRequest(instance_id=orders[0].resource_id, limit=2, offset=1)
        return client.list_manager_work_spaces(asked).to_dict()
    asked = ListFactoryTaskOverviewRequest(workspace=workspace, is_own="false", query_days=days)
    try:
        return client.list_factory_task_overview(asked).to_dict()
    except ClientRequestException as refused:
        return {"status": refused.status_code, "code": refused.error_code, "text": refused.error_msg}

for question in sys.stdin:
    url, *calls = json.loads(question)
    print(json.dumps([ask(url, *call) for call in calls]), flush=True)
"""


class HandClock(Clock):
    """Stands still at noon in Singapore until moved."""

    def __init__(self) -> None:
        super().__init__(NOON, speed=0)


@dataclass
class Wall:
    """Wall time that a test may put forward."""

    ahead: float = 0

    def __call__(self) -> float:
        return real_time() + self.ahead


@dataclass
class Reply:
    """A single answer, byte for byte."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Dlf:
    """The imitated DLF with a logged-in caller."""

    world: DlfWorld
    running: RunningDlf
    wall: Wall
    token: str = ""

    async def send(self, method: str, target: str, body: bytes = b"", **headers: str) -> Reply:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.running.port)
        lines = [
            f"{method} {target} HTTP/1.1",
            "Host: 127.0.0.1",
            "Connection: close",
            f"Content-Length: {len(body)}",
        ]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        try:
            raw = await reader.read(-1)
        finally:
            writer.close()
        head, _, content = raw.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        if not first:
            raise ConnectionResetError
        named = dict(line.split(": ", 1) for line in rest)
        return Reply(int(first.split()[1]), {name.lower(): value for name, value in named.items()}, content)

    async def ask(self, query: str = "", *, workspace: str = "ws-sales", path: str = OVERVIEW) -> Reply:
        return await self.send("GET", f"{path}?{query}", X_Auth_Token=self.token, workspace=workspace)

    async def counts(
        self, days: str = "today", workspace: str = "ws-sales", own: str = "false"
    ) -> dict[str, int]:
        reply = await self.ask(f"is_own={own}&query_days={days}", workspace=workspace)
        assert reply.status == 200, reply
        return reply.json()

    async def login(self, password: str = "playground", scope: Any = None, query: str = "") -> Reply:
        user = {"name": "playground", "password": password, "domain": {"name": "playground"}}
        auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
        body = {"auth": auth | {"scope": scope or {"project": {"name": "playground"}}}}
        return await self.send("POST", "/v3/auth/tokens" + query, json.dumps(body).encode())


@pytest.fixture(scope="module")
def sdk_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    """The official SDK in a process of its own, without this machine's credentials."""
    with answering(SDK, env={**os.environ, "HOME": str(tmp_path_factory.mktemp("home"))}) as found:
        yield found


@pytest.fixture
def sdk(sdk_process: Answering, dlf: Dlf) -> Sdk:
    """The official SDK's answers for each (key, secret, security token, workspace, query_days)."""

    async def ask(*calls: Sequence[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await sdk_process.ask(dlf.running.url, *calls)
        return found

    return ask


@pytest.fixture
async def dlf() -> AsyncIterator[Dlf]:
    wall = Wall()
    world = DlfWorld(HandClock(), wall=wall, rate_limit=1000)
    running = await start(world)
    found = Dlf(world, running, wall)
    found.token = (await found.login()).headers["x-subject-token"]
    yield found
    await running.close()


# The three ways in


RIGHT = ("AKPLAYGROUND", "playground-secret", "", "ws-sales", "today")
WRONG = ("AKPLAYGROUND", "a-wrong-secret", "", "ws-sales", "today")


async def test_the_official_sdk_gets_the_13_counts_and_the_workspaces(dlf: Dlf, sdk: Sdk) -> None:
    odd = ("AKPLAYGROUND", "playground-secret", "", "ws-sales", "to day~/é+&=%")
    lists = (*RIGHT[:3], "", "the workspaces")
    right, all_days, spaced, listed = await sdk(RIGHT, (*RIGHT[:3], "ws-logs", "all"), odd, lists)
    assert right == dlf.world.counts("ws-sales")
    assert len(right) == 13
    assert all_days == dlf.world.counts("ws-logs", "all")
    assert spaced["code"] == "DLF.21113"  # signed right: refused for its words alone
    assert (listed["count"], listed["total_page"]) == (3, 2)
    assert [(one["id"], one["name"]) for one in listed["data"]] == [
        ("ws-finance", "finance"),
        ("ws-logs", "logs"),
    ]
    record = dlf.world.log.of(workspace="ws-sales")[0]
    assert (record.auth, record.access_key, record.user) == ("aksk", "AKPLAYGROUND", "playground")
    assert (record.status, record.query) == (200, {"is_own": "false", "query_days": "today"})


async def test_a_wrong_secret_is_refused_and_five_of_them_lock_the_key_for_five_minutes(
    dlf: Dlf, sdk: Sdk
) -> None:
    *four, before, fifth, locked = await sdk(*[WRONG] * 4, RIGHT, WRONG, RIGHT)
    assert [each["code"] for each in four] == ["APIGW.0301"] * 4
    assert "canonicalRequest" in four[0]["text"]  # as the real one: it echoes what must not be shown
    assert "AKPLAYGROUND" in four[0]["text"]
    assert before["success_count"] > 0
    assert fifth["status"] == 401
    assert "fail_count" in locked  # the success in between began the count anew
    *_, locked = await sdk(*[WRONG] * 5, RIGHT)
    assert (locked["status"], locked["code"]) == (401, "APIGW.0301")
    assert "reach the limit" in locked["text"]
    dlf.wall.ahead = 301
    (free,) = await sdk(RIGHT)
    assert "fail_count" in free


async def test_the_signature_s_date_is_held_against_real_time(dlf: Dlf, sdk: Sdk) -> None:
    dlf.world.clock.jump(NOON + timedelta(days=40))
    dlf.wall.ahead = 14 * 60
    (near,) = await sdk(RIGHT)
    dlf.wall.ahead = 16 * 60
    (far,) = await sdk(RIGHT)
    assert "fail_count" in near
    assert far["code"] == "APIGW.0301"


async def test_a_temporary_key_needs_its_security_token(dlf: Dlf, sdk: Sdk) -> None:
    key = ("AKTEMP", "temporary-secret")
    good, bare, unknown = await sdk(
        (*key, "temporary-security-token", "ws-logs", "today"),
        (*key, "", "ws-logs", "today"),
        ("AKNOBODY", "x", "", "ws-logs", "today"),
    )
    assert "fail_count" in good
    assert "ak AKTEMP not exist" in bare["text"]
    assert "ak AKNOBODY not exist" in unknown["text"]


async def test_a_token_opens_until_it_expires(dlf: Dlf) -> None:
    assert (await dlf.ask()).status == 200
    dlf.wall.ahead = 24 * 3600 + 1
    late = await dlf.ask()
    assert (late.status, late.json()["error_code"]) == (401, "APIGW.0307")
    dlf.token = (await dlf.login()).headers["x-subject-token"]
    assert (await dlf.ask()).status == 200
    assert dlf.world.iam.logins == 2
    dlf.world.iam.expire_tokens()
    assert (await dlf.ask()).json()["error_code"] == "APIGW.0307"


@pytest.mark.parametrize("token", ["", "nonsense"])
async def test_an_unknown_token_is_refused(dlf: Dlf, token: str) -> None:
    dlf.token = token
    reply = await dlf.ask()
    assert (reply.status, reply.json()["error_code"]) == (401, "APIGW.0301")
    assert reply.headers["x-request-id"] == reply.json()["request_id"]


async def test_iam_gives_a_project_scoped_token_that_lasts_a_day(dlf: Dlf) -> None:
    for scope in ({"project": {"name": "playground"}}, {"project": {"id": "playground"}}):
        reply = await dlf.login(scope=scope)
        token = reply.json()["token"]
        assert reply.status == 201
        assert len(reply.headers["x-subject-token"]) > 1000
        assert "catalog" in token
        ends = datetime.fromisoformat(token["expires_at"]) - datetime.fromisoformat(token["issued_at"])
        assert ends == timedelta(days=1)
    assert "catalog" not in (await dlf.login(query="?nocatalog=true")).json()["token"]


@pytest.mark.parametrize(
    ("password", "scope", "status"),
    [
        ("wrong", None, 401),
        ("playground", {"domain": {"name": "playground"}}, 400),
        ("playground", {"project": {"name": "nowhere"}}, 400),
    ],
)
async def test_iam_refuses_with_its_nested_error(dlf: Dlf, password: str, scope: Any, status: int) -> None:
    reply = await dlf.login(password, scope)
    assert reply.status == status
    assert reply.json()["error"]["code"] == status
    assert "x-subject-token" not in reply.headers
    assert dlf.world.iam.logins == 1


async def test_iam_survives_bodies_that_make_no_sense(dlf: Dlf) -> None:
    for body in (
        b"",
        b"{",
        b"[]",
        b'{"auth": []}',
        b'{"auth": {"identity": {"methods": "password"}}}',
        b"[" * 9999,
    ):
        assert (await dlf.send("POST", "/v3/auth/tokens", body)).status == 400


async def test_a_project_s_id_is_found_by_its_name(dlf: Dlf) -> None:
    found = await dlf.send("GET", "/v3/projects?name=playground", X_Auth_Token=dlf.token)
    assert [each["id"] for each in found.json()["projects"]] == ["playground"]
    none = await dlf.send("GET", "/v3/projects?name=other", X_Auth_Token=dlf.token)
    assert none.json()["projects"] == []
    assert (await dlf.send("GET", "/v3/projects?name=playground")).json()["error"]["code"] == 401


async def test_the_lists_of_workspaces_want_a_caller_a_known_instance_and_fitting_bounds(dlf: Dlf) -> None:
    workspaces = "/v1/playground/workspaces/playground-instance"
    for target, status in {
        "/v1/playground/instances": 200,
        "/v1/playground/instances?limit=1&offset=1": 200,
        "/v1/another/instances": 403,
        f"{workspaces}?limit=100": 200,
        f"{workspaces}?limit=101": 400,
        f"{workspaces}?limit=0": 400,
        f"{workspaces}?offset=-1": 400,
        "/v1/playground/workspaces/another": 400,
    }.items():
        assert (await dlf.send("GET", target, X_Auth_Token=dlf.token)).status == status, target
    assert (await dlf.send("GET", workspaces)).status == 401


# What is asked for


async def test_a_bad_day_is_refused_as_on_huawei_s_page(dlf: Dlf) -> None:
    reply = await dlf.ask("query_days=today2")
    assert reply.status == 400
    assert reply.json() == {
        "error_code": "DLF.21113",
        "error_msg": "The task query parameters [today2] are incorrect. Currently, the supported types of "
        "parameters are today, yesterday, before_yesterday, and all.",
    }


ELSEWHERE = OVERVIEW.replace("playground", "other")


@pytest.mark.parametrize(
    ("request_line", "workspace", "answer"),
    [
        (f"GET {OVERVIEW}", "", (400, "APIGW.0106")),
        (f"GET {OVERVIEW}", "ws-nowhere", (400, "DLF.3051")),
        (f"GET {OVERVIEW}?is_own=maybe", "ws-sales", (400, "DLF.3051")),
        (f"GET {ELSEWHERE}", "ws-sales", (403, "APIGW.0310")),
        (f"GET {OVERVIEW}/", "ws-sales", (404, "APIGW.0101")),
        (f"GET {OVERVIEW.replace('v2', 'v1')}", "ws-sales", (404, "APIGW.0101")),
        (f"POST {OVERVIEW}", "ws-sales", (404, "APIGW.0101")),
        ("DELETE /", "ws-sales", (404, "APIGW.0101")),
    ],
)
async def test_a_malformed_request_to_the_imitated_dlf_is_refused(
    dlf: Dlf, request_line: str, workspace: str, answer: tuple[int, str]
) -> None:
    headers: dict[str, Any] = {"workspace": workspace} if workspace else {}
    method, path = request_line.split()
    reply = await dlf.send(method, path, X_Auth_Token=dlf.token, **headers)
    assert (reply.status, reply.json()["error_code"]) == answer
    assert "error_msg" in reply.json()


async def test_without_arguments_it_is_everyone_s_today(dlf: Dlf) -> None:
    assert (await dlf.ask()).json() == await dlf.counts("today")


async def test_the_date_header_is_the_playground_s_clock(dlf: Dlf) -> None:
    dlf.world.clock.jump(datetime(2027, 3, 1, 12, 0, 5, tzinfo=UTC))
    assert (await dlf.ask()).headers["date"] == "Mon, 01 Mar 2027 12:00:05 GMT"


async def test_own_is_a_part_of_everyone_s(dlf: Dlf) -> None:
    own, everyone = await dlf.counts(own="true"), await dlf.counts()
    assert 0 < own["total_count"] < everyone["total_count"]
    assert all(own[name] <= everyone[name] for name in own)


async def test_the_eleventh_request_within_a_second_is_throttled() -> None:
    still = [real_time()]
    async with started(DlfWorld(HandClock(), wall=lambda: still[0])) as other:
        replies = [await other.ask() for _ in range(12)]
        assert [reply.status for reply in replies] == [200] * 10 + [429] * 2
        assert replies[-1].json()["error_code"] == "APIGW.0308"
        assert replies[-1].headers["retry-after"] == "1"
        assert other.world.log.busiest_second() == 12
        still[0] += 1.001
        assert (await other.ask()).status == 200
        assert (other.world.log.received["ws-sales"], other.world.log.answered["ws-sales"]) == (13, 11)
        other.world.rate_limit = 100
        assert [(await other.ask()).status for _ in range(20)] == [200] * 20


async def test_there_can_be_300_workspaces() -> None:
    names = [f"ws-{number:03}" for number in range(300)]
    async with started(DlfWorld(HandClock(), extra_workspaces=names, rate_limit=1000)) as many:
        for name in names[::50]:
            assert (await many.counts("all", name))["total_count"] > 100
        assert (await many.ask(workspace="ws-300")).status == 400
        assert sum(many.world.log.answered.values()) == 6


# The world


async def test_failures_come_and_are_healed(dlf: Dlf) -> None:
    before = await dlf.counts()
    dlf.world.fail("ws-sales", 7)
    dlf.world.hang("ws-sales", 2)
    worse = await dlf.counts()
    assert worse["fail_count"] == before["fail_count"] + 7
    assert worse["running_exception_count"] == before["running_exception_count"] + 2
    assert worse["total_count"] == before["total_count"]
    dlf.world.heal("ws-sales")
    healed = await dlf.counts()
    assert (healed["fail_count"], healed["running_exception_count"]) == (0, 0)
    assert healed["total_count"] == before["total_count"]


async def test_more_can_fail_than_was_planned(dlf: Dlf) -> None:
    before = await dlf.counts(workspace="ws-finance")
    assert dlf.world.fail("ws-finance", 500) == 500
    after = await dlf.counts(workspace="ws-finance")
    assert after["fail_count"] == before["fail_count"] + 500
    assert total_is_the_sum(after)


async def test_people_override_confirm_and_ignore(dlf: Dlf) -> None:
    before = await dlf.counts()
    dlf.world.fail("ws-sales", 5, job="ods_orders_hourly")
    dlf.world.force_success("ws-sales", 2)
    dlf.world.ignore("ws-sales", 1)
    dlf.world.ask_to_confirm("ws-sales", 3)
    dlf.world.confirm("ws-sales", 1)
    after = await dlf.counts()
    changed = {
        name: after[name] - before[name]
        for name in after
        if name.endswith(("ss_count", "l_count", "m_count"))
    }
    assert changed["fail_count"] == 2
    assert changed["force_success_count"] == 2
    assert changed["ignore_success_count"] == 1
    assert changed["waiting_confirm_count"] == 2
    assert changed["total_count"] == 0


async def test_at_midnight_today_starts_again_and_yesterday_keeps_its_failures(dlf: Dlf) -> None:
    dlf.world.fail("ws-sales", 9)
    failed = (await dlf.counts())["fail_count"]
    dlf.world.clock.jump_to_next(time(0, 0), sample_data.ZONE)
    today, yesterday = await dlf.counts(), await dlf.counts("yesterday")
    assert (today["fail_count"], today["success_count"]) == (0, 0)
    assert today["waiting_count"] == today["total_count"] > 0
    assert yesterday["fail_count"] >= failed
    assert yesterday["running_count"] == yesterday["waiting_count"] == 0
    dlf.world.rerun("ws-sales", dlf.world.today() - timedelta(days=1), 4)
    assert (await dlf.counts("yesterday"))["fail_count"] == yesterday["fail_count"] - 4
    dlf.world.clock.jump_to_next(time(0, 0), sample_data.ZONE)
    assert (await dlf.counts("before_yesterday"))["fail_count"] == yesterday["fail_count"] - 4


@pytest.mark.parametrize("workspace", sample_data.WORKSPACES)
async def test_the_day_passes_from_waiting_to_done(dlf: Dlf, workspace: str) -> None:
    dlf.world.clock.jump_to_next(time(0, 0), sample_data.ZONE)
    waiting, done, total = [], [], set()
    for _ in range(24):
        counts = await dlf.counts(workspace=workspace)
        assert total_is_the_sum(counts)
        waiting.append(counts["waiting_count"])
        done.append(counts["success_count"])
        total.add(counts["total_count"])
        dlf.world.clock.jump(dlf.world.clock.now() + timedelta(hours=1) - timedelta(seconds=1))
    assert waiting == sorted(waiting, reverse=True)
    assert done == sorted(done)
    assert len(total) == 1
    assert waiting[0] > 0.9 * counts["total_count"]
    assert done[-1] > 0.9 * counts["total_count"]


@pytest.mark.parametrize("until", [date(2026, 11, 24), date(2027, 1, 3)])
async def test_the_story_agrees_with_what_dlf_answers(until: date) -> None:
    clock = Clock(datetime.combine(until, time(12), tzinfo=sample_data.ZONE), speed=0)
    async with started(DlfWorld(clock, rate_limit=1000)) as dlf:
        told = {
            (workspace, day): counts for workspace, day, counts in sample_data.two_weeks(dlf.world.today())
        }
        assert len(told) == 3 * 14
        assert {day for _, day in told} == {until - timedelta(days=ago) for ago in range(1, 15)}
        for workspace in sample_data.WORKSPACES:
            assert await dlf.counts("yesterday", workspace) == told[workspace, until - timedelta(days=1)]
            assert (
                await dlf.counts("before_yesterday", workspace) == told[workspace, until - timedelta(days=2)]
            )
            week = [told[workspace, until - timedelta(days=ago)] for ago in range(1, 7)]
            week.append(await dlf.counts("today", workspace))
            assert await dlf.counts("all", workspace) == {
                name: sum(each[name] for each in week) for name in week[0]
            }


def test_the_story_is_believable() -> None:
    told = sample_data.two_weeks(date(2026, 11, 24))
    assert told == sample_data.two_weeks(date(2026, 11, 24))
    for workspace, usual in (("ws-sales", 120), ("ws-finance", 45), ("ws-logs", 300)):
        days = {day: counts for name, day, counts in told if name == workspace}
        work = [counts["total_count"] for day, counts in days.items() if day.isoweekday() <= 5]
        rest = [counts["total_count"] for day, counts in days.items() if day.isoweekday() > 5]
        assert 0.9 * usual < sum(work) / len(work) < 1.1 * usual
        assert max(rest) < min(work)
        assert all(total_is_the_sum(counts) for counts in days.values())
    assert max(counts["fail_count"] for name, _, counts in told if name == "ws-sales") > 10
    assert max(counts["force_success_count"] for name, _, counts in told if name == "ws-finance") > 5
    quiet = [counts["fail_count"] for _, day, counts in told if day >= date(2026, 11, 22)]
    assert max(quiet) <= 2


def test_the_first_view_of_a_visitor_is_the_same_on_any_date() -> None:
    for until in (date(2026, 11, 1) + timedelta(days=days) for days in range(0, 406, 29)):
        told = {(name, (until - day).days): counts for name, day, counts in sample_data.two_weeks(until)}
        failed = {key: counts["fail_count"] for key, counts in told.items() if key[1] <= 2}
        assert [failed[name, 1] for name in sample_data.WORKSPACES] == [2, 0, 1]
        assert failed["ws-sales", 2] == 1
        for workspace in sample_data.WORKSPACES:
            today = {instance.outcome for instance in sample_data.instances(workspace, until, until)}
            assert today == {"success"}, (workspace, until)


# The list of instances


async def test_the_list_of_instances_agrees_with_the_counts(dlf: Dlf) -> None:
    dlf.world.fail("ws-sales", 8)
    dlf.world.hang("ws-sales", 2)
    counts = await dlf.counts()
    midnight = datetime.combine(dlf.world.today(), time(), tzinfo=sample_data.ZONE)
    window = (
        f"minPlanTime={milliseconds(midnight)}&maxPlanTime={milliseconds(midnight + timedelta(days=1)) - 1}"
    )
    for status, name in sample_data.COUNT_OF_STATUS.items():
        listed = (await dlf.ask(f"status={status}&limit=1000&{window}", path=JOBS)).json()
        assert listed["total"] == len(listed["instances"]) == counts[name]
        assert all(each["status"] == status for each in listed["instances"])
        assert len({each["instanceId"] for each in listed["instances"]}) == counts[name]


async def test_the_list_is_read_in_pages(dlf: Dlf) -> None:
    first = (await dlf.ask(path=JOBS)).json()
    assert len(first["instances"]) == 10 < first["total"]
    pages = [
        (await dlf.ask(f"limit=7&offset={offset}", path=JOBS)).json()
        for offset in range(0, first["total"], 7)
    ]
    seen = [each["instanceId"] for page in pages for each in page["instances"]]
    assert len(seen) == len(set(seen)) == first["total"]


async def test_a_job_s_name_may_be_nasty(dlf: Dlf) -> None:
    assert "<!channel>" in sample_data.NASTY_JOB
    assert "&" in sample_data.NASTY_JOB
    dlf.world.fail("ws-sales", 1, job=sample_data.NASTY_JOB)
    listed = (await dlf.ask("status=fail&limit=1000", path=JOBS)).json()["instances"]
    (nasty,) = [each for each in listed if each["jobName"] == sample_data.NASTY_JOB]
    assert nasty["planTime"] <= nasty["startTime"] <= nasty["endTime"]
    assert "<" in nasty["errorMessage"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "offset=-1",
        "minPlanTime=1&maxPlanTime=2000000000000",
        "maxPlanTime=1",
    ],
)
async def test_a_list_that_makes_no_sense_is_refused(dlf: Dlf, query: str) -> None:
    reply = await dlf.ask(query, path=JOBS)
    assert (reply.status, reply.json()["error_code"]) == (400, "DLF.3051")


# What belongs to a listed instance


async def test_the_detail_of_an_instance_has_its_nodes_and_no_error(dlf: Dlf) -> None:
    dlf.world.fail("ws-finance", 1, job="gl_postings")
    (listed,) = (await dlf.ask("status=fail&jobName=gl_postings", path=JOBS, workspace="ws-finance")).json()[
        "instances"
    ]
    path = f"/v1/playground/jobs/gl_postings/instances/{listed['instanceId']}"
    detail = (await dlf.ask(path=path, workspace="ws-finance")).json()
    nodes = [(node["nodeName"], node["status"]) for node in detail["nodes"]]
    failing = sample_jobs.failing_node_of("gl_postings")
    assert [status for _, status in nodes].count("fail") == 1 and nodes[failing][1] == "fail"
    assert detail["total"] == len(nodes) and "errorMessage" not in detail and listed["errorMessage"]
    for wrong in (
        f"{path}0",
        path.replace("gl_postings", "fx_rates"),
        path.replace("instances/", "instances/x"),
    ):
        assert (await dlf.ask(path=wrong, workspace="ws-finance")).json()["error_code"] == "DLF.0137"


async def test_every_instance_of_a_week_has_an_id_of_its_own(dlf: Dlf) -> None:
    dlf.world.fail("ws-logs", 1500, job="ingest_app")
    dlf.world.fail("ws-logs", 1500, job="ingest_app", on=dlf.world.today() - timedelta(days=1))
    week = [
        state
        for ago in range(7)
        for day in [dlf.world.today() - timedelta(days=ago)]
        for state in [(day, one) for one in dlf.world.instance_states("ws-logs", day)]
    ]
    ids = {described("ws-logs", day, state)["instanceId"] for day, state in week}
    assert len(ids) == len(week) > 3000


async def test_the_imitated_job_lists_name_owners(dlf: Dlf) -> None:
    path = "/v2/playground/factory/jobs"
    every = (await dlf.ask(path=path)).json()
    assert every["total"] == len(every["jobs"]) == len(sample_data.job_names("ws-sales"))
    assert all(job["owner"] for job in every["jobs"])
    wanted = ",".join(str(sample_data.job_id("ws-sales", name)) for name in ("vouchers", "ml_churn"))
    some = (await dlf.ask(f"job_id={wanted}", path=path)).json()["jobs"]
    assert {job["name"]: job["owner"] for job in some} == {
        name: sample_jobs.owner_of(name) for name in ("vouchers", "ml_churn")
    }
    dlf.world.fail("ws-sales", 900)
    every = (await dlf.ask("limit=1000", path=path)).json()
    owners = {job["name"]: job["owner"] for job in every["jobs"]}
    assert "adhoc_backfill_1" in owners and owners["adhoc_backfill_1"] is None
    for wrong in ("job_id=" + ",".join(["1"] * 51), "job_id=x", "limit=0", "job_id=" + "1" * 1001):
        assert (await dlf.ask(wrong, path=path)).json()["error_code"] == "DLF.3051"


async def test_the_dependents_of_an_instance_come_after_it(dlf: Dlf) -> None:
    dlf.world.fail("ws-sales", 1, job="ods_orders_hourly")
    (listed,) = (await dlf.ask("status=fail", path=JOBS)).json()["instances"]
    path = f"/v2/playground/factory/instances/{listed['instanceId']}/depend-instances"
    itself, *others = (await dlf.ask("relation=child&depth=50", path=path)).json()["depend_instances_info"]
    assert (itself["id"], itself["avg_execute_time_ms"]) == (listed["instanceId"], 9 * 60_000)
    assert {"waiting"} <= {one["status"] for one in others}
    assert all(one["plan_time"] > itself["plan_time"] for one in others)
    assert (await dlf.ask("relation=parent", path=path)).json()["total"] == 1
    for wrong in ("relation=x", "depth=51", "depth=0"):
        assert (await dlf.ask(wrong, path=path)).json()["error_code"] == "DLF.3051"


async def test_the_first_to_fail_is_the_same_job_for_days(dlf: Dlf) -> None:
    window = f"minPlanTime={milliseconds(NOON - timedelta(days=6))}&maxPlanTime={milliseconds(NOON)}"
    listed = (await dlf.ask(f"status=fail&limit=1000&{window}", path=JOBS)).json()["instances"]
    days = {each["planTime"] // 86_400_000 for each in listed if each["jobName"] == "stock_levels"}
    assert len(days) >= 3


async def test_usual_failures_are_named_and_repeated_and_hold_what_no_bot_may_pass_on(dlf: Dlf) -> None:
    assert dlf.world.fail_as_usual("ws-sales", 7) == 7
    failed = [
        one.instance.job
        for one in dlf.world.instance_states("ws-sales", dlf.world.today())
        if one.status == "fail"
    ]
    assert (len(failed), failed.count("stock_levels")) == (7, 2)
    errors = " ".join(map(sample_jobs.error_of, failed))
    assert sample_jobs.PLANTED_SECRET in errors
    assert "<!channel>" in errors
    yesterday = dlf.world.today() - timedelta(days=1)
    before = dlf.world.instance_states("ws-sales", yesterday)
    assert "stock_levels" in [one.instance.job for one in before if one.status == "fail"]
    assert dlf.world.fail_as_usual("ws-sales", 1) == 1
    assert dlf.world.counts("ws-sales")["fail_count"] == 8


@pytest.mark.parametrize("oddity", ODDITIES)
async def test_a_list_can_be_odd_and_is_as_long_as_ever(dlf: Dlf, oddity: str) -> None:
    dlf.world.hang("ws-sales", 30)
    query = "status=running-exception&limit=20&offset=1"
    plain = (await dlf.ask(query, path=JOBS)).json()
    dlf.world.be_odd(oddity)
    odd = (await dlf.ask(query, path=JOBS)).json()
    assert odd != plain or oddity == "by_start"
    assert odd["total"] == plain["total"]
    assert len(odd["instances"]) == (10 if oddity == "pages" else 20)
    dlf.world.be_odd()
    assert (await dlf.ask(query, path=JOBS)).json() == plain


def test_every_oddity_of_the_imitated_dlf_is_tested() -> None:
    with pytest.raises(ValueError, match="no oddity blue"):
        DlfWorld(Clock()).be_odd("blue")


# Faults


def fail_count_is(written: str) -> Callable[[Reply], bool]:
    return lambda reply: reply.status == 200 and f'"fail_count": {written}'.encode() in reply.body


def refused_with(status: int, code: str) -> Callable[[Reply], bool]:
    return lambda reply: reply.status == status and code.encode() in reply.body


def length_lies_by(sign: int) -> Callable[[Reply], bool]:
    return lambda reply: (int(reply.headers["content-length"]) - len(reply.body)) * sign > 0


SEEN_AS: dict[str, Callable[[Reply], bool]] = {
    "throttled": lambda reply: reply.status == 429 and reply.headers["retry-after"] == "5",
    "throttled_silent": lambda reply: reply.status == 429 and "retry-after" not in reply.headers,
    "unauthorized": refused_with(401, "APIGW.0301"),
    "token_expired": refused_with(401, "APIGW.0307"),
    "forbidden": refused_with(403, "APIGW.0302"),
    "no_permission": refused_with(400, "DLF.6888"),
    "error_500": refused_with(500, "APIGW.0601"),
    "bad_gateway": refused_with(502, "<html>"),
    "unavailable": refused_with(503, "APIGW.0613"),
    "gateway_timeout": lambda reply: (reply.status, reply.body) == (504, b""),
    "camel_case_error": refused_with(400, "errorCode"),
    "short_error": refused_with(400, '"code"'),
    "login_page": refused_with(200, "<html>"),
    "redirect": lambda reply: reply.status == 302 and "location" in reply.headers,
    "empty_body": lambda reply: (reply.status, reply.body) == (200, b""),
    "cut_off": lambda reply: reply.body.startswith(b'{"fail_count"') and not reply.body.endswith(b"}"),
    "empty_object": lambda reply: reply.json() == {},
    "list": lambda reply: isinstance(reply.json(), list),
    "null_counts": lambda reply: set(reply.json().values()) == {None},
    "null_count": fail_count_is("null"),
    "half_answer": lambda reply: "fail_count" not in reply.json() and len(reply.json()) == 12,
    "fraction": fail_count_is("1.9"),
    "words": fail_count_is('"many"'),
    "number_as_text": fail_count_is('"1"'),
    "boolean": fail_count_is("true"),
    "not_a_number": fail_count_is("NaN"),
    "endless_number": fail_count_is("1e400"),
    "negative": fail_count_is("-1"),
    "zeros": lambda reply: set(reply.json().values()) == {0} and len(reply.json()) == 13,
    "huge_body": lambda reply: len(reply.body) > 30_000_000 and reply.json()["total_count"] > 0,
    "deep_nesting": lambda reply: reply.body == b"[" * 1_000_000,
    "wrong_charset": lambda reply: "utf-8" in reply.headers["content-type"] and reply.body[:2] == b"\xff\xfe",
    "lying_encoding": lambda reply: reply.headers["content-encoding"] == "gzip" and reply.json() is not None,
    "gzip_bomb": lambda reply: len(gzip.decompress(reply.body)) > 300 * len(reply.body),
    "long_length": length_lies_by(1),
    "short_length": length_lies_by(-1),
    "dropped_midway": lambda reply: b"fail_count" in reply.body and not reply.body.endswith(b"0\r\n\r\n"),
    "wrong_clock": lambda reply: reply.headers["date"] == "Tue, 24 Nov 2026 04:00:05 GMT",
}
WITHOUT_ANSWER = {"slow", "timeout", "dropped", "refused"}


@pytest.mark.parametrize("name", sorted(set(FAULTS) - WITHOUT_ANSWER))
async def test_a_fault_is_seen_on_the_wire_and_then_over(dlf: Dlf, name: str) -> None:
    dlf.world.faults.set(name, times=1)
    struck = await dlf.ask()
    assert SEEN_AS[name](struck), (struck.status, struck.headers, struck.body[:300])
    assert dlf.world.log.of()[-1].fault == name
    assert await dlf.counts() == dlf.world.counts("ws-sales")


@pytest.mark.parametrize("name", ["cut_off", "zeros", "long_length", "half_answer", "slow"])
async def test_a_fault_admits_no_request_without_a_token(dlf: Dlf, name: str) -> None:
    dlf.token = "nonsense"
    dlf.world.faults.set(name, seconds=0)
    assert (await dlf.ask()).status == 401


async def test_a_slow_answer_is_a_true_answer(dlf: Dlf) -> None:
    dlf.world.faults.set("slow", seconds=0.2)
    began = real_time()
    assert await dlf.counts() == dlf.world.counts("ws-sales")
    assert real_time() - began >= 0.2


@pytest.mark.parametrize("times", [None, 1])
async def test_a_time_out_lasts_until_it_is_cleared(dlf: Dlf, times: int | None) -> None:
    dlf.world.faults.set("timeout", times=times)
    asked = asyncio.create_task(dlf.ask())
    await asyncio.sleep(0.1)
    assert not asked.done()
    dlf.world.faults.clear()
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(asked, 2)
    assert (await dlf.ask()).status == 200


async def test_a_dropped_connection_gives_no_byte(dlf: Dlf) -> None:
    dlf.world.faults.set("dropped", times=2)
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            await dlf.ask()
    assert (await dlf.ask()).status == 200
    assert [record.status for record in dlf.world.log.of()] == [0, 0, 200]


async def test_the_imitated_dlf_listens_on_no_port_while_it_refuses_connections(dlf: Dlf) -> None:
    dlf.world.faults.set("refused")
    await asyncio.sleep(0.05)
    with pytest.raises(ConnectionRefusedError):
        await dlf.ask()
    dlf.world.faults.clear()
    await asyncio.sleep(0.05)
    assert (await dlf.ask()).status == 200


async def test_a_fault_hits_the_workspace_and_the_place_it_is_set_for(dlf: Dlf) -> None:
    dlf.world.faults.set("error_500", workspace="ws-logs")
    dlf.world.faults.set("unavailable", place="jobs")
    assert (await dlf.ask()).status == 200
    assert (await dlf.ask(workspace="ws-logs")).status == 500
    assert (await dlf.ask(path=JOBS)).status == 503
    assert (await dlf.login()).status == 201
    dlf.world.faults.set("bad_gateway")
    assert (await dlf.ask(workspace="ws-logs")).status == 500
    assert (await dlf.ask()).status == 502
    dlf.world.faults.set("forbidden", place="iam")
    assert (await dlf.login()).status == 403
    assert {on["name"] for on in dlf.world.faults.active()} == {
        "error_500",
        "unavailable",
        "bad_gateway",
        "forbidden",
    }
    dlf.world.faults.clear(workspace="ws-logs")
    assert (await dlf.ask(workspace="ws-logs")).status == 502
    dlf.world.faults.clear()
    assert dlf.world.faults.active() == []


async def test_a_client_that_follows_the_redirect_gets_a_good_answer_and_is_detected(dlf: Dlf) -> None:
    dlf.world.faults.set("redirect", times=1)
    where = (await dlf.ask()).headers["location"]
    assert (await dlf.send("GET", where)).json()["fail_count"] == 0
    assert len(dlf.world.log.of(api="elsewhere")) == 1


# The world and the clock


def test_the_imitated_dlf_reports_each_change_and_refuses_impossible_ones() -> None:
    world = DlfWorld(HandClock())
    told: list[None] = []
    world.changed.subscribe(lambda: told.append(None))
    world.faults.clear()
    assert len(told) == 1
    assert world.fail("ws-logs", 3) == 3
    assert len(told) == 2
    for workspace, n in (("nowhere", 1), ("ws-logs", -1)):
        with pytest.raises(ValueError, match=r"no workspace|number"):
            world.fail(workspace, n)


def test_the_clock_runs_jumps_and_tells() -> None:
    ticks = [100.0]
    clock = Clock(NOON, ticks=lambda: ticks[0])
    told: list[datetime] = []
    end = clock.changed.subscribe(lambda: told.append(clock.now()))
    ticks[0] += 5
    assert clock.now() == NOON + timedelta(seconds=5)
    clock.speed = 600
    ticks[0] += 1
    assert clock.now() == NOON + timedelta(seconds=605)
    clock.speed = 0
    ticks[0] += 99
    assert clock.now() == NOON + timedelta(seconds=605)
    assert clock.jump_to_next(time(0), sample_data.ZONE) == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert clock.jump_to_next(time(0), sample_data.ZONE) == datetime(2026, 11, 25, 16, tzinfo=UTC)
    assert clock.jump_to_next(time(9), sample_data.ZONE) == datetime(2026, 11, 26, 1, tzinfo=UTC)
    end()
    clock.jump(NOON - timedelta(days=1))
    assert clock.now() == NOON - timedelta(days=1)
    assert len(told) == 5
    for nonsense in (-1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="speed"):
            clock.speed = nonsense
    with pytest.raises(ValueError, match="zone"):
        clock.jump(NOON.replace(tzinfo=None))


@asynccontextmanager
async def started(world: DlfWorld) -> AsyncIterator[Dlf]:
    running = await start(world)
    dlf = Dlf(world, running, Wall())
    dlf.token = (await dlf.login()).headers["x-subject-token"]
    yield dlf
    await running.close()


def total_is_the_sum(counts: dict[str, int]) -> bool:
    return counts["total_count"] == sum(counts.values()) - counts["total_count"]


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
