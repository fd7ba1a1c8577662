"""The Slack app's manifest, and the check of a token against its scopes."""

from typing import Any

from bot.domain.slack_codes import MISSING_SCOPE
from bot.errors import SlackError
from bot.messages.service import DIGEST, STATUS
from bot.messages.words import Words
from bot.slack.http_requests import EVENTS_PATH
from bot.slack.identity import Identity
from bot.slack.jobs_command import JOBS
from bot.slack.sender import Sender

# Each scope and what it is for.
NEEDED = {
    "commands": "slash commands",
    "chat:write": "chat.postMessage and chat.update",
}
WANTED = {
    "chat:write.public": "posting in public channels without an invitation",
    "channels:read": "finding public channels by name",
    "groups:read": "finding private channels by name",
    "users:read": "checking that the person pressing a button is a member; their time zone",
}
OPTIONAL = {
    "channels:history": "checking in public channels whether a message arrived",
    "groups:history": "checking in private channels whether a message arrived",
    "usergroups:read": "user groups in slack.admins",
}
APP_LEVEL = {"connections:write": "Socket Mode"}

# Each command with its description and its usage hint.
COMMANDS = {
    STATUS: (
        "Show DataArts job status: failed, stuck, succeeded",
        "[today|yesterday|before_yesterday|all] [workspace…] [failed] [own] [share] | help",
    ),
    JOBS: ("List the jobs that failed or are stuck", "[workspace] [day] | help"),
    DIGEST: ("Show or post a digest", "[name] [post] | help"),
}
ABOUT = "Status, digests and alerts for DataArts Factory jobs"

EVENTS = ("app_home_opened",)


def manifest(url: str | None = None, *, locale: str = "en") -> dict[str, Any]:
    """The app's manifest for Socket Mode, or for HTTP at `url` (the bot's public https address)."""
    tr = Words(locale)
    endpoint = None if url is None else url.rstrip("/").removesuffix(EVENTS_PATH) + EVENTS_PATH
    interactivity: dict[str, Any] = {"is_enabled": True}
    events: dict[str, Any] = {"bot_events": list(EVENTS)}
    commands: list[dict[str, Any]] = [
        {"command": name, "description": tr(what), "usage_hint": tr(hint), "should_escape": False}
        for name, (what, hint) in COMMANDS.items()
    ]
    if endpoint is not None:
        interactivity["request_url"] = events["request_url"] = endpoint
        commands = [command | {"url": endpoint} for command in commands]
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "dlf-bot",
            "description": tr(ABOUT),
            "background_color": "#1f2a44",
        },
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
            "bot_user": {"display_name": "dlf-bot", "always_online": True},
            "slash_commands": commands,
        },
        "oauth_config": {"scopes": {"bot": [*NEEDED, *WANTED], "bot_optional": [*OPTIONAL]}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": endpoint is None,
            "token_rotation_enabled": False,
        },
    }


def missing_scopes(identity: Identity) -> dict[str, str]:
    """The scopes the token lacks, with their purpose; empty if Slack does not list the token's scopes."""
    if identity.scopes is None:
        return {}
    every = NEEDED | WANTED | OPTIONAL
    return {scope: use for scope, use in every.items() if scope not in identity.scopes}


async def check_token(sender: Sender) -> Identity:
    """Ask Slack for the bot's identity; raise SlackError if this token can never work."""
    identity = await sender.probe()
    if (unfit := _unfit(identity)) is not None:
        sender.identity = None
        raise unfit
    return identity


def _unfit(identity: Identity) -> SlackError | None:
    if not identity.bot_id:
        return SlackError(
            "slack.bot_token is not a bot token.",
            code="not_a_bot",
            meaning="Nothing can be posted with it.",
            remedy="Use the Bot User OAuth Token (xoxb-…).",
        )
    lacking = [scope for scope in missing_scopes(identity) if scope in NEEDED]
    if lacking:
        return SlackError(
            f"The bot token lacks the scope {', '.join(lacking)}.",
            code=MISSING_SCOPE,
            remedy="Add it under OAuth & Permissions (dlf-bot manifest lists all) and reinstall the app.",
        )
    return None
