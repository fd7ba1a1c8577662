"""The Web API's methods auth.*, apps.*, users.* and usergroups.*: the app, its connections, the members."""

from bot.playground.fake_slack.methods import is_true, method, need, need_team, page
from bot.playground.fake_slack.objects import Json, Refused
from bot.playground.fake_slack.world import SlackWorld


@method("auth.test", tier=0)
def auth_test(world: SlackWorld, args: Json) -> Json:
    return {
        "url": f"https://{world.team_name.lower()}.slack.com/",
        "team": world.team_name,
        "user": world.users[world.bot_user_id].name,
        "team_id": world.enterprise_id or world.team_id,
        "user_id": world.bot_user_id,
        "bot_id": world.bot_id,
        "is_enterprise_install": world.enterprise_id is not None,
    } | ({"enterprise_id": world.enterprise_id} if world.enterprise_id else {})


@method("auth.teams.list", tier=2)
def team_list(world: SlackWorld, args: Json) -> Json:
    """The workspaces that the token is for."""
    teams = ({"id": team, "name": team} for team in world.teams)
    return page(teams, args, name="teams", limit=100)


@method("apps.connections.open", tier=0, app_token=True)
def open_connection(world: SlackWorld, args: Json) -> Json:
    """The address of a Socket Mode connection, with a ticket for a single use."""
    where = world.base_url.replace("http", "ws", 1)
    return {"url": f"{where}/link/?ticket={world.socket.issue_ticket()}&app_id={world.app_id}"}


@method("users.info", "users:read", tier=4)
def user_info(world: SlackWorld, args: Json) -> Json:
    user = world.users.get(need(args, "user"))
    if user is None:
        raise Refused("user_not_found")
    return {"user": user.as_json(world.team_id)}


@method("users.list", "users:read", tier=2)
def user_list(world: SlackWorld, args: Json) -> Json:
    need_team(world, args)
    return page((u.as_json(world.team_id) for u in world.users.values()), args, name="members", limit=200)


@method("usergroups.list", "usergroups:read", tier=2)
def usergroup_list(world: SlackWorld, args: Json) -> Json:
    need_team(world, args)
    with_users = is_true(args.get("include_users"))
    found = [g for g in world.usergroups.values() if is_true(args.get("include_disabled")) or not g.disabled]
    groups = [g.as_json(world.team_id, with_users=with_users) for g in found]
    return {"usergroups": groups}


@method("usergroups.users.list", "usergroups:read", tier=2)
def usergroup_users(world: SlackWorld, args: Json) -> Json:
    need_team(world, args)
    group = world.usergroups.get(need(args, "usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": list(group.users)}
