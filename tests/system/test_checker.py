"""The checker of the crash proofs finds each single mistake, and none in a flawless log."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from benchmarks.checker import ExpectedDigests, Findings, check
from benchmarks.environment import DIGEST_CHANNEL
from benchmarks.scenario import Episode
from benchmarks.transcript import EDITED, POSTED
from bot.playground.fake_slack.activity import LogEntry

Messages = dict[str, list[LogEntry]]
ROOT, DIGEST = "alert/failures/proof/w007/2026-11-26/1", "digest/at-0601-0/2026-11-26"
EPISODE = Episode("w007", ROOT, [1051, 2105], done=True)
EPISODE.required = {
    ROOT: (),
    f"{ROOT}/1": ("Worse · w007: 2,105 failed, was 1,051",),
    f"{ROOT}/2": EPISODE.over_words,
}
DIGESTS = ExpectedDigests([DIGEST], [], {DIGEST: {"w000": (1, 90, 91), "w001": (2, 91, 93)}}, [])


def entry(
    ts: str, text: str, key: str = ROOT, *, method: str = POSTED, thread: str | None = None
) -> LogEntry:
    now = datetime.now(UTC)
    channel = DIGEST_CHANNEL if key == DIGEST else "C0W00700"
    return LogEntry(1, now, 1.0, method, channel, ts, thread, key, text, True, "ok")


def everything() -> Messages:
    """The entries that a flawless episode and digest leave in Slack's log."""
    return {
        ROOT: [
            entry("1", "⚠️ Warning · w007: 1,051 failed (limit 5)\nSince 06:00"),
            entry("1", "⚠️ Warning · w007: 2,105 failed (limit 5)\nSince 06:00", method=EDITED),
            entry(
                "1",
                "✅ Resolved · w007: 0 failed (limit 5)\nLasted 3 s, at 06:00 · peak 2,105",
                method=EDITED,
            ),
        ],
        f"{ROOT}/1": [entry("2", "📈 Worse · w007: 2,105 failed, was 1,051", f"{ROOT}/1", thread="1")],
        f"{ROOT}/2": [
            entry("3", "✅ Resolved · w007: 0 failed (limit 5), peak 2,105", f"{ROOT}/2", thread="1")
        ],
        DIGEST: [
            entry(
                "4",
                "Digest at-0601-0, Thu 26 Nov\n⛔ Yesterday, Wed 25 Nov: 3 failed\n"
                "w000: ⛔ 1 failed (+1), 0 stuck, 90 of 91 succeeded, success rate 98.9%\n"
                "w001: ⛔ 2 failed, 0 stuck, 91 of 93 succeeded, success rate 97.8%",
                DIGEST,
            )
        ],
    }


def checked(said: Messages) -> Findings:
    return check(said, [EPISODE], DIGESTS, {}, {})


def test_a_deleted_message_may_be_there_anew() -> None:
    said = everything()
    said[ROOT].insert(1, replace(said[ROOT][0], ts="0"))
    assert checked(said).repeated
    assert check(said, [EPISODE], DIGESTS, {}, {}, deleted={"0"}).good


def test_a_reply_below_a_deleted_message_may_be_there_anew() -> None:
    said, reply = everything(), f"{ROOT}/1"
    said[ROOT].insert(0, replace(said[ROOT][0], ts="0"))
    said[reply].insert(0, replace(said[reply][0], ts="01", thread_ts="0"))
    assert check(said, [EPISODE], DIGESTS, {}, {}, deleted={"0"}).good
    assert checked(said).repeated


def test_a_reply_told_anew_after_a_deletion_may_bring_the_news_since() -> None:
    """Without a deletion each reply has its own words, and each comes."""
    said, episode = everything(), Episode("w007", ROOT, [1051, 2105], done=True)
    episode.required = {ROOT: ()}
    worse = episode.reply("Worse · w007: 2,105 failed, was 1,051")
    over = episode.reply(*episode.over_words)
    said[worse].append(replace(said.pop(over)[0], key=worse))
    told_anew = check(said, [episode], DIGESTS, {}, {}, deleted={"2"})
    assert told_anew.wrong == []
    undisturbed = check(said, [episode], DIGESTS, {}, {})
    assert undisturbed.lost == [over]
    assert undisturbed.misspoken
    said[worse].pop()
    assert check(said, [episode], DIGESTS, {}, {}, deleted={"2"}).lost == [over]


