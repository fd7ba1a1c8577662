"""Messages have the same facts at three levels, nothing false, and no unwanted mentions."""

import json
import os
import pathlib
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from slackblocks._surfaces import validate_surface_blocks

import bot.messages
from bot.domain.alert_reasons import next_told
from bot.domain.alerts import Alert, Reason, Told
from bot.domain.digest import NOT_TO_ITS_END, Digest, DigestDay
from bot.domain.explanation import Value
from bot.domain.model import COUNT_NAMES, Answer, Day, Metric, StatusCounts, Workspace
from bot.domain.rules import Rule, Severity
from bot.domain.silences import DATE_END, TODAY_END, Hush
from bot.domain.unreadable import UNREADABLE
from bot.messages.alert import (
    ACKNOWLEDGE,
    SILENCE,
    SILENCES,
    render_alert,
    render_follow_up,
    silence_choice,
)
from bot.messages.digest import render_digest
from bot.messages.figures import delta, number, percent
from bot.messages.handovers import GIVE_BACK, TAKE_OVER, handed
from bot.messages.message import Message, from_json, to_json
from bot.messages.mrkdwn import clip, ping
from bot.messages.service import (
    admins_only,
    channel_parked,
    help_text,
    labelled_test,
    late,
    possible_repeat,
    reading,
    refusal,
    trial_post,
)
from bot.messages.silences import END_SILENCE
from bot.messages.status import render_status
from bot.messages.why import ASK_WHY, render_why
from bot.messages.words import Words
from bot.playground.fake_slack.validation import check_message
from tests.support.golden_messages import CHINESE, ENGLISH, GOLDEN
from tests.support.message_scenes import (
    BEGAN,
    BLIND,
    CORRECTED,
    DAY_ENDED,
    FINANCE,
    FINE,
    FIRING,
    GIVEN_BACK,
    HUSHED,
    LATE,
    LEFT_OVER,
    LOGS,
    NAMED,
    NOW,
    OVER,
    RISK,
    RULE,
    SALES,
    SEVERAL,
    SILENCED,
    STUCK,
    SUNDAY,
    TAKEN,
    TAKEN_OVER,
    TROUBLED,
    UNANNOUNCED,
    UNSILENCED,
    WHY,
    answer,
    counts,
    digest,
    row,
)

HERE = pathlib.Path(__file__).parent
MESSAGES = pathlib.Path(bot.messages.__file__).parent


def everything(message: Message) -> str:
    return json.dumps([message.text, message.native, message.classic], ensure_ascii=False)


def levels(message: Message) -> tuple[str, str, str]:
    """The text of each level, to search in."""
    return (
        json.dumps(message.native, ensure_ascii=False),
        json.dumps(message.classic, ensure_ascii=False),
        message.text,
    )


def absolute(level: str, *, date: bool) -> str:
    """The level as Slack shows it where it cannot show moments in the reader's zone, zones left out."""
    dated = r"\1" if date else r"\2"
    return re.sub(r"<!date\^[0-9]+\^[^|>]*\|([^>]*?([0-9]{2}:[0-9]{2}))( ?[(（][^)）]*[)）])?>", dated, level)


def said_everywhere(message: Message, *facts: str) -> bool:
    return all(
        any(fact in absolute(level, date=date) for date in (True, False))
        for fact in facts
        for level in levels(message)
    )


def said_nowhere(message: Message, *facts: str) -> bool:
    return not any(fact in level for fact in facts for level in levels(message))


# --- as they look ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOLDEN)
def test_messages_look_as_they_did(name: str) -> None:
    """REWRITE_GOLDEN=1 writes them anew; look at the difference before you commit it."""
    path = HERE / "golden" / f"{name}.json"
    found = json.dumps(json.loads(to_json(GOLDEN[name])), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "said"), [("english", ENGLISH), ("chinese", CHINESE)])
def test_the_texts_of_all_messages_look_as_they_did(language: str, said: dict[str, Message]) -> None:
    path = HERE / "golden" / f"texts-{language}.txt"
    found = "\n".join(f"== {name}\n{message.text}\n" for name, message in said.items())
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_no_golden_message_is_left_over() -> None:
    assert {path.stem for path in (HERE / "golden").glob("*.json")} == set(GOLDEN)


_CHINESE = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
HALF_WIDTH_IN_CHINESE = re.compile(rf"{_CHINESE}\*?[:,;()]|[:,;()]\*?[\u4e00-\u9fff]")


@pytest.mark.parametrize("name", CHINESE)
def test_chinese_has_full_width_punctuation(name: str) -> None:
    found = [line for level in levels(CHINESE[name]) for line in level.splitlines()]
    assert [line for line in found if HALF_WIDTH_IN_CHINESE.search(line)] == []


# Lines that need a second colon: a row's reason after its name; text from outside.
TWO_COLONS = re.compile(
    r"(no data|not updated|无数据|未能更新)[:：]"  # a row says why it has no numbers
    r"|did not return job counts:|返回的不是作业计数："  # the reason is the gateway's
    r"|^rule |^规则 |^(error|错误)[:：]|^(First error|首个错误)"
)


def said_of(line: str) -> str:
    """A line without times, code, links and small print, each part of which stands for itself."""
    line = re.sub(r"<[^>]*>|`[^`]*`|[0-9]{1,2}:[0-9]{2}", "", line)
    return max(line.split(" · "), key=lambda part: len(re.findall("[:：]", part)))


@pytest.mark.parametrize("said", [*ENGLISH.values(), *CHINESE.values()], ids=[*ENGLISH, *CHINESE])
def test_no_line_has_two_colons(said: Message) -> None:
    lines = [said_of(line) for line in said.text.splitlines() if not TWO_COLONS.search(line)]
    assert [line for line in lines if len(re.findall("[:：]", line)) > 1] == []


