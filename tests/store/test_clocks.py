"""Leases and claims run on the database's clock: processes with other clocks agree on the holders."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.model import Day
from bot.domain.notices import Notice, Priority
from bot.store.store import Store, open_store
from tests.support.answering import Answering, answering

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
HELD = 55.0  # the longest that is believed is 60 s; a process is started and ended in a few
EVERYTHING = {"lease": True, "notice": True, "read": True}
NOTHING = dict.fromkeys(EVERYTHING, False)
# Puts the clock off before anything of the bot is imported, as a machine's may be.
ELSEWHERE = """\
import datetime, json, sys, time
tells, right, off = time.time, datetime.datetime, 0.0
class Shifted(right):
    @classmethod
    def now(cls, tz=None):
        return right.now(tz) + datetime.timedelta(seconds=off)
    @classmethod
    def utcnow(cls):
        return right.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(seconds=off)
time.time, datetime.datetime = (lambda: tells() + off), Shifted
for question in sys.stdin:
    url, off = json.loads(question)
    import asyncio
    from tests.store.test_clocks import be_elsewhere
    print(json.dumps(asyncio.run(be_elsewhere(url))), flush=True)
"""


async def takes(store: Store, owner: str, work: str) -> dict[str, bool]:
    """Try to get all that is done under a lease: what it got."""
    notice = Notice(f"of {work}", f"#{work}", "{}", "one", Priority.ALERT, NOW)
    await store.outbox.put(notice)
    await store.reads.ensure([(f"{work}/sales", Day.TODAY)], NOW)
    claimed = await store.reads.claim(owner, NOW, limit=9, lease_seconds=HELD, project=work)
    return {
        "lease": await store.leases.acquire(work, owner, HELD),
        "notice": await store.outbox.claim(f"#{work}", owner, HELD) is not None,
        "read": bool(claimed),
    }


async def be_elsewhere(url: str) -> dict[str, dict[str, bool]]:
    """The other process: it tries to take what is held, and then something else."""
    store = await open_store(url)
    took = {work: await takes(store, "there", work) for work in ("ours", "theirs")}
    await store.close()
    return took


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Answering]:
    """Another process, asked with an address and the seconds by which its clock is off."""
    with answering(ELSEWHERE, cwd=ROOT) as process:
        yield process


# With a clock half an hour off, a lease would be over at once; hours off the other way, it would never hold.
@pytest.mark.parametrize("shift", [1800, -1800, 5 * 3600, -5 * 3600], ids=lambda shift: f"{shift:+} s")
async def test_a_process_with_another_clock_takes_nothing_that_is_held_and_holds_what_it_took(
    shift: float, store: Store, store_url: str, elsewhere: Answering
) -> None:
    assert await takes(store, "here", "ours") == EVERYTHING
    assert await elsewhere.ask(store_url, shift) == {"ours": NOTHING, "theirs": EVERYTHING}
    assert await takes(store, "here", "theirs") == NOTHING


def test_the_store_never_asks_its_own_process_for_the_time() -> None:
    """It is given the time, or has the database say it. A span of waiting is the event loop's business."""
    asked = [
        f"{path.name}:{node.lineno} {ast.unparse(node)}"
        for path in sorted((ROOT / "bot" / "store").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (
            (ast.unparse(node.func.value).rpartition(".")[2] in ("datetime", "date", "time"))
            and node.func.attr in ("now", "utcnow", "today", "time", "time_ns")
        )
    ]
    assert asked == []