def elsewhere(key: str) -> Callable[[Messages], None]:
    def mistake(said: Messages) -> None:
        said[key] = [replace(one, channel="C0GENERAL") for one in said[key]]

    return mistake


def says(key: str, number: int, old: str, new: str) -> Callable[[Messages], None]:
    def mistake(said: Messages) -> None:
        assert old in said[key][number].text
        said[key][number] = replace(said[key][number], text=said[key][number].text.replace(old, new))

    return mistake


def gone(key: str) -> Callable[[Messages], None]:
    def mistake(said: Messages) -> None:
        del said[key]

    return mistake


def again(key: str) -> Callable[[Messages], None]:
    return lambda said: said[key].append(replace(said[key][0], ts="9"))


def outside_its_thread(said: Messages) -> None:
    said[f"{ROOT}/1"] = [replace(said[f"{ROOT}/1"][0], thread_ts=None)]


def test_a_flawless_story_is_good() -> None:
    findings = checked(everything())
    assert findings.wrong == []
    assert findings.good
    assert (findings.notices, findings.edits, findings.digests) == (4, 2, 1)


@pytest.mark.parametrize(
    ("kind", "mistake"),
    [
        ("misplaced", elsewhere(ROOT)),
        ("misplaced", elsewhere(f"{ROOT}/1")),
        ("misplaced", elsewhere(DIGEST)),
        ("misplaced", outside_its_thread),
        ("misspoken", says(ROOT, 0, "1,051", "2,051")),
        ("misspoken", says(ROOT, 0, "w007", "w008")),
        ("misspoken", says(ROOT, 2, "2,105", "3,105")),
        ("misspoken", says(f"{ROOT}/1", 0, "2,105", "3,105")),
        ("misspoken", says(f"{ROOT}/1", 0, "2,105", "12,105")),
        ("misspoken", says(f"{ROOT}/1", 0, "was 1,051", "was 10,515")),
        ("misspoken", says(f"{ROOT}/1", 0, "w007", "w008")),
        ("misspoken", says(f"{ROOT}/2", 0, "2,105", "3,105")),
        ("misspoken", says(DIGEST, 0, "w000: ⛔ 1 failed (+1)", "w000: ⛔ 7 failed (+1)")),
        ("misspoken", says(DIGEST, 0, "91 of 93", "93 of 93")),
        ("misspoken", says(DIGEST, 0, "w001", "w002")),
        ("misspoken", says(DIGEST, 0, everything()[DIGEST][0].text, "hello")),
        ("misspoken", says(DIGEST, 0, "\nw001: ⛔ 2 failed, 0 stuck", "\nand more:")),
        ("lost", gone(f"{ROOT}/2")),
        ("lost", gone(DIGEST)),
        ("lost", says(ROOT, 2, "Resolved", "Warning")),
        ("repeated", again(f"{ROOT}/1")),
        ("repeated", again(DIGEST)),
    ],
)
def test_a_single_mistake_is_found(kind: str, mistake: Callable[[Messages], None]) -> None:
    said = everything()
    mistake(said)
    findings = checked(said)
    assert getattr(findings, kind), findings.wrong
    assert not findings.good


# What people did, and midnight

ADA, BEN = "U0ADAW007", "U0BENW007"
TAKEN, GIVEN, TAKEN_OVER = ("took", ADA), ("gave back", BEN), ("took over", BEN)