LONGEST_NAME = "finance-ledger-daily"  # 20 letters
CHANGES_OF_ALERTS = [
    (FIRING, Reason.WORSE),
    (FIRING, Reason.STILL_FIRING),
    (TAKEN, Reason.STILL_TAKEN),
    (OVER, Reason.RESOLVED),
    (DAY_ENDED, Reason.DAY_ENDED),
    (CORRECTED, Reason.CORRECTED),
]


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("severity", Severity)
def test_a_title_with_a_name_of_20_letters_has_60_characters_at_most(severity: Severity, locale: str) -> None:
    where = replace(SALES, name=LONGEST_NAME)
    rule = replace(RULE, severity=severity)
    for alert in (FIRING, TAKEN, OVER, replace(FIRING, value=1214), BLIND):
        title = render_alert(alert, rule, where, locale=locale).text.splitlines()[0]
        assert len(title) <= 60, title
    # Their state is a phrase: only the limit or the former number may be behind.
    for alert in (DAY_ENDED, CORRECTED):
        start = render_alert(alert, rule, where, locale=locale).text[:60]
        assert Words(locale).phrase(RULE.metric, alert.value) in start


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize(("alert", "reason"), CHANGES_OF_ALERTS)
def test_a_reply_has_state_place_and_number_in_its_first_60_characters(
    alert: Alert, reason: Reason, locale: str
) -> None:
    where = replace(SALES, name=LONGEST_NAME)
    start = render_follow_up(alert, RULE, where, reason, locale=locale).text[:60]
    symbol, _, said = start.partition(" ")
    assert symbol in "📈🔁✅🌙✏️" and LONGEST_NAME in said
    assert Words(locale).phrase(RULE.metric, alert.value) in said


def test_a_long_chinese_problem_is_cut_between_sentences() -> None:
    long = row(LOGS, None, problem="读取失败！" + "是否已配置？" * 2 + "请检查。" * 60)
    said = render_status(answer(long), locale="zh").text.splitlines()[1]
    assert said.endswith("请检查。") and len(said) < 180
    once = row(LOGS, FINE, problem="读取失败！请检查网络。")
    assert "未能更新：读取失败！" in render_status(answer(once, row(SALES, FINE)), locale="zh").text
    assert "请检查网络" not in render_status(answer(once, row(SALES, FINE)), locale="zh").text


def test_an_alert_says_that_it_is_free_until_a_person_takes_it() -> None:
    assert said_everywhere(render_alert(FIRING, RULE, SALES), "Since 10:00 · peak 17 · nobody has it")
    assert said_everywhere(render_alert(FIRING, RULE, SALES, locale="zh"), "峰值 17 · 无人认领")
    for other in (TAKEN, OVER, GIVEN_BACK):
        assert said_nowhere(render_alert(other, RULE, SALES), "nobody has it")


@pytest.mark.parametrize("name", GOLDEN)
def test_slack_would_take_every_level(name: str) -> None:
    for blocks in GOLDEN[name].levels():
        validate_surface_blocks(list(blocks), "message")
        check_message(json.loads(json.dumps(blocks)), [])


@pytest.mark.parametrize("name", GOLDEN)
def test_the_classic_level_has_no_new_blocks(name: str) -> None:
    new = {"table", "data_visualization", "data_table", "alert", "card", "container"}
    assert not {block["type"] for block in GOLDEN[name].classic} & new


@pytest.mark.parametrize("name", GOLDEN)
def test_messages_survive_the_store(name: str) -> None:
    assert everything(from_json(to_json(GOLDEN[name]))) == everything(GOLDEN[name])


# --- answers --------------------------------------------------------------------------------------


def test_a_card_shows_all_13_counts() -> None:
    numbers = {name: 100 + place for place, name in enumerate(COUNT_NAMES)}
    message = render_status(answer(row(SALES, counts(**numbers))))
    assert said_everywhere(message, *(str(n) for n in numbers.values()))


@pytest.mark.parametrize("name", COUNT_NAMES)
def test_an_unknown_count_is_never_shown_as_0(name: str) -> None:
    sevens = counts(**dict.fromkeys(COUNT_NAMES, 7))
    known = row(SALES, replace(sevens, **{name: None}))
    for message in (render_status(answer(known)), render_status(answer(known, row(FINANCE, sevens)))):
        assert said_everywhere(message, "not returned") or said_everywhere(message, "DLF did not return")
        shown = message.text.split(", as of")[0]
        assert not re.search(r"(?<![\d.,])0\b", shown)


@pytest.mark.parametrize(
    "gap",
    [
        "fail_count",
        "running_exception_count",
        "waiting_confirm_count",
        "force_success_count",
        "ignore_success_count",
        "total_count",
    ],
)
def test_nothing_is_green_while_a_telling_count_is_unknown(gap: str) -> None:
    known = replace(FINE, **{gap: None})
    for message in (
        render_status(answer(row(SALES, known))),
        render_status(answer(row(SALES, known), row(LOGS, None, problem="x"))),
        render_digest(digest(row(SALES, known)), now=NOW),
    ):
        assert said_nowhere(message, "✅")


def test_nothing_is_green_when_nothing_ran() -> None:
    message = render_status(answer(row(SALES, counts())))
    assert said_everywhere(message, "Nothing ran (0 instances)", "check the workspace's id")
    assert said_nowhere(message, "✅")
    assert said_everywhere(
        render_status(answer(row(SALES, counts()), row(FINANCE, FINE))), "nothing ran in 1 workspace"
    )


def test_numbers_that_could_not_be_read_anew_are_not_green() -> None:
    old = row(SALES, FINE, problem="DLF refused the access key.")
    for message in (render_status(answer(old)), render_digest(digest(old), now=NOW)):
        assert said_everywhere(message, "not updated: DLF refused the access key.")
        assert said_nowhere(message, "✅")


def test_numbers_still_being_read_are_not_green() -> None:
    message = render_status(answer(row(SALES, FINE, coming=True)))
    assert said_everywhere(message, "⏳", "updating…")
    assert said_nowhere(message, "✅")


def test_overridden_failures_stand_apart_from_success() -> None:
    message = render_status(answer(row(SALES, TROUBLED)))
    assert said_everywhere(
        message, "3 failed, 2 more failures overridden (1 forced to success, 1 ignored)", "1,204"
    )
    overridden = counts(success_count=5, ignore_success_count=2, total_count=7)
    message = render_status(answer(row(SALES, overridden)))
    assert said_everywhere(message, "No open failures; 2 failures overridden (ignored)")
    assert said_nowhere(message, "✅")


def test_stuck_and_unconfirmed_instances_are_said_to_need_a_person() -> None:
    known = counts(running_exception_count=2, waiting_confirm_count=1, total_count=9)
    message = render_status(answer(row(SALES, known)))
    assert said_everywhere(
        message,
        "Stuck instances wait for a person",
        "to confirm wait for a person",
        "2 stuck",
        "1 to confirm",
    )


