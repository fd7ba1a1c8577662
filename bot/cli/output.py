"""Output for people and programs: long lines are wrapped on a terminal, whole in a pipe."""

import io
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable
from contextlib import suppress

import click

from bot.logs import json_text, printable

NARROWEST = 40
NAMES_SHOWN = 8


def echo(text: str, *, indent: int = 2, err: bool = False) -> None:
    """Print a line, wrapped on a terminal: continuation lines are indented by `indent` columns.

    Foreign text in it cannot begin a new line or control the terminal.
    """
    is_terminal = (sys.stderr if err else sys.stdout).isatty()
    width = shutil.get_terminal_size().columns if is_terminal else None
    click.echo(wrapped(printable(text), width=width, indent=indent), err=err)


def echo_lines(text: str) -> None:
    """Print a text of several lines, with control characters escaped."""
    click.echo("\n".join(printable(line) for line in text.split("\n")))


def echo_json(value: object) -> None:
    """Print a value as JSON, in the terminal's encoding or in escapes."""
    click.echo(json_text(value, sys.stdout, indent=2))


def open_streams() -> None:
    """Let writing never fail for a letter the encoding lacks, or for a stream closed at the start."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - until the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush_streams() -> int | None:
    """Flush both streams. Returns the `errno` of a failure; that stream is then given up."""
    failed = None
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except OSError as error:
            failed = error.errno
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    return failed


def wrapped(text: str, *, width: int | None, indent: int) -> str:
    """The text in lines of at most `width`, or as it is (None); names and addresses are not split."""
    if width is None or len(text) <= width:
        return text
    lines = textwrap.wrap(
        text,
        max(width, NARROWEST),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return "\n".join(lines)


def alike(problems: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """From (name, problem): (problem, its names), each problem once on a terminal, line by line in a pipe."""
    if not sys.stdout.isatty():
        return [(problem, name) for name, problem in problems]
    named: dict[str, list[str]] = {}
    for name, problem in problems:
        named.setdefault(problem, []).append(name)
    return [(problem, _names(names)) for problem, names in named.items()]


def _names(names: list[str]) -> str:
    more = len(names) - NAMES_SHOWN
    said = ", ".join(names[:NAMES_SHOWN])
    return f"{said} and {more} more" if more > 0 else said
