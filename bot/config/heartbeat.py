"""The YAML's `heartbeat`: the address that is told that the bot is well."""

from datetime import timedelta

from bot.config.addresses import SECRET_URL
from bot.config.keys import Branch, Key, Shape
from bot.config.reader import Section
from bot.config.scalars import duration
from bot.config.settings import HeartbeatSettings

URL = Key(
    "url",
    SECRET_URL,
    "Address called with GET. It is a secret: write ${NAME}.",
    required=True,
    example="${HEARTBEAT_URL}",
)
EVERY = Key(
    "every",
    duration(timedelta(seconds=10), timedelta(days=1)),
    "How often it is called while all is well: a single try each time.",
    default="1m",
    example="1m",
)
BRANCH = Branch(
    "heartbeat",
    Shape("heartbeat", (URL, EVERY)),
    "A service that raises an alarm when the bot stops calling it: healthchecks.io, Uptime Kuma or the like.",
)


def read_heartbeat(section: Section) -> HeartbeatSettings | None:
    """None without the key, or when its address is wrong (and reported)."""
    for below in section.branches(BRANCH):
        url, every = below.take(URL), below.get(EVERY)
        return HeartbeatSettings(url, every) if url else None
    return None
