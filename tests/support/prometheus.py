"""`scraping()`: a Prometheus of Debian's package on loopback that scrapes an address each second."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

PROMTOOL = shutil.which("promtool")
needs_prometheus = pytest.mark.skipif(PROMTOOL is None, reason="needs promtool (Debian's package prometheus)")
CONFIG = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: dlf-bot
    static_configs: [{{targets: ["{target}"]}}]
"""
PATIENCE = 60.0


def promtool(*words: object, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run promtool, with `given` as its input."""
    command = [PROMTOOL or "promtool", *map(str, words)]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=60)


class Prometheus:
    """A running Prometheus, asked over HTTP."""

    def __init__(self, url: str) -> None:
        self._url = url

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an expression now. Raises HTTPError if Prometheus cannot parse it."""
        found = self._get(f"/api/v1/query?{urlencode({'query': expression})}")["data"]["result"]
        assert isinstance(found, list)
        return found

    def alerts(self) -> list[str]:
        """The names of the alerts that are pending or firing."""
        return [one["labels"]["alertname"] for one in self._get("/api/v1/alerts")["data"]["alerts"]]

    def is_ready(self) -> bool:
        try:
            with urlopen(f"{self._url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _get(self, path: str) -> Any:
        with urlopen(self._url + path, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def scraping(target: str, folder: Path, rules: Path) -> Iterator[Prometheus]:
    """Run Prometheus until the block ends; `target` is the host and port to scrape."""
    config = folder / "prometheus.yml"
    config.write_text(CONFIG.format(rules=rules, target=target), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        try:
            found = Prometheus(f"http://127.0.0.1:{port}")
            until = time.monotonic() + PATIENCE
            while not found.is_ready():
                assert process.poll() is None, "Prometheus has ended"
                assert time.monotonic() < until, "Prometheus is not ready"
                time.sleep(0.1)
            yield found
        finally:
            process.terminate()
