"""Values as shells, templates and keyboards leave them: taken as meant, or told by their cause."""

from pathlib import Path
from time import process_time

import pytest

from bot.config.mistakes import InvalidValue
from bot.config.references import WorkspaceIndex
from bot.config.scalars import ZONE
from bot.dlf.settings import IamUser
from bot.secret import Secret
from tests.support.config_texts import RULE, SMALL, Reader

TOKEN = SMALL.replace("{token: hunter2}", '{token: "${X}"}')


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path / "dlf.yaml")


def small(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new)


def digest(weekdays: str) -> str:
    return SMALL + f'digests: [{{name: d, at: "09:00", weekdays: {weekdays}}}]'


@pytest.mark.parametrize("word", ["null", "Null", "NULL", "~"])
@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ("name: prod", "name: %s", 'Write "name: prod".'),
        (
            "name: sales, id: 007",
            "name: sales, id: %s",
            'Write "id: 5a1b0c7e4d2f4b6a9c8e7f6a5b4c3d2e".',
        ),
        ('channel: "#data-ops"', "channel: %s", "Write 'channel: \"#data-ops\"'."),
        ("bot_token: xoxb-hunter2", "bot_token: %s", 'Write "bot_token: ${SLACK_BOT_TOKEN}".'),
        ("timezone: Asia/Singapore", "timezone: %s", 'Write "timezone: Asia/Singapore".'),
    ],
)
def test_yamls_null_is_no_text(read: Reader, word: str, old: str, new: str, remedy: str) -> None:
    (told,) = read.mistakes(small(old, new % word))
    key = new.split(": ")[-2].rsplit(maxsplit=1)[-1]
    assert f"{key} is {word}, which in YAML means no value. {remedy}" in told


def test_a_null_in_quotes_is_text(read: Reader) -> None:
    assert read(small("name: sales", 'name: "null"')).workspaces[0].name == "null"


@pytest.mark.parametrize("item", ["null", "~", '""'])
def test_an_item_without_a_value_is_called_an_item(read: Reader, item: str) -> None:
    rule = f"rules: [{{name: r, metric: fail_count, limit: 1, workspaces: [sales, {item}]}}]"
    assert read.mistakes(SMALL + rule) == [
        '10: rule "r": an item of workspaces has no value. Write "workspaces: [sales]", or remove the item.'
    ]


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ('"hunter2"', "has quotes around its value"),
        ("'hunter2'", "has quotes around its value"),
        ("`hunter2`", "has quotes around its value"),
        ("“hunter2”", "has quotes around its value"),
        ("‘hunter2’", "has quotes around its value"),
        ('""', "has quotes around its value"),
        ("$HUNTER_2", "holds a name that was not replaced"),
        ("x$HUNTER_2", "holds a name that was not replaced"),
        ("$SK", "holds a name that was not replaced"),
        ("${hunter2}", "holds a name that was not replaced"),
        ("$(HUNTER2)", "holds a name that was not replaced"),
        ("%HUNTER2%", "holds a name that was not replaced"),
        ("{{ hunter2 }}", "holds a name that was not replaced"),
        ("null", "holds a word that stands for no value"),
        ("None", "holds a word that stands for no value"),
        ("undefined", "holds a word that stands for no value"),
        ("<no value>", "holds a word that stands for no value"),
        ("X=hunter2", "begins with its own name"),
        ("export X=hunter2", "begins with its own name"),
        ("hunter2\r", "ends with a carriage return"),
    ],
)
def test_a_wrong_environment_variable_is_explained(
    read: Reader, tmp_path: Path, value: str, cause: str
) -> None:
    (told,) = read.mistakes(TOKEN, X=value)
    assert told.startswith(f"6: the environment variable X {cause}")
    file = tmp_path / "secret"
    file.write_bytes(value.encode() + b"\n")
    if not value.endswith("\r"):
        (of_file,) = read.mistakes(TOKEN, X_FILE=str(file))
        assert of_file.startswith(f"6: the file that X_FILE names {cause}")
    assert "hunter2" not in told.lower()


@pytest.mark.parametrize("value", ['hunter2"', "'hunter2", "$hunter2"])
def test_a_token_has_no_quotes_and_no_dollar_at_its_ends(read: Reader, value: str) -> None:
    (told,) = read.mistakes(TOKEN, X=value)
    assert "hunter2" not in told
    assert "quote" in told or "only" in told or "which is not replaced" in told


