"""The whole file: its top-level keys and the sections below them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.config.addresses import DATABASE, HOST, label_of
from bot.config.digests import DIGEST, read_digests
from bot.config.heartbeat import BRANCH as HEARTBEAT
from bot.config.heartbeat import read_heartbeat
from bot.config.jobs import JOBS, with_jobs
from bot.config.keys import Branch, Key, Shape
from bot.config.metrics import BRANCH as METRICS
from bot.config.metrics import read_counts
from bot.config.mistakes import Mistakes
from bot.config.polling import POLL_EVERY, read_poll_every
from bot.config.projects import PROJECT, read_projects
from bot.config.reader import Section
from bot.config.references import WorkspaceIndex
from bot.config.rules import RULE, lines_of_rules, read_rules
from bot.config.scalars import ONE_LINE_SECRET, duration, one_of, whole
from bot.config.settings import Config, HttpSettings, LogFormat, LogLevel, LogSettings, SlackSettings
from bot.config.slack import NO_SLACK, SLACK, read_slack
from bot.config.unreadable import BRANCH as UNREADABLE
from bot.config.unreadable import NOT_BOTH, read_unreadable
from bot.config.unreadable import SHORT as UNREADABLE_AFTER

LISTEN_ON = 'The address to listen on: "::" is every address, IPv6 and IPv4; 0.0.0.0 every IPv4 address.'
# Platforms probe from outside, some by IPv6 alone; nothing secret is served.
HOST_KEY = Key("host", HOST, LISTEN_ON, default="::", example='"::"')
PORT = Key("port", whole(0, 65535), "The port; 0 takes any free one.", default=8080, example="8080")
HTTP_TOKEN = Key(
    "token",
    ONE_LINE_SECRET,
    'If set, health and metrics require "Authorization: Bearer <token>".',
    example="${HTTP_TOKEN}",
    also=("bearer_token",),
    keeps_out="everyone who reaches the port may read health and metrics",
)
HTTP = Shape("http", (HOST_KEY, PORT, HTTP_TOKEN))

FORMAT = Key(
    "format", one_of(LogFormat, "a log format"), "One line per event, as text or JSON.", default="text"
)
LEVEL = Key("level", one_of(LogLevel, "a log level"), "Least severe level that is logged.", default="info")
LOGS = Shape("logs", (FORMAT, LEVEL))

PROJECTS = Branch("projects", PROJECT, "The Huawei Cloud projects to watch.", required=True, many=True)
SLACK_BRANCH = Branch("slack", SLACK, "The Slack app.", required=True)
STORE = Key(
    "store",
    DATABASE,
    "The database: an SQLite file (relative to the working directory), or PostgreSQL for several replicas.",
    required=True,
    example="sqlite:///dlf-bot.db",
    also=("database", "db", "database_url"),
)
HTTP_BRANCH = Branch("http", HTTP, "Health, metrics, and Slack's requests in HTTP mode.")
RULES = Branch("rules", RULE, "When to alert.", many=True, also=("alerts",))
DIGESTS = Branch("digests", DIGEST, "Scheduled summaries.", many=True)
KEEP = Key(
    "keep",
    duration(timedelta(days=1), timedelta(days=3650)),
    "How long counts, alerts, silences and messages are kept; messages at least 10 days.",
    default="90d",
    example="90d",
    also=("retention",),
)
LOGS_BRANCH = Branch("logs", LOGS, "What is logged.", also=("log", "logging"))
ROOT = Shape(
    "dlf-bot's configuration",
    (
        PROJECTS,
        SLACK_BRANCH,
        STORE,
        HTTP_BRANCH,
        POLL_EVERY,
        RULES,
        DIGESTS,
        JOBS,
        UNREADABLE,
        UNREADABLE_AFTER,
        KEEP,
        LOGS_BRANCH,
        METRICS,
        HEARTBEAT,
    ),
    NOT_BOTH,
)


_NO_SLACK = replace(SLACK_BRANCH, required=False)
WITHOUT_SLACK = replace(ROOT, keys=tuple(_NO_SLACK if key is SLACK_BRANCH else key for key in ROOT.keys))


def read_root(section: Section, path: Path, *, slack: bool = True) -> Config | None:
    """The config; None if a required part is wrong (and reported).

    With `slack` False nothing about Slack is required: if it cannot be read, its settings are empty.
    """
    directory = WorkspaceIndex()
    projects = with_jobs(read_projects(section, PROJECTS, directory), section, directory)
    settings = _read_slack(section, needed=slack)
    store = section.take(STORE)
    http, logs = _read_http(section.branch(HTTP_BRANCH)), _read_logs(section.branch(LOGS_BRANCH))
    poll_every = read_poll_every(section, projects)
    rules = read_rules(section, RULES, directory, poll_every)
    digests = read_digests(section, DIGESTS, directory)
    unreadable, unreadable_after = read_unreadable(section, poll_every)
    keep = section.get(KEEP)
    counts_shown, heartbeat = read_counts(section), read_heartbeat(section)
    if not projects or not settings or not store:
        return None
    return Config(
        path=path,
        projects=projects,
        slack=settings,
        store=store,
        store_label=label_of(store.reveal()),
        http=http,
        poll_every=poll_every,
        rules=rules,
        digests=digests,
        unreadable=unreadable,
        unreadable_after=unreadable_after,
        keep=keep,
        logs=logs,
        counts_shown=counts_shown,
        heartbeat=heartbeat,
        rule_lines=lines_of_rules(section, RULES),
    )


def _read_slack(section: Section, *, needed: bool) -> SlackSettings | None:
    if needed:
        return next((read_slack(one) for one in section.branches(SLACK_BRANCH)), None)
    unsaid = Mistakes(section.report.file)
    node = section.node(SLACK_BRANCH)
    found = read_slack(Section(node, SLACK, SLACK.title, unsaid)) if node else None
    return found or NO_SLACK


def _read_http(section: Section) -> HttpSettings:
    return HttpSettings(section.get(HOST_KEY), section.get(PORT), section.take(HTTP_TOKEN))


def _read_logs(section: Section) -> LogSettings:
    return LogSettings(section.get(FORMAT), section.get(LEVEL))
