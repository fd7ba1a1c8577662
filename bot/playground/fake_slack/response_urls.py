"""Issue response URLs and accept their five messages within thirty minutes."""

import secrets
from dataclasses import dataclass

from bot.playground.fake_slack.content import bot_message, checked_content
from bot.playground.fake_slack.objects import Ephemeral, Json, Refused, SlackMessage
from bot.playground.fake_slack.workspace_state import WorkspaceState

USES, SECONDS = 5, 1800.0


@dataclass(slots=True)
class IssuedUrl:
    user: str
    channel: str
    kind: str
    born: float
    original_ts: str | None = None
    ephemeral: bool = False
    uses: int = 0


class ResponseUrls:
    """Issues the URLs and does what is posted to them."""

    def __init__(self, state: WorkspaceState) -> None:
        self._state = state
        self.issued: dict[str, IssuedUrl] = {}

    def issue(
        self, user: str, channel: str, *, kind: str, original_ts: str | None = None, ephemeral: bool = False
    ) -> str:
        """A new URL. `kind`: "commands", or "actions", which have an original message."""
        secret = secrets.token_urlsafe(12)
        born = self._state.timer()
        self.issued[secret] = IssuedUrl(user, channel, kind, born, original_ts, ephemeral)
        return f"{self._state.base_url}/{kind}/{self._state.team_id}/{secret}"

    def use(self, secret: str, args: Json) -> SlackMessage | Ephemeral | None:
        """Do what was posted; gives what was said or changed. Raises Refused."""
        url = self.issued.get(secret)
        if url is None:
            raise Refused("no_such_url")
        if self._state.timer() - url.born > SECONDS:
            raise Refused("expired_url")
        if url.uses >= USES:
            raise Refused("used_url")
        if _is_true(args.get("delete_original")):
            url.uses += 1
            self._delete_original(url)
            return None
        content = checked_content(self._state, args)
        url.uses += 1
        original = self._original(url) if _is_true(args.get("replace_original")) else None
        said = self._replace(original, content) if original else self._say(url, args, content)
        if url.kind == "commands" and self._state.commands_replace_original:
            url.original_ts, url.ephemeral = said.ts, isinstance(said, Ephemeral)
        return said

    def _original(self, url: IssuedUrl) -> SlackMessage | Ephemeral | None:
        """The original of replace_original. A command has none: Slack posts a new message (bolt-js#2287)."""
        if url.original_ts is None:
            return None
        if url.ephemeral:
            mine = self._state.ephemerals_of(url.user, url.channel)
            return next((e for e in mine if e.ts == url.original_ts), None)
        return self._state.channels[url.channel].messages.get(url.original_ts)

    def _replace(self, original: SlackMessage | Ephemeral, content: Json) -> SlackMessage | Ephemeral:
        for name, value in content.items():
            setattr(original, name, value)
        original.edits += 1
        if isinstance(original, Ephemeral):
            self._state.changes.add("ephemeral_changed", original.as_json())
        else:
            original.edited_ts = self._state.next_ts()
            self._state.changes.add("message_changed", self._state.message_json(original))
        return original

    def _say(self, url: IssuedUrl, args: Json, content: Json) -> SlackMessage | Ephemeral:
        state, thread = self._state, args.get("thread_ts")
        if args.get("response_type") != "in_channel":
            return state.add_ephemeral(
                Ephemeral(url.channel, state.next_ts(), url.user, **content, thread_ts=thread)
            )
        return state.add_message(bot_message(state, url.channel, content, thread_ts=thread))

    def _delete_original(self, url: IssuedUrl) -> None:
        original = self._original(url)
        if isinstance(original, Ephemeral):
            self._state.ephemerals[url.user].remove(original)
            self._state.changes.add("ephemeral_deleted", {"user": url.user, "ts": original.ts})
        elif original is not None:
            self._state.delete(original.channel, original.ts)


def _is_true(value: object) -> bool:
    return value is True or value in ("true", "1")
