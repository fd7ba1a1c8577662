"""The imitated Slack, through the wire: the real slack_sdk and slack_bolt against it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.fake_slack.methods import METHODS
from bot.playground.fake_slack.objects import UserGroup
from bot.playground.fake_slack.server import make_app
from bot.playground.fake_slack.world import SlackWorld

OPS, FINANCE, RANDOM, ADA, BEN = "C0DATAOPS", "C0FINANCE", "C0RANDOM", "U0ADA", "U0BEN"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*7 failed*"}}
BUTTON = {
    "type": "button",
    "action_id": "take",
    "text": {"type": "plain_text", "text": "Take"},
    "value": "a1",
}
BUTTONS = {"type": "actions", "block_id": "do", "elements": [BUTTON]}
MODAL = {
    "type": "modal",
    "callback_id": "silence",
    "title": {"type": "plain_text", "text": "Silence"},
    "submit": {"type": "plain_text", "text": "OK"},
    "blocks": [
        {
            "type": "input",
            "block_id": "until",
            "label": {"type": "plain_text", "text": "How long"},
            "element": {"type": "plain_text_input", "action_id": "hours"},
        }
    ],
}


class Hands:
    """A clock and a timer set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
        self.seconds = 0.0

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds


@dataclass
class Slack:
    world: SlackWorld
    hands: Hands
    url: str
    session: aiohttp.ClientSession

    def client(self, token: str = "xoxb-playground", **options: Any) -> AsyncWebClient:
        options.setdefault("retry_handlers", [])
        return AsyncWebClient(token, base_url=self.url + "/api/", session=self.session, **options)


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Slack]:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    hands = Hands()
    world = SlackWorld(lambda: hands.now, timer=lambda: hands.seconds)
    server = TestServer(make_app(world))
    await server.start_server()
    async with aiohttp.ClientSession() as session:
        world.base_url = str(server.make_url("")).rstrip("/")
        yield Slack(world, hands, world.base_url, session)
    await server.close()