def test_every_answer_says_date_zone_scope_and_read_time() -> None:
    for several in ((), (row(FINANCE, FINE),)):
        message = render_status(answer(row(SALES, FINE), *several))
        assert said_everywhere(
            message,
            "Sun 22 Nov, as of 23 Nov 09:02 (Asia/Singapore)",
            "all users' instances",
        )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("_sales_", "ˍsales_"),
        ("~sales~", "∼sales~"),
        ("__sales__", "ˍˍsales_ˍ"),
        ("._sales_.", ".ˍsales_."),
        ("a-*b*", "a-∗b*"),
        ("eu_sales~1", "eu_sales~1"),
    ],
)
def test_a_name_is_neither_slanted_nor_struck_through(name: str, shown: str) -> None:
    message = render_status(answer(row(replace(SALES, name=name), FINE), row(FINANCE, FINE)))
    for text in (message.text, json.dumps(message.classic, ensure_ascii=False)):
        assert shown in text
        assert shown == name or name not in text
    assert name in json.dumps(message.native), "a cell of a table formats nothing"


def test_own_means_the_bots_user_and_never_mine() -> None:
    message = render_status(answer(row(SALES, FINE), own=True), account="dlf_<reader>")
    assert said_everywhere(message, "only instances of the bot's IAM user dlf_&lt;reader&gt;")
    assert not re.search(r"\b(my|mine|your|yours)\b", everything(message))


def test_all_is_the_last_seven_days_and_no_week() -> None:
    known = replace(row(SALES, TROUBLED, Day.ALL), before=counts(fail_count=1))
    for message in (
        render_status(answer(known, day=Day.ALL)),
        render_status(answer(known, known, day=Day.ALL)),
    ):
        assert said_everywhere(message, "the last 7 days, as of 23 Nov 09:02 (Asia/Singapore)")
        assert said_nowhere(message, "week", "day before", "average")


def test_today_is_not_held_against_a_whole_yesterday() -> None:
    now = row(SALES, FINE, Day.TODAY, before=counts(fail_count=4))
    message = render_status(answer(now, day=Day.TODAY))
    assert said_everywhere(message, "all of yesterday: 4", "so far")
    assert said_nowhere(message, "-4")


def test_a_row_that_was_not_read_says_why_and_has_no_numbers() -> None:
    message = render_status(SEVERAL)
    assert said_everywhere(message, "no data: DLF did not answer within 10 s.", "no data from 1")
    assert said_everywhere(message, "At least 3 failed")
    table = next(block for block in message.native if block["type"] == "table")
    logs = next(cells for cells in table["rows"] if cells[0]["text"].endswith("logs"))
    assert not any(cell["text"].isdigit() for cell in logs)


def test_rows_still_coming_are_announced() -> None:
    message = render_status(SEVERAL)
    assert said_everywhere(message, "Still reading 1 workspace", "⏳")
    assert "risk: ⏳ reading…" in message.text


def test_rows_that_need_a_person_come_first() -> None:
    lines = render_status(SEVERAL).text.splitlines()
    order = [
        line.split(":")[0] for line in lines if line.split(":")[0] in ("sales", "logs", "risk", "finance")
    ]
    assert order == ["sales", "logs", "risk", "finance"]


def test_columns_that_say_nothing_are_left_out() -> None:
    message = render_status(answer(row(SALES, FINE), row(FINANCE, FINE)))
    table = next(block for block in message.native if block["type"] == "table")
    assert [cell["text"] for cell in table["rows"][0]] == [
        "Workspace",
        "Failed",
        "Stuck",
        "Succeeded",
        "Success rate",
    ]


def test_a_table_has_at_most_eight_columns() -> None:
    everything_there_is = counts(**dict.fromkeys(COUNT_NAMES, 1234))
    rows = [row(one, everything_there_is, before=TROUBLED) for one in (SALES, FINANCE)]
    for message in (render_status(answer(*rows)), render_digest(digest(*rows), now=NOW)):
        table = next(block for block in message.native if block["type"] == "table")
        cells = dict(zip(*([cell["text"] for cell in line] for line in table["rows"][:2]), strict=True))
        assert len(cells) == 8
        assert cells["Failed"] == "1,234 (+1,231)"
        assert cells["Succeeded"] == "1,234 of 1,234"


def test_how_failures_were_overridden_is_said_without_repeating_the_number() -> None:
    one_way = counts(fail_count=2, ignore_success_count=1, total_count=3)
    assert said_everywhere(
        render_status(answer(row(SALES, one_way))), "2 failed, 1 more failure overridden (ignored)"
    )
    message = render_status(answer(row(SALES, one_way), row(FINANCE, FINE)))
    assert said_everywhere(message, "ignored") and "1 overridden (ignored)" in message.text
    assert said_nowhere(message, "1 (1 ignored)")


def test_rows_read_far_apart_say_when_each_was_read() -> None:
    def read(minutes: int) -> Message:
        old = row(SALES, FINE)
        assert old.snapshot
        snapshot = replace(old.snapshot, read_at=NOW - timedelta(minutes=minutes))
        return render_status(answer(replace(old, snapshot=snapshot), row(FINANCE, FINE)))

    assert said_everywhere(
        read(62), "23 Nov 08:00", "read between 23 Nov 08:00 and 23 Nov 09:02 (Asia/Singapore)"
    )
    lines = {line.split(":")[0]: line for line in read(62).text.splitlines()}
    assert "as of 23 Nov 08:00" in lines["sales"]
    assert "read" not in {line.split(":")[0]: line for line in read(3).text.splitlines()}["sales"]


LONG = (
    "DLF is temporarily unavailable (HTTP 500, APIGW.0601). "
    + "Nobody knows the counts now, nor when they will be. " * 3
)


def test_a_reason_shared_by_rows_is_shown_once_and_ends_with_a_whole_sentence() -> None:
    message = render_status(answer(*(row(one, None, problem=LONG) for one in (SALES, FINANCE, LOGS))))
    sections = [block["text"]["text"] for block in message.native if block["type"] == "section"]
    assert sections[-1].startswith("*sales, finance, logs*: no data: DLF is temporarily unavailable")
    assert sections[-1].endswith("nor when they will be.")
    assert said_nowhere(message, "…")
    assert len(sections) == 2


def test_a_row_with_numbers_does_not_say_that_the_counts_are_unknown() -> None:
    message = render_status(answer(*(row(one, FINE, problem=LONG) for one in (SALES, FINANCE))))
    assert said_everywhere(message, "not updated: DLF is temporarily unavailable (HTTP 500, APIGW.0601).")
    assert said_nowhere(message, "Nobody knows")


