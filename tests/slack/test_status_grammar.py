"""The words after /dlf-status, and their meaning."""

import random
import re
import time
from difflib import get_close_matches
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.model import Day, Workspace
from bot.domain.suggest import NameIndex
from bot.slack.digest_command import DigestChoice, choose
from bot.slack.manifest import manifest
from bot.slack.parsing import Help, InputError
from bot.slack.status_grammar import OWN, PHRASES, SHARE, StatusQuestion, WorkspaceNames, parse

ZONE = ZoneInfo("Asia/Singapore")


def workspace(project: str, name: str) -> Workspace:
    return Workspace(project, name, id=f"{project}-{name}", zone=ZONE)


SALES, FINANCE = workspace("prod", "sales"), workspace("prod", "finance")
TEST_SALES = workspace("test", "Sales EU")
TODAY = workspace("prod", "today")
SHARED_A, SHARED_B = workspace("prod", "logs"), workspace("test", "logs")
ALL = WorkspaceNames((SALES, FINANCE, TEST_SALES, TODAY, SHARED_A, SHARED_B))


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("", StatusQuestion()),
        ("today", StatusQuestion(Day.TODAY)),
        ("Yesterday", StatusQuestion(Day.YESTERDAY)),
        ("YDAY", StatusQuestion(Day.YESTERDAY)),
        ("-1", StatusQuestion(Day.YESTERDAY)),
        ("-2", StatusQuestion(Day.BEFORE_YESTERDAY)),
        ("before_yesterday", StatusQuestion(Day.BEFORE_YESTERDAY)),
        ("day before yesterday", StatusQuestion(Day.BEFORE_YESTERDAY)),
        ("the day before yesterday sales", StatusQuestion(Day.BEFORE_YESTERDAY, (SALES,))),
        ("all", StatusQuestion(Day.ALL)),
        ("week", StatusQuestion(Day.ALL)),
        ("7d", StatusQuestion(Day.ALL)),
        ("last 7 days", StatusQuestion(Day.ALL)),
        ("今天", StatusQuestion(Day.TODAY)),
        ("昨天", StatusQuestion(Day.YESTERDAY)),
        ("前天", StatusQuestion(Day.BEFORE_YESTERDAY)),
        ("七天", StatusQuestion(Day.ALL)),
        ("７天", StatusQuestion(Day.ALL)),
        ("sales yesterday", StatusQuestion(Day.YESTERDAY, (SALES,))),
        ("yesterday, finance and sales", StatusQuestion(Day.YESTERDAY, (FINANCE, SALES))),
        (
            "share own sales sales yesterday yday",
            StatusQuestion(Day.YESTERDAY, (SALES,), own=True, share=True),
        ),
        ("ｙｅｓｔｅｒｄａｙ　SALES", StatusQuestion(Day.YESTERDAY, (SALES,))),
        ("prod/sales", StatusQuestion(workspaces=(SALES,))),
        ("PROD/Finance --own", StatusQuestion(workspaces=(FINANCE,), own=True)),
        ("sales eu", StatusQuestion(workspaces=(TEST_SALES,))),
        ('"sales eu" yesterday', StatusQuestion(Day.YESTERDAY, (TEST_SALES,))),
        ("“Sales EU", StatusQuestion(workspaces=(TEST_SALES,))),
        ('yesterday "today"', StatusQuestion(Day.YESTERDAY, (TODAY,))),
        ("prod/logs test/logs", StatusQuestion(workspaces=(SHARED_A, SHARED_B))),
        ("yester\u200bday", StatusQuestion(Day.YESTERDAY)),
    ],
)
def test_every_spelling_becomes_the_expected_question(text: str, question: StatusQuestion) -> None:
    assert parse(text, ALL) == question


@pytest.mark.parametrize("dash", "-‐‑‒–—―−﹘﹣－⸺")
def test_every_dash_is_a_dash(dash: str) -> None:
    """iOS turns two dashes into a long dash; Chinese keyboards, spreadsheets and chats have their own."""
    assert parse(f"{dash}2", ALL) == StatusQuestion(Day.BEFORE_YESTERDAY)
    assert parse(f"before{dash}yesterday", ALL) == StatusQuestion(Day.BEFORE_YESTERDAY)
    for flag in ("own", f"{dash}own", f"{dash}{dash}own"):
        assert parse(flag, ALL) == StatusQuestion(own=True)
    assert parse(f"{dash}share {dash}{dash}failed", ALL) == StatusQuestion(share=True, only_failed=True)
    assert parse(f"{dash}help", ALL) == Help()
    dashed = workspace("prod", "sales-eu")
    assert parse(f"sales{dash}eu", WorkspaceNames([dashed])) == StatusQuestion(workspaces=(dashed,))


@pytest.mark.parametrize(
    "quotes", ['""', "''", "``", "“”", "””", "„“", "‟”", "‘’", "‚‘", "´´", "«»", "»«", "‹›", "「」", "『』",
               "《》", "″″", "′′", "〝〞", "＂＂", "＇＇", "“\"", "'’"]
)  # fmt: skip
def test_every_quote_is_a_quote(quotes: str) -> None:
    quoted = parse(f"yesterday {quotes[0]}today{quotes[1]} own", ALL)
    assert quoted == StatusQuestion(Day.YESTERDAY, (TODAY,), own=True)


