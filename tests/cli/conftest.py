"""A terminal, and a small config for commands that need no Slack; `environ` says which secrets there are."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.config_texts import ENVIRON, SMALL
from tests.support.whole_bot import Terminal


@pytest.fixture
def environ() -> Mapping[str, str]:
    """The environment of the terminal; a test of commands that reach Slack and DLF has another."""
    return ENVIRON


@pytest.fixture
def terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, environ: Mapping[str, str]
) -> Terminal:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DLF_BOT_CONFIG", raising=False)
    return Terminal(capsys)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config without any way to Slack: these commands need none."""
    path = tmp_path / "dlf.yaml"
    path.write_text(SMALL.replace("sqlite:///dlf-bot.db", f"sqlite:///{tmp_path}/bot.db"), encoding="utf-8")
    return path
