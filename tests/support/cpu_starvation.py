"""How long the machine held us up, and the replay of real-time tests that failed while it did.

A promise in seconds is about the bot, not about a machine that gives its processors to others. Linux keeps
account of how long each thread was ready to run and did not get a processor: that, and nothing else, excuses
lateness. A loop of ours that blocks, a wait too long, a lock: none of them is waiting for a processor.
"""

import os
import threading
import time
from collections.abc import Iterator

import pytest

EVERY = 0.25
REPLAYS = 2
# A machine is busy when we waited for it so long, and for such a part of the test.
BUSY_SECONDS, BUSY_PART = 0.1, 0.1


class Account:
    """Adds up the time that this process and its children waited for a processor.

    A thread keeps the account, so that ended processes and threads still count. If Linux gives no numbers,
    the thread's own late waking counts, which is less.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._waited: dict[str, int] = {}
        self._one_at_a_time, self._looked_at = threading.Lock(), time.monotonic()
        self._new()
        threading.Thread(target=self._keep, name="held-up", daemon=True).start()

    def look(self, late: float = 0.0) -> float:
        """Add what was waited since the last look; all of it so far."""
        with self._one_at_a_time:
            now = time.monotonic()
            # Several may wait at the same time; count no more than the time that passed.
            self.seconds += min(max(self._new(), late), now - self._looked_at)
            self._looked_at = now
            return self.seconds

    def _keep(self) -> None:
        while True:
            began = time.monotonic()
            time.sleep(EVERY)
            self.look(late=time.monotonic() - began - EVERY)

    def _new(self) -> float:
        """The waiting time since the last call."""
        found = {}
        for thread in _threads("self"):
            waited = _numbers(f"{thread}/schedstat")
            if len(waited) > 1:  # else it ended, or there is no such account here
                found[thread] = int(waited[1])
        new = sum(waited - self._waited.get(name, 0) for name, waited in found.items())
        self._waited = found
        return new / 1e9


def _threads(process: str) -> Iterator[str]:
    """The threads of a process and of all it started, as paths (strings: `Path` takes twice the time)."""
    try:
        threads = os.listdir(f"/proc/{process}/task")
    except OSError:
        return
    for number in threads:
        thread = f"/proc/{process}/task/{number}"
        yield thread
        for child in _numbers(f"{thread}/children"):
            yield from _threads(child)


def _numbers(file: str) -> list[str]:
    """The numbers in a file; none if it is gone."""
    try:
        with open(file, encoding="ascii") as opened:
            return opened.read().split()
    except OSError:
        return []


_account: list[Account] = []


def held_up() -> float:
    """For how many seconds the machine has held us up so far: compare two moments."""
    if not _account:
        _account.append(Account())
    return _account[0].look()


def was_busy(held: float, took: float) -> bool:
    """Whether the machine can be the reason why something failed that took so long."""
    return held >= max(BUSY_SECONDS, BUSY_PART * took)


class Stopwatch:
    """Runs from when it is made, and stands while the machine holds us up."""

    def __init__(self) -> None:
        self._held, self._began = held_up(), time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began - (held_up() - self._held)


# The replay


class Attempt:
    """The try of a test that is under way."""

    _began = _held = 0.0

    def begin(self) -> None:
        self._began, self._held = time.monotonic(), held_up()

    def starved(self) -> bool:
        return was_busy(held_up() - self._held, time.monotonic() - self._began)


_attempt = Attempt()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test marked `real_time` that failed on a busy machine is played again, twice at most."""
    for item in items:
        if item.get_closest_marker("real_time"):
            item.add_marker(pytest.mark.flaky(reruns=REPLAYS, condition=_attempt.starved))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("real_time"):
        _attempt.begin()
