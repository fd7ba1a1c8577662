"""The common part of all commands: the option for the config, its loading, and the exit codes."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.surroundings import check_certificates

if TYPE_CHECKING:
    from bot.config import Config


class SentenceGroup(click.Group):
    """A group whose list of commands has each summary whole, however long."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        if cmd.help and not cmd.short_help:
            cmd.short_help = " ".join(cmd.help.partition("\n\n")[0].split())
        super().add_command(cmd, name)


def example(*lines: str) -> str:
    """The end of a command's help: command lines to copy."""
    return "\b\n" + "\n".join(("Example:", *(f"  {line}" for line in lines)))


config_option = click.option(
    "--config",
    "-c",
    "path",
    envvar="DLF_BOT_CONFIG",
    default="config.yaml",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Config file (or set DLF_BOT_CONFIG).",
)


def load_config(path: Path, *, slack: bool = True) -> "Config":
    """Load the config with the secrets of the environment. Raises BotError."""
    check_certificates()
    from bot.config import load

    return load(path, os.environ, slack=slack)


def finish(work: Coroutine[Any, Any, int]) -> None:
    """Run a command's work and exit with the code it returns."""
    code = _runner()(work)
    if code:
        raise SystemExit(code)


def _runner() -> Any:
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run
