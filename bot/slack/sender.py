"""Post a message to Slack, edit it, find it; every failure says if it was certainly not done."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from aiohttp import ClientSession

from bot.domain.notices import Posted
from bot.domain.slack_codes import HISTORY_TOO_LONG, MESSAGE_NOT_FOUND
from bot.errors import SlackError
from bot.logs import log_event
from bot.messages.message import Block, Message
from bot.secret import Secret
from bot.slack.block_fallback import BlockFallback, worded
from bot.slack.directory import Directory
from bot.slack.errors import REFUSED_BLOCKS, STEP_DOWN, unsure
from bot.slack.identity import Identity, foreign_to, identity_of, only_one, workspaces_of
from bot.slack.response_url import ResponseUrl
from bot.slack.web_api import SlackAnswer, WebApi

EVENT_TYPE = "dlf_bot_notice"
# A message is looked for near its first try first; then this long before it, for clocks may be wrong, and
# after it, for there may have been later tries.
NEAR, CLOCKS_DIFFER = timedelta(minutes=5), timedelta(days=1)
PAGE, MAX_PAGES = 500, 20

log = logging.getLogger(__name__)
Sent = TypeVar("Sent")


class Sender:
    """Slack's Web API for one bot token, on a shared session from `open_session`.

    With `team` or `enterprise`, a token for another team or organization is refused.
    """

    def __init__(
        self,
        token: Secret,
        api_url: str,
        session: ClientSession,
        *,
        clock: Callable[[], datetime],
        timer: Callable[[], float] = time.monotonic,
        team: str | None = None,
        enterprise: str | None = None,
    ) -> None:
        self.web = WebApi(token, api_url, session)
        self.directory = Directory(self.web, timer, workspace=self.workspace)
        self.block_fallback = BlockFallback(clock)
        self.identity: Identity | None = None
        self.session, self.api_url = session, api_url
        self.team, self.enterprise = team, enterprise
        self._workspace: str | None = None

    async def probe(self) -> Identity:
        """Ask Slack for the bot's identity (`auth.test`); the answer stays in `identity`.

        Raises SlackError `team_access_not_granted` if the token is not for the configured team.
        """
        identity = identity_of(await self.web.post("auth.test", {}))
        if found := await foreign_to(identity, self.web, team=self.team, enterprise=self.enterprise):
            raise found
        self.identity = identity
        return identity

    async def workspace(self) -> str | None:
        """The Slack workspace to search, if the token is for a whole organization; else None.

        Raises SlackError `team_needed` if the organization has several and slack.team is not set.
        """
        if self.identity is None or not self.identity.org_wide:
            return None
        if self._workspace is None:
            self._workspace = self.team or only_one(await workspaces_of(self.web))
        return self._workspace

    async def channel_id(self, name: str) -> str:
        """The id of `#name`; an id is returned as it is. SlackError `channel_not_found` otherwise."""
        return await self.directory.channel_id(name)

    async def post(self, channel: str, message: Message, *, key: str, thread_ts: str | None = None) -> Posted:
        """Post once. The metadata holds the key, so that `find` can see if the message arrived."""
        body: dict[str, Any] = {"channel": channel, "metadata": _metadata(key)}
        body |= {"unfurl_links": False, "unfurl_media": False}
        if thread_ts is not None:
            body["thread_ts"] = thread_ts
        said = await self._call("chat.postMessage", body, message)
        message_shown = said.part("message")
        untied = thread_ts is not None and bool(message_shown) and not message_shown.get("thread_ts")
        posted = Posted(said.text("channel"), said.text("ts"), untied)
        if not (posted.channel and posted.ts):
            raise unsure("chat.postMessage", "no_ts")
        return posted

    async def edit(self, posted: Posted, message: Message, *, key: str) -> None:
        """Replace the message's contents; safe to repeat."""
        # Without `blocks` Slack would keep the old blocks.
        body = {"channel": posted.channel, "ts": posted.ts, "metadata": _metadata(key), "blocks": []}
        await self._call("chat.update", body, message)

    async def delete(self, posted: Posted) -> None:
        """Delete a message; it is no error if it is gone already."""
        try:
            await self.web.post("chat.delete", {"channel": posted.channel, "ts": posted.ts})
        except SlackError as error:
            if error.code != MESSAGE_NOT_FOUND:
                raise

    async def find(
        self, channel_id: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> str | None:
        """The `ts` of our message with this key, first tried at `since`; None if there is none.

        Raises SlackError `missing_scope` without the history scope, SlackUnsure `history_too_long`
        if the history is too long to search.
        """
        where: dict[str, Any] = {"channel": channel_id, "limit": PAGE}
        where |= {"inclusive": True, "include_all_metadata": True}
        anywhen = where | {"oldest": _ts(since - CLOCKS_DIFFER)}
        if thread_ts:
            return await self._search("conversations.replies", anywhen | {"ts": thread_ts}, key)
        near = where | {"oldest": _ts(since - NEAR), "latest": _ts(since + NEAR)}
        history = "conversations.history"
        return await self._search(history, near, key) or await self._search(history, anywhen, key)

    async def _search(self, method: str, params: Mapping[str, Any], key: str) -> str | None:
        """Page through what these parameters ask for."""
        cursor: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            page = await self.web.get(method, {**params, **cursor})
            found = next((m for m in page.items("messages") if self._is_ours(m, key)), None)
            if found is not None:
                if not (isinstance(ts := found.get("ts"), str) and ts):
                    raise unsure(method, "unreadable")
                return ts
            if not isinstance(page.data.get("messages"), list):
                raise unsure(method, "unreadable")
            if not page.next_cursor:
                if page.data.get("has_more"):
                    raise unsure(method, "unreadable")
                return None
            cursor = {"cursor": page.next_cursor}
        raise unsure(method, HISTORY_TOO_LONG)

    async def respond(
        self, reply: ResponseUrl, message: Message, *, replace: bool = False, in_channel: bool = False
    ) -> None:
        """Answer through a `response_url`; SlackError `used_up` if it has no use left."""
        body: dict[str, Any] = {"response_type": "in_channel" if in_channel else "ephemeral"}
        body |= {"replace_original": replace, "unfurl_links": False, "unfurl_media": False}

        async def send(payload: dict[str, Any]) -> None:
            await reply.use(payload, session=self.session, api_url=self.api_url)

        await self._step_down(send, body, message)

    async def _call(self, method: str, body: dict[str, Any], message: Message) -> SlackAnswer:
        if self.identity is None and (self.team or self.enterprise):
            await self.probe()

        async def send(payload: dict[str, Any]) -> SlackAnswer:
            return await self.web.post(method, payload)

        return await self._step_down(send, body, message)

    async def _step_down(
        self, send: Callable[[dict[str, Any]], Awaitable[Sent]], body: dict[str, Any], message: Message
    ) -> Sent:
        """Try the message's levels, best first. A refused try did nothing, so the next is safe."""
        fallbacks = self.block_fallback.fallbacks(message)
        refused: tuple[Block, ...] = ()
        for blocks in fallbacks[:-1]:
            try:
                sent = await send(body | worded(message, blocks))
            except SlackError as error:
                if error.code not in STEP_DOWN:
                    raise
                _log_refused(error)
                refused = refused or (blocks if error.code in REFUSED_BLOCKS else ())
            else:
                self.block_fallback.learn(message, accepted=blocks, refused=refused)
                return sent
        return await send(body | worded(message, fallbacks[-1]))

    def _is_ours(self, message: Mapping[str, Any], key: str) -> bool:
        metadata = message.get("metadata")
        if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT_TYPE:
            return False
        payload = metadata.get("event_payload")
        ours = self.identity is None or message.get("bot_id") in (None, self.identity.bot_id)
        return ours and isinstance(payload, dict) and payload.get("key") == key


def _ts(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}"


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def _log_refused(error: SlackError) -> None:
    pointers = " ".join(getattr(error, "__notes__", ()))
    log_event(log, "slack_blocks_refused", logging.WARNING, code=error.code, at=pointers)