async def refusal(call: Awaitable[Any]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    return dict(caught.value.response.data)


async def test_a_posted_message_is_there_and_is_logged_with_its_key(slack: Slack) -> None:
    metadata = {"event_type": "dlf_bot_notice", "event_payload": {"key": "k1"}}
    posted = await slack.client().chat_postMessage(
        channel="#data-ops", text="7 failed", blocks=[SECTION], metadata=metadata
    )
    assert posted["channel"] == OPS
    message = slack.world.message(OPS, posted["ts"])
    assert (message.text, message.key, message.bot_id) == ("7 failed", "k1", "B0DLFBOT")
    assert message.blocks[0]["block_id"]
    (entry,) = slack.world.log
    assert (entry.method, entry.channel, entry.ts) == ("chat.postMessage", OPS, posted["ts"])
    assert (entry.key, entry.applied, entry.outcome) == ("k1", True, "ok")


@pytest.fixture
async def bolt(slack: Slack) -> AsyncIterator[AsyncApp]:
    """The real Bolt over the real Socket Mode client, connected."""
    app = AsyncApp(client=slack.client(), signing_secret=slack.world.signing_secret)
    handler = AsyncSocketModeHandler(app, slack.world.app_token, ping_interval=0.2)
    await handler.connect_async()
    await slack.world.wait_for(lambda: slack.world.socket.connections)
    yield app
    await handler.close_async()


async def test_a_command_is_answered_over_socket_mode(slack: Slack, bolt: AsyncApp) -> None:
    @bolt.command("/dlf-status")
    async def status(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"you said {command['text']}")

    outcome = await slack.world.run_command(ADA, "data-ops", "yesterday")
    assert outcome.ok
    (seen,) = slack.world.ephemerals_of(ADA, OPS)
    assert seen.text == "you said yesterday"
    assert slack.world.ephemerals_of(BEN) == []


# The Web API


async def test_a_web_api_call_is_identified_by_its_token(slack: Slack) -> None:
    assert (await refusal(slack.client("xoxb-other").auth_test()))["error"] == "invalid_auth"
    assert (await refusal(slack.client("xapp-playground").auth_test()))["error"] == "not_allowed_token_type"
    open_wrong = slack.client().apps_connections_open
    assert (await refusal(open_wrong(app_token="xapp-wrong")))["error"] == "invalid_auth"
    assert (await refusal(open_wrong(app_token="xoxb-playground")))["error"] == "not_allowed_token_type"
    async with slack.session.post(slack.url + "/api/auth.test") as response:
        assert (response.status, (await response.json())["error"]) == (200, "not_authed")


async def test_auth_test_returns_identity_and_scopes(slack: Slack) -> None:
    slack.world.scopes = {"commands", "chat:write"}
    answer = await slack.client().auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == (
        "T0PLAYGROUND",
        "U0DLFBOT",
        "B0DLFBOT",
    )
    assert answer.headers["x-oauth-scopes"] == "chat:write,commands"


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
async def test_a_token_can_be_revoked(slack: Slack, error: str) -> None:
    slack.world.token_error = error
    assert (await refusal(slack.client().chat_postMessage(channel=OPS, text="x")))["error"] == error
    slack.world.token_error = None
    assert (await slack.client().auth_test())["ok"]


async def test_a_missing_scope_is_named(slack: Slack) -> None:
    slack.world.scopes -= {"channels:history"}
    body = await refusal(slack.client().conversations_history(channel=OPS))
    assert (body["error"], body["needed"]) == ("missing_scope", "channels:history")
    assert "chat:write" in body["provided"]


async def test_an_unknown_method_is_reported(slack: Slack) -> None:
    assert (await refusal(slack.client().api_call("chat.shout")))["error"] == "unknown_method"


async def test_a_body_that_is_no_json_is_refused(slack: Slack) -> None:
    headers = {"Authorization": "Bearer xoxb-playground", "Content-Type": "application/json"}
    for body, error in (("{", "invalid_json"), ("[]", "json_not_object")):
        async with slack.session.post(slack.url + "/api/auth.test", data=body, headers=headers) as response:
            assert (await response.json())["error"] == error


Prepare = Callable[[SlackWorld], Any]
LONG_SECTIONS = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5
TABLE = {
    "type": "table",
    "rows": [[{"type": "raw_text", "text": "Job"}], [{"type": "raw_text", "text": "a"}]],
}
CHART = {
    "type": "data_visualization",
    "title": "Failures",
    "chart": {
        "type": "line",
        "series": [{"name": "Fail", "data": [{"label": "Mon", "value": 1}, {"label": "Tue", "value": 0}]}],
        "axis_config": {"categories": ["Mon", "Tue"]},
    },
}


def _leave_private(world: SlackWorld) -> None:
    world.channels[OPS].is_private = True
    world.remove(OPS)


def _refuse_lost_threads(world: SlackWorld) -> None:
    world.refuses_lost_threads = True


REFUSED_POSTS: list[tuple[str, Prepare, dict[str, Any]]] = [
    ("channel_not_found", lambda w: None, {"channel": "C0NOWHERE"}),
    ("channel_not_found", lambda w: None, {"channel": "#no-such"}),
    ("channel_not_found", _leave_private, {}),
    ("not_in_channel", lambda w: w.scopes.discard("chat:write.public"), {"channel": RANDOM}),
    ("is_archived", lambda w: w.archive(OPS), {}),
    ("restricted_action", lambda w: w.restrict(OPS), {}),
    ("missing_scope", lambda w: w.scopes.discard("chat:write"), {}),
    ("thread_not_found", _refuse_lost_threads, {"thread_ts": "1.000000"}),
    ("no_text", lambda w: None, {"text": " "}),
    ("msg_too_long", lambda w: None, {"text": "x" * 40_001}),
    ("invalid_blocks", lambda w: None, {"blocks": [{"type": "sektion"}]}),
    ("invalid_blocks_format", lambda w: None, {"blocks": "nonsense"}),
    ("invalid_attachments", lambda w: None, {"blocks": [TABLE], "attachments": [{"blocks": [TABLE]}]}),
    ("msg_blocks_too_long", lambda w: None, {"blocks": LONG_SECTIONS}),
    ("invalid_blocks", lambda w: w.faults.refuse_blocks("data_visualization"), {"blocks": [CHART]}),
    ("invalid_metadata_format", lambda w: None, {"metadata": {"event_type": "x"}}),
]


@pytest.mark.filterwarnings("ignore:The top-level `text` argument:UserWarning")
@pytest.mark.parametrize(("error", "prepare", "args"), REFUSED_POSTS)
async def test_a_post_slack_would_refuse_is_refused(
    slack: Slack, error: str, prepare: Prepare, args: dict[str, Any]
) -> None:
    prepare(slack.world)
    body = await refusal(slack.client().chat_postMessage(**({"channel": OPS, "text": "x"} | args)))
    assert body["error"] == error
    assert not any(channel.messages for channel in slack.world.channels.values())
    assert [(e.applied, e.outcome) for e in slack.world.log] == [(False, error)]


async def test_blocks_may_be_sent_as_a_form(slack: Slack) -> None:
    form = {"token": "xoxb-playground", "channel": OPS, "text": "x", "blocks": json.dumps([SECTION])}
    async with slack.session.post(slack.url + "/api/chat.postMessage", data=form) as response:
        posted = await response.json()
    assert slack.world.message(OPS, posted["ts"]).blocks[0]["text"] == SECTION["text"]


async def test_public_channels_take_posts_of_a_stranger_but_show_it_no_history(slack: Slack) -> None:
    await slack.client().chat_postMessage(channel=RANDOM, text="x")
    assert (await refusal(slack.client().conversations_history(channel=RANDOM)))["error"] == "not_in_channel"
    await slack.client().conversations_join(channel=RANDOM)
    assert len((await slack.client().conversations_history(channel=RANDOM))["messages"]) == 1


async def test_one_message_a_second_and_channel_with_a_short_burst(slack: Slack) -> None:
    post = slack.client().chat_postMessage
    for text in "abc":
        await post(channel=OPS, text=text)
    with pytest.raises(SlackApiError) as caught:
        await post(channel=OPS, text="d")
    response = caught.value.response
    assert (response.status_code, response.data["error"]) == (429, "ratelimited")
    assert response.headers["Retry-After"] == "1"
    await post(channel=FINANCE, text="d")
    slack.hands.pass_time(1)
    await post(channel=OPS, text="d")
    slack.world.limits.enabled = False
    for text in "efghi":
        await post(channel=OPS, text=text)
    assert [m.text for m in slack.world.messages(OPS)] == list("abcdefghi")


async def test_other_methods_have_their_tiers(slack: Slack) -> None:
    client = slack.client()
    for _ in range(20):
        await client.users_list()
    assert (await refusal(client.users_list()))["error"] == "ratelimited"
    slack.hands.pass_time(3)
    await client.users_list()


async def test_an_edit_changes_what_it_names_and_keeps_the_rest(slack: Slack) -> None:
    client, metadata = slack.client(), {"event_type": "e", "event_payload": {"key": "k"}}
    posted = await client.chat_postMessage(channel=OPS, text="7", blocks=[SECTION], metadata=metadata)
    await client.chat_update(channel=OPS, ts=posted["ts"], text="8")
    message = slack.world.message(OPS, posted["ts"])
    assert (message.text, len(message.blocks), message.key) == ("8", 1, "k")
    assert message.as_json()["edited"]["user"] == "U0DLFBOT"
    await client.chat_update(channel=OPS, ts=posted["ts"], text="9", blocks=[])
    assert message.blocks == []
    assert [(e.method, e.key, e.text) for e in slack.world.log][1:] == [
        ("chat.update", "k", "8"),
        ("chat.update", "k", "9"),
    ]


async def test_only_own_messages_change_and_only_by_channel_id(slack: Slack) -> None:
    client, theirs = slack.client(), slack.world.post(BEN, OPS, "mine")
    for channel, ts, error in [
        (OPS, theirs.ts, "cant_update_message"),
        (OPS, "1.000000", "message_not_found"),
        ("#data-ops", theirs.ts, "channel_not_found"),
    ]:
        assert (await refusal(client.chat_update(text="x", channel=channel, ts=ts)))["error"] == error
    assert (await refusal(client.chat_delete(channel=OPS, ts=theirs.ts)))["error"] == "cant_delete_message"
    mine = await client.chat_postMessage(channel=OPS, text="x")
    long = client.chat_update(channel=OPS, ts=mine["ts"], text="x" * 4001)
    assert (await refusal(long))["error"] == "msg_too_long"
    slack.world.delete(OPS, mine["ts"])
    assert (await refusal(client.chat_update(channel=OPS, ts=mine["ts"], text="y")))[
        "error"
    ] == "message_not_found"


async def test_a_deleted_parent_leaves_a_tombstone_over_its_thread(slack: Slack) -> None:
    client = slack.client()
    parent = await client.chat_postMessage(channel=OPS, text="parent")
    await client.chat_postMessage(channel=OPS, text="reply", thread_ts=parent["ts"])
    await client.chat_delete(channel=OPS, ts=parent["ts"])
    (left,) = (await client.conversations_history(channel=OPS))["messages"]
    assert (left["subtype"], left["reply_count"]) == ("tombstone", 1)
    more = await client.chat_postMessage(channel=OPS, text="more", thread_ts=parent["ts"])
    assert more["message"]["thread_ts"] == parent["ts"]
    slack.world.refuses_lost_threads = True
    gone = client.chat_postMessage(channel=OPS, text="yet more", thread_ts=parent["ts"])
    assert (await refusal(gone))["error"] == "thread_not_found"


async def test_a_reply_below_a_parent_that_is_gone_stands_in_the_channel(slack: Slack) -> None:
    client = slack.client()
    parent = await client.chat_postMessage(channel=OPS, text="parent")
    await client.chat_delete(channel=OPS, ts=parent["ts"])
    reply = await client.chat_postMessage(channel=OPS, text="reply", thread_ts=parent["ts"])
    assert "thread_ts" not in reply["message"]
    assert [one.text for one in slack.world.messages(OPS)] == ["reply"]


async def test_history_is_newest_first_without_replies_and_has_metadata_only_on_request(slack: Slack) -> None:
    client, metadata = slack.client(), {"event_type": "e", "event_payload": {"key": "k"}}
    first = await client.chat_postMessage(channel=OPS, text="first", metadata=metadata)
    slack.hands.pass_time(5)
    await client.chat_postMessage(channel=OPS, text="reply", thread_ts=first["ts"])
    second = await client.chat_postMessage(channel=OPS, text="second")
    plain = (await client.conversations_history(channel=OPS))["messages"]
    assert [m["text"] for m in plain] == ["second", "first"]
    assert not any("metadata" in m for m in plain)
    full = (await client.conversations_history(channel=OPS, include_all_metadata=True))["messages"]
    assert full[1]["metadata"]["event_payload"]["key"] == "k"
    since = client.conversations_history
    assert [m["text"] for m in (await since(channel=OPS, oldest=first["ts"]))["messages"]] == ["second"]
    both = await since(channel=OPS, oldest=first["ts"], latest=second["ts"], inclusive=True)
    assert len(both["messages"]) == 2
    thread = await client.conversations_replies(channel=OPS, ts=first["ts"], include_all_metadata=True)
    assert [m["text"] for m in thread["messages"]] == ["first", "reply"]
    assert (thread["messages"][0]["reply_count"], thread["messages"][0]["metadata"]["event_type"]) == (1, "e")
    assert (await refusal(client.conversations_replies(channel=OPS, ts="1.0")))["error"] == "thread_not_found"


async def test_history_comes_in_pages(slack: Slack) -> None:
    for number in range(5):
        slack.world.post(BEN, OPS, str(number))
    seen, cursor = [], ""
    while True:
        answer = await slack.client().conversations_history(channel=OPS, limit=2, cursor=cursor)
        seen += [m["text"] for m in answer["messages"]]
        cursor = answer["response_metadata"]["next_cursor"]
        assert answer["has_more"] == bool(cursor)
        if not cursor:
            break
    assert seen == ["4", "3", "2", "1", "0"]


async def test_timestamps_grow_even_when_the_clock_is_set_back(slack: Slack) -> None:
    first = slack.world.post(BEN, OPS, "a")
    slack.hands.now -= timedelta(hours=1)
    assert float(slack.world.post(BEN, OPS, "b").ts) > float(first.ts)


async def test_people_groups_and_channels_can_be_looked_up(slack: Slack) -> None:
    client, world = slack.client(), slack.world
    world.usergroups["S0ONCALL"] = UserGroup("S0ONCALL", "oncall", "On call", [ADA])
    assert (await client.users_info(user=ADA))["user"]["is_admin"]
    assert (await refusal(client.users_info(user="U0NOBODY")))["error"] == "user_not_found"
    assert {m["name"] for m in (await client.users_list())["members"]} == {"ada", "ben", "dlf-bot"}
    assert (await client.usergroups_list(include_users=True))["usergroups"][0]["users"] == [ADA]
    assert (await client.usergroups_users_list(usergroup="S0ONCALL"))["users"] == [ADA]
    assert [c["name"] for c in (await client.conversations_list())["channels"]] == [
        "data-ops",
        "finance",
        "random",
    ]
    assert (await client.conversations_info(channel=RANDOM))["channel"]["is_member"] is False
    assert (await refusal(client.conversations_info(channel="#random")))["error"] == "channel_not_found"
    direct = (await client.conversations_open(users=[ADA]))["channel"]["id"]
    assert (await client.chat_postMessage(channel=ADA, text="hi"))["channel"] == direct


async def test_an_ephemeral_message_is_for_a_single_member(slack: Slack) -> None:
    client = slack.client()
    await client.chat_postEphemeral(channel=OPS, user=ADA, text="psst")
    assert [e.text for e in slack.world.ephemerals_of(ADA)] == ["psst"]
    assert (await client.conversations_history(channel=OPS))["messages"] == []
    slack.world.remove(OPS, BEN)
    answer = await refusal(client.chat_postEphemeral(channel=OPS, user=BEN, text="x"))
    assert answer["error"] == "user_not_in_channel"


async def test_a_reaction_is_added_once(slack: Slack) -> None:
    ts = slack.world.post(BEN, OPS, "x").ts
    await slack.client().reactions_add(channel=OPS, timestamp=ts, name="eyes")
    again = slack.client().reactions_add(channel=OPS, timestamp=ts, name="eyes")
    assert (await refusal(again))["error"] == "already_reacted"
    assert slack.world.message(OPS, ts).reactions == {"eyes": ["U0DLFBOT"]}


async def test_blocks_can_be_validated_without_posting(slack: Slack) -> None:
    client = slack.client()
    assert (await client.blocks_validate(blocks=[SECTION, CHART, TABLE]))["ok"]
    body = await refusal(
        client.blocks_validate(blocks=[{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}])
    )
    assert body["error"] == "invalid_blocks"
    assert body["errors"][0]["pointer"] == "/blocks/0/text/type"
    assert (await refusal(client.blocks_validate(view={"type": "modal"})))["error"] == "invalid_view"


ODD: list[Any] = [
    [],
    {},
    5,
    True,
    [1],
    [{}],
    [{"type": []}],
    {"type": "modal", "blocks": 5},
    "[[[",
    {"blocks": [5]},
]
ARGUMENTS = (
    "channel text blocks attachments metadata thread_ts ts user user_id "
    "users view limit cursor oldest message"
)


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_odd_arguments_never_break_slack(slack: Slack, method: str) -> None:
    slack.world.limits.enabled = False
    ts = slack.world.post(BEN, OPS, "x").ts
    good = {"channel": OPS, "text": "x", "ts": ts, "user": ADA, "user_id": ADA}
    token = "xapp-playground" if METHODS[method].app_token else "xoxb-playground"
    for name in ARGUMENTS.split():
        for odd in ODD:
            args = (good if method != "blocks.validate" else {}) | {name: odd}
            headers = {"Authorization": f"Bearer {token}"}
            async with slack.session.post(
                f"{slack.url}/api/{method}", json=args, headers=headers
            ) as response:
                assert response.status == 200, (name, odd)


# Faults


DONE_BUT_UNTOLD = {"dropped_after", "cut_answer", "http_500_after"}


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("http_500", 500),
        ("http_503", 503),
        ("html_502", 502),
        ("http_500_after", 500),
        ("ratelimited", 429),
        ("error", 200),
        ("refused", None),
        ("dropped_before", None),
        ("dropped_after", None),
        ("cut_answer", None),
    ],
)
async def test_a_fault_strikes_once_and_the_log_knows_what_was_done(
    slack: Slack, kind: str, seen: int | None
) -> None:
    slack.world.faults.add(kind, "chat.postMessage", times=1, seconds=7, error="fatal_error")
    expected: tuple[type[Exception], ...] = (aiohttp.ClientError,) if seen is None else (SlackApiError,)
    with pytest.raises(expected) as caught:
        await slack.client().chat_postMessage(channel=OPS, text="x")
    if isinstance(caught.value, SlackApiError):
        assert caught.value.response.status_code == seen
        assert kind != "ratelimited" or caught.value.response.headers["Retry-After"] == "7"
    stored = kind in DONE_BUT_UNTOLD
    assert len(slack.world.messages(OPS)) == stored
    (entry,) = slack.world.log
    assert entry.applied == stored
    assert entry.outcome != "ok"
    await slack.client().chat_postMessage(channel=OPS, text="y")
    assert slack.world.log[-1].outcome == "ok"


