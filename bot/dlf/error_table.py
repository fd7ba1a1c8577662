"""The table of refusals by DLF, its gateway and IAM, each with a text and a remedy of our own."""

from typing import NamedTuple

from bot.errors import DlfError, DlfRefused, DlfRejected, DlfUnavailable, DlfUnreadable
from bot.outbound import LOGIN


class Remedy(NamedTuple):
    """The parts of an error: its kind, what happened (a pattern), what to do, what it means."""

    kind: type[DlfError]
    what: str
    do: str
    meaning: str = ""


_REPAIR = "Counts stay unknown until this is fixed."
_LATER = "Counts are unknown for now; the bot keeps trying."
_SPARING = "The bot now retries rarely, so that the credentials are not locked."

CREDENTIALS = Remedy(
    DlfRefused,
    "DLF rejected the credentials ({answer}).",
    "Check `auth`, `region` and `project_id` in the config, and the clock of this machine.",
    _SPARING,
)
_RIGHTS = Remedy(
    DlfRefused,
    "The bot's IAM user has no access to this workspace ({answer}).",
    "Give the user DAYU User in IAM and a role in the workspace (viewer is enough).",
    _REPAIR,
)
_PROJECT = Remedy(
    DlfRefused,
    "The bot's IAM user cannot use this project ({answer}).",
    "Check `project_id` and `region` in the config.",
    _REPAIR,
)
_ADDRESS = Remedy(
    DlfRejected,
    "There is no DLF API at this endpoint ({answer}).",
    "Check `region`, `endpoint` and `project_id`. The host must begin with `dayu.`.",
    _REPAIR,
)
_WORKSPACE = Remedy(
    DlfRejected,
    "DLF rejected the workspace id ({answer}).",
    "Check the workspace's `id`, and `project_id` and `region`.",
    _REPAIR,
)
_LONG = Remedy(
    DlfRejected,
    "The request headers are too long for {service}'s gateway ({answer}).",
    "Use an access key instead of a token.",
    _REPAIR,
)
_NETWORK = Remedy(
    DlfRefused,
    "Huawei Cloud blocks this machine's IP address ({answer}).",
    "Allow the address in Huawei Cloud.",
    _REPAIR,
)
_QUOTA = Remedy(
    DlfRefused,
    "The account's quota is used up, or the account is frozen ({answer}).",
    "Check quotas and billing in the Huawei Cloud console.",
    _REPAIR,
)
_PROXY = Remedy(DlfRejected, "The proxy requires a login ({answer}).", LOGIN, _REPAIR)
_REDIRECT = Remedy(
    DlfUnreadable,
    "{service}'s endpoint answered with a redirect, which the bot does not follow ({answer}).",
    "Check the endpoint; a login page may be in front of it.",
    "Counts are unknown.",
)
_ODD = Remedy(
    DlfUnreadable,
    "{service}'s endpoint returned neither counts nor an error ({answer}).",
    "Check the endpoint.",
    "Counts are unknown.",
)
_THROTTLED = Remedy(
    DlfUnavailable,
    "{service} is rate-limiting the bot ({answer}).",
    "If it stays, lower `requests_per_second`; other programs may use the same IAM user.",
    _LATER,
)
_DOWN = Remedy(
    DlfUnavailable,
    "{service} is temporarily unavailable ({answer}).",
    "The bot keeps trying. If it stays, see the Huawei Cloud status page.",
    _LATER,
)
_REQUEST = Remedy(
    DlfRejected,
    "{service} rejected the request ({answer}).",
    "Check `project_id`, the workspace's `id` and the endpoint. "
    "If they are right, give the error code to Huawei Cloud support.",
    _REPAIR,
)

_INSTANCE = Remedy(
    DlfRejected,
    "DLF no longer has this instance ({answer}).",
    "Look for the job in DataArts Factory.",
)

UNAUTHENTICATED = frozenset({"0301", "0303", "0305", "0307", "0311"})

# The gateway spells its codes APIGW, APIG or APIC; only the number counts. Its tables disagree on statuses.
_GATEWAYS = frozenset({"APIGW", "APIG", "APIC"})
_GATEWAY = {
    **dict.fromkeys(("0101", "0103"), _ADDRESS),
    **dict.fromkeys(("0104", "0105", "0602", "0607"), _REQUEST),
    "0106": _WORKSPACE,
    **dict.fromkeys(UNAUTHENTICATED, CREDENTIALS),
    **dict.fromkeys(("0302", "0304", "0306", "0801", "0802"), _RIGHTS),
    "0308": _THROTTLED,
    "0310": _PROJECT,
    **dict.fromkeys(("0401", "0402"), _NETWORK),
    **dict.fromkeys(("0501", "0502"), _QUOTA),
    **dict.fromkeys(
        ("0404", "0601", "0605", "0606", "0608", "0609", "0610", "0611", "0612", "0613", "0705"), _DOWN
    ),
}
_DLF = {
    "6888": _RIGHTS,
    **dict.fromkeys(("3051", "0819", "20819"), _WORKSPACE),
    **dict.fromkeys(("0137", "30137"), _INSTANCE),
    "21113": _REQUEST,
}
_STATUS = {
    401: CREDENTIALS,
    403: _RIGHTS,
    404: _ADDRESS,
    407: _PROXY,
    408: _DOWN,
    413: _LONG,
    414: _LONG,
    425: _DOWN,
    429: _THROTTLED,
    431: _LONG,
    494: _LONG,
}


def of_dlf(status: int, code: str | None) -> Remedy:
    """By code if it is known, else by status: every published DLF code comes with a 400."""
    family, _, number = (code or "").partition(".")
    known = _GATEWAY if family.upper() in _GATEWAYS else _DLF if family.upper() == "DLF" else {}
    return known.get(number) or _by_status(status, code)


def of_iam(status: int) -> Remedy:
    """For a login, by status alone: IAM's codes add nothing to it."""
    match status:
        case 401:
            what, do = (
                "IAM rejected the login ({answer}).",
                "Check `username`, `password` and `domain` in the config.",
            )
            return Remedy(DlfRefused, what, do, _SPARING)
        case 403:
            what, do = (
                "The IAM user has no programmatic access ({answer}).",
                "Enable programmatic access for the user in IAM.",
            )
            return Remedy(DlfRefused, what, do, _SPARING)
        case 400 | 404:
            what, do = (
                "IAM rejected the login request ({answer}).",
                "Check `project_id`, `domain` and `iam_endpoint` in the config.",
            )
            return Remedy(DlfRejected, what, do, _REPAIR)
    return _by_status(status, None)


def _by_status(status: int, code: str | None) -> Remedy:
    if status in _STATUS:
        return _STATUS[status]
    if status >= 500:
        return _DOWN
    if 300 <= status < 400:
        return _REDIRECT
    return _REQUEST if status >= 400 or code else _ODD
