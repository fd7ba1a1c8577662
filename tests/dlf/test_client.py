"""The DLF client through its door: the question, the day, the errors, asking again."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from bot.dlf.client import DlfClient
from bot.dlf.settings import Project, ReadyToken
from bot.domain.model import Day, Snapshot, StatusCounts
from bot.errors import DlfError, DlfRefused, DlfRejected, DlfUnavailable, DlfUnreadable
from bot.secret import Secret
from tests.support.cpu_starvation import Stopwatch
from tests.support.dlf_client import NOW, SALES, SEED, TOKEN, ZONE, Script, bad, client_of, good, project

# The question


@pytest.mark.parametrize("day", list(Day))
@pytest.mark.parametrize("own", [True, False])
async def test_the_question_is_the_documented_request(day: Day, own: bool):
    script = Script(good())
    snapshot = await client_of(script).fetch(SALES, day, own, now=NOW)
    [request] = script.asked
    assert request.method == "GET"
    assert request.url.path == "/v2/playground/factory/monitor/task-statistics-overview"
    assert dict(request.url.params) == {"is_own": str(own).lower(), "query_days": day.value}
    assert request.headers["workspace"] == "ws-sales"
    assert request.headers["X-Project-Id"] == "playground"
    assert request.headers["X-Auth-Token"] == "ready-token"
    assert request.headers["Content-Type"] == request.headers["Accept"] == "application/json"
    assert request.headers["User-Agent"] == "dlf-bot"
    assert (snapshot.day, snapshot.own, snapshot.counts) == (day, own, StatusCounts(**SEED))


async def test_the_answer_becomes_a_snapshot_read_now():
    snapshot = await client_of(Script(good())).fetch(SALES, Day.YESTERDAY, now=NOW)
    assert snapshot == Snapshot(SALES, Day.YESTERDAY, False, date(2026, 11, 22), StatusCounts(**SEED), NOW)


async def test_a_project_id_that_no_header_can_carry_is_reported_without_a_request():
    script = Script(good())
    odd = Project("prod", "a b/ü%2F", "https://dlf.test", "", "", ZONE, TOKEN, (SALES,), 8)
    with pytest.raises(DlfRejected, match="X-Project-Id"):
        await DlfClient(odd, transport=httpx.MockTransport(script)).fetch(SALES, Day.TODAY, now=NOW)
    assert script.asked == []


@pytest.mark.parametrize("token", ["two\nlines", "carriage\rreturn", "tëxt", "nul\x00"])
async def test_a_token_that_no_header_can_carry_is_said_and_not_shown(token: str):
    with pytest.raises(DlfRejected, match="X-Auth-Token") as caught:
        await client_of(Script(good()), ReadyToken(Secret(token))).fetch(SALES, Day.TODAY, now=NOW)
    assert token not in str(caught.value)


# The day, by DLF's clock


def dated(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


MIDNIGHT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # in Singapore


@pytest.mark.parametrize(
    ("date_header", "now", "expected"),
    [
        ("", MIDNIGHT - timedelta(seconds=1), date(2026, 11, 22)),
        ("", MIDNIGHT, date(2026, 11, 23)),
        (dated(MIDNIGHT - timedelta(minutes=1)), MIDNIGHT + timedelta(minutes=1), date(2026, 11, 22)),
        (dated(MIDNIGHT + timedelta(minutes=1)), MIDNIGHT - timedelta(minutes=1), date(2026, 11, 23)),
        ("gibberish", MIDNIGHT, date(2026, 11, 23)),
        ("Mon, 99 Nov 99999 99:99:99 GMT", MIDNIGHT, date(2026, 11, 23)),
        (dated(MIDNIGHT + timedelta(hours=23)), MIDNIGHT, date(2026, 11, 23)),
        (dated(MIDNIGHT - timedelta(hours=23)), MIDNIGHT, date(2026, 11, 22)),
    ],
)
async def test_the_business_date_is_dlfs_own_where_it_tells_a_time(
    date_header: str, now: datetime, expected: date
):
    script = Script(good(Date=date_header) if date_header else good())
    snapshot = await client_of(script).fetch(SALES, Day.TODAY, now=now)
    assert snapshot.business_date == expected
    assert snapshot.read_at == now


@pytest.mark.parametrize("day", [Day.TODAY, Day.YESTERDAY, Day.ALL])
@pytest.mark.parametrize(
    "told", [datetime(1970, 1, 1, tzinfo=UTC), MIDNIGHT + timedelta(hours=25), MIDNIGHT - timedelta(hours=25)]
)
async def test_counts_of_an_unknown_day_are_refused(told: datetime, day: Day):
    """A machine that slept for a day would file today's numbers under the day before."""
    script = Script(good(Date=dated(told)))
    with pytest.raises(DlfUnreadable, match="differ by more than a day") as caught:
        await client_of(script).fetch(SALES, day, now=MIDNIGHT)
    assert caught.value.meaning and caught.value.remedy
    assert len(script.asked) == 1


