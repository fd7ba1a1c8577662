"""The commands of `dlf-bot` as they are typed: arguments, options, help."""

from functools import partial
from pathlib import Path

import click

from bot import __version__
from bot.cli.completion import SHELLS, complete, script_for
from bot.cli.db import db
from bot.cli.init_command import init
from bot.cli.invocation import SentenceGroup, config_option, example, finish, load_config
from bot.cli.light_imports import light_imports
from bot.cli.output import echo, echo_json
from bot.cli.surroundings import check_certificates, warn_of_open_files

KINDS = ("counts", "alerts", "acts")
LOCALES = ("en", "zh")


@click.group(
    cls=SentenceGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example("dlf-bot status yesterday", "dlf-bot COMMAND --help"),
)
@click.version_option(__version__, prog_name="dlf-bot")
def cli() -> None:
    """Huawei Cloud DataArts Factory job status, digests and alerts in Slack."""


@cli.command(epilog=example("dlf-bot run --config /etc/dlf-bot/config.yaml"))
@config_option
def run(path: Path) -> None:
    """Run the bot."""
    with light_imports():
        from bot.cli.run import run_bot

    finish(run_bot(partial(load_config, path)))


cli.add_command(init)


@cli.command(epilog=example("dlf-bot check --online --test-message"))
@config_option
@click.option("--online", is_flag=True, help="Also test tokens, scopes, channels, workspaces and clocks.")
@click.option("--test-message", is_flag=True, help="Post one message, labeled as a test (implies --online).")
@click.option("--dlf", is_flag=True, help="Test only DLF, without Slack tokens (implies --online).")
def check(path: Path, online: bool, test_message: bool, dlf: bool) -> None:
    """Check the config and say how to fix it."""
    from bot.cli.check_config import doubts

    if dlf and test_message:
        raise click.UsageError("A test message needs Slack. Leave out --dlf or --test-message.")
    config = load_config(path, slack=not dlf)
    parts = {"workspace": config.workspaces, "rule": config.rules, "digest": config.digests}
    counted = (f"{len(found)} {name}{'' if len(found) == 1 else 's'}" for name, found in parts.items())
    echo(f"ok    config     {config.path}: {', '.join(counted)}", indent=17)
    for finding in doubts(config):
        echo(str(finding), indent=17)
    warn_of_open_files(config.store.reveal())
    if online or test_message or dlf:
        from bot.cli.check import check_online

        finish(check_online(config, slack=not dlf, test_message=test_message))
    else:
        from bot.cli.check_edit import check_edit

        finish(check_edit(config))


@cli.command(epilog=example("dlf-bot status yesterday sales finance"))
@config_option
@click.argument(
    "words", nargs=-1, metavar="[DAY] [WORKSPACE]...", shell_complete=complete("workspaces", days=True)
)
@click.option("--own", is_flag=True, help="Only instances of the bot's own IAM user.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; a count that DLF did not return is null.")
def status(path: Path, words: tuple[str, ...], own: bool, as_json: bool) -> None:
    """Ask DLF now.

    DAY is today (the default), yesterday, before_yesterday or all (the last 7 days). Without WORKSPACE, every
    workspace is asked.
    """
    from bot.cli.status import print_status

    finish(print_status(load_config(path, slack=False), words, own=own, as_json=as_json))


@cli.command(epilog=example("dlf-bot poll --dry-run"))
@config_option
@click.option("--dry-run", is_flag=True, help="Required: `dlf-bot run` does the real polling.")
def poll(path: Path, dry_run: bool) -> None:
    """Read every workspace once and print what each rule would do."""
    if not dry_run:
        raise click.UsageError("Add --dry-run. (`dlf-bot run` does the real polling.)")
    from bot.cli.dry_run import dry_run_poll

    finish(dry_run_poll(load_config(path, slack=False)))


@cli.command(epilog=example("dlf-bot digest morning"))
@config_option
@click.argument("name", shell_complete=complete("digests"))
@click.option(
    "--dry-run/--post",
    default=True,
    help="Print the digest (default), or post it instead of today's scheduled one.",
)
def digest(path: Path, name: str, dry_run: bool) -> None:
    """Print the digest NAME as of now, or post it."""
    from bot.cli.dry_run import run_digest

    finish(run_digest(load_config(path, slack=not dry_run), name, post=not dry_run))


