"""Shared by the tests of the config: a small good file, an environment, and a reader of texts."""

from pathlib import Path

import pytest

from bot.config import Config, load
from bot.errors import ConfigError

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.yaml"
BROKEN = sorted((ROOT / "tests" / "config" / "configs").glob("*.yaml"))
ENVIRON = {
    "DLF_PROJECT_ID": "0123456789abcdef",
    "HUAWEICLOUD_SDK_AK": "AKEXAMPLE",
    "HUAWEICLOUD_SDK_SK": "hunter2",
    "SLACK_BOT_TOKEN": "xoxb-hunter2",
    "SLACK_APP_TOKEN": "xapp-hunter2",
    "SK": "hunter2",
    "EMPTY": "",
    "ABSENT_FILE": "/nonexistent/file",
}
SMALL = """\
projects:
  - name: prod
    region: ap-southeast-3
    project_id: 0123456789
    timezone: Asia/Singapore
    auth: {token: hunter2}
    workspaces: [{name: sales, id: 007}, {name: finance, id: ws2, channel: C0FINANCE}]
slack: {bot_token: xoxb-hunter2, app_token: xapp-hunter2, channel: "#data-ops"}
store: sqlite:///dlf-bot.db
"""
RULE = "rules: [{name: r, metric: %s, limit: %s}]\n"


class Reader:
    """Writes a text or bytes to a file and loads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, source: str | bytes, **environ: str) -> Config:
        self.path.write_bytes(source.encode() if isinstance(source, str) else source)
        return load(self.path, ENVIRON | environ)

    def mistakes(self, source: str | bytes, **environ: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            self(source, **environ)
        return [f"{mistake.line}: {mistake.what} {mistake.remedy}" for mistake in caught.value.mistakes]

    def outcome(self, source: str | bytes, **environ: str) -> Config | ConfigError:
        try:
            return self(source, **environ)
        except ConfigError as error:
            return error
