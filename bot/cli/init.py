"""`dlf-bot init`: ask a person, IAM and DataArts Studio, and write a first config."""

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import click

from bot.cli.config_text import Answers, config_text, placeholder, usable_names
from bot.cli.output import echo
from bot.cli.placeholders import filled
from bot.cli.progress import progress
from bot.config import load
from bot.config.addresses import passwords_of
from bot.config.mistakes import choose
from bot.dlf.discovery import Discovery, FoundWorkspace
from bot.dlf.regions import REGIONS, Hosts, hosts_of
from bot.dlf.settings import AccessKey
from bot.errors import BotError, DlfError
from bot.secret import Secret

# The clock of each region, which is DLF's clock as far as is known.
ZONES = {
    "ae-ad-1": "Asia/Dubai",
    "af-south-1": "Africa/Johannesburg",
    "ap-southeast-1": "Asia/Hong_Kong",
    "ap-southeast-2": "Asia/Bangkok",
    "ap-southeast-3": "Asia/Singapore",
    "ap-southeast-4": "Asia/Jakarta",
    "eu-west-101": "Europe/Dublin",
    "la-north-2": "America/Mexico_City",
    "la-south-2": "America/Santiago",
    "me-east-1": "Asia/Riyadh",
    "my-kualalumpur-1": "Asia/Kuala_Lumpur",
    "na-mexico-1": "America/Mexico_City",
    "ru-moscow-1": "Europe/Moscow",
    "ru-northwest-2": "Europe/Moscow",
    "sa-brazil-1": "America/Sao_Paulo",
    "tr-west-1": "Europe/Istanbul",
}
CHINA = "Asia/Shanghai"
# Values to try the written config with, before the real values are set.
STAND_INS = {
    "HUAWEICLOUD_SDK_AK": "AK",
    "HUAWEICLOUD_SDK_SK": "SK",
    "HUAWEICLOUD_SDK_SECURITY_TOKEN": "token",
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
}
STAND_IN_STORE = "sqlite:///dlf-bot.db"


@dataclass(frozen=True, slots=True)
class Given:
    """The flags; None or empty where a flag was not given. `asks` allows questions to a person."""

    project: str
    region: str | None
    project_id: str | None
    timezone: str | None
    workspaces: tuple[str, ...]
    channel: str | None
    store: str
    endpoint: str | None = None
    iam_endpoint: str | None = None
    asks: bool = True


def write_config(path: Path, given: Given) -> None:
    """Write the config to `path`, which must not exist. Raises BotError, click.UsageError."""
    if path.exists():
        raise BotError(
            f"{path} already exists.",
            meaning="Nothing was written.",
            remedy="Choose another file with --output, or move this one away.",
        )
    region = _region(given)
    hosts = _hosts(region, given)
    key = _key(given)
    _check_store(given.store)
    project_id, found = asyncio.run(_look(region, hosts, key, given))
    project_id = project_id or _ask(
        given, "Project id (in the console: My Credentials, API Credentials)", "--project-id"
    )
    answers = Answers(
        project=given.project,
        hosts=_host_lines(region, given),
        project_id=project_id,
        timezone=given.timezone or _ask(given, "Time zone of DLF's days", "", default=_zone(region)),
        workspaces=_workspaces(given, found),
        channel=given.channel or _ask(given, "Slack channel for alerts", "", default="#data-ops"),
        store=given.store,
        zone_is_guess=given.timezone is None,
        temporary_key=bool(key and key.security_token),
    )
    _write(path, answers)
    _say_what_next(path, answers)


def _write(path: Path, answers: Answers) -> None:
    """Write the text once the config reader took it. Raises ConfigError with what it would not take."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        unfinished.write_text(config_text(answers), encoding="utf-8")
        load(unfinished, STAND_INS | ({name: STAND_IN_STORE} if (name := placeholder(answers.store)) else {}))
        os.link(unfinished, path)  # never over a file that appeared meanwhile
    except OSError as error:
        raise BotError(
            f"{path} cannot be written ({(error.strerror or 'unknown').lower()}).",
            remedy="Choose another file with --output.",
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)


def _say_what_next(path: Path, answers: Answers) -> None:
    names = ", ".join(answers.workspaces)
    echo(
        f"Wrote {path}: {len(answers.workspaces)} workspace{'s' * (len(answers.workspaces) != 1)} ({names})."
    )
    click.echo("Next:")
    click.echo("  1. Create the Slack app from the output of: dlf-bot manifest")
    click.echo("  2. Put the secrets into the environment, not into the file:")
    token = ["HUAWEICLOUD_SDK_SECURITY_TOKEN"] if answers.temporary_key else []
    for name in ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", *token, "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        state = "   # already set" if os.environ.get(name) or os.environ.get(f"{name}_FILE") else ""
        click.echo(f"       export {name}=...{state}")
    config = "" if path == Path("config.yaml") else f" --config {path}"
    echo(f"  3. Test everything: dlf-bot check --online{config}")


def _region(given: Given) -> str:
    region = given.region or _ask(given, "Region (like ap-southeast-3)", "--region")
    if region not in REGIONS and not given.endpoint:
        raise click.BadParameter(
            f"there is no region {region!r} with DataArts Factory. {choose(region, REGIONS)}",
            param_hint="--region",
        )
    return region


def _hosts(region: str, given: Given) -> Hosts:
    """The region's hosts, with those that were given in their place."""
    found = hosts_of(region) if region in REGIONS else Hosts("", "", "")
    endpoint = (given.endpoint or found.endpoint).rstrip("/")
    iam = (given.iam_endpoint or found.iam_endpoint or endpoint).rstrip("/")
    return replace(found, endpoint=endpoint, iam_endpoint=iam, jobs_endpoint=found.jobs_endpoint or endpoint)