@pytest.mark.parametrize(
    "space", [*" \t\n\r\v\f\x85\xa0\u2003\u2009\u2028\u202f\u3000\u2800\u3164"], ids=repr
)
def test_every_space_is_a_space(space: str) -> None:
    assert parse(f"{space}sales{space}yesterday{space}", ALL) == StatusQuestion(Day.YESTERDAY, (SALES,))


@pytest.mark.parametrize("unseen", [*"\u200b\u200e\u202e\u2060\ufeff\ufe0f\xad\x1b"], ids=repr)
def test_invisible_characters_are_ignored(unseen: str) -> None:
    assert parse(f"{unseen}sal{unseen}es", ALL) == StatusQuestion(workspaces=(SALES,))


@pytest.mark.parametrize("seven", "7７٧۷७৭๗𝟕")
def test_every_seven_is_a_seven(seven: str) -> None:
    assert parse(f"last {seven} days", ALL) == StatusQuestion(Day.ALL)
    assert parse(f"{seven}天", ALL) == StatusQuestion(Day.ALL)


@pytest.mark.parametrize("text", ["yesterday.", "yesterday!", "yesterday。", "YESTERDAY ?!"])
def test_a_sentences_end_is_no_part_of_a_word(text: str) -> None:
    assert parse(text.replace(" ?", ""), ALL) == StatusQuestion(Day.YESTERDAY)


def test_a_workspace_comes_before_another_spelling_of_a_day() -> None:
    named = workspace("prod", "last_week")
    assert parse("last_week", WorkspaceNames([named])) == StatusQuestion(workspaces=(named,))
    assert parse("last_week", ALL) == parse("last week", ALL)


@pytest.mark.parametrize(
    "date",
    ["2026-11-22", "2026–11–22", "٢٠٢٦-١١-٢٢", "22.11.2026", "11/22", "22.11.", "2026年11月22日", "11月22日",
     "22号", "22 Nov", "nov 22nd", "November 22 2026", "22-nov", "monday", "Mon", "tues",
     "on Friday", "last sunday", "周一", "星期天", "上周五", "tomorrow", "明天", "-3",
     "−3d", "3 days ago", "3d", "3天前", "Monday."],
)  # fmt: skip
def test_a_date_or_weekday_is_answered_with_the_days_there_are(date: str) -> None:
    answer = parse(date, ALL)
    assert isinstance(answer, InputError)
    assert answer.sentence.startswith("Single dates such as `")
    assert answer.sentence.endswith("Use today, yesterday, before_yesterday, all.")
    assert "Did you mean" not in answer.sentence


def test_a_workspace_called_like_a_weekday_is_found() -> None:
    monday = workspace("prod", "monday")
    assert parse("Monday", WorkspaceNames([monday])) == StatusQuestion(workspaces=(monday,))


@pytest.mark.parametrize("text", ["help", "HELP", "?", "yesterday help", "帮助", "--help"])
def test_help_is_found_anywhere(text: str) -> None:
    assert parse(text, ALL) == Help()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yesteday", "Unknown word `yesteday`. Did you mean `yesterday`?"),
        ("slaes", "Unknown word `slaes`. Did you mean `sales`?"),
        (
            "heute",
            "Unknown word `heute`. Use a day (today, yesterday, before_yesterday, all) or a workspace: ",
        ),
        ("today yesterday", "One day at a time: this asks for `today` and `yesterday`."),
        ("2026-11-22", "Single dates such as `2026-11-22` are not supported. Use today, "),
        ("logs", "`logs` exists in several projects. Use `prod/logs`, `test/logs`."),
        ('"yesterday"', "Unknown word `yesterday`. Did you mean `yesterday`?"),
        ("<!channel>", "Unknown word `&lt;!channel&gt;`."),
        ("x" * 10_000, "Unknown word `xxxx"),
        ("a " * 1_000, "The text is too long."),
    ],
)
def test_a_wrong_word_is_answered_with_the_nearest_right_word(text: str, said: str) -> None:
    answer = parse(text, ALL)
    assert isinstance(answer, InputError)
    assert answer.sentence.startswith(said)
    assert len(answer.sentence) < 500


def test_many_workspaces_are_not_all_listed() -> None:
    many = [workspace("prod", f"team-{n:03}") for n in range(500)]
    answer = parse("qqqq", WorkspaceNames(many))
    assert isinstance(answer, InputError)
    assert "and 494 more" in answer.sentence


def as_ever(word: str, names: list[str]) -> str | None:
    """The nearest name by comparing with each, which 5,000 names have no time for."""
    known = {name.casefold(): name for name in names}
    found = get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None


