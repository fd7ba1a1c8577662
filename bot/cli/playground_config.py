"""The YAML of a bot's config against an imitated DLF and an imitated Slack."""

PROJECT = """\
  - name: {name}
    endpoint: {dlf}
    iam_endpoint: {dlf}
    jobs_endpoint: {jobs}
    project_id: {project_id}
    timezone: {timezone}
    requests_per_second: {requests_per_second}
    auth: {auth}
    workspaces: {workspaces}
{more_of_project}"""
CONFIG = """\
projects:
{projects}slack:
  bot_token: {bot_token}
  {transport}
  channel: "{channel}"
  api_url: {slack}
  locale: {locale}
store: {store}
http: {http}
poll_every: {poll_every}
rules: {rules}
digests: {digests}
{more}
"""
PROJECT_DEFAULTS = {
    "auth": "{access_key: AKPLAYGROUND, secret_key: playground-secret}",
    "workspaces": "[{name: sales, id: ws-sales}]",
    "project_id": "playground",
    "timezone": "Asia/Singapore",
    "requests_per_second": "8",
    "more_of_project": "",
}
CONFIG_DEFAULTS = {
    "bot_token": "xoxb-playground",
    "transport": "app_token: xapp-playground",
    "channel": "#data-ops",
    "locale": "en",
    "http": "{host: 127.0.0.1, port: 0}",
    "poll_every": "1s",
    "rules": "[]",
    "digests": "[]",
    "more": "unreadable_after: 3",
}


def project_yaml(name: str, dlf: str, **parts: str) -> str:
    """Return a project at the imitated DLF, with some of `PROJECT_DEFAULTS` replaced."""
    return PROJECT.format(name=name, dlf=dlf, **({"jobs": dlf} | PROJECT_DEFAULTS | parts))


def config_yaml(*projects: str, slack: str, store: str, **parts: str) -> str:
    """Return a config of these projects, with some of `CONFIG_DEFAULTS` replaced."""
    return CONFIG.format(projects="".join(projects), slack=slack, store=store, **(CONFIG_DEFAULTS | parts))
