"""For the fuzz tests: JSON mutated in every way, and a second, independent reading of DLF's answers."""

import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from bot.domain.model import COUNT_NAMES

HOSTILE = [
    *("<!channel>", "<!everyone|x>", "<@U0ADA>", "<!subteam^S0ONCALL>", "<https://evil.example|safe>"),
    *("`x`", "*b*", "%s%n{0}", "https://evil.example/x", "&lt;!channel&gt;", "@channel #general"),
    *("${HOME}", "../../etc/passwd", "'; DROP TABLE alerts; --", "null", "-1", "1e400", "\\", '"', "", " "),
    *("\u202egnp.exe", "\u200b\u2066x", "\0", "\x1b[2J", "a\nb\r\nc", "\ud800"),
    *("🔥" * 40, "e\u0301" * 30, "A" * 5000),
]
SCALARS = st.one_of(
    st.sampled_from(HOSTILE),
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=6), below, max_size=3),
    max_leaves=6,
)


def paths(tree: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every part of a tree but its root."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, below in items:
        yield (*here, key)
        yield from paths(below, (*here, key))


def at(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


@st.composite
def mutations(draw: st.DrawFn, real: Any, most: int = 3, values: st.SearchStrategy[Any] = VALUES) -> Any:
    """`real` with up to `most` parts taken away, replaced, moved, wrapped or added."""
    tree = copy.deepcopy(real)
    for _ in range(draw(st.integers(0, most))):
        known = list(paths(tree))
        if not known:
            break
        *way, last = draw(st.sampled_from(known))
        holder = at(tree, tuple(way))
        match draw(st.sampled_from(["drop", "put", "move", "wrap", "add"])):
            case "drop":
                del holder[last]
            case "put":
                holder[last] = draw(values)
            case "move":
                holder[last] = copy.deepcopy(at(tree, draw(st.sampled_from(known))))
            case "wrap":
                holder[last] = [holder[last]] if draw(st.booleans()) else {"id": holder[last]}
            case _ if isinstance(holder, dict):
                holder[draw(st.sampled_from([str(one[-1]) for one in known]))] = draw(values)
            case _:
                holder.append(draw(values))
    return tree


# The text for readers without dates is a date, a time and a zone, so it holds no words of others.
_OWN_DATE = re.compile(
    r"<!date\^[0-9]+\^\{date[a-z_]*\} \{time\}\|[^<>|^]{0,16}[0-9]{2}:[0-9]{2}"
    r"(?: \(?[\w/+-]+\)?|（[\w/+-]+）)>"
)


def alive(text: str, allowed: Iterable[str] = ()) -> list[str]:
    """The parts of a text that Slack would turn into a mention or link, except these mentions.

    The bot's own dates are no such parts: a date, its form, and no address.
    """
    mentions = {form for one in allowed for form in (one, f"<@{one}>", f"<!subteam^{one}>")}
    found = [one for one in re.findall(r"<[^>]*>?", text) if one not in mentions]
    return [one for one in found if not _OWN_DATE.fullmatch(one)]


# DLF's answer, read once more without the json module


class Wrong(Exception):
    """No answer that can be trusted."""


@dataclass(frozen=True)
class Number:
    digits: str


_TOKEN = re.compile(
    r'[ \t\n\r]*(?:(?P<mark>[{}\[\]:,])|(?P<text>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(?P<word>true|false|null))"
)
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def expected(body: bytes) -> dict[str, int | None]:
    """The counts of an answer, None for a missing count; Wrong for anything that is no such answer."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong from None
    tokens = list(_tokens(text))
    try:
        fields = _value(tokens)
    except RecursionError:
        raise Wrong from None
    if tokens or not isinstance(fields, dict):
        raise Wrong
    counts: dict[str, int | None] = dict.fromkeys(COUNT_NAMES)
    for name in COUNT_NAMES:
        if fields.get(name) is not None:
            counts[name] = _count(fields[name])
    if all(count is None for count in counts.values()):
        raise Wrong
    return counts


def names_an_error(body: bytes) -> bool:
    """Whether it speaks of an error, in any spelling: no counts need to be believed then."""
    return b"rror" in body or b"\\u" in body


def _count(found: Any) -> int:
    if not isinstance(found, Number) or not re.fullmatch(r"-?[0-9]{1,20}", found.digits):
        raise Wrong
    count = int(found.digits)
    if not 0 <= count <= 2**53:
        raise Wrong
    return count


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(text.rstrip(" \t\n\r")):
        found = _TOKEN.match(text, place)
        if found is None or found.end() == place:
            raise Wrong
        kind = str(found.lastgroup)
        yield kind, found[kind]
        place = found.end()


def _value(tokens: list[tuple[str, str]]) -> Any:
    """Take a value from the front. Numbers stay as they are written."""
    match _take(tokens):
        case ("mark", "{"):
            return _object(tokens)
        case ("mark", "["):
            items: list[Any] = []
            while tokens[:1] != [("mark", "]")]:
                if items:
                    _need(tokens, ",")
                items.append(_value(tokens))
            tokens.pop(0)
            return items
        case ("text", written):
            return _unescaped(written)
        case ("number", digits):
            return Number(digits)
        case ("word", word):
            return {"true": True, "false": False, "null": None}[word]
    raise Wrong


def _object(tokens: list[tuple[str, str]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    while tokens[:1] != [("mark", "}")]:
        if fields:
            _need(tokens, ",")
        kind, written = _take(tokens)
        name = _unescaped(written)
        if kind != "text" or name in fields:
            raise Wrong
        _need(tokens, ":")
        fields[name] = _value(tokens)
    tokens.pop(0)
    return fields


def _take(tokens: list[tuple[str, str]]) -> tuple[str, str]:
    if not tokens:
        raise Wrong
    return tokens.pop(0)


def _need(tokens: list[tuple[str, str]], mark: str) -> None:
    if _take(tokens) != ("mark", mark):
        raise Wrong


def _unescaped(written: str) -> str:
    def sign(found: re.Match[str]) -> str:
        return chr(int(found[1], 16)) if found[1] else _ESCAPES[found[2]]

    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", sign, written[1:-1])
