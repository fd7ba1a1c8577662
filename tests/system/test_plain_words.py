"""Docstrings and comments in plain English: no riddles at their beginning, few vague pronouns."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "tests", "benchmarks")
# A sentence that begins so hides its subject.
FIRST_WORDS = re.compile(r"(Who|Whoever|What|Whatever|Nobody|Everybody|Somebody|Anybody)\b")
VAGUE = re.compile(r"\b(who|whoever|nobody|whatever|anybody|somebody|everybody|one)\b", re.IGNORECASE)
PER_THOUSAND = 4
# Cheaper than the tokenizer; a "#" within a string does no harm here.
COMMENT = re.compile(r"(?:^|\s)# (.*)$", re.MULTILINE)
DOCUMENTED = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@cache
def _docstrings(folder: str) -> list[tuple[str, str]]:
    return [
        (f"{path.relative_to(ROOT)}:{node.body[0].lineno}", text)
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node))
    ]


def _comments(folder: str) -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), text)
        for path in sorted((ROOT / folder).rglob("*.py"))
        for text in COMMENT.findall(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_docstrings_name_their_subject_first(folder: str) -> None:
    found = [f"{place}: {text}" for place, text in _docstrings(folder) if FIRST_WORDS.match(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("folder", FOLDERS)
def test_vague_words_are_rare(folder: str) -> None:
    texts = [*_docstrings(folder), *_comments(folder)]
    words = sum(len(text.split()) for _, text in texts)
    found = [f"{place}: {text}" for place, text in texts for _ in VAGUE.findall(text)]
    assert 1000 * len(found) <= PER_THOUSAND * words, "\n".join(found)


def _names_of_tests() -> list[str]:
    pattern = re.compile(r"^\s*(?:async )?def test_(\w+)", re.MULTILINE)
    return [
        name
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for name in pattern.findall(path.read_text(encoding="utf-8"))
    ]


def test_names_of_tests_name_their_subject_first() -> None:
    names = _names_of_tests()
    assert len(names) > 1000
    assert [name for name in names if FIRST_WORDS.match(name.partition("_")[0].capitalize())] == []


def test_vague_words_are_rare_in_names_of_tests() -> None:
    words = [word for name in _names_of_tests() for word in name.split("_")]
    assert 1000 * sum(bool(VAGUE.fullmatch(word)) for word in words) <= PER_THOUSAND * len(words)
