"""YAML and environment in, a frozen Config out, or the list of all mistakes."""

import re
from collections.abc import Mapping
from pathlib import Path

from bot.config.environment import MAX_FILE, Environment, NotAFileError, read_bounded
from bot.config.mistakes import Mistakes, Unreadable
from bot.config.reader import Section
from bot.config.root import ROOT, SLACK_BRANCH, WITHOUT_SLACK, read_root
from bot.config.schema import json_schema
from bot.config.settings import (
    Config,
    HttpSettings,
    Locale,
    LogFormat,
    LogLevel,
    LogSettings,
    SlackSettings,
)
from bot.config.yaml_tree import Node, ScalarNode, lines_of, read_tree

__all__ = [
    "Config",
    "HttpSettings",
    "Locale",
    "LogFormat",
    "LogLevel",
    "LogSettings",
    "SlackSettings",
    "json_schema",
    "load",
]

_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def load(path: Path, environ: Mapping[str, str], *, slack: bool = True) -> Config:
    """Read the configuration at `path`; with `slack` False its mistakes about Slack do not count.

    Raises ConfigError with every mistake, each with its line, what is wrong and what to write instead.
    """
    report, unfilled = Mistakes(str(path)), Mistakes(str(path))
    config = None
    try:
        source = _read(path)
        tree = _mapping(read_tree(source, Environment(environ, unfilled).fill, report))
        report.take(unfilled, but=() if slack else lines_of(tree, SLACK_BRANCH.name))
        shape = ROOT if slack else WITHOUT_SLACK
        config = read_root(Section(tree, shape, "", report), path, slack=slack)
    except Unreadable as reason:
        report.take(unfilled)
        report.stop(reason)
    report.raise_if_any()
    assert config is not None, "what could not be read was reported"
    return config


def _read(path: Path) -> str:
    try:
        content = read_bounded(path)
    except FileNotFoundError:
        raise Unreadable(
            0, "there is no such file.", "Copy config.example.yaml, or name yours with --config."
        ) from None
    except IsADirectoryError:
        raise Unreadable(0, "this is a directory.", "Name the YAML file in it.") from None
    except NotAFileError:
        raise Unreadable(0, "this is a pipe or a device, not a file.", "Name the YAML file.") from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "not a usable path").lower()
        raise Unreadable(0, f"the file cannot be read ({reason}).", "Check its path and rights.") from None
    if len(content) > MAX_FILE:
        raise Unreadable(0, "the file is larger than 1 MB.", "Is it the right one?")
    return _decoded(content)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(1, "the file is UTF-16 text.", "Save it as UTF-8.")
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise Unreadable(line, "the file is not text.", "Is it the right one?")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "the file is not UTF-8 text.", "Save it as UTF-8.") from None
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise Unreadable(line, "the file contains a control character.", "Is it a text file? Remove it.")
    return text


def _mapping(tree: Node | None) -> Node:
    if tree is None or (isinstance(tree, ScalarNode) and tree.is_nothing):
        raise Unreadable(1, "the file is empty.", "Begin with a copy of config.example.yaml.")
    return tree
