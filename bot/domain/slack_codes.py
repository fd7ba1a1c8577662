"""Slack's error codes, and the bot's own for answers that did not come: the scope of each, and its cure."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple


class Scope(Enum):
    """The extent of an error, and so of the wait: a request, its channel, or everything."""

    REQUEST = auto()  # this request alone is wrong
    BLOCKS = auto()  # the blocks: a simpler form of the message may do
    LENGTH = auto()  # the message is too long: a shorter form may do
    MESSAGE = auto()  # the message is gone or closed: a new one takes its place
    THREAD = auto()  # the thread is closed: a new message takes its place, and the reply goes below that
    SEARCH = auto()  # there is too much to search; whether a message arrived stays unknown
    VIEW = auto()  # the dialog was closed
    PERSON = auto()  # there is no such person
    CHANNEL = auto()  # the channel cannot be used: everything for it waits, other channels go on
    CHANNEL_OR_TOKEN = auto()  # for a post the channel, for an edit only that edit, for `auth.test` the token
    TOKEN = auto()  # Slack no longer accepts the token: all sending waits until it does
    LIMIT = auto()  # too much in a time: the method waits
    PASSING = auto()  # Slack says that the state will pass
    UNREACHED = auto()  # nothing was sent: the next request would fail too
    UNSURE = auto()  # the request may have been carried out


class Code(NamedTuple):
    """The scope of a code, its cure ("" if there is none), and the seconds to wait if Slack names none."""

    scope: Scope
    cure: str = ""
    wait: float | None = None


CHANNEL_NOT_FOUND, MISSING_SCOPE = "channel_not_found", "missing_scope"
THREAD_NOT_FOUND, MESSAGE_NOT_FOUND = "thread_not_found", "message_not_found"
TEAM_ACCESS_NOT_GRANTED, RATELIMITED = "team_access_not_granted", "ratelimited"
INTERNAL_ERROR, UNKNOWN_ERROR, INVALID_CURSOR = "internal_error", "unknown_error", "invalid_cursor"
# The bot's own.
TIMEOUT, CONNECTION_LOST, UNREACHABLE, STOPPING = "timeout", "connection_lost", "unreachable", "stopping"
HISTORY_TOO_LONG, TOO_MANY_CHANNELS = "history_too_long", "too_many_channels"

# For a channel that a setting of Slack closes to the bot.
CLOSED_BY_A_SETTING = (
    "A setting of this Slack workspace keeps the bot from posting there: ask its administrators."
)
_REINSTALL = "Reinstall the app and put the new token into slack.bot_token."

CODES: Mapping[str, Code] = {
    CHANNEL_NOT_FOUND: Code(
        Scope.CHANNEL,
        "The channel does not exist or is private: check its id, or invite the bot to it.",
    ),
    "not_in_channel": Code(Scope.CHANNEL, "The bot is not a member: type /invite @dlf-bot in that channel."),
    "is_archived": Code(
        Scope.CHANNEL, "The channel is archived: unarchive it or choose another in the config."
    ),
    "restricted_action": Code(Scope.CHANNEL, CLOSED_BY_A_SETTING),
    "restricted_action_read_only_channel": Code(Scope.CHANNEL, CLOSED_BY_A_SETTING),
    "restricted_action_thread_only_channel": Code(Scope.CHANNEL, CLOSED_BY_A_SETTING),
    "restricted_action_non_threadable_channel": Code(Scope.CHANNEL, CLOSED_BY_A_SETTING),
    "ekm_access_denied": Code(Scope.CHANNEL, CLOSED_BY_A_SETTING),
    "no_permission": Code(Scope.CHANNEL_OR_TOKEN),
    TEAM_ACCESS_NOT_GRANTED: Code(Scope.CHANNEL_OR_TOKEN),
    MISSING_SCOPE: Code(Scope.TOKEN, "Add the scope under OAuth & Permissions and reinstall the app."),
    "invalid_auth": Code(Scope.TOKEN, "Check slack.bot_token; reinstall the app if the token was rotated."),
    "not_authed": Code(Scope.TOKEN, "Set slack.bot_token."),
    "token_revoked": Code(Scope.TOKEN, _REINSTALL),
    "token_expired": Code(Scope.TOKEN, _REINSTALL),
    "account_inactive": Code(Scope.TOKEN, "The app was removed from the Slack workspace. Install it again."),
    "org_login_required": Code(Scope.TOKEN),
    "missing_argument": Code(Scope.REQUEST, "If the token is for a whole organization, set slack.team."),
    "not_allowed_token_type": Code(
        Scope.REQUEST, "A bot token begins with xoxb-, an app-level token with xapp-."
    ),
    INVALID_CURSOR: Code(Scope.REQUEST),
    UNKNOWN_ERROR: Code(Scope.REQUEST),
    "invalid_blocks": Code(Scope.BLOCKS),
    "invalid_blocks_format": Code(Scope.BLOCKS),
    "invalid_attachments": Code(Scope.BLOCKS),
    "msg_blocks_too_long": Code(Scope.LENGTH),
    "msg_too_long": Code(Scope.LENGTH),
    MESSAGE_NOT_FOUND: Code(Scope.MESSAGE),
    "cant_update_message": Code(Scope.MESSAGE),
    "edit_window_closed": Code(Scope.MESSAGE),
    THREAD_NOT_FOUND: Code(Scope.THREAD),
    "restricted_action_thread_locked": Code(Scope.THREAD),
    HISTORY_TOO_LONG: Code(Scope.SEARCH),
    TOO_MANY_CHANNELS: Code(Scope.SEARCH),
    "not_found": Code(Scope.VIEW),
    "view_not_found": Code(Scope.VIEW),
    "user_not_found": Code(Scope.PERSON),
    "users_not_found": Code(Scope.PERSON),
    "user_not_visible": Code(Scope.PERSON),
    RATELIMITED: Code(Scope.LIMIT, wait=30.0),
    "rate_limited": Code(Scope.LIMIT, wait=120.0),
    "message_limit_exceeded": Code(Scope.LIMIT, wait=120.0),
    "team_added_to_org": Code(Scope.PASSING),
    "external_channel_migrating": Code(Scope.PASSING),
    UNREACHABLE: Code(Scope.UNREACHED, "Check the network, the proxy and slack.api_url."),
    STOPPING: Code(Scope.UNREACHED),
    INTERNAL_ERROR: Code(Scope.UNSURE),
    "fatal_error": Code(Scope.UNSURE),
    "service_unavailable": Code(Scope.UNSURE),
    "request_timeout": Code(Scope.UNSURE),
    TIMEOUT: Code(Scope.UNSURE),
    CONNECTION_LOST: Code(Scope.UNSURE),
}


def codes_of(*scopes: Scope) -> frozenset[str]:
    return frozenset(code for code, known in CODES.items() if known.scope in scopes)


def cure_of(code: str) -> str:
    """The remedy for a code; "" if none is known."""
    return CODES[code].cure if code in CODES else ""