async def test_asked_across_midnight_is_asked_again():
    answers = iter(
        [
            (dated(MIDNIGHT), {**SEED, "fail_count": 99}),
            (dated(MIDNIGHT + timedelta(seconds=1)), {**SEED, "fail_count": 1}),
        ]
    )

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.05)
        told, counts = next(answers)
        return httpx.Response(200, json=counts, headers={"Date": told})

    client = DlfClient(project(), transport=httpx.MockTransport(slow))
    snapshot = await client.fetch(SALES, Day.TODAY, now=MIDNIGHT)
    assert snapshot.counts.fail_count == 1
    assert snapshot.business_date == date(2026, 11, 23)


async def test_the_last_seven_days_have_no_date_and_no_midnight():
    script = Script(good(Date=dated(MIDNIGHT)))
    snapshot = await client_of(script).fetch(SALES, Day.ALL, now=MIDNIGHT)
    assert snapshot.business_date is None
    assert len(script.asked) == 1


async def test_the_clocks_difference_is_kept_for_check():
    client = client_of(Script(good(Date=dated(NOW + timedelta(minutes=20)))), wall=lambda: NOW)
    assert client.clock_skew is None
    await client.fetch(SALES, Day.TODAY, now=NOW)
    assert client.clock_skew == timedelta(minutes=20)


# Errors: whose fault, retry or not, what to do

ERRORS = [
    # status, code, kind, times asked
    (400, "DLF.21113", DlfRejected, 1),
    (400, "DLF.3051", DlfRejected, 1),
    (400, "DLF.6888", DlfRefused, 1),
    (400, "DLF.99999", DlfRejected, 1),
    (400, "APIGW.0106", DlfRejected, 1),
    (400, "", DlfRejected, 1),
    (401, "APIGW.0301", DlfRefused, 1),
    (401, "APIGW.0307", DlfRefused, 1),
    (401, "", DlfRefused, 1),
    (403, "APIGW.0302", DlfRefused, 1),
    (403, "APIGW.0310", DlfRefused, 1),
    (403, "", DlfRefused, 1),
    (404, "APIGW.0101", DlfRejected, 1),
    (404, "APIG.0101", DlfRejected, 1),
    (500, "APIC.0103", DlfRejected, 1),
    (404, "", DlfRejected, 1),
    (405, "APIGW.0502", DlfRefused, 1),
    (407, "", DlfRejected, 1),
    (413, "APIGW.0201", DlfRejected, 1),
    (494, "APIGW.0201", DlfRejected, 1),
    (418, "", DlfRejected, 1),
    (408, "", DlfUnavailable, 3),
    (429, "APIGW.0308", DlfUnavailable, 3),
    (429, "", DlfUnavailable, 3),
    (500, "APIGW.0601", DlfUnavailable, 3),
    (502, "APIGW.0201", DlfUnavailable, 3),
    (504, "APIGW.0201", DlfUnavailable, 3),
    (503, "APIGW.0613", DlfUnavailable, 3),
    (500, "", DlfUnavailable, 3),
    (599, "", DlfUnavailable, 3),
    (200, "DLF.6888", DlfRefused, 1),
    (200, "APIGW.0301", DlfRefused, 1),
    (200, "SOME.0001", DlfRejected, 1),
    (201, "", DlfUnreadable, 1),
    (204, "", DlfUnreadable, 1),
    (206, "", DlfUnreadable, 1),
    (301, "", DlfUnreadable, 1),
    (302, "", DlfUnreadable, 1),
    (304, "", DlfUnreadable, 1),
]


async def test_an_error_says_whose_fault_it_is_and_is_asked_again_only_where_that_helps():
    async def one(status: int, code: str, kind: type[DlfError], asked: int) -> str:
        script = Script(bad(status, code))
        try:
            await client_of(script).fetch(SALES, Day.TODAY, now=NOW)
        except DlfError as error:
            told = (type(error), error.retry, error.status, error.code, error.request_id, len(script.asked))
            wanted = (kind, kind is DlfUnavailable, status, code or None, "0" * 32 if code else None, asked)
            words = error.what and error.meaning and error.remedy and "AKSECRET" not in str(error)
            return "" if told == wanted and words else f"{status} {code}: {told} {error}"
        return f"{status} {code}: taken for an answer"

    wrong = await asyncio.gather(*(one(*row) for row in ERRORS))
    assert [line for line in wrong if line] == []


