"""The three kinds of credentials for DLF; a project needs a single, complete kind."""

from bot.config.keys import Branch, Key, ScalarKind, Shape
from bot.config.reader import Section
from bot.config.scalars import ONE_LINE_SECRET, SECRET, TEXT
from bot.dlf.settings import AccessKey, Auth, IamUser, ReadyToken


def access_key(text: str) -> str:
    """The less secret half of a key: mistakes do not show it."""
    return ONE_LINE_SECRET.parse(text).reveal()


ACCESS_KEY = Key(
    "access_key",
    ScalarKind(access_key, {"type": "string"}, is_secret=True),
    "The access key (AK) that signs every request.",
    example="${HUAWEICLOUD_SDK_AK}",
    also=("ak",),
)
SECRET_KEY = Key(
    "secret_key",
    ONE_LINE_SECRET,
    "The secret key (SK) of the access key.",
    example="${HUAWEICLOUD_SDK_SK}",
    also=("sk",),
)
SECURITY_TOKEN = Key(
    "security_token", ONE_LINE_SECRET, "Comes with a temporary access key; leave it out for a permanent one."
)
USERNAME = Key("username", TEXT, "IAM user; the bot fetches and renews its token.", also=("user",))
PASSWORD = Key("password", SECRET, "The IAM user's password.", example="${IAM_PASSWORD}")
DOMAIN = Key("domain", TEXT, "Account name (in IAM: domain) of the user.", also=("account",))
TOKEN = Key("token", ONE_LINE_SECRET, "A ready X-Auth-Token, which the bot cannot renew.")

_WAYS: tuple[tuple[Key[object], ...], ...] = (
    (ACCESS_KEY, SECRET_KEY),
    (USERNAME, PASSWORD, DOMAIN),
    (TOKEN,),
)
_CHOICES = "access_key and secret_key; or username, password and domain; or token"

AUTH = Shape(
    "auth",
    (ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN, USERNAME, PASSWORD, DOMAIN, TOKEN),
    {
        "oneOf": [{"required": [key.name for key in way]} for way in _WAYS],
        "dependentRequired": {"security_token": ["access_key"]},
    },
)
AUTH_BRANCH = Branch(
    "auth",
    AUTH,
    f"How to log in, exactly one of: {_CHOICES}.",
    required=True,
    example="{access_key: ..., secret_key: ...}",
)


def read_auth(section: Section) -> Auth | None:
    """The credentials; None if they are wrong (and reported)."""
    access, secret = section.take(ACCESS_KEY), section.take(SECRET_KEY)
    security_token = section.take(SECURITY_TOKEN)
    username, password, domain = section.take(USERNAME), section.take(PASSWORD), section.take(DOMAIN)
    token = section.take(TOKEN)
    if not section.is_readable or not _is_one_way(section):
        return None
    if access and secret:
        return AccessKey(access, secret, security_token)
    if username and password and domain:
        return IamUser(username, password, domain)
    return ReadyToken(token) if token else None


def _is_one_way(section: Section) -> bool:
    begun = [way for way in _WAYS if any(section.has(key) for key in way)]
    if section.has(SECURITY_TOKEN) and _WAYS[0] not in begun:
        begun.insert(0, _WAYS[0])
    if not begun:
        section.wrong(section.line, "there are no credentials.", f"Write one of: {_CHOICES}.")
    elif len(begun) > 1:
        given = [next(key for key in (*way, SECURITY_TOKEN) if section.has(key)) for way in begun]
        section.wrong(
            max(section.line_of(key) for key in given),
            f"{' and '.join(key.name for key in given)} are different ways to log in.",
            f"Keep exactly one of: {_CHOICES}.",
        )
    else:
        return _is_complete(section, begun[0])
    return False


def _is_complete(section: Section, way: tuple[Key[object], ...]) -> bool:
    given = next(key for key in (*way, SECURITY_TOKEN) if section.has(key))
    missing = [key for key in way if not section.has(key)]
    if missing:
        names, are = " and ".join(key.name for key in missing), "is" if len(missing) == 1 else "are"
        section.wrong(
            section.line_of(given),
            f"{given.name} is given, but {names} {are} missing.",
            f"Add {' and '.join(_line_of(key) for key in missing)}.",
        )
    return not missing


def _line_of(key: Key[object]) -> str:
    return f'"{key.name}: {key.example or "..."}"'
