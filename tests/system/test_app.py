"""The whole bot between the imitated DLF and the imitated Slack, as its users and operators meet it."""

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import time
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app.lifecycle import Bot
from bot.domain.notices import Notice, Priority
from bot.messages.message import Message as Said
from bot.messages.message import to_json
from bot.playground.fake_dlf.world import PROJECT
from bot.playground.fake_slack.objects import SlackMessage, User
from bot.scheduler import SPREAD
from bot.timing import USUAL
from tests.support.cpu_starvation import Stopwatch
from tests.support.whole_bot import (
    ADA,
    BEN,
    BRISK,
    FAILURES,
    HTTP_MODE,
    OPS,
    THREE,
    Services,
    services,
    soon,
    utc,
)

pytestmark = pytest.mark.real_time

MORNING = utc(2026, 11, 23, 2)  # Monday, 10:00 in Singapore
DIGEST = '[{name: morning, at: "09:00"}]'
WORSE = "[{name: failures, metric: fail_count, limit: 5, worse_by: 5, mention: [<!here>]}]"
STUCK = (
    "[{name: stuck, metric: running_exception_count, limit: 0, severity: critical, mention: [<!here>],"
    " worse_by: 100}]"
)
SOCKET, HTTP = "app_token: ${SLACK_APP}", HTTP_MODE


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Services]:
    async with services(tmp_path, at=MORNING) as found:
        yield found