SHAPES = {
    "snake case": {"error_code": "DLF.6888", "error_msg": "secret", "request_id": "ab" * 16},
    "camel case": {"errorCode": "DLF.6888", "errorMsg": "secret", "requestId": "ab" * 16},
    "plain": {"code": "DLF.6888", "message": "secret", "request_id": "ab" * 16},
    "nested": {"error": {"code": "DLF.6888", "message": "secret", "request_id": "ab" * 16}},
}


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES.keys())
async def test_error_bodies_are_understood_in_every_shape(body: dict[str, object]):
    with pytest.raises(DlfRefused, match="has no access to this workspace") as caught:
        await client_of(Script(httpx.Response(400, json=body))).fetch(SALES, Day.TODAY, now=NOW)
    assert (caught.value.code, caught.value.request_id) == ("DLF.6888", "ab" * 16)
    assert "secret" not in str(caught.value)


NO_SHAPES = {
    "empty": b"",
    "a web page": b"<html>Bad request</html>",
    "brackets": b"[" * 100_000,
    "a list": b'[{"error_code": "DLF.6888"}]',
    "a code that is none": b'{"error_code": "AKSECRET0123456789", "request_id": "AKSECRET0123456789"}',
    "a code with a tail": b'{"error_code": "DLF.6888 <!channel>", "error_msg": "x"}',
    "a number": b'{"error": {"code": 400, "message": "x", "title": "x"}}',
    "an object as code": b'{"error_code": {"a": 1}}',
    "latin-1": b'{"error_msg": "\xe9"}',
}


@pytest.mark.parametrize("body", NO_SHAPES.values(), ids=NO_SHAPES.keys())
async def test_other_error_bodies_leave_the_status_and_our_own_words(body: bytes):
    with pytest.raises(DlfRejected, match=r"\(HTTP 400\)") as caught:
        await client_of(Script(httpx.Response(400, content=body))).fetch(SALES, Day.TODAY, now=NOW)
    assert (caught.value.code, caught.value.request_id) == (None, None)
    assert "AKSECRET" not in str(caught.value)


async def test_the_request_id_may_stand_in_a_header():
    script = Script(bad(404, X_Request_Id="cd" * 16))
    with pytest.raises(DlfRejected) as caught:
        await client_of(script).fetch(SALES, Day.TODAY, now=NOW)
    assert caught.value.request_id == "cd" * 16


# Asking again


async def test_trouble_that_passes_is_not_an_error():
    script = Script(bad(503), httpx.ConnectError("refused"), good())
    snapshot = await client_of(script).fetch(SALES, Day.TODAY, now=NOW)
    assert snapshot.counts.success_count == 1
    assert len(script.asked) == 3


async def test_retry_after_is_waited_for_by_every_question():
    script = Script(bad(429, "APIGW.0308", Retry_After="1"), good())
    client = client_of(script)
    loop = asyncio.get_running_loop()
    began = loop.time()
    first = asyncio.create_task(client.fetch(SALES, Day.TODAY, now=NOW))
    while not script.asked:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    await client.fetch(SALES, Day.ALL, now=NOW)
    assert loop.time() - began >= 0.99
    await first


RETRY_AFTER = [
    ("40", 40),
    ("999999999999", 3600),
    (dated(NOW + timedelta(seconds=50)), 50),
    (dated(NOW - timedelta(seconds=50)), 0),
    ("soon", None),
    ("-5", None),
    ("1e3", None),
    ("", None),
]


async def test_retry_after_is_read_in_both_spellings_and_never_outlasts_the_deadline():
    async def told(retry_after: str) -> float | None:
        script = Script(bad(429, "APIGW.0308", Retry_After=retry_after, Date=dated(NOW)))
        with pytest.raises(DlfUnavailable) as caught:
            await client_of(script).fetch(SALES, Day.TODAY, now=NOW)
        return caught.value.retry_after

    async with asyncio.timeout(3):
        found = await asyncio.gather(*(told(header) for header, _ in RETRY_AFTER))
    assert found == [seconds for _, seconds in RETRY_AFTER]


async def test_too_long_a_retry_after_fails_the_others_at_once_without_asking():
    script = Script(bad(429, "APIGW.0308", Retry_After="60"), good())
    client = client_of(script)
    for _ in range(3):
        with pytest.raises(DlfUnavailable, match=r"APIGW\.0308"):
            await client.fetch(SALES, Day.TODAY, now=NOW)
    assert len(script.asked) == 1


async def test_a_request_ends_in_time_with_every_fault_of_dlf():
    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(3600)
        return good()

    client = DlfClient(project(), transport=httpx.MockTransport(never))
    watch = Stopwatch()
    with pytest.raises(DlfUnavailable, match=r"within 0\.2 s"):
        await client.fetch(SALES, Day.TODAY, now=NOW, deadline=0.2)
    assert watch.seconds < 1