def test_workspaces_in_several_zones_each_say_their_date() -> None:
    berlin = Workspace("prod", "berlin", "id", ZoneInfo("Europe/Berlin"))
    late_evening = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    rows = tuple(
        replace(found, snapshot=replace(found.snapshot, business_date=on, read_at=late_evening))
        for found, on in ((row(SALES, FINE), date(2026, 11, 23)), (row(berlin, FINE), date(2026, 11, 22)))
        if found.snapshot
    )
    message = render_status(answer(*rows, day=Day.TODAY))
    lines = {line.split(":")[0]: line for line in message.text.splitlines()}
    assert "Mon 23 Nov (Asia/Singapore)" in lines["sales"]
    assert "Sun 22 Nov (Europe/Berlin)" in lines["berlin"]


def test_equal_names_of_two_projects_are_told_apart() -> None:
    other = replace(SALES, project="test")
    assert said_everywhere(
        render_status(answer(row(SALES, FINE), row(other, FINE))), "prod/sales", "test/sales"
    )


def many(failing: int, fine: int, unread: int) -> Answer:
    made = [TROUBLED] * failing + [FINE] * fine + [None] * unread
    named = [replace(SALES, name=f"w{n}") for n in range(len(made))]
    return answer(*(row(one, found) for one, found in zip(named, made, strict=True)))


def test_failed_shows_only_rows_with_failures_or_without_data_and_counts_the_rest() -> None:
    message = render_status(replace(many(2, 40, 1), only_failed=True))
    assert said_everywhere(message, "in 43 workspaces", "and 40 more workspaces")
    assert [name for name in ("w0", "w1", "w2", "w42") if f"{name}: " in message.text] == ["w0", "w1", "w42"]
    fine = render_status(replace(many(0, 43, 0), only_failed=True))
    assert said_everywhere(fine, "✅ Nothing failed or stuck in 43 workspaces", "no failures known there")
    assert "w0" not in fine.text


def test_five_hundred_workspaces_are_readable_and_within_slacks_limits() -> None:
    message = render_status(many(30, 460, 10))
    assert said_everywhere(message, "in 500 workspaces", "/dlf-status failed shows only those")
    for blocks in message.levels():
        validate_surface_blocks(list(blocks), "message")
        check_message(json.loads(json.dumps(blocks)), [])


@pytest.mark.parametrize(("minutes", "offered"), [(0, False), (4, True)])
def test_numbers_that_are_not_of_now_can_be_asked_for_anew(minutes: int, offered: bool) -> None:
    asked = replace(many(1, 10, 0), asked_at=NOW + timedelta(minutes=minutes))
    message = render_status(asked, refresh="today failed")
    assert ("status_refresh" in actions(message)) is offered
    assert ("as of 4 min ago" in message.text) is offered
    assert "status_refresh" not in actions(render_status(asked, refresh="x" * 2001))


def test_a_name_that_another_project_has_carries_its_project_also_alone() -> None:
    sales = replace(SALES, namesake=True)
    assert said_everywhere(render_status(answer(row(sales, FINE))), "prod/sales · yesterday")
    assert said_everywhere(render_alert(FIRING, RULE, sales), "prod/sales: 14 failed")


def test_an_empty_answer_still_says_so() -> None:
    assert render_status(answer()).text == "No workspaces to show. Check the workspaces in the config."


# --- alerts ---------------------------------------------------------------------------------------