@pytest.mark.parametrize(
    "value", ["pa$$word", "$ecret", '"to be"or', "50%off%", "{x}", "nullify", "a=b", "$_x"]
)
def test_passwords_that_only_look_a_little_like_that_are_kept(read: Reader, value: str) -> None:
    text = small("{token: hunter2}", "{username: u, password: '${X}', domain: d}")
    auth = read(text, X=value).projects[0].auth
    assert auth == IamUser("u", Secret(value), "d")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (small('"#data-ops"', "'\"#data-ops\"'"), "8: a value has quotes within its quotes. Keep one pair."),
        (
            small('"#data-ops"', "“#data-ops”"),
            "8: a value stands in quotes that YAML takes for a part of it. Write \" or '.",
        ),
        (
            small("id: ws2", "id: $WS2"),
            '7: project "prod", workspace "finance": id is "$WS2", and only ${NAME} is replaced. '
            "Write ${NAME}.",
        ),
        (
            small("name: finance", "name: $finance"),
            '7: project "prod", workspace "$finance": name is "$finance", and only ${NAME} is replaced. '
            "Write ${NAME}.",
        ),
        (
            small("sqlite:///dlf-bot.db", "sqlite:///$DATA/dlf-bot.db"),
            "9: store has a $, and only ${NAME} is replaced. Write ${NAME}, or the whole path.",
        ),
        (
            small("sqlite:///dlf-bot.db", "postgresql://u:$DB_PASSWORD@h/d"),
            "9: a value holds a name that nothing replaces ($NAME, $(NAME), {{NAME}}). Write ${NAME}.",
        ),
        (
            small("{token: hunter2}", "{token: '{{ token }}'}"),
            "6: a value holds a name that nothing replaces ($NAME, $(NAME), {{NAME}}). Write ${NAME}.",
        ),
    ],
)
def test_a_wrong_value_in_the_file_is_explained(read: Reader, text: str, told: str) -> None:
    assert read.mistakes(text) == [told]


@pytest.mark.parametrize(
    ("old", "new", "line", "shown"),
    [
        ("{token: hunter2}", "{token: ${SK}}", 6, "${SK}"),
        ("{name: sales, id: 007}", "{name: sales, id: ${SK}, channel: C0SALES}", 7, "${SK}"),
        ("{name: sales, id: 007}", "\n      {name: sales,\n       id: ${SK:-5}}", 9, "${SK}"),
        ("store:", "rules: [{name: r, metric: fail_count, limit: 1, mention: [${SK}]}]\nstore:", 9, "${SK}"),
    ],
)
def test_a_placeholder_within_brackets_is_told_to_be_quoted(
    read: Reader, old: str, new: str, line: int, shown: str
) -> None:
    (told,) = read.mistakes(small(old, new))
    assert told.startswith(f"{line}: a placeholder within brackets needs quotes")
    assert told.endswith(f'Write "{shown}", with the quotes.')


@pytest.mark.parametrize(
    ("one", "other"),
    [("sales", "Sales"), ("STRASSE", "straße"), ("sales", "ｓａｌｅｓ"), ("café", "cafe\u0301"),
     ("a-b", "a\u2010b"),
     ("ws1", "ws١")],
)  # fmt: skip
def test_names_that_people_cannot_tell_apart_are_the_same_name(read: Reader, one: str, other: str) -> None:
    text = small("name: sales", f"name: {one}").replace("name: finance", f"name: {other}")
    (told,) = read.mistakes(text)
    assert "another workspace has the same name in another spelling (line 7)" in told


def test_a_workspace_is_found_in_any_spelling_the_exact_spelling_first(read: Reader) -> None:
    named = SMALL + "rules: [{name: r, metric: fail_count, limit: 1, workspaces: [SALES, Prod/Finance]}]"
    assert read(named).rules[0].workspaces == {"prod/sales", "prod/finance"}
    other = "  - {name: b, region: ap-southeast-3, project_id: x, timezone: Asia/Singapore, auth: {token: t}"
    two = (
        small("slack:", other + ", workspaces: [{name: Sales, id: y}]}\nslack:")
        + "rules: [{name: r, metric: fail_count, limit: 1, workspaces: [%s]}]"
    )
    assert read(two % "Sales").rules[0].workspaces == {"b/Sales"}
    (told,) = read.mistakes(two % "SALES")
    assert told.endswith("which several projects have. Write one of: b/Sales, prod/sales.")


def test_a_hundred_wrong_names_among_nine_thousand_are_told_within_seconds() -> None:
    index = WorkspaceIndex()
    for number in range(9_000):
        index.add("prod", f"team-{number % 97}-job-{number}")
    began = process_time()
    for number in range(100):
        with pytest.raises(InvalidValue, match="not a workspace") as wrong:
            index.find(f"taem-{number % 97}-jbo-{number}")
        assert wrong.value.remedy.startswith("Did you mean"), number
    assert process_time() - began < 5, "comparing with each takes a minute"


def test_hundreds_of_wrong_time_zones_are_told_within_seconds() -> None:
    began = process_time()
    for number in range(300):
        with pytest.raises(InvalidValue, match="not a known time zone"):
            ZONE.parse(f"Asia/Singapur{number}")
    assert process_time() - began < 15


