"""A backup put in the place of the database, as docs/operate.md says: the bot goes on from its state."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

from bot.store.backup import back_up
from tests.support.whole_bot import THREE, Services, services, soon

PARTS: dict[str, Any] = {"workspaces": THREE, "rules": "[{name: failures, metric: fail_count, limit: 5}]"}


def posts(home: Services) -> Counter[str]:
    """How often each message was posted."""
    return Counter(
        one.key or "" for one in home.slack.log if one.applied and one.method == "chat.postMessage"
    )


def said(home: Services, words: str) -> bool:
    return any(words in text for text in home.texts())


async def test_after_a_restore_a_known_alert_keeps_its_message_and_a_later_alert_is_posted_once_more(
    tmp_path: Path,
) -> None:
    database, backup = tmp_path / "bot.db", tmp_path / "backup.db"
    async with services(tmp_path) as home:
        home.dlf.fail("ws-sales", 7)
        async with home.bot(**PARTS):
            await soon(lambda: said(home, "sales: 7 failed"))
            back_up(database, backup, progress=lambda _left, _total: None)
            home.dlf.fail("ws-logs", 9)
            await soon(lambda: said(home, "logs: 9 failed"))
        os.replace(backup, database)
        home.dlf.fail("ws-sales", 1)
        home.dlf.fail("ws-logs", 1)
        async with home.bot(**PARTS):
            await soon(lambda: said(home, "logs: 10 failed"))
            await soon(lambda: said(home, "sales: 8 failed"))
        assert sorted(posts(home).values()) == [1, 2]
        assert [posts(home)[key] for key in posts(home) if "/sales/" in key] == [1]
