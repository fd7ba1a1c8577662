"""Every message fits into Slack's limits, and every row shown says the same at each level."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from slackblocks._surfaces import validate_surface_blocks

from bot.domain.alerts import Acknowledgement, Alert, AlertKey, Ending, Handover, Reason, State, Told
from bot.domain.digest import Digest, DigestDay, Occurrence, TrendPoint
from bot.domain.model import COUNT_NAMES, Answer, Day, Metric, Row, Snapshot, StatusCounts, Workspace
from bot.domain.rules import Rule, Severity
from bot.domain.sentence import problem_of
from bot.domain.unreadable import UNREADABLE
from bot.messages.alert import render_alert, render_follow_up
from bot.messages.digest import render_digest
from bot.messages.message import Message
from bot.messages.mrkdwn import escape, plain
from bot.messages.service import labelled_test, late, possible_repeat
from bot.messages.slack_limits import cut, pages
from bot.messages.status import render_status
from bot.playground.fake_slack.validation import check_message
from tests.support.message_scenes import FINE, NOW, SALES, SUNDAY, TROUBLED, answer, row

# Without "explain": it takes minutes on failures of this size.
EXAMPLES = settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NOTHING = "–"


# --- what Slack takes, written down a second time ---------------------------------------------------


def assert_within_limits(message: Message) -> None:
    assert message.text.strip()
    assert len(message.text) < 4000
    for blocks in message.levels():
        assert len(blocks) <= 50
        assert len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) <= 10_000
        assert sum(block["type"] == "table" for block in blocks) <= 1
        assert sum(block["type"] == "data_visualization" for block in blocks) <= 2
        for block in blocks:
            assert_block(block)
        validate_surface_blocks(list(blocks), "message")
        check_message(json.loads(json.dumps(blocks)), [])
    assert not {block["type"] for block in message.classic} & {"table", "data_visualization"}


def assert_block(block: Mapping[str, Any]) -> None:
    match block["type"]:
        case "header":
            assert 0 < len(block["text"]["text"]) <= 150
        case "section":
            assert 0 < len(block.get("text", {"text": "-"})["text"]) <= 3000
            fields = block.get("fields", [{"text": "-"}])
            assert 0 < len(fields) <= 10
            assert all(0 < len(field["text"]) <= 2000 for field in fields)
        case "context":
            assert 0 < len(block["elements"]) <= 10
        case "table":
            assert len(block["rows"]) <= 100
            assert {len(cells) for cells in block["rows"]} == {len(block["column_settings"])}
            assert len(block["column_settings"]) <= 20
            assert all(cell["text"] for cells in block["rows"] for cell in cells)
        case "data_visualization":
            assert_chart(block["title"], block["chart"])
        case "actions":
            assert len({element["action_id"] for element in block["elements"]}) == len(block["elements"])
            for element in block["elements"]:
                options = element.get("options", [])
                assert len(element.get("value", "")) <= 2000
                assert all(len(option["value"]) <= 150 for option in options)
        case other:
            raise AssertionError(other)


def assert_chart(title: str, chart: Mapping[str, Any]) -> None:
    categories = chart["axis_config"]["categories"]
    assert 0 < len(title) <= 50
    assert 0 < len(categories) <= 20
    assert len(set(categories)) == len(categories)
    assert 0 < len(chart["series"]) <= 6
    assert len({series["name"] for series in chart["series"]}) == len(chart["series"])
    for series in chart["series"]:
        assert len(series["name"]) <= 20
        assert [point["label"] for point in series["data"]] == categories
        assert all(len(label) <= 20 for label in categories)
        assert all(isinstance(point["value"], int | float) for point in series["data"])


def names_before(symbol: str, line: str) -> list[str]:
    """The name or, in a line that several rows share, the names before the symbol; [] without the symbol."""
    said, found, _ = line.partition(symbol)
    bare = said.rstrip(" :：")
    bold = said.strip().rstrip(":：").removeprefix("*").removesuffix("*").rstrip("：")
    return [name for one in (bare, bold) for name in (one, *re.split(", |、", one))] if found else []


def assert_rows_alike(message: Message) -> None:
    """Every cell of the native table stands in the row's line at the other levels, but for what is 0."""
    for table in (block for block in message.native if block["type"] == "table"):
        lines = message.text.splitlines()
        classic = [
            line
            for block in message.classic
            if block["type"] == "section" and "text" in block
            for line in block["text"]["text"].splitlines()
        ]
        for cells in table["rows"][1:]:
            facts = [alike(cell["text"]) for cell in cells[1:] if cell["text"] not in (NOTHING, "0")]
            symbol, name = alike(cells[0]["text"]).split(" ", 1)
            for level in (lines, classic):
                found = [plain(unescape(line)) for line in level]
                assert any(
                    name in names_before(symbol, line)
                    and all(word in line for fact in facts for word in fact.split())
                    for line in found
                ), (cells, found)


