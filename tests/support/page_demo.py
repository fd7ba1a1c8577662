"""Messages of every kind the page can draw, as the bot would post them."""

# ruff: noqa: E501 - message texts stay in one piece

from datetime import datetime
from typing import Any

Json = dict[str, Any]
DAYS = ["10 Nov", "11 Nov", "12 Nov", "13 Nov", "14 Nov", "15 Nov", "16 Nov"]


def text(words: str) -> Json:
    return {"type": "raw_text", "text": words}


def number(value: float) -> Json:
    return {"type": "raw_number", "value": value, "text": f"{value:,}"}


def mrkdwn(words: str) -> Json:
    return {"type": "mrkdwn", "text": words}


def button(label: str, action_id: str, **more: Any) -> Json:
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": label},
        "action_id": action_id,
        "value": "a1",
    } | more


def series(name: str, values: list[float]) -> Json:
    return {
        "name": name,
        "data": [{"label": day, "value": value} for day, value in zip(DAYS, values, strict=True)],
    }


def chart(kind: str, title: str, *lines: Json) -> Json:
    axes = {"categories": DAYS, "x_label": "Business date", "y_label": "Instances"}
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {"type": kind, "series": list(lines), "axis_config": axes},
    }


CONFIRM = {
    "title": {"type": "plain_text", "text": "Silence failures of sales?"},
    "text": mrkdwn("Nobody is told for *4 hours*."),
    "confirm": {"type": "plain_text", "text": "Silence"},
    "deny": {"type": "plain_text", "text": "No"},
}


def alert(now: datetime, *, value: int = 12, resolved: bool = False) -> Json:
    stamp = int(now.timestamp())
    date = f"<!date^{stamp}^{{date_short_pretty}} {{time}}|{now:%Y-%m-%d %H:%M} UTC>"
    mark = ":large_green_circle: *Resolved:*" if resolved else ":rotating_light: *Firing:*"
    blocks: list[Json] = [
        {
            "type": "section",
            "text": mrkdwn(
                f"{mark} *failures* in *sales*\n`fail_count` is *{value}*, the limit is *5* · <!subteam^S0ONCALL>"
            ),
            "accessory": {
                "type": "overflow",
                "action_id": "alert_more",
                "options": [
                    {"text": {"type": "plain_text", "text": "Show the failed jobs"}, "value": "jobs"},
                    {"text": {"type": "plain_text", "text": "Show history"}, "value": "history"},
                ],
            },
        },
        {
            "type": "section",
            "fields": [
                mrkdwn("*Business date*\n2026-11-23 (Asia/Singapore)"),
                mrkdwn(f"*Since*\n{date}"),
                mrkdwn("*Peak*\n14 failed"),
                mrkdwn("*Mine*\n<@U0ADA>"),
            ],
        },
        {"type": "context", "elements": [mrkdwn(f"everyone's instances · read {date} · rule `failures`")]},
    ]
    if not resolved:
        actions = [
            button("Acknowledge", "alert_acknowledge", style="primary"),
            button("Silence 4 h", "alert_silence", style="danger", confirm=CONFIRM),
            button("Details", "alert_details"),
        ]
        blocks.append({"type": "actions", "block_id": "alert", "elements": actions})
    return {"text": f"Firing: failures in sales, fail_count is {value}", "blocks": blocks}


def row_with_a_menu(buttons: int) -> Json:
    """So many buttons, and a menu after them."""
    menu: Json = {
        "type": "overflow",
        "action_id": "more",
        "options": [{"text": {"type": "plain_text", "text": "Open it in DataArts Studio"}, "value": "open"}],
    }
    return {"type": "actions", "elements": [*(button("Do one", f"do_{n}") for n in range(buttons)), menu]}


def digest() -> Json:
    head = [
        text(name) for name in ("Workspace", "Failed", "Stuck", "Succeeded", "Overridden", "Total", "Success")
    ]
    rows = [
        head,
        [text("sales"), number(2), number(0), number(1204), number(1), number(1211), text("99.8 %")],
        [text("finance"), number(0), number(0), number(318), number(9), number(328), text("97.2 %")],
        [text("logs"), number(31), number(1), number(2960), number(0), number(3004), text("98.9 %")],
        [text("Total"), number(33), number(1), number(4482), number(10), number(4543), text("99.0 %")],
    ]
    settings = [{"align": "left"}, *({"align": "right"} for _ in head[1:])]
    return {
        "text": "Digest for 2026-11-22: 33 failed, 1 stuck of 4,543",
        "blocks": [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": ":sunrise: Morning digest, Sunday 22 November"},
            },
            {
                "type": "section",
                "text": mrkdwn("*33 failed*, 1 stuck of 4,543 instances · :arrow_up: 24 more than the day before"),
            },
            {"type": "table", "column_settings": settings, "rows": rows},
            chart(
                "line", "Failed instances, 7 days", series("sales", [1, 0, 17, 4, 0, 1, 2]),
                series("finance", [0, 1, 0, 6, 0, 1, 0]), series("logs", [3, 2, 2, 31, 1, 0, 31]),
            ),
            {"type": "divider"},
            {
                "type": "context",
                "elements": [mrkdwn(":white_check_mark: sales, finance within limits · :warning: logs above its limit")],
            },
        ],
    }  # fmt: skip


