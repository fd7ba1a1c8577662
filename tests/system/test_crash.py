"""The quick form of benchmarks/crash.py: real processes, real kills; Slack hears what it must, once."""

import asyncio
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.crash import Plan, Report, prove, table
from benchmarks.databases import on_postgres
from benchmarks.lives import Heard, stage
from benchmarks.nest import open_nest
from benchmarks.steps import STEPS
from benchmarks.verdict import Verdict
from benchmarks.world import open_world

# Deaths at these are sure to leave something unknown behind.
UNKNOWN = ("send: posted, answer unread", "send: posted, after", "send: confirmed, before")


async def run(plan: Plan, folder: Path) -> Report:
    report = await prove(plan, folder)
    print(table(report))  # what a failing test shows
    return report


async def test_one_replica_on_sqlite_loses_and_repeats_nothing_while_it_is_killed(tmp_path: Path) -> None:
    report = await run(Plan("sqlite", kills=10, workspaces=8), tmp_path)
    assert report.good
    assert report.kills.total() == 10
    assert report.verdict.notices > 15


@pytest.mark.postgres
async def test_three_replicas_lose_and_repeat_nothing_while_they_are_killed(
    tmp_path: Path, postgres_url: str
) -> None:
    report = await run(Plan("postgresql", kills=14, workspaces=8, postgres=postgres_url), tmp_path)
    assert report.good
    assert report.kills.total() == 14
    assert report.verdict.notices > 15


# For what is only waited for: a busy machine is slow, and that proves nothing.
PATIENCE = 60.0
DEADLY = Plan("sqlite", 4, workspaces=4, steps=UNKNOWN, at_random=0, faults=False, patience=PATIENCE)


async def test_with_both_safeties_what_was_left_unknown_is_found_and_adopted(tmp_path: Path) -> None:
    report = await run(DEADLY, tmp_path)
    assert report.good
    assert report.adopted > 0


def test_a_long_run_must_have_died_at_every_step() -> None:
    assert Plan("sqlite", 260).required == STEPS
    assert Plan("sqlite", 11, steps=UNKNOWN).required == ()
    report = Report("sqlite", 1, 1, Verdict(), steps=Plan("sqlite", 12, steps=UNKNOWN).required)
    report.kills.update(dict.fromkeys(UNKNOWN[:2], 6))
    assert report.wrong == [f"never died at: {UNKNOWN[2]}"]
    assert not report.good
    report.kills[UNKNOWN[2]] += 1
    assert report.good


@pytest.mark.parametrize("left_out", ["claim", "reconcile"])
async def test_the_proof_fails_without_the(left_out: str, tmp_path: Path) -> None:
    """Each of the two safeties is needed, and its absence is seen."""
    report = await run(replace(DEADLY, without=(left_out,)), tmp_path)
    assert report.verdict.repeated
    assert not report.good


async def test_without_the_history_scope_a_repeat_says_that_it_may_be_one(tmp_path: Path) -> None:
    report = await run(replace(DEADLY, history=False), tmp_path)
    assert report.good
    assert report.verdict.marked > 0


@pytest.mark.postgres
@pytest.mark.parametrize("step", ["send: claimed, after", "send: looked up, after"])
async def test_a_replica_that_froze_after_its_claim_does_not_say_again_what_another_said(
    step: str, tmp_path: Path, postgres_url: str
) -> None:
    async with (
        on_postgres(postgres_url) as (store, _),
        open_world(1) as world,
        open_nest(tmp_path) as nest,
    ):
        config, heard = world.config(tmp_path / "config.yaml", store), Heard(world.slack)
        order = {"shift": world.shift}
        if "looked up" in step:
            world.slack.faults.add("dropped_before", "chat.postMessage", times=1)
        frozen = await nest.start(config, step=step, fate=signal.SIGSTOP, **order)
        world.dlf.failing["w000", world.dlf.today()] = 9
        await world.slack.wait_for(lambda: frozen.died_at, seconds=PATIENCE)
        await nest.start(config, **order)
        await world.slack.wait_for(lambda: heard.listen() or heard.said, seconds=PATIENCE)
        frozen.signal(signal.SIGCONT)
        await asyncio.sleep(3)
        heard.listen()
    assert [len(said) for said in heard.said.values()] == [1]


@pytest.mark.postgres
async def test_a_replica_that_froze_while_telling_brings_no_old_state_back(
    tmp_path: Path, postgres_url: str
) -> None:
    async with (
        on_postgres(postgres_url) as (store, _),
        open_world(1) as world,
        open_nest(tmp_path) as nest,
    ):
        config, heard = world.config(tmp_path / "config.yaml", store), Heard(world.slack)
        order = {"shift": world.shift}

        async def shown(failures: int) -> None:
            world.dlf.failing["w000", world.dlf.today()] = failures
            await world.slack.wait_for(
                lambda: failures in [number for _, number in states(heard)], seconds=PATIENCE
            )

        frozen = await nest.start(
            config, step="tell: notice written, before", nth=2, fate=signal.SIGSTOP, **order
        )
        await shown(21)
        world.dlf.failing["w000", world.dlf.today()] = 22
        await world.slack.wait_for(lambda: frozen.died_at, seconds=PATIENCE)
        await nest.start(config, **order)
        await shown(22)
        await shown(23)
        frozen.signal(signal.SIGCONT)
        await asyncio.sleep(3)
    assert [number for _, number in states(heard)] == [21, 22, 23]


def states(heard: Heard) -> list[tuple[int, int]]:
    """What the one message of the one alert showed, in order."""
    heard.listen()
    return [stage(entry.text) for said in heard.said.values() for entry in said]
