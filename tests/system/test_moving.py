"""The move to another store under a burning alert: nothing is lost, nothing is told twice."""

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from bot.store.copy import copy_database
from tests.support.whole_bot import ADA, FAILURES, OPS, THREE, services, soon, utc

pytestmark = [pytest.mark.postgres, pytest.mark.real_time]

DIGEST = '[{name: morning, at: "09:00"}]'


async def test_sqlite_to_postgresql_and_back_while_an_alert_burns(
    tmp_path: Path, empty_postgres: str
) -> None:
    file = f"sqlite:///{tmp_path / 'bot.db'}"
    async with services(tmp_path, at=utc(2026, 11, 23, 2)) as home:
        parts: dict[str, Any] = {"rules": FAILURES, "workspaces": THREE, "digests": DIGEST}
        home.clock.jump_to_next(time(8, 58), home.dlf.zone)
        async with home.bot(store=file, **parts):
            home.dlf.fail("ws-sales", 7)
            await soon(lambda: len(home.texts()) == 1)
            home.clock.jump_to_next(time(9, 0), home.dlf.zone)
            await soon(lambda: len(home.texts()) == 2)
            root = home.slack.messages(OPS)[0]
            await home.slack.click(ADA, OPS, root.ts, "alert_acknowledge")
            await soon(lambda: "Taken by" in home.slack.message(OPS, root.ts).text)
            # Owed when the bot stops: the database alone knows of it.
            home.slack.faults.trouble("slack_errors")
            home.dlf.fail("ws-finance", 9)
            await soon(lambda: [one for one in home.slack.log if not one.applied])
        await copy_database(file, empty_postgres)
        home.slack.faults.clear()
        async with home.bot(store=empty_postgres, **parts) as bot:
            await soon(lambda: len(home.texts()) == 3)
            assert "finance" in home.texts()[2]
            home.dlf.heal("ws-sales")
            await soon(lambda: "Resolved" in home.slack.message(OPS, root.ts).text)
            await soon(lambda: bot.poller.last_read_at)
        back = f"sqlite:///{tmp_path / 'back.db'}"
        await copy_database(empty_postgres, back)
        async with home.bot(store=back, **parts):
            second = home.slack.messages(OPS)[2]
            home.dlf.heal("ws-finance")
            await soon(lambda: "Resolved" in home.slack.message(OPS, second.ts).text)
            await soon(lambda: len(home.thread(second.ts)) == 1)
        assert len(home.texts()) == 3
        assert "Resolved" in home.thread(root.ts)[-1]
        posted = [one.key for one in home.slack.log if one.method == "chat.postMessage" and one.applied]
        assert len(posted) == len(set(posted))