def gallery() -> list[Json]:
    """A message with more features than any message of the bot."""
    rows = [
        [text("Job"), text("Failed")],
        *(
            [text(name), number(i * 7 % 11)]
            for i, name in enumerate(["load", "clean", "join", "rank", "send", "keep", "drop"])
        ),
    ]
    pie = {
        "type": "data_visualization",
        "title": "States yesterday",
        "chart": {
            "type": "pie",
            "segments": [
                {"label": "Succeeded", "value": 1204}, {"label": "Failed", "value": 83},
                {"label": "Overridden", "value": 61}, {"label": "Skipped", "value": 120},
            ],
        },
    }  # fmt: skip
    rich = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "Rich text: ", "style": {"bold": True}},
                    {"type": "user", "user_id": "U0BEN"},
                    {"type": "text", "text": " saw it "},
                    {
                        "type": "date", "timestamp": 1795503600, "format": "{date_long_pretty} {time}",
                        "fallback": "2026-11-24 07:00 UTC",
                    },
                    {"type": "emoji", "name": "eyes"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": word}]}
                    for word in ("one", "two")
                ],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "as somebody said"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "select 1;\nselect 2;"}]},
        ],
    }  # fmt: skip
    formats = (
        "*bold* _italic_ ~struck~ `code` <https://example.com/jobs|a link> <@U0ADA> <#C0FINANCE> <!channel> "
        ":red_circle: &lt;b&gt; 5 &gt; 3 snake_case_name 10:30:15\n&gt; quoted *line*\n```for job in jobs:\n    run(job)```"
    )
    return [
        {"text": "formats", "blocks": [{"type": "section", "text": mrkdwn(formats)}, rich]},
        {"text": "pie", "blocks": [pie, {"type": "data_table", "caption": "Failed by job", "rows": rows, "page_size": 4}]},
        {
            "text": "bars",
            "blocks": [
                chart("bar", "Instances by state", series("Failed", [1, 0, 17, 4, 0, 1, 2]), series("Stuck", [0, 0, 2, 1, 0, 0, 1])),
                chart("area", "Change to the day before", series("Change", [-3, 2, 14.5, -12, -4, 1, 1])),
            ],
        },
        {
            "text": "others",
            "blocks": [
                {
                    "type": "markdown",
                    "text": "## Markdown block\nwith **bold**, `code`, [a link](https://example.com) and\n\n1. a first\n2. a second\n\n| job | n |\n|---|--:|\n| load | 3 |",
                },
                {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A picture of nothing"},
                {
                    "type": "actions",
                    "elements": [
                        {
                            "type": "static_select", "action_id": "pick",
                            "placeholder": {"type": "plain_text", "text": "Silence for…"},
                            "options": [
                                {"text": {"type": "plain_text", "text": hours}, "value": hours} for hours in ("1 h", "4 h")
                            ],
                        },
                        button("Open", "open", url="https://example.com/console"),
                    ],
                },
            ],
        },
        {
            "text": "Firing: stuck in finance",
            "attachments": [
                {
                    "color": "#d00000",
                    "fallback": "stuck",
                    "blocks": [{"type": "section", "text": mrkdwn(":red_circle: *stuck* in *finance*: 1 instance needs a person")}],
                }
            ],
        },
    ]  # fmt: skip


def modal() -> Json:
    return {
        "type": "modal",
        "callback_id": "silence",
        "title": {"type": "plain_text", "text": "Silence"},
        "submit": {"type": "plain_text", "text": "Silence"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [
            {"type": "section", "text": mrkdwn("*failures* in *sales* stays on record; nobody is told.")},
            {
                "type": "input",
                "block_id": "why",
                "label": {"type": "plain_text", "text": "Why"},
                "element": {"type": "plain_text_input", "action_id": "text"},
                "hint": {"type": "plain_text", "text": "Everybody in the thread sees it."},
            },
            {
                "type": "input",
                "block_id": "long",
                "label": {"type": "plain_text", "text": "For"},
                "element": {
                    "type": "radio_buttons",
                    "action_id": "hours",
                    "options": [
                        {"text": {"type": "plain_text", "text": f"{hours} hours"}, "value": str(hours)}
                        for hours in (1, 4, 24)
                    ],
                },
            },
        ],
    }


def home() -> Json:
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "What runs now"}},
            {"type": "section", "fields": [mrkdwn("*sales*\n2 failed"), mrkdwn("*finance*\nall well")]},
            {"type": "actions", "elements": [button("Refresh", "home_refresh")]},
        ],
    }