def test_failed_asks_for_those_with_failures_unless_a_workspace_is_called_so() -> None:
    sales, failed = workspace("prod", "sales"), workspace("prod", "failed")
    for text in ("failed", "FAILED today", "today failures", "失败"):
        assert parse(text, WorkspaceNames([sales])) == StatusQuestion(only_failed=True)
    assert parse("failed", WorkspaceNames([sales, failed])) == StatusQuestion(workspaces=(failed,))


LETTERS = st.text("abcdeABC_é数", max_size=12)


@given(LETTERS, st.lists(LETTERS, max_size=50))
def test_of_few_names_the_nearest_is_found_by_comparing_with_each(word: str, names: list[str]) -> None:
    assert NameIndex(names).to(word) == as_ever(word, names)


def test_of_many_similar_names_the_nearest_is_found_at_once() -> None:
    names = [f"data_warehouse_{n:05}_team_reporting" for n in range(5_000)]
    nearest = NameIndex(names)
    typos = ["data_warehouse_xxxxx_team_reporting_abc", "data_warehouse_01234_team_reprting", "x" * 40]
    for typo in typos:
        took = []
        for _ in range(5):
            began = time.thread_time()
            found = nearest.to(typo)
            took.append(time.thread_time() - began)
        assert min(took) < 0.05
        assert found in ([None] if typo == "x" * 40 else names)
    assert nearest.to("data_warehouse_01234_team_reprting") == "data_warehouse_01234_team_reporting"


def test_a_mistyped_name_of_many_is_found() -> None:
    dice = random.Random(7)
    names = [
        "".join(dice.choices("abcdefghijklmnopqrstuvwxyz_", k=dice.randint(5, 20))) for _ in range(2_000)
    ]
    nearest, right = NameIndex(names), 0
    for name in names[:100]:
        at = dice.randrange(len(name) - 1)
        swapped = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        right += nearest.to(swapped) == as_ever(swapped, names)
    assert right >= 99, "as good as comparing with each"


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_words_of_the_usage_hint_are_understood(locale: str) -> None:
    commands = {
        one["command"]: one["usage_hint"] for one in manifest(locale=locale)["features"]["slash_commands"]
    }
    days, _, *flags = re.findall(r"\[([^]]*)\]", commands["/dlf-status"])
    assert [parse(word, ALL) for word in days.split("|")] == [StatusQuestion(day) for day in Day]
    assert [parse(word, ALL) for word in flags] == [
        StatusQuestion(only_failed=True),
        StatusQuestion(own=True),
        StatusQuestion(share=True),
    ]
    for hint in commands.values():
        assert parse(hint.rpartition("| ")[2], ALL) == Help()
    _, post = re.findall(r"\[([^]]*)\]", commands["/dlf-digest"])
    assert choose(f"morning {post}", ["morning"]) == DigestChoice("morning", post=True)


def test_the_sentences_exist_in_chinese() -> None:
    answer = parse("slaes", ALL, locale="zh")
    assert answer == InputError("无法识别 `slaes`。是否为 `sales`？")


def test_two_workspaces_that_differ_by_case_can_both_be_asked_for() -> None:
    upper, lower = workspace("prod", "Ops"), workspace("prod", "ops")
    assert parse("Ops", WorkspaceNames((upper, lower))) == StatusQuestion(workspaces=(upper,))
    assert parse("ops", WorkspaceNames((upper, lower))) == StatusQuestion(workspaces=(lower,))
    assert isinstance(parse("OPS", WorkspaceNames((upper, lower))), InputError)


WORDS = st.sampled_from(
    [*PHRASES, *OWN, *SHARE, "sales", "prod/finance", "Sales EU", '"', "“", "nope", "/", "　"]
)
ANY_TEXT = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=12).map(" ".join))


@given(ANY_TEXT)
def test_any_text_is_a_question_or_a_safe_sentence(text: str) -> None:
    answer = parse(text, ALL)
    if isinstance(answer, InputError):
        assert answer.sentence
        assert "<" not in answer.sentence
        assert len(answer.sentence) < 600
    else:
        assert isinstance(answer, StatusQuestion | Help)


@given(st.sampled_from(list(PHRASES)), st.permutations(["sales", "own", "share"]))
def test_words_of_a_command_may_come_in_any_order(day: str, others: list[str]) -> None:
    words = [*others]
    words.insert(len(day) % 4, day)
    assert parse(" ".join(words), ALL) == StatusQuestion(PHRASES[day], (SALES,), own=True, share=True)


@given(st.text(min_size=1, max_size=40).filter(str.strip), st.sampled_from(["", "yesterday "]))
def test_a_quoted_name_is_always_found(name: str, day: str) -> None:
    tidy = " ".join(name.replace('"', "").split())
    one = workspace("p", tidy)
    answer = parse(f'{day}"{tidy}"', WorkspaceNames((one,)))
    if any(char.isprintable() and not char.isspace() for char in tidy):
        assert isinstance(answer, StatusQuestion | InputError)
    if tidy.isascii() and tidy.isprintable() and tidy:
        assert isinstance(answer, StatusQuestion)
        assert answer.workspaces == (one,)