async def look(bot: Bot, path: str = "/readyz", **headers: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{bot.http_port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.text()


async def ready(bot: Bot, pattern: str = "", *, status: int = 200, seconds: float = 40) -> str:
    """Wait until /readyz answers with this status and words."""
    async with asyncio.timeout(seconds):
        while True:
            found, body = await look(bot)
            if found == status and re.search(pattern, body):
                return body
            await asyncio.sleep(0.05)


async def only(home: Services, *words: str, channel: str = OPS) -> SlackMessage:
    """Wait until the channel's only message has all of these texts."""

    def found() -> SlackMessage | None:
        said = home.slack.messages(channel)
        assert len(said) <= 1, [one.text for one in said]
        fits = said and all(word.lower() in said[0].text.lower() for word in words)
        return said[0] if fits else None

    try:
        message = await soon(found)
    except AssertionError as error:
        raise AssertionError(f"wanted {words}, there is {home.texts(channel)}") from error
    assert message is not None
    return message


async def replies(home: Services, root: SlackMessage, number: int) -> list[str]:
    await soon(lambda: len(home.thread(root.ts)) >= number)
    return home.thread(root.ts)


async def quiet(home: Services, seconds: float = 0.8) -> None:
    """Nothing more is said for a while, although polls go on."""
    for channel in home.slack.channels.values():
        assert not channel.is_im
    before = len(home.slack.log)
    polls = len(home.dlf.log.records)
    for _ in range(3):
        await asyncio.sleep(seconds / 3)
        home.forward(seconds=2)
    await soon(lambda: len(home.dlf.log.records) > polls)
    assert [(one.method, one.key, one.text) for one in home.slack.log[before:]] == []


# Commands, over both ways to Slack


@pytest.mark.parametrize("transport", [SOCKET, HTTP], ids=["socket", "http"])
async def test_a_question_is_answered_in_private_or_shared(home: Services, transport: str) -> None:
    async with home.bot(workspaces=THREE, transport=transport):
        answer = await home.type("yesterday sales")
        counts = home.dlf.counts("ws-sales", "yesterday")
        assert all(word in answer for word in ("sales", "yesterday", "22 Nov", "Asia/Singapore"))
        assert str(counts["success_count"]) in answer
        await home.type("yesterday sales", command="/dlf-jobs")
        await soon(lambda: any("Jobs of sales: Sun 22 Nov" in text for text in home.private()))
        assert home.texts() == []
        answer = await home.type("yesterday")
        assert all(name in answer for name in ("sales", "finance", "logs"))
        await home.slack.run_command(BEN, OPS, "yesterday finance share")
        shared = await only(home, "finance", "yesterday")
        assert home.private(BEN) == []
        assert shared.text.count("\n") >= 2


@pytest.mark.parametrize("transport", [SOCKET, HTTP], ids=["socket", "http"])
async def test_a_wrong_word_gets_the_nearest_and_help_helps(home: Services, transport: str) -> None:
    async with home.bot(workspaces=THREE, transport=transport):
        asked = len(home.dlf.log.of())
        wrong = await home.type("yesterdy")
        assert "yesterdy" in wrong
        assert re.search("Did you mean `?yesterday`?", wrong)
        assert "/dlf-status yesterday" in await home.type("help")
        assert len(home.dlf.log.of(query_days="yesterday")) <= asked + 3, "only the polls ask"


@pytest.mark.parametrize("transport", [SOCKET, HTTP], ids=["socket", "http"])
async def test_an_answer_of_old_numbers_can_be_refreshed_where_it_stands(
    home: Services, transport: str
) -> None:
    async with home.bot(workspaces=THREE, transport=transport) as bot:
        await soon(lambda: bot.poller.last_read_at)
        home.dlf.faults.set("login_page")
        old = await home.type("today failed")
        assert "not updated" in old or "no data" in old
        home.dlf.faults.clear()
        home.dlf.fail("ws-sales", 7)
        (answer,) = home.slack.ephemerals_of(ADA)
        assert (await home.slack.click(ADA, OPS, answer.ts, "status_refresh")).ok
        await soon(lambda: "7 failed" in home.private()[0])
        assert len(home.private()) == 1
        assert "sales" in home.private()[0]
        assert "logs: " not in home.private()[0], "only those with failures"


async def test_fifty_equal_questions_within_a_second_cost_one_request(home: Services) -> None:
    async with home.bot(poll_every="1h") as bot:
        await soon(lambda: bot.poller.last_read_at)
        await soon(lambda: len(home.dlf.log.of()) >= 3)
        await bot.poller.settle()
        home.dlf.log.clear()
        home.dlf.faults.set("slow", seconds=0.3)
        people = [User(f"U0FIFTY{n}", f"person-{n}", "One of fifty") for n in range(50)]
        home.slack.users |= {person.id: person for person in people}
        asks = [home.slack.run_command(person.id, OPS, "yesterday sales") for person in people]
        outcomes = await asyncio.gather(*asks)
        assert all(outcome.ok and outcome.seconds < 3 for outcome in outcomes)

        def last_said() -> set[str]:
            """On a busy machine an answer is complete only at the second go, or lacks the day before."""
            return {"".join(home.private(person.id)[-1:]) for person in people}

        await soon(lambda: all("sales · " in said and "\nFailed: 2" in said for said in last_said()))
        assert len(home.dlf.log.of(query_days="yesterday")) == 1
        assert len(home.dlf.log.of()) == 1


# The life of an alert


async def test_an_alert_is_told_within_one_poll_at_the_usual_pace(home: Services) -> None:
    async with home.bot(timing=USUAL, rules=FAILURES) as bot:
        await soon(lambda: bot.poller.last_read_at)
        watch = Stopwatch()
        home.dlf.fail("ws-sales", 7)
        await only(home, "sales", f"{home.dlf.counts('ws-sales')['fail_count']} failed")
        # A second until it is due, then turns to poll, to notify and to send, each a little later.
        assert watch.seconds < 1 + 3 * USUAL.tick * (1 + SPREAD)


@pytest.mark.parametrize("transport", [SOCKET, HTTP], ids=["socket", "http"])
async def test_one_message_lives_through_worse_acknowledge_and_resolved(
    home: Services, transport: str
) -> None:
    async with home.bot(rules=WORSE, transport=transport):
        home.dlf.fail("ws-sales", 7)
        root = await only(home, "Warning", "sales", "7 failed", "<!here>")
        home.dlf.fail("ws-sales", 6)
        home.forward(seconds=2)
        worse = await replies(home, root, 1)
        assert "13" in worse[0]
        assert "<!here>" in worse[0]
        await home.slack.click(BEN, OPS, root.ts, "alert_acknowledge")
        await soon(lambda: any("You have it" in text for text in home.private(BEN)))
        await only(home, "Taken by <@U0BEN>")
        listed = f"jobs|{root.key.removeprefix('alert/')}"
        await home.slack.click(BEN, OPS, root.ts, "alert_more", listed)
        await soon(lambda: any("listed of 13 counted" in text for text in home.private(BEN)))
        home.dlf.heal("ws-sales")
        home.forward(seconds=2)
        healed = await only(home, "Resolved", "sales")
        assert healed.ts == root.ts
        told = await replies(home, root, 2)
        assert "resolved" in told[1].lower()
        assert "<!here>" not in told[1]
        await quiet(home)
        assert len(home.thread(root.ts)) == 2


@pytest.mark.parametrize("transport", [SOCKET, HTTP], ids=["socket", "http"])
async def test_each_take_over_of_an_alert_is_posted(home: Services, transport: str) -> None:
    async with home.bot(rules=WORSE, transport=transport) as bot:
        home.dlf.fail("ws-sales", 7)
        root = await only(home, "7 failed", "<!here>")
        await home.slack.click(BEN, OPS, root.ts, "alert_acknowledge")
        await only(home, f"Taken by <@{BEN}>")
        await home.slack.click(ADA, OPS, root.ts, "alert_take_over")
        assert f"<@{ADA}> took this over from <@{BEN}>." in (await replies(home, root, 1))[0]
        await only(home, f"Taken by <@{ADA}>", f"(before: <@{BEN}>)")
        home.dlf.fail("ws-sales", 6)
        home.forward(seconds=2)
        assert f"<@{ADA}> has it" in (await replies(home, root, 2))[1]
        await home.slack.click(ADA, OPS, root.ts, "alert_give_back")
        back = (await replies(home, root, 3))[2]
        assert f"<@{ADA}> gave this back. Nobody has it." in back
        assert "<!here>" in back
        await only(home, "13 failed", f"given back by <@{ADA}>")
        await quiet(home)
        assert len(home.thread(root.ts)) == 3
        acts = await bot.store.acts.since(MORNING)
        assert [(act.kind.value, act.by, act.channel) for act in acts] == [
            ("took", BEN, OPS),
            ("took over", ADA, OPS),
            ("gave back", ADA, OPS),
        ]


async def test_a_give_back_before_a_restart_is_posted_once_after_it(home: Services) -> None:
    async with home.bot(rules=WORSE) as bot:
        home.dlf.fail("ws-sales", 7)
        root = await only(home, "7 failed")
        await home.slack.click(BEN, OPS, root.ts, "alert_acknowledge")
        await only(home, f"Taken by <@{BEN}>")
        home.slack.faults.trouble("slack_down")
        await home.slack.click(BEN, OPS, root.ts, "alert_give_back")
        async with asyncio.timeout(20):
            while not [act for act in await bot.store.acts.since(MORNING) if act.kind.value == "gave back"]:
                await asyncio.sleep(0.02)
    home.slack.faults.clear()
    async with home.bot(rules=WORSE):
        assert f"<@{BEN}> gave this back" in (await replies(home, root, 1))[0]
        await only(home, "7 failed", f"given back by <@{BEN}>")
        await quiet(home)
        assert len(home.thread(root.ts)) == 1


async def test_silence_mutes_and_its_end_reveals_what_still_burns(home: Services) -> None:
    async with home.bot(rules=WORSE):
        home.dlf.fail("ws-sales", 7)
        root = await only(home, "7 failed")
        home.forward(seconds=2)
        outcome = await home.slack.click(ADA, OPS, root.ts, "alert_silence", _silence(root, "1h"))
        assert outcome.ok
        await soon(lambda: any("Silenced until" in text for text in home.private(ADA)))
        silenced = await only(home, "7 failed", "Silenced by @ada until", "rule failures in prod/sales")
        assert "<!here>" not in silenced.text
        assert "@ada silenced rule failures in prod/sales until" in (await replies(home, root, 1))[0]
        home.dlf.fail("ws-sales", 10)
        home.forward(minutes=5)
        await only(home, "17 failed")
        assert len(home.thread(root.ts)) == 1
        home.forward(hours=1)
        told = (await replies(home, root, 2))[1]
        assert all(fact in told for fact in ("Silence ended", "17 failed", "by @ada", "<!here>"))
        revealed = await only(home, "17 failed")
        assert "Silenced" not in revealed.text
        await quiet(home)
        assert len(home.thread(root.ts)) == 2


async def test_a_critical_alert_under_a_silence_is_posted_at_night_and_mentions_people_in_the_morning(
    home: Services,
) -> None:
    """Heal, five hang at 01:00: there were eight hours without a word."""
    home.clock.jump_to_next(time(0, 50), home.dlf.zone)
    async with home.bot(rules=STUCK):
        home.dlf.hang("ws-sales", 1)
        first = await only(home, "1 stuck", "<!here>")
        await home.slack.click(ADA, OPS, first.ts, "alert_silence", _silence(first, "tomorrow"))
        await soon(lambda: any("Silenced until" in text for text in home.private(ADA)))
        await only(home, "1 stuck", "Silenced by @ada until 25 Nov 09:00")
        home.dlf.heal("ws-sales")
        home.forward(seconds=2)
        await only(home, "Resolved", "Silenced by @ada")
        home.clock.jump_to_next(time(1, 0), home.dlf.zone)
        home.dlf.hang("ws-sales", 5)
        await soon(lambda: len(home.slack.messages(OPS)) == 2)
        second = home.slack.messages(OPS)[1]
        assert "5 stuck" in second.text
        assert "Silenced by @ada until 25 Nov 09:00" in second.text
        assert "so nobody was mentioned" in second.text
        assert "<!" not in second.text
        home.forward(seconds=2)
        assert home.thread(second.ts) == []
        home.forward(hours=3)
        assert len(home.slack.messages(OPS)) == 2
        await home.slack.open_home(BEN)
        await soon(lambda: BEN in home.slack.homes and "silenced by @ada" in str(home.slack.homes[BEN].body))
        await home.slack.click_view(BEN, home.slack.homes[BEN].id, "alert_unsilence")
        (told,) = await replies(home, second, 1)
        assert "@ben ended the silence · sales: 5 stuck" in told
        assert "<!here>" in told
        await soon(lambda: "Silenced" not in first.text + second.text)


def _silence(root: SlackMessage, length: str) -> str:
    """The menu's value for that length."""
    found = re.search(rf"'{length}\|[^']+'", str(root.blocks))
    assert found, root.blocks
    return found[0].strip("'")


async def test_midnight_ends_the_day_and_nine_o_clock_brings_the_digest(home: Services) -> None:
    home.clock.jump_to_next(time(20), home.dlf.zone)
    async with home.bot(workspaces=THREE, rules=FAILURES, digests=DIGEST):
        home.dlf.fail("ws-sales", 7)
        root = await only(home, "failed")
        home.clock.jump_to_next(time(0, 0, 5), home.dlf.zone)
        ended = await only(home, "Day over", "sales", "Not a recovery")
        assert ended.ts == root.ts
        told = await replies(home, root, 1)
        said = (ended.text + told[0]).lower()
        assert "resolved" not in said.replace("not resolved", "")
        await quiet(home)
        home.clock.jump_to_next(time(9, 0), home.dlf.zone)
        await soon(lambda: len(home.texts()) == 2)
        digest = home.texts()[1]
        assert all(name in digest for name in ("morning", "sales", "finance", "logs", "23 Nov"))
        assert "late" not in digest
        await quiet(home)
        home.clock.jump_to_next(time(9, 0, 1), home.dlf.zone)
        await soon(lambda: len(home.texts()) == 3)


async def test_three_stuck_over_three_midnights_are_told_to_the_end_despite_restarts(
    home: Services,
) -> None:
    """An alert without a taker ends unresolved, stands in the Home tab, and is taken off it by a person."""
    async with home.bot(rules=STUCK):
        home.dlf.hang("ws-sales", 3)
        root = await only(home, "3 stuck", "<!here>")
    home.clock.jump_to_next(time(3), home.dlf.zone)
    async with home.bot(rules=STUCK):
        await only(home, "3 stuck from Mon 23 Nov", "<!here>")
        assert "The day ended. These 3 stay stuck" in (await replies(home, root, 1))[0]
        said = await home.type("today")
        assert "+3 still stuck from Mon 23 Nov" in said
        assert "✅" not in said
        home.clock.jump_to_next(time(3), home.dlf.zone)
        await home.slack.click(ADA, OPS, root.ts, "alert_acknowledge")
        await only(home, "3 stuck from Mon 23 Nov", f"Taken by <@{ADA}>")
        home.clock.jump_to_next(time(3), home.dlf.zone)
        await only(home, "Closed, not resolved · sales: 3 stuck on Mon 23 Nov when last read")
        await soon(lambda: f"<@{ADA}> had it" in home.thread(root.ts)[-1])
    async with home.bot(rules=STUCK) as bot:
        await ready(bot)
        await home.slack.open_home(BEN)
        await soon(lambda: "DLF no longer returns" in str(home.slack.homes.get(BEN)))
        assert (await home.slack.click_view(BEN, home.slack.homes[BEN].id, "alert_done")).ok
        await soon(lambda: "DLF no longer returns" not in str(home.slack.homes[BEN].body))
        await only(home, "Closed, not resolved", f"Marked done by <@{BEN}>")
        (_, done) = await bot.store.acts.since(MORNING)
        assert (done.kind.value, done.by) == ("marked done", BEN)


@pytest.mark.parametrize("transport", [SOCKET, HTTP], ids=["socket", "http"])
async def test_a_digest_is_shown_and_posted_when_a_person_asks(home: Services, transport: str) -> None:
    home.clock.jump_to_next(time(8, 58, 30), home.dlf.zone)
    async with home.bot(workspaces=THREE, digests=DIGEST, transport=transport) as bot:
        await ready(bot)
        shown = await home.type("", command="/dlf-digest")
        assert all(name in shown for name in ("morning", "sales", "finance", "logs", "23 Nov"))
        assert home.texts() == []
        said = await home.type("morning post", command="/dlf-digest")
        assert said == "Posting `morning` in #data-ops."
        home.clock.jump_to_next(time(8, 59, 15), home.dlf.zone)
        said = await home.type("morning post", command="/dlf-digest")
        assert said == f"Not posted again: <@{ADA}> posted it a moment ago in #data-ops."
        posted = await only(home, "morning", "sales", f"Posted on request of <@{ADA}>")
        (act,) = await bot.store.acts.since(MORNING)
        assert (act.kind.value, act.by, act.about, act.channel) == ("posted digest", ADA, "morning", OPS)
        await quiet(home)
        home.clock.jump_to_next(time(9, 0), home.dlf.zone)
        await soon(lambda: len(home.texts()) == 2)
        assert "Requested" not in home.texts()[1]
        assert home.slack.messages(OPS)[0].ts == posted.ts


async def test_a_rerun_of_yesterday_corrects_the_old_message(home: Services) -> None:
    async with home.bot(rules=FAILURES):
        home.dlf.fail("ws-sales", 7)
        root = await only(home, "7 failed")
        day = home.dlf.today()
        home.clock.jump_to_next(time(0, 0, 5), home.dlf.zone)
        await only(home, "Day over")
        await replies(home, root, 1)
        counted = home.dlf.counts("ws-sales", "yesterday")["fail_count"]
        home.dlf.rerun("ws-sales", day, 4)
        home.forward(minutes=5)
        await only(home, "Corrected", str(counted - 4))
        assert len(home.thread(root.ts)) == 1


# What goes wrong around it


def told_last(home: Services, words: str) -> bool:
    return words in home.private()[-1]


async def test_a_restart_does_not_try_a_refused_key_again(home: Services) -> None:
    key = home.dlf.iam.access_keys["AKPLAYGROUND"]
    key.secret = "changed"
    for told in ("DLF rejected the credentials", "DLF rejected this access key"):
        async with home.bot():
            await home.type("today")
            await soon(partial(told_last, home, told), seconds=15)
    assert key.failures == 1


async def test_a_dlf_outage_is_reported_once_and_resolved_when_dlf_answers(home: Services) -> None:
    async with home.bot(workspaces=THREE, rules=FAILURES, more="unreadable_after: 2") as bot:
        await soon(lambda: bot.poller.last_read_at)
        await ready(bot)
        home.dlf.faults.set("login_page")
        for _ in range(8):
            home.forward(seconds=2)
            await asyncio.sleep(0.15)
        root = await only(home, "cannot read", "prod", "web page")
        home.dlf.fail("ws-sales", 700)
        home.forward(minutes=5)
        body = await ready(bot, "DLF project prod: not read since .* web page", status=503)
        assert "playground-secret" not in body
        await quiet(home)
        home.dlf.heal("ws-sales")
        home.dlf.faults.clear()
        home.forward(seconds=2)
        over = await only(home, "again")
        assert over.ts == root.ts
        await ready(bot)


async def test_notices_missed_in_an_outage_are_posted_late_and_once(home: Services) -> None:
    async with home.bot(rules=FAILURES) as bot:
        await ready(bot)
        home.slack.faults.trouble("slack_down")
        home.dlf.fail("ws-sales", 7)
        await soon(lambda: [one for one in home.slack.log if not one.applied])
        home.forward(minutes=5)
        home.slack.faults.clear()
        root = await only(home, "7 failed", "late")
        await quiet(home, 1.2)
        assert home.thread(root.ts) == []
        assert len([one for one in home.slack.log if one.applied and one.method == "chat.postMessage"]) == 1


async def test_an_answer_lost_on_its_way_is_looked_up_and_not_repeated(home: Services) -> None:
    async with home.bot(rules=FAILURES):
        home.slack.faults.add("dropped_after", "chat.postMessage", times=1)
        home.dlf.fail("ws-sales", 7)
        root = await only(home, "7 failed")
        home.dlf.heal("ws-sales")
        home.forward(seconds=2)
        healed = await only(home, "Resolved")
        assert healed.ts == root.ts


async def test_a_revoked_token_keeps_everything_until_it_is_good_again(home: Services) -> None:
    async with home.bot(rules=FAILURES) as bot:
        await ready(bot)
        home.slack.token_error = "token_revoked"
        home.dlf.fail("ws-sales", 7)
        await ready(bot, r"sending is stopped \(token_revoked\)\. Messages are kept", status=503)
        assert home.texts() == []
        home.slack.token_error = None
        await only(home, "7 failed")
        await ready(bot)


async def test_an_unusable_channel_is_remarked_and_its_alert_arrives_when_cured(home: Services) -> None:
    rules = "[{name: failures, metric: fail_count, limit: 5, channel: '#random'}]"
    home.slack.scopes.discard("chat:write.public")
    async with home.bot(rules=rules) as bot:
        home.dlf.fail("ws-sales", 7)
        await only(home, "Its messages are kept")
        await ready(bot, r"channel #random: messages are waiting \(not_in_channel\)")
        home.slack.invite("C0RANDOM")
        await only(home, "7 failed", channel="C0RANDOM")
        assert len(home.texts()) == 1


async def test_a_renamed_default_channel_is_followed_and_an_archived_channel_is_not_ready(
    home: Services,
) -> None:
    channel, random = home.slack.channels[OPS], home.slack.channels["C0RANDOM"]
    async with home.bot(rules=FAILURES, workspaces=THREE) as bot:
        home.dlf.fail("ws-sales", 7)
        await only(home, "sales", "7 failed")
        channel.name = "data-platform"
        home.dlf.fail("ws-sales", 20)
        await only(home, "sales", "27 failed")
        home.dlf.fail("ws-finance", 8)
        await soon(lambda: "finance" in home.texts()[-1])
        await ready(bot, f"channel #data-ops: no channel has this name now; messages go to {OPS}")
        random.name = "data-ops"
        home.dlf.fail("ws-logs", 9)
        await only(home, "logs", channel="C0RANDOM")
        home.slack.archive("C0RANDOM")
        home.dlf.fail("ws-logs", 20)
        await ready(bot, r"cannot post in the default channel #data-ops \(is_archived\)", status=503)
        home.dlf.fail("ws-sales", 30)
        await soon(lambda: "57 failed" in home.texts()[0])
        home.slack.archive("C0RANDOM", archived=False)
        await only(home, "logs", "29 failed", channel="C0RANDOM")
        await ready(bot)


async def test_a_cut_socket_is_not_ready_until_it_is_back(home: Services) -> None:
    async with home.bot() as bot:
        await ready(bot)
        home.slack.faults.trouble("socket_refused")
        home.slack.socket.cut()
        await ready(bot, "Slack: Socket Mode is not connected", status=503)
        home.slack.faults.clear()
        await ready(bot, seconds=20)
        assert "sales" in await home.type("yesterday")


async def test_a_bot_started_while_slack_is_away_waits_for_it(home: Services) -> None:
    home.slack.faults.trouble("slack_down")
    async with home.bot(rules=FAILURES, transport=HTTP) as bot:
        body = await ready(bot, "Slack: not connected yet", status=503)
        assert '"ready": false' in body
        home.dlf.fail("ws-sales", 7)
        await asyncio.sleep(0.3)
        home.slack.faults.clear()
        await only(home, "7 failed")
        await ready(bot)


# Restarts


async def test_a_restart_says_nothing_twice_and_forgets_nothing(home: Services) -> None:
    parts: dict[str, Any] = {"workspaces": THREE, "rules": FAILURES, "digests": DIGEST}
    home.clock.jump_to_next(time(8, 58), home.dlf.zone)  # two minutes to see the alert told before the digest
    async with home.bot(**parts):
        home.dlf.fail("ws-sales", 7)
        await soon(lambda: len(home.texts()) == 1)
        home.clock.jump_to_next(time(9, 0), home.dlf.zone)
        await soon(lambda: len(home.texts()) == 2)
    root = home.slack.messages(OPS)[0]
    async with home.bot(**parts) as bot:
        await soon(lambda: bot.poller.last_read_at)
        await quiet(home)
        assert len(home.texts()) == 2
    home.dlf.heal("ws-sales")
    async with home.bot(**parts):
        await soon(lambda: "Resolved" in home.slack.message(OPS, root.ts).text)
        await replies(home, root, 1)
        await quiet(home)
    assert (len(home.texts()), len(home.thread(root.ts))) == (2, 1)


async def test_notices_due_at_a_stop_are_sent_by_the_next_process(home: Services) -> None:
    async with home.bot(rules=FAILURES) as bot:
        await ready(bot)
        home.slack.faults.trouble("slack_errors")
        home.dlf.fail("ws-sales", 7)
        await soon(lambda: [one for one in home.slack.log if not one.applied])
    home.slack.faults.clear()
    async with home.bot(rules=FAILURES):
        root = await only(home, "7 failed")
        await quiet(home)
    assert home.thread(root.ts) == []


async def test_a_digest_for_a_channel_that_is_not_there_comes_when_the_config_was_corrected(
    home: Services,
) -> None:
    elsewhere = f"{DIGEST[:-2]}, channel: '#gone'}}]"
    home.clock.jump_to_next(time(8, 58), home.dlf.zone)
    async with home.bot(workspaces=THREE, digests=elsewhere) as bot:
        await soon(lambda: bot.poller.last_read_at)
        home.clock.jump_to_next(time(9, 0), home.dlf.zone)
        await ready(bot, "channel #gone: messages are waiting")
    async with home.bot(workspaces=THREE, digests=DIGEST):
        await soon(lambda: [text for text in home.texts() if "morning" in text and "sales" in text])


async def test_a_digest_that_comes_to_wait_for_a_dead_channel_later_is_sent_where_the_config_says(
    home: Services,
) -> None:
    """As when a replica with the old config wrote it."""
    async with home.bot(workspaces=THREE, digests=DIGEST, timing=replace(BRISK, enlist=0.2)) as bot:
        body = to_json(Said("the digest of an older config"))
        key = "digest/morning/2026-11-20"
        await bot.store.outbox.put(Notice(key, "#gone", body, key, Priority.DIGEST, MORNING))
        await soon(lambda: [text for text in home.texts() if "the digest of an older config" in text])


async def test_a_digest_missed_while_the_bot_was_away_comes_once_and_says_late(home: Services) -> None:
    home.clock.jump_to_next(time(8, 58), home.dlf.zone)
    async with home.bot(workspaces=THREE, digests=DIGEST) as bot:
        await soon(lambda: bot.poller.last_read_at)
    home.clock.jump_to_next(time(11), home.dlf.zone)
    async with home.bot(workspaces=THREE, digests=DIGEST):
        await only(home, "morning", "late")
    async with home.bot(workspaces=THREE, digests=DIGEST) as bot:
        await soon(lambda: bot.poller.last_read_at)
        await quiet(home)
        assert len(home.texts()) == 1


# For operators


METRICS = (
    "polls_total",
    "dlf_seconds_bucket",
    "dlf_errors_total",
    "notices_total",
    "notice_errors_total",
    "notice_delay_seconds_bucket",
    "notices_queued",
    "notices_oldest_seconds",
    "notices_parked",
    "notices_adopted_total",
    "notices_possible_repeats_total",
    "commands_total",
    "command_seconds_bucket",
    "ticks_total",
    "slack_connected",
    "slack_seconds_bucket",
    "store_seconds_bucket",
    "store_up",
    "deliveries_total",
    "instances",
    "last_read_age_seconds",
    "alerts",
    "silences",
    "leases_held",
    "build_info",
)
# What the first event would else make: of such a series Prometheus sees no increase.
FROM_THE_START = {
    "deliveries_total": 3,
    "polls_total": 4,
    "dlf_errors_total": 4,
    "dlf_seconds_count": 1,
    "notices_total": 24,
    "notice_errors_total": 2,
    "commands_total": 3,
    "command_seconds_count": 3,
    "ticks_total": 33,
    "slack_seconds_count": 3,
    "store_seconds_count": 2,
}


async def test_metrics_count_what_happened_and_tell_no_secret(home: Services) -> None:
    async with home.bot(rules=FAILURES) as bot:
        _, fresh = await look(bot, "/metrics")
        for name, series in FROM_THE_START.items():
            assert len(re.findall(rf"^dlf_bot_{name}(?:\{{|\s)", fresh, re.MULTILINE)) >= series, name
        assert 'dlf_bot_alerts{severity="warning",state="firing"} 0.0' in fresh
        await home.type("yesterday")
        home.dlf.fail("ws-sales", 7)
        await only(home, "7 failed")
        home.dlf.faults.set("login_page", times=1)
        home.slack.faults.add("http_500", "chat.update", times=1)
        home.dlf.heal("ws-sales")

        async def all_told() -> str:
            home.forward(seconds=2)
            return (await look(bot, "/metrics"))[1]

        async with asyncio.timeout(10):
            while not re.search(r'dlf_bot_notices_total\{.*reason="resolved"\} 1', body := await all_told()):
                await asyncio.sleep(0.1)
        for name in METRICS:
            assert re.search(rf"^dlf_bot_{name}(\{{|\s)", body, re.MULTILINE), name
        assert re.search(r'polls_total\{outcome="ok",project="prod"\} \d', body)
        assert 'dlf_errors_total{kind="DlfUnreadable",project="prod"} 1.0' in body
        assert 'commands_total{command="/dlf-status",outcome="read"} 1.0' in body
        assert 'notices_total{action="post",reason="firing"} 1.0' in body
        assert "dlf_bot_slack_connected 1.0" in body
        assert 'deliveries_total{outcome="confirmed"}' in body
        assert not re.search(r'deliveries_total\{outcome="unsure"\} 0.0', body)
        for labels in ('slack_seconds_count{method="chat.update"}', 'store_seconds_count{operation="write"}'):
            assert re.search(rf"dlf_bot_{re.escape(labels)} [1-9]", body), labels
        assert not any(secret in body for secret in (ADA, "playground-secret", "xoxb", "xapp", PROJECT))


async def test_a_bearer_token_guards_health_and_metrics(home: Services) -> None:
    http = "{host: 127.0.0.1, port: 0, token: guard-token}"
    async with home.bot(http=http) as bot:
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await look(bot, path))[0] == 401
            assert (await look(bot, path, Authorization="Bearer wrong"))[0] == 401
            assert (await look(bot, path, Authorization="Bearer guard-token"))[0] == 200


async def test_every_other_address_and_method_is_refused(home: Services) -> None:
    async with home.bot() as bot, aiohttp.ClientSession(f"http://127.0.0.1:{bot.http_port}") as session:
        tried: list[tuple[str, str, int]] = [
            ("GET", "/", 404),
            ("GET", "/metrics/", 404),
            ("GET", "/slack/events", 404),
            ("POST", "/slack/events", 404),
            ("POST", "/metrics", 405),
            ("DELETE", "/healthz", 405),
            ("HEAD", "/healthz", 200),
        ]
        for method, path, status in tried:
            async with session.request(method, path) as answer:
                assert (answer.status, method, path) == (status, method, path)


async def test_in_http_mode_only_slack_is_listened_to(home: Services) -> None:
    async with home.bot(transport=HTTP) as bot:
        home.slack.signing_secret = "another-secret"
        outcome = await home.slack.run_command(ADA, OPS, "yesterday")
        assert (outcome.error, outcome.answer) == ("http_service_error", {"status": 401})
        home.slack.signing_secret = "playground-signing-secret"
        usual, home.slack.wall = home.slack.wall, _shifted(home.slack.wall, -301)
        outcome = await home.slack.run_command(ADA, OPS, "yesterday")
        assert outcome.answer == {"status": 401}
        home.slack.wall = usual
        for unsigned in (b"x" * 1_100_000, b"command=%2Fdlf-status&text=help"):
            assert (await _post(bot, unsigned))[0] == 401
        assert home.private() and not any("/dlf-status yesterday" in text for text in home.private())
        assert "sales" in await home.type("yesterday")
        assert (await look(bot))[0] == 200


async def _post(bot: Bot, body: bytes) -> tuple[int, str]:
    url = f"http://127.0.0.1:{bot.http_port}/slack/events"
    async with aiohttp.ClientSession() as session, session.post(url, data=io.BytesIO(body)) as answer:
        return answer.status, await answer.text()


def _shifted(clock: Callable[[], float], seconds: float) -> Callable[[], float]:
    return lambda: clock() + seconds
