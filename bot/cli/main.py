"""The door of `dlf-bot`: run a command; every error becomes a sentence and an exit code."""

import errno
import logging
import os
import sys
import traceback
from contextlib import suppress

import click

from bot.cli.commands import cli
from bot.cli.output import echo, flush_streams, open_streams
from bot.errors import BotError, ConfigError
from bot.logs import log_event, logs_json

log = logging.getLogger(__name__)

# Exit codes; 0 is fine.
OUTSIDE_FAILED, USAGE = 1, 2
# The errors of an output that can no longer be written.
UNWRITABLE = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.ECONNRESET)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit; here every error becomes a sentence and an exit code."""
    # Only `run` and `playground` log; without any handler Python would print bare event names.
    logging.getLogger().addHandler(logging.NullHandler())
    open_streams()
    try:
        code = _run(arguments)
    except OSError as error:  # while an error was said
        code = _cannot_write(error)
    if failed := flush_streams():
        code = code or _cannot_write(OSError(failed, os.strerror(failed)))
    flush_streams()
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    """Run a command, report its error, and return the exit code."""
    try:
        code = cli.main(arguments, prog_name="dlf-bot", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except ConfigError as error:
        _say_mistakes(error)
        code = USAGE
    except BotError as error:
        _say(str(error))
        code = OUTSIDE_FAILED
    except Exception as error:  # noqa: BLE001 - one of the three doors
        if isinstance(error, OSError) and error.errno in UNWRITABLE:
            return _cannot_write(error)
        _say(f"this is a bug in dlf-bot ({type(error).__name__}). Please report it with:", _trace(error))
        code = OUTSIDE_FAILED
    return code if isinstance(code, int) else 0


def _say(problem: str, trace: str = "") -> None:
    """Report the error that ends the program, in the form of the log."""
    if logs_json():
        log_event(log, "fatal", logging.CRITICAL, problem=problem, **({"trace": trace} if trace else {}))
        return
    echo(f"dlf-bot: {problem}", err=True)
    if trace:
        click.echo(trace, err=True)


def _cannot_write(error: OSError) -> int:
    """Report that the output cannot be written, unless its reader is gone."""
    flush_streams()
    if error.errno not in (errno.EPIPE, errno.ECONNRESET):
        with suppress(OSError):
            _say(f"the output cannot be written ({(error.strerror or 'unknown').lower()}).")
    return OUTSIDE_FAILED


def _say_mistakes(error: ConfigError) -> None:
    for mistake in error.mistakes:
        echo(str(mistake), indent=4, err=True)
    many = len(error.mistakes)
    click.echo(f"dlf-bot: {many} mistake{'s' if many > 1 else ''} in the config.", err=True)


def _trace(error: BaseException) -> str:
    """The place of the error, without values: they might be secret."""
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames[-6:])
