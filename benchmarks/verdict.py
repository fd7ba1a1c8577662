"""Compares what Slack was told with what it had to be told.

Lost, repeated, out of order, in the wrong place, with the wrong words or numbers, never asked for.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.lives import EDITED, OVER, POSTED, Life, stage
from benchmarks.world import DIGEST_CHANNEL
from bot.playground.slack.records import LogEntry

MARK = "possible repeat"
Said = dict[str, list[LogEntry]]
# What DLF says of yesterday: how many failed, how many of how many succeeded.
Counts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Daily:
    """The digests: the keys that must and that may be there, and the workspaces in each with their counts.

    Those of the `first` minute may come before anything was read.
    """

    due: Collection[str]
    may: Collection[str]
    rows: Mapping[str, Mapping[str, Counts]]
    first: Collection[str]


@dataclass(slots=True)
class Verdict:
    """What was found; only `marked` (said to be a possible repeat, without the history scope) is allowed."""

    notices: int = 0
    edits: int = 0
    digests: int = 0
    lost: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    wrong_order: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    misspoken: list[str] = field(default_factory=list)
    uncalled: list[str] = field(default_factory=list)
    marked: int = 0
    delays: list[float] = field(default_factory=list)
    latest: str = ""

    @property
    def good(self) -> bool:
        return not self.wrong

    @property
    def wrong(self) -> list[str]:
        """Everything that must not be."""
        found = [self.lost, self.repeated, self.wrong_order, self.misplaced, self.misspoken, self.uncalled]
        return [one for kind in found for one in kind]

    @property
    def longest(self) -> float:
        return max(self.delays, default=0.0)

    @property
    def median(self) -> float:
        return median(self.delays) if self.delays else 0.0


def judge(
    said: Said,
    lives: Sequence[Life],
    daily: Daily,
    answered: Mapping[str, float],
) -> Verdict:
    """Look at everything Slack did."""
    verdict, due, late = Verdict(), set(daily.due), set(daily.may)
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
        _place_and_words(verdict, life, said)
    _digests(verdict, daily, said)
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
    """A message never goes back to an older state; replies stand in order."""
    shown = [stage(entry.text) for entry in said.get(life.root, ())]
    going = [one if one[0] != OVER else (OVER, 0) for one in shown]
    if going != sorted(going):
        verdict.wrong_order.append(f"{life.root} showed {shown}")
    times = [said[key][0].ts or "" for key in _replies(life) if key in said]
    if times != sorted(times):
        verdict.wrong_order.append(f"{life.root}: replies at {times}")


def _place_and_words(verdict: Verdict, life: Life, said: Said) -> None:
    """Everything of a life stands in its channel, replies in its thread, and says what DLF said."""
    roots = {entry.ts for entry in said.get(life.root, ())}
    for entry in said.get(life.root, ()):
        over, shown = stage(entry.text)
        firing = (f"{life.workspace}, {shown:,} failed",)
        _is_in(verdict, entry, life.channel)
        _says(verdict, entry, life.resolved if over == OVER else firing)
        if over != OVER and shown not in life.failures:
            verdict.misspoken.append(f"{entry.key} says {shown}, DLF said {life.failures}")
    for key, words in _replies(life).items():
        for entry in said.get(key, ()):
            _is_in(verdict, entry, life.channel)
            _says(verdict, entry, words)
            if entry.method == POSTED and entry.thread_ts not in roots:
                verdict.misplaced.append(f"{key} stands outside its thread")


def _digests(verdict: Verdict, daily: Daily, said: Said) -> None:
    """A digest stands in its channel and has its workspaces, each with what DLF says of yesterday.

    The weather may have kept a workspace from being read, then its row says so; but not most of them.
    """
    rows = unread = 0
    for key in sorted(said.keys() & daily.rows.keys()):
        for entry in said[key]:
            _is_in(verdict, entry, DIGEST_CHANNEL)
            found = dict(re.findall(r"^(w\d+): (.+)$", entry.text, re.M))
            if found.keys() != daily.rows[key].keys():
                verdict.misspoken.append(f"{key} is of {sorted(found)}, not {sorted(daily.rows[key])}")
            for workspace, counts in daily.rows[key].items():
                numbers = _numbers(found.get(workspace, ""))
                if numbers not in (None, counts):
                    verdict.misspoken.append(f"{key} says {numbers} of {workspace}, DLF said {counts}")
                rows += key not in daily.first
                unread += key not in daily.first and numbers is None
    if 2 * unread > rows:
        verdict.misspoken.append(f"of {rows} rows of digests {unread} say no numbers")


def _numbers(row: str) -> Counts | None:
    """What a digest's row says: failed, succeeded, in all."""
    said = re.match(r"\S+ ([\d,]+)(?: \(\S+\))? failed, 0 stuck, ([\d,]+) of ([\d,]+) succeeded", row)
    failed, succeeded, total = (int(one.replace(",", "")) for one in said.groups()) if said else (0, 0, 0)
    return (failed, succeeded, total) if said else None


def _replies(life: Life) -> dict[str, tuple[str, ...]]:
    return {key: words for key, words in (life.must | life.may).items() if key != life.root}


def _is_in(verdict: Verdict, entry: LogEntry, channel: str) -> None:
    if entry.channel != channel:
        verdict.misplaced.append(f"{entry.key} stands in {entry.channel}, not {channel}")


def _says(verdict: Verdict, entry: LogEntry, words: Sequence[str]) -> None:
    """Word for word: a larger number has another digit before or after."""
    for one in words:
        if not re.search(rf"(?<![\d,]){re.escape(one)}(?![\d,]*\d)", entry.text):
            verdict.misspoken.append(f"{entry.key} says {entry.text[:80]!r} instead of {one!r}")
