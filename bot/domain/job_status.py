"""The words for an instance's status, in all of DLF's vocabularies, and the counts they belong to."""

from collections.abc import Mapping, Sequence

from bot.domain.model import Metric, StatusCounts

_LISTED: Mapping[Metric | None, tuple[Metric, ...]] = {
    **{
        one: (one,)
        for one in (
            Metric.FAIL_COUNT,
            Metric.RUNNING_EXCEPTION_COUNT,
            Metric.WAITING_CONFIRM_COUNT,
            Metric.PAUSE_COUNT,
            Metric.FORCE_SUCCESS_COUNT,
            Metric.IGNORE_SUCCESS_COUNT,
            Metric.FREEZE_COUNT,
            Metric.SKIP_COUNT,
            Metric.MANUAL_STOP_COUNT,
        )
    },
    Metric.OVERRIDDEN_COUNT: (Metric.FORCE_SUCCESS_COUNT, Metric.IGNORE_SUCCESS_COUNT),
    Metric.FAIL_RATE: (Metric.FAIL_COUNT,),
    Metric.SUCCESS_RATE: (Metric.FAIL_COUNT,),
}
_TROUBLE = (Metric.FAIL_COUNT, Metric.RUNNING_EXCEPTION_COUNT)

# The words of five vocabularies (V1, its newest SDK, V2, the Java enum, the counts), small letters alone.
_COUNT_OF = {
    "waiting": Metric.WAITING_COUNT,
    "running": Metric.RUNNING_COUNT,
    "success": Metric.SUCCESS_COUNT,
    "forcesuccess": Metric.FORCE_SUCCESS_COUNT,
    "ignoresuccess": Metric.IGNORE_SUCCESS_COUNT,
    "fail": Metric.FAIL_COUNT,
    "runningexception": Metric.RUNNING_EXCEPTION_COUNT,
    "pause": Metric.PAUSE_COUNT,
    **dict.fromkeys(("manualstop", "manual"), Metric.MANUAL_STOP_COUNT),
    **dict.fromkeys(("skipbydepend", "skip"), Metric.SKIP_COUNT),
    "freeze": Metric.FREEZE_COUNT,
    "waitingconfirm": Metric.WAITING_CONFIRM_COUNT,
}


def listed_counts(metric: Metric | None) -> tuple[Metric, ...]:
    """The counts whose instances are the jobs behind a metric; failed and stuck if the metric is open."""
    return _LISTED.get(metric, _TROUBLE)


def metric_of(counts: Sequence[Metric]) -> Metric | None:
    """A metric that is about these counts; None for what failed or is stuck."""
    return next((one for one, listed in _LISTED.items() if listed == tuple(counts)), None)


def count_of(status: str, *, is_forced: bool = False, is_ignored: bool = False) -> Metric | None:
    """The count an instance is counted in; None for a word of no vocabulary."""
    found = _COUNT_OF.get("".join(letter for letter in status.lower() if letter.isalpha()))
    if found is Metric.SUCCESS_COUNT and is_forced:
        return Metric.FORCE_SUCCESS_COUNT
    if found is Metric.SUCCESS_COUNT and is_ignored:
        return Metric.IGNORE_SUCCESS_COUNT
    return found


def total_of(counts: StatusCounts, listed: Sequence[Metric]) -> int | None:
    """The sum of the listed counts; None if any of them is unknown."""
    values = [counts.value(one) for one in listed]
    return None if None in values else int(sum(value or 0 for value in values))
