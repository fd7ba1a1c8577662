"""How often folds' messages are edited: in bursts that were saved up, then one a second, in all channels."""

from datetime import UTC, datetime, timedelta

from bot.usecases.fold_pace import SAVED, FoldPace, Put

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def after(seconds: float, *, shows: str, states: str = "") -> Put:
    return Put((shows,), (states or shows,), NOON + timedelta(seconds=seconds))


def pace_of(folds: int, poll_every: float = 30) -> FoldPace:
    """All messages were written at noon."""
    pace = FoldPace(timedelta(seconds=poll_every))
    pace.begin(NOON, open_folds=folds)
    for fold in range(folds):
        assert pace.must_put(fold, after(0, shows="old"), replies=False, tells=True)
        pace.put(fold, after(0, shows="old"))
    return pace


def edits(pace: FoldPace, folds: int, at: float, *, tells: bool = True) -> int:
    """The edits of a look at all folds, whose members are others than before."""
    new, done = after(at, shows="new"), 0
    pace.begin(new.at, open_folds=folds)
    for fold in range(folds):
        if pace.must_put(fold, new, replies=False, tells=tells):
            pace.put(fold, new)
            pace.edited()
            done += 1
    return done


def test_edits_saved_up_go_at_once_then_one_a_second() -> None:
    pace = pace_of(60)
    assert [edits(pace, 60, at) for at in (20, 30, 31, 32, 34)] == [0, SAVED, 1, 1, 2]


def test_with_too_few_edits_for_all_a_message_waits_until_each_workspace_was_read() -> None:
    pace = pace_of(60, poll_every=40)
    assert [edits(pace, 60, at) for at in (30, 39, 40)] == [0, 0, SAVED]
    rarely_read = pace_of(60, poll_every=300)
    assert [edits(rarely_read, 60, at) for at in (59, 60)] == [0, SAVED]
    few = pace_of(20, poll_every=40)
    assert edits(few, 20, 10) == 20


def test_a_single_fold_is_edited_every_five_seconds() -> None:
    pace = pace_of(1)
    assert [edits(pace, 1, at) for at in (4, 5)] == [0, 1]


def test_an_edit_that_only_shows_what_a_reply_tells_leaves_turns_to_others() -> None:
    pace = pace_of(60)
    assert [edits(pace, 60, at, tells=False) for at in (30, 59, 60)] == [0, 0, SAVED]


def test_an_edit_for_changed_numbers_alone_waits_longer() -> None:
    pace = pace_of(1)
    for at, goes in ((29, False), (30, True)):
        new = after(at, shows="other numbers", states="old")
        assert pace.must_put(0, new, replies=False, tells=False) is goes


def test_a_clock_set_back_grants_no_extra_edits() -> None:
    pace = pace_of(60)
    assert edits(pace, 60, 30) == SAVED
    assert edits(pace, 60, -600) == 0