@pytest.mark.parametrize(("kind", "stored_at_timeout"), [("slow", 0), ("slow_answer", 1)])
async def test_a_slow_slack_outlasts_the_client(slack: Slack, kind: str, stored_at_timeout: int) -> None:
    slack.world.faults.add(kind, "chat.postMessage", times=1, seconds=2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await slack.client().chat_postMessage(channel=OPS, text="x")
    assert len(slack.world.messages(OPS)) == stored_at_timeout
    assert await slack.world.wait_for(lambda: slack.world.messages(OPS))


async def test_the_sdk_own_retry_posts_twice_when_the_answer_is_lost(slack: Slack) -> None:
    """Why the bot must not use slack_sdk's default retry handler for posting."""
    slack.world.faults.add("dropped_after", "chat.postMessage", times=1)
    await slack.client(retry_handlers=None).chat_postMessage(channel=OPS, text="x")
    assert len(slack.world.messages(OPS)) == 2


async def test_the_sdk_waits_as_long_as_retry_after_says(slack: Slack) -> None:
    slack.world.faults.add("ratelimited", "chat.postMessage", times=1, seconds=1)
    patient = slack.client(retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=1)])
    await patient.chat_postMessage(channel=OPS, text="x")
    assert [e.outcome for e in slack.world.log] == ["ratelimited", "ok"]


