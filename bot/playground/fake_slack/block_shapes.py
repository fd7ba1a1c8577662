"""Tables of all Block Kit blocks with their limits, and of the surfaces that accept them."""

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
from bot.playground.fake_slack.element_shapes import (
    ACTIONS,
    ELEMENTS,
    INPUTS,
    button,
    ids,
    image_element,
    plain,
    shape,
    slack_file,
    text,
)

style = anything
rich_leaf = Typed(
    {
        "text": shape("text", text=string(12_000, 1), style=style),
        "link": shape("url", url=link(), text=string(3000), unsafe=boolean, style=style),
        "emoji": shape(
            "name", name=string(255, 1), unicode=string(64), skin_tone=anything, style=style, url=link()
        ),
        "user": shape("user_id", user_id=string(64, 1), style=style),
        "channel": shape("channel_id", channel_id=string(64, 1), style=style),
        "usergroup": shape("usergroup_id", usergroup_id=string(64, 1), style=style),
        "broadcast": shape("range", range=one_of("here", "channel", "everyone"), style=style),
        "color": shape("value", value=string(7, 4)),
        "date": shape(
            "timestamp format",
            timestamp=number(whole=True),
            format=string(255, 1),
            url=link(),
            fallback=string(3000),
        ),
    }
)
leaves = items(rich_leaf, 1000)
rich_section = shape("elements", elements=leaves)
rich_part = Typed(
    {
        "rich_text_section": rich_section,
        "rich_text_preformatted": shape(
            "elements", elements=leaves, border=one_of(0, 1), language=string(64)
        ),
        "rich_text_quote": shape("elements", elements=leaves, border=one_of(0, 1)),
        "rich_text_list": shape(
            "elements style",
            elements=items(Typed({"rich_text_section": rich_section}), 1000),
            style=one_of("bullet", "ordered"),
            indent=number(0, 8, whole=True),
            offset=number(0, whole=True),
            border=one_of(0, 1),
        ),
    }
)
rich_text = shape("elements", block_id=ids, elements=items(rich_part, 1000))

raw_text = shape("text", text=string(3000, 1))
raw_number = shape("value text", value=number(), text=string(3000, 1))
cell = Typed({"raw_text": raw_text, "raw_number": raw_number, "rich_text": rich_text})
column = ObjectShape({"align": one_of("left", "center", "right"), "is_wrapped": boolean})
label = string(20, 1)
point = ObjectShape({"label": label, "value": number()}, ("label", "value"))
segment = ObjectShape({"label": label, "value": number(above=0)}, ("label", "value"))
series = ObjectShape({"name": label, "data": items(point, 20)}, ("name", "data"))
axis = ObjectShape(
    {"categories": items(label, 20), "x_label": string(50), "y_label": string(50)}, ("categories",)
)
line = shape("series axis_config", series=items(series, 6), axis_config=axis)
chart = Typed({"line": line, "bar": line, "area": line, "pie": shape("segments", segments=items(segment, 6))})
card = shape(
    any_of="hero_image title actions body",
    block_id=ids,
    hero_image=image_element,
    icon=image_element,
    title=text(150),
    subtitle=text(150),
    body=text(200),
    subtext=text(200),
    actions=items(Typed({"button": button}), 3),
)
BLOCKS: dict[str, Check] = {
    "section": shape(
        any_of="text fields",
        block_id=ids,
        text=text(3000),
        fields=items(text(2000), 10),
        accessory=Typed(ELEMENTS, ACTIONS | {"image"}),
        expand=boolean,
    ),
    "header": shape("text", block_id=ids, text=plain(150), level=number(1, 6, whole=True)),
    "divider": shape(block_id=ids),
    "context": shape(
        "elements",
        block_id=ids,
        elements=items(Typed({"image": image_element, "mrkdwn": text(3000), "plain_text": text(3000)}), 10),
    ),
    "actions": shape("elements", block_id=ids, elements=items(Typed(ELEMENTS, ACTIONS), 25)),
    "image": shape(
        "alt_text",
        any_of="image_url slack_file",
        block_id=ids,
        image_url=link(),
        slack_file=slack_file,
        alt_text=string(2000, 1),
        title=plain(2000),
    ),
    "input": shape(
        "label element",
        block_id=ids,
        label=plain(2000),
        element=Typed(ELEMENTS, INPUTS),
        hint=plain(2000),
        optional=boolean,
        dispatch_action=boolean,
    ),
    "rich_text": rich_text,
    "markdown": shape("text", block_id=ids, text=string(12_000, 1)),
    "table": shape(
        "rows",
        block_id=ids,
        rows=items(items(cell, 20), 100),
        column_settings=items(lambda v, at, p: None if v is None else column(v, at, p), 20),
    ),
    "data_table": shape(
        "caption rows",
        block_id=ids,
        caption=string(3000, 1),
        rows=items(items(cell, 20), 101, 2),
        page_size=number(1, 100, whole=True),
        row_header_column_index=number(0, 19, whole=True),
    ),
    "data_visualization": shape("title chart", block_id=ids, title=string(50, 1), chart=chart),
    "alert": shape(
        "text",
        block_id=ids,
        text=text(200),
        level=one_of("default", "info", "warning", "error", "success"),
    ),
    "card": card,
    "carousel": shape("elements", block_id=ids, elements=items(Typed({"card": card}), 10)),
    "video": shape(
        "alt_text title thumbnail_url video_url",
        block_id=ids,
        alt_text=string(2000, 1),
        title=plain(200),
        title_url=link(2000),
        thumbnail_url=link(),
        video_url=link(),
        author_name=string(50),
        provider_name=string(50),
        provider_icon_url=link(2000),
        description=plain(200),
    ),
    "context_actions": shape("elements", block_id=ids, elements=items(anything, 5)),
    "plan": shape("title", block_id=ids, title=anything, tasks=items(anything, 50, 0)),
    "task_card": shape(
        "task_id title",
        block_id=ids,
        task_id=string(255, 1),
        title=anything,
        status=one_of("in_progress", "complete", "error"),
        details=anything,
        output=anything,
        sources=anything,
    ),
}
# Blocks inside a container: tables, but neither charts nor containers.
CHILDREN = frozenset(BLOCKS) - {
    "data_visualization",
    "carousel",
    "plan",
    "task_card",
    "context_actions",
    "alert",
}
BLOCKS["container"] = shape(
    "child_blocks",
    any_of="title rich_text_title",
    block_id=ids,
    title=text(150),
    rich_text_title=rich_text,
    subtitle=text(150),
    child_blocks=items(Typed(BLOCKS, CHILDREN), 10),
    width=one_of("narrow", "standard", "wide", "full"),
    icon=image_element,
    is_collapsible=boolean,
    default_collapsed=boolean,
    has_header_divider=boolean,
)
EVERYWHERE = frozenset(
    ["header", "section", "context", "divider", "actions", "image", "rich_text", "input", "video"]
)
SURFACES: Mapping[str, frozenset[str]] = {
    # The sources disagree on `alert` in messages, tables and charts on Home: refused here, to be safe.
    "message": EVERYWHERE
    | frozenset(
        [
            "markdown",
            "table",
            "data_table",
            "data_visualization",
            "card",
            "carousel",
            "container",
            "context_actions",
            "plan",
            "task_card",
        ]
    ),
    "modal": EVERYWHERE | {"alert"},
    "home": EVERYWHERE | {"card", "carousel"},
}
