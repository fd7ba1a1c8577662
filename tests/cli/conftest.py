"""A terminal and a small config, for commands that need no Slack; other tests here have their own."""

from pathlib import Path

import pytest

from tests.support.config_texts import ENVIRON, SMALL
from tests.support.whole_bot import Terminal


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    return Terminal(capsys)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config without any way to Slack: these commands need none."""
    path = tmp_path / "dlf.yaml"
    path.write_text(SMALL.replace("sqlite:///dlf-bot.db", f"sqlite:///{tmp_path}/bot.db"), encoding="utf-8")
    return path
