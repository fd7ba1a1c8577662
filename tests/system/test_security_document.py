"""docs/security.md says only what a test attacks: each of its sentences has its tests, which are there."""

import logging
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.secret import Secret
from bot.store.database import connect
from bot.store.schema import metadata
from bot.store.store import open_store
from tests.slack.test_permissions import mark
from tests.support.fakes import full
from tests.support.slack_listeners import BEN, OPS, plugged
from tests.support.use_cases import FAILURES, TODAY, UseCases
from tests.system.test_floods import asked
from tests.system.test_security import front, get, slack_over_http, talk

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")

ATTACKS = Path(__file__).parent / "security_attacks.txt"


def attacks() -> dict[str, list[str]]:
    """How each sentence begins, and the tests that attack it."""
    found: dict[str, list[str]] = {}
    begin = ""
    for line in ATTACKS.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            found[begin].append(line.strip())
        else:
            begin = line
            found[begin] = []
    return found


def sentences() -> list[str]:
    """Those that promise something: from "What is defended" to the scopes; tables and headings left out."""
    part = DOCUMENT[DOCUMENT.index("## What is defended") : DOCUMENT.index("On Huawei Cloud the bot's user")]
    plain = re.sub(r"^(\||#).*$", "", part, flags=re.MULTILINE)
    flat = re.sub(r"\*\*(The|Who|Texts|Ways|Floods)[^*]*\.\*\*|\*\*", "", plain)
    return re.split(r"(?<=\.)\s+(?=[A-Z`])", " ".join(flat.split()))


def test_each_sentence_has_its_attacks_and_each_attack_its_sentence() -> None:
    attacked = attacks()
    unmet = dict.fromkeys(attacked)
    for sentence in sentences():
        found = [begin for begin in attacked if sentence.startswith(begin)]
        assert len(found) == 1, f"no test is named for: {sentence}"
        unmet.pop(found[0], None)
    assert not unmet, "these sentences are no longer there"


def test_every_attack_named_for_the_security_guide_exists() -> None:
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        found |= set(re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8")))
    named = {name for names in attacks().values() for name in names}
    assert all(attacks().values())
    assert named - found == set()


async def test_another_process_takes_a_captured_request_once_more() -> None:
    moment = int(time.time()) + 100.5
    for _ in range(2):
        async with slack_over_http() as (rig, send):
            answers = [await send(asked(rig, "sales"), at=moment - time.time()) for _ in range(2)]
            assert answers == [200, 401]


async def test_the_bearer_token_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(given: bytes, right: bytes) -> bool:
        compared.append((bytes(given), bytes(right)))
        return False

    monkeypatch.setattr("bot.server.http_server.hmac.compare_digest", compare)
    async with front(token="s3cret") as port:
        request = get("/readyz").replace(b"\r\n\r\n", b"\r\nAuthorization: Bearer s3cret\r\n\r\n")
        assert b"401" in await talk(port, request)
    assert compared == [(b"s3cret", Secret("s3cret").reveal().encode())]


@pytest.mark.parametrize("marks", [{"deleted": True}, {"is_bot": True}], ids=str)
async def test_a_refusal_is_a_sentence_and_one_line_of_the_log(
    marks: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.slack.runner")
    async with plugged("http") as rig:
        mark(rig, **marks)
        await rig.world.run_command(BEN, OPS, "sales")
        await rig.settled()
        assert len(rig.private(BEN)) == 1
    lines = [one.fields for one in caplog.records if one.getMessage() == "command"]  # type: ignore[attr-defined]
    assert [one["outcome"] for one in lines] == ["refused"]


def test_only_known_modules_use_the_network() -> None:
    """Only these modules open connections, each to checked addresses, so nothing fetches a link."""
    speaks = re.compile(
        r"^(?:import|from) (aiohttp|httpx|requests|urllib3|urllib\.request|websockets|http\.client)", re.M
    )
    rooms = {
        path.relative_to(ROOT / "bot").parts[0]
        for path in (ROOT / "bot").rglob("*.py")
        if speaks.search(path.read_text(encoding="utf-8"))
    }
    # `cli` asks the bot's own port (dlf-bot health), `app` calls the heartbeat's address, and `outbound`
    # words what bars the way.
    assert rooms == {"app", "dlf", "slack", "playground", "cli", "outbound.py"}


async def test_all_that_is_stored_is_forgotten_but_the_pace_of_a_credential(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    store = await open_store(url)
    house = UseCases(store, rules=(FAILURES,))
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    await store.rate_limits.reserve("0123456789abcdef", 8)
    await house.turn(hours=24)
    kept = await counted(url)
    assert {name for name, rows in kept.items() if rows} >= {
        "alerts",
        "snapshots",
        "changes",
        "notices",
        "limits",
    }
    house.clock.forward(days=400)
    later = house.clock() + timedelta(days=1)
    await store.reads.forget(later, but={})
    await store.prune(later, timedelta(days=90))
    left = {name for name, rows in (await counted(url)).items() if rows}
    await store.close()
    # Leases end by themselves, within the minute.
    assert left - {"leases"} == {"limits", "compatibility", "names", "notices"}
    assert (await counted(url))["notices"] == 1, "the newest message of the channel"


async def counted(url: str) -> dict[str, int]:
    database = connect(url)
    async with database.reading() as connection:
        found = {
            name: (await connection.execute(text(f'SELECT count(*) FROM "{name}"'))).scalar_one()
            for name in metadata.tables
        }
    await database.close()
    return found


async def test_the_history_is_read_only_after_a_post_whose_outcome_is_unknown(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/bot.db")
    house, searched = UseCases(store), list[str]()
    find = house.slack.find

    async def noted(channel_id: str, key: str, **more: Any) -> str | None:
        searched.append(key)
        return await find(channel_id, key, **more)

    house.slack.find = noted  # type: ignore[method-assign]
    for failed in (7, 15, 0):
        house.source.counts["sales", TODAY] = full(fail_count=failed)
        await house.turn(minutes=5)
    assert len(house.slack.messages) >= 2
    assert searched == []
    house.slack.answers_lost = 1
    house.source.counts["sales", TODAY] = full(fail_count=30)
    await house.turn(minutes=5)
    await house.turn(minutes=5)
    await store.close()
    assert len(set(searched)) == 1
