"""Reads the values of declared keys from a YAML tree, and reports every mistake with its line."""

import re
from typing import TypeVar

from bot.config.keys import Branch, Key, Shape
from bot.config.mistakes import InvalidValue, Mistakes, choose, has_secret, show
from bot.config.unfinished import looks_unreplaced
from bot.config.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode
from bot.domain.suggest import did_you_mean, nearest

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LIKE_A_SECRET = re.compile(r".{31}|(?=.*[A-Z])(?=.*[0-9])")

T = TypeVar("T")


class Section:
    """A mapping being read: takes keys and reports all their mistakes, not only the first."""

    def __init__(self, node: Node, shape: Shape, label: str, report: Mistakes) -> None:
        self.label, self.line, self.report = label, node.line, report
        self._shape = shape
        self._entries = node.entries if isinstance(node, MappingNode) else {}
        self._meant: set[str] = set()
        self.is_readable = isinstance(node, MappingNode) or (isinstance(node, ScalarNode) and node.is_nothing)
        if self.is_readable:
            self._check_names()
        elif not (isinstance(node, ScalarNode) and node.is_broken):
            found = "a list" if isinstance(node, SequenceNode) else "a value"
            what = f"there must be keys here, not {found}."
            if not label:
                what = "the file must have keys at the top level."
            self.wrong(node.line, what, f'Write lines like "{shape.keys[0].name}: ..." here.')

    def wrong(self, line: int, what: str, remedy: str = "") -> None:
        self.report.add(line, f"{self.label}: {what}" if self.label else what, remedy)

    def line_of(self, key: Key[T] | Branch) -> int:
        entry = self._entries.get(key.name)
        return entry.line if entry else self.line

    def has(self, key: Key[T] | Branch) -> bool:
        """True if a value is given, readable or not: a misspelt key counts, an empty ${X:-} does not."""
        if key.name in self._meant:
            return True
        node = self.node(key)
        return isinstance(node, SequenceNode | MappingNode) or (
            isinstance(node, ScalarNode) and (node.is_broken or (node.text != "" and not node.is_nothing))
        )

    def node(self, key: Key[T] | Branch) -> Node | None:
        entry = self._entries.get(key.name)
        return entry.node if entry else None

    def take(self, key: Key[T]) -> T | None:
        """The key's value; None if it is missing, or wrong (and then reported)."""
        node = self.node(key)
        if node is None or not self.has(key):
            self._nothing(key, node)
            return None
        return self._parse(key, node)

    def get(self, key: Key[T]) -> T:
        """The key's value, or its default where it is missing or wrong."""
        found = self.take(key)
        return key.usual[0] if found is None else found

    def take_all(self, key: Key[T]) -> tuple[T, ...]:
        """The values of a list key, or its default; a single value is a list. Wrong items are left out."""
        return tuple(value for _, value in self.located(key)) or key.usual

    def located(self, key: Key[T]) -> list[tuple[ScalarNode, T]]:
        """Like `take_all`, each value with the scalar it was read from."""
        node = self.node(key)
        if node is None or not self.has(key):
            self._nothing(key, node)
            return []
        nodes = node.nodes if isinstance(node, SequenceNode) else (node,)
        if key.keeps_out and not nodes:
            self._unguarded(key)
        found = [(item, self._parse(key, item)) for item in nodes]
        return [(item, value) for item, value in found if isinstance(item, ScalarNode) and value is not None]

    def branches(self, branch: Branch) -> list["Section"]:
        """The mappings under a key, single or in a list. An empty value is an empty mapping or list."""
        node = self.node(branch)
        if node is None or (
            isinstance(node, ScalarNode) and (node.is_broken or (branch.many and node.is_nothing))
        ):
            return []
        if not branch.many:
            return [self._below(node, branch)]
        if isinstance(node, SequenceNode):
            return [self._below(item, branch) for item in node.nodes]
        self.wrong(node.line, f"{branch.name} must be a list.", 'Begin each item with "- ".')
        return []

    def branch(self, branch: Branch) -> "Section":
        """The mapping under a key; an empty mapping if there is none."""
        found = self.branches(branch)
        return found[0] if found else self._below(MappingNode(self.line), branch)

    def is_empty_list(self, key: Branch | Key[T]) -> bool:
        node = self.node(key)
        if isinstance(key, Branch) and isinstance(node, ScalarNode):
            return node.is_nothing
        return isinstance(node, SequenceNode) and not node.nodes

    def written(self, key: Key[T]) -> str:
        """The value as it stands in the file, before the environment: safe to show."""
        node = self.node(key)
        return node.written if isinstance(node, ScalarNode) else ""

    def _below(self, node: Node, branch: Branch) -> "Section":
        label = _named(branch.shape.title, node)
        return Section(node, branch.shape, f"{self.label}, {label}" if self.label else label, self.report)

    def _nothing(self, key: Key[T], node: Node | None) -> None:
        if node is None or not isinstance(node, ScalarNode):
            return
        if key.keeps_out:
            self._unguarded(key)
        elif node.is_nothing:
            empty = f"is {node.written}, which in YAML means no value" if node.written else "has no value"
            is_comment = key.example.startswith('"#') and not node.written
            comment = ': without quotes "#" begins a comment' if is_comment else ""
            remedy = _add(key, "Write") if key.required else _add(key, "Write", "or remove the line")
            self.wrong(self.line_of(key), f"{key.name} {empty}{comment}.", remedy)
        elif key.required or node.written == node.text:
            self.wrong(node.line, f"{key.name} is empty.", _add(key, "Write"))

    def _unguarded(self, key: Key[T]) -> None:
        written = self.written(key)
        found = f"{key.name} is {show(written)}, whose value is empty" if written else f"{key.name} is empty"
        remedy = f'Write "{key.name}: {key.example}", or remove the line to allow that.'
        self.wrong(self.line_of(key), f"{found}: without it {key.keeps_out}.", remedy)

    def _parse(self, key: Key[T], node: Node) -> T | None:
        if not isinstance(node, ScalarNode):
            found = "a list" if isinstance(node, SequenceNode) else "a mapping"
            self.wrong(node.line, f"{key.name} is {found}, but must be a single value.", _add(key, "Write"))
            return None
        if node.is_broken:
            return None
        if key.many and _is_empty(node):
            self.wrong(
                node.line, f"an item of {key.name} has no value.", _add(key, "Write", "or remove the item")
            )
            return None
        try:
            if not key.kind.is_secret and looks_unreplaced(node.text):
                raise InvalidValue("and only ${NAME} is replaced", "Write ${NAME}.")
            return key.kind.parse(node.text)
        except InvalidValue as wrong:
            self.wrong(node.line, *_told(key, node, wrong))
            return None

    def _check_names(self) -> None:
        known = {key.name: key for key in self._shape}
        for name, entry in self._entries.items():
            if name not in known and not name.startswith("x-"):
                self._unknown(name, entry.line)
        for key in self._shape:
            if key.required and not {key.name} & (self._entries.keys() | self._meant):
                self.wrong(self.line, f"{key.name} is missing.", _add(key, "Add"))

    def _unknown(self, name: str, line: int) -> None:
        """A key that is no plain word may be a value without its ": ", even a secret: shown in part only."""
        key = _WORD.match(name)
        plain = key[0] if key else ""
        shown = f" {show(plain)}" if plain and not _LIKE_A_SECRET.match(plain) else ""
        if plain != name and plain in {one.name for one in self._shape}:
            self._meant.add(plain)
            self.wrong(line, f'{plain} needs ": " (colon and space) after it.', f'Write "{plain}: ...".')
        else:
            self.wrong(line, f"unknown key{shown}.", self._guess(plain))

    def _guess(self, name: str) -> str:
        keys = [key for key in self._shape if key.name not in self._entries] or list(self._shape)
        other = next((key.name for key in keys if name.casefold() in key.also), None)
        meant = other or nearest(name, [key.name for key in keys])
        if meant:
            self._meant.add(meant)
            return did_you_mean(meant)
        hint = choose(name, [key.name for key in self._shape])
        is_anchor = not self.label and not hint.startswith("Did")
        return f"{hint} Keys that only hold a part to repeat begin with x-." if is_anchor else hint


