"""`dlf-bot check`, offline: parts of a valid config that are probably not meant."""

from collections import defaultdict
from collections.abc import Iterator

from bot.cli.finding import Finding
from bot.config import Config

ROTATING = "xoxe."


def doubts(config: Config) -> Iterator[Finding]:
    tokens = {"bot_token": config.slack.bot_token, "app_token": config.slack.app_token}
    for name, token in tokens.items():
        if token and token.reveal().startswith(ROTATING):
            yield Finding(
                "slack",
                f"slack.{name} begins with {ROTATING}: a rotating token, which expires after 12 hours."
                " dlf-bot does not renew tokens. Use a Slack app without token rotation.",
                "warn",
            )
    named = defaultdict[tuple[str, str], list[str]](list)
    for project in config.projects:
        for workspace in project.workspaces:
            named[project.project_id, workspace.id].append(workspace.key)
    for (_, workspace_id), keys in named.items():
        if len(keys) > 1:
            yield Finding(
                "workspace",
                f"{' and '.join(keys)} have the same id ({workspace_id}), so each failure is reported twice."
                " Correct an id, or remove one of them.",
                "warn",
            )
