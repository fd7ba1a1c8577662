"""The names in a config that may still be wrong or lack its secrets, for completion in a shell."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.config.mistakes import Mistakes, Unreadable
from bot.config.source import read_source
from bot.config.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode
from bot.config.yaml_tree import read_tree

_MOST = 2_000


def names_in(path: Path) -> dict[str, Sequence[str]]:
    """The `workspaces`, `rules` and `digests` that the file at `path` names; nothing if it cannot be read.

    A workspace is named by its project, too, where another project has one of the same name.
    """
    try:
        tree = read_tree(read_source(path), lambda value: value, Mistakes(str(path)))
    except Unreadable:
        return {}
    pairs = [
        (project, name) for one in _list(tree, "projects") for project in _name(one) for name in _below(one)
    ]
    often = {name for name, times in Counter(name for _, name in pairs).items() if times > 1}
    return {
        "workspaces": [f"{project}/{name}" if name in often else name for project, name in pairs][:_MOST],
        "rules": [name for one in _list(tree, "rules") for name in _name(one)][:_MOST],
        "digests": [name for one in _list(tree, "digests") for name in _name(one)][:_MOST],
    }


def _below(project: Node) -> Iterator[str]:
    for workspace in _list(project, "workspaces"):
        yield from _name(workspace)


def _list(node: Node | None, key: str) -> Sequence[Node]:
    found = _at(node, key)
    return found.nodes if isinstance(found, SequenceNode) else ()


def _name(node: Node) -> Iterator[str]:
    found = _at(node, "name")
    if isinstance(found, ScalarNode) and found.text and found.text.isprintable():
        yield found.text


def _at(node: Node | None, key: str) -> Node | None:
    entry = node.entries.get(key) if isinstance(node, MappingNode) else None
    return entry.node if entry else None
