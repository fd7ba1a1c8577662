"""The quick form of benchmarks/crash.py: real processes, real kills; Slack hears what it must, once."""

import asyncio
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.checker import Findings
from benchmarks.crash import DIGESTS_A_MINUTE, Plan, Report, prove, required_digests, table
from benchmarks.databases import on_postgres
from benchmarks.environment import open_environment
from benchmarks.kill_points import KILL_POINTS
from benchmarks.processes import open_processes
from benchmarks.transcript import Transcript, stage

# Deaths at these are sure to leave something unknown behind.
UNKNOWN = ("send: posted, answer unread", "send: posted, after", "send: confirmed, before")


async def run(plan: Plan, folder: Path) -> Report:
    report = await prove(plan, folder)
    print(table(report))  # what a failing test shows
    return report


async def test_one_replica_on_sqlite_loses_and_repeats_nothing_while_it_is_killed(tmp_path: Path) -> None:
    report = await run(Plan("sqlite", kills=6, workspaces=8), tmp_path)
    assert report.good
    assert report.kills.total() == 6
    assert report.findings.notices > 8


@pytest.mark.postgres
async def test_three_replicas_lose_and_repeat_nothing_while_they_are_killed(
    tmp_path: Path, postgres_url: str
) -> None:
    report = await run(Plan("postgresql", kills=8, workspaces=8, postgres=postgres_url), tmp_path)
    assert report.good
    assert report.kills.total() == 8
    assert report.findings.notices > 8


# For what is only waited for: a busy machine is slow, and that proves nothing.
PATIENCE = 60.0
DEADLY = Plan("sqlite", 4, workspaces=4, kill_points=UNKNOWN, at_random=0, faults=False, patience=PATIENCE)


async def test_posts_with_an_unknown_outcome_are_found_and_adopted_after_kills(tmp_path: Path) -> None:
    report = await run(DEADLY, tmp_path)
    assert report.good
    assert report.adopted > 0


def test_a_long_run_must_have_died_at_every_step() -> None:
    assert Plan("sqlite", 260).required == KILL_POINTS
    assert Plan("sqlite", 11, kill_points=UNKNOWN).required == ()
    report = Report("sqlite", 1, 1, Findings(), required=Plan("sqlite", 12, kill_points=UNKNOWN).required)
    report.kills.update(dict.fromkeys(UNKNOWN[:2], 6))
    assert report.wrong == [f"never died at: {UNKNOWN[2]}"]
    assert not report.good
    report.kills[UNKNOWN[2]] += 1
    assert report.good


MIDNIGHT = datetime(2026, 11, 29, tzinfo=UTC)


def planned(minutes: int) -> dict[str, datetime]:
    """The digests of so many minutes, the first due at midnight."""
    times = [MIDNIGHT + timedelta(minutes=minute) for minute in range(minutes)]
    return {
        f"digest/at-{at:%H%M}-{number}/{at.date()}": at for at in times for number in range(DIGESTS_A_MINUTE)
    }


def test_a_digest_of_midnight_is_required_if_a_process_knew_it_before() -> None:
    digests = planned(3)
    names = [key.split("/")[1] for key in digests]
    before = dict.fromkeys(names, MIDNIGHT - timedelta(seconds=3))
    until = MIDNIGHT + timedelta(seconds=90)
    assert required_digests(digests, before, until) == list(digests)[: 2 * DIGESTS_A_MINUTE]


def test_a_digest_due_before_a_process_lived_to_know_it_is_new_and_not_required() -> None:
    digests = planned(3)
    names = [key.split("/")[1] for key in digests]
    late = dict.fromkeys(names, MIDNIGHT + timedelta(seconds=30))
    until = MIDNIGHT + timedelta(seconds=200)
    assert required_digests(digests, late, until) == list(digests)[DIGESTS_A_MINUTE:]
    assert required_digests(digests, {}, until) == []


@pytest.mark.parametrize("left_out", ["claim", "reconcile"])
async def test_the_proof_fails_without_the(left_out: str, tmp_path: Path) -> None:
    """Each of the two safeties is needed, and its absence is seen."""
    report = await run(replace(DEADLY, without=(left_out,)), tmp_path)
    assert report.findings.repeated
    assert not report.good


async def test_the_proof_fails_if_an_act_is_kept_apart_from_what_was_done(tmp_path: Path) -> None:
    points = ("act: changed hands, after",)
    report = await run(replace(DEADLY, kills=1, kill_points=points, without=("act",)), tmp_path)
    assert any(" took" in one for one in report.findings.lost), report.wrong
    assert not report.good


async def test_without_the_history_scope_a_repeat_says_that_it_may_be_a_repeat(tmp_path: Path) -> None:
    report = await run(replace(DEADLY, history=False), tmp_path)
    assert report.good
    assert report.findings.marked > 0


@pytest.mark.postgres
@pytest.mark.parametrize("point", ["send: claimed, after", "send: looked up, after"])
async def test_a_replica_that_froze_after_its_claim_does_not_say_again_what_another_said(
    point: str, tmp_path: Path, postgres_url: str
) -> None:
    async with (
        on_postgres(postgres_url) as (store, _),
        open_environment(1) as environment,
        open_processes(tmp_path) as processes,
    ):
        config, transcript = (
            environment.config(tmp_path / "config.yaml", store),
            Transcript(environment.slack),
        )
        order = {"shift": environment.shift}
        if "looked up" in point:
            environment.slack.faults.add("dropped_before", "chat.postMessage", times=1)
        frozen = await processes.start(config, point=point, with_signal=signal.SIGSTOP, **order)
        environment.dlf.failing["w000", environment.dlf.today()] = 9
        await environment.slack.wait_for(lambda: frozen.kill_point, seconds=PATIENCE)
        await processes.start(config, **order)
        await environment.slack.wait_for(lambda: read(transcript), seconds=PATIENCE)
        frozen.signal(signal.SIGCONT)
        await asyncio.sleep(3)
        transcript.read()
    assert [len(entries) for entries in transcript.messages.values()] == [1]


@pytest.mark.postgres
async def test_a_replica_that_froze_while_telling_brings_no_old_state_back(
    tmp_path: Path, postgres_url: str
) -> None:
    async with (
        on_postgres(postgres_url) as (store, _),
        open_environment(1) as environment,
        open_processes(tmp_path) as processes,
    ):
        config, transcript = (
            environment.config(tmp_path / "config.yaml", store),
            Transcript(environment.slack),
        )
        order = {"shift": environment.shift}

        async def shown(failures: int) -> None:
            environment.dlf.failing["w000", environment.dlf.today()] = failures
            await environment.slack.wait_for(
                lambda: failures in [number for _, number in states(transcript)], seconds=PATIENCE
            )

        frozen = await processes.start(
            config, point="tell: notice written, before", nth=2, with_signal=signal.SIGSTOP, **order
        )
        await shown(21)
        environment.dlf.failing["w000", environment.dlf.today()] = 22
        await environment.slack.wait_for(lambda: frozen.kill_point, seconds=PATIENCE)
        await processes.start(config, **order)
        await shown(22)
        await shown(23)
        frozen.signal(signal.SIGCONT)
        await asyncio.sleep(3)
    assert [number for _, number in states(transcript)] == [21, 22, 23]


def states(transcript: Transcript) -> list[tuple[int, int]]:
    """The states that the only message of the only alert showed, in order."""
    transcript.read()
    return [stage(entry.text) for entries in transcript.messages.values() for entry in entries]


def read(transcript: Transcript) -> bool:
    """Whether Slack shows anything by now."""
    transcript.read()
    return bool(transcript.messages)
