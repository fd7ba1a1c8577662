"""Kinds of scalars that name places: endpoints, the database, Slack channels, people to mention."""

import ipaddress
import re
from urllib.parse import SplitResult, unquote, urlsplit

from bot.config.keys import ScalarKind
from bot.config.mistakes import InvalidValue
from bot.config.scalars import ONE_LINE_SECRET
from bot.secret import Secret
from bot.store.postgres_mistakes import EXAMPLE, mistake

CHANNEL_PATTERN = r"^(#[^\s#<>@,A-Z\"'`$]{1,80}|[CG][A-Z0-9]{2,})$"
MENTION_PATTERN = (
    r"^(<!(here|channel|everyone|subteam\^S[A-Z0-9]+(\|[^<>]*)?)>|<@[UW][A-Z0-9]+>|[UWS][A-Z0-9]+)$"
)
ADMIN_PATTERN = r"^[UWS][A-Z0-9]{2,}$"
HOST_PATTERN = r"^[A-Za-z0-9_.:-]{1,253}$"
LONGEST_LINK = 2000
LISTEN_PATTERN = rf"^\[[0-9A-Fa-f:.]{{2,45}}\]$|{HOST_PATTERN}"
_QUERY = r"[A-Za-z_]+=[^&#\s]*(?:&[A-Za-z_]+=[^&#\s]*)*"
_SERVER = r"(?:\[[0-9A-Fa-f:.%]+\]|[^:,@/?#\s\[\]]*)(?::[0-9]{1,5})?"
_POSTGRES = re.compile(
    rf"postgres(?:ql)?://(?:[^@/?#\s]*@)?(?P<servers>{_SERVER}(?:,{_SERVER})*)(?P<path>/[^@/?#\s]*)?(?:\?{_QUERY})?"
)
_SQLITE = re.compile(r"sqlite:///(?P<path>[^?#]+)")


def origin(text: str) -> str:
    """`https://host[:port]` without a trailing slash."""
    url = _url(text)
    if url.path.strip("/") or url.query or url.fragment:
        raise InvalidValue("which has a path or a query", f"Write {url.scheme}://{url.netloc}.")
    return f"{url.scheme}://{url.netloc}"


def https_url(text: str) -> str:
    """An address that a button opens; nothing is fetched from it."""
    if not re.fullmatch(r"https://[^\s@<>|\"]+", text) or len(text) > LONGEST_LINK or not text.isascii():
        raise InvalidValue("which is not an address to open", "Write https://host/path, without a password.")
    return text


def base_url(text: str) -> str:
    """A URL that others are appended to: it ends in a slash."""
    url = _url(text)
    if url.query or url.fragment:
        raise InvalidValue("which has a query or a fragment", "End it with the path.")
    return text.rstrip("/") + "/"


def secret_url(text: str) -> Secret:
    """A URL whose path is a secret: mistakes quote nothing of it."""
    try:
        _url(text)
    except InvalidValue as wrong:
        problem, remedy = wrong.problem.removeprefix("which "), wrong.remedy
        if "http would" in problem:
            problem = "is plain http, which others can read"
        if "a URL" in problem:
            remedy = "Write https://host/path."
        if "@" in text:
            remedy = "Write it without them."
        raise InvalidValue(problem, remedy) from None
    return ONE_LINE_SECRET.parse(text)


def database(text: str) -> Secret:
    """`sqlite:///file` or `postgresql://...`; mistakes quote nothing of it: a password may be anywhere."""
    scheme, mark, _ = text.partition("://")
    example = "Write sqlite:///dlf-bot.db or postgresql://user@host/database."
    if not mark or not re.fullmatch(r"[a-z+0-9]{1,30}", scheme):
        raise InvalidValue("is not a database URL", example)
    plain, plus, _ = scheme.partition("+")
    if plus and plain in ("sqlite", "postgresql", "postgres"):
        raise InvalidValue(f'begins with "{scheme}://"', f"Write {plain}://, without a driver.")
    if scheme == "sqlite":
        return _sqlite_file(text)
    if scheme not in ("postgresql", "postgres"):
        raise InvalidValue(f'is a "{scheme}" URL, which is not supported', example)
    if found := mistake(text):
        raise InvalidValue(*found)
    if not _POSTGRES.fullmatch(text):
        raise InvalidValue("is not a valid postgresql URL", EXAMPLE)
    return Secret(text)


def _sqlite_file(text: str) -> Secret:
    path = text.removeprefix("sqlite://")
    if ":memory:" in path:
        raise InvalidValue(
            "is an in-memory database, which is lost at a restart", "Write sqlite:///dlf-bot.db."
        )
    if not path.strip("/"):
        raise InvalidValue(
            "is an sqlite URL without a file", "Write sqlite:///file, or sqlite:////path/to/file."
        )
    if not path.startswith("/"):
        raise InvalidValue("has two slashes where three must be", "Write sqlite:///file.")
    if path.startswith("/~"):
        raise InvalidValue(
            "has a ~, which only a shell replaces", "Write the whole path: sqlite:////home/...."
        )
    if "$" in path:
        raise InvalidValue("has a $, and only ${NAME} is replaced", "Write ${NAME}, or the whole path.")
    if not _SQLITE.fullmatch(text):
        raise InvalidValue("has a ? or a #, and a file of SQLite takes no parameters", "End with the file.")
    if path.endswith("/"):
        raise InvalidValue("names a directory, not a file", "Write sqlite:////path/to/dlf-bot.db.")
    return Secret(text)


def label_of(store: str) -> str:
    """The part of a database URL that may be shown: no user, no password, no query."""
    if found := _POSTGRES.fullmatch(store):
        return f"postgresql://{found['servers']}{found['path'] or ''}"
    return store if _SQLITE.fullmatch(store) else "*****"


