"""What a refusal by Slack means for a notice: who waits, the notice, its channel or everything.

A code that stands in no table has a default by what was asked. A post or an edit was surely not done: its
notice alone is tried again, and no other waits. A search or `auth.test` proves nothing: sending goes on.
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
# The same, if it is said of a post. Of an edit they mean that edit alone, of `auth.test` the token.
_PARKING_POSTS = frozenset({"no_permission", "team_access_not_granted"})
PARKED_FOR = PARKING | _PARKING_POSTS
# Slack does not know us any more: all sending waits until it does.
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
# The message is gone or closed: a new one takes its place.
LOST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
# Nothing can be said below the message: a new one takes its place, and the reply goes below that.
NO_THREAD = frozenset({"thread_not_found", "restricted_action_thread_locked"})
# The history is there, but there is too much of it to look through.
_TOO_MUCH = frozenset({"history_too_long", "too_many_channels"})
# Slack says that it will be otherwise soon.
_PASSING = frozenset({"team_added_to_org", "external_channel_migrating"})
# Nobody gets through: the next notice of the channel would fare no better.
_NOBODY = frozenset({"unreachable", "stopping"}) | BARRED
_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_POST, _EDIT = "chat.postMessage", "chat.update"


def parks(code: str, method: str) -> bool:
    """True when the channel is at fault."""
    return code in PARKING or (code in _PARKING_POSTS and method == _POST)


def stops(code: str, method: str) -> bool:
    """True when the token is at fault: nothing that is sent would fare better."""
    return code in STOPPING and not (code in _PARKING_POSTS and method == _EDIT)


def passes(error: SlackError) -> bool:
    """True when waiting may cure what kept us from an answer. Of a code nobody foresaw it is not assumed."""
    code = error.code
    if isinstance(error, SlackUnsure):
        return code not in _TOO_MUCH
    return code in _LIMITED | _NOBODY | _PASSING or code.startswith("http_")


def answered_unclearly(error: SlackError) -> bool:
    """True when an answer came that says too little; not when none could, or when Slack says to wait."""
    return passes(error) and error.code not in _LIMITED | _NOBODY


def concerns_everybody(code: str, method: str) -> bool:
    """True when not the notice is at fault; a notice that is must not hold up those behind it.

    Slack counts each method on its own: an edit or a search that must wait holds up no post.
    """
    return limits_posts(code, method) or code in _NOBODY or code.startswith("http_")


def limits_posts(code: str, method: str) -> bool:
    """True when Slack takes no more posts for now, in this channel or in any."""
    return code in _LIMITED and method in ("", _POST)


def limits_edits(code: str, method: str) -> bool:
    """True when Slack takes no more edits for now, in any channel."""
    return code in _LIMITED and method == _EDIT
