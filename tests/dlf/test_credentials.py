"""Ways in to the imitated DLF: keys, users, tokens; pace and caution; the official SDK beside us."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex

import pytest

from bot.dlf.client import DlfClient
from bot.dlf.clients import open_clients
from bot.dlf.limiter import FairQueue, RateLimiter
from bot.dlf.regions import REGIONS, hosts_of
from bot.dlf.settings import AccessKey, Auth, IamUser, Project, ReadyToken, credential_of
from bot.dlf.shared_breaker import ProbeLeases, SharedProbes
from bot.domain.model import COUNT_NAMES, Day, Snapshot
from bot.errors import DlfError, DlfRefused, DlfUnavailable, DlfUnreadable, StoreError
from bot.secret import Secret
from bot.store.store import Store
from tests.support.cpu_starvation import Stopwatch
from tests.support.dlf_client import FIFTY, KEY, SALES, TEMPORARY, TOKEN, USER, ZONE, imitated, now, project


@pytest.mark.parametrize("auth", [KEY, TEMPORARY, USER], ids=["key", "temporary key", "user"])
async def test_every_kind_of_credential_reads_the_imitated_counts(auth: Auth):
    async with imitated(auth) as (world, client):
        world.fail("ws-sales", 7)
        for day in Day:
            snapshot = await client.fetch(SALES, day, now=now())
            expected = world.counts("ws-sales", day.value)
            assert {name: getattr(snapshot.counts, name) for name in expected} == expected
        assert abs(client.clock_skew or timedelta.max) < timedelta(seconds=3)


async def test_a_ready_token_gets_in_and_is_not_tried_twice_when_refused():
    async with imitated() as (world, _):
        text, _ = world.iam.login("playground", "playground")
    async with imitated(ReadyToken(Secret(text))) as (world, client):
        with pytest.raises(DlfRefused):
            await client.fetch(SALES, Day.TODAY, now=now())
        assert len(world.log.of()) == 1


async def test_fifty_questions_need_one_login_and_one_renewal():
    async with imitated(USER) as (world, client):
        await asyncio.gather(*(client.fetch(one, Day.TODAY, now=now()) for one in FIFTY))
        assert world.iam.logins == 1
        world.iam.expire_tokens()
        await asyncio.gather(*(client.fetch(one, Day.TODAY, now=now()) for one in FIFTY))
        assert world.iam.logins == 2


async def test_a_token_is_renewed_shortly_before_its_end():
    began = now()
    wall = [began]
    async with imitated(USER, wall=lambda: wall[0]) as (world, client):
        for hours, logins in ((0, 1), (23.2, 1), (23.4, 2), (24, 2)):
            wall[0] = began + timedelta(hours=hours)
            await client.fetch(SALES, Day.TODAY, now=now())
            assert world.iam.logins == logins, hours


async def test_a_cancelled_caller_does_not_end_the_login_for_the_others():
    async with imitated(USER) as (world, client):
        world.faults.set("slow", place="iam", seconds=0.3, times=1)
        impatient = asyncio.create_task(client.fetch(SALES, Day.TODAY, now=now(), deadline=0.1))
        patient = asyncio.create_task(client.fetch(SALES, Day.ALL, now=now()))
        with pytest.raises(DlfUnavailable):
            await impatient
        await patient
        assert len(world.log.of(api="tokens")) == 1


IAM_FAULTS = {
    "unauthorized": DlfRefused,
    "forbidden": DlfRefused,
    "login_page": DlfUnreadable,
    "redirect": DlfUnreadable,
    "empty_body": None,
    "error_500": DlfUnavailable,
    "throttled": DlfUnavailable,
    "dropped": DlfUnavailable,
    "timeout": DlfUnavailable,
}


@pytest.mark.parametrize(("fault", "kind"), IAM_FAULTS.items(), ids=IAM_FAULTS.keys())
async def test_trouble_with_the_login_is_said_and_not_repeated_by_every_workspace(
    fault: str, kind: type[DlfError] | None
):
    async with imitated(USER) as (world, client):
        world.faults.set(fault, place="iam")
        # Where an answer comes, fifty questions must have the time for it; where none does, it is waited out.
        deadline = 0.6 if kind is DlfUnavailable else 5
        ask = (client.fetch(one, Day.TODAY, now=now(), deadline=deadline) for one in FIFTY)
        found = await asyncio.gather(*ask, return_exceptions=True)
        kinds = {type(one) for one in found}
        assert kinds == ({kind} if kind else {Snapshot})
        if kind is not DlfUnavailable:
            assert len(world.log.of(api="tokens")) == 1


async def test_a_wrong_secret_never_locks_the_key_however_often_fifty_workspaces_are_polled():
    wall = [now()]
    wrong = AccessKey("AKPLAYGROUND", Secret("wrong"))
    async with imitated(wrong, wall=lambda: wall[0]) as (world, client):
        world.iam.wall = world.wall = partial(_seconds, wall)
        for _minute in range(75):
            errors = await asyncio.gather(
                *(client.fetch(one, Day.TODAY, now=now()) for one in FIFTY), return_exceptions=True
            )
            assert {type(error) for error in errors} == {DlfRefused}
            assert not world.iam.is_locked(world.iam.access_keys["AKPLAYGROUND"])
            wall[0] += timedelta(minutes=1)
        assert len(world.log.of()) == 4


@pytest.mark.parametrize("slow", [0.0, 0.3])
async def test_a_key_that_goes_bad_is_not_locked_by_what_was_in_flight(slow: float):
    wall = [now()]
    async with imitated(KEY, wall=lambda: wall[0]) as (world, client):
        world.iam.wall = world.wall = partial(_seconds, wall)
        await client.fetch(SALES, Day.TODAY, now=now())
        world.faults.set("slow", seconds=slow)
        key = world.iam.access_keys["AKPLAYGROUND"]
        key.secret = "changed"
        for _half_minute in range(100):
            errors = await asyncio.gather(
                *(client.fetch(one, Day.TODAY, now=now()) for one in FIFTY[:16]), return_exceptions=True
            )
            assert {type(error) for error in errors} == {DlfRefused}
            assert not world.iam.is_locked(key)
            wall[0] += timedelta(seconds=31)
        assert key.failures == 4


async def test_a_request_admitted_before_a_refusal_does_not_prove_the_key():
    """Three in flight, the first refused, the others accepted but slow: that is no proof."""
    async with imitated(KEY) as (world, client):
        await client.fetch(SALES, Day.TODAY, now=now())
        world.faults.set("slow", seconds=0.2)
        world.faults.set("unauthorized", workspace="ws-0", times=1)
        asked = (client.fetch(one, Day.TODAY, now=now()) for one in FIFTY[:3])
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one) for one in found].count(DlfRefused) == 1
        with pytest.raises(DlfRefused):
            await client.fetch(SALES, Day.TODAY, now=now())


def replicas(leases: ProbeLeases, auth: Auth, url: str, many: int, seconds: float = 0.5) -> list[DlfClient]:
    """Processes that share a store, or a process that is started again and again."""
    found = list[DlfClient]()
    for _ in range(many):
        trials = partial(SharedProbes, leases, owner=token_hex(4), seconds=seconds)
        found += open_clients([project(auth, url)], probes_for=trials).values()
    return found


async def asked(clients: list[DlfClient]) -> set[type]:
    found = await asyncio.gather(
        *(each.fetch(SALES, Day.TODAY, now=now()) for each in clients), return_exceptions=True
    )
    for each in clients:
        await each.close()
    return {type(one) for one in found}


async def test_replicas_and_restarts_try_a_wrong_secret_once_and_a_corrected_secret_at_once(store: Store):
    wrong = AccessKey("AKPLAYGROUND", Secret("wrong"))
    async with imitated(KEY) as (world, client):
        url = client._project.endpoint
        assert await asked(replicas(store.leases, wrong, url, 6)) == {DlfRefused}
        assert await asked(replicas(store.leases, wrong, url, 1)) == {DlfRefused}
        assert len(world.log.of()) == 1
        assert await asked(replicas(store.leases, KEY, url, 1)) == {Snapshot}


async def test_replicas_that_start_together_all_get_their_counts(store: Store):
    async with imitated(KEY) as (_, client):
        began = asyncio.get_running_loop().time()
        assert await asked(replicas(store.leases, KEY, client._project.endpoint, 3, seconds=4)) == {Snapshot}
        assert asyncio.get_running_loop().time() - began < 4, "a good trial is given back at once"


class Away:
    """Leases in a store that is away."""

    async def acquire(self, name: str, owner: str, seconds: float, *, longest: float) -> bool:
        raise StoreError("Cannot connect to the database.")

    async def release(self, name: str, owner: str) -> None:
        raise StoreError("Cannot connect to the database.")


async def test_dlf_is_asked_also_while_the_store_is_away():
    async with imitated(KEY) as (_, client):
        assert await asked(replicas(Away(), KEY, client._project.endpoint, 2)) == {Snapshot}


def _seconds(wall: list[datetime]) -> float:
    return wall[0].timestamp()


async def test_projects_of_a_user_log_in_in_turn_and_heed_each_others_refusal():
    wall = [now()]
    async with imitated(USER, wall=lambda: wall[0]) as (world, client):
        base = project(USER, client._project.endpoint)
        clients = open_clients([replace(base, name=f"p{n}") for n in range(8)], wall=lambda: wall[0])

        async def ask_all() -> list[Snapshot | BaseException]:
            asked = (each.fetch(SALES, Day.TODAY, now=now()) for each in clients.values())
            return await asyncio.gather(*asked, return_exceptions=True)

        assert {type(one) for one in await ask_all()} == {Snapshot}
        wall[0] += timedelta(days=1)
        world.faults.set("slow", place="iam", seconds=0.1)
        world.iam.passwords["playground"] = "changed"
        assert {type(one) for one in await ask_all()} == {DlfRefused}
        assert len(world.log.of(api="tokens")) == 8 + 1
        world.iam.passwords["playground"] = "playground"
        wall[0] += timedelta(seconds=31)
        assert {type(one) for one in await ask_all()} == {Snapshot}
        for each in clients.values():
            await each.close()


async def test_a_project_that_iam_does_not_take_keeps_no_other_project_of_the_user_waiting():
    async with imitated(USER) as (_, client):
        base = project(USER, client._project.endpoint)
        clients = open_clients([replace(base, name="odd", project_id="nowhere"), replace(base, name="good")])
        with pytest.raises(DlfError):
            await clients["odd"].fetch(SALES, Day.TODAY, now=now())
        assert isinstance(await clients["good"].fetch(SALES, Day.TODAY, now=now()), Snapshot)
        for each in clients.values():
            await each.close()


async def test_few_in_flight_at_a_time_cost_no_pace_while_dlf_is_quick():
    """16 at 8 a second take 2 s, and would take 4 s in sequence."""
    async with imitated(KEY, rate=8) as (world, client):
        await client.fetch(SALES, Day.TODAY, now=now())
        world.faults.set("slow", seconds=0.25)
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(client.fetch(one, Day.TODAY, now=now()) for one in FIFTY[:16]))
        assert asyncio.get_running_loop().time() - began < 3.5


async def test_a_wrong_password_never_locks_the_user():
    wall = [now()]
    wrong = IamUser("playground", Secret("wrong"), "playground")
    async with imitated(wrong, wall=lambda: wall[0]) as (world, client):
        for _minute in range(75):
            errors = await asyncio.gather(
                *(client.fetch(one, Day.TODAY, now=now()) for one in FIFTY), return_exceptions=True
            )
            assert {type(error) for error in errors} == {DlfRefused}
            wall[0] += timedelta(minutes=1)
        assert len(world.log.of(api="tokens")) == 4
        assert world.log.of() == []


async def test_a_hiccup_of_good_credentials_is_over_in_half_a_minute():
    wall = [now()]
    async with imitated(KEY, wall=lambda: wall[0]) as (world, client):
        await client.fetch(SALES, Day.TODAY, now=now())
        world.faults.set("unauthorized", times=1)
        for _ in range(2):
            with pytest.raises(DlfRefused):
                await client.fetch(SALES, Day.TODAY, now=now())
        assert len(world.log.of()) == 2
        wall[0] += timedelta(seconds=31)
        await client.fetch(SALES, Day.TODAY, now=now())


async def test_an_error_of_dlf_itself_proves_the_credentials():
    async with imitated(KEY) as (world, client):
        world.faults.set("no_permission", times=1)
        with pytest.raises(DlfRefused):
            await client.fetch(SALES, Day.TODAY, now=now())
        world.faults.set("slow", seconds=0.5)
        watch = Stopwatch()
        await asyncio.gather(*(client.fetch(one, Day.TODAY, now=now()) for one in FIFTY[:4]))
        assert watch.seconds < 1.5


async def test_unproved_credentials_are_tried_by_a_single_question_at_a_time():
    async with imitated(KEY) as (world, client):
        world.faults.set("slow", seconds=0.2)
        asked = [asyncio.create_task(client.fetch(one, Day.TODAY, now=now())) for one in FIFTY[:4]]
        while not world.log.of():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert len(world.log.of()) == 1
        await asyncio.gather(*asked)


async def test_in_the_playgrounds_story_refused_credentials_are_no_wrong_clock():
    async with imitated() as (world, client):
        world.clock.jump(now() + timedelta(days=3))
        world.faults.set("unauthorized")
        with pytest.raises(DlfRefused, match="rejected the credentials") as refused:
            await client.fetch(SALES, Day.TODAY, now=world.clock.now())
    assert "wrong by more than 15 minutes" not in str(refused.value)


async def test_a_wrong_clock_is_reported_when_it_invalidates_the_signature():
    async with imitated(KEY, wall=lambda: now() + timedelta(hours=1)) as (_, client):
        with pytest.raises(DlfRefused, match="clock is wrong by more than 15 minutes"):
            await client.fetch(SALES, Day.TODAY, now=now())


async def test_projects_with_the_same_key_share_pace_and_caution():
    calls: list[tuple[str, float]] = []

    def limiter_for(credential: str, per_second: float) -> RateLimiter:
        calls.append((credential, per_second))
        return RateLimiter(per_second)

    wrong = AccessKey("AKPLAYGROUND", Secret("wrong"))
    async with imitated() as (world, client):
        url = client._project.endpoint
        projects = [
            Project(name, "playground", url, url, url, ZONE, wrong, (SALES,), rate)
            for name, rate in (("a", 8.0), ("b", 5.0))
        ]
        clients = open_clients(projects, limiter_for=limiter_for)
        for each in clients.values():
            with pytest.raises(DlfRefused):
                await each.fetch(SALES, Day.TODAY, now=now())
            await each.close()
        assert len(world.log.of()) == 1
    assert calls == [(credential_of(wrong), 5.0), (f"{credential_of(wrong)} jobs", 15.0)]


async def test_the_pace_is_kept_at_the_dlf():
    async with imitated(rate=8, limit=10) as (world, client):
        await asyncio.gather(*(client.fetch(one, Day.TODAY, now=now()) for one in FIFTY[:17]))
        assert world.log.busiest_second() <= 9  # 8, and one for a late packet
        assert set(world.log.statuses) == {200}


@pytest.mark.parametrize("per_second", [0.1, 3.0, 2000.0])
async def test_requests_are_spread_evenly_and_the_first_after_a_rest_waits_for_nothing(per_second: float):
    pace, clock = RateLimiter(per_second), asyncio.get_running_loop().time
    began, watch = clock(), Stopwatch()
    await pace.wait()
    assert watch.seconds < 0.05
    if per_second >= 1:
        many = 3 if per_second < 10 else 400
        await asyncio.gather(*(pace.wait() for _ in range(many)))
        assert clock() - began >= many / per_second - 0.03
        assert watch.seconds <= many / per_second + 0.5


async def test_a_cancelled_waiter_takes_no_slot():
    pace = RateLimiter(5)
    await pace.wait()
    leaving = [asyncio.create_task(pace.wait()) for _ in range(20)]
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    watch = Stopwatch()
    await pace.wait()
    assert watch.seconds < 0.3


def test_the_name_of_a_credential_reveals_no_secret():
    names = {credential_of(auth) for auth in (KEY, TEMPORARY, USER, TOKEN)}
    assert len(names) == 4
    for name in names:
        assert len(name) == 16
        assert int(name, 16) >= 0


def test_the_26_regions_have_their_hosts():
    from huaweicloudsdkdataartsstudio.v1.region.dataartsstudio_region import DataArtsStudioRegion

    assert len(REGIONS) == 26
    for region in REGIONS:
        assert [hosts_of(region).endpoint] == DataArtsStudioRegion.value_of(region).endpoints
    assert hosts_of("ap-southeast-3").iam_endpoint == "https://iam.ap-southeast-3.myhuaweicloud.com"
    assert hosts_of("ap-southeast-3").jobs_endpoint == "https://dayu-dlf.ap-southeast-3.myhuaweicloud.com"
    with pytest.raises(KeyError):
        hosts_of("ap-southeast-9")


async def test_the_official_sdk_sees_the_same_counts():
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkdataartsstudio.v1 import DataArtsStudioClient, ListFactoryTaskOverviewRequest

    async with imitated(KEY) as (world, client):
        world.fail("ws-sales", 3)
        url = client._project.endpoint
        official = (
            DataArtsStudioClient.new_builder()
            .with_credentials(BasicCredentials("AKPLAYGROUND", "playground-secret", "playground"))
            .with_endpoint(url)
            .build()
        )
        request = ListFactoryTaskOverviewRequest(workspace="ws-sales", is_own="false", query_days="yesterday")
        theirs = await asyncio.to_thread(official.list_factory_task_overview, request)
        ours = await client.fetch(SALES, Day.YESTERDAY, now=now())
        assert {name: getattr(theirs, name) for name in COUNT_NAMES} == {
            name: getattr(ours.counts, name) for name in COUNT_NAMES
        }


async def test_people_and_polls_take_turns_and_past_days_stand_behind_today():
    """20 polls of past days, 20 of today and 3 questions wait for the same pace."""
    lines, order = FairQueue(RateLimiter(40)), list[int]()

    async def ask(priority: int) -> None:
        await lines.wait(priority)
        order.append(priority)

    polls = [asyncio.create_task(ask(priority)) for priority in [2] * 20 + [1] * 20]
    await asyncio.sleep(0.05)
    begun = len(order)
    await asyncio.gather(*(ask(0) for _ in range(3)))
    assert len(order) - begun <= 3 + 4, "a poll between two questions, not forty before the first"
    await asyncio.gather(*polls)
    assert order[:23].count(2) <= 3
    assert sorted(order) == [0] * 3 + [1] * 20 + [2] * 20


async def test_a_flood_of_questions_leaves_the_polls_their_half():
    lines = FairQueue(RateLimiter(500))
    flood = [asyncio.create_task(lines.wait()) for _ in range(200)]
    for _ in range(20):
        await lines.wait(1)
    assert sum(one.done() for one in flood) <= 25
    for one in flood:
        one.cancel()
    await asyncio.gather(*flood, return_exceptions=True)
    await asyncio.wait_for(lines.wait(2), 1)