def passwords_of(store: str) -> tuple[str, ...]:
    """Every password in a database URL, as it is written there and as it is meant."""
    if not _POSTGRES.fullmatch(store):
        return ()
    rest = store.partition("://")[2]
    user, at, _ = rest.partition("@")
    written = [user.partition(":")[2]] if at else []
    asked = rest.partition("?")[2].split("&")
    written += [value for name, _, value in (one.partition("=") for one in asked) if "password" in name]
    return tuple(dict.fromkeys(form for one in written if one for form in (one, unquote(one))))


def channel(text: str) -> str:
    if re.fullmatch(CHANNEL_PATTERN, text):
        return text
    if linked := re.fullmatch(r"<#([CG][A-Z0-9]+)(\|[^<>]*)?>", text):
        raise InvalidValue("which is not a channel name or id", f"Write {linked[1]}.")
    if link := re.fullmatch(r"https://\S+/archives/([CG][A-Z0-9]+)\S*", text):
        raise InvalidValue("which is a link to a channel", f"Write {link[1]}.")
    name = re.sub(r"[^\w.-]+", "-", text.strip().lstrip("#").lower()).strip("-")
    wanted = f'Write "#{name}" (in quotes), or the id' if name else "Write a name, or the id"
    raise InvalidValue("which is not a channel name or id", f"{wanted} (C...).")


def mention(text: str) -> str:
    """A person, user group or `<!here>` in Slack's own notation."""
    if not re.fullmatch(MENTION_PATTERN, text):
        special = text.strip("<!@>")
        wanted = f'"<!{special}>"' if special in ("here", "channel", "everyone") else _MENTIONS
        raise InvalidValue("which Slack does not recognize", f"Write {wanted}.")
    if text.startswith("<"):
        return text
    return f"<!subteam^{text}>" if text.startswith("S") else f"<@{text}>"


def admin(text: str) -> str:
    if not re.fullmatch(ADMIN_PATTERN, text):
        mentioned = re.fullmatch(r"<(?:@|!subteam\^)([UWS][A-Z0-9]{2,})(?:\|[^<>]*)?>", text)
        raise InvalidValue(
            "which is not the id of a user (U..., W...) or user group (S...)",
            f"Write {mentioned[1]}." if mentioned else "In Slack, open the profile, ⋮, Copy member ID.",
        )
    return text


def host(text: str) -> str:
    """An address or a name to listen on; an IPv6 address may stand in brackets, as in a URL."""
    if not re.fullmatch(LISTEN_PATTERN, text):
        raise InvalidValue(
            "which is not an address to listen on", 'Write 0.0.0.0 (every IPv4 address), "::" or 127.0.0.1.'
        )
    return text.strip("[]")


def token(prefix: str, others: dict[str, str]) -> ScalarKind[Secret]:
    """A Slack token with its known beginning; `others` explains what a wrong beginning means."""

    def parse(text: str) -> Secret:
        for other, meaning in others.items():
            if text.startswith(other):
                raise InvalidValue(f'begins with "{other}": {meaning}', f'It must begin with "{prefix}".')
        if not text.startswith(prefix) and not text.startswith(f"xoxe.{prefix}"):
            raise InvalidValue(
                f'does not begin with "{prefix}"', "Copy it from the app's page at api.slack.com."
            )
        return ONE_LINE_SECRET.parse(text)

    return ScalarKind(parse, {"type": "string"}, is_secret=True)


def _slack_id(letter: str, what: str) -> ScalarKind[str]:
    pattern = rf"^{letter}[A-Z0-9]{{2,}}$"

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise InvalidValue(f"which is not the id of {what}", f"These begin with {letter}.")
        return text

    return ScalarKind(parse, {"type": "string", "pattern": pattern})


_MENTIONS = 'a user id (U...), a user group id (S...), "<!here>" or "<!channel>"'
ORIGIN = ScalarKind(origin, {"type": "string", "pattern": r"^https?://[^/\s?#@]+/?$"})
BASE_URL = ScalarKind(base_url, {"type": "string", "pattern": r"^https?://[^\s?#@]+$"})
SECRET_URL = ScalarKind(secret_url, {"type": "string", "pattern": r"^https?://[^\s@]+$"}, is_secret=True)
DATABASE = ScalarKind(
    database,
    {"type": "string", "pattern": r"^(sqlite:///.|postgres(ql)?://)"},
    is_secret=True,
)
CHANNEL = ScalarKind(channel, {"type": "string", "pattern": CHANNEL_PATTERN})
MENTION = ScalarKind(mention, {"type": "string", "pattern": MENTION_PATTERN})
ADMIN = ScalarKind(admin, {"type": "string", "pattern": ADMIN_PATTERN})
HOST = ScalarKind(host, {"type": "string", "pattern": LISTEN_PATTERN})
TEAM = _slack_id("T", "a Slack workspace")
ENTERPRISE = _slack_id("E", "a Slack enterprise")


def _url(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        name, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("http", "https") or not re.fullmatch(HOST_PATTERN, name) or port == 0:
        raise InvalidValue(
            "which is not a URL", f"Write https://{text if re.fullmatch(HOST_PATTERN, text) else 'host'}."
        )
    if "@" in parts.netloc:
        raise InvalidValue("which contains a user or password", "Remove them; credentials belong under auth.")
    if parts.scheme == "http" and not _is_loopback(name):
        raise InvalidValue(
            "and http would send credentials unencrypted",
            "Use https://; http is allowed for this machine (127.0.0.1) only.",
        )
    return parts


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
