"""The metrics, the dashboard and the rules under a real Prometheus, which scrapes a playground."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.metrics import Metrics
from bot.server.condition import Condition
from bot.server.http_server import HttpApplication
from tests.support.config_texts import ROOT
from tests.support.prometheus import PATIENCE, Prometheus, needs_prometheus, promtool, scraping

pytestmark = pytest.mark.real_time

RULES = ROOT / "deploy" / "prometheus-rules.yaml"
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text("utf-8"))
RULE_TESTS = Path(__file__).with_name("prometheus_rules_test.yaml")
RENDERED = b"# HELP rendered It went on.\n# TYPE rendered gauge\nrendered 1.0\n"
# What Grafana puts in place of its variables.
VARIABLES = {"$__rate_interval": "1m", "$job": ".*", "$project": ".*", "$workspace": ".*"}


def queries() -> dict[str, str]:
    """Every query of the dashboard and the rules, without what makes a rule fire."""
    found = {}
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            expression = target["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            found[f"{panel['title']} {target['refId']}"] = expression
    for rule in yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]:
        measured, compared = re.subn(r" [<>] \d+$", "", rule["expr"])
        assert compared == 1, rule["expr"]
        found[rule["alert"]] = measured
    return found


@pytest.fixture(scope="module")
def metrics_url() -> Iterator[str]:
    """Where a playground of its own process shows the bot's metrics."""
    command = [sys.executable, "-m", "bot", "playground", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = (re.search(r"http://\S+/metrics", line) for line in process.stdout)
            yield next(found[0] for found in said if found)
        finally:
            process.send_signal(signal.SIGTERM)


@pytest.fixture(scope="module")
def prometheus(metrics_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    target = metrics_url.removeprefix("http://").removesuffix("/metrics")
    with scraping(target, tmp_path_factory.mktemp("prometheus"), RULES) as found:
        yield found


@needs_prometheus
def test_prometheus_has_no_complaint_about_the_metrics(metrics_url: str) -> None:
    with urlopen(metrics_url) as answer:
        checked = promtool("check", "metrics", given=answer.read().decode())
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


class Slow(Collector):
    """A page that is not rendered before the event loop says so."""

    def __init__(self) -> None:
        self.begun, self.goes_on, self.pages = threading.Event(), threading.Event(), 0

    def collect(self) -> Iterator[Metric]:
        self.pages += 1
        self.begun.set()
        assert self.goes_on.wait(PATIENCE), "the event loop stands still"
        yield GaugeMetricFamily("rendered", "It went on.", value=1)


async def test_the_bot_goes_on_while_a_long_page_is_rendered_once_for_all() -> None:
    registry, slow = CollectorRegistry(auto_describe=False), Slow()
    sent: list[Any] = []
    registry.register(slow)
    slow.pages = 0

    async def ready() -> Condition:
        return Condition()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"path": "/metrics", "method": "GET", "headers": []}
    application = HttpApplication(ready, registry)
    scrapes = [asyncio.create_task(application(scope, asyncio.Queue().get, send)) for _ in range(3)]
    while not slow.begun.is_set():
        await asyncio.sleep(0)
    slow.goes_on.set()
    await asyncio.gather(*scrapes)
    assert [one["body"] for one in sent if "body" in one] == [RENDERED] * 3
    assert slow.pages == 1


@needs_prometheus
def test_each_query_of_the_dashboard_and_the_rules_returns_series(prometheus: Prometheus) -> None:
    missing, until = queries(), time.monotonic() + PATIENCE
    assert len(missing) >= 25
    while missing and time.monotonic() < until:
        time.sleep(0.5)
        missing = {name: one for name, one in missing.items() if not prometheus.query(one)}
    assert missing == {}
    assert prometheus.alerts() == []


@needs_prometheus
def test_the_rules_are_well_formed_and_fire_when_they_should(tmp_path: Path) -> None:
    checked = promtool("check", "rules", RULES)
    assert checked.returncode == 0, checked.stderr
    tests = tmp_path / "rules_test.yaml"
    tests.write_text(RULE_TESTS.read_text("utf-8").replace("RULES", str(RULES)), encoding="utf-8")
    tried = promtool("test", "rules", tests)
    assert tried.returncode == 0, tried.stdout + tried.stderr


def test_dashboard_and_rules_name_only_metrics_that_there_are() -> None:
    known = {family.name for family in Metrics().registry.collect()}
    named = set(re.findall(r"dlf_bot_\w+", " ".join(queries().values())))
    assert {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in named} <= known


def test_every_panel_names_what_it_shows_and_has_a_place_of_its_own() -> None:
    places = set()
    for panel in DASHBOARD["panels"]:
        assert panel["title"]
        assert panel["description"]
        place = panel["gridPos"]
        places |= {
            (place["x"] + across, place["y"] + down)
            for across in range(place["w"])
            for down in range(place["h"])
        }
    assert len(places) == sum(one["gridPos"]["w"] * one["gridPos"]["h"] for one in DASHBOARD["panels"])
    assert {one["id"] for one in DASHBOARD["panels"]} == {*range(1, len(DASHBOARD["panels"]) + 1)}
