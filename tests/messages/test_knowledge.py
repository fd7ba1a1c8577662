"""Every message kind over every state of knowledge: none is green without knowing, none denies a number."""

import os
import pathlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.model import Day, Row, StatusCounts, Workspace
from bot.domain.overview import Overview
from bot.messages.digest import render_digest
from bot.messages.home import render_home
from bot.messages.message import Message
from bot.messages.status import render_status
from tests.support.message_scenes import FINANCE, FINE, LOGS, NOW, SALES, answer, digest, row

TABLE = pathlib.Path(__file__).parent / "golden" / "knowledge.txt"
WHY = "DLF took longer than 10 s to answer. Counts are unknown for now."


def _old(workspace: Workspace, day: Day) -> Row:
    read = row(workspace, FINE, day, problem=WHY)
    assert read.snapshot
    return replace(read, snapshot=replace(read.snapshot, read_at=NOW - timedelta(hours=6)))


STATES: dict[str, Callable[[Workspace, Day], Row]] = {
    "fresh": lambda workspace, day: row(workspace, FINE, day),
    "old": _old,
    "old, being read anew": lambda workspace, day: replace(_old(workspace, day), problem=(), coming=True),
    "reading": lambda workspace, day: row(workspace, None, day, coming=True),
    "not read": lambda workspace, day: row(workspace, None, day, problem=WHY),
    "left out": lambda workspace, day: row(workspace, StatusCounts(success_count=80, total_count=80), day),
    "partly": lambda workspace, day: row(workspace, FINE if workspace is SALES else None, day),
}
KINDS: dict[str, Callable[[Callable[[Workspace, Day], Row]], Message]] = {
    "status of one": lambda state: render_status(answer(state(FINANCE, Day.YESTERDAY))),
    "status of several": lambda state: render_status(
        answer(*(state(one, Day.YESTERDAY) for one in (SALES, FINANCE, LOGS)))
    ),
    "home": lambda state: render_home(
        Overview(answer(*(state(one, Day.TODAY) for one in (SALES, FINANCE)), day=Day.TODAY), (), ())
    ),
    "digest": lambda state: render_digest(
        digest(*(state(one, Day.YESTERDAY) for one in (SALES, FINANCE)), trend=()), now=NOW
    ),
}
ALL = {f"{kind}, {state}": (kind, state) for kind in KINDS for state in STATES}


def message_of(name: str) -> Message:
    kind, state = ALL[name]
    return KINDS[kind](STATES[state])


def bold_line(name: str) -> str:
    """How it stands: a digest's headline, of the others what follows the title."""
    return message_of(name).text.splitlines()[0 if ALL[name][0] == "digest" else 1]


def test_each_kind_says_of_each_state_what_it_did() -> None:
    """REWRITE_GOLDEN=1 writes the table anew; look at the difference before you commit it."""
    found = "\n".join(f"== {name}\n{message_of(name).text}\n" for name in ALL)
    if os.environ.get("REWRITE_GOLDEN"):
        TABLE.write_text(found, encoding="utf-8")
    assert found == TABLE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ALL)
def test_the_verdict_is_green_only_where_everything_is_known(name: str) -> None:
    verdict = bold_line(name)
    assert ("✅" in verdict) == name.endswith(", fresh"), verdict


@pytest.mark.parametrize("name", [name for name in ALL if name.split(", ")[1] in ("reading", "not read")])
def test_an_unread_count_is_not_called_omitted_by_dlf(name: str) -> None:
    assert not re.search("not returned|did not return", message_of(name).text)
    assert "states not listed are 0" not in message_of(name).text


@pytest.mark.parametrize("name", [name for name in ALL if ", old" in name])
def test_old_numbers_are_old_in_the_bold_line_and_are_not_denied(name: str) -> None:
    message = message_of(name)
    verdict = bold_line(name)
    assert "6 h" in verdict, verdict
    assert "unknown for now" not in message.text
