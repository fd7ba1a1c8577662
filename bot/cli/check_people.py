"""`dlf-bot check --online`, the part about people and user groups that the config names."""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from typing import Any

from bot.cli.finding import Finding
from bot.config import Config
from bot.domain.slack_codes import MISSING_SCOPE, Extent, codes_of
from bot.errors import SlackError
from bot.slack.sender import Sender

ADMINS = "slack.admins"
_ID = re.compile(r"<?(?:@|!subteam\^)?(?P<id>[UWS][A-Z0-9]+)(?:\|[^>]*)?>?")
_NAME = re.compile(r"[\w.-]{1,80}")
UNKNOWN = codes_of(Extent.PERSON)


async def check_people(config: Config, sender: Sender) -> AsyncIterator[Finding]:
    """Whether all people that are mentioned, or may silence, exist in Slack."""
    named = _named(config)
    groups: dict[str, Mapping[str, Any]] | SlackError = {}
    if any(one.startswith("S") for one in named):
        groups = await _groups(sender)
    for one, places in named.items():
        where = f"{one} ({', '.join(places)})"
        if not one.startswith("S"):
            yield await _person(one, where, sender)
        elif isinstance(groups, SlackError):
            yield _unread(where, groups)
        else:
            yield _group(where, groups.get(one))


def _named(config: Config) -> dict[str, list[str]]:
    """The id of each person and group, and where the config names it."""
    places = {f"rule {rule.name}": rule.mention for rule in config.rules}
    places |= {f"rule {rule.name}, owner": (rule.care.owner,) for rule in config.rules}
    for workspace in config.workspaces:
        places[f"workspace {workspace.key}, owner"] = (workspace.care.owner,)
        places |= {f"job {one.match}, owner": (one.care.owner,) for one in workspace.job_care}
    places |= {"unreadable": config.unreadable.mention, ADMINS: config.slack.admins}
    named = defaultdict[str, list[str]](list)
    for place, mentions in places.items():
        for mention in filter(None, mentions):
            if found := _ID.fullmatch(mention):
                named[found["id"]].append(place)
    return named


async def _person(user_id: str, where: str, sender: Sender) -> Finding:
    try:
        user = (await sender.web.get("users.info", {"user": user_id})).part("user")
    except SlackError as error:
        if error.code not in UNKNOWN:
            return _unread(where, error)
        what = f"{where}: not found in Slack. Copy the member ID from the person's profile."
        return Finding("people", what, "FAIL")
    name = str(user.get("name"))
    who = f"{where} is @{name}" if _NAME.fullmatch(name) else where
    if user.get("deleted"):
        return Finding("people", f"{who}, whose account is deactivated. Name another person.", "FAIL")
    if user.get("is_bot"):
        return Finding("people", f"{who}, a bot. Name a person.", "FAIL")
    if user.get("is_stranger"):
        return Finding(
            "people", f"{who}, a member of another Slack workspace. Name a member of this one.", "FAIL"
        )
    return Finding("people", who)


async def _groups(sender: Sender) -> dict[str, Mapping[str, Any]] | SlackError:
    """Every user group by its id, or why they cannot be read."""
    try:
        params = {"include_users": "true", "include_disabled": "true", "team_id": await sender.workspace()}
        found = await sender.web.get("usergroups.list", params)
    except SlackError as error:
        return error
    return {str(group.get("id")): group for group in found.items("usergroups")}


def _group(where: str, group: Mapping[str, Any] | None) -> Finding:
    if group is None:
        what = f"{where}: not found in Slack. Copy the group's ID from its page in Slack."
        return Finding("people", what, "FAIL")
    handle = str(group.get("handle"))
    who = f"{where} is @{handle}" if _NAME.fullmatch(handle) else where
    if group.get("date_delete"):
        return Finding("people", f"{who}, a disabled user group. Enable it, or name another one.", "FAIL")
    users = group.get("users")
    if not users:
        return Finding("people", f"{who}, a user group without members. Add members.", "FAIL")
    return Finding("people", f"{who}, {len(users)} member{'s' if len(users) > 1 else ''}")


def _unread(where: str, error: SlackError) -> Finding:
    level = "warn" if error.code == MISSING_SCOPE else "FAIL"
    return Finding("people", f"{where} cannot be looked up. {error}", level)
