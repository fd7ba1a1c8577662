"""Sentences as values: filled, translated, kept as text, and read again whatever was kept."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.sentence import Problem, Sentence, decode, encode, english, problem_of, sentence
from bot.domain.unreadable import Trouble, explain, read_detail

REASON = sentence("the answer is larger than {n} MiB", n="8")
LARGE = sentence("DLF's endpoint did not return job counts: {reason}.", reason=REASON)
TEXTS = st.text(max_size=20)
VALUES = st.dictionaries(
    st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.one_of(TEXTS, st.builds(Sentence, TEXTS))
)
PROBLEMS: st.SearchStrategy[Problem] = st.lists(
    st.builds(lambda pattern, values: Sentence(pattern, tuple(values.items())), TEXTS, VALUES), max_size=3
).map(tuple)


def test_values_fill_the_blanks_also_those_that_are_sentences() -> None:
    assert str(LARGE) == "DLF's endpoint did not return job counts: the answer is larger than 8 MiB."
    german = {"the answer is larger than {n} MiB": "größer als {n} MiB"}
    assert LARGE.worded(lambda said: german.get(said, said)).endswith("größer als 8 MiB.")


def test_text_without_values_stays_as_it_is_in_spite_of_braces() -> None:
    assert str(Sentence("{host} {0.__class__} %s")) == "{host} {0.__class__} %s"
    assert str(sentence("{host.__class__} {host}", host="dlf")) == "{host.__class__} dlf"


@given(PROBLEMS)
def test_the_store_gives_back_the_problem_it_was_given(problem: Problem) -> None:
    assert decode(encode(problem)) == problem


@pytest.mark.parametrize(
    "old", ["", "DLF is temporarily unavailable (HTTP 503).", "[]", "[1]", '[["a"]]', "[" * 9999, "null"]
)
def test_other_text_in_the_store_is_shown_as_it_is(old: str) -> None:
    assert english(decode(old)) in (old, "")
    assert bool(decode(old)) is (old not in ("", "[]"))


@settings(max_examples=40)  # an example draws for 80 ms
@given(st.dictionaries(TEXTS, PROBLEMS, max_size=9))
def test_an_alerts_detail_can_be_read_again(failing: dict[str, Any]) -> None:
    found = read_detail(explain(failing.items()))
    assert {one.problem for one in found} == set(failing.values())
    assert sum(len(one.workspaces) + one.more for one in found) == len(failing)
    assert all(len(one.workspaces) <= 5 for one in found)


def test_an_old_detail_is_read_line_by_line() -> None:
    assert read_detail("finance, sales: DLF is away.\n{}") == [
        Trouble(problem_of("finance, sales: DLF is away.")),
        Trouble(problem_of("{}")),
    ]
