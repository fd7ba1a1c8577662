"""YAML text to a tree whose every part knows its line; scalars stay text, so YAML guesses no types.

`09:00`, `on`, `no` and `007` are therefore what the person wrote, and the key that reads them decides.
"""

import re
from collections.abc import Callable, Iterator

import yaml

from bot.config.mistakes import Mistakes, Unreadable, show
from bot.config.yaml_nodes import MappingEntry, MappingNode, Node, ScalarNode, SequenceNode

MAX_DEPTH = 40
# Keys and values: written (50,000 workspaces), and repeated (*name), where one line may mean millions.
MAX_WRITTEN, MAX_REPEATED = 500_000, 50_000
_PLACEHOLDER = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*")


def read_tree(source: str, fill: Callable[[ScalarNode], ScalarNode], report: Mistakes) -> Node | None:
    """Parse a YAML document; None if it is empty. `fill` completes each scalar.

    Raises Unreadable if the text is not YAML; lesser mistakes go into `report`.
    """
    loader = yaml.SafeLoader(source)
    try:
        return _Builder(_events(loader), fill, report).document()
    except yaml.MarkedYAMLError as error:
        raise _bare_placeholder(error, source) or _in_our_words(error) from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        # PyYAML lets Python's own errors through for impossible escapes ("\UFFFFFFFF").
        raise Unreadable(
            loader.line + 1, "this is not valid YAML.", "Check the backslashes in this line."
        ) from None


def _events(loader: yaml.SafeLoader) -> Iterator[yaml.Event]:
    while loader.check_event():
        yield loader.get_event()  # type: ignore[no-untyped-call]


class _Builder:
    def __init__(
        self, events: Iterator[yaml.Event], fill: Callable[[ScalarNode], ScalarNode], report: Mistakes
    ) -> None:
        self._events, self._fill, self._report = events, fill, report
        self._anchors: dict[str, Node] = {}
        self._written = self._repeated = 0

    def document(self) -> Node | None:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), 0)
        next(self._events)  # the document's end
        after = next(self._events)
        if isinstance(after, yaml.DocumentStartEvent):
            self._report.add(
                _line(after), "a second YAML document begins here.", 'Keep one document; remove the "---".'
            )
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if depth > MAX_DEPTH:
            what = f"brackets or lists are nested too deeply (more than {MAX_DEPTH})."
            raise Unreadable(_line(event), what, "Close some of them.")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self._written += 1
        if self._written > MAX_WRITTEN:
            what = f"there are more than {MAX_WRITTEN:,} keys and values."
            raise Unreadable(_line(event), what, "Divide the workspaces between several bots.")
        is_typed = self._has_type(event)
        match event:
            case yaml.ScalarEvent():
                plain = event.style is None and event.tag is None
                node: Node = self._fill(ScalarNode(event.value, _line(event), event.value, plain))
            case yaml.SequenceStartEvent():
                node = self._items(event, depth)
            case _:
                node = self._table(event, depth)
        if is_typed:
            node = ScalarNode("", _line(event), "", is_plain=False, is_broken=True)
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _items(self, start: yaml.Event, depth: int) -> SequenceNode:
        nodes = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            nodes.append(self._node(event, depth + 1))
        return SequenceNode(_line(start), tuple(nodes), 1 + sum(node.size for node in nodes))

    def _table(self, start: yaml.Event, depth: int) -> MappingNode:
        entries: dict[str, MappingEntry] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, ScalarNode):
                self._report.add(key.line, "a list or mapping cannot be a key.", "Write a plain word.")
            elif key.written == "<<" and key.is_plain:
                merged += value.nodes if isinstance(value, SequenceNode) else [value]
            elif key.written in entries:
                first = entries[key.written].line
                what = f"{show(key.written)} is written twice (first in line {first})."
                self._report.add(key.line, what, "Keep one of the two.")
            else:
                entries[key.written] = MappingEntry(key.line, value)
        self._merge(entries, merged)
        size = 1 + sum(entry.node.size + 1 for entry in entries.values())
        return MappingNode(_line(start), entries, size)

    def _merge(self, entries: dict[str, MappingEntry], merged: list[Node]) -> None:
        for node in merged:
            if not isinstance(node, MappingNode):
                self._report.add(node.line, '"<<" can only merge mappings.', 'Write "<<: *name".')
                continue
            for key, entry in node.entries.items():
                entries.setdefault(key, entry)

    def _alias(self, event: yaml.AliasEvent) -> Node:
        node = self._anchors.get(event.anchor or "")
        if node is None:
            # The name is not shown: it may be the beginning of an unquoted secret.
            raise Unreadable(
                _line(event),
                'a value begins with "*", which in YAML refers to an anchor ("&name"), and no such anchor '
                "stands before this line.",
                "Put plain text in quotes.",
            )
        self._repeated += node.size
        if self._repeated > MAX_REPEATED:
            what = f"more than {MAX_REPEATED:,} keys and values are repeated (*name)."
            raise Unreadable(_line(event), what, "Use fewer repeats, or write them out.")
        return node

    def _has_type(self, event: yaml.Event) -> bool:
        if getattr(event, "tag", None) in (None, "!", "tag:yaml.org,2002:str"):
            return False
        self._report.add(
            _line(event),
            'a value begins with "!", which in YAML marks a type; types are not supported here.',
            "Put plain text in quotes, or remove it.",
        )
        return True


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


