"""Storms in the crash proof: many alerts of a channel at once; each has a single first message.

A short storm ends as soon as its alerts are recorded, a long storm when Slack has been told of each and
people have acted on its fold. Which alerts share a message is the bot's decision: the database says it, and
Slack's log must fit.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from types import MappingProxyType

from benchmarks.databases import Records, StruckAlert
from benchmarks.environment import STORM_CHANNEL, Environment
from benchmarks.storm_people import Acts, Pressed, StormPeople, check_pressed
from benchmarks.transcript import OVER, POSTED, stage
from bot.playground.fake_slack.activity import LogEntry

FAILED = 9
# The share of silences that a person ends.
BY_HAND = 0.6
# A reply says how many ends it tells of, a fold's message how many alerts were over before they were told.
UNANNOUNCED = "over before their message could be sent"
ENDED = (r"(?:Resolved|Day over(?:, not resolved)?)\W+(\d+) workspaces?\b", rf"(\d+) {UNANNOUNCED}")
COUNTED = (rf"(\d+) (?:resolved|still firing when the day ended|{UNANNOUNCED})",)


class Storms:
    """Strikes the workspaces of a channel again and again until `stopping` is set."""

    def __init__(self, environment: Environment, records: Records, seed: int) -> None:
        self._environment, self._records = environment, records
        self._random = Random(f"{seed}/storms")
        self.people = StormPeople(environment, records)
        self.stopping = False
        self.rounds = 0

    async def run(self) -> None:
        """Returns when the last storm is told to its end."""
        while not self.stopping:
            await asyncio.sleep(self._random.uniform(0.2, 1))
            on, is_long = self._environment.dlf.today(), self.rounds % 3 > 0
            await self._strike(FAILED)
            await self._until(partial(self._is_burning, told=is_long), on=on)
            if is_long:
                by_hand = self._random.random() < BY_HAND
                await self.people.act(await self._records.struck(), on, by_hand=by_hand)
            await self._strike(0)
            await self._until(_is_told)
            self.rounds += 1

    async def _strike(self, failed: int) -> None:
        """In two halves, so that some join later."""
        struck, dlf = self._environment.struck, self._environment.dlf
        for half in (struck[::2], struck[1::2]):
            for name in half:
                dlf.failing[name, dlf.today()] = failed
            await asyncio.sleep(self._random.uniform(0.3, 1))

    def _is_burning(self, alerts: Sequence[StruckAlert], *, told: bool) -> bool:
        burning = [one for one in alerts if one.state == "firing" and (one.told or not told)]
        return len(burning) >= len(self._environment.struck)

    async def _until(self, claim: Callable[[Sequence[StruckAlert]], bool], on: object = None) -> None:
        """Wait until it is true, or until the business date is not `on` any more."""
        while not claim(await self._records.struck()):
            if on is not None and self._environment.dlf.today() != on:
                return
            await asyncio.sleep(0.3)


def _is_told(alerts: Sequence[StruckAlert]) -> bool:
    return all(one.state == "over" and one.told not in (None, "firing") for one in alerts)


@dataclass(slots=True)
class StormFindings:
    """How many storms, folds and folded alerts there were, and what is wrong with their messages."""

    storms: int = 0
    pressed: int = 0
    folds: int = 0
    folded: int = 0
    single: int = 0
    wrong: list[str] = field(default_factory=list)


def check_storms(
    messages: Mapping[str, list[LogEntry]],
    alerts: Sequence[StruckAlert],
    members: Mapping[str, int],
    storms: int,
    *,
    pressed: Sequence[Pressed] = (),
    acts: Acts = MappingProxyType({}),
) -> StormFindings:
    """Compare Slack's messages with the alerts on record. `members`: the fold of each folded alert."""
    findings = StormFindings(storms, sum(len(one.done) for one in pressed), folded=len(members))
    findings.wrong += check_pressed(messages, pressed, acts)
    ended_silenced = {one.fold for one in pressed if one.crossed and one.silences}
    by_fold: defaultdict[int, list[str]] = defaultdict(list)
    for id, fold in members.items():
        by_fold[fold].append(id)
    findings.folds = len(by_fold)
    for alert in alerts:
        own = f"alert/{alert.id}" in messages
        findings.single += own
        roots = own + (f"fold/{members[alert.id]}" in messages if alert.id in members else 0)
        if roots != 1:
            findings.wrong.append(f"{alert.id} is told by {roots} first messages")
        if own and stage(messages[f"alert/{alert.id}"][-1].text)[0] != OVER:
            findings.wrong.append(f"{alert.id} is left firing")
    for fold, ids in by_fold.items():
        findings.wrong += _wrong_with(f"fold/{fold}", len(ids), messages, silent=fold in ended_silenced)
    return findings


def _wrong_with(key: str, size: int, messages: Mapping[str, list[LogEntry]], *, silent: bool) -> list[str]:
    """The mistakes of a fold's message and its replies. `silent`: no reply need tell of an end."""
    root = messages.get(key, [])
    replies = [one for name, one in messages.items() if name.startswith(f"{key}/")]
    last = root[-1].text if root else ""
    ended = _sum([last, *(one[-1].text for one in replies)], ENDED)
    counted = _sum([last], COUNTED)
    wrong = []
    if counted != size:
        wrong.append(f"{key} counts {counted} alerts of {size}: {last[:120]!r}")
    if ended > size or (ended < size and not silent):
        wrong.append(f"{key}: {ended} ends of {size} alerts are told")
    places = {one.ts for one in root}
    stray = [
        one for entries in replies for one in entries if one.method == POSTED and one.thread_ts not in places
    ]
    wrong += [f"{one.key} stands outside its thread" for one in stray if one.thread_ts]
    wrong += [
        f"{one.key} stands in {one.channel}"
        for entries in (root, *replies)
        for one in entries
        if one.channel != STORM_CHANNEL
    ]
    return wrong


def _sum(texts: Collection[str], patterns: Collection[str]) -> int:
    return sum(int(n) for text in texts for pattern in patterns for n in re.findall(pattern, text))


def is_of_storm(key: str) -> bool:
    return key.startswith("fold/") or "/proof/s" in key
