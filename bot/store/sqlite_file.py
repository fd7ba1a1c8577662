"""The file of SQLite that an address names, and why it cannot be opened."""

import os
from pathlib import Path


def path_of(url: str) -> str:
    """The path in sqlite:///PATH as it is written; empty where there is none."""
    return url.partition("://")[2].removeprefix("/").partition("?")[0]


def why_closed(file: Path) -> str:
    """Why this file cannot be opened or made: the end of a sentence."""
    for folder in reversed(file.absolute().parents):
        if not folder.exists():
            return f"the directory {folder} is not there"
        if not folder.is_dir():
            return f"{folder} is a file, not a directory"
        if not os.access(folder, os.X_OK):
            return f"this user may not look into the directory {folder}"
    if file.is_dir():
        return "it is a directory, not a file"
    if file.exists():
        if not file.is_file():
            return "it is no ordinary file"
        return "the system refused it" if os.access(file, os.R_OK) else "this user may not read it"
    if not os.access(file.absolute().parent, os.W_OK):
        return "this user may make no file in its directory"
    return "the system refused it"
