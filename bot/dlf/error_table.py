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


_REPAIR = "The counts cannot be read until this is put right."
_LATER = "The counts are not known now; the same question may be answered later."
_SPARING = "The bot tries them again only now and then, so that they are not locked."

CREDENTIALS = Remedy(
    DlfRefused,
    "DLF does not accept the credentials ({answer}).",
    "Check the project's `auth`, `region` and `project_id` in the YAML, and this machine's clock.",
    _SPARING,
)
_RIGHTS = Remedy(
    DlfRefused,
    "The bot's user may not read this workspace ({answer}).",
    "Give it DAYU User with a role in the workspace (viewer is enough).",
    _REPAIR,
)
_PROJECT = Remedy(
    DlfRefused,
    "The project is not available to the bot's user ({answer}).",
    "Check `project_id` and `region`.",
    _REPAIR,
)
_ADDRESS = Remedy(
    DlfRejected,
    "DLF has no such address here ({answer}).",
    "Check `region`, `endpoint` and `project_id`; the V2 host begins with `dayu.`.",
    _REPAIR,
)
_WORKSPACE = Remedy(
    DlfRejected,
    "DLF does not take the question for this workspace ({answer}).",
    "Check the workspace's `id`, `project_id` and `region`.",
    _REPAIR,
)
_LONG = Remedy(
    DlfRejected,
    "The request is too large for {service}'s gateway ({answer}).",
    "Use an access key instead of a long token.",
    _REPAIR,
)
_NETWORK = Remedy(
    DlfRefused,
    "DLF does not let this machine's address in ({answer}).",
    "Permit its IP address on Huawei Cloud.",
    _REPAIR,
)
_QUOTA = Remedy(
    DlfRefused,
    "The account may not ask any more: quota used up or account frozen ({answer}).",
    "Check the account's quota and bills on Huawei Cloud.",
    _REPAIR,
)
_PROXY = Remedy(DlfRejected, "The proxy requires a login ({answer}).", LOGIN, _REPAIR)
_REDIRECT = Remedy(
    DlfUnreadable,
    "{service}'s address answered with a redirect, which is never followed ({answer}).",
    "Check the endpoint; a login page may stand in front of it.",
    "The counts are not known; nothing is assumed about them.",
)
_ODD = Remedy(
    DlfUnreadable,
    "{service}'s address answered neither with counts nor with an error ({answer}).",
    "Check the endpoint.",
    "The counts are not known; nothing is assumed about them.",
)
_THROTTLED = Remedy(
    DlfUnavailable,
    "{service} is being asked too often ({answer}).",
    "Lower `requests_per_second` if it stays; others may share the user.",
    _LATER,
)
_DOWN = Remedy(
    DlfUnavailable,
    "{service} is in trouble ({answer}).",
    "The bot asks again; see Huawei Cloud's status page if it stays.",
    _LATER,
)
_REQUEST = Remedy(
    DlfRejected,
    "{service} does not take the question ({answer}).",
    "Check `project_id`, the workspace's `id` and the endpoint; Huawei's support knows the code.",
    _REPAIR,
)

_INSTANCE = Remedy(
    DlfRejected,
    "DLF does not know this instance any more ({answer}).",
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
                "IAM does not accept the login ({answer}).",
                "Check `username`, `password` and `domain` in the YAML.",
            )
            return Remedy(DlfRefused, what, do, _SPARING)
        case 403:
            what, do = (
                "The IAM user may not log in by program ({answer}).",
                "Give it programmatic access on Huawei Cloud.",
            )
            return Remedy(DlfRefused, what, do, _SPARING)
        case 400 | 404:
            what, do = (
                "IAM does not take the login ({answer}).",
                "Check `project_id`, `domain` and `iam_endpoint` in the YAML.",
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
