"""For the fuzz tests: Slack's payloads when a person presses a button, picks from a menu or opens the tab."""

from typing import Any

ALERT_ID = "failures/prod/sales/2026-11-23/1"
TEAM, ADA, OPS = "T0PLAYGROUND", "U0ADA", "C0DATAOPS"
ACTIONS: list[dict[str, Any]] = [
    {
        "action_id": "alert_acknowledge",
        "block_id": "b1",
        "text": {"type": "plain_text", "text": "Acknowledge", "emoji": True},
        "value": ALERT_ID,
        "type": "button",
        "action_ts": "1700000000.000100",
    },
    {
        "action_id": "alert_silence",
        "block_id": "b1",
        "type": "static_select",
        "placeholder": {"type": "plain_text", "text": "Silence", "emoji": True},
        "selected_option": {
            "text": {"type": "plain_text", "text": "Silence for 1 hour", "emoji": True},
            "value": f"1h|{ALERT_ID}",
        },
        "action_ts": "1700000000.000100",
    },
    {
        "action_id": "home_refresh",
        "block_id": "b2",
        "text": {"type": "plain_text", "text": "Refresh", "emoji": True},
        "value": "x",
        "type": "button",
        "action_ts": "1700000000.000100",
    },
    {
        "action_id": "alert_unsilence",
        "block_id": "b3",
        "text": {"type": "plain_text", "text": "End silence", "emoji": True},
        "value": ALERT_ID,
        "type": "button",
        "action_ts": "1700000000.000100",
    },
]
SUBMISSION: dict[str, Any] = {
    "type": "view_submission",
    "team": {"id": TEAM, "domain": "playground"},
    "enterprise": None,
    "is_enterprise_install": False,
    "user": {"id": ADA, "username": "ada", "name": "ada", "team_id": TEAM},
    "api_app_id": "A0DLFBOT",
    "token": "verification",
    "trigger_id": "1.2.abc",
    "view": {
        "id": "V1",
        "type": "modal",
        "callback_id": "silence_form",
        "private_metadata": f'{{"alert": "{ALERT_ID}"}}',
        "state": {
            "values": {
                "what": {"what": {"type": "static_select", "selected_option": {"value": "rule"}}},
                "until": {"until": {"type": "datetimepicker", "selected_date_time": 1795435200}},
                "comment": {"comment": {"type": "plain_text_input", "value": None}},
            }
        },
    },
    "response_urls": [],
}
EVENT: dict[str, Any] = {
    "token": "verification",
    "team_id": TEAM,
    "api_app_id": "A0DLFBOT",
    "event": {
        "type": "app_home_opened",
        "user": ADA,
        "channel": "D1",
        "tab": "home",
        "event_ts": "1700000000.1",
    },
    "type": "event_callback",
    "event_id": "Ev1",
    "event_time": 1700000000,
    "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": "U0DLFBOT", "is_bot": True}],
    "is_ext_shared_channel": False,
}


def pressed(action: dict[str, Any], response_url: str) -> dict[str, Any]:
    """A `block_actions` payload."""
    return {
        "type": "block_actions",
        "user": {"id": ADA, "username": "ada", "name": "ada", "team_id": TEAM},
        "api_app_id": "A0DLFBOT",
        "token": "verification",
        "container": {
            "type": "message",
            "message_ts": "1700000000.000000",
            "channel_id": OPS,
            "is_ephemeral": False,
        },
        "trigger_id": "1.2.abc",
        "team": {"id": TEAM, "domain": "playground"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": OPS, "name": "data-ops"},
        "message": {
            "type": "message",
            "user": "U0DLFBOT",
            "ts": "1700000000.000000",
            "text": "…",
            "blocks": [],
        },
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [action],
    }
