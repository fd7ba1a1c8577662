"""The Web API's methods views.* and blocks.*: modals, Home tabs, and the check of blocks without posting."""

from typing import Any

from bot.playground.fake_slack.content import as_dict, as_list
from bot.playground.fake_slack.methods import method, need
from bot.playground.fake_slack.objects import Json, Refused, View
from bot.playground.fake_slack.validation import block_problems, check_message, check_view
from bot.playground.fake_slack.views import publish_home, replace_view, show_view, use_trigger
from bot.playground.fake_slack.world import SlackWorld


@method("views.open", tier=4, logged=True)
def view_open(world: SlackWorld, args: Json) -> Json:
    user = use_trigger(world, args.get("trigger_id"))
    return _answer(world, show_view(world, user, args.get("view")))


@method("views.push", tier=4, logged=True)
def view_push(world: SlackWorld, args: Json) -> Json:
    user = use_trigger(world, args.get("trigger_id"))
    if not world.modals.get(user):
        raise Refused("not_found")
    return _answer(world, show_view(world, user, args.get("view"), below=world.modals[user][-1]))


@method("views.update", tier=4, logged=True)
def view_update(world: SlackWorld, args: Json) -> Json:
    view = _open_view(world, args)
    if args.get("hash") not in (None, "", view.hash):
        raise Refused("hash_conflict")
    return _answer(world, replace_view(world, view, args.get("view")))


@method("views.publish", tier=4, logged=True)
def view_publish(world: SlackWorld, args: Json) -> Json:
    user = need(args, "user_id")
    if user not in world.users:
        raise Refused("user_not_found")
    home = world.homes.get(user)
    if home is not None and args.get("hash") not in (None, "", home.hash):
        raise Refused("hash_conflict")
    return _answer(world, publish_home(world, user, args.get("view")))


def _open_view(world: SlackWorld, args: Json) -> View:
    wanted, external = args.get("view_id"), args.get("external_id")
    for view in [*world.homes.values(), *(view for stack in world.modals.values() for view in stack)]:
        if view.id == wanted or (external and view.body.get("external_id") == external):
            return view
    raise Refused("not_found")


def _answer(world: SlackWorld, view: View) -> Json:
    body = world.view_json(view)
    del body["errors"]
    return {"view": body}


@method("blocks.validate", tier=0)
def validate(world: SlackWorld, args: Json) -> Json:
    """Check exactly one of blocks, message or view, and list its problems."""
    given = [name for name in ("blocks", "message", "view") if args.get(name) not in (None, "")]
    if len(given) != 1:
        raise Refused("invalid_arguments")
    refused = world.faults.refused_blocks
    match given[0]:
        case "blocks":
            problems = block_problems(as_list(args["blocks"], "blocks"), "message", refused=refused)
            if problems:
                raise Refused("invalid_blocks", errors=[problem.as_json() for problem in problems])
        case "message":
            message = as_dict(args["message"], "invalid_message")
            parts = [as_list(message.get(name), name) for name in ("blocks", "attachments")]
            _judge("invalid_message", check_message, *parts)
        case _:
            view = as_dict(args["view"], "invalid_view")
            surface = "home" if view.get("type") == "home" else "modal"
            _judge("invalid_view", check_view, view, surface)
    return {}


def _judge(error: str, check: Any, *what: Any) -> None:
    try:
        check(*what)
    except Refused as refusal:
        raise Refused(
            error, errors=[{"message": m} for m in refusal.extra.get("errors", [refusal.error])]
        ) from None
