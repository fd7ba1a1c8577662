"""tests/support/schedule.py: the longest first, and which tests stay together."""

from tests.support.config_texts import ROOT
from tests.support.schedule import IN_PARTS, LONGEST, share, turn


def test_the_longest_come_first_then_their_rooms() -> None:
    files = ["tests/domain/test_rules.py", "tests/cli/test_help.py", *reversed(LONGEST)]
    turns = [turn(f"{file}::test_it") for file in files]
    assert turns == sorted(turns, reverse=True)
    assert [file for file in LONGEST if not (ROOT / file).exists()] == []


def test_the_tests_of_a_file_stay_together_except_those_of_the_longest_files() -> None:
    assert share("tests/domain/test_rules.py::TestIt::test_it[a::b]") == "tests/domain/test_rules.py"
    assert len({share(f"{IN_PARTS[0]}::test_it[{part}]") for part in "abc"}) == 3
