"""The registry of Web API methods (name, scope, tier, function) and checks of their arguments."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.playground.fake_slack.objects import Channel, Json, Refused
from bot.playground.fake_slack.world import SlackWorld

Do = Callable[[SlackWorld, Json], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """`app_token`: takes the app's token, not the bot's token with `scope`; `logged`: calls are logged."""

    name: str
    do: Do
    scope: str | None = None
    tier: int = 3
    app_token: bool = False
    logged: bool = False


METHODS: dict[str, Method] = {}


def method(
    name: str, scope: str | None = None, *, tier: int = 3, app_token: bool = False, logged: bool = False
) -> Callable[[Do], Do]:
    """Register a function as a Web API method. Tier 0 has no limit of its own."""

    def register(do: Do) -> Do:
        METHODS[name] = Method(name, do, scope, tier, app_token, logged)
        return do

    return register


def need(args: Json, name: str) -> str:
    """A text argument that must be there."""
    value = args.get(name)
    if value in (None, ""):
        raise Refused(
            "invalid_arguments",
            response_metadata={"messages": [f"[ERROR] missing required field: {name}"]},
        )
    return str(value)


def is_true(value: Any) -> bool:
    """Slack's clients write true as true, "true" or 1."""
    return value is True or str(value).lower() in ("1", "true")


def need_scope(world: SlackWorld, scope: str) -> None:
    """Raises Refused("missing_scope") with what is needed and what is there."""
    if scope not in world.scopes:
        provided = ",".join(sorted(world.scopes))
        raise Refused("missing_scope", needed=scope, provided=provided)


def need_team(world: SlackWorld, args: Json) -> None:
    """An organization's token must say which workspace is meant."""
    if world.enterprise_id is None:
        return
    if not args.get("team_id"):
        raise Refused("missing_argument")
    if args["team_id"] not in world.teams:
        raise Refused("team_access_not_granted")


def visible_channel(world: SlackWorld, ref: Any) -> Channel:
    """A channel by its id, if the bot can see it; names and others' private channels are not found."""
    channel = world.channels.get(str(ref))
    if channel is None or (channel.is_private and world.bot_user_id not in channel.members):
        raise Refused("channel_not_found")
    return channel


def ts_number(value: Any, error: str) -> Decimal:
    """A ts as a number to compare."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise Refused(error) from None


def page(rows: Iterable[Json], args: Json, *, name: str, limit: int, most: int = 1000) -> Json:
    """A page of rows below `name`, with the cursor of the next page."""
    given = args.get("limit")
    try:
        size = int(given) if given not in (None, "") else limit
        start = int(str(args.get("cursor") or "p0").removeprefix("p"))
    except (ValueError, TypeError):
        raise Refused("invalid_cursor" if args.get("cursor") else "invalid_limit") from None
    if not 1 <= size <= most:
        raise Refused("invalid_limit")
    every = list(rows)
    following = f"p{start + size}" if len(every) > start + size else ""
    return {name: every[start : start + size], "response_metadata": {"next_cursor": following}}
