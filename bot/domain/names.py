"""Renaming in the config: recognizes a known workspace, project or rule under its new name."""

from collections import defaultdict
from collections.abc import Collection, Mapping


def renamed(known: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Map old names to new names, if exactly one old and one new name have the same identity.

    Both arguments map names to identities. If the new name belonged to something else, that must move too.
    """
    before, now = _names(known), _names(wanted)
    found = {
        before[identity][0]: names[0]
        for identity, names in now.items()
        if len(names) == 1 and len(before[identity]) == 1 and before[identity] != names
    }
    while taken := [old for old, new in found.items() if new in known and new not in found]:
        for old in taken:
            del found[old]
    return found


def respelled(stored: Collection[str], wanted: Collection[str]) -> dict[str, str]:
    """Map old to new names of rules that differ only in capital letters."""
    before = _names({name: name.casefold() for name in stored})
    now = _names({name: name.casefold() for name in wanted})
    return {
        names[0]: now[folded][0]
        for folded, names in before.items()
        if len(names) == 1 and len(now[folded]) == 1 and names != now[folded]
    }


def _names(identities: Mapping[str, str]) -> defaultdict[str, list[str]]:
    found = defaultdict[str, list[str]](list)
    for name, identity in identities.items():
        found[identity].append(name)
    return found
