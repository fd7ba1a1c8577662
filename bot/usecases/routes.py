"""`Routes`: the parts of the config that notices need."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert
from bot.domain.model import Workspace, zone_of
from bot.domain.rules import Rule
from bot.domain.unreadable import UNREADABLE


@dataclass(frozen=True, slots=True)
class Routes:
    """Channels, rules, words and links."""

    workspaces: Mapping[str, Workspace]
    rules: Mapping[str, Rule]
    default_channel: str
    locale: str
    poll_every: timedelta
    unreadable_after: int
    unreadable: Rule = UNREADABLE
    # True if DLF lists the workspace's jobs.
    lists_jobs: Callable[[Workspace], bool] = lambda workspace: False

    def channel(self, rule: Rule, workspace: Workspace | None) -> str:
        return rule.channel or (workspace.channel if workspace else None) or self.default_channel

    def zone(self, alert: Alert) -> ZoneInfo | None:
        """The time zone of the alert's date, even if its workspace left the config."""
        known = alert.terms.zone if alert.terms else None
        return zone_of(alert.key.subject, self.workspaces) or known
