"""The Web API's methods chat.* and reactions.*: post, update and delete messages, add a reaction."""

from typing import Any

from bot.playground.fake_slack.content import as_dict, bot_message, checked_content
from bot.playground.fake_slack.methods import is_true, method, need, visible_channel
from bot.playground.fake_slack.objects import Channel, Ephemeral, Json, Refused, SlackMessage
from bot.playground.fake_slack.world import SlackWorld

UPDATE_TEXT_LIMIT = 4000
METADATA_LIMIT = 8000


@method("chat.postMessage", "chat:write", tier=0, logged=True)
def post_message(world: SlackWorld, args: Json) -> Json:
    """Post to a channel by id or name, to a thread, or to a user."""
    channel = _target(world, need(args, "channel"))
    _may_post(world, channel)
    content = checked_content(world, args)
    metadata = _metadata(args.get("metadata"))
    thread_ts = _thread(world, channel, args.get("thread_ts"))
    world.limits.message(channel.id)
    broadcast = is_true(args.get("reply_broadcast")) and thread_ts is not None
    more: Json = {"metadata": metadata, "thread_ts": thread_ts, "broadcast": broadcast}
    message = world.add_message(bot_message(world, channel.id, content, **more))
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


@method("chat.update", "chat:write", logged=True)
def update(world: SlackWorld, args: Json) -> Json:
    """Change an own message; what is left out (blocks, attachments, metadata) stays as it was."""
    channel = visible_channel(world, need(args, "channel"))
    if channel.is_archived:
        raise Refused("is_archived")
    message = _message(channel, need(args, "ts"))
    if message.user != world.bot_user_id:
        raise Refused("cant_update_message")
    if len(str(args.get("text") or "")) > UPDATE_TEXT_LIMIT:
        raise Refused("msg_too_long")
    content = checked_content(world, args)
    for name, value in content.items():
        if args.get(name) is not None:
            setattr(message, name, value)
    if args.get("metadata") is not None:
        message.metadata = _metadata(args["metadata"])
    message.edits += 1
    message.edited_ts = world.next_ts()
    world.changes.add("message_changed", world.message_json(message))
    shown = message.as_json()
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


@method("chat.delete", "chat:write", logged=True)
def delete(world: SlackWorld, args: Json) -> Json:
    channel = visible_channel(world, need(args, "channel"))
    message = _message(channel, need(args, "ts"))
    if message.user != world.bot_user_id:
        raise Refused("cant_delete_message")
    world.delete(channel.id, message.ts)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", "chat:write", tier=4, logged=True)
def post_ephemeral(world: SlackWorld, args: Json) -> Json:
    """Post a message that only a single member of a channel sees."""
    channel = _target(world, need(args, "channel"))
    _may_post(world, channel)
    user = need(args, "user")
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    content = checked_content(world, args)
    thread_ts = _thread(world, channel, args.get("thread_ts"))
    said = Ephemeral(channel.id, world.next_ts(), user, **content, thread_ts=thread_ts)
    return {"message_ts": world.add_ephemeral(said).ts}


@method("reactions.add", "reactions:write", logged=True)
def add_reaction(world: SlackWorld, args: Json) -> Json:
    channel = visible_channel(world, need(args, "channel"))
    message = _message(channel, need(args, "timestamp"))
    users = message.reactions.setdefault(need(args, "name").strip(":"), [])
    if world.bot_user_id in users:
        raise Refused("already_reacted")
    users.append(world.bot_user_id)
    world.changes.add("reaction", world.message_json(message))
    return {}


def _target(world: SlackWorld, ref: str) -> Channel:
    """Posting takes ids, names with or without "#", and user ids."""
    if ref in world.users:
        return world.direct_channel(ref)
    try:
        channel = world.channel(ref)
    except LookupError:
        raise Refused("channel_not_found") from None
    return visible_channel(world, channel.id)


def _may_post(world: SlackWorld, channel: Channel) -> None:
    if channel.is_archived:
        raise Refused("is_archived")
    if channel.is_restricted:
        raise Refused("restricted_action")
    if world.bot_user_id not in channel.members and "chat:write.public" not in world.scopes:
        raise Refused("not_in_channel")


def _thread(world: SlackWorld, channel: Channel, thread_ts: Any) -> str | None:
    """The thread a message goes to: that of a tombstone, too; none if its parent is gone without a trace."""
    if thread_ts in (None, ""):
        return None
    parent = channel.messages.get(str(thread_ts))
    if (parent is None or parent.deleted) and world.refuses_lost_threads:
        raise Refused("thread_not_found")
    if parent is None:
        return None
    if parent.is_reply:
        raise Refused("cannot_reply_to_message")
    return parent.ts


def _message(channel: Channel, ts: str) -> SlackMessage:
    message = channel.messages.get(ts)
    if message is None or message.deleted:
        raise Refused("message_not_found")
    return message


def _metadata(value: Any) -> Json | None:
    if value in (None, "", {}, "{}"):
        return None
    metadata = as_dict(value, "invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    if len(str(metadata)) > METADATA_LIMIT:
        raise Refused("metadata_too_large")
    return metadata
