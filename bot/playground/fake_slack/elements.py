"""Interactive elements of blocks: find them, and encode a chosen value as Slack sends it."""

from collections.abc import Iterator
from typing import Any

from bot.playground.fake_slack.objects import Json

# element type -> (name of the chosen thing on the wire, name of its preset)
CHOICES: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}


def elements(blocks: list[Json]) -> Iterator[tuple[str, Json]]:
    """Every interactive element with the id of its block, also inside containers and cards."""
    for block in blocks:
        found = [*block.get("elements", []), *block.get("actions", [])]
        found += [block[name] for name in ("accessory", "element") if isinstance(block.get(name), dict)]
        for element in found:
            if isinstance(element, dict) and "action_id" in element:
                yield block.get("block_id", ""), element
        yield from elements(block.get("child_blocks", []))


def find(blocks: list[Json], action_id: str, value: Any = None) -> tuple[str, Json]:
    """The element with this action_id (of several, that with this value). Raises LookupError."""
    found = [(block, element) for block, element in elements(blocks) if element["action_id"] == action_id]
    if not found:
        raise LookupError(f"nothing to click with the action_id {action_id!r}")
    exact = [pair for pair in found if value is not None and pair[1].get("value") == value]
    return (exact or found)[0]


def chosen(element: Json, value: Any) -> Json:
    """A person's choice of `value` as an action or a view's state contains it."""
    kind = element["type"]
    if kind not in CHOICES:
        return {}
    name, _ = CHOICES[kind]
    if name == "selected_option":
        return {name: _option(element, value)}
    if name == "selected_options":
        return {name: [_option(element, each) for each in value or []]}
    return {name: value}


def presets(blocks: list[Json]) -> dict[str, dict[str, Json]]:
    """The state of an untouched view: presets and empty fields."""
    values: dict[str, dict[str, Json]] = {}
    for block_id, element in elements(blocks):
        if element["type"] in CHOICES and element["type"] != "overflow":
            name, preset = CHOICES[element["type"]]
            empty: Any = [] if name.endswith("s") else None
            state = {"type": element["type"], name: element.get(preset, empty)}
            values.setdefault(block_id, {})[element["action_id"]] = state
    return values


def _option(element: Json, value: Any) -> Json | None:
    if value is None:
        return None
    options = list(element.get("options", []))
    for group in element.get("option_groups", []):
        options += group.get("options", [])
    for option in options:
        if option.get("value") == value:
            return dict(option)
    raise LookupError(f"{element['action_id']!r} has no option {value!r}")
