"""The life of an alert, told as stories: a letter per reading, and the notices to Slack."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.alert_advance import advance, end_without_reading, require_notice
from bot.domain.alert_reasons import next_told, reason_to_tell
from bot.domain.alerts import Acknowledgement, Alert, AlertKey, Ending, Reason, State
from bot.domain.model import Metric, Workspace
from bot.domain.rules import Reading, Rule, Step
from bot.domain.sentence import problem_of
from bot.domain.silences import Silence
from bot.domain.unreadable import UNREADABLE, judge_projects

START = datetime(2026, 11, 23, 1, tzinfo=UTC)
KEY = AlertKey("failures", "prod/sales", date(2026, 11, 23))
RULE = Rule("failures", Metric.FAIL_COUNT, 5, readings=2, clear_after=2, worse_by=Step(100, percent=True))
VALUES = {".": 0, "x": 7, "X": 14, "~": 5, "?": None}
FIRING, WORSE, STILL, RESOLVED = Reason.FIRING, Reason.WORSE, Reason.STILL_FIRING, Reason.RESOLVED
DAY_ENDED, CORRECTED = Reason.DAY_ENDED, Reason.CORRECTED


def reading(value: float, minute: int, rule: Rule = RULE) -> Reading:
    return Reading(value, rule.breached(value), rule.cleared(value), START + timedelta(minutes=minute))


def story(rule: Rule, readings: str, *, slack_away: str = "", silenced: str = "") -> list[tuple[int, Reason]]:
    """Play a reading a minute. `|` is midnight; digits are values. Slack confirms at once unless away.

    `slack_away` and `silenced` are marks below the readings: anything but a space means "now".
    """
    alert: Alert | None = None
    heard: list[tuple[int, Reason]] = []
    day_is_over = False
    for minute, letter in enumerate(readings):
        if letter == "|":
            day_is_over = True
            continue
        value = int(letter) if letter.isdigit() else VALUES[letter]
        quiet = silenced[minute : minute + 1].strip() != ""
        if value is not None:
            alert = advance(alert, reading(value, minute, rule), rule, key=KEY, day_is_over=day_is_over)
        now = START + timedelta(minutes=minute)
        if alert is None:
            continue
        alert = require_notice(alert, silenced=quiet)
        reason = reason_to_tell(alert, rule, now, silenced=quiet)
        if reason and not slack_away[minute : minute + 1].strip():
            alert = replace(alert, told=next_told(alert, reason, now))
            heard.append((minute, reason))
    return heard


@pytest.mark.parametrize(
    ("readings", "heard"),
    [
        pytest.param("..x.", [], id="one breach is not enough for two in a row"),
        pytest.param("xx", [(1, FIRING)], id="two breaches in a row fire"),
        pytest.param("x.x.", [], id="a good reading starts the count again"),
        pytest.param("xxxx", [(1, FIRING)], id="firing is told once"),
        pytest.param("xx.x", [(1, FIRING)], id="one good poll does not resolve"),
        pytest.param("xx..", [(1, FIRING), (3, RESOLVED)], id="two good polls resolve"),
        pytest.param("xx..xx", [(1, FIRING), (3, RESOLVED), (5, FIRING)], id="it may fire again"),
        pytest.param("xxX", [(1, FIRING), (2, WORSE)], id="doubling is worse"),
        pytest.param("xx8", [(1, FIRING)], id="one more is not worse"),
        pytest.param("xx????", [(1, FIRING)], id="unknown neither fires nor resolves"),
        pytest.param("x?x", [(2, FIRING)], id="unknown does not break a row"),
        pytest.param("????", [], id="unknown alone says nothing"),
        pytest.param("xx|X", [(1, FIRING), (3, DAY_ENDED)], id="midnight ends the day, it does not resolve"),
        pytest.param(
            "xx|0", [(1, FIRING), (3, DAY_ENDED)], id="a day repaired before the last look ended too"
        ),
        pytest.param("xx|X9", [(1, FIRING), (3, DAY_ENDED), (4, CORRECTED)], id="reruns correct yesterday"),
        pytest.param(
            "xx|X99", [(1, FIRING), (3, DAY_ENDED), (4, CORRECTED)], id="the same again is not told"
        ),
        pytest.param("x|x", [(2, DAY_ENDED)], id="a breach just before midnight is told when the day ends"),
        pytest.param("...|x", [(4, DAY_ENDED)], id="a breach first seen in the last look is told"),
        pytest.param("...|.x", [(5, DAY_ENDED)], id="reruns that fail next morning are told"),
        pytest.param("xx..|.", [(1, FIRING), (3, RESOLVED)], id="resolved stays resolved over midnight"),
        pytest.param("x.|.", [], id="a blip is not told at day end"),
    ],
)
def test_each_story_of_readings_sends_its_notices(readings: str, heard: list[tuple[int, Reason]]) -> None:
    assert story(RULE, readings) == heard


STUCK = replace(RULE, name="stuck", metric=Metric.RUNNING_EXCEPTION_COUNT)


@pytest.mark.parametrize(
    ("readings", "heard"),
    [
        pytest.param("xx|xxx", [(1, FIRING)], id="it goes on after midnight"),
        pytest.param("xx|.x.", [(1, FIRING)], id="one good poll does not resolve after midnight either"),
        pytest.param("xx|..", [(1, FIRING), (4, RESOLVED)], id="it ends when it clears"),
        pytest.param("xx|~~", [(1, FIRING), (4, RESOLVED)], id="by its own clear limits"),
        pytest.param("xx|X", [(1, FIRING), (3, WORSE)], id="it gets worse after midnight"),
        pytest.param("xx|..xx", [(1, FIRING), (4, RESOLVED), (6, FIRING)], id="it may begin anew"),
        pytest.param("x|x", [(2, FIRING)], id="a row of breaches goes on over midnight"),
        pytest.param("..|x", [], id="a breach first seen after midnight must last, too"),
        pytest.param("..|xx", [(4, FIRING)], id="a breach first seen after midnight starts one"),
        pytest.param("x.|.", [], id="a blip is not told"),
    ],
)
def test_an_alert_that_waits_for_a_person_outlives_its_day(
    readings: str, heard: list[tuple[int, Reason]]
) -> None:
    assert story(STUCK, readings) == heard


def test_a_rule_may_have_its_alerts_end_with_the_day_or_outlive_it() -> None:
    assert story(replace(STUCK, ends_with_day=True), "xx|x") == [(1, FIRING), (3, DAY_ENDED)]
    assert story(replace(RULE, ends_with_day=False), "xx|x") == [(1, FIRING)]


def test_an_alert_ended_with_its_day_by_an_older_version_fires_again_while_breached() -> None:
    ended = Alert(
        KEY, 1, State.OVER, 7, 7, START, START, fired_at=START, over_at=START, ending=Ending.DAY_ENDED
    )
    corrected = advance(ended, reading(0, 5), STUCK, key=KEY, day_is_over=True)
    assert corrected is not None
    assert (corrected.id, corrected.value) == (ended.id, 0)
    anew = advance(ended, reading(7, 5), STUCK, key=KEY, day_is_over=True)
    assert anew is not None
    assert (anew.episode, anew.state) == (2, State.PENDING)


def test_an_alert_that_dlf_no_longer_tells_is_told_even_if_a_silence_kept_it_back_so_far() -> None:
    firing = Alert(KEY, 1, State.FIRING, 7, 7, START, START, fired_at=START)
    gone = end_without_reading(firing, Ending.NO_LONGER_TOLD, START)
    assert reason_to_tell(gone, STUCK, START, silenced=True) is None
    assert reason_to_tell(gone, STUCK, START) is Reason.NO_LONGER_TOLD
    told = next_told(gone, Reason.NO_LONGER_TOLD, START)
    assert reason_to_tell(replace(gone, told=told), STUCK, START) is None


@pytest.mark.parametrize(
    ("readings", "marks", "heard"),
    [
        ("xxxx", " -- ", [(3, FIRING)]),
        ("xxX ".strip(), " --", []),
        ("xx....", " ---  ", [(4, RESOLVED)]),
        ("xxX...", "  ----", [(1, FIRING)]),
    ],
    ids=[
        "an outage delays firing",
        "still away, still owed",
        "what fired and resolved meanwhile is told once, as it is now",
        "an outage withholds, the told half stands still",
    ],
)
def test_a_slack_outage_delays_and_never_loses(
    readings: str, marks: str, heard: list[tuple[int, Reason]]
) -> None:
    assert story(RULE, readings, slack_away=marks) == heard


@pytest.mark.parametrize(
    ("readings", "marks", "heard"),
    [
        ("xxxxx", " --- ", [(4, FIRING)]),
        ("xx...", "-----", []),
        ("xxX..", "  -  ", [(1, FIRING), (4, RESOLVED)]),
    ],
    ids=[
        "an expired silence reveals what still burns",
        "what came and went silenced is not announced",
        "a silence mutes worse, not the truth",
    ],
)
def test_a_silence_mutes_and_changes_nothing(
    readings: str, marks: str, heard: list[tuple[int, Reason]]
) -> None:
    assert story(RULE, readings, silenced=marks) == heard


def test_clear_limit_keeps_it_firing_between_the_limits() -> None:
    rule = replace(RULE, readings=1, clear_after=1, clear_limit=3)
    assert story(rule, "x4 3 2".replace(" ", "")) == [(0, FIRING), (3, RESOLVED)]


def test_reminders_back_off_and_stop_when_acknowledged() -> None:
    rule = replace(RULE, readings=1, remind_every=timedelta(minutes=1))
    assert story(rule, "x" * 9) == [(0, FIRING), (1, STILL), (3, STILL), (7, STILL)]
    alert = advance(None, reading(7, 0), rule, key=KEY)
    assert alert is not None
    alert = replace(alert, told=next_told(alert, FIRING, START), acknowledged=Acknowledgement("U1", START))
    assert reason_to_tell(alert, rule, START + timedelta(days=1)) is None


def test_numbers_from_long_ago_are_no_reminder() -> None:
    rule = replace(RULE, readings=1, remind_every=timedelta(hours=1))
    alert = advance(None, reading(7, 0), rule, key=KEY)
    assert alert is not None
    alert = replace(alert, told=next_told(alert, FIRING, alert.read_at))
    later = alert.read_at + timedelta(hours=15)
    assert reason_to_tell(alert, rule, later) is None
    assert reason_to_tell(replace(alert, read_at=later - timedelta(minutes=1)), rule, later) is STILL


def test_a_long_outage_of_dlf_is_reminded_of_after_four_and_twelve_hours_with_its_length() -> None:
    sales = Workspace("prod", "sales", "id", ZoneInfo("Asia/Singapore"))
    away = {"prod": [("sales", problem_of("away"))]}
    known: list[Any] = []
    heard: list[Any] = []
    for minute in range(0, 13 * 60):
        now = START + timedelta(minutes=minute)
        for _, alert in judge_projects(away, known, {sales.key: sales}, now):
            known = [alert]
        (alert,) = known
        if reason := reason_to_tell(alert, UNREADABLE, now):
            heard.append((minute // 60, reason, (alert.read_at - alert.since).total_seconds() // 3600))
            known = [replace(alert, told=next_told(alert, reason, now))]
    assert heard == [(0, FIRING, 0), (4, STILL, 4), (12, STILL, 12)]


def test_an_old_snapshot_is_no_reading() -> None:
    alert = advance(None, reading(7, 1), RULE, key=KEY)
    assert advance(alert, reading(7, 1), RULE, key=KEY) == alert
    assert advance(alert, reading(7, 0), RULE, key=KEY) == alert


def test_each_episode_on_a_date_has_its_own_id() -> None:
    rule = replace(RULE, readings=1, clear_after=1)
    first = advance(None, reading(7, 0), rule, key=KEY)
    over = advance(first, reading(0, 1), rule, key=KEY)
    again = advance(over, reading(7, 2), rule, key=KEY)
    assert first is not None and over is not None and again is not None
    assert (first.id, over.id) == ("failures/prod/sales/2026-11-23/1",) * 2
    assert again.id == "failures/prod/sales/2026-11-23/2"
    assert over.ending is Ending.RESOLVED


def test_an_alert_whose_rule_is_gone_ends_without_a_reading() -> None:
    firing = advance(None, reading(7, 0), replace(RULE, readings=1), key=KEY)
    assert firing is not None
    ended = end_without_reading(firing, Ending.RULE_REMOVED, START)
    assert (ended.state, ended.ending) == (State.OVER, Ending.RULE_REMOVED)
    pending = replace(firing, state=State.PENDING, fired_at=None)
    assert end_without_reading(pending, Ending.RULE_REMOVED, START).ending is Ending.PASSED


@pytest.mark.parametrize(
    ("rule", "subject", "covered"),
    [
        (None, None, True),
        ("failures", None, True),
        ("stuck", None, False),
        ("failures", "prod/finance", False),
    ],
)
def test_a_silence_covers_its_rule_and_subject_until_its_end(
    rule: str | None, subject: str | None, covered: bool
) -> None:
    silence = Silence(rule, subject, START + timedelta(hours=1), "U1", START)
    assert silence.covers(KEY, START) is covered
    assert not silence.covers(KEY, START + timedelta(hours=1))