@pytest.mark.parametrize("name", ["Today", "ALL", "ｏｗｎ"])
def test_words_that_commands_use_are_no_names_in_any_spelling(read: Reader, name: str) -> None:
    (told,) = read.mistakes(small("name: sales", f"name: {name}"))
    assert f'name is "{name}", a word that commands use.' in told


def test_keys_for_anchors_begin_with_x(read: Reader) -> None:
    common = "x-rule: &rule\n  limit: 1\n  x-note: anything\n"
    config = read(common + SMALL + "rules: [{<<: *rule, name: r, metric: fail_count, x-why: [a, b]}]")
    assert config.rules[0].limit == 1
    (told,) = read.mistakes(".common: &rule {limit: 1}\n" + SMALL)
    assert told.startswith("1: unknown key.")
    assert told.endswith("Keys that only hold a part to repeat begin with x-.")


@pytest.mark.parametrize(
    ("written", "days"),
    [
        *((word, {1}) for word in ("tu", "tue", "Tues", "tues.", "Tuesdays",
                                      "周二", "星期二", "礼拜二", "週二")),
        *((word, {2}) for word in ("we", "Weds", "wednes")),
        *((word, {3}) for word in ("th", "thur", "Thurs", "THURSDAY")),
        *((word, {0, 1, 2, 3, 4}) for word in (
            "mon–fri", "mon — fri", "mon‑fri", "mon~fri", "mon to fri", "mon..fri", "Monday - Friday",
            "周一至周五", "weekday", "weekdays", "workdays", "working days", "business days", "工作日")),
        *((word, {5, 6}) for word in ("weekend", "weekends", "周末", "'sat,sun'", "sat and sun", "sat/sun",
                                         "sat sun")),
        *((word, set(range(7))) for word in ("daily", "everyday", "every day", "每天",
                                                  "'weekdays, weekend'")),
        ("fri-mon", {4, 5, 6, 0}),
    ],
)  # fmt: skip
def test_weekdays_as_people_write_them(read: Reader, written: str, days: set[int]) -> None:
    assert read(digest(written)).digests[0].schedule.weekdays == days


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("1-5", "and numbers of weekdays begin with Sunday for some, with Monday for others. Write names"),
        ("mon-", "which is a range without its end. Write it like mon-fri."),
        ("thirsday", 'which is not a weekday. Did you mean "thursday"?'),
        ("holidays", "which is not a weekday. "),
        ("' , '", "which is not a weekday. Write mon-fri, weekdays, daily, or a list."),
    ],
)
def test_a_wrong_weekday_is_refused_with_the_reason(read: Reader, written: str, told: str) -> None:
    (found,) = read.mistakes(digest(written))
    assert told in found


def test_words_times_and_numbers_are_read_in_every_spelling(read: Reader) -> None:
    config = read(
        SMALL
        + "rules: [{name: r, metric: Fail-Count, limit: ５, severity: CRITICAL}]\n"
        + "digests: [{name: d, at: '09：30', days: [Before-Yesterday]}]\nlogs: {level: Info, format: JSON}"
    )
    (rule,), (plan,) = config.rules, config.digests
    assert (rule.metric, rule.limit, rule.severity) == ("fail_count", 5, "critical")
    assert (str(plan.schedule.at), plan.days) == ("09:30:00", ("before_yesterday",))
    assert (config.logs.level, config.logs.format) == ("info", "json")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        *((SMALL + f"poll_every: {written}", f"Write {meant}.") for written, meant in (
            ("5 m", "5m"), ("90min", "90m"), ("1 hour and 30 minutes", "1h30m"), ("2 DAYS", "2d"),
            ("５m", "5m"))),
        (SMALL + "poll_every: 1 month", "Write it like 30s, 5m, 4h or 2d."),
        (small("Asia/Singapore", "China"), 'Did you mean "Asia/Shanghai"?'),
        (small("Asia/Singapore", "CST"), 'Did you mean "Asia/Shanghai"?'),
        (small('"#data-ops"', "https://x.slack.com/archives/C0ABC/p1"), "Write C0ABC."),
        (small('"#data-ops"', '"#data-ops", admins: ["<@U0ADA>"]'), "Write U0ADA."),
    ],
)  # fmt: skip
def test_an_unreplaced_placeholder_gets_the_right_remedy(read: Reader, text: str, remedy: str) -> None:
    (told,) = read.mistakes(text)
    assert told.endswith(remedy)


@pytest.mark.parametrize("written", ["zh-CN", "zh_CN", "ZH", "zh_CN.UTF-8"])
def test_only_the_language_of_a_locale_is_used(read: Reader, written: str) -> None:
    assert read(small('"#data-ops"', f'"#data-ops", locale: {written}')).slack.locale == "zh"


def test_the_limit_of_a_rule_may_still_come_from_the_environment(read: Reader) -> None:
    assert read(SMALL + RULE % ("fail_count", "'${LIMIT}'"), LIMIT="7").rules[0].limit == 7
