"""The sources of the metrics: who observes what, the series that exist from the start, the record."""

from bot.app.resources import Resources
from bot.domain.alerts import Reason
from bot.domain.slack_codes import RATELIMITED, TIMEOUT
from bot.errors import DlfRefused, DlfRejected, DlfUnavailable, DlfUnreadable
from bot.slack.manifest import COMMANDS

DLF_ERRORS = tuple(kind.__name__ for kind in (DlfRefused, DlfRejected, DlfUnavailable, DlfUnreadable))
POLL_OUTCOMES = ("ok", "failed", "given back", "taken over")


def observe(resources: Resources) -> None:
    """Have store and Slack tell their times, and make every series that a first event would make.

    Of a series that begins with 1 Prometheus sees no increase.
    """
    metrics = resources.replica.metrics
    resources.replica.store.observe(metrics.observe_store)
    resources.sender.web.observe = metrics.observe_slack
    for project in resources.config.projects:
        metrics.dlf_seconds.labels(project.name)
        for outcome in POLL_OUTCOMES:
            metrics.polls.labels(project.name, outcome)
        for kind in DLF_ERRORS:
            metrics.dlf_errors.labels(project.name, kind)
    for command in COMMANDS:
        metrics.command_seconds.labels(command)
        metrics.commands.labels(command, "failed")
    for reason in Reason:
        metrics.notices.labels(reason.value, "post")
        metrics.notices.labels(reason.value, "edit")
    for code in (TIMEOUT, RATELIMITED):
        metrics.notice_errors.labels(code)