def actions(message: Message) -> list[str]:
    return [
        element["action_id"]
        for block in message.native
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def pings(message: Message) -> list[str]:
    """All that Slack would act on, but the moments that we have it show."""
    return re.findall(r"<[!@](?!date\^[0-9]+\^\{date_short_pretty\} \{time\}\|)[^>]*>", everything(message))


@pytest.mark.parametrize(
    ("alert", "facts"),
    [
        (FIRING, ["⚠️ Warning · sales: 14 failed", "Since 10:00 · peak 17"]),
        (TAKEN, ["Warning · sales: 14 failed", "Taken by <@U0ADA> at 10:12"]),
        (OVER, ["✅ Resolved · sales: 2 failed (limit 5)", "Lasted 1 h 35 min, 10:00 to 11:35 · peak 17"]),
        (
            DAY_ENDED,
            ["🌙 Day over, not resolved · sales: 14 failed", "Not a recovery: DLF counts each day from 0"],
        ),
        (CORRECTED, ["✏️ Corrected · sales: 9 failed on Sun 22 Nov, was 14", "Changed after the day ended"]),
        (UNANNOUNCED, ["Lasted 1 h 35 min, 10:00 to 11:35", "It ended before this message could be sent."]),
    ],
    ids=["firing", "acknowledged", "resolved", "day ended", "corrected", "over before told"],
)
def test_the_root_message_shows_the_current_state(alert: Alert, facts: list[str]) -> None:
    message = render_alert(alert, RULE, SALES)
    assert said_everywhere(message, *facts)
    assert said_everywhere(
        message,
        "fail_count above 5 in 2 polls in a row",
        "prod/sales",
        "all users' instances",
        "Sun 22 Nov",
        ", as of 1",
        "(Asia/Singapore)",
    )


def test_an_alert_says_its_zone_once_and_its_peak_only_where_it_is_news() -> None:
    for alert in (FIRING, TAKEN, OVER, DAY_ENDED, CORRECTED):
        for level in levels(render_alert(alert, RULE, SALES)):
            assert absolute(level, date=True).count("Asia/Singapore") == 1
        at_worst = replace(alert, peak=alert.ended_value or alert.value)
        assert said_nowhere(render_alert(at_worst, RULE, SALES), "peak")
        for reason in Reason:
            assert said_nowhere(render_follow_up(at_worst, RULE, SALES, reason), "peak")


def test_a_project_that_cannot_be_read_speaks_in_its_own_zone() -> None:
    message = render_alert(BLIND, UNREADABLE, None, zone=SALES.zone)
    assert said_everywhere(message, "Since 10:00", "last tried 10:35 (Asia/Singapore)")
    assert said_everywhere(
        render_follow_up(BLIND, UNREADABLE, None, Reason.STILL_FIRING, zone=SALES.zone),
        "tried 10:35 (Asia/Singapore)",
    )
    assert said_everywhere(render_alert(BLIND, UNREADABLE, None), "tried 02:35 (UTC)")


def test_only_a_firing_alert_has_buttons_and_mentions() -> None:
    firing = render_alert(FIRING, RULE, SALES)
    assert actions(firing) == [ACKNOWLEDGE, SILENCE, ASK_WHY]
    assert set(pings(firing)) == {"<!subteam^S0ONCALL>"}
    for over in (OVER, DAY_ENDED, CORRECTED, UNANNOUNCED):
        assert actions(render_alert(over, RULE, SALES)) == []
        assert pings(render_alert(over, RULE, SALES)) == []


def test_an_acknowledged_alert_pings_the_rota_no_more() -> None:
    message = render_alert(TAKEN, RULE, SALES)
    assert actions(message) == [GIVE_BACK, TAKE_OVER, SILENCE, ASK_WHY]
    assert set(pings(message)) == {"<@U0ADA>"}


def test_a_button_that_moves_an_alert_asks_first_and_knows_the_taker() -> None:
    for locale, give, take in (("en", "Give back", "Take over"), ("zh", "取消认领", "接手")):
        message = render_alert(TAKEN, RULE, SALES, locale=locale)
        block = next(block for block in message.native if block["type"] == "actions")
        moving = block["elements"][:2]
        assert [button["text"]["text"] for button in moving] == [give, take]
        assert [button["confirm"]["confirm"]["text"] for button in moving] == [give, take]
        assert {handed(button["value"]) for button in moving} == {(TAKEN.id, "U0ADA")}


def test_an_alert_names_its_last_taker() -> None:
    assert said_everywhere(
        render_alert(TAKEN_OVER, RULE, SALES), "🙋 Taken by <@U0BEN> at 10:20 (before: <@U0ADA>)"
    )
    given_back = render_alert(GIVEN_BACK, RULE, SALES)
    assert said_everywhere(given_back, "Nobody has it (given back by <@U0ADA> at 10:20)")
    assert actions(given_back) == [ACKNOWLEDGE, SILENCE, ASK_WHY]
    over = replace(OVER, handover=GIVEN_BACK.handover)
    assert said_nowhere(render_alert(over, RULE, SALES), "Nobody has it")


def test_a_taker_is_mentioned_when_it_gets_worse_ends_or_lies() -> None:
    over = replace(OVER, acknowledged=TAKEN.acknowledged)
    for alert, reason, said in (
        (TAKEN, Reason.WORSE, "<@U0ADA> has it"),
        (over, Reason.RESOLVED, "<@U0ADA> had it"),
        (TAKEN, Reason.STILL_TAKEN, "<@U0ADA>, you have it since 10:12."),
    ):
        message = render_follow_up(alert, RULE, SALES, reason)
        assert said_everywhere(message, said)
        assert set(pings(message)) == {"<@U0ADA>"}
    assert actions(render_follow_up(TAKEN, RULE, SALES, Reason.STILL_TAKEN)) == [GIVE_BACK]


def test_only_worse_pings_in_the_thread() -> None:
    assert set(pings(render_follow_up(FIRING, RULE, SALES, Reason.WORSE))) == {"<!subteam^S0ONCALL>"}
    assert pings(render_follow_up(FIRING, RULE, SALES, Reason.STILL_FIRING)) == []
    assert pings(render_follow_up(OVER, RULE, SALES, Reason.RESOLVED)) == []


@pytest.mark.parametrize(
    ("alert", "reason", "facts"),
    [
        (FIRING, Reason.WORSE, ["Worse · sales: 14 failed, was 6 (limit 5)"]),
        (
            FIRING,
            Reason.STILL_FIRING,
            ["Still firing · sales: 14 failed for 35 min (limit 5), peak 17", "Press Take it"],
        ),
        (OVER, Reason.RESOLVED, ["Resolved · sales: 2 failed (limit 5), lasted 1 h 35 min, peak 17"]),
        (DAY_ENDED, Reason.DAY_ENDED, ["Day over, not resolved · sales: 14 failed"]),
        (CORRECTED, Reason.CORRECTED, ["Corrected · sales: 9 failed on Sun 22 Nov, was 14"]),
    ],
)
def test_a_reply_says_what_changed(alert: Alert, reason: Reason, facts: list[str]) -> None:
    assert said_everywhere(
        render_follow_up(alert, RULE, SALES, reason), *facts, "Asia/Singapore", "all users' instances"
    )


@pytest.mark.parametrize("alert", [UNANNOUNCED, CORRECTED, replace(DAY_ENDED, told=None)])
def test_a_message_about_what_is_over_is_the_same_after_it_was_confirmed(alert: Alert) -> None:
    reason = Reason.CORRECTED if alert is CORRECTED else Reason.RESOLVED
    confirmed = replace(alert, told=next_told(alert, reason, NOW))
    assert render_alert(confirmed, RULE, SALES) == render_alert(alert, RULE, SALES)


def test_a_correction_is_reported_even_if_only_the_told_value_shows_it() -> None:
    """Alerts stored before the value at the end was kept."""
    assert said_everywhere(
        render_alert(replace(CORRECTED, ended_value=None), RULE, SALES), "9 failed on Sun 22 Nov, was 14"
    )


def test_a_stuck_alert_says_that_a_person_must_act() -> None:
    message = render_alert(FIRING, STUCK, SALES)
    assert said_everywhere(message, "⛔ Critical · sales: 14 stuck", "Stuck instances wait for a person")


def test_rates_are_percentages_and_a_rule_below_says_lowest() -> None:
    rule = Rule("success", Metric.SUCCESS_RATE, 95, below=True, clear_limit=97, clear_after=3)
    message = render_alert(replace(FIRING, value=71.24, peak=60), rule, SALES)
    assert said_everywhere(
        message,
        "sales: success rate 71.2% (limit 95%)",
        "lowest 60%",
        "success_rate below 95%; resolves above 97%; resolves after 3 polls in a row within the limit",
    )


def test_a_project_that_cannot_be_read_has_its_own_words() -> None:
    message = render_alert(BLIND, UNREADABLE, None)
    assert said_everywhere(
        message,
        "⛔ Critical · project prod: cannot read DLF (3 workspaces)",
        "No counts and no alerts for these workspaces",
        "finance, sales: DLF rejected the credentials (HTTP 401, APIGW.0301).",
        "logs: DLF did not answer within 10 s.",
    )
    assert said_nowhere(message, "total_count", "in total")
    over = replace(OVER, key=BLIND.key, value=0, peak=3)
    assert said_everywhere(render_alert(over, UNREADABLE, None), "project prod: DLF can be read again")


def test_a_chosen_silence_names_its_length_and_the_alert() -> None:
    block = next(block for block in render_alert(FIRING, RULE, SALES).native if block["type"] == "actions")
    (group,) = block["elements"][1]["option_groups"]
    chosen = [silence_choice(option["value"]) for option in group["options"]]
    assert group["label"]["text"] == "This rule in sales"
    assert chosen == [(length, FIRING.id) for length in SILENCES if length != TODAY_END]


def test_an_alert_that_belongs_to_no_date_is_silenced_until_today_ends() -> None:
    menu = str(render_alert(BLIND, UNREADABLE, None).native)
    assert f"'{TODAY_END}|" in menu
    assert f"'{DATE_END}|" not in menu


def test_a_silence_is_said_below_the_story_and_can_be_ended_there() -> None:
    message = render_alert(FIRING, RULE, SALES, hush=HUSHED)
    assert said_everywhere(
        message,
        "Silenced by @ben until 14:00 (rule failures in prod/sales)",
        "deploy of the new warehouse",
    )
    assert pings(message) == []
    assert actions(message) == [ACKNOWLEDGE, SILENCE, ASK_WHY, END_SILENCE]
    assert actions(render_alert(OVER, RULE, SALES, hush=HUSHED)) == [END_SILENCE]
    assert "all alerts · rule failures in prod/sales" in str(message.native), "the dialog names all"


def test_the_end_of_a_silence_calls_the_rules_people_or_the_taker_alone() -> None:
    said = render_follow_up(FIRING, RULE, SALES, Reason.UNSILENCED, hush=UNSILENCED)
    assert said_everywhere(
        said, "Silence ended · sales: 14 failed (limit 5), since 10:00", "for 3 h 40 min by @ben"
    )
    assert set(pings(said)) == {"<!subteam^S0ONCALL>"}
    taken = render_follow_up(TAKEN, RULE, SALES, Reason.UNSILENCED, hush=UNSILENCED)
    assert set(pings(taken)) == {"<@U0ADA>"}


def test_a_comment_and_a_name_of_others_stay_words() -> None:
    nasty = replace(SILENCED, comment="<!channel> *x*\n", name="<@U0ADA>")
    message = render_alert(FIRING, RULE, SALES, hush=Hush((nasty,)))
    assert pings(message) == []
    assert "<!channel>" not in message.text


def test_the_longest_names_a_config_allows_leave_room_for_the_menu() -> None:
    name = "n" * 40
    key = replace(FIRING.key, rule=name, subject=f"{name}/{name}")
    assert actions(render_alert(replace(FIRING, key=key, episode=99), RULE, SALES)) == [
        ACKNOWLEDGE,
        SILENCE,
        ASK_WHY,
    ]


def test_unknown_mentions_become_plain_text() -> None:
    assert ping("<!subteam^S0ONCALL>") == "<!subteam^S0ONCALL>"
    assert ping("U0ADA") == "<@U0ADA>"
    assert ping("<!channel> or <script>") == "&lt;!channel&gt; or &lt;script&gt;"


NASTY = "<!channel> & <@U0ADA> `x` *y*\n\u202e\x00|"


def test_nothing_from_outside_pings() -> None:
    workspace = replace(SALES, name=NASTY, project=NASTY)
    rule = replace(RULE, name=NASTY, mention=())
    alert = replace(FIRING, key=replace(FIRING.key, rule=NASTY, subject=workspace.key), detail=NASTY)
    problem = row(workspace, None, problem=NASTY)
    blind = replace(BLIND, key=replace(BLIND.key, subject=NASTY), detail=NASTY)
    for message in (
        render_status(answer(problem)),
        render_status(answer(problem, row(workspace, FINE), own=True), account=NASTY),
        replace_buttons(render_alert(alert, rule, workspace)),
        replace_buttons(render_alert(blind, UNREADABLE, None)),
        render_follow_up(alert, rule, workspace, Reason.WORSE),
        render_digest(replace(digest(problem, alerts=(alert,)), name=NASTY), now=NOW),
        channel_parked(NASTY, NASTY),
        refusal(NASTY, NASTY),
    ):
        assert pings(message) == []
        assert not re.search("[\u202e\x00]", "".join(levels(message)).replace("\\u202e", "\u202e"))


def replace_buttons(message: Message) -> Message:
    """Without the buttons' values: Slack returns those and never shows them."""

    def shown(blocks: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(block for block in blocks if block["type"] != "actions")  # type: ignore[index]

    return Message(message.text, shown(message.native), shown(message.classic))  # type: ignore[arg-type]


# --- digests --------------------------------------------------------------------------------------


def test_all_clear_is_said_only_when_it_is() -> None:
    assert said_everywhere(render_digest(digest(row(FINANCE, FINE)), now=NOW), "all clear in 1 workspace")
    for rows, alerts in (
        ((row(FINANCE, FINE), row(LOGS, None, problem="x")), ()),
        ((row(FINANCE, TROUBLED),), ()),
        ((row(FINANCE, counts()),), ()),
        ((row(FINANCE, FINE),), (OVER,)),
        ((row(FINANCE, replace(FINE, waiting_confirm_count=1)),), ()),
        ((), ()),
    ):
        assert said_nowhere(render_digest(digest(*rows, alerts=alerts), now=NOW), "all clear")


def test_a_digest_says_how_each_alert_of_the_day_ended() -> None:
    message = render_digest(digest(row(SALES, TROUBLED), alerts=(FIRING, OVER, CORRECTED)), now=NOW)
    assert said_everywhere(
        message,
        "3 alerts:",
        "sales, failures: peak 17, still firing",
        "peak 17, resolved after 1 h 35 min",
        "peak 17, 14 when the day ended, later corrected to 9",
    )


def test_a_date_that_lacks_a_number_is_named_not_drawn() -> None:
    full = digest(row(SALES, FINE))
    gap = replace(full.trend[4], counts=StatusCounts(fail_count=1))
    trend = (*full.trend[:4], gap, *full.trend[5:])
    message = render_digest(replace(full, trend=trend), now=NOW)
    chart = next(block for block in message.native if block["type"] == "data_visualization")
    assert "13 Nov" not in chart["chart"]["axis_config"]["categories"]
    assert said_everywhere(message, "not in the chart (counts missing): 13 Nov")


def test_the_chart_says_the_same_at_every_level() -> None:
    message = GOLDEN["digest-with-failures"]
    chart = next(block for block in message.native if block["type"] == "data_visualization")["chart"]
    drawn = zip(*(line["data"] for line in chart["series"]), strict=True)
    for points in drawn:
        said = f"{points[0]['label']} {'/'.join(number(point['value']) for point in points)}"
        assert said in message.text
        assert said in levels(message)[1]


def test_a_digest_sent_after_midnight_does_not_say_yesterday() -> None:
    message = render_digest(digest(row(SALES, FINE)), now=NOW + timedelta(hours=16))
    assert said_nowhere(message, "yesterday", "Yesterday")
    assert said_everywhere(message, "Sun 22 Nov")


def test_sums_over_unread_workspaces_claim_only_what_is_known() -> None:
    rows = (row(SALES, TROUBLED), row(FINANCE, None, problem="x"))
    assert said_everywhere(
        render_digest(digest(*rows), now=NOW), "at least 3 failed", "In the workspaces read:"
    )


def test_a_digest_of_two_days_tells_their_rows_apart() -> None:
    two = digest(row(SALES, TROUBLED))
    earlier = DigestDay(
        Day.BEFORE_YESTERDAY, SUNDAY - timedelta(days=1), (row(SALES, FINE, Day.BEFORE_YESTERDAY),)
    )
    message = render_digest(replace(two, days=(earlier, *two.days)), now=NOW)
    assert said_everywhere(message, "Sat 21 to Sun 22 Nov · 3 failed, 1 stuck", "Sun 22 Nov", "Sat 21 Nov")
    lines = [line for line in message.text.splitlines() if line.startswith("sales")]
    assert ["Sun 22 Nov" in lines[0], "Sat 21 Nov" in lines[1]] == [True, True]


def weekend(*, since: date | None = date(2026, 11, 19), left_out: tuple[date, date] | None = None) -> Digest:
    """Three dates: read to its end, last read in its afternoon, without data."""
    friday, saturday = SUNDAY - timedelta(days=2), SUNDAY - timedelta(days=1)
    stopped = row(SALES, TROUBLED, problem=NOT_TO_ITS_END)
    assert stopped.snapshot
    stopped = replace(
        stopped, snapshot=replace(stopped.snapshot, business_date=friday, read_at=at_five(friday))
    )
    days = (
        DigestDay(Day.BEFORE_YESTERDAY, friday, (stopped,)),
        DigestDay(Day.BEFORE_YESTERDAY, saturday, (row(SALES, None, problem=NOT_TO_ITS_END),)),
        *digest(row(SALES, FINE)).days,
    )
    return replace(digest(), days=days, since=since, left_out=left_out)


def at_five(on: date) -> datetime:
    return datetime.combine(on, time(17), SALES.zone)


def test_a_digest_of_several_dates_names_them_once_and_says_each_on_a_line() -> None:
    message = render_digest(weekend(), now=NOW)
    headline, *lines = message.text.splitlines()
    assert headline == (
        "⚠️ Fri 20 to Sun 22 Nov · at least 3 failed, 1 stuck, 2 overridden in 1 workspace;"
        " data missing on 1 date"
    )
    assert lines[0].startswith("⚠️ Fri 20 Nov · 3 failed, 1 stuck")
    assert lines[0].endswith("as of 17:00: the bot was not running or could not read DLF")
    assert lines[1] == "❔ Sat 21 Nov · no data: the bot was not running or could not read DLF"
    assert lines[2].startswith("✅ Sun 22 Nov · 0 failed")
    assert said_everywhere(
        message, "digest morning, Mon 23 Nov 09:00", "covers every date since the last one (Thu 19 Nov)"
    )
    assert len([block for block in message.native if block["type"] == "table"]) == 1


def test_leftovers_of_older_dates_stand_with_the_newest_date() -> None:
    earlier, newest = SUNDAY - timedelta(days=1), row(SALES, FINE, leftovers=(replace(LEFT_OVER, value=2),))
    days = (DigestDay(Day.BEFORE_YESTERDAY, earlier, (row(SALES, FINE),)), *digest(newest).days)
    lines = render_digest(replace(digest(), days=days), now=NOW).text.splitlines()
    assert lines[0].startswith("⚠️ Sat 21 to Sun 22 Nov")
    assert lines[1].startswith("✅ Sat 21 Nov")
    assert lines[2].startswith("⚠️ Sun 22 Nov")
    assert "+2 still stuck from" in lines[2]


def test_a_date_that_was_not_read_to_its_end_is_never_green() -> None:
    stopped = row(SALES, FINE, problem=NOT_TO_ITS_END)
    days = (DigestDay(Day.BEFORE_YESTERDAY, SUNDAY - timedelta(days=1), (stopped,)), *digest(stopped).days)
    assert said_nowhere(render_digest(replace(digest(), days=days), now=NOW), "✅")


def test_dates_for_which_there_is_no_room_are_named() -> None:
    message = render_digest(weekend(left_out=(date(2026, 11, 10), date(2026, 11, 19))), now=NOW)
    assert said_everywhere(message, "Not in this digest: Tue 10 to Thu 19 Nov. It covers 7 dates at most.")
    assert said_everywhere(
        render_digest(weekend(left_out=(date(2026, 10, 30), date(2026, 11, 2))), now=NOW),
        "Fri 30 Oct to Mon 2 Nov",
    )


def test_a_digest_of_several_dates_speaks_chinese() -> None:
    text = render_digest(weekend(), now=NOW, locale="zh").text
    assert text.startswith("⚠️ 11月20日至22日 · ")
    assert "DLF，which" not in text
    assert "机器人未运行或无法读取 DLF" in text


def test_today_is_told_apart_from_the_dates_that_are_over() -> None:
    today = DigestDay(Day.TODAY, SUNDAY + timedelta(days=1), (row(SALES, TROUBLED, Day.TODAY),))
    message = render_digest(
        replace(digest(row(SALES, FINE)), days=(*digest(row(SALES, FINE)).days, today)), now=NOW
    )
    assert message.text.startswith("✅ Sun 22 Nov · all clear")
    assert said_everywhere(message, "⚠️ Today (Mon 23 Nov) · 3 failed")


# --- notes ----------------------------------------------------------------------------------------


def test_notes_are_added_at_every_level() -> None:
    message = GOLDEN["alert-firing"]
    assert said_everywhere(late(message, timedelta(minutes=12)), "Sent 12 min late", "14 failed")
    assert said_everywhere(possible_repeat(message), "possible repeat", "14 failed")
    assert labelled_test(message).text.startswith("🧪 Test message")


def test_workspaces_without_numbers_for_the_same_reason_share_a_line() -> None:
    rows = [row(one, None, problem=LATE[:1]) for one in (LOGS, RISK)] + [row(SALES, FINE), row(FINANCE, FINE)]
    message = render_status(answer(*rows))
    assert "logs, risk: ❔ no data: DLF did not answer within 10 s." in message.text
    assert "*logs, risk*: ❔ no data: DLF did not answer within 10 s." in levels(message)[1]
    for level in levels(message):
        assert level.count("DLF did not answer within 10 s.") == 1
    assert message.text.count("0 failed, 0 stuck, 80 of 80") == 2, "rows with numbers stay apart"


def test_a_refusal_names_the_admins_to_ask() -> None:
    assert admins_only(["U0ADA", "S0OPS"]).text == (
        "Only the bot's admins can do this. Ask <@U0ADA>, <!subteam^S0OPS>."
    )
    many = admins_only([f"U0ADA{n}" for n in range(9)], locale="zh").text
    assert many.startswith("只有机器人管理员可以执行此操作。请联系 <@U0ADA0>、") and many.endswith(
        "另有 4 个。"
    )
    assert "slack.admins" in admins_only().text


def test_a_trial_post_says_at_every_level_that_the_bot_can_post() -> None:
    assert said_everywhere(trial_post(), "Test message: nothing is wrong", "dlf-bot can post here.")
    assert said_everywhere(trial_post(locale="zh"), "dlf-bot 可以在此频道发送消息。")


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_small_messages_are_complete(locale: str) -> None:
    for message in (
        help_text(locale=locale),
        admins_only(locale=locale),
        reading(3, locale=locale),
        channel_parked("C0FINANCE", "is_archived", locale=locale),
        refusal("I do not know “yesterdya”.", "Did you mean yesterday?"),
    ):
        assert message.text
        check_message(json.loads(json.dumps(message.native)), [])


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0%"), (100, "100%"), (99.97, ">99.9%"), (0.02, "<0.1%"), (97.44, "97.4%"), (0.1, "0.1%")],
)
def test_a_rate_is_never_rounded_to_all_or_nothing(value: float, said: str) -> None:
    assert percent(value) == said


def test_numbers_read_well() -> None:
    assert [number(1234567), number(2.5), number(0)] == ["1,234,567", "2.5", "0"]
    assert [delta(7, 3), delta(3, 7), delta(3, 3)] == ["+4", "−4", "±0"]
    assert number(10**400).startswith(">1,000")


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=45), "45 s"),
        (timedelta(minutes=12, seconds=50), "12 min"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3, hours=4, minutes=59), "3 d 4 h"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_durations_have_at_most_two_units(span: timedelta, said: str) -> None:
    assert Words().duration(span) == said


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    name = clip("warehouse-" * 9 + "eu-west")
    assert (len(name), name[:9], name[-7:]) == (48, "warehouse", "eu-west")


