"""The metrics for Prometheus: counts and times, never a secret, never a user."""

import platform
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot import __version__

_NAMESPACE = "dlf_bot"
_FAST = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30)
_SLOW = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600)
_CALLS = (0.005, 0.05, 0.25, 1, 5)
DELIVERY_OUTCOMES = ("confirmed", "unsure", "refused")
# Slack's methods that send notices; calls of the others are counted together.
SENDING = ("chat.postMessage", "chat.update")
OTHER = "other"
# Values of a gauge by the values of its labels.
Samples = Mapping[tuple[str, ...], float]
# Read from the database, so every replica shows the same: the meaning and the labels of each gauge.
RECORD = {
    "instances": (
        "DLF's counts of job instances while they are known, absent otherwise.",
        ("project", "workspace", "day", "count"),
    ),
    "last_read_age_seconds": (
        "Age of the last successful poll of today's counts; without one, of this process.",
        ("project", "workspace"),
    ),
    "alerts": ("Alerts by state and severity.", ("state", "severity")),
    "silences": ("Silences that have not ended.", ()),
    "leases_held": ("Leases that this process holds, by kind.", ("kind",)),
}

# Else each counter and histogram has a line more, which nothing asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Record(Collector):
    """The gauges of `RECORD`: they have no samples while the database cannot be read."""

    def __init__(self) -> None:
        self._samples: Mapping[str, Samples] = {}

    def show(self, samples: Mapping[str, Samples]) -> None:
        """Have these samples, by the names of their gauges, and no others."""
        self._samples = samples

    def collect(self) -> Iterator[GaugeMetricFamily]:
        samples = self._samples  # of a single reading, although this runs in a thread
        for name, (text, labels) in RECORD.items():
            family = GaugeMetricFamily(f"{_NAMESPACE}_{name}", text, labels=labels)
            for values, number in samples.get(name, {}).items():
                family.add_metric(values, number)
            yield family


class Metrics:
    """Every metric of a running bot, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.polls = self._counter("polls", "Polls of a workspace and day, by outcome.", "project", "outcome")
        self.dlf_seconds = self._histogram(
            "dlf_seconds", "Time until DLF answered or failed.", _FAST, "project"
        )
        self.dlf_errors = self._counter("dlf_errors", "Failed DLF requests, by kind.", "project", "kind")
        self._add_notices()
        self.commands = self._counter("commands", "Slash commands, by outcome.", "command", "outcome")
        self.command_seconds = self._histogram(
            "command_seconds", "Seconds until the complete answer.", _FAST, "command"
        )
        self.ticks = self._counter("ticks", "Scheduler runs, by job and outcome.", "job", "outcome")
        self.connected = self._gauge("slack_connected", "1 while Slack can reach this process.")
        self.slack_seconds = self._histogram(
            "slack_seconds", "Time until Slack answered a call or it failed, by method.", _FAST, "method"
        )
        self.store_seconds = self._histogram(
            "store_seconds", "Time for a read or a write of the database.", _CALLS, "operation"
        )
        self.store_up = self._gauge("store_up", "1 while the metrics can be read from the database.")
        self.replicas_died = self._counter(
            "replicas_died", "Dead processes whose work was taken over before their leases ended."
        )
        self.heartbeats = self._counter("heartbeats", "Heartbeat requests, by outcome.", "outcome")
        self.record = Record()
        self.registry.register(self.record)
        self._make_series()
        build = self._gauge("build_info", "Always 1; the labels say what runs.", "version", "python")
        build.labels(__version__, platform.python_version()).set(1)

    def _add_notices(self) -> None:
        self.notices = self._counter(
            "notices", "Messages confirmed by Slack, by reason and action.", "reason", "action"
        )
        self.deliveries = self._counter("deliveries", "Attempts to send a message, by outcome.", "outcome")
        self.notice_errors = self._counter(
            "notice_errors", "Send attempts not confirmed by Slack, by code.", "code"
        )
        self.notice_delay = self._histogram("notice_delay_seconds", "Seconds from due to confirmed.", _SLOW)
        self.adopted = self._counter("notices_adopted", "Messages found in Slack after an unknown outcome.")
        self.possible_repeats = self._counter(
            "notices_possible_repeats", "Messages posted again because the history could not be read."
        )
        self.folds = self._counter("folds", "Messages that sum up several alerts.")
        self.folded_alerts = self._counter("folded_alerts", "Alerts in such messages.")
        self.queued = self._gauge("notices_queued", "Messages not confirmed by Slack yet.")
        self.oldest = self._gauge("notices_oldest_seconds", "Age of the oldest unconfirmed message.")
        self.parked = self._gauge("notices_parked", "Messages waiting for a channel that cannot be used.")

    def _make_series(self) -> None:
        """Make the series whose labels are known at the start."""
        for outcome in DELIVERY_OUTCOMES:
            self.deliveries.labels(outcome)
        for outcome in ("ok", "failed"):
            self.heartbeats.labels(outcome)
        for method in (*SENDING, OTHER):
            self.slack_seconds.labels(method)
        for operation in ("read", "write"):
            self.store_seconds.labels(operation)

    def observe_slack(self, method: str, seconds: float) -> None:
        self.slack_seconds.labels(method if method in SENDING else OTHER).observe(seconds)

    def observe_store(self, operation: str, seconds: float) -> None:
        self.store_seconds.labels(operation).observe(seconds)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, namespace=_NAMESPACE, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, namespace=_NAMESPACE, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, namespace=_NAMESPACE, registry=self.registry)
