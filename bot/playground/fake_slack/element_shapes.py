"""Tables of all text objects and interactive elements of Block Kit with their limits."""

from collections.abc import Mapping

from bot.playground.fake_slack.checks import (
    Check,
    ObjectShape,
    Typed,
    anything,
    boolean,
    items,
    link,
    number,
    one_of,
    string,
)


def shape(required: str = "", *parts: Mapping[str, Check], any_of: str = "", **fields: Check) -> ObjectShape:
    """A typed object: names of required fields, fields shared with others, its own."""
    known: dict[str, Check] = {"type": anything}
    for part in [*parts, fields]:
        known.update(part)
    return ObjectShape(known, required.split(), any_of.split())


def text(longest: int, *kinds: str) -> Check:
    """A text object; `kinds` are those allowed here, both if none is named."""
    plain = shape("text", text=string(longest, 1), emoji=boolean)
    mrkdwn = shape("text", text=string(longest, 1), verbatim=boolean)
    return Typed({"plain_text": plain, "mrkdwn": mrkdwn}, kinds or None)


def plain(longest: int) -> Check:
    return text(longest, "plain_text")


ids = string(255, 1)
confirm = ObjectShape(
    {
        "title": plain(100),
        "text": text(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style": one_of("primary", "danger"),
    },
    ("title", "text", "confirm", "deny"),
)
option = ObjectShape(
    {"text": text(75), "value": string(150, 1), "description": text(75), "url": link()}, ("text", "value")
)
group = ObjectShape({"label": plain(75), "options": items(option, 100)}, ("label", "options"))
slack_file = ObjectShape({"id": string(255, 1), "url": link()}, any_of=("id", "url"))
common: dict[str, Check] = {"action_id": ids, "confirm": confirm, "focus_on_load": boolean}
choice: dict[str, Check] = {**common, "placeholder": plain(150)}
many: dict[str, Check] = {**choice, "max_selected_items": number(1, whole=True)}
entry: dict[str, Check] = {
    **common,
    "placeholder": plain(150),
    "initial_value": string(3000),
    "dispatch_action_config": anything,
}
conversation: dict[str, Check] = {
    "default_to_current_conversation": boolean,
    "filter": anything,
    "response_url_enabled": boolean,
}
listed: dict[str, Check] = {"options": items(option, 100), "option_groups": items(group, 100)}

image_element = shape(
    "alt_text",
    any_of="image_url slack_file",
    image_url=link(),
    alt_text=string(2000, 1),
    slack_file=slack_file,
)
button = shape(
    "text",
    common,
    text=plain(75),
    url=link(),
    value=string(2000),
    style=one_of("primary", "danger"),
    accessibility_label=string(75),
)
ELEMENTS: Mapping[str, Check] = {
    "button": button,
    "image": image_element,
    "overflow": shape("options", common, options=items(option, 5)),
    "checkboxes": shape("options", common, options=items(option, 10), initial_options=items(option, 10)),
    "radio_buttons": shape("options", common, options=items(option, 10), initial_option=option),
    "static_select": shape("", choice, listed, any_of="options option_groups", initial_option=option),
    "multi_static_select": shape(
        "", many, listed, any_of="options option_groups", initial_options=items(option, 100)
    ),
    "external_select": shape("", choice, min_query_length=number(0, whole=True), initial_option=option),
    "users_select": shape("", choice, initial_user=string(255)),
    "conversations_select": shape("", choice, conversation, initial_conversation=string(255)),
    "channels_select": shape("", choice, initial_channel=string(255), response_url_enabled=boolean),
    "multi_users_select": shape("", many, initial_users=items(string(255), 100)),
    "multi_conversations_select": shape(
        "", many, conversation, initial_conversations=items(string(255), 100)
    ),
    "multi_channels_select": shape("", many, initial_channels=items(string(255), 100)),
    "datepicker": shape("", choice, initial_date=string(10, 10)),
    "timepicker": shape("", choice, initial_time=string(5, 5), timezone=string(64)),
    "datetimepicker": shape("", common, initial_date_time=number(0, whole=True)),
    "plain_text_input": shape(
        "",
        entry,
        multiline=boolean,
        min_length=number(0, 3000, whole=True),
        max_length=number(1, 3000, whole=True),
    ),
    "number_input": shape(
        "is_decimal_allowed", entry, is_decimal_allowed=boolean, min_value=string(64), max_value=string(64)
    ),
    "email_text_input": shape("", entry),
    "url_text_input": shape("", entry),
}
INPUTS = frozenset(ELEMENTS) - {"button", "image", "overflow"}
ACTIONS = INPUTS - {"plain_text_input", "number_input", "email_text_input", "url_text_input"} | {
    "button",
    "overflow",
}
