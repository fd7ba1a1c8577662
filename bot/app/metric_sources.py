"""The sources of the metrics: who observes what, the series that exist from the start, the record."""

from bot.app.resources import Resources
from bot.config import Config
from bot.domain.alerts import Reason
from bot.errors import DlfRefused, DlfRejected, DlfUnavailable, DlfUnreadable
from bot.metrics import Metrics
from bot.slack.manifest import COMMANDS
from bot.slack.sender import Sender
from bot.store.store import Store
from bot.usecases.record_metrics import RecordMetrics

DLF_ERRORS = tuple(kind.__name__ for kind in (DlfRefused, DlfRejected, DlfUnavailable, DlfUnreadable))
POLL_OUTCOMES = ("ok", "failed", "given back", "taken over")


def observe(metrics: Metrics, config: Config, store: Store, sender: Sender) -> None:
    """Have store and Slack tell their times, and make every series that a first event would make.

    Of a series that begins with 1 Prometheus sees no increase.
    """
    store.observe(metrics.observe_store)
    sender.web.observe = metrics.observe_slack
    for project in config.projects:
        metrics.dlf_seconds.labels(project.name)
        for outcome in POLL_OUTCOMES:
            metrics.polls.labels(project.name, outcome)
        for kind in DLF_ERRORS:
            metrics.dlf_errors.labels(project.name, kind)
    for command in COMMANDS:
        metrics.command_seconds.labels(command["command"])
        metrics.commands.labels(command["command"], "failed")
    for reason in Reason:
        metrics.notices.labels(reason.value, "post")
        metrics.notices.labels(reason.value, "edit")
    for code in ("timeout", "ratelimited"):
        metrics.notice_errors.labels(code)


def record_metrics(resources: Resources) -> RecordMetrics:
    """The numbers of the database's record, of this config's workspaces."""
    config = resources.config
    return RecordMetrics(
        config.workspaces,
        {rule.name: rule.severity for rule in (*config.rules, config.unreadable)},
        resources.store,
        resources.metrics,
        owner=resources.owner,
        clock=resources.clock,
        poll_every=config.poll_every,
        counts=config.counts_shown.names(len(config.workspaces)),
        timing=resources.timing,
    )
