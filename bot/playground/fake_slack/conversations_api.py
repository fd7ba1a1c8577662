"""The Web API's methods conversations.*: list, join and read channels."""

from collections.abc import Iterator

from bot.playground.fake_slack.methods import (
    is_true,
    method,
    need,
    need_scope,
    need_team,
    page,
    ts_number,
    visible_channel,
)
from bot.playground.fake_slack.objects import Channel, Json, Refused, SlackMessage
from bot.playground.fake_slack.world import SlackWorld

SCOPES = {"public_channel": "channels", "private_channel": "groups", "im": "im"}


def _readable(world: SlackWorld, args: Json, what: str) -> Channel:
    """The channel asked for, with the scope its kind needs."""
    channel = visible_channel(world, need(args, "channel"))
    need_scope(world, f"{SCOPES[channel.kind]}:{what}")
    return channel


def _member(world: SlackWorld, channel: Channel) -> None:
    if world.bot_user_id not in channel.members:
        raise Refused("not_in_channel")


@method("conversations.info")
def info(world: SlackWorld, args: Json) -> Json:
    channel = _readable(world, args, "read")
    body = channel.as_json(world.bot_user_id)
    if not is_true(args.get("include_num_members")):
        body.pop("num_members", None)
    return {"channel": body}


@method("conversations.list", tier=2)
def list_channels(world: SlackWorld, args: Json) -> Json:
    need_team(world, args)
    kinds = str(args.get("types") or "public_channel").replace(" ", "").split(",")
    for kind in kinds:
        if kind not in SCOPES and kind != "mpim":
            raise Refused("invalid_types")
        need_scope(world, f"{SCOPES.get(kind, 'mpim')}:read")
    found = [c for c in world.channels.values() if c.kind in kinds]
    found = [c for c in found if c.kind != "private_channel" or world.bot_user_id in c.members]
    if is_true(args.get("exclude_archived")):
        found = [c for c in found if not c.is_archived]
    return page((c.as_json(world.bot_user_id) for c in found), args, name="channels", limit=100)


@method("conversations.history")
def history(world: SlackWorld, args: Json) -> Json:
    """The messages of a channel, newest first; replies are in their threads."""
    channel = _readable(world, args, "history")
    _member(world, channel)
    found = [m for m in _between(channel.messages, args) if m.broadcast or not m.is_reply]
    return _messages(reversed(found), args)


@method("conversations.replies")
def replies(world: SlackWorld, args: Json) -> Json:
    """A thread, its first message first; a message without replies is a thread by itself."""
    channel = _readable(world, args, "history")
    _member(world, channel)
    asked = channel.messages.get(need(args, "ts"))
    if asked is None:
        raise Refused("thread_not_found")
    parent = channel.messages[asked.thread_ts] if asked.is_reply and asked.thread_ts else asked
    below = {ts: channel.messages[ts] for ts in parent.replies}
    return _messages(iter([parent, *_between(below, args)]), args)


def _between(messages: dict[str, SlackMessage], args: Json) -> list[SlackMessage]:
    oldest = ts_number(args.get("oldest") or 0, "invalid_ts_oldest")
    latest = ts_number(args.get("latest") or "Infinity", "invalid_ts_latest")
    edges = is_true(args.get("inclusive"))
    found = []
    for ts, message in messages.items():
        number = ts_number(ts, "internal_error")
        if oldest < number < latest or (edges and number in (oldest, latest)):
            found.append(message)
    return found


def _messages(found: Iterator[SlackMessage], args: Json) -> Json:
    with_metadata = is_true(args.get("include_all_metadata"))
    rows = (message.as_json(with_metadata=with_metadata) for message in found)
    body = page(rows, args, name="messages", limit=100, most=999)
    return body | {"has_more": bool(body["response_metadata"]["next_cursor"])}


@method("conversations.join", "channels:join")
def join(world: SlackWorld, args: Json) -> Json:
    channel = visible_channel(world, need(args, "channel"))
    if channel.is_archived:
        raise Refused("is_archived")
    if channel.kind != "public_channel":
        raise Refused("method_not_supported_for_channel_type")
    already = world.bot_user_id in channel.members
    world.invite(channel.id)
    body: Json = {"channel": channel.as_json(world.bot_user_id)}
    return body | ({"warning": "already_in_channel"} if already else {})


@method("conversations.open", "im:write")
def open_direct(world: SlackWorld, args: Json) -> Json:
    """The direct message channel with a user."""
    user = need(args, "users")
    if user not in world.users:
        raise Refused("user_not_found")
    return {"channel": {"id": world.direct_channel(user).id}}
