"""The bot's identity in Slack: the app of a workspace, or of an organization (Enterprise Grid)."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.sentence import sentence
from bot.domain.slack_codes import TEAM_ACCESS_NOT_GRANTED
from bot.errors import SlackError
from bot.slack.web_api import SlackAnswer, WebApi

PAGE, MAX_PAGES, MOST_NAMED = 100, 20, 10


@dataclass(frozen=True, slots=True)
class Identity:
    """The bot's identity by Slack, and its token's scopes (None if Slack did not say).

    `org_wide`: an organization installed the app; `team_id` may then be the organization's id.
    """

    team_id: str
    team: str
    enterprise_id: str | None
    user_id: str
    bot_id: str
    url: str
    scopes: frozenset[str] | None
    org_wide: bool = False


def identity_of(said: SlackAnswer) -> Identity:
    """Read the answer of `auth.test`."""
    return Identity(
        team_id=said.text("team_id"),
        team=said.text("team"),
        enterprise_id=said.text("enterprise_id") or None,
        user_id=said.text("user_id"),
        bot_id=said.text("bot_id"),
        url=said.text("url"),
        scopes=said.scopes,
        org_wide=said.data.get("is_enterprise_install") is True,
    )


async def foreign_to(
    identity: Identity, web: WebApi, *, team: str | None, enterprise: str | None
) -> SlackError | None:
    """Why the token does not belong to the workspace or organization in the config; None if it does."""
    if enterprise is not None and identity.enterprise_id != enterprise:
        return _foreign("enterprise", enterprise)
    if team is None or identity.team_id == team:
        return None
    if identity.org_wide and team in await workspaces_of(web):
        return None
    return _foreign("team", team)


async def workspaces_of(web: WebApi) -> tuple[str, ...]:
    """The ids of the workspaces of an organization's token. Raises SlackError."""
    found, cursor = list[str](), ""
    for _ in range(MAX_PAGES):
        page = await web.get("auth.teams.list", {"limit": PAGE, "cursor": cursor or None})
        found += [team_id for team in page.items("teams") if isinstance(team_id := team.get("id"), str)]
        if not (cursor := page.next_cursor):
            break
    return tuple(found)


def only_one(workspaces: Sequence[str]) -> str:
    """The only workspace. Raises SlackError `team_needed` if there are several, or none."""
    if len(workspaces) == 1:
        return workspaces[0]
    some = ", ".join(workspaces[:MOST_NAMED]) + (", ..." if len(workspaces) > MOST_NAMED else "")
    raise SlackError(
        "slack.bot_token is for a whole organization; channels and groups are looked up in one workspace.",
        code="team_needed",
        remedy=sentence("Set slack.team to one of {some}.", some=some)
        if some
        else "Add the app to a Slack workspace.",
    )


def _foreign(name: str, wanted: str) -> SlackError:
    named = {"name": name, "wanted": wanted}
    return SlackError(
        sentence("slack.bot_token belongs to another {name} than slack.{name} ({wanted}).", **named),
        code=TEAM_ACCESS_NOT_GRANTED,
        meaning="Nothing is posted.",
        remedy=sentence("Use the token of {wanted}, or correct slack.{name}.", **named),
    )
