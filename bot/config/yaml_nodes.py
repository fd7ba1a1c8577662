"""The tree of a YAML file: its scalars, sequences and mappings, each with its line."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A scalar. `written` is what stands in the file, before the environment; only that may be shown."""

    text: str
    line: int
    written: str
    is_plain: bool = True
    is_broken: bool = False

    @property
    def size(self) -> int:
        return 1

    @property
    def is_nothing(self) -> bool:
        return self.is_plain and self.written in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class SequenceNode:
    line: int
    nodes: tuple["Node", ...] = ()
    size: int = 1


@dataclass(frozen=True, slots=True)
class MappingEntry:
    line: int
    node: "Node"


@dataclass(frozen=True, slots=True)
class MappingNode:
    line: int
    entries: dict[str, MappingEntry] = field(default_factory=dict)
    size: int = 1


Node = ScalarNode | SequenceNode | MappingNode


def lines_of(tree: Node, key: str) -> set[int]:
    """The lines of all scalars below a key of the whole mapping."""
    entry = tree.entries.get(key) if isinstance(tree, MappingNode) else None
    return set(_lines(entry.node)) if entry else set()


def _lines(node: Node) -> Iterator[int]:
    match node:
        case ScalarNode():
            yield node.line
        case SequenceNode():
            for one in node.nodes:
                yield from _lines(one)
        case MappingNode():
            for entry in node.entries.values():
                yield from _lines(entry.node)