@pytest.mark.parametrize(
    ("kept", "kind"),
    [
        ([TAKEN, TAKEN_OVER, GIVEN], None),
        ([TAKEN, TAKEN_OVER], "lost"),
        ([TAKEN, TAKEN_OVER, GIVEN, GIVEN], "repeated"),
        ([TAKEN, GIVEN, TAKEN_OVER], "wrong_order"),
    ],
)
def test_each_act_must_be_kept_once_and_in_order(kept: list[tuple[str, str]], kind: str | None) -> None:
    episode = replace(EPISODE, acts=[TAKEN, TAKEN_OVER, GIVEN])
    findings = check(everything(), [episode], DIGESTS, {}, {episode.alert_id: kept})
    assert findings.good is (kind is None), findings.wrong
    assert kind is None or getattr(findings, kind)


def test_a_line_about_a_silence_is_called_for_only_by_a_silence() -> None:
    key = f"{ROOT}/silenced/7"
    said = everything() | {key: [entry("5", "🔕 @ada silenced rule failures", key, thread="1")]}
    assert checked(said).uncalled == [key]
    silenced = replace(EPISODE, acts=[("silenced", ADA)])
    kept = {EPISODE.alert_id: silenced.acts}
    assert check(said, [silenced], DIGESTS, {}, kept).good
    said[key] *= 2
    assert check(said, [silenced], DIGESTS, {}, kept).repeated


SILENCED = "🔕 Silenced by @ada until 29 Nov 00:00"


def crossed(*replies: str, silenced: bool = False, deleted: Collection[str] = ()) -> Findings:
    """The checker's findings if midnight ended the alert and its thread has these replies."""
    episode = Episode("w007", ROOT, [1051], {ROOT: ()}, last=1051, done=True)
    episode.cross([ROOT])
    said = {DIGEST: everything()[DIGEST]} | {
        ROOT: [
            everything()[ROOT][0],
            entry(
                "1", "🌙 Day over, not resolved · w007: 1,051 failed (limit 5)\nSince 23:59", method=EDITED
            ),
        ]
    }
    if silenced:  # and the silence ended a moment later
        fired, ended = said[ROOT]
        still = [entry("1", f"{one.text}\n{SILENCED}", method=EDITED) for one in (fired, ended)]
        said[ROOT] = [fired, *still, ended]
    for number, text in enumerate(replies, 1):
        key = f"{ROOT}/{number}"
        said[key] = [entry(str(1 + number), text, key, thread="1")]
    return check(said, [episode], DIGESTS, {}, {}, deleted=deleted)


def test_an_alert_ended_by_midnight_is_announced_once_in_its_thread() -> None:
    end = "🌙 Day over, not resolved · w007: 1,051 failed (limit 5), since 23:59"
    assert crossed(end).good
    assert crossed().lost
    assert crossed(end, end).repeated
    assert crossed(end, end, deleted={"2"}).good, "the first was taken back"
    assert crossed(end, f"{end}\n(possible repeat)").good
    assert crossed(silenced=True).good


def test_workspaces_that_share_a_line_of_a_digest_are_each_found() -> None:
    said = everything()
    digest = said[DIGEST][0]
    title, symbol = digest.text.split("w000")[0], "❔ no data: it was not read"
    said[DIGEST] = [replace(digest, text=f"{title}w000, w001: {symbol}")]
    assert checked(said).misspoken == ["of 2 rows of digests 2 say no numbers"]
    said[DIGEST] = [replace(digest, text=f"{title}w000: {symbol}")]
    assert any("not ['w000', 'w001']" in one for one in checked(said).misspoken)


def test_a_digest_may_say_that_a_workspace_was_not_read_but_most_must_have_numbers() -> None:
    said = everything()
    says(DIGEST, 0, "1 failed (+1), 0 stuck, 90 of 91 succeeded", "no data: it was not read")(said)
    assert checked(said).good
    said = everything()
    says(DIGEST, 0, "1 failed (+1)", "9 failed (+1)")(said)
    assert checked(said).misspoken
    says(DIGEST, 0, "90 of 91 succeeded", "90 of 91 succeeded; not updated: DLF is away.")(said)
    assert checked(said).good
    says(DIGEST, 0, "2 failed, 0 stuck, 91 of 93 succeeded", "no data: it was not read")(said)
    assert checked(said).misspoken
