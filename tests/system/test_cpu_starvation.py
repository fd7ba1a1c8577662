"""When a late test is excused by a busy machine, and when not."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import cpu_starvation

ACCOUNT = Path("/proc/self/schedstat")
INSIDE = """\
import os, time
import pytest
from tests.support import cpu_starvation
pytestmark = pytest.mark.real_time
tries = []

@pytest.fixture
def fresh(tmp_path):
    tries.append(tmp_path)
    yield tmp_path
    tries.append("taken down")

def test_late(fresh):
    cpu_starvation._account[0].seconds += {held}
    print("try", len(tries))
    assert len(tries) > {until}, "too late"
"""


# A machine that is as busy as the test wants.
MACHINE = """\
from tests.support import cpu_starvation
class Account:
    seconds = 0.0
    def look(self):
        return self.seconds
cpu_starvation._account.append(Account())
"""


def spin(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_our_own_sleeping_and_working_are_no_excuse_of_the_machine() -> None:
    """Time that is not spent waiting for the machine counts as ours."""
    before, began, worked = cpu_starvation.held_up(), time.monotonic(), time.process_time()
    time.sleep(0.5)
    spin(0.5)
    took, worked = time.monotonic() - began, time.process_time() - worked
    time.sleep(0.3)
    assert cpu_starvation.held_up() - before <= took + 0.4 - worked


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors are not shared out here")
def test_waiting_for_a_processor_that_others_have_is_counted() -> None:
    if not ACCOUNT.exists():
        return  # without Linux's account lateness is all there is
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    allowed = os.sched_getaffinity(0)
    one = min(allowed)
    try:
        for other in others:
            os.sched_setaffinity(other.pid, {one})
        os.sched_setaffinity(0, {one})
        before = cpu_starvation.held_up()
        spin(0.5)
    finally:
        os.sched_setaffinity(0, allowed)
        for other in others:
            other.kill()
            other.wait()
    time.sleep(0.3)
    assert cpu_starvation.held_up() - before > 0.4


@pytest.mark.parametrize(
    ("held", "until", "passes", "replays"),
    [(5, 2, True, 1), (5, 4, True, 2), (5, 99, False, 2), (0, 2, False, 0)],
    ids=["once", "twice", "twice at most", "never on an idle machine"],
)
def test_a_late_test_is_played_again_only_where_the_machine_was_busy(
    held: int, until: int, passes: bool, replays: int, tmp_path: Path
) -> None:
    (tmp_path / "test_inside.py").write_text(INSIDE.format(held=held, until=until))
    (tmp_path / "conftest.py").write_text(MACHINE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    real_time: one\n")
    root = Path(__file__).parents[2]
    found = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rR",
            "-p",
            "tests.support.cpu_starvation",
            "-p",
            "no:cacheprovider",
            str(tmp_path),
        ],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == (0 if passes else 1), found.stdout
    assert found.stdout.count("RERUN test_inside.py::test_late") == replays, found.stdout
    assert ("1 passed" if passes else "1 failed") in found.stdout