async def test_faults_are_per_method_named_and_mendable(slack: Slack) -> None:
    faults, client = slack.world.faults, slack.client()
    faults.trouble("posts_cut_off")
    faults.trouble("posts_cut_off")
    assert len(faults.standing) == 1
    assert (await client.auth_test())["ok"]
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await client.chat_postMessage(channel=OPS, text="x")
    faults.clear("posts_cut_off")
    await client.chat_postMessage(channel=OPS, text="x")
    faults.trouble("token_revoked")
    assert (await refusal(client.auth_test()))["error"] == "token_revoked"
    faults.clear()
    assert (await client.auth_test())["ok"]
    with pytest.raises(KeyError):
        faults.add("gremlins")


# Socket Mode


async def test_an_unacknowledged_command_shows_a_timeout(
    slack: Slack, bolt: AsyncApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    slack.world.ack_seconds = 0.2

    @bolt.command("/dlf-status")
    async def status(ack: Any) -> None:
        await asyncio.sleep(0.4)
        await ack()

    outcome = await slack.world.run_command(ADA, OPS, "")
    assert outcome.error == "operation_timeout"
    (seen,) = slack.world.ephemerals_of(ADA)
    assert "operation_timeout" in seen.text
    await asyncio.sleep(0.3)


async def test_without_a_connection_a_command_fails_at_once(slack: Slack) -> None:
    assert (await slack.world.run_command(ADA, OPS, "")).error == "dispatch_failed"


async def test_an_answer_with_bad_blocks_is_not_shown(slack: Slack, bolt: AsyncApp) -> None:
    @bolt.command("/dlf-status")
    async def status(ack: Any) -> None:
        await ack(text="x", blocks=[{"type": "sektion"}])

    assert (await slack.world.run_command(ADA, OPS, "")).error == "invalid_command_response"


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "cut"])
async def test_the_real_client_comes_back_after_a_disconnect(
    slack: Slack, bolt: AsyncApp, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    if reason == "cut":
        slack.world.socket.cut()
    else:
        await slack.world.socket.disconnect(reason)
    await slack.world.wait_for(lambda: slack.world.socket.opened >= 2 and slack.world.socket.connections)
    bolt.command("/dlf-status")(answer_hello)
    assert (await slack.world.run_command(ADA, OPS, "")).ok


async def answer_hello(ack: Any) -> None:
    await ack("hello")


async def test_refused_handshakes_are_counted_down(slack: Slack) -> None:
    slack.world.faults.add("http_503", "socket", times=1)
    for connected in (False, True):
        url = (await slack.client().apps_connections_open(app_token="xapp-playground"))["url"]
        if connected:
            async with slack.session.ws_connect(url) as socket:
                assert (await socket.receive_json())["type"] == "hello"
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await slack.session.ws_connect(url)


async def open_socket(slack: Slack) -> aiohttp.ClientWebSocketResponse:
    url = (await slack.client().apps_connections_open(app_token="xapp-playground"))["url"]
    return await slack.session.ws_connect(url)


async def test_a_ticket_is_good_once_and_not_for_long(slack: Slack) -> None:
    url = (await slack.client().apps_connections_open(app_token="xapp-playground"))["url"]
    async with slack.session.ws_connect(url) as socket:
        assert (await socket.receive_json())["num_connections"] == 1
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await slack.session.ws_connect(url)
    late = (await slack.client().apps_connections_open(app_token="xapp-playground"))["url"]
    slack.hands.pass_time(31)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await slack.session.ws_connect(late)


async def test_at_most_ten_connections_and_each_payload_goes_to_one(slack: Slack) -> None:
    sockets = [await open_socket(slack) for _ in range(10)]
    eleventh = await open_socket(slack)
    frame = await eleventh.receive_json()
    assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
    slack.world.ack_seconds = 0.05
    for _ in range(12):
        assert (await slack.world.run_command(ADA, OPS, "x")).error == "operation_timeout"
    delivered = [c.delivered for c in slack.world.socket.connections]
    assert sum(delivered) == 12
    assert sum(d > 0 for d in delivered) >= 3
    for socket in sockets:
        await socket.close()


async def test_a_silent_connection_hears_and_says_nothing(slack: Slack) -> None:
    slack.world.ack_seconds = 0.05
    slack.world.faults.add("silent", "socket", times=1)
    socket = await open_socket(slack)
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.05)
    assert (await slack.world.run_command(ADA, OPS, "x")).error == "operation_timeout"
    await socket.close()


