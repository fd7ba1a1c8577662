"""The `dlf-bot db` commands: care of the bot's database."""

from pathlib import Path

import click

from bot.cli.invocation import SentenceGroup, config_option, example, finish, load_config


@click.group(cls=SentenceGroup, epilog=example("dlf-bot db size"))
def db() -> None:
    """Check, back up, shrink, measure or copy the database."""


@db.command(epilog=example("dlf-bot db check"))
@config_option
def check(path: Path) -> None:
    """Check that the database is not damaged; an SQLite file is read completely."""
    from bot.cli.database import check_database

    finish(check_database(load_config(path, slack=False)))


@db.command(epilog=example("dlf-bot db backup dlf-bot-2026-11-28.db"))
@config_option
@click.argument("file", type=click.Path(path_type=Path))
def backup(path: Path, file: Path) -> None:
    """Write a backup of an SQLite database to the new file FILE."""
    from bot.cli.database import back_up_database

    back_up_database(load_config(path, slack=False), file)


@db.command(epilog=example("dlf-bot db vacuum"))
@config_option
def vacuum(path: Path) -> None:
    """Return unused space to the disk; on PostgreSQL also update the planner's statistics."""
    from bot.cli.database import vacuum_database

    finish(vacuum_database(load_config(path, slack=False)))


@db.command(epilog=example("dlf-bot db size --json"))
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON; sizes are in bytes.")
def size(path: Path, as_json: bool) -> None:
    """Print how many rows and bytes each table has."""
    from bot.cli.database import print_sizes

    finish(print_sizes(load_config(path, slack=False), as_json=as_json))


@db.command(epilog=example("dlf-bot db copy sqlite:///dlf-bot.db '${NEW_STORE}'"))
@click.argument("from_", metavar="FROM")
@click.argument("to", metavar="TO")
def copy(from_: str, to: str) -> None:
    """Copy the database FROM to the empty database TO (SQLite or PostgreSQL). Stop the bot first.

    An address can contain ${NAME}, as in the config, so that a password is not in the list of processes.
    """
    from bot.cli.database import copy_databases

    finish(copy_databases(from_, to))
