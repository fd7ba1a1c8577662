"""The YAML's `slack`: tokens, the default channel, language, admins."""

import re

from bot.config.addresses import ADMIN, BASE_URL, CHANNEL, ENTERPRISE, TEAM, token
from bot.config.keys import Key, ScalarKind, Shape
from bot.config.reader import Section
from bot.config.scalars import ONE_LINE_SECRET, one_of
from bot.config.settings import Locale, SlackSettings
from bot.secret import Secret


def language(text: str) -> Locale:
    """The language alone counts: zh-CN and zh_CN.UTF-8 are zh."""
    return one_of(Locale, "a language of the bot").parse(re.split(r"(?<=^[A-Za-z]{2})[-_.]", text)[0])


BOT_TOKEN = Key(
    "bot_token",
    token("xoxb-", {"xapp-": "an app-level token, which is the app_token", "xoxp-": "a person's token"}),
    "The bot user's token, from OAuth & Permissions (xoxb-...).",
    required=True,
    example="${SLACK_BOT_TOKEN}",
    also=("token",),
)
APP_TOKEN = Key(
    "app_token",
    token("xapp-", {"xoxb-": "a bot token, which is the bot_token", "xoxp-": "a person's token"}),
    "App-level token (xapp-...) for Socket Mode; no public address needed. Then signing_secret is not used.",
    example="${SLACK_APP_TOKEN}",
)
SIGNING_SECRET = Key(
    "signing_secret",
    ONE_LINE_SECRET,
    "Signing secret for HTTP mode; used only without app_token.",
    example="${SLACK_SIGNING_SECRET}",
)
CHANNEL_KEY = Key(
    "channel",
    CHANNEL,
    "Default channel: a name in quotes or an id (C...).",
    required=True,
    example='"#data-ops"',
)
API_URL = Key("api_url", BASE_URL, "Where Slack's Web API is.", default="https://slack.com/api/")
LOCALE = Key(
    "locale",
    ScalarKind(language, one_of(Locale, "a language of the bot").schema),
    "The language of messages.",
    default="en",
    also=("language", "lang"),
)
ADMINS = Key(
    "admins",
    ADMIN,
    "Users (U...) and user groups (S...) who may silence alerts and post digests. Default: all full members.",
    many=True,
    example="[U0ADA, S0ONCALL]",
    keeps_out="every full member may silence alerts and post digests",
)
TEAM_KEY = Key(
    "team",
    TEAM,
    "Id (T...) of the only Slack workspace the bot may work in; with the token of another it does not start.",
    example="T0123456789",
    keeps_out="the bot works in whichever Slack workspace its token is for",
)
ENTERPRISE_KEY = Key(
    "enterprise",
    ENTERPRISE,
    "Id (E...) of the only Slack enterprise the bot may work in.",
    example="E0123456789",
    keeps_out="the bot works in whichever enterprise its token is for",
)
SLACK = Shape(
    "slack",
    (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, CHANNEL_KEY, API_URL, LOCALE, ADMINS, TEAM_KEY, ENTERPRISE_KEY),
    {"anyOf": [{"required": ["app_token"]}, {"required": ["signing_secret"]}]},
)


# For commands that need nothing of Slack.
NO_SLACK = SlackSettings(Secret(""), "", api_url=API_URL.usual[0], locale=LOCALE.usual[0])


def read_slack(section: Section) -> SlackSettings | None:
    """None when something it cannot do without is wrong (and reported)."""
    bot_token, app_token = section.take(BOT_TOKEN), section.take(APP_TOKEN)
    signing_secret, channel = section.take(SIGNING_SECRET), section.take(CHANNEL_KEY)
    api_url = section.get(API_URL)
    locale, admins = section.get(LOCALE), section.take_all(ADMINS)
    team, enterprise = section.take(TEAM_KEY), section.take(ENTERPRISE_KEY)
    if section.is_readable and not section.has(APP_TOKEN) and not section.has(SIGNING_SECRET):
        section.wrong(
            section.line,
            "there is neither app_token nor signing_secret, so Slack cannot reach the bot.",
            'Add "app_token: ${SLACK_APP_TOKEN}" (Socket Mode), or signing_secret for HTTP.',
        )
    if not bot_token or not channel:
        return None
    return SlackSettings(
        bot_token,
        channel,
        app_token,
        signing_secret,
        admins,
        team,
        enterprise,
        api_url=api_url,
        locale=locale,
    )
