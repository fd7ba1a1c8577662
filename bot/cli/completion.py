"""Shell completion: days, and the config's workspaces, rules and digests."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

import click
from click.shell_completion import CompletionItem, get_completion_class

SHELLS = ("bash", "zsh", "fish")
DAYS = ("today", "yesterday", "before_yesterday", "all")

Complete: TypeAlias = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def script_for(shell: str, cli: click.Command) -> str:
    """The script that tells a shell to ask `dlf-bot` for completions. Raises KeyError for another shell."""
    if shell not in SHELLS:
        raise KeyError(shell)
    made = get_completion_class(shell)
    assert made is not None, "click knows the three shells"
    return made(cli, {}, "dlf-bot", "_DLF_BOT_COMPLETE").source()


def complete(*kinds: str, days: bool = False) -> Complete:
    """Complete the names of these kinds (`workspaces`, `rules`, `digests`) in the config, and the days."""

    def found(context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
        names = [*(DAYS if days else ()), *_names(context, kinds)]
        return [CompletionItem(name) for name in names if name.startswith(begun)]

    return found


def _names(context: click.Context, kinds: Iterable[str]) -> list[str]:
    """The names in the config that the command line or the environment names; none if there is no config."""
    from bot.config.names import names_in  # noqa: PLC0415 (needed for completion alone)

    path = context.params.get("path") or os.environ.get("DLF_BOT_CONFIG") or "config.yaml"
    found = names_in(Path(path))
    return [name for kind in kinds for name in found.get(kind, ())]
