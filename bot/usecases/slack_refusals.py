"""The effect of a refusal by Slack on a notice: what waits, the notice, its channel or everything.

A code in no table has a default by method. A post or an edit was certainly not done: only its notice is tried
again. A search or `auth.test` proves nothing: sending goes on.
"""

from bot.errors import SlackError, SlackUnsure
from bot.outbound import BARRED

# The channel cannot be used: everything for it waits, other channels go on.
PARKING = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_non_threadable_channel",
        "ekm_access_denied",
    }
)
# The same, but only for a post. For an edit they mean only that edit, for `auth.test` the token.
_PARKING_POSTS = frozenset({"no_permission", "team_access_not_granted"})
PARKED_FOR = PARKING | _PARKING_POSTS
# Slack no longer accepts the token: all sending waits until it does.
STOPPING = frozenset(
    {
        "token_revoked",
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_expired",
        "missing_scope",
        "no_permission",
        "org_login_required",
        "team_access_not_granted",
    }
)
# The message is gone or closed: a new message takes its place.
LOST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
# The thread is closed: a new message takes its place, and the reply goes below that.
NO_THREAD = frozenset({"thread_not_found", "restricted_action_thread_locked"})
# The history is too long to search.
_TOO_MUCH = frozenset({"history_too_long", "too_many_channels"})
# Slack says that the state will pass.
_PASSING = frozenset({"team_added_to_org", "external_channel_migrating"})
# Slack cannot be reached: the next notice of the channel would fail too.
_NOBODY = frozenset({"unreachable", "stopping"}) | BARRED
_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_POST, _EDIT = "chat.postMessage", "chat.update"


def parks(code: str, method: str) -> bool:
    """True if the channel is at fault."""
    return code in PARKING or (code in _PARKING_POSTS and method == _POST)


def stops(code: str, method: str) -> bool:
    """True if the token is at fault: every other request would fail too."""
    return code in STOPPING and not (code in _PARKING_POSTS and method == _EDIT)


def passes(error: SlackError) -> bool:
    """True if waiting may cure the refusal; false for unknown codes."""
    code = error.code
    if isinstance(error, SlackUnsure):
        return code not in _TOO_MUCH
    return code in _LIMITED | _NOBODY | _PASSING or code.startswith("http_")


def answered_unclearly(error: SlackError) -> bool:
    """True if Slack's answer says too little; false if none came, or if Slack says to wait."""
    return passes(error) and error.code not in _LIMITED | _NOBODY


def concerns_everybody(code: str, method: str) -> bool:
    """True if the notice is not at fault; a notice at fault must not hold up the notices behind it.

    Slack limits each method separately: an edit or a search that must wait holds up no post.
    """
    return limits_posts(code, method) or code in _NOBODY or code.startswith("http_")


def limits_posts(code: str, method: str) -> bool:
    """True if Slack accepts no more posts for now, in this channel or in any."""
    return code in _LIMITED and method in ("", _POST)


def limits_edits(code: str, method: str) -> bool:
    """True if Slack accepts no more edits for now, in any channel."""
    return code in _LIMITED and method == _EDIT
