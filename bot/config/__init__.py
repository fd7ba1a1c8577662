"""YAML and environment in, a frozen Config out, or the list of all mistakes."""

from collections.abc import Mapping
from pathlib import Path

from bot.config.environment import Environment
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
from bot.config.source import read_source
from bot.config.yaml_nodes import Node, ScalarNode, lines_of
from bot.config.yaml_tree import read_tree

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


def load(path: Path, environ: Mapping[str, str], *, slack: bool = True) -> Config:
    """Read the configuration at `path`; with `slack` False its mistakes about Slack do not count.

    Raises ConfigError with every mistake, each with its line, what is wrong and what to write instead.
    """
    report, unfilled = Mistakes(str(path)), Mistakes(str(path))
    config = None
    try:
        source = read_source(path)
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


def _mapping(tree: Node | None) -> Node:
    if tree is None or (isinstance(tree, ScalarNode) and tree.is_nothing):
        raise Unreadable(1, "the file is empty.", "Begin with a copy of config.example.yaml.")
    return tree
