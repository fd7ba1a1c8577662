"""The locked files beside SQLite's, one for each process: only the end of its process frees its lock."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from bot.clock import elapsed
from bot.store.sqlite_file import OWNER_ALONE

try:
    import fcntl
except ImportError:  # not POSIX: leases end by time
    fcntl = None  # type: ignore[assignment]

MIDDLE = "-life-"
# After so many seconds no lease of a dead process counts any more.
FORGOTTEN = 60.0
# A folder unchanged for so many seconds has kept its files, and is read again after so many.
SETTLED, LISTED_FOR = 1.0, 10.0


class LifeFiles:
    """The file of this process, and what is known of the others'."""

    def __init__(self, database: Path, owner: str, descriptor: int) -> None:
        self._folder, self._prefix = database.absolute().parent, database.name + MIDDLE
        self._mine, self._descriptor = self._prefix + owner, descriptor
        # By owner: when it was found dead.
        self.dead: dict[str, float] = {}
        self._told: set[str] = set()
        self._names, self._listed_at = list[str](), 0.0
        # The folder's time, and when it was first seen.
        self._changed = (0, 0.0)

    @classmethod
    def open(cls, database: Path, owner: str) -> "Self | None":
        """Lock this process's file and look at the others; None where files cannot be locked."""
        if fcntl is None:
            return None
        file = database.absolute().with_name(f"{database.name}{MIDDLE}{owner}")
        # Nobody looks at it before it is locked.
        unseen = file.with_name(f".{file.name}")
        try:
            descriptor = os.open(unseen, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ALONE)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unseen.rename(file)
        except OSError:
            return None
        files = cls(database, owner, descriptor)
        files._find()
        return files

    def look(self) -> set[str]:
        """Find the owners whose file nobody locks any more; returns those not returned before."""
        self._find()
        news = self.dead.keys() - self._told
        self._told = set(self.dead)
        return news

    def _find(self) -> None:
        for name in self._others():
            owner = name.removeprefix(self._prefix)
            if owner not in self.dead and _is_free(self._folder / name):
                self.dead[owner] = elapsed()
        for owner in [owner for owner, since in self.dead.items() if elapsed() - since > FORGOTTEN]:
            with suppress(OSError):
                (self._folder / (self._prefix + owner)).unlink(missing_ok=True)
                del self.dead[owner]

    def _others(self) -> list[str]:
        """The other files. The folder is read again once it has changed, and now and then."""
        with suppress(OSError):
            changed, now = os.stat(self._folder).st_mtime_ns, elapsed()
            if changed != self._changed[0]:
                self._changed = changed, now
            # A folder that changed a moment ago may change again within the same tick of its clock.
            is_settled = self._listed_at - self._changed[1] > SETTLED
            if not is_settled or now - self._listed_at > LISTED_FOR:
                self._names, self._listed_at = self._list(), now
        return self._names

    def _list(self) -> list[str]:
        names = os.listdir(self._folder)
        return [name for name in names if name.startswith(self._prefix) and name != self._mine]

    def close(self) -> None:
        with suppress(OSError):
            (self._folder / self._mine).unlink(missing_ok=True)
        os.close(self._descriptor)


def _is_free(file: Path) -> bool:
    """True if nobody locks the file."""
    try:
        descriptor = os.open(file, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
