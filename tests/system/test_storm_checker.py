"""The crash proof's checker of storms sees what is told twice, never, or in the wrong place."""

from datetime import UTC, datetime

from benchmarks.crash_storms import check_storms
from benchmarks.databases import StruckAlert
from benchmarks.environment import ADA, STORM_BEN, STORM_CHANNEL
from benchmarks.storm_people import Pressed
from bot.domain.acts import ActKind
from bot.playground.fake_slack.activity import LogEntry

FOLDED = {"failures/proof/s000/d/1": 1, "failures/proof/s001/d/1": 1}
ALONE = "failures/proof/s002/d/1"
ALERTS = [StruckAlert(id, "over", "resolved") for id in (*FOLDED, ALONE)]


def posted(key: str, text: str, *, under: str | None = None, channel: str = STORM_CHANNEL) -> list[LogEntry]:
    at = datetime(2026, 11, 28, tzinfo=UTC)
    return [LogEntry(1, at, 0.0, "chat.postMessage", channel, key, under, key, text, True, "ok")]


GOOD = {
    "fold/1": posted(
        "fold/1", "✅ Resolved · all 2 workspaces\n1 resolved · 1 over before their message could be sent"
    ),
    "fold/1/1": posted("fold/1/1", "✅ Resolved · 1 workspace", under="fold/1"),
    f"alert/{ALONE}": posted(f"alert/{ALONE}", "✅ Resolved · s002, now 0 failed"),
}


def wrong(**changed: list[LogEntry]) -> list[str]:
    """The mistakes with some of the messages replaced, by key with underscores."""
    messages = GOOD | {key.replace("_", "/"): entries for key, entries in changed.items()}
    return check_storms({key: one for key, one in messages.items() if one}, ALERTS, FOLDED, 1).wrong


def test_a_good_log_is_good() -> None:
    assert wrong() == []


def test_the_checker_finds_an_alert_posted_twice_or_never() -> None:
    id, again = "failures/proof/s000/d/1", "alert/failures/proof/s000/d/1"
    messages = GOOD | {again: posted(again, "✅ Resolved · s000: 0 failed")}
    assert f"{id} is told by 2 first messages" in check_storms(messages, ALERTS, FOLDED, 1).wrong
    assert "failures/proof/s000/d/1 is told by 0 first messages" in wrong(fold_1=[])


def test_the_checker_finds_a_resolution_posted_twice_or_never() -> None:
    again = posted("fold/1/2", "✅ Resolved · 1 workspace", under="fold/1")
    assert wrong(fold_1_2=again) == ["fold/1: 3 ends of 2 alerts are told"]
    assert wrong(fold_1_1=[]) == ["fold/1: 1 ends of 2 alerts are told"]


def test_a_reply_in_the_wrong_place_is_seen() -> None:
    said = "✅ Resolved · 1 workspace"
    assert wrong(fold_1_1=posted("fold/1/1", said, under="other")) == ["fold/1/1 stands outside its thread"]
    assert wrong(fold_1_1=posted("fold/1/1", said, under="fold/1", channel="C0")) == ["fold/1/1 stands in C0"]


TAKE, OVER_TAKEN, SILENCE = ActKind.TAKE, ActKind.TAKE_OVER, ActKind.SILENCE
FIRST, SECOND = FOLDED
ACTS = {FIRST: [(TAKE, ADA), (OVER_TAKEN, STORM_BEN)], SECOND: [(TAKE, ADA)]}
SAID = {
    "fold/1/2": posted("fold/1/2", "🙋 Taken over · 1 workspace\ns000", under="fold/1"),
    "fold/1/3": posted("fold/1/3", "🔔 Silence ended · 2 workspaces still firing", under="fold/1"),
}
PRESSED = Pressed(1, (FIRST, SECOND), [TAKE, OVER_TAKEN, SILENCE], silences=1)


def wrong_acts(
    pressed: Pressed, acts: dict[str, list[tuple[ActKind, str]]], said: dict[str, list[LogEntry]] = SAID
) -> list[str]:
    return check_storms(GOOD | said, ALERTS, FOLDED, 1, pressed=[pressed], acts=acts).wrong


def test_acts_of_people_on_a_fold_are_kept_and_told_once() -> None:
    assert wrong_acts(PRESSED, ACTS) == []
    assert wrong_acts(PRESSED, ACTS | {SECOND: []}) == [f"{SECOND} was taken 0 times"]
    assert wrong_acts(PRESSED, ACTS | {SECOND: [(TAKE, ADA)] * 2}) == [f"{SECOND} was taken 2 times"]
    assert wrong_acts(PRESSED, ACTS | {FIRST: [(TAKE, ADA)]}) == [f"{FIRST} was taken over 0 times"]
    twice = SAID | {"fold/1/4": posted("fold/1/4", SAID["fold/1/3"][0].text, under="fold/1")}
    said = "fold/1: the end of a silence is told of 4 alerts of 2"
    assert wrong_acts(PRESSED, ACTS, twice) == [said]
    assert wrong_acts(PRESSED, ACTS, {}) == [
        "fold/1: 0 alerts are said to be taken over",
        "fold/1: the end of a silence is told of 0 alerts of 2",
    ]


def test_midnight_may_have_ended_what_people_were_doing() -> None:
    crossed = Pressed(1, (FIRST, SECOND), [TAKE], crossed=True)
    assert wrong_acts(crossed, ACTS, {}) == []
    assert wrong_acts(crossed, ACTS | {FIRST: []}, {}) == [f"{FIRST} was taken 0 times"]
