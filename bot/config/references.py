"""Names that must be unique, and names that refer to a workspace."""

from zoneinfo import ZoneInfo

from bot.config.keys import Key
from bot.config.mistakes import InvalidValue, show
from bot.config.reader import Section
from bot.config.scalars import TEXT
from bot.domain.spelling import fold
from bot.domain.suggest import NameIndex, did_you_mean, fold_key


class UniqueNames:
    """The names of a list; names that differ only in case or in the spelling of a sign count as equal."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._names: dict[str, tuple[int, str]] = {}

    def add(self, section: Section, key: Key[str], name: str | None) -> None:
        if name is None:
            return
        line = section.line_of(key)
        if earlier := self._names.get(fold(name)):
            first, written = earlier
            same = "this name" if written == name else "the same name in another spelling"
            section.wrong(
                line, f"another {self._what} has {same} (line {first}).", "Names are unique: rename one."
            )
        else:
            self._names[fold(name)] = (line, name)


class WorkspaceIndex:
    """Every workspace the file names, so that rules and digests can refer to them."""

    def __init__(self) -> None:
        self.zones: dict[str, ZoneInfo] = {}
        self._keys: list[str] = []
        self._exact: dict[str, list[str]] = {}
        self._folded: dict[str, list[str]] = {}
        self._nearest: NameIndex | None = None
        self._is_complete = True

    def add(self, project: str | None, name: str) -> None:
        if project and name and "${" not in name:
            key = f"{project}/{name}"
            self._keys.append(key)
            for spelled in (key, name):
                self._exact.setdefault(spelled, []).append(key)
                self._folded.setdefault(fold(spelled), []).append(key)
        else:
            self._is_complete = False

    def find(self, written: str) -> str:
        """The key of a workspace called `sales` or `prod/sales`.

        Raises InvalidValue if there is none, or if a bare name is ambiguous; never because another mistake
        in the file hides a workspace.
        """
        found = self._exact.get(written) or self._folded.get(fold(written)) or []
        if len(found) == 1:
            return found[0]
        if found and len(set(found)) > 1:
            raise InvalidValue(
                "which several projects have", f"Write one of: {', '.join(sorted(set(found)))}."
            )
        if found or not self._is_complete:
            return written
        if self._nearest is None:
            self._nearest = NameIndex(sorted(self._exact), fold_key)
        meant = self._nearest.to(written)
        known = ", ".join(self._keys[:10]) or "none"
        raise InvalidValue(
            "which is not a workspace of this file",
            did_you_mean(meant, f"Workspaces: {known}."),
        )

    def zones_of(self, workspaces: frozenset[str]) -> set[ZoneInfo]:
        """The time zones of these workspaces (none = all)."""
        return {
            zone
            for project, zone in self.zones.items()
            if not workspaces or any(key.startswith(f"{project}/") for key in workspaces)
        }


def read_workspaces(section: Section, key: Key[str], directory: WorkspaceIndex) -> frozenset[str]:
    """The keys of the workspaces a rule or digest names; none of them means all."""
    if section.is_empty_list(key):
        section.wrong(
            section.line_of(key),
            f"{key.name} is an empty list, so it would cover no workspace.",
            "Name at least one, or remove the line to cover all.",
        )
    keys = set()
    for node, name in section.located(key):
        try:
            keys.add(directory.find(name))
        except InvalidValue as wrong:
            section.wrong(node.line, f"{key.name} names {show(node.written)}, {wrong.problem}.", wrong.remedy)
    return frozenset(keys)


WORKSPACES = Key(
    "workspaces",
    TEXT,
    "Workspaces by name (sales), or by project and name (prod/sales). Default: all.",
    many=True,
    example="[sales]",
    also=("workspace",),
)