async def test_an_unacknowledged_event_comes_again(slack: Slack) -> None:
    slack.world.ack_seconds, slack.world.event_retry_seconds = 0.5, (0.0, 0.0, 0.0)
    socket = await open_socket(slack)
    await socket.receive_json()
    await slack.world.open_home(ADA)
    first = await socket.receive_json(timeout=20)
    again = await socket.receive_json(timeout=20)
    await socket.send_json({"envelope_id": again["envelope_id"]})
    assert first["payload"]["event"]["type"] == "app_home_opened"
    assert first["accepts_response_payload"] is False
    assert (first["retry_attempt"], again["retry_attempt"], again["retry_reason"]) == (0, 1, "timeout")
    assert again["payload"]["event_id"] == first["payload"]["event_id"]
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.8)
    await socket.close()


async def test_a_failed_handshake_uses_its_ticket_up(slack: Slack) -> None:
    """The address slack_sdk's client then tries for ever is dead."""
    slack.world.faults.add("http_503", "socket", times=1)
    url = (await slack.client().apps_connections_open(app_token="xapp-playground"))["url"]
    for status in (503, 403):
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await slack.session.ws_connect(url)
        assert caught.value.status == status


async def test_connections_are_pinged_and_answer_pings(slack: Slack) -> None:
    slack.world.socket.ping_seconds = 0.05
    url = (await slack.client().apps_connections_open(app_token="xapp-playground"))["url"]
    async with slack.session.ws_connect(url, autoping=False) as socket:
        await socket.receive_json()
        await socket.ping(b"are you there")
        seen: set[aiohttp.WSMsgType] = set()
        async with asyncio.timeout(20):
            while seen != {aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG}:
                seen.add((await socket.receive()).type)


