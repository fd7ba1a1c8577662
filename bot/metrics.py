"""The metrics for Prometheus: counts and times, never a secret, never a user."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_FAST = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30)
_SLOW = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600)


class Metrics:
    """Every metric of a running bot, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.polls = self._counter("polls", "Reads of a workspace and day, by outcome.", "project", "outcome")
        self.dlf_seconds = self._histogram(
            "dlf_seconds", "Time until DLF answered or failed.", _FAST, "project"
        )
        self.dlf_errors = self._counter("dlf_errors", "Failed questions to DLF, by kind.", "project", "kind")
        self.notices = self._counter(
            "notices", "What Slack confirmed, by reason and action.", "reason", "action"
        )
        self.notice_errors = self._counter("notice_errors", "Tries Slack did not confirm, by code.", "code")
        self.notice_delay = self._histogram("notice_delay_seconds", "From wanted to confirmed.", _SLOW)
        self.adopted = self._counter("notices_adopted", "Notices found in Slack after an unknown outcome.")
        self.possible_repeats = self._counter(
            "notices_possible_repeats", "Notices posted again because the history could not be read."
        )
        self.queued = self._gauge("notices_queued", "Notices Slack has not confirmed yet.")
        self.oldest = self._gauge("notices_oldest_seconds", "Age of the oldest unconfirmed notice.")
        self.parked = self._gauge("notices_parked", "Notices whose channel cannot be used.")
        self.commands = self._counter("commands", "Slash commands, by outcome.", "command", "outcome")
        self.command_seconds = self._histogram(
            "command_seconds", "Until the complete answer.", _FAST, "command"
        )
        self.ticks = self._counter("ticks", "Turns of the scheduler, by job and outcome.", "job", "outcome")
        self.connected = self._gauge("slack_connected", "1 while Slack can reach this process.")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, namespace="dlf_bot", registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, namespace="dlf_bot", registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, namespace="dlf_bot", registry=self.registry)
