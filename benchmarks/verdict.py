"""Compares what Slack was told with what it had to be told: lost, repeated, out of order, never asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.lives import EDITED, OVER, POSTED, Life, stage
from bot.playground.slack.records import LogEntry

MARK = "possible repeat"
Said = dict[str, list[LogEntry]]


@dataclass(slots=True)
class Verdict:
    """What was found; only `marked` (said to be a possible repeat, without the history scope) is allowed."""

    notices: int = 0
    edits: int = 0
    digests: int = 0
    lost: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    wrong_order: list[str] = field(default_factory=list)
    uncalled: list[str] = field(default_factory=list)
    marked: int = 0
    delays: list[float] = field(default_factory=list)
    latest: str = ""

    @property
    def good(self) -> bool:
        return not (self.lost or self.repeated or self.wrong_order or self.uncalled)

    @property
    def longest(self) -> float:
        return max(self.delays, default=0.0)

    @property
    def median(self) -> float:
        return median(self.delays) if self.delays else 0.0


def judge(
    said: Said,
    lives: Sequence[Life],
    digests: tuple[Iterable[str], Iterable[str]],
    answered: Mapping[str, float],
) -> Verdict:
    """Look at everything Slack did; `digests` are the keys that must and that may be there."""
    verdict, due, late = Verdict(), set(digests[0]), set(digests[1])
    entries = [entry for one in said.values() for entry in one]
    verdict.notices = sum(entry.method == POSTED for entry in entries)
    verdict.edits = sum(entry.method == EDITED for entry in entries)
    verdict.digests = sum(key in due | late for key in said)
    allowed = due.union(late, *((*life.must, *life.may) for life in lives))
    verdict.uncalled = sorted(set(said) - allowed)
    for key, one in said.items():
        _repeats(verdict, key, [entry for entry in one if entry.method == POSTED])
    verdict.lost += sorted(due - set(said))
    for life in lives:
        _lost(verdict, life, said)
        _order(verdict, life, said)
    delays = {key: max(0.0, said[key][0].wall - at) for key, at in answered.items() if key in said}
    verdict.delays, verdict.latest = list(delays.values()), max(delays, key=delays.__getitem__, default="")
    return verdict


def _repeats(verdict: Verdict, key: str, posts: list[LogEntry]) -> None:
    """One message per key; each further one must say that it may be a repeat."""
    for post in posts[1:]:
        if MARK in post.text:
            verdict.marked += 1
        else:
            verdict.repeated.append(f"{key} ({len(posts)} messages)")


def _lost(verdict: Verdict, life: Life, said: Said) -> None:
    verdict.lost += [key for key in life.must if key not in said]
    if life.root in said and stage(said[life.root][-1].text)[0] != OVER:
        verdict.lost.append(f"{life.root} (its message was left as {said[life.root][-1].text[:60]!r})")
    elif not life.done:
        verdict.lost.append(f"{life.root} (its script could not be told to the end)")


def _order(verdict: Verdict, life: Life, said: Said) -> None:
    """A message never goes back to an older state; replies stand in its thread, in order."""
    shown = [stage(entry.text) for entry in said.get(life.root, ())]
    going = [one if one[0] != OVER else (OVER, 0) for one in shown]
    if going != sorted(going):
        verdict.wrong_order.append(f"{life.root} showed {shown}")
    replies = [(key, what) for key, what in (life.must | life.may).items() if what != "root" and key in said]
    posts = [(said[key][0], what) for key, what in replies]
    times = [post.ts or "" for post, _ in posts]
    if times != sorted(times):
        verdict.wrong_order.append(f"{life.root}: replies at {times}")
    roots = {entry.ts for entry in said.get(life.root, ())}
    for post, what in posts:
        if post.thread_ts not in roots:
            verdict.wrong_order.append(f"{post.key} stands outside its thread")
        if what not in post.text:
            verdict.wrong_order.append(f"{post.key} says {post.text[:60]!r} instead of {what}")
