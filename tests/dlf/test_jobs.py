"""Asking DLF which jobs it was: exact requests, own pace and caution, errors in our own words."""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.dlf.client import DlfClient
from bot.dlf.settings import AccessKey
from bot.domain.jobs import Dependents, JobRun
from bot.domain.model import Day, Metric
from bot.errors import DlfError, DlfRefused, DlfRejected, DlfUnavailable, DlfUnreadable
from bot.secret import Secret
from tests.support.dlf_client import KEY, NOW, SALES, USER, Script, bad, good, imitated, now, project

SINCE = datetime(2026, 11, 16, 16, tzinfo=UTC)
RUN = JobRun("p&l daily/x", job_id="7", instance_id="42", status="fail")
LISTED = {"total": 1, "instances": [{"jobName": "load", "instanceId": 1, "status": "fail"}]}
METHODS: dict[str, Callable[[DlfClient], Coroutine[None, None, Any]]] = {
    "runs": lambda client: client.jobs.runs(SALES, Metric.FAIL_COUNT, SINCE, NOW),
    "failed_nodes": lambda client: client.jobs.failed_nodes(SALES, RUN),
    "owners": lambda client: client.jobs.owners(SALES, ["7", "8", "7", ""]),
    "dependents": lambda client: client.jobs.dependents(SALES, RUN),
}


def answer(**fields: object) -> httpx.Response:
    return httpx.Response(200, json=fields)


def client_of(script: Script, **options: Any) -> DlfClient:
    known = project(url="https://dayu.test")
    lists = type(known)(
        known.name,
        "pid 1",
        known.endpoint,
        known.iam_endpoint,
        "https://dayu-dlf.test",
        known.zone,
        options.pop("auth", known.auth),
        known.workspaces,
        known.requests_per_second,
    )
    return DlfClient(lists, transport=httpx.MockTransport(script), **options)


# What is asked


@pytest.mark.parametrize(
    ("method", "reply", "url", "found"),
    [
        (
            "failed_nodes",
            {"nodes": [{"nodeName": "load", "status": "fail"}]},
            "https://dayu-dlf.test/v1/pid%201/jobs/p%26l%20daily%2Fx/instances/42",
            ("load",),
        ),
        (
            "owners",
            {"jobs": [{"name": "load", "owner": "li.wei"}]},
            "https://dayu.test/v2/pid%201/factory/jobs?job_id=7%2C8&limit=50",
            {"load": "li.wei"},
        ),
        (
            "dependents",
            {"depend_instances_info": [{"id": 2, "status": "waiting"}]},
            "https://dayu.test/v2/pid%201/factory/instances/42/depend-instances?relation=child&depth=50",
            Dependents(1),
        ),
        (
            "runs",
            LISTED,
            "https://dayu-dlf.test/v1/pid%201/jobs/instances/detail?"
            f"minPlanTime={SINCE.timestamp():.0f}000&maxPlanTime={NOW.timestamp():.0f}000&status=fail&limit=1000",
            None,
        ),
    ],
)
async def test_each_method_is_a_documented_request(method: str, reply: Any, url: str, found: object):
    script = Script(answer(**reply))
    read = await METHODS[method](client_of(script))
    assert found is None or read == found
    (asked,) = script.asked
    assert (asked.method, str(asked.url)) == ("GET", url)
    assert (asked.headers["workspace"], asked.headers["x-project-id"]) == ("ws-sales", "pid 1")


async def test_fifty_ids_are_asked_for_at_most_and_a_thousand_characters():
    script = Script(answer(jobs=[]))
    client = client_of(script)
    await client.jobs.owners(SALES, [str(10**5 + n) for n in range(60)])
    await client.jobs.owners(SALES, [str(10**20 + n) for n in range(60)])
    few, long = (request.url.params["job_id"] for request in script.asked)
    assert len(few.split(",")) == 50
    assert len(long) <= 1000 and len(long.split(",")) == 45 and {len(one) for one in long.split(",")} == {21}


@pytest.mark.parametrize("metric", [Metric.FAIL_COUNT, Metric.RUNNING_EXCEPTION_COUNT])
async def test_the_imitated_dlf_lists_what_it_counts(metric: Metric):
    async with imitated() as (world, client):
        world.fail("ws-sales", 7)
        world.hang("ws-sales", 3)
        moment = world.clock.now()
        midnight = moment.astimezone(world.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        found = await client.jobs.runs(SALES, metric, midnight, moment)
        assert len(found.runs) == found.total == world.counts("ws-sales")[metric.value]


# What is not good


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (bad(403, "APIGW.0302"), DlfRefused, "viewer is enough, deployer is not"),
        (bad(400, "DLF.6888"), DlfRefused, "viewer is enough, deployer is not"),
        (bad(400, "DLF.20819"), DlfRejected, "Check the workspace's `id`"),
        (bad(400, "DLF.30137"), DlfRejected, "no longer has this instance"),
        (bad(401, "APIGW.0301"), DlfRefused, "rejected the credentials"),
        (
            httpx.Response(200, text="<html>log in"),
            DlfUnreadable,
            "not return a list of jobs: the answer is a web page",
        ),
        (httpx.Response(200, json={}), DlfUnreadable, "not return a list of jobs: the answer has no list"),
        (httpx.Response(302), DlfUnreadable, "redirect"),
    ],
)
async def test_an_answer_without_a_list_is_an_error_in_our_own_words(
    method: str, reply: httpx.Response, kind: type[DlfError], said: str
):
    with pytest.raises(kind) as caught:
        await METHODS[method](client_of(Script(reply)))
    assert said in str(caught.value)
    assert "counts" not in str(caught.value) and "AKSECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("method", "said"),
    [
        (
            "runs",
            "`region`, `jobs_endpoint` and `project_id`. The host must begin with `dayu-dlf.`.",
        ),
        ("owners", "`region`, `endpoint` and `project_id`. The host must begin with `dayu.`."),
    ],
)
async def test_a_missing_host_is_named_by_its_key(method: str, said: str):
    with pytest.raises(DlfRejected) as caught:
        await METHODS[method](client_of(Script(bad(404, "APIGW.0101"))))
    assert said in str(caught.value)


