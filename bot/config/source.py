"""The text of a config file: a bounded, printable text in UTF-8, or why there is none."""

import re
from pathlib import Path

from bot.config.environment import MAX_FILE, NotAFileError, read_bounded
from bot.config.mistakes import Unreadable

_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_source(path: Path) -> str:
    """The text of the file at `path`. Raises Unreadable with what is wrong and what to do."""
    try:
        content = read_bounded(path)
    except FileNotFoundError:
        raise Unreadable(
            0, "there is no such file.", "Write one with `dlf-bot init`, or name yours with --config."
        ) from None
    except IsADirectoryError:
        raise Unreadable(0, "this is a directory.", "Name the YAML file in it.") from None
    except NotAFileError:
        raise Unreadable(0, "this is a pipe or a device, not a file.", "Name the YAML file.") from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "not a usable path").lower()
        raise Unreadable(
            0, f"the file cannot be read ({reason}).", "Check its path and permissions."
        ) from None
    if len(content) > MAX_FILE:
        raise Unreadable(
            0, "the file is larger than 1 MB, so it is probably no config.", "Name yours with --config."
        )
    return _decoded(content)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(1, "the file is UTF-16 text.", "Save it as UTF-8.")
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise Unreadable(
            line, "the file is not text, so it is probably no config.", "Name yours with --config."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "the file is not UTF-8 text.", "Save it as UTF-8.") from None
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise Unreadable(line, "the file contains a control character.", "Is it a text file? Remove it.")
    return text
