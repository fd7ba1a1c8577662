"""The config as read from the YAML: frozen, valid throughout, with every default in place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from bot.dlf.settings import Project
from bot.domain.digest import Plan
from bot.domain.model import COUNT_NAMES, Workspace
from bot.domain.rules import Rule
from bot.secret import Secret

# From more workspaces, `auto` shows only the main counts.
MANY_WORKSPACES = 200
MAIN_COUNTS = ("fail_count", "running_exception_count", "total_count")


class Locale(StrEnum):
    EN = "en"
    ZH = "zh"


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class CountsShown(StrEnum):
    """Which of DLF's counts are metrics."""

    AUTO = "auto"
    ALL = "all"
    MAIN = "main"
    NONE = "none"

    def names(self, workspaces: int) -> tuple[str, ...]:
        """The names of the counts for so many workspaces."""
        if self is CountsShown.NONE:
            return ()
        if self is CountsShown.MAIN or (self is CountsShown.AUTO and workspaces > MANY_WORKSPACES):
            return MAIN_COUNTS
        return COUNT_NAMES


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """`api_url` ends in a slash. Without `admins` it is for the reader to choose a safe default."""

    bot_token: Secret
    channel: str
    app_token: Secret | None = None
    signing_secret: Secret | None = None
    api_url: str = field(kw_only=True)
    locale: Locale = field(kw_only=True)
    admins: tuple[str, ...] = ()
    team: str | None = None
    enterprise: str | None = None


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where health, metrics and Slack's requests are served; `token` guards the first two."""

    host: str
    port: int
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class HeartbeatSettings:
    """The address to call while all is well. Its path is a secret."""

    url: Secret
    every: timedelta


@dataclass(frozen=True, slots=True)
class LogSettings:
    format: LogFormat
    level: LogLevel


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration. `store` is a URL that may hold a password: show `store_label` instead."""

    path: Path
    projects: tuple[Project, ...]
    slack: SlackSettings
    store: Secret
    store_label: str
    http: HttpSettings
    poll_every: timedelta
    rules: tuple[Rule, ...]
    digests: tuple[Plan, ...]
    unreadable: Rule
    unreadable_after: int
    keep: timedelta
    logs: LogSettings
    counts_shown: CountsShown
    heartbeat: HeartbeatSettings | None
    rule_lines: Mapping[str, int]

    @property
    def workspaces(self) -> tuple[Workspace, ...]:
        """All workspaces, in the order of the file."""
        return tuple(workspace for project in self.projects for workspace in project.workspaces)

    @property
    def identities(self) -> dict[str, str]:
        """The identity behind each project's name and each workspace's key; it survives a rename."""
        projects = {project.name: project.project_id for project in self.projects}
        return projects | {one.key: f"{projects[one.project]}/{one.id}" for one in self.workspaces}

    def rule(self, name: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.name == name), None)
