"""Group commit: what comes in together is saved together, and each caller hears of its own part."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.usecases import group_commit
from bot.usecases.group_commit import GroupCommit


class Saved:
    """Remembers the groups; the first is held up until `go` is set."""

    def __init__(self) -> None:
        self.groups: list[Sequence[str]] = []
        self.error: Exception | None = None
        self.go = asyncio.Event()
        self.go.set()
        self.commit = GroupCommit(self.save, key=lambda item: item[0])

    async def save(self, group: Sequence[str]) -> None:
        self.groups.append(group)
        await self.go.wait()
        if self.error:
            raise self.error


async def test_items_added_together_form_one_group() -> None:
    saved = Saved()
    await asyncio.gather(*(saved.commit.add(item) for item in "abc"))
    assert saved.groups == [["a", "b", "c"]]


async def test_items_added_during_a_save_form_the_next_group() -> None:
    saved = Saved()
    saved.go.clear()
    first = asyncio.create_task(saved.commit.add("a", is_last=True))
    while not saved.groups:
        await asyncio.sleep(0)
    others = [asyncio.create_task(saved.commit.add(item)) for item in "bc"]
    await asyncio.sleep(0)
    assert not first.done()
    saved.go.set()
    await asyncio.gather(first, *others)
    assert saved.groups == [["a"], ["b", "c"]]


async def test_two_of_the_same_key_are_never_in_the_same_group() -> None:
    saved = Saved()
    await asyncio.gather(*(saved.commit.add(item) for item in ("a1", "a2", "b", "a3")))
    assert saved.groups == [["a1", "b"], ["a2"], ["a3"]]


async def test_the_last_item_saves_its_group_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "GATHER_SECONDS", 60)
    saved = Saved()
    async with asyncio.timeout(20):
        await asyncio.gather(saved.commit.add("a"), saved.commit.add("b", is_last=True))
    assert saved.groups == [["a", "b"]]


async def test_a_group_has_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MOST", 2)
    saved = Saved()
    await asyncio.gather(*(saved.commit.add(item) for item in "abcde"))
    assert [len(group) for group in saved.groups] == [2, 2, 1]


async def test_an_error_is_raised_by_each_of_its_group_and_by_no_other() -> None:
    saved = Saved()
    saved.error = RuntimeError("The disk is full.")
    found = await asyncio.gather(*(saved.commit.add(item) for item in "ab"), return_exceptions=True)
    assert found == [saved.error, saved.error]
    saved.error = None
    await saved.commit.add("c")
    assert saved.groups == [["a", "b"], ["c"]]


async def test_an_item_given_up_by_its_caller_is_saved_only_if_its_group_was_begun() -> None:
    saved = Saved()
    saved.go.clear()
    begun = asyncio.create_task(saved.commit.add("a", is_last=True))
    while not saved.groups:
        await asyncio.sleep(0)
    waiting = asyncio.create_task(saved.commit.add("b"))
    await asyncio.sleep(0)
    begun.cancel()
    waiting.cancel()
    saved.go.set()
    await saved.commit.finish()
    assert saved.groups == [["a"]]
