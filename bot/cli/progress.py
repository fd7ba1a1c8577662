"""The line that says what long work does now: on standard error, if that is a terminal, while it lasts."""

from rich.console import Console
from rich.status import Status


def progress(what: str) -> Status:
    """A context that shows `what`, or what its `update` says; nothing of it stays or enters a pipe."""
    return Console(stderr=True).status(what)


def asking(workspaces: int) -> Status:
    """Progress for a question about so many workspaces."""
    return progress(f"Asking DLF about {workspaces} workspace{'' if workspaces == 1 else 's'} ...")
