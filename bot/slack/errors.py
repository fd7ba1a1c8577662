"""Slack's refusals and network failures as our errors: certainly not done, or unknown."""

import re
from ssl import SSLContext
from urllib.parse import urlsplit

from bot.domain.sentence import sentence
from bot.domain.slack_codes import (
    CODES,
    CONNECTION_LOST,
    TIMEOUT,
    UNKNOWN_ERROR,
    UNREACHABLE,
    Extent,
    codes_of,
    cure_of,
)
from bot.errors import SlackError, SlackUnsure
from bot.outbound import LOGIN, PROXY_LOGIN, Barrier, NoWayOutError, barrier, proxy_for, trusted
from bot.slack.session import Unwanted

REFUSED_BLOCKS = codes_of(Extent.BLOCKS)
STEP_DOWN = codes_of(Extent.BLOCKS, Extent.LENGTH)
RATE_LIMITED = codes_of(Extent.LIMIT)
# Answers of Slack itself that say too little.
UNSURE = codes_of(Extent.UNSURE) - {TIMEOUT, CONNECTION_LOST}
UNSENT = "Nothing was sent."


def refusal(method: str, code: str, *, retry_after: float | None = None, needed: str = "") -> SlackError:
    """The error for Slack's answer `code`: not done (or, for four codes, unknown)."""
    code = plain_code(code)
    if code in UNSURE:
        return unsure(method, code)
    what = sentence("Slack refused {method}: {code}.", method=method, code=code)
    if re.fullmatch(r"[a-z:._,\- ]{1,200}", needed):
        pattern = "Slack refused {method}: {code}. The token lacks the scope {needed}."
        what = sentence(pattern, method=method, code=code, needed=needed)
    if code in RATE_LIMITED and retry_after is None:
        retry_after = CODES[code].wait
    return SlackError(what, code=code, remedy=cure_of(code), retry_after=retry_after, method=method)


def unsure(method: str, code: str) -> SlackUnsure:
    """The error for an unknown result of `method`."""
    what = sentence("It is unknown whether Slack carried out {method}: {code}.", method=method, code=code)
    return SlackUnsure(what, code=code)


def unclear_status(method: str, status: int) -> SlackError:
    """The error for an answer without Slack's code: a 4xx was not processed, others may have been."""
    code = f"http_{status}"
    if status == 407:
        return SlackError("The proxy requires a login.", code=PROXY_LOGIN, meaning=UNSENT, remedy=LOGIN)
    if 400 <= status < 500 and status != 408:
        pattern = "A proxy or gateway in front of Slack refused {method}: {code}."
        what = sentence(pattern, method=method, code=code)
        return SlackError(what, code=code, remedy=cure_of(UNREACHABLE))
    return unsure(method, code)


def connection_error(method: str, error: BaseException, url: str, *, left: bool) -> SlackError:
    """The error for a missing answer. A request that never `left` this process is certainly not done."""
    if not left:
        return _not_sent(method, error, url)
    if isinstance(error, Unwanted):
        return unsure(method, "unreadable")
    return unsure(method, TIMEOUT if isinstance(error, TimeoutError) else CONNECTION_LOST)


def _not_sent(method: str, error: BaseException, url: str) -> SlackError:
    host = urlsplit(url).hostname or sentence("Slack's host")
    if found := barrier(error, host, setting="slack.api_url"):
        return barred(found, method)
    what = sentence("Slack could not be reached ({method}).", method=method)
    if isinstance(error, TimeoutError):
        what = sentence("Slack could not be reached in time ({method}); nothing was sent.", method=method)
    return SlackError(what, code=UNREACHABLE, remedy=cure_of(UNREACHABLE), method=method)


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
    return code if isinstance(code, str) and re.fullmatch(r"[a-z0-9_]{1,60}", code) else UNKNOWN_ERROR


def wait_seconds(header: str | None) -> float | None:
    """`Retry-After` in seconds, limited to between a second and an hour; None if missing or odd."""
    if header is None or not re.fullmatch(r"\d{1,9}(\.\d+)?", header.strip()):
        return None
    return min(max(float(header), 1.0), 3600.0)