def test_every_scene_can_be_said_in_chinese() -> None:
    for alert in (FIRING, TAKEN, OVER, DAY_ENDED, CORRECTED, UNANNOUNCED, replace(FIRING, told=None)):
        assert not re.search("failed|since|above", render_alert(alert, RULE, SALES, locale="zh").text)
        for reason in Reason:
            told = replace(alert, told=Told(Reason.FIRING, 1, NOW))
            assert not re.search("failed|peak", render_follow_up(told, RULE, SALES, reason, locale="zh").text)
    for rows in (
        SEVERAL.rows,
        (row(SALES, TROUBLED),),
        (row(SALES, StatusCounts()),),
        (row(SALES, counts()),),
    ):
        assert "失败" in render_status(answer(*rows), locale="zh").text
    assert "汇总" in render_digest(digest(*SEVERAL.rows, alerts=(OVER,)), now=NOW, locale="zh").text


# --- on a phone, and elsewhere in the world -------------------------------------------------------

LONG_NAME = replace(SALES, name="n" * 20, project="p" * 20, namesake=True)


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("severity", list(Severity))
def test_sixty_characters_tell_severity_workspace_and_number(locale: str, severity: Severity) -> None:
    rule = replace(RULE, severity=severity)
    icon = {"critical": "⛔", "warning": "⚠️", "info": "ℹ️"}[severity]
    for workspace in (LONG_NAME, SALES):
        for alert in (FIRING, replace(FIRING, jobs=NAMED), TAKEN):
            start = render_alert(alert, rule, workspace, locale=locale).text[:60]
            assert start.startswith(icon)
            assert workspace.label in start
            assert "14" in start
            told = render_follow_up(alert, rule, workspace, Reason.WORSE, locale=locale).text[:60]
            assert workspace.label in told