def _check_store(store: str) -> None:
    if passwords_of(store):
        raise click.BadParameter(
            "the address contains a password. Put it into the environment: --store '${STORE}'.",
            param_hint="--store",
        )


def _host_lines(region: str, given: Given) -> dict[str, str]:
    lines = {"region": region} if region in REGIONS else {}
    lines |= {"endpoint": given.endpoint} if given.endpoint else {}
    return lines | ({"iam_endpoint": given.iam_endpoint} if given.iam_endpoint else {})


def _zone(region: str) -> str:
    return ZONES.get(region, CHINA if region.startswith("cn-") else "UTC")


def _key(given: Given) -> AccessKey | None:
    """The access key from the environment, or typed unseen; it is used now and written nowhere."""
    access, secret, token = (
        filled(f"${{HUAWEICLOUD_SDK_{name}:-}}") for name in ("AK", "SK", "SECURITY_TOKEN")
    )
    if not (access and secret) and given.asks and sys.stdin.isatty():
        access = click.prompt(
            "Access key (AK); leave empty to type ids yourself", default="", show_default=False
        )
        secret = click.prompt("Secret key (SK), not shown and not saved", hide_input=True) if access else ""
        token = ""
    if not (access and secret):
        return None
    return AccessKey(access, Secret(secret), Secret(token) if token else None)


async def _look(
    region: str, hosts: Hosts, key: AccessKey | None, given: Given
) -> tuple[str | None, list[FoundWorkspace]]:
    """The project's id and the workspaces, as far as they are not given and the key may see them."""
    project_id, found = given.project_id, list[FoundWorkspace]()
    if key is None or (project_id and given.workspaces):
        return project_id, found
    discovery = Discovery(hosts, key)
    try:
        with progress("Asking Huawei Cloud ..."):
            if not project_id:
                project_id = await discovery.project_id(region)
            if not given.workspaces:
                found = await discovery.workspaces(project_id)
    except DlfError as error:
        echo(f"Nothing could be looked up: {error.what} {error.remedy}", err=True)
    finally:
        await discovery.close()
    return project_id, found


def _workspaces(given: Given, found: list[FoundWorkspace]) -> dict[str, str]:
    """Ids by name: those given, those chosen among the found ones, or those typed."""
    if given.workspaces:
        return dict(_pair(one) for one in given.workspaces)
    names = usable_names((one.name, one.id) for one in found)
    if not names:
        typed = _ask(given, "Workspaces, as NAME=ID NAME=ID ...", "--workspace").split()
        return dict(_pair(one) for one in typed)
    if not given.asks:
        return names
    echo(f"DataArts Studio has: {', '.join(names)}")
    words = click.prompt("Which of them (names separated by spaces, or all)", default="all").split()
    if words == ["all"]:
        return names
    if unknown := [word for word in words if word not in names]:
        raise click.UsageError(f"There is no workspace {unknown[0]!r}. {choose(unknown[0], names)}")
    return {word: names[word] for word in words}


def _pair(text: str) -> tuple[str, str]:
    name, equals, its_id = text.partition("=")
    if not (name and equals and its_id):
        raise click.BadParameter(f"{text!r} is not NAME=ID.", param_hint="--workspace")
    return name, its_id


def _ask(given: Given, question: str, flag: str, *, default: str | None = None) -> str:
    """The person's answer, or the default. Raises click.UsageError if no person can be asked."""
    if given.asks:
        prompt: Callable[..., str] = click.prompt
        return prompt(question, default=default).strip()
    if default is None:
        raise click.UsageError(f"With --no-input, give {flag} or an access key that can look it up.")
    return default
