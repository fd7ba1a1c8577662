"""Where CI=true, a test that skips itself fails the run: what was not tried is not shown to work."""

import os

import pytest

skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        skipped.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        skipped.append(report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _counts():
        terminalreporter.section("skipped, and CI=true: a failure", red=True)
        terminalreporter.write("\n".join([*skipped, ""]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _counts() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _counts() -> bool:
    return bool(skipped) and os.environ.get("CI") == "true"
