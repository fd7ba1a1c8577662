"""How long the machine held us up, and the replay of real-time tests that failed while it did.

A promise in seconds is about the bot, not about a machine that gives its processors to others. Linux keeps
account of how long each thread was ready to run and did not get a processor: that, and nothing else, excuses
lateness. A loop of ours that blocks, a wait too long, a lock: none of them is waiting for a processor.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from _pytest.runner import call_and_report  # the parts of a test's run; pytest has no public name for them

EVERY = 0.1
REPLAYS = 2
# A machine is busy when we waited for it so long, and for such a part of the test.
BUSY_SECONDS, BUSY_PART = 0.1, 0.1

replayed: list[str] = []


class Account:
    """Adds up what this process and those it started waited for a processor, as far as that was at one time.

    Kept by a thread, so that processes and threads that end are not forgotten. Where Linux gives no account,
    the thread's own late waking is what counts, which is less.
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
            # Several may wait at one time: together they wait no longer than it takes.
            self.seconds += min(max(self._new(), late), now - self._looked_at)
            self._looked_at = now
            return self.seconds

    def _keep(self) -> None:
        while True:
            began = time.monotonic()
            time.sleep(EVERY)
            self.look(late=time.monotonic() - began - EVERY)

    def _new(self) -> float:
        """What was waited since the last look."""
        found = {}
        for thread in _threads("self"):
            try:
                found[str(thread)] = int((thread / "schedstat").read_text().split()[1])
            except (OSError, IndexError):
                continue  # it ended, or there is no such account here
        new = sum(waited - self._waited.get(name, 0) for name, waited in found.items())
        self._waited = found
        return new / 1e9


def _threads(process: str) -> Iterator[Path]:
    """The threads of a process and of all it started."""
    try:
        threads = list(Path("/proc", process, "task").iterdir())
    except OSError:
        return
    for thread in threads:
        yield thread
        try:
            children = (thread / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _threads(child)


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


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """A test marked `real_time` that failed on a busy machine is played again, twice at most."""
    if item.get_closest_marker("real_time") is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for attempt in range(REPLAYS + 1):
        began, before = time.monotonic(), held_up()
        reports = _play(item)
        took, held = time.monotonic() - began, held_up() - before
        again = was_busy(held, took) and attempt < REPLAYS and any(report.failed for report in reports)
        reports.append(
            call_and_report(item, "teardown", log=False, nextitem=_Again(item) if again else nextitem)
        )
        _forget(item)
        if not again:
            break
        [failed, *_] = [report for report in reports if report.failed]
        why = str(getattr(failed.longrepr, "reprcrash", "") or failed.longrepr).splitlines()
        item.user_properties.append(
            ("replayed", f"{item.nodeid}: held up for {held:.1f} of {took:.1f} s; {' '.join(why)[:200]}")
        )
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _play(item: pytest.Item) -> list[pytest.TestReport]:
    getattr(item, "_initrequest", lambda: None)()
    reports = [call_and_report(item, "setup", log=False)]
    if reports[0].passed:
        reports.append(call_and_report(item, "call", log=False))
    return reports


def _forget(item: pytest.Item) -> None:
    """As pytest itself leaves a test behind: nothing of it stays for the next."""
    for name, left in (("_request", False), ("funcargs", None)):
        setattr(item, name, left)
    item._report_sections.clear()


class _Again:
    """The next test is this one: everything it stands in is kept, only it is taken down."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def listchain(self) -> Sequence[object]:
        return self._item.listchain()[:-1]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Where the tests run in other processes, this is how the first one hears of it."""
    if report.when == "teardown":
        replayed.extend(str(said) for name, said in report.user_properties if name == "replayed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if replayed:
        terminalreporter.section("played again: the machine was busy")
        terminalreporter.write("\n".join([*replayed, ""]))
