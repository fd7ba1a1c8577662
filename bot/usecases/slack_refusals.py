"""The effect of a refusal by Slack on a notice: what waits, the notice, its channel or everything.

A code in no table has a default by method. A post or an edit was certainly not done: only its notice is tried
again. A search or `auth.test` proves nothing: sending goes on.
"""

from bot.domain.slack_codes import Extent, codes_of
from bot.errors import SlackError, SlackUnsure
from bot.outbound import BARRED

_PARKING_POSTS = codes_of(Extent.CHANNEL_OR_TOKEN)
PARKING = codes_of(Extent.CHANNEL)
PARKED_FOR = PARKING | _PARKING_POSTS
STOPPING = codes_of(Extent.TOKEN) | _PARKING_POSTS
LOST = codes_of(Extent.MESSAGE)
NO_THREAD = codes_of(Extent.THREAD)
_TOO_MUCH = codes_of(Extent.SEARCH)
_PASSING = codes_of(Extent.PASSING)
# The next notice of the channel would fail too.
_NOBODY = codes_of(Extent.UNREACHED) | BARRED
_LIMITED = codes_of(Extent.LIMIT)
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
