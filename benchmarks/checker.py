"""Compares the messages in Slack with the required ones.

It finds messages that are lost, repeated, out of order, in the wrong place, with wrong words or numbers, or
never asked for.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.environment import DIGEST_CHANNEL
from benchmarks.scenario import Episode
from benchmarks.transcript import EDITED, OVER, POSTED, Messages, says, stage
from bot.domain.acts import ActKind
from bot.playground.fake_slack.activity import LogEntry

REPEAT_MARK = "possible repeat"
# By alert id, in order: the kind and the person.
Acts = Mapping[str, Sequence[tuple[str, str]]]
# DLF's numbers of yesterday: failed, succeeded, total.
Counts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ExpectedDigests:
    """The digests: the required keys, the permitted keys, and the workspaces of each with their counts.

    The digests of the `first` minute may come before the first poll.
    """

    due: Collection[str]
    permitted: Collection[str]
    rows: Mapping[str, Mapping[str, Counts]]
    first: Collection[str]


@dataclass(slots=True)
class Findings:
    """The mistakes found; without the history scope `marked`, repeats that say they may be, are allowed."""

    notices: int = 0
    edits: int = 0
    digests: int = 0
    acts: int = 0
    unsilenced: int = 0
    ended_at_midnight: int = 0
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
        """All mistakes that make a proof fail."""
        found = [self.lost, self.repeated, self.wrong_order, self.misplaced, self.misspoken, self.uncalled]
        return [one for kind in found for one in kind]

    @property
    def longest(self) -> float:
        return max(self.delays, default=0.0)

    @property
    def median(self) -> float:
        return median(self.delays) if self.delays else 0.0


def check(
    messages: Messages,
    episodes: Sequence[Episode],
    digests: ExpectedDigests,
    answered: Mapping[str, float],
    acts: Acts,
    *,
    deleted: Collection[str] = (),
) -> Findings:
    """Check all messages that Slack has received, and the acts of people that the database has.

    A message whose `ts` is in `deleted` may be there anew, and so may a reply below it.
    """
    findings, due, late = Findings(), set(digests.due), set(digests.permitted)
    entries = [entry for one in messages.values() for entry in one]
    findings.notices = sum(entry.method == POSTED for entry in entries)
    findings.edits = sum(entry.method == EDITED for entry in entries)
    findings.digests = sum(key in due | late for key in messages)
    findings.acts = sum(len(acts.get(episode.alert_id, [])) for episode in episodes)
    findings.unsilenced = sum("🔔" in entry.text for entry in entries)
    findings.ended_at_midnight = sum(episode.crossed and episode.root in messages for episode in episodes)
    allowed = due.union(late, *((*episode.required, *episode.permitted) for episode in episodes))
    findings.uncalled = sorted(key for key in set(messages) - allowed if not _of_a_silence(key, episodes))
    for key, of_key in messages.items():
        posts = [one for one in of_key if one.method == POSTED]
        lasting = [one for one in posts if one.ts not in deleted and one.thread_ts not in deleted]
        _repeats(findings, key, lasting)
    findings.lost += sorted(due - set(messages))
    for episode in episodes:
        _lost(findings, episode, messages, deleted)
        _order(findings, episode, messages)
        _place_and_words(findings, episode, messages, deleted)
        _end(findings, episode, messages, deleted)
        _acts(findings, episode, acts.get(episode.alert_id, []))
    _digests(findings, digests, messages)
    delays = {key: max(0.0, messages[key][0].wall - at) for key, at in answered.items() if key in messages}
    findings.delays, findings.latest = list(delays.values()), max(delays, key=delays.__getitem__, default="")
    return findings


def _repeats(findings: Findings, key: str, posts: list[LogEntry]) -> None:
    """Allow a single message per key; each further message must say that it may be a repeat."""
    for post in posts[1:]:
        if REPEAT_MARK in post.text:
            findings.marked += 1
        else:
            findings.repeated.append(f"{key} ({len(posts)} messages)")


def _lost(findings: Findings, episode: Episode, messages: Messages, deleted: Collection[str]) -> None:
    findings.lost += [key for key in episode.required if not episode.is_told(key, messages, deleted)]
    if episode.root in messages and stage(messages[episode.root][-1].text)[0] != OVER:
        findings.lost.append(
            f"{episode.root} (its message was left as {messages[episode.root][-1].text[:60]!r})"
        )
    elif not episode.done:
        findings.lost.append(f"{episode.root} (its script could not be told to the end)")


def _order(findings: Findings, episode: Episode, messages: Messages) -> None:
    """A message never goes back to an older state; replies stand in order."""
    shown = [stage(entry.text) for entry in messages.get(episode.root, ())]
    # Only a life that goes on after midnight for a moment may show its last number twice.
    going = [one if one[0] != OVER else (OVER, 0) for one in shown]
    if going != sorted(going):
        findings.wrong_order.append(f"{episode.root} showed {shown}")
    times = [messages[key][0].ts or "" for key in _replies(episode) if key in messages]
    if times != sorted(times):
        findings.wrong_order.append(f"{episode.root}: replies at {times}")


def _place_and_words(
    findings: Findings, episode: Episode, messages: Messages, deleted: Collection[str]
) -> None:
    """An episode's messages stand in its channel, replies in its thread, with the numbers of DLF."""
    roots = {entry.ts for entry in messages.get(episode.root, ())}
    disturbed = episode.is_disturbed(messages, deleted)
    for entry in messages.get(episode.root, ()):
        over, shown = stage(entry.text)
        firing = (f"{episode.workspace}: {shown:,} failed",)
        _is_in(findings, entry, episode.channel)
        _says(findings, entry, episode.over_words if over == OVER else firing)
        if over != OVER and shown not in episode.failures:
            findings.misspoken.append(f"{entry.key} says {shown}, DLF said {episode.failures}")
    for key, words in _replies(episode).items():
        for entry in messages.get(key, ()):
            _is_in(findings, entry, episode.channel)
            if not (disturbed and any(says(entry.text, later) for later in episode.later(key))):
                _says(findings, entry, words)
            if entry.method == POSTED and entry.thread_ts not in roots:
                findings.misplaced.append(f"{key} stands outside its thread")


