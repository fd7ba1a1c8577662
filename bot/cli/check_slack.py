"""`dlf-bot check --online`, the part about Slack: tokens, scopes, channels, people."""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from typing import Any

from bot.cli.check_people import check_people
from bot.cli.finding import Finding
from bot.config import Config
from bot.config.addresses import CHANNEL_PATTERN
from bot.domain.slack_codes import CHANNEL_NOT_FOUND, MISSING_SCOPE
from bot.errors import SlackError, StoreError
from bot.secret import Secret
from bot.slack.identity import Identity
from bot.slack.manifest import check_token, missing_scopes
from bot.slack.sender import Sender
from bot.slack.socket_mode import hopeless, passes
from bot.slack.web_api import WebApi
from bot.store.store import Store

HISTORY_SCOPES = {"channels:history", "groups:history"}


async def check_slack(config: Config, sender: Sender, store: Store | None) -> AsyncIterator[Finding]:
    """Check Slack; the store, if any, knows the channels' last ids."""
    try:
        identity = await check_token(sender)
    except SlackError as error:
        yield Finding.failed("slack", error)
        return
    yield await _whose(identity, sender)
    if config.slack.app_token:
        yield await _app_token(config.slack.app_token, config, sender)
    for scope, use in missing_scopes(identity).items():
        if scope not in HISTORY_SCOPES:
            yield Finding(
                "scope", f"{scope} is missing, needed for {use}. Add it and reinstall the app.", "warn"
            )
    if identity.scopes is not None and not identity.scopes >= HISTORY_SCOPES:
        missing = ", ".join(sorted(HISTORY_SCOPES - identity.scopes))
        yield Finding(
            "scope",
            f"{missing} is missing: after a crash or a lost connection a message may be posted twice (marked"
            " as a possible repeat). Add it and reinstall the app to avoid that.",
            "warn",
        )
    for channel in _channels(config):
        yield await _channel(channel, sender, await _last_known(channel, store))
    async for finding in check_people(config, sender):
        yield finding
    for names in await _twice_named(_channels(config), sender):
        yield Finding(
            "channel",
            f"{names} are the same channel. Use one name, so that Slack's rate limit is kept.",
            "warn",
        )


async def _whose(identity: Identity, sender: Sender) -> Finding:
    if not identity.org_wide:
        return Finding("slack", f"bot token for {identity.team}")
    try:
        workspace = await sender.workspace()
    except SlackError as error:
        return Finding("slack", str(error), "warn")  # for ids nothing is looked up
    said = f"bot token for the organization {identity.team}; channels are looked up in {workspace}"
    return Finding("slack", said)


async def _app_token(token: Secret, config: Config, sender: Sender) -> Finding:
    try:
        await WebApi(token, config.slack.api_url, sender.session).post("apps.connections.open", {})
    except SlackError as error:
        return Finding.failed("slack", error if passes(error) else hopeless(error))
    return Finding("slack", "app token opens Socket Mode")


def _channels(config: Config) -> Iterable[str]:
    named = [config.slack.channel, *(rule.channel for rule in (*config.rules, config.unreadable))]
    named += [plan.channel for plan in config.digests] + [one.channel for one in config.workspaces]
    return dict.fromkeys(channel for channel in named if channel)


async def _last_known(channel: str, store: Store | None) -> str | None:
    """The id of the channel that got this name's messages until now; None if the name is an id."""
    if store is None or not channel.startswith("#"):
        return None
    with suppress(StoreError):  # said of the store itself
        return await store.outbox.channel_id(channel)
    return None


async def _channel(channel: str, sender: Sender, known: str | None) -> Finding:
    try:
        found = await sender.channel_id(channel)
        info = await _info(found, sender)
    except SlackError as error:
        if error.code == CHANNEL_NOT_FOUND and known and (name := await _name(known, sender)):
            return Finding(
                "channel",
                f"{channel} is now called {name} ({known}) in Slack. Messages still go there. Put the new"
                " name or the id into the config.",
                "warn",
            )
        level = "warn" if error.code == MISSING_SCOPE else "FAIL"
        return Finding("channel", f"{channel}: {error}", level)
    if known not in (None, found):
        name = await _name(str(known), sender) or "not visible to the bot"
        what = f"{channel} is now {found}; earlier messages went to {known} ({name}), new ones go to {found}."
        return Finding("channel", f"{what} Put the id of the right channel into the config.", "warn")
    return _as_it_is(channel, found, info)


async def _info(channel_id: str, sender: Sender) -> Mapping[str, Any]:
    return (await sender.web.get("conversations.info", {"channel": channel_id})).part("channel")


async def _name(channel_id: str, sender: Sender) -> str:
    """`#name` as Slack has it; empty where the bot cannot see the channel."""
    try:
        name = (await _info(channel_id, sender)).get("name")
    except SlackError:
        return ""
    return f"#{name}" if isinstance(name, str) and re.fullmatch(CHANNEL_PATTERN, f"#{name}") else channel_id


def _as_it_is(channel: str, found: str, info: Mapping[str, Any]) -> Finding:
    if info.get("is_archived"):
        return Finding("channel", f"{channel} is archived. Unarchive it or choose another one.", "FAIL")
    if not info.get("is_member") and info.get("is_private"):
        return Finding(
            "channel", f"{channel} is private and the bot is not in it. Type /invite @dlf-bot there.", "FAIL"
        )
    if not info.get("is_member"):
        return Finding(
            "channel",
            f"{channel} ({found}): the bot is not in it. After a crash or a lost connection a message may be"
            " posted twice there (marked as a possible repeat). Invite the bot to avoid that.",
            "warn",
        )
    return Finding("channel", f"{channel} is {found}")


async def _twice_named(channels: Iterable[str], sender: Sender) -> list[str]:
    """The channels that the config names in two ways: by name and by id, or in capitals, too."""
    named = defaultdict[str, list[str]](list)
    for channel in channels:
        with suppress(SlackError):  # said of the channel itself
            named[await sender.channel_id(channel)].append(channel)
    return [" and ".join(names) for names in named.values() if len(names) > 1]