@cli.command(epilog=example("dlf-bot health --ready"))
@config_option
@click.option("--ready", is_flag=True, help="Also fail while Slack or the database cannot be reached.")
def health(path: Path, ready: bool) -> None:
    """Print the health of the bot on this machine (for a container's health check)."""
    from bot.cli.health import print_health

    code = print_health(load_config(path, slack=False).http, ready=ready)
    if code:
        raise SystemExit(code)


@cli.command(epilog=example("dlf-bot audit --since 2d"))
@config_option
@click.option(
    "--since",
    default="7d",
    show_default=True,
    metavar="WHEN",
    help="How far back: a span like 12h or 7d, or a date like 2026-11-28 (UTC).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def audit(path: Path, since: str, as_json: bool) -> None:
    """Print what people did: alerts taken or given back, silences, digests posted."""
    from bot.cli.audit import audit as print_acts

    finish(print_acts(load_config(path, slack=False), since, as_json=as_json))


@cli.command(epilog=example("dlf-bot export counts --since 30d --format csv > counts.csv"))
@config_option
@click.argument("kinds", nargs=-1, metavar="[counts|alerts|acts]...", type=click.Choice(KINDS))
@click.option(
    "--since",
    metavar="WHEN",
    help="How far back: a span like 12h or 7d, or a date like 2026-11-28 (UTC); without it, everything.",
)
@click.option(
    "--workspace",
    metavar="NAME",
    shell_complete=complete("workspaces"),
    help="Only records of this workspace.",
)
@click.option(
    "--rule",
    metavar="NAME",
    shell_complete=complete("rules"),
    help="Only alerts of this rule and acts on them; counts have no rule.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl"]),
    default="jsonl",
    show_default=True,
    help="CSV with a header line, or a JSON object per line.",
)
def export(
    *,
    path: Path,
    kinds: tuple[str, ...],
    since: str | None,
    workspace: str | None,
    rule: str | None,
    form: str,
) -> None:
    """Print the counts, alerts and acts in the database as JSON lines or CSV."""
    from bot.cli.export import print_records

    wanted = kinds or (KINDS[1:] if rule else KINDS)
    if rule and "counts" in wanted:
        raise click.UsageError("Counts have no rule. Leave out counts or --rule.")
    config = load_config(path, slack=False)
    finish(print_records(config, wanted, since=since, workspace=workspace, rule=rule, form=form))


cli.add_command(db)


@cli.command(epilog=example("dlf-bot playground --port 9300 --no-browser"))
@click.option(
    "--port",
    "-p",
    default=8300,
    show_default=True,
    type=click.IntRange(0, 65533),
    help="Port of the page; DLF uses the next one, Slack the one after. 0: any free ports.",
)
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
@click.option(
    "--workspaces",
    default=3,
    show_default=True,
    type=click.IntRange(3, 200),
    help="Workspaces in the imitated DLF; try 60 to see alerts summed up in one message.",
)
@click.option(
    "--locale", default="en", show_default=True, type=click.Choice(LOCALES), help="The language of messages."
)
def playground(port: int, no_browser: bool, workspaces: int, locale: str) -> None:
    """Try the bot in the browser, against an imitated DLF and Slack."""
    check_certificates()
    echo("The playground is starting. This takes up to 10 seconds.")
    from bot.cli.playground import serve_playground

    finish(serve_playground(port, browser=not no_browser, workspaces=workspaces, locale=locale))


@cli.command(epilog=example("dlf-bot manifest --http https://bot.example.com > manifest.json"))
@click.option("--http", "url", metavar="URL", help="Public https URL of the bot (HTTP mode).")
@click.option(
    "--locale",
    type=click.Choice(LOCALES),
    default="en",
    show_default=True,
    help="Language of the descriptions and usage hints.",
)
def manifest(url: str | None, locale: str) -> None:
    """Print the Slack app manifest."""
    from bot.slack.manifest import manifest as slack_manifest

    if url is not None and not url.startswith("https://"):
        raise click.BadParameter("The URL must begin with https://.", param_hint="--http")

    echo_json(slack_manifest(url, locale=locale))


@cli.command(epilog=example("dlf-bot schema > schema.json"))
def schema() -> None:
    """Print the config's JSON Schema, for editors."""
    from bot.config import json_schema

    echo_json(json_schema())


@cli.command(
    epilog=example(
        "dlf-bot completion bash > ~/.local/share/bash-completion/completions/dlf-bot",
        'dlf-bot completion zsh > "${fpath[1]}/_dlf-bot"',
        "dlf-bot completion fish > ~/.config/fish/completions/dlf-bot.fish",
    )
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that lets a shell complete commands and the names in the config."""
    click.echo(script_for(shell, cli))
