"""The log of polls and outages: the numbers, a line for each round, a single warning for an outage."""

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from bot.domain.model import StatusCounts
from bot.errors import DlfRejected, DlfUnavailable, StoreError
from bot.store.records import ReadResult
from bot.store.store import Store
from tests.support.fakes import full
from tests.support.use_cases import FINANCE, SALES, TODAY, UseCases

pytestmark = pytest.mark.sqlite


class Said:
    """The events of `bot.usecases.poll`."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG, "bot.usecases.poll")
        self._caplog = caplog

    def of(self, level: int) -> list[dict[str, Any]]:
        records = [one for one in self._caplog.records if one.levelno == level]
        return [one.fields for one in records if one.name == "bot.usecases.poll"]  # type: ignore[attr-defined]


async def rounds(house: UseCases, number: int) -> None:
    for _ in range(number):
        await house.turn(minutes=5)
    await house.poller.tick()


async def test_a_poll_carries_its_numbers_at_debug_and_a_round_of_a_project_is_a_line(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    said, house = Said(caplog), UseCases(store, workspaces=(SALES, FINANCE))
    house.source.counts["sales", TODAY] = full(fail_count=7, total_count=10)
    house.source.counts["finance", TODAY] = StatusCounts(fail_count=2, running_exception_count=1)
    await rounds(house, 1)
    polls = {(one["workspace"], str(one["day"])): one for one in said.of(logging.DEBUG)}
    assert len(polls) == 6
    assert polls["prod/sales", "today"]["fail_count"] == 7
    assert polls["prod/finance", "today"]["running_exception_count"] == 1
    assert "total_count" not in polls["prod/finance", "today"], "what DLF left out is no number"
    (line,) = said.of(logging.INFO)
    assert (line["project"], line["workspaces"], line["fail_count"]) == ("prod", 2, 9)
    assert "unread" not in line
    await rounds(house, 3)
    assert len(said.of(logging.INFO)) == 4
    assert said.of(logging.WARNING) == []


async def test_an_outage_of_dlf_is_one_warning_and_one_line_when_it_is_over(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    said, house = Said(caplog), UseCases(store, workspaces=(SALES, FINANCE))
    await rounds(house, 1)
    house.source.broken["sales"] = DlfUnavailable("DLF is temporarily unavailable.", status=503)
    house.source.broken["finance"] = DlfUnavailable("DLF did not answer in time.", status=503)
    await rounds(house, 4)
    (warning,) = said.of(logging.WARNING)
    assert (warning["about"], warning["status"]) == ("prod", 503)
    assert said.of(logging.INFO)[-1]["unread"] == "prod/finance, prod/sales"
    house.source.broken.clear()
    await rounds(house, 2)
    over = [one["over"] for one in said.of(logging.INFO) if "over" in one]
    assert over == [warning["problem"]]
    assert len(said.of(logging.WARNING)) == 1


async def test_a_workspace_that_cannot_be_read_hides_no_outage(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    said, house = Said(caplog), UseCases(store, workspaces=(SALES, FINANCE))
    house.source.broken["finance"] = DlfRejected("DLF rejected the workspace id.")
    await rounds(house, 2)
    house.source.broken["sales"] = DlfUnavailable("DLF is temporarily unavailable.")
    await rounds(house, 2)
    assert [one["workspace"] for one in said.of(logging.WARNING)] == ["prod/finance", "prod/sales"]
    del house.source.broken["sales"]
    await rounds(house, 2)
    assert [one["over"] for one in said.of(logging.INFO) if "over" in one] == [
        "DLF is temporarily unavailable."
    ]
    assert said.of(logging.INFO)[-1]["unread"] == "prod/finance"


async def test_a_missing_count_that_a_rule_needs_is_reported_once_for_all_workspaces(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    said, house = Said(caplog), UseCases(store, workspaces=(SALES, FINANCE))
    for name in ("sales", "finance"):
        house.source.counts[name, TODAY] = StatusCounts(success_count=3)
    await rounds(house, 3)
    assert len(said.of(logging.WARNING)) == 1


async def test_a_failure_of_the_store_is_raised_by_the_next_tick(store: Store) -> None:
    house = UseCases(store)

    async def full_disk(owner: str, results: Sequence[ReadResult]) -> list[ReadResult]:
        raise StoreError("The disk is full.")

    record, store.reads.record = store.reads.record, full_disk  # type: ignore[method-assign]
    await house.poll()
    with pytest.raises(StoreError, match="disk is full"):
        await house.poller.tick()
    store.reads.record = record  # type: ignore[method-assign]
    await house.poller.tick()
