"""The objects of an imitated workspace: users, channels, messages and views."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """Slack says no: an error name as Slack spells it, and what else the answer carries."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.error, self.extra = error, extra


@dataclass(slots=True)
class User:
    id: str
    name: str
    real_name: str
    is_admin: bool = False
    is_bot: bool = False
    deleted: bool = False
    tz: str = "Asia/Singapore"
    tz_offset: int = 28800

    def as_json(self, team: str) -> Json:
        profile = {"real_name": self.real_name, "display_name": self.name}
        return {
            "id": self.id,
            "team_id": team,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_bot": self.is_bot,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": self.tz_offset,
            "profile": profile,
        }


@dataclass(slots=True)
class UserGroup:
    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)
    disabled: bool = False

    def as_json(self, team: str, *, with_users: bool) -> Json:
        body: Json = {
            "id": self.id,
            "team_id": team,
            "is_usergroup": True,
            "handle": self.handle,
            "name": self.name,
            "user_count": len(self.users),
            "date_delete": int(self.disabled),
        }
        return body | {"users": list(self.users)} if with_users else body


@dataclass(slots=True)
class SlackMessage:
    """A message that all members of the channel see. `ts` is its name; it never changes."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    bot_id: str | None = None
    app_id: str | None = None
    edited_ts: str | None = None
    edits: int = 0
    broadcast: bool = False
    deleted: bool = False
    replies: list[str] = field(default_factory=list)
    repliers: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def key(self) -> str | None:
        """The bot's own key of the notice, as it stands in the message's metadata."""
        payload = (self.metadata or {}).get("event_payload") or {}
        key = payload.get("key")
        return key if isinstance(key, str) else None

    def as_json(self, *, with_metadata: bool = False) -> Json:
        """The message as Slack's API shows it."""
        if self.deleted:
            return self._tombstone()
        body: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        if self.bot_id:
            body |= {"bot_id": self.bot_id, "app_id": self.app_id, "team": "T0PLAYGROUND"}
        for name in ("blocks", "attachments"):
            if getattr(self, name):
                body[name] = getattr(self, name)
        if self.edited_ts:
            body["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.metadata is not None and with_metadata:
            body["metadata"] = self.metadata
        return body | self._thread() | self._reactions()

    def _thread(self) -> Json:
        if self.is_reply:
            return {"thread_ts": self.thread_ts} | ({"subtype": "thread_broadcast"} if self.broadcast else {})
        if not self.replies:
            return {}
        return {
            "thread_ts": self.ts,
            "reply_count": len(self.replies),
            "reply_users": list(self.repliers),
            "reply_users_count": len(self.repliers),
            "latest_reply": self.replies[-1],
        }

    def _reactions(self) -> Json:
        found = [{"name": n, "users": list(u), "count": len(u)} for n, u in self.reactions.items()]
        return {"reactions": found} if found else {}

    def _tombstone(self) -> Json:
        body = {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "ts": self.ts, "hidden": True}
        return body | {"text": "This message was deleted."} | self._thread()


@dataclass(slots=True)
class Ephemeral:
    """A message for a single user; the API does not find it, the response_url of a click on it does."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    author: str = "U0DLFBOT"
    edits: int = 0

    def as_json(self) -> Json:
        return {
            "channel": self.channel,
            "ts": self.ts,
            "user": self.user,
            "text": self.text,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "thread_ts": self.thread_ts,
            "author": self.author,
            "is_ephemeral": True,
        }


@dataclass(slots=True)
class Channel:
    """A conversation; `messages` by ts, oldest first. `im_user` is the other user of a direct message."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    is_restricted: bool = False
    is_im: bool = False
    im_user: str | None = None
    created: int = 0
    messages: dict[str, SlackMessage] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        if self.is_im:
            return "im"
        return "private_channel" if self.is_private else "public_channel"

    def as_json(self, bot: str) -> Json:
        if self.is_im:
            return {"id": self.id, "is_im": True, "user": self.im_user, "is_archived": self.is_archived}
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "created": self.created,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_general": False,
            "is_member": bot in self.members,
            "num_members": len(self.members),
        }


@dataclass(slots=True)
class View:
    """A modal or an App Home tab on the screen of a user."""

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: dict[str, Json] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return str(self.body.get("type", ""))

    @property
    def blocks(self) -> list[Json]:
        return list(self.body.get("blocks") or [])

    def as_json(self, *, team: str, app: str, bot: str) -> Json:
        wanted = ("title", "submit", "close")
        return {
            "id": self.id,
            "team_id": team,
            "app_id": app,
            "bot_id": bot,
            "type": self.type,
            "blocks": self.blocks,
            "private_metadata": self.body.get("private_metadata", ""),
            "callback_id": self.body.get("callback_id", ""),
            "external_id": self.body.get("external_id", ""),
            "state": {"values": self.values},
            "hash": self.hash,
            "clear_on_close": bool(self.body.get("clear_on_close")),
            "notify_on_close": bool(self.body.get("notify_on_close")),
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
        } | {name: self.body.get(name) for name in wanted}
