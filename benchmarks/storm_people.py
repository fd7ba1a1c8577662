"""People in the crash proof's storms: they take a fold, take over one of its alerts, silence its rule."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta

from benchmarks.databases import Records, StruckAlert
from benchmarks.environment import ADA, STORM_BEN, STORM_CHANNEL, STORM_RULE, Environment
from benchmarks.scenario import DayOverError
from benchmarks.transcript import Transcript
from bot.domain.acts import ActKind
from bot.domain.past import day_ends
from bot.messages.fold import ACT_ON_ONE, SILENCE_RULE, TAKE_ALL
from bot.messages.handovers import TAKE_OVER
from bot.messages.silences import END_SILENCE
from bot.playground.fake_slack.activity import LogEntry

# A press that reached a process has worked by then, even if the process froze; else the press is lost.
WORKED_WITHIN, LOST_WITHIN = 6.0, 0.3
# In the proof this silence ends a minute after the minute in which it began.
LENGTH = "15m"
# It must end before midnight.
LONGEST = timedelta(seconds=90)
TOLD = {
    ActKind.TAKE_OVER: r"Taken over\W+(\d+) workspace",
    ActKind.SILENCE: r"Silence ended\W+(\d+) workspace",
}
Acts = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(slots=True)
class Pressed:
    """The acts on a fold and its alerts that worked; if midnight `crossed` them, the next may have, too."""

    fold: int
    ids: tuple[str, ...]
    done: list[ActKind] = field(default_factory=list)
    crossed: bool = False
    # Silences are recorded by rule, so each press may have made another.
    silences: int = 0


class StormPeople:
    """Two people who act on the fold that tells of the most alerts."""

    def __init__(self, environment: Environment, records: Records) -> None:
        self._environment, self._records, self._slack = environment, records, environment.slack
        self._transcript = Transcript(environment.slack)
        self.pressed: list[Pressed] = []

    async def act(self, alerts: Sequence[StruckAlert], on: date, *, by_hand: bool) -> None:
        """Act until a silence's end is told, or until midnight. `by_hand`: a person ends the silence."""
        members, burning = await self._records.folded(), [one.id for one in alerts if one.state == "firing"]
        sizes = Counter(members[id] for id in burning if id in members)
        if not sizes:
            return
        fold = max(sizes, key=lambda one: (sizes[one], one))
        pressed = Pressed(fold, tuple(sorted(id for id in burning if members.get(id) == fold)))
        self.pressed.append(pressed)
        try:
            await self._take_all(pressed, on)
            await self._take_over(pressed, on)
            if self._until_midnight() > LONGEST:
                await self._silence(pressed, on, by_hand=by_hand)
        except DayOverError:
            pressed.crossed = True

    async def _take_all(self, pressed: Pressed, on: date) -> None:
        async def worked() -> bool:
            acts = await self._records.acts()
            return all((ActKind.TAKE, ADA) in acts.get(id, []) for id in pressed.ids)

        await self._press(worked, lambda: self._click(pressed, ADA, TAKE_ALL), on)
        pressed.done.append(ActKind.TAKE)
        await self._until(lambda: self._root_says(pressed, f"{len(pressed.ids)} of these taken"), on)

    async def _take_over(self, pressed: Pressed, on: date) -> None:
        """By the message of one alert, which only this person sees."""

        async def worked() -> bool:
            return (ActKind.TAKE_OVER, STORM_BEN) in (await self._records.acts()).get(pressed.ids[0], [])

        async def press() -> bool:
            shown = len(self._slack.ephemerals_of(STORM_BEN))
            await self._click(pressed, STORM_BEN, ACT_ON_ONE, pressed.ids[0])
            await asyncio.sleep(1)
            for seen in self._slack.ephemerals_of(STORM_BEN)[shown:]:
                if await self._click_at(seen.ts, STORM_BEN, TAKE_OVER):
                    return True
            return False

        await self._press(worked, press, on)
        pressed.done.append(ActKind.TAKE_OVER)
        await self._until(lambda: self._told(pressed, ActKind.TAKE_OVER) > 0, on)

    async def _silence(self, pressed: Pressed, on: date, *, by_hand: bool) -> None:
        before = await self._records.silences_of_rule(STORM_RULE)

        async def worked() -> bool:
            pressed.silences = await self._records.silences_of_rule(STORM_RULE) - before
            return pressed.silences > 0

        def press() -> Awaitable[bool]:
            return self._click(pressed, STORM_BEN, SILENCE_RULE, f"{LENGTH}|{pressed.fold}")

        await self._press(worked, press, on)
        pressed.done.append(ActKind.SILENCE)

        async def is_told() -> bool:
            return self._told(pressed, ActKind.SILENCE) >= len(pressed.ids)

        async def end() -> bool:
            return by_hand and await self._click(pressed, STORM_BEN, END_SILENCE)

        await self._press(is_told, end, on)

    async def _press(
        self, worked: Callable[[], Awaitable[bool]], press: Callable[[], Awaitable[bool]], on: date
    ) -> None:
        """Press, again when the press was lost. Raises DayOverError."""
        loop = asyncio.get_running_loop()
        while not await worked():
            until = loop.time() + (WORKED_WITHIN if await press() else LOST_WITHIN)
            while loop.time() < until and not await worked():
                self._check_day(on)
                await asyncio.sleep(0.2)

    async def _until(self, shown: Callable[[], bool], on: date) -> None:
        while not shown():
            self._check_day(on)
            await asyncio.sleep(0.2)

    def _check_day(self, on: date) -> None:
        if self._environment.dlf.today() != on:
            raise DayOverError

    def _until_midnight(self) -> timedelta:
        now = self._environment.clock.now()
        return day_ends(now.date(), UTC) - now

    async def _click(self, pressed: Pressed, user: str, action: str, value: str | None = None) -> bool:
        """Whether the click on the fold's message may have reached the bot."""
        self._transcript.read()
        return await self._click_at(
            self._transcript.messages[_key(pressed)][-1].ts or "", user, action, value
        )

    async def _click_at(self, ts: str, user: str, action: str, value: str | None = None) -> bool:
        try:
            done = await self._slack.click(user, STORM_CHANNEL, ts, action, value)
        except LookupError:  # the message does not show that button, or not any more
            return False
        return done.error != "dispatch_failed"

    def _root_says(self, pressed: Pressed, words: str) -> bool:
        self._transcript.read()
        return words in self._transcript.messages[_key(pressed)][-1].text

    def _told(self, pressed: Pressed, kind: ActKind) -> int:
        self._transcript.read()
        return told_of(self._transcript.messages, pressed.fold, kind)


