"""Slack's error codes, and the bot's own for answers that did not come: the scope of each, and its cure."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple


class Extent(Enum):
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

    scope: Extent
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
CLOSED_BY_A_SETTING = "This Slack workspace does not allow the bot to post there. Ask a Slack administrator."
_REINSTALL = "Reinstall the app and put the new token into slack.bot_token."

CODES: Mapping[str, Code] = {
    CHANNEL_NOT_FOUND: Code(
        Extent.CHANNEL,
        "The channel does not exist, or it is private and the bot is not in it. "
        "Check the id, or type /invite @dlf-bot there.",
    ),
    "not_in_channel": Code(Extent.CHANNEL, "The bot is not in this channel. Type /invite @dlf-bot there."),
    "is_archived": Code(
        Extent.CHANNEL, "The channel is archived. Unarchive it, or name another one in the config."
    ),
    "restricted_action": Code(Extent.CHANNEL, CLOSED_BY_A_SETTING),
    "restricted_action_read_only_channel": Code(Extent.CHANNEL, CLOSED_BY_A_SETTING),
    "restricted_action_thread_only_channel": Code(Extent.CHANNEL, CLOSED_BY_A_SETTING),
    "restricted_action_non_threadable_channel": Code(Extent.CHANNEL, CLOSED_BY_A_SETTING),
    "ekm_access_denied": Code(Extent.CHANNEL, CLOSED_BY_A_SETTING),
    "no_permission": Code(Extent.CHANNEL_OR_TOKEN),
    TEAM_ACCESS_NOT_GRANTED: Code(Extent.CHANNEL_OR_TOKEN),
    MISSING_SCOPE: Code(Extent.TOKEN, "Add the scope under OAuth & Permissions and reinstall the app."),
    "invalid_auth": Code(Extent.TOKEN, "Check slack.bot_token; reinstall the app if the token was rotated."),
    "not_authed": Code(Extent.TOKEN, "Set slack.bot_token."),
    "token_revoked": Code(Extent.TOKEN, _REINSTALL),
    "token_expired": Code(Extent.TOKEN, _REINSTALL),
    "account_inactive": Code(Extent.TOKEN, "The app was removed from the Slack workspace. Install it again."),
    "org_login_required": Code(Extent.TOKEN),
    "missing_argument": Code(Extent.REQUEST, "If the token is for a whole organization, set slack.team."),
    "not_allowed_token_type": Code(
        Extent.REQUEST, "A bot token begins with xoxb-, an app-level token with xapp-."
    ),
    INVALID_CURSOR: Code(Extent.REQUEST),
    UNKNOWN_ERROR: Code(Extent.REQUEST),
    "invalid_blocks": Code(Extent.BLOCKS),
    "invalid_blocks_format": Code(Extent.BLOCKS),
    "invalid_attachments": Code(Extent.BLOCKS),
    "msg_blocks_too_long": Code(Extent.LENGTH),
    "msg_too_long": Code(Extent.LENGTH),
    MESSAGE_NOT_FOUND: Code(Extent.MESSAGE),
    "cant_update_message": Code(Extent.MESSAGE),
    "edit_window_closed": Code(Extent.MESSAGE),
    THREAD_NOT_FOUND: Code(Extent.THREAD),
    "restricted_action_thread_locked": Code(Extent.THREAD),
    HISTORY_TOO_LONG: Code(Extent.SEARCH),
    TOO_MANY_CHANNELS: Code(Extent.SEARCH),
    "not_found": Code(Extent.VIEW),
    "view_not_found": Code(Extent.VIEW),
    "user_not_found": Code(Extent.PERSON),
    "users_not_found": Code(Extent.PERSON),
    "user_not_visible": Code(Extent.PERSON),
    RATELIMITED: Code(Extent.LIMIT, wait=30.0),
    "rate_limited": Code(Extent.LIMIT, wait=120.0),
    "message_limit_exceeded": Code(Extent.LIMIT, wait=120.0),
    "team_added_to_org": Code(Extent.PASSING),
    "external_channel_migrating": Code(Extent.PASSING),
    UNREACHABLE: Code(Extent.UNREACHED, "Check the network, the proxy and slack.api_url."),
    STOPPING: Code(Extent.UNREACHED),
    INTERNAL_ERROR: Code(Extent.UNSURE),
    "fatal_error": Code(Extent.UNSURE),
    "service_unavailable": Code(Extent.UNSURE),
    "request_timeout": Code(Extent.UNSURE),
    TIMEOUT: Code(Extent.UNSURE),
    CONNECTION_LOST: Code(Extent.UNSURE),
}


def codes_of(*scopes: Extent) -> frozenset[str]:
    return frozenset(code for code, known in CODES.items() if known.scope in scopes)


def cure_of(code: str) -> str:
    """The remedy for a code; "" if none is known."""
    return CODES[code].cure if code in CODES else ""