# What PyYAML says → what it usually means; its own texts may quote a part of a secret.
_WORDS = (
    (r"'\t'", "a tab is used for indentation.", "Use spaces."),
    ("mapping values are not allowed", 'there is an extra ": ", or the indentation is wrong.',
     'Align the line with its neighbors; put a value that contains ": " in quotes.'),
    ("could not find expected ':'", 'a key is not followed by ": ".', 'Write "key: value", with a space.'),
    ("undefined tag handle", 'a value begins with "!".', "Put it in quotes."),
    ("undefined alias", 'a value begins with "*".', "Put it in quotes."),
    ("cannot start any token", "a value begins with a character that YAML reserves (@, `, %).",
     "Put the value in quotes."),
    ("unknown escape character", "a backslash in double quotes begins something YAML does not know.",
     "Use single quotes, or write the backslash twice."),
    ("alphabetic or numeric character", 'a value begins with "&" or "*".', "Put it in quotes."),
    ("expected ',' or", "a bracket that is opened here is not closed, or a comma is missing.",
     "Close the bracket; put items with special characters in quotes."),
    ("quoted scalar", "a quote that is opened here is not closed.", "Add the closing quote."),
    ("expected <block end>", "the indentation is wrong, or something follows a closing quote.",
     "Align the line with its neighbors."),
    ("duplicate anchor", "two anchors stand before one value.", "Keep one."),
)  # fmt: skip
# Of these the beginning is told, not the place where PyYAML gave up.
_BEGUN = ("a bracket that is opened", "a quote that is opened", "a key is not followed")


def _bare_placeholder(error: yaml.MarkedYAMLError, source: str) -> Unreadable | None:
    """Within brackets YAML takes the brace of a placeholder for the beginning of a mapping."""
    mark = error.problem_mark
    found = _PLACEHOLDER.match(source, mark.index - 1) if mark and mark.index else None
    if mark is None or found is None:
        return None
    return Unreadable(
        int(mark.line) + 1,
        "a placeholder within brackets needs quotes, for YAML has its own meaning for { there.",
        f'Write "{found[0]}}}", with the quotes.',
    )


def _in_our_words(error: yaml.MarkedYAMLError) -> Unreadable:
    told = f"{error.problem or ''} {error.context or ''}"
    what, remedy = next(
        ((what, remedy) for sign, what, remedy in _WORDS if sign in told),
        ("this is not valid YAML.", "Check quotes, brackets and indentation here."),
    )
    marks = [error.problem_mark, error.context_mark]
    if what.startswith(_BEGUN):
        marks.reverse()
    mark = marks[0] or marks[1]
    return Unreadable(int(mark.line) + 1 if mark else 0, what, remedy)
