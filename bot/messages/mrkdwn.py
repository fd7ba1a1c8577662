"""Foreign text made safe for Slack, and mentions, links and moments in its markup."""

import re
import unicodedata
from datetime import datetime

NAME_LENGTH = 48

_USER = re.compile(r"[UW][A-Z0-9]{2,}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
# At the start of a word, Slack takes these signs as markup; it ignores look-alike signs.
_BEGINNING = re.compile(r"(?<![^\W_])[_~*]")
_LOOK_ALIKE = str.maketrans("_~*", "ˍ∼∗")
_PING = re.compile(r"<(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!here|!channel|!everyone)>")


def readers_moment(at: datetime, absolute: str) -> str:
    """A moment that Slack shows in the reader's own zone (mrkdwn); `absolute` where it cannot."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{absolute}>"


def clean(foreign: str) -> str:
    """Foreign text on a single line, without control, format or lone surrogate characters."""
    return " ".join(_printable(foreign).split())


def clean_lines(foreign: str) -> str:
    """Foreign text as it is laid out, without control (but tabs), format or lone surrogate characters."""
    return "\n".join(_printable(line, "\t").rstrip() for line in foreign.splitlines())


def _printable(foreign: str, kept: str = "") -> str:
    categories = ((c, unicodedata.category(c)) for c in foreign)
    shown = ((" " if kind in ("Cc", "Zl", "Zp") and c not in kept else c, kind) for c, kind in categories)
    return "".join(c for c, kind in shown if kind not in ("Cf", "Cs"))


def clip(foreign: str, length: int = NAME_LENGTH) -> str:
    """Clean foreign text and cut out its middle if it is too long: names often differ at the end."""
    text = clean(foreign) or "?"
    if len(text) <= length:
        return text
    tail = length // 3
    return f"{text[: length - tail - 1]}…{text[-tail:]}"


def escape(text: str) -> str:
    """Make text inert in mrkdwn: no mention, link, date or formatting can come from it.

    Backquotes stay: our own sentences use them, and names have none.
    """
    return _BEGINNING.sub(lambda found: found[0].translate(_LOOK_ALIKE), entities(text))


def entities(text: str) -> str:
    """Escape with Slack's three entities, which is enough within backquotes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """Make text inert in plain_text, where entities may be shown as they are: use look-alikes of < and >."""
    return text.replace("<", "‹").replace(">", "›")


def person(who: str) -> str:
    """A Slack user id as a mention of the person; any other name as inert text (mrkdwn)."""
    return f"<@{who}>" if _USER.fullmatch(who) else escape(clip(who))


def place(channel: str) -> str:
    """A channel's id as a link to the channel; a name as inert text (mrkdwn)."""
    return f"<#{channel}>" if _CHANNEL.fullmatch(channel) else escape(clip(channel))


def ping(mention: str) -> str:
    """A mention from the config as mrkdwn; any text that is not a Slack mention becomes inert."""
    return mention if _PING.fullmatch(mention) else person(mention)