def _end(findings: Findings, episode: Episode, messages: Messages, deleted: Collection[str]) -> None:
    """The end at midnight is told once in the thread, unless silenced or the first that Slack heard of it.

    A reply that was taken back, or says that it may be a repeat, does not count.
    """
    root = messages.get(episode.root, [])
    if not episode.crossed or not root:
        return
    entries = [entry for key in _replies(episode) for entry in messages.get(key, ())]
    replies = [one for one in entries if one.method == POSTED and one.ts not in deleted]
    ends = sum(stage(one.text)[0] == OVER and REPEAT_MARK not in one.text for one in replies)
    told = 0 if stage(root[0].text)[0] == OVER else 1
    if ends > told:
        findings.repeated.append(f"{episode.root}: its end ({ends} replies)")
    if ends < told and not _silenced_at_its_end(root):
        findings.lost.append(f"{episode.root}: no reply tells of its end")


def _silenced_at_its_end(root: Sequence[LogEntry]) -> bool:
    """Whether the message named a silence when it ended; that silence may have ended since."""
    shown = [stage(entry.text)[0] for entry in root]
    over = shown.index(OVER) if OVER in shown else len(shown)
    return any("Silenced by" in entry.text for entry in root[over - 1 :])


def _acts(findings: Findings, episode: Episode, kept: Sequence[tuple[str, str]]) -> None:
    """Each act is kept once, in order. What was pressed when midnight came may have come to nothing."""
    kept, done = list(kept), list(episode.acts)
    if kept == done or (episode.crossed and kept == done[: len(kept)] and len(kept) >= len(done) - 2):
        return
    missing, more = Counter(done) - Counter(kept), Counter(kept) - Counter(done)
    findings.lost += [f"{episode.alert_id}: {by} {kind}" for kind, by in missing]
    findings.repeated += [f"{episode.alert_id}: {by} {kind}" for kind, by in more]
    if not missing and not more:
        findings.wrong_order.append(f"{episode.alert_id}: acts {kept}, not {done}")


def _of_a_silence(key: str, episodes: Iterable[Episode]) -> bool:
    """True for the reply about a silence of an episode; its number cannot be foreseen."""
    root, mark, _ = key.rpartition("/silenced/")
    return bool(mark) and any(
        episode.root == root and (ActKind.SILENCE.value in dict(episode.acts)) for episode in episodes
    )


def _digests(findings: Findings, digests: ExpectedDigests, messages: Messages) -> None:
    """A digest stands in its channel and has its workspaces, each with DLF's numbers of yesterday.

    Faults may keep the bot from reading a workspace: then its row says so, beside older numbers or without
    any. Most rows must have numbers.
    """
    rows = unread = 0
    for key in sorted(messages.keys() & digests.rows.keys()):
        for entry in messages[key]:
            _is_in(findings, entry, DIGEST_CHANNEL)
            lines = re.findall(r"^(w\d+(?:, w\d+)*): (.+)$", entry.text, re.M)
            # Workspaces without numbers for the same reason share a line.
            found = {name: line for names, line in lines for name in names.split(", ")}
            if found.keys() != digests.rows[key].keys():
                findings.misspoken.append(f"{key} is of {sorted(found)}, not {sorted(digests.rows[key])}")
            for workspace, counts in digests.rows[key].items():
                numbers = _numbers(found.get(workspace, ""))
                if numbers not in (None, counts):
                    findings.misspoken.append(
                        f"{key} says {found[workspace]!r} of {workspace}, DLF said {counts}"
                    )
                rows += key not in digests.first
                unread += key not in digests.first and numbers is None
    if 2 * unread > rows:
        findings.misspoken.append(f"of {rows} rows of digests {unread} say no numbers")


def _numbers(row: str) -> Counts | None:
    """The numbers in a digest's row: failed, succeeded, total; None if it says that there are no new ones."""
    if "; not updated: " in row:
        return None
    match = re.match(r"\S+ ([\d,]+) failed(?: \(\S+\))?, 0 stuck, ([\d,]+) of ([\d,]+) succeeded", row)
    failed, succeeded, total = (int(one.replace(",", "")) for one in match.groups()) if match else (0, 0, 0)
    return (failed, succeeded, total) if match else None


def _replies(episode: Episode) -> dict[str, tuple[str, ...]]:
    return {
        key: words for key, words in (episode.required | episode.permitted).items() if key != episode.root
    }


def _is_in(findings: Findings, entry: LogEntry, channel: str) -> None:
    if entry.channel != channel:
        findings.misplaced.append(f"{entry.key} stands in {entry.channel}, not {channel}")


def _says(findings: Findings, entry: LogEntry, words: Sequence[str]) -> None:
    missing = [one for one in words if not says(entry.text, [one])]
    findings.misspoken += [f"{entry.key} says {entry.text[:80]!r} instead of {one!r}" for one in missing]
