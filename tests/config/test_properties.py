"""Any file and any environment give a Config, or a list of mistakes that show no secret."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.config import Config, json_schema
from bot.dlf.settings import IamUser
from bot.secret import Secret
from tests.support.config_texts import EXAMPLE, RULE, SMALL, Reader

SECTIONS: dict[str, Any] = json_schema()["properties"]  # type: ignore[assignment]
FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = st.sampled_from(
    [*re.findall(r"[\w%/:#${}.-]+", EXAMPLE.read_text(encoding="utf-8")), "", "~", "null", "*a", "&a b", "<<",
     "${X:-}", "${", "\\", "!!int 5", "1e400", "0x10", "-1", "99999999999d", "../../etc", "٣", "Asia"]
)  # fmt: skip
TREES = st.recursive(
    WORDS | st.integers() | st.floats() | st.booleans() | st.none() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(WORDS, below, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path / "dlf.yaml")


def is_a_config_or_mistakes(read: Reader, source: bytes) -> None:
    found = read.outcome(source)
    if isinstance(found, Config):
        assert found.projects
        return
    assert found.mistakes
    assert all(mistake.what and mistake.file == str(read.path) for mistake in found.mistakes)
    assert "hunter2" not in str(found).encode("utf-8").decode()


@FUZZ
@given(st.binary(max_size=300))
@example(b"'\\")
@example(b"[" * 5000)
@example(b'"\\UFFFFFFFF"')
@example(b"%YAML " + b"9" * 5000 + b".1\n---\na")
@example(b"%TAG ! !\n%TAG ! !\n--- a")
@example(b"? ? ? ? a")
@example(b"- &a\n- *a\n- &a [*a]")
@example(b"!<tag:%ff> x")
@example(b"\xef\xbb\xbf")
@example(b'a: "\\ud800"')
def test_any_bytes(read: Reader, source: bytes) -> None:
    is_a_config_or_mistakes(read, source)


@FUZZ
@given(st.sampled_from(sorted(set(re.findall(r"\w+", SMALL)))), st.text(max_size=20), st.integers(0, 20))
def test_a_good_file_with_something_wrong_in_it(read: Reader, word: str, wrong: str, at: int) -> None:
    source = SMALL + RULE % ("fail_count", 5) + "digests: [{name: d, at: 09:00}]\n"
    places = [found.start() for found in re.finditer(rf"\b{word}\b", source)]
    if places:
        start = places[at % len(places)]
        source = source[:start] + wrong + source[start + len(word) :]
    is_a_config_or_mistakes(read, source.replace("hunter2", "x").encode("utf-8", "replace"))


@FUZZ
@given(st.dictionaries(st.sampled_from(sorted(SECTIONS)), TREES), st.data())
def test_any_tree_in_any_section(read: Reader, tree: dict[str, object], data: st.DataObject) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True)
    good = yaml.safe_load(SMALL) | tree
    source = data.draw(st.sampled_from([text, yaml.safe_dump(good), SMALL + text]))
    is_a_config_or_mistakes(read, source.replace("hunter2", "x").encode("utf-8", "surrogatepass"))


@FUZZ
@given(st.sampled_from(["rules", "digests", "projects", "slack", "http", "logs"]), st.data())
def test_any_value_under_any_key(read: Reader, section: str, data: st.DataObject) -> None:
    schema = SECTIONS[section]
    names = st.sampled_from(sorted(schema.get("items", schema)["properties"]))
    wrong = data.draw(st.dictionaries(names, TREES, max_size=5))
    good = yaml.safe_load(SMALL + RULE % ("fail_rate", 5) + 'digests: [{name: d, at: "09:00"}]')
    part = good.get(section, {})
    good[section] = [part[0] | wrong] if isinstance(part, list) else part | wrong
    source = yaml.safe_dump(good, allow_unicode=True).replace("hunter2", "x")
    is_a_config_or_mistakes(read, source.encode("utf-8", "surrogatepass"))


@FUZZ
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_a_password_is_kept_as_it_is_or_refused_unseen(read: Reader, password: str) -> None:
    auth = "{username: u, password: '${PASSWORD}', domain: d}"
    found = read.outcome(SMALL.replace("{token: hunter2}", auth), PASSWORD=password)
    if isinstance(found, Config):
        assert found.projects[0].auth == IamUser("u", Secret(password), "d")
    else:
        assert len(password.strip()) < 4 or password not in str(found)