def unescape(text: str) -> str:
    return alike(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def alike(text: str) -> str:
    return text.translate(str.maketrans("ˍ∼∗", "_~*"))


# --- anything that can happen -------------------------------------------------------------------------

ZONES = st.sampled_from([ZoneInfo("Asia/Singapore"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns")])
NAMES = st.one_of(
    st.sampled_from(["sales", "<!channel>", "&" * 90, "*" * 40, "`" * 9, "数据" * 60, "a\nb", "\u202e", ""]),
    st.text(max_size=80),
)
COUNTS = st.builds(
    StatusCounts,
    **dict.fromkeys(
        COUNT_NAMES, st.one_of(st.none(), st.just(0), st.integers(0, 500), st.integers(0, 10**18))
    ),
)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LOCALES = st.sampled_from(["en", "zh", "fr"])
TIMES = st.integers(0, 700 * 86400).map(lambda seconds: BEGIN + timedelta(seconds=seconds))


@st.composite
def workspaces(draw: st.DrawFn) -> Workspace:
    return Workspace(draw(NAMES), draw(NAMES), "id", draw(ZONES))


@st.composite
def rows(draw: st.DrawFn, day: Day) -> Row:
    workspace = draw(workspaces())
    on = None if day is Day.ALL else draw(st.dates(date(2026, 1, 1), date(2027, 12, 31)))
    read = Snapshot(workspace, day, False, on, draw(COUNTS), draw(TIMES))
    return Row(
        workspace,
        draw(st.sampled_from([read, read, read, None])),
        draw(st.one_of(st.none(), COUNTS)),
        draw(st.one_of(st.just(()), NAMES.map(problem_of))),
        draw(st.booleans()),
    )


@st.composite
def many_rows(draw: st.DrawFn, day: Day) -> tuple[Row, ...]:
    """Few different rows, but up to 500 of them."""
    some = draw(st.lists(rows(day), max_size=4))
    wanted = draw(st.sampled_from([1, 2, 9, 40, 100, 500]))
    return tuple(
        replace(one, workspace=replace(one.workspace, name=f"{one.workspace.name}{n}"))
        for n, one in enumerate((some * wanted)[:wanted])
    )


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    over = draw(st.booleans())
    told = st.builds(Told, st.sampled_from(Reason), st.floats(0, 1e18), TIMES, st.integers(0, 9))
    return Alert(
        key=AlertKey(draw(NAMES), draw(NAMES), draw(st.dates(date(2026, 1, 1), date(2027, 1, 1)))),
        episode=draw(st.integers(1, 10**6)),
        state=State.OVER if over else State.FIRING,
        value=draw(st.floats(0, 1e18)),
        peak=draw(st.floats(0, 1e18)),
        since=draw(TIMES),
        read_at=draw(TIMES),
        over_at=draw(TIMES) if over else None,
        ending=draw(st.sampled_from(Ending)) if over else None,
        ended_value=draw(st.one_of(st.none(), st.floats(0, 1e18))) if over else None,
        told=draw(st.one_of(st.none(), told)),
        acknowledged=draw(st.one_of(st.none(), st.builds(Acknowledgement, NAMES, TIMES))),
        handover=draw(
            st.one_of(st.none(), st.builds(Handover, st.integers(1, 9), NAMES, TIMES, st.just("") | NAMES))
        ),
        detail="\n".join(draw(st.lists(NAMES, max_size=12))),
    )


RULES = st.builds(
    Rule,
    name=NAMES,
    metric=st.sampled_from(Metric),
    limit=st.floats(0, 1e18),
    below=st.booleans(),
    readings=st.integers(1, 99),
    clear_after=st.integers(1, 99),
    clear_limit=st.one_of(st.none(), st.floats(0, 1e18)),
    severity=st.sampled_from(Severity),
    mention=st.lists(st.one_of(NAMES, st.just("<!here>"), st.just("U0ADA")), max_size=30).map(tuple),
)


@EXAMPLES
@given(st.data(), st.sampled_from(Day), st.booleans(), LOCALES, NAMES)
def test_any_answer_fits(data: st.DataObject, day: Day, own: bool, locale: str, account: str) -> None:
    found = Answer(day, own, data.draw(many_rows(day)), NOW)
    message = render_status(found, locale=locale, account=account)
    assert_within_limits(message)
    assert_rows_alike(message)


@EXAMPLES
@given(alerts(), RULES, st.one_of(st.none(), workspaces()), st.sampled_from(Reason), LOCALES)
def test_any_alert_fits(
    alert: Alert, rule: Rule, workspace: Workspace | None, reason: Reason, locale: str
) -> None:
    for chosen in (rule, UNREADABLE):
        assert_within_limits(render_alert(alert, chosen, workspace, locale=locale))
        assert_within_limits(render_follow_up(alert, chosen, workspace, reason, locale=locale))


@EXAMPLES
@given(st.data(), st.lists(st.sampled_from(Day), max_size=4, unique=True), LOCALES)
def test_any_digest_fits(data: st.DataObject, chosen: list[Day], locale: str) -> None:
    days = tuple(
        DigestDay(
            day,
            None if day is Day.ALL else SUNDAY,
            data.draw(many_rows(day)),
            tuple(data.draw(st.lists(alerts(), max_size=12))),
        )
        for day in chosen
    )
    points = data.draw(st.lists(COUNTS, max_size=40))
    trend = tuple(TrendPoint(SUNDAY - timedelta(days=n), found) for n, found in enumerate(points))
    digest = Digest(data.draw(NAMES), Occurrence(SUNDAY, NOW), data.draw(ZONES), days, trend)
    message = render_digest(digest, now=NOW, locale=locale)
    assert_within_limits(message)
    assert_rows_alike(message)
    noted = late(possible_repeat(labelled_test(message, locale=locale), locale=locale), timedelta(days=3))
    assert_within_limits(noted)


# --- what is cut ---------------------------------------------------------------------------------------


def test_of_500_workspaces_those_that_fail_are_shown_and_the_rest_is_counted() -> None:
    found = [row(replace(SALES, name=f"fine-{n}"), FINE) for n in range(490)]
    found += [row(replace(SALES, name=f"bad-{n}"), TROUBLED) for n in range(8)]
    found += [row(replace(SALES, name=f"dark-{n}"), None, problem="no answer") for n in range(2)]
    message = render_status(answer(*found))
    assert_within_limits(message)
    assert all(f"bad-{n}:" in message.text for n in range(8))
    assert "dark-0, dark-1: ❔ no data: no answer" in message.text
    assert "⚠️ At least 24 failed, " in message.text and " in 500 workspaces; no data from 2" in message.text
    lines = sum(line.startswith(("fine-", "bad-", "dark-")) for line in message.text.splitlines())
    shown = lines + 1  # the two without data share theirs
    assert shown >= 20
    assert f"and {500 - shown} more workspaces, no failures known there" in message.text
    table = next(block for block in message.native if block["type"] == "table")
    assert len(table["rows"]) == shown + 1


def test_failing_rows_that_are_cut_are_counted_as_such() -> None:
    message = render_status(answer(*(row(replace(SALES, name=f"bad-{n}"), TROUBLED) for n in range(300))))
    shown = sum(line.startswith("bad-") for line in message.text.splitlines())
    assert f"and {300 - shown} more workspaces, {300 - shown} with failures" in message.text


def test_fifteen_ordinary_workspaces_are_all_shown() -> None:
    found = [row(replace(SALES, name=f"warehouse-{n}"), FINE if n % 3 else TROUBLED) for n in range(15)]
    assert "more workspace" not in render_status(answer(*found)).text


@pytest.mark.parametrize("limit", range(4, 20))
def test_text_is_never_cut_inside_an_entity(limit: int) -> None:
    short = cut(escape("a<b>c&d<e>"), limit)
    assert len(short) <= limit
    assert plain(unescape(short)).count("&") == unescape(short).count("&") <= 1
    assert not short.rstrip("…").endswith(("&", "&l", "&lt", "&a", "&am", "&amp", "&g", "&gt"))


def test_pages_keep_every_line() -> None:
    lines = [f"line {n}" for n in range(500)]
    assert "\n".join(pages(lines, 300)).splitlines() == lines
    assert max(map(len, pages(lines, 300))) <= 300
