"""Long lines for people: wrapped between words on a terminal, whole in a pipe, where programs read them."""

import shutil
import sys
import textwrap
from collections.abc import Iterable

import click

NARROWEST = 40
NAMES_SHOWN = 8


def echo(text: str, *, indent: int = 2, err: bool = False) -> None:
    """Print one line; where the terminal is too narrow it goes on below, `indent` columns in."""
    is_terminal = (sys.stderr if err else sys.stdout).isatty()
    width = shutil.get_terminal_size().columns if is_terminal else None
    click.echo(wrapped(text, width=width, indent=indent), err=err)


def wrapped(text: str, *, width: int | None, indent: int) -> str:
    """The text in lines of at most `width`, or as it is (None); names and addresses stay in one piece."""
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
