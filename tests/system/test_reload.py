"""A config read again: refused, taken as far as it can be, or given up where the bot does not start."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.reload import Reload
from bot.app.service_manager import notify_service_manager
from bot.config import Config, load
from bot.errors import ConfigError, StoreError
from bot.secret import Secret
from tests.support.config_texts import ENVIRON, EXAMPLE


class File:
    """A config file that a test changes."""

    def __init__(self) -> None:
        self.config = load(EXAMPLE, ENVIRON)
        self.error: ConfigError | None = None

    def read(self) -> Config:
        if self.error:
            raise self.error
        return self.config


async def asked(reload: Reload) -> bool:
    """Ask for a reload; whether there is another config to run with."""
    reload.request()
    waiting = asyncio.create_task(reload.wait())
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    waiting.cancel()
    return bool(done)


async def test_a_file_that_says_the_same_changes_nothing() -> None:
    file = File()
    reload = Reload(file.read, file.config)
    assert not await asked(reload)
    assert reload.config is file.config


async def test_a_file_with_mistakes_changes_nothing_and_each_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = File()
    reload = Reload(file.read, file.config)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("rules: 5\nslack: 3\n")
    with pytest.raises(ConfigError) as found:
        load(wrong, ENVIRON)
    file.error = found.value
    assert not await asked(reload)
    assert reload.config is file.config
    refused = [record for record in caplog.records if record.message == "config_refused"]
    assert len(refused) == len(found.value.mistakes) >= 2


async def test_a_setting_that_needs_a_restart_stays_and_is_reported() -> None:
    file = File()
    started = file.config
    reload = Reload(file.read, started)
    file.config = replace(
        started,
        store=Secret("sqlite:///other.db"),
        store_label="other",
        http=replace(started.http, port=1),
        slack=replace(started.slack, bot_token=Secret("xoxb-other"), channel="#elsewhere"),
        rules=started.rules[:1],
    )
    assert await asked(reload)
    used = reload.config
    assert (used.store, used.store_label, used.http) == (started.store, started.store_label, started.http)
    assert used.slack.bot_token == started.slack.bot_token
    assert (used.slack.channel, used.rules) == ("#elsewhere", started.rules[:1])
    assert reload.remarks == ["config: store, slack.bot_token, http changed in the file; restart to use that"]


async def test_a_config_that_does_not_start_is_replaced_by_the_previous_config() -> None:
    file = File()
    started = file.config
    reload = Reload(file.read, started)
    file.config = replace(started, rules=started.rules[:1])
    assert await asked(reload)
    assert reload.go_back(StoreError("The database is locked."))
    assert reload.config is started
    assert reload.remarks == ["config: the new one does not start: The database is locked."]
    assert not reload.go_back(StoreError("again")), "then the bot ends"


async def test_a_config_in_use_is_not_given_up_later() -> None:
    file = File()
    reload = Reload(file.read, file.config)
    file.config = replace(file.config, rules=())
    assert await asked(reload)
    reload.accept()
    assert not reload.go_back(StoreError("The disk is full."))


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_gets_the_notification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool
) -> None:
    path = f"\0{tmp_path.name}" if abstract else str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", path.replace("\0", "@"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        notify_service_manager("READY=1")
        assert manager.recv(100) == b"READY=1"


@pytest.mark.parametrize("path", ["", "/nowhere/notify"])
def test_without_a_service_manager_nothing_happens(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", path)
    notify_service_manager("READY=1")
