"""The SQLite file that an address names: its creation, its permissions, and why it cannot be opened."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from bot.domain.sentence import Sentence, sentence


def path_of(url: str) -> str:
    """The path in sqlite:///PATH as it is written; empty where there is none."""
    return url.partition("://")[2].removeprefix("/").partition("?")[0]


OWNER_ALONE = 0o600
# SQLite makes these beside a file with the file's own mode.
_SIBLINGS = ("", "-wal", "-shm", "-journal")


def make_private(file: Path) -> None:
    """Make the file for its owner alone; do nothing if it exists or cannot be made.

    Opening and closing an existing file would end the locks that this process has on it.
    """
    with suppress(OSError):
        os.close(os.open(file.resolve(), os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ALONE))


def open_to_others(url: str) -> dict[Path, int]:
    """The database's files that users other than the owner may read or write, with their modes."""
    file = Path(path_of(url)).absolute()
    if os.name != "posix" or not url.startswith("sqlite"):
        return {}
    found = {}
    for one in (file.with_name(file.name + sibling) for sibling in _SIBLINGS):
        with suppress(OSError):
            found[one] = stat.S_IMODE(one.stat().st_mode)
    return {one: mode for one, mode in found.items() if mode & 0o077}


def why_closed(file: Path) -> Sentence:
    """Why this file cannot be opened or made: the end of a sentence."""
    for folder in reversed(file.absolute().parents):
        if not folder.exists():
            return sentence("the folder {folder} does not exist", folder=str(folder))
        if not folder.is_dir():
            return sentence("{folder} is a file, not a folder", folder=str(folder))
        if not os.access(folder, os.X_OK):
            return sentence("the bot's OS user may not enter the folder {folder}", folder=str(folder))
    if file.is_dir():
        return sentence("it is a folder, not a file")
    if file.exists():
        if not file.is_file():
            return sentence("it is not a regular file")
        is_readable = os.access(file, os.R_OK)
        return sentence("the system refused access" if is_readable else "the bot's OS user may not read it")
    if not os.access(file.absolute().parent, os.W_OK):
        return sentence("the bot's OS user may not create files in its folder")
    return sentence("the system refused access")