# Clicks, modals, Home, response_url


async def post_buttons(slack: Slack) -> str:
    blocks: list[dict[Any, Any]] = [SECTION, BUTTONS]
    return str((await slack.client().chat_postMessage(channel=OPS, text="7 failed", blocks=blocks))["ts"])


async def test_a_click_reaches_the_listener_and_may_change_the_message(slack: Slack, bolt: AsyncApp) -> None:
    bodies: list[dict[str, Any]] = []

    @bolt.action("take")
    async def take(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        bodies.append(body)
        await respond("taken", replace_original=True)

    ts = await post_buttons(slack)
    assert (await slack.world.click(BEN, OPS, ts, "take")).ok
    await slack.world.wait_for(lambda: slack.world.message(OPS, ts).text == "taken")
    (body,) = bodies
    assert body["actions"][0]["value"] == "a1"
    assert body["actions"][0]["block_id"] == "do"
    assert (body["user"]["id"], body["message"]["ts"], body["channel"]["id"]) == (BEN, ts, OPS)
    assert slack.world.message(OPS, ts).edits == 1


async def test_a_button_that_is_not_shown_cannot_be_clicked(slack: Slack) -> None:
    ts = await post_buttons(slack)
    with pytest.raises(LookupError):
        await slack.world.click(BEN, OPS, ts, "no_such_button")
    with pytest.raises(LookupError):
        await slack.world.click(BEN, OPS, "1.000000", "take")


async def test_a_modal_opens_complains_and_closes(slack: Slack, bolt: AsyncApp) -> None:
    @bolt.action("take")
    async def take(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @bolt.view("silence")
    async def silence(ack: Any, view: dict[str, Any]) -> None:
        hours = view["state"]["values"]["until"]["hours"]["value"]
        if hours == "2":
            await ack()
        else:
            await ack(response_action="errors", errors={"until": "a number of hours"})

    await slack.world.click(ADA, OPS, await post_buttons(slack), "take")
    await slack.world.wait_for(lambda: slack.world.modals.get(ADA))
    assert (await slack.world.submit(ADA, {})).error == "required"
    wrong = await slack.world.submit(ADA, {"until": {"hours": "long"}})
    assert wrong.errors == {"until": "a number of hours"}
    assert (await slack.world.submit(ADA, {"until": {"hours": "2"}})).ok
    assert slack.world.modals[ADA] == []


async def test_a_modal_is_pushed_updated_cleared_and_its_closing_is_told(
    slack: Slack, bolt: AsyncApp
) -> None:
    closed: list[str] = []
    answers = iter(["push", "update", "clear"])

    @bolt.view("silence")
    async def silence(ack: Any) -> None:
        action = next(answers)
        await ack(response_action=action, **({"view": MODAL} if action != "clear" else {}))

    @bolt.view_closed("silence")
    async def gone(ack: Any, view: dict[str, Any]) -> None:
        await ack()
        closed.append(view["id"])

    world, typed = slack.world, {"until": {"hours": "2"}}
    open_modal = slack.client().views_open
    await open_modal(trigger_id=world.new_trigger(ADA), view=MODAL | {"notify_on_close": True})
    assert (await world.submit(ADA, typed)).ok
    below, top = world.modals[ADA]
    assert (top.previous_id, top.root_id) == (below.id, below.id)
    assert (await world.submit(ADA, typed)).ok
    assert (await world.close_modal(ADA)).ok
    assert (await world.close_modal(ADA)).ok
    assert await world.wait_for(lambda: closed) == [below.id]
    await open_modal(trigger_id=world.new_trigger(ADA), view=MODAL)
    await world.submit(ADA, typed)
    assert world.modals[ADA] == []
    for nothing in (world.submit(ADA, typed), world.close_modal(ADA), world.click_view(ADA, "V0", "take")):
        with pytest.raises(LookupError):
            await nothing


async def test_a_trigger_lives_three_seconds_and_opens_one_view(slack: Slack) -> None:
    client, world = slack.client(), slack.world
    trigger = world.new_trigger(ADA)
    view = (await client.views_open(trigger_id=trigger, view=MODAL))["view"]
    again = await refusal(client.views_open(trigger_id=trigger, view=MODAL))
    assert again["error"] == "exchanged_trigger_id"
    late = world.new_trigger(ADA)
    slack.hands.pass_time(3.1)
    assert (await refusal(client.views_open(trigger_id=late, view=MODAL)))["error"] == "expired_trigger_id"
    assert (await refusal(client.views_open(trigger_id="x", view=MODAL)))["error"] == "invalid_trigger_id"
    changed = MODAL | {"title": {"type": "plain_text", "text": "Done"}}
    await client.views_update(view_id=view["id"], view=changed, hash=view["hash"])
    stale = await refusal(client.views_update(view_id=view["id"], view=changed, hash=view["hash"]))
    assert stale["error"] == "hash_conflict"
    assert world.modals[ADA][0].body["title"]["text"] == "Done"


async def test_home_is_published_per_user_and_clicked(slack: Slack, bolt: AsyncApp) -> None:
    @bolt.event("app_home_opened")
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [BUTTONS]})

    clicked = asyncio.Event()

    @bolt.action("take")
    async def take(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        assert body["view"]["type"] == "home"
        clicked.set()

    await slack.world.open_home(ADA)
    home = await slack.world.wait_for(lambda: slack.world.homes.get(ADA))
    assert BEN not in slack.world.homes
    assert (await slack.world.click_view(ADA, home.id, "take")).ok
    await asyncio.wait_for(clicked.wait(), 2)


async def test_a_view_with_mistakes_is_refused(slack: Slack) -> None:
    no_submit = {name: value for name, value in MODAL.items() if name != "submit"}
    long_title = MODAL | {"title": {"type": "plain_text", "text": "x" * 25}}
    for view in (no_submit, long_title, {"type": "modal"}, MODAL | {"blocks": [CHART]}):
        body = await refusal(slack.client().views_open(trigger_id=slack.world.new_trigger(ADA), view=view))
        assert body["error"] == "invalid_arguments"
        assert "json-pointer:/view" in body["response_metadata"]["messages"][0]


async def respond(slack: Slack, url: str, **body: Any) -> tuple[int, str]:
    async with slack.session.post(url, json=body) as response:
        return response.status, await response.text()


async def test_a_response_url_has_five_uses_and_half_an_hour(slack: Slack) -> None:
    url = slack.world.response_urls.issue(ADA, RANDOM, kind="commands")
    assert await respond(slack, url, text="hidden") == (200, "ok")
    assert (await respond(slack, url, text=""))[0] == 400
    assert await respond(slack, url, text="seen", response_type="in_channel") == (200, "ok")
    assert [m.text for m in slack.world.messages(RANDOM)] == ["seen"]
    for _ in range(3):
        await respond(slack, url, text="more")
    status, body = await respond(slack, url, text="too much")
    assert (status, json.loads(body)["error"]) == (404, "used_url")
    late = slack.world.response_urls.issue(ADA, OPS, kind="commands")
    slack.hands.pass_time(1801)
    assert "expired_url" in (await respond(slack, late, text="x"))[1]
    assert (await respond(slack, slack.url + "/commands/T0PLAYGROUND/none", text="x"))[0] == 404


async def test_a_command_has_no_original_to_replace(slack: Slack) -> None:
    """Slack posts anew (bolt-js#2287, bolt-python#1268); a switch shows the kinder behaviour."""
    url = slack.world.response_urls.issue(ADA, OPS, kind="commands")
    await respond(slack, url, text="reading")
    await respond(slack, url, text="done", replace_original=True)
    assert [e.text for e in slack.world.ephemerals_of(ADA)] == ["reading", "done"]
    slack.world.commands_replace_original = True
    kind = slack.world.response_urls.issue(BEN, OPS, kind="commands")
    await respond(slack, kind, text="reading")
    await respond(slack, kind, text="done", replace_original=True)
    assert [e.text for e in slack.world.ephemerals_of(BEN)] == ["done"]


async def test_a_click_on_an_ephemeral_message_may_replace_or_delete_it(slack: Slack, bolt: AsyncApp) -> None:
    urls: list[str] = []

    @bolt.action("take")
    async def take(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        assert "message" not in body
        urls.append(body["response_url"])

    await slack.client().chat_postEphemeral(channel=OPS, user=ADA, text="psst", blocks=[BUTTONS])
    (seen,) = slack.world.ephemerals_of(ADA)
    await slack.world.click(ADA, OPS, seen.ts, "take")
    (url,) = await slack.world.wait_for(lambda: urls)
    await respond(slack, url, text="replaced", replace_original=True)
    assert [e.text for e in slack.world.ephemerals_of(ADA)] == ["replaced"]
    await respond(slack, url, delete_original=True)
    assert slack.world.ephemerals_of(ADA) == []


async def test_a_response_url_suffers_faults_too(slack: Slack) -> None:
    url = slack.world.response_urls.issue(ADA, OPS, kind="commands")
    slack.world.faults.add("http_500", "response_url", times=1)
    assert (await respond(slack, url, text="x"))[0] == 500
    slack.world.faults.add("dropped_after", "response_url", times=1)
    with pytest.raises(aiohttp.ClientError):
        await respond(slack, url, text="x")
    assert len(slack.world.ephemerals_of(ADA)) == 1
    assert [(e.method, e.applied) for e in slack.world.log] == [
        ("response_url", False),
        ("response_url", True),
    ]


# HTTP mode


async def test_http_mode_is_signed_and_answered(slack: Slack) -> None:
    app = AsyncApp(client=slack.client(), signing_secret=slack.world.signing_secret)
    app.command("/dlf-status")(answer_hello)
    heard: list[str] = []

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any]) -> None:
        heard.append(event["user"])

    @app.action("take")
    async def take(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        heard.append(body["actions"][0]["action_id"])

    async with TestServer(app.web_app("/slack/events")) as server:
        slack.world.request_url = str(server.make_url("/slack/events"))
        assert (await slack.world.run_command(ADA, OPS, "today")).ok
        assert [e.text for e in slack.world.ephemerals_of(ADA)] == ["hello"]
        assert (await slack.world.click(ADA, OPS, await post_buttons(slack), "take")).ok
        await slack.world.open_home(ADA)
        await slack.world.wait_for(lambda: len(heard) == 2)
        assert sorted(heard) == [ADA, "take"]
        slack.world.signing_secret = "another"
        assert (await slack.world.run_command(ADA, OPS, "today")).error == "http_service_error"
    assert (await slack.world.run_command(ADA, OPS, "today")).error == "dispatch_failed"


async def test_http_requests_carry_slacks_headers_and_time_out(slack: Slack) -> None:
    requests: list[tuple[str, dict[str, str]]] = []

    async def listen(request: web.Request) -> web.Response:
        requests.append((await request.text(), dict(request.headers)))
        await asyncio.sleep(0.2)
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", listen)
    async with TestServer(app) as server:
        slack.world.request_url, slack.world.ack_seconds = str(server.make_url("/slack/events")), 0.1
        slack.world.event_retry_seconds = (0.0,)
        assert (await slack.world.run_command(ADA, OPS, "today")).error == "operation_timeout"
        await slack.world.open_home(ADA)
        await slack.world.wait_for(lambda: len(requests) == 3)
        verifier = SignatureVerifier(slack.world.signing_secret)
        assert all(verifier.is_valid_request(body, headers) for body, headers in requests)
        assert [headers.get("X-Slack-Retry-Num") for _, headers in requests] == [None, None, "1"]


# What a page needs


async def test_changes_are_numbered_streamed_and_kept_for_clients_that_come_back(slack: Slack) -> None:
    world = slack.world
    async with world.changes.subscribe() as changes:
        message = world.post(BEN, OPS, "hi")
        world.delete(OPS, message.ts)
        first, second = await changes.get(), await changes.get()
    assert (first.kind, first.data["text"], second.kind) == ("message", "hi", "message_deleted")
    assert second.seq == first.seq + 1
    missed = world.changes.since(first.seq)
    assert missed is not None
    assert [c.seq for c in missed] == [second.seq]
    assert world.changes.since(second.seq + 5) is None
    for _ in range(2001):
        world.post(BEN, OPS, "x")
    assert world.changes.since(first.seq) is None