def told_of(messages: Mapping[str, Sequence[LogEntry]], fold: int, kind: ActKind) -> int:
    """How many alerts the replies below a fold's message say this of."""
    texts = [one[-1].text for key, one in messages.items() if key.startswith(f"fold/{fold}/")]
    return sum(int(number) for text in texts for number in re.findall(TOLD[kind], text))


def check_pressed(
    messages: Mapping[str, Sequence[LogEntry]], pressed: Sequence[Pressed], acts: Acts
) -> list[str]:
    """The mistakes about people's acts on folds: lost, kept or told twice."""
    wrong = []
    for one in pressed:
        takes = Counter(id for id in one.ids for act in acts.get(id, []) if act == (ActKind.TAKE, ADA))
        wrong += [
            f"{id} was taken {takes[id]} times" for id in one.ids if not _fits(one, ActKind.TAKE, takes[id])
        ]
        over = list(acts.get(one.ids[0], [])).count((ActKind.TAKE_OVER, STORM_BEN))
        if not _fits(one, ActKind.TAKE_OVER, over):
            wrong.append(f"{one.ids[0]} was taken over {over} times")
        if one.crossed:
            continue
        if ActKind.TAKE_OVER in one.done and (told := told_of(messages, one.fold, ActKind.TAKE_OVER)) != 1:
            wrong.append(f"fold/{one.fold}: {told} alerts are said to be taken over")
        least, most = len(one.ids) * min(1, one.silences), len(one.ids) * one.silences
        if not least <= (told := told_of(messages, one.fold, ActKind.SILENCE)) <= most:
            wrong.append(f"fold/{one.fold}: the end of a silence is told of {told} alerts of {len(one.ids)}")
    return wrong


def _fits(pressed: Pressed, kind: ActKind, times: int) -> bool:
    """Each act is kept once; an act that midnight interrupted may be kept or not."""
    return times == 1 if kind in pressed.done else times <= pressed.crossed


def _key(pressed: Pressed) -> str:
    return f"fold/{pressed.fold}"