def test_a_rate_near_zero_is_no_markup_beside_a_moment_of_the_reader() -> None:
    rule = replace(RULE, metric=Metric.FAIL_RATE, limit=0.05)
    message = render_alert(replace(FIRING, value=0.2, peak=0.06), rule, SALES)
    shown = json.dumps([message.native, message.classic])
    assert "&lt;0.1%" in shown
    assert "<0.1%" not in shown.replace('"type": "plain_text", "text": "', "")
    why = render_why(replace(WHY, rule=rule, alert=replace(FIRING, value=0.02), values=(Value(0.02, NOW),)))
    assert "&lt;0.1%" in json.dumps(why.native)
    assert "<0.1%" not in json.dumps(why.native).replace('"type": "plain_text", "text": "', "")


def test_moments_are_shown_in_the_readers_zone_and_the_business_date_in_dlfs() -> None:
    message = render_alert(TAKEN, RULE, SALES, hush=HUSHED)
    for blocks in (message.native, message.classic):
        shown = json.dumps(blocks, ensure_ascii=False)
        for at in (TAKEN.since, TAKEN.read_at, BEGAN + timedelta(minutes=12), HUSHED.covering[-1].until):
            assert f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|" in shown
        assert "|22 Nov 10:00 (Asia/Singapore)>" in shown
        assert "Sun 22 Nov (Asia/Singapore), as of <!date^" in shown
        assert not re.search(
            r"[0-9]{2}:[0-9]{2}", re.sub(r"<!date[^>]*>", "", shown).replace("09:00", "").replace("00:00", "")
        )
    assert "<!date" not in message.text
    assert "Since 10:00" in message.text
    assert "as of 10:35 (Asia/Singapore)" in message.text
