"""The words after /dlf-digest, and their meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.digest_command import DigestChoice, choose
from bot.slack.parsing import Help, InputError

TWO = ("morning", "Finance")


@pytest.mark.parametrize(
    ("text", "names", "chosen"),
    [
        ("", ["morning"], DigestChoice("morning")),
        ("post", ["morning"], DigestChoice("morning", post=True)),
        ("morning", TWO, DigestChoice("morning")),
        ("MORNING", TWO, DigestChoice("morning")),
        ("finance --post", TWO, DigestChoice("Finance", post=True)),
        ("post finance", TWO, DigestChoice("Finance", post=True)),
        ("“finance” 发布", TWO, DigestChoice("Finance", post=True)),
        ("finance —post", TWO, DigestChoice("Finance", post=True)),
        ("–– post Morning.", TWO, None),
        ("Post Morning.", TWO, DigestChoice("morning", post=True)),
        ("ｆｉｎａｎｃｅ。", TWO, DigestChoice("Finance")),
        ("v1.", ["v1.", "v1"], DigestChoice("v1.")),
        ("post", ["post", "other"], DigestChoice("post")),
        ("post", ["A", "a"], None),
        ("a", ["A", "a"], DigestChoice("a")),
    ],
)
def test_a_digest_is_chosen(text: str, names: list[str], chosen: DigestChoice | None) -> None:
    found = choose(text, names)
    assert found == chosen or (chosen is None and isinstance(found, InputError))


@pytest.mark.parametrize(
    ("text", "names", "sentence"),
    [
        ("morning", [], "No digests in the config."),
        ("", TWO, "Which digest? `morning`, `Finance`."),
        ("post", TWO, "Which digest? `morning`, `Finance`."),
        ("morning finance", TWO, "Which digest? `morning`, `Finance`."),
        ("mornign", TWO, "Unknown word `mornign`. Did you mean `morning`?"),
        ("FINANSE", TWO, "Unknown word `FINANSE`. Did you mean `Finance`?"),
        ("<!here>", TWO, "Unknown word `&lt;!here&gt;`. Which digest? `morning`, `Finance`."),
    ],
)
def test_text_that_is_not_understood_gets_a_sentence(text: str, names: list[str], sentence: str) -> None:
    assert choose(text, names) == InputError(sentence)


def test_help_is_help_with_any_further_words() -> None:
    assert choose("morning help", TWO) == Help()


@given(st.text(max_size=200), st.lists(st.text("ab-", min_size=1, max_size=5), unique=True, max_size=3))
def test_any_text_is_a_digest_of_the_config_or_a_sentence(text: str, names: list[str]) -> None:
    found = choose(text, names)
    match found:
        case DigestChoice(name):
            assert name in names
        case InputError(sentence):
            assert sentence
            assert "<!" not in sentence
        case _:
            assert found == Help()
