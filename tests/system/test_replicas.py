"""The quick form of benchmarks/replicas.py: three replicas share the polls, then a replica is killed."""

from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.replicas import AT_ONCE, Plan, measure
from tests.support.cpu_starvation import held_up


@pytest.mark.real_time
@pytest.mark.postgres
async def test_replicas_share_the_polls_and_take_over_from_a_killed_replica(
    tmp_path: Path, postgres_url: str
) -> None:
    # Three that did not share the pace would ask up to 90 times a second; a machine that wakes sleepers late
    # moves some requests of a second into the next.
    plan = Plan(40, poll_every=4, per_second=30, limit=55, intervals=5, shorter=True, postgres=postgres_url)
    report = await measure(plan, tmp_path, held_up)
    print(asdict(report))
    assert report.wrong == []
    assert report.started_at_once == AT_ONCE
