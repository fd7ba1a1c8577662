"""Renames in a config: an identity that had a name before has another now."""

import pytest

from bot.domain.names import renamed, respelled


@pytest.mark.parametrize(
    ("known", "wanted", "moves"),
    [
        ({"p/a": "1"}, {"p/a": "1"}, {}),
        ({"p/a": "1"}, {"p/b": "1"}, {"p/a": "p/b"}),
        ({"p/a": "1"}, {"p/A": "1"}, {"p/a": "p/A"}),
        ({"p/a": "1", "p/b": "2"}, {"p/b": "1", "p/a": "2"}, {"p/a": "p/b", "p/b": "p/a"}),
        ({"p/a": "1", "p/b": "2"}, {"p/b": "1", "p/c": "2"}, {"p/a": "p/b", "p/b": "p/c"}),
        ({"p/a": "1"}, {"p/b": "1", "p/c": "1"}, {}),
        ({"p/a": "1", "p/b": "1"}, {"p/c": "1"}, {}),
        ({"p/a": "1", "p/b": "1"}, {"p/b": "1"}, {}),
        ({"p/a": "1"}, {"p/a": "1", "p/b": "1"}, {}),
        # p/b was something that is no more: its rows would be taken for those of p/a.
        ({"p/a": "1", "p/b": "2"}, {"p/b": "1"}, {}),
        ({"p/a": "1", "p/b": "2", "p/c": "3"}, {"p/b": "1", "p/c": "2"}, {}),
        ({"p/a": "1"}, {"p/a": "2"}, {}),
        ({}, {"p/a": "1"}, {}),
    ],
    ids=[
        "same",
        "renamed",
        "only the case",
        "swapped",
        "one after the other",
        "two names now",
        "two names before",
        "one of two names left",
        "a second name",
        "a name of something gone",
        "a chain to something gone",
        "another of this name",
        "new",
    ],
)
def test_only_a_certainly_identical_workspace_is_renamed(
    known: dict[str, str], wanted: dict[str, str], moves: dict[str, str]
) -> None:
    assert renamed(known, wanted) == moves


@pytest.mark.parametrize(
    ("stored", "wanted", "moves"),
    [
        ({"Failures"}, {"failures", "stuck"}, {"Failures": "failures"}),
        ({"failures"}, {"failures"}, {}),
        ({"failures"}, {"failed"}, {}),
        ({"Failures", "failures"}, {"failures"}, {}),
        ({"Failures"}, {"failures", "FAILURES"}, {}),
    ],
)
def test_a_rule_is_the_same_only_if_nothing_but_its_capitals_changed(
    stored: set[str], wanted: set[str], moves: dict[str, str]
) -> None:
    assert respelled(stored, wanted) == moves