def _is_empty(node: ScalarNode) -> bool:
    return node.is_nothing or node.written == ""


def _named(title: str, node: Node) -> str:
    entry = node.entries.get("name") if isinstance(node, MappingNode) else None
    name = entry.node if entry else None
    named = name.written if isinstance(name, ScalarNode) and not name.is_nothing else ""
    return f"{title} {show(named)}" if named else title


def _told(key: Key[T], node: ScalarNode, wrong: InvalidValue) -> tuple[str, str]:
    """The mistake and its remedy; neither shows a secret or a value from the environment."""
    if key.kind.is_secret:
        return f"{key.name} {wrong.problem}.", wrong.remedy
    what = f"{key.name} is {show(node.written)}, {wrong.problem}."
    if node.text != node.written:
        wanted = f"Set the variable to a value like {key.example}." if key.example else key.says
        if key.example.startswith("${"):
            wanted = f"Set the variable to {key.says[0].lower()}{key.says[1:]}"
        return what, f"The value comes from the environment. {wanted}"
    return what, _add(key, "Write") if has_secret(node.text) else wrong.remedy


def _add(key: Key[T] | Branch, verb: str, other: str = "") -> str:
    mark = "'" if '"' in key.example else '"'
    what = f"{mark}{key.name}: {key.example}{mark}" if key.example else f"it: {key.says.removesuffix('.')}"
    return f"{verb} {what}, {other}." if other else f"{verb} {what}."
