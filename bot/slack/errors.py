"""Slack's refusals and network failures as our errors: certainly not done, or unknown."""

import re
from ssl import SSLContext
from urllib.parse import urlsplit

from bot.errors import SlackError, SlackUnsure
from bot.outbound import LOGIN, PROXY_LOGIN, Barrier, NoWayOutError, barrier, proxy_for, trusted
from bot.slack.session import Unwanted

UNSURE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
REFUSED_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "invalid_attachments"})
TOO_LONG = frozenset({"msg_blocks_too_long", "msg_too_long"})
STEP_DOWN = REFUSED_BLOCKS | TOO_LONG
RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
UNREACHABLE = "unreachable"
UNSENT = "Nothing was sent."
DEFAULT_WAIT = {"ratelimited": 30.0, "rate_limited": 120.0, "message_limit_exceeded": 120.0}

REMEDIES = {
    "not_in_channel": "Invite the bot there: /invite @ the bot's name.",
    "channel_not_found": "Check the channel's id; a private channel must have invited the bot.",
    "is_archived": "Unarchive the channel or choose another one.",
    "missing_scope": "Add the scope in the app's settings and install the app again.",
    "invalid_auth": "Check slack.bot_token; install the app again if it was rotated.",
    "not_authed": "Give slack.bot_token its token.",
    "token_revoked": "Install the app again and give the bot its new token.",
    "token_expired": "Install the app again and give the bot its new token.",
    "account_inactive": "The app was removed from the workspace: install it again.",
    "missing_argument": "If the token is for a whole organization, name the workspace: slack.team.",
    "not_allowed_token_type": "A bot token begins with xoxb-, an app-level token with xapp-.",
    UNREACHABLE: "Check the network, the proxy and slack.api_url.",
}


def refusal(method: str, code: str, *, retry_after: float | None = None, needed: str = "") -> SlackError:
    """The error for Slack's answer `code`: not done (or, for four codes, unknown)."""
    code = plain_code(code)
    if code in UNSURE:
        return unsure(method, code)
    scope = f" It lacks the scope {needed}." if re.fullmatch(r"[a-z:._,\- ]{1,200}", needed) else ""
    what = f"Slack refused {method}: {code}.{scope}"
    if code in RATE_LIMITED and retry_after is None:
        retry_after = DEFAULT_WAIT[code]
    remedy = REMEDIES.get(code, "")
    return SlackError(what, code=code, remedy=remedy, retry_after=retry_after, method=method)


def unsure(method: str, code: str) -> SlackUnsure:
    """The error for an unknown result of `method`."""
    return SlackUnsure(f"Slack gave no clear answer to {method}: {code}.", code=code)


def unclear_status(method: str, status: int) -> SlackError:
    """The error for an answer without Slack's code: a 4xx was not processed, others may have been."""
    code = f"http_{status}"
    if status == 407:
        return SlackError(
            "The proxy requires a login.", code=PROXY_LOGIN, meaning="Slack got nothing.", remedy=LOGIN
        )
    if 400 <= status < 500 and status != 408:
        return SlackError(
            f"Something before Slack refused {method}: {code}.", code=code, remedy=REMEDIES[UNREACHABLE]
        )
    return unsure(method, code)


def connection_error(method: str, error: BaseException, url: str, *, left: bool) -> SlackError:
    """The error for a missing answer. A request that never `left` this process is certainly not done."""
    if not left:
        return _not_sent(method, error, url)
    if isinstance(error, Unwanted):
        return unsure(method, "unreadable")
    return unsure(method, "timeout" if isinstance(error, TimeoutError) else "connection_lost")


def _not_sent(method: str, error: BaseException, url: str) -> SlackError:
    if found := barrier(error, urlsplit(url).hostname or "Slack's host", setting="slack.api_url"):
        return barred(found, method)
    what = f"Slack cannot be reached for {method}."
    if isinstance(error, TimeoutError):
        what = f"There was no connection to Slack in time for {method}; nothing was sent."
    return SlackError(what, code=UNREACHABLE, remedy=REMEDIES[UNREACHABLE], method=method)


def barred(found: Barrier, method: str = "") -> SlackError:
    return SlackError(found.what, code=found.code, meaning=UNSENT, remedy=found.remedy, method=method)


def way_to(url: str, method: str = "") -> tuple[str | None, SSLContext | None]:
    """The proxy for `url`, and the TLS context with the trusted authorities. Raises SlackError."""
    try:
        return proxy_for(url), trusted() if url.startswith(("https:", "wss:")) else None
    except NoWayOutError as error:
        raise barred(error.barrier, method) from None


def plain_code(code: object) -> str:
    """Slack's error code if it has the right shape; other text is never repeated."""
    return code if isinstance(code, str) and re.fullmatch(r"[a-z0-9_]{1,60}", code) else "unknown_error"


def wait_seconds(header: str | None) -> float | None:
    """`Retry-After` in seconds, limited to between a second and an hour; None if missing or odd."""
    if header is None or not re.fullmatch(r"\d{1,9}(\.\d+)?", header.strip()):
        return None
    return min(max(float(header), 1.0), 3600.0)