async def test_a_login_keeps_the_name_of_its_own_host():
    with pytest.raises(DlfRejected, match="`iam_endpoint`"):
        await METHODS["runs"](client_of(Script(bad(404)), auth=USER))


async def test_trying_out_asks_both_hosts_once():
    script = Script(answer(total=0, instances=[]), answer(jobs=[]))
    await client_of(script).jobs.try_out(SALES, NOW)
    assert [request.url.host for request in script.asked] == ["dayu-dlf.test", "dayu.test"]
    assert [request.url.params["limit"] for request in script.asked] == ["1", "1"]


async def test_a_thousand_long_errors_are_read_and_no_endless_ones():
    many = [
        {"jobName": "load", "instanceId": n, "status": "fail", "errorMessage": "x" * 5000}
        for n in range(1000)
    ]
    assert len((await METHODS["runs"](client_of(Script(answer(total=1000, instances=many))))).runs) == 1000
    with pytest.raises(DlfUnreadable, match=r"not return a list of jobs: the answer .* 8 MiB"):
        await METHODS["runs"](client_of(Script(answer(instances=[], more="x" * 9_000_000))))


async def test_no_error_text_is_logged(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    entry = {"jobName": "load", "status": "fail", "errorMessage": "password=hunter2"}
    await METHODS["runs"](client_of(Script(answer(total=1, instances=[entry]))))
    assert "hunter2" not in caplog.text


# Beside the polls


async def test_lists_that_hang_keep_no_poll_waiting():
    release = asyncio.Event()

    async def lists_hang(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/v1/"):
            await release.wait()
        return good()

    client = DlfClient(project(KEY), transport=httpx.MockTransport(lists_hang), jobs_deadline=0.2)
    hanging = [asyncio.ensure_future(METHODS["runs"](client)) for _ in range(5)]
    await asyncio.sleep(0.01)
    async with asyncio.timeout(0.15):
        for _ in range(5):
            await client.fetch(SALES, Day.TODAY, now=now())
    ended = await asyncio.gather(*hanging, return_exceptions=True)
    assert {type(one) for one in ended} == {DlfUnavailable}
    assert "within 0.2 s" in str(ended[0])


async def test_refused_job_lists_stop_no_poll_and_are_not_asked_for_a_while():
    def refuses_lists(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path[:3])
        return bad(401, "APIGW.0301") if request.url.path.startswith("/v1/") else good()

    asked: list[str] = []
    client = DlfClient(project(KEY), transport=httpx.MockTransport(refuses_lists))
    for _ in range(5):
        with pytest.raises(DlfRefused):
            await METHODS["runs"](client)
        await client.fetch(SALES, Day.TODAY, now=now())
    assert (asked.count("/v1"), asked.count("/v2")) == (1, 5)


async def test_a_key_that_the_polls_saw_refused_is_not_tried_at_the_lists_until_a_poll_got_in():
    """Five failures lock it, wherever they happen."""
    later, wrong = timedelta(0), AccessKey("AKPLAYGROUND", Secret("wrong"))
    async with imitated(wrong, wall=lambda: now() + later) as (world, client):
        with pytest.raises(DlfRefused):
            await client.fetch(SALES, Day.TODAY, now=now())
        for _ in range(5):
            later += timedelta(minutes=2)
            with pytest.raises(DlfRefused):
                await METHODS["runs"](client)
        assert world.log.statuses == {401: 1}


async def test_the_lists_are_asked_again_once_a_poll_got_in():
    later = timedelta(0)
    script = Script(bad(401, "APIGW.0301"), good(), answer(**LISTED))
    client = client_of(script, auth=KEY, wall=lambda: now() + later)
    with pytest.raises(DlfRefused):
        await client.fetch(SALES, Day.TODAY, now=now())
    later = timedelta(minutes=6)
    await client.fetch(SALES, Day.TODAY, now=now())
    assert len((await METHODS["runs"](client)).runs) == 1


async def test_one_login_serves_counts_and_lists():
    async with imitated(USER) as (world, client):
        await client.fetch(SALES, Day.TODAY, now=now())
        moment = world.clock.now()
        await client.jobs.runs(SALES, Metric.FAIL_COUNT, moment - timedelta(hours=1), moment)
        assert len(world.log.of(api="tokens")) == 1


async def test_throttled_lists_wait_and_the_polls_do_not():
    script = Script(bad(429, "APIGW.0308", Retry_After="3600"), good())
    client = client_of(script)
    with pytest.raises(DlfUnavailable):
        await METHODS["runs"](client)
    await client.fetch(SALES, Day.TODAY, now=now())
    assert json.loads(good().content)["total_count"] == 1
