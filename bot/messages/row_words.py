"""The words for a workspace's row: its name, why it has no numbers, its other states, its change."""

import re
from collections.abc import Sequence

from bot.domain.model import Day, Metric, Row, StatusCounts
from bot.domain.sentence import Problem
from bot.messages.figures import delta, number
from bot.messages.mrkdwn import clean, clip
from bot.messages.words import Words

PROBLEM_LENGTH = 160
OTHERS = (
    Metric.RUNNING_COUNT,
    Metric.WAITING_COUNT,
    Metric.PAUSE_COUNT,
    Metric.FREEZE_COUNT,
    Metric.SKIP_COUNT,
    Metric.MANUAL_STOP_COUNT,
)


def row_names(rows: Sequence[Row]) -> list[str]:
    """The workspaces' names, with the projects if rows of several projects have the same name."""
    several = len({row.workspace.project for row in rows}) > 1
    return [clip(row.workspace.key if several else row.workspace.label) for row in rows]


def row_state(tr: Words, row: Row) -> str:
    """Why a row has no numbers or no current numbers; "" for a normal row."""
    if row.coming:
        return tr("updating…") if row.snapshot else tr("reading…")
    if row.snapshot is None:
        return tr("no data: {why}", why=_reason(tr, row.problem) if row.problem else tr("reason unknown"))
    # Only the problem itself: its meaning ("the counts are unknown") would contradict the numbers here.
    return tr("not updated: {why}", why=_reason(tr, row.problem, 1)) if row.problem else ""


def _reason(tr: Words, problem: Problem, sentences: int | None = None) -> str:
    """As many whole sentences of a problem as fit beside other rows."""
    whole, said = clean(tr.problem(problem)), ""
    for sentence in re.findall(r".+?(?:(?<=[.!?])(?: |$)|(?<=[。！？])|$)", whole)[:sentences]:
        if len(said.rstrip()) + 1 + len(sentence.rstrip()) > PROBLEM_LENGTH:
            break
        said += sentence
    return said.rstrip() or clip(whole, PROBLEM_LENGTH)


def others(tr: Words, counts: StatusCounts, *, zeros: bool = False) -> str:
    """The states other than failed and succeeded; zero counts only with `zeros`."""
    known = [metric for metric in OTHERS if (value := counts.value(metric)) is not None and (zeros or value)]
    gaps = tr.unreported(metric for metric in OTHERS if counts.value(metric) is None)
    said = [tr.phrase(metric, counts.value(metric)) for metric in known]
    return tr.join([*said, gaps] if gaps else said)


def compared(tr: Words, now: float | None, before: float | None, day: Day) -> str:
    """A count compared with the day before; "" if that is unknown."""
    if now is None or before is None or day is Day.ALL:
        return ""
    if day is Day.TODAY:
        return tr("all of yesterday: {n}", n=number(before))
    return tr("{delta} from the day before", delta=delta(now, before))
