"""Which tests go to which worker, and when: the longest first, and the longest files in parts.

A file's tests stay on one worker, since they share what is costly to set up. The files of `IN_PARTS` share
nothing and take minutes: each of their tests is given out by itself. Two processors are busy until the end
only if nothing long begins last.
"""

from typing import Any

import pytest

IN_PARTS = ("tests/system/test_faults.py", "tests/system/test_crash.py", "tests/cli/test_processes.py")
# Those that take longest, as `pytest --durations=0` showed them.
LONGEST = (
    *IN_PARTS,
    "tests/system/test_browser.py",
    "tests/system/test_app.py",
    "tests/system/test_security.py",
    "tests/usecases/test_digests.py",
    "tests/system/test_time.py",
    "tests/domain/test_silences.py",
    "tests/system/test_upgrade.py",
)
SLOW_ROOMS = ("tests/system/", "tests/cli/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: turn(item.nodeid))


def turn(nodeid: str) -> int:
    """The lower, the sooner."""
    file, _, _ = nodeid.partition("::")
    if file in LONGEST:
        return LONGEST.index(file)
    return len(LONGEST) + (not file.startswith(SLOW_ROOMS))


def share(nodeid: str) -> str:
    """The name of all tests that are given out together with this one: its file, or its own name."""
    file, _, _ = nodeid.partition("::")
    return nodeid if file in IN_PARTS else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    class InParts(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return share(nodeid)

    return InParts(config, log)
