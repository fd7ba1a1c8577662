"""Harm from outside the config: certificates that come from a pipe, files that others may read."""

import os
from pathlib import Path
from shlex import quote

from bot.cli.output import echo
from bot.errors import BotError
from bot.store.sqlite_file import open_to_others


def check_certificates() -> None:
    """Refuse a pipe as SSL_CERT_FILE: importing aiohttp would read it for ever. Raises BotError."""
    file = Path(os.environ.get("SSL_CERT_FILE", ""))
    if file.exists() and not (file.is_file() or file.is_dir()):
        raise BotError(
            "SSL_CERT_FILE names a pipe or a device, not a file.",
            remedy="Set it to a file of certificates, or unset it.",
        )


def warn_of_open_files(store: str) -> None:
    """Name the files of the database at the address `store` that others than their owner may read."""
    for file, mode in open_to_others(store).items():
        what = f"{file} can be read by other users (mode {mode:04o}), and it shows who was on call."
        echo(f"warn  store      {what} Run: chmod 600 {quote(str(file))}", indent=17)
