"""People in a proof: each presses an alert's button again and again until it has worked once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from benchmarks.databases import Records
from benchmarks.environment import PROJECT, Environment, people_of
from bot.domain.acts import ActKind
from bot.messages.alert import ACKNOWLEDGE, SILENCE
from bot.messages.handovers import GIVE_BACK, TAKE_OVER
from bot.messages.silence_form import COMMENT, UNTIL, WHAT
from bot.messages.silences import END_SILENCE
from bot.playground.fake_slack.activity import InteractionResult

# A press that reached a process has worked by then, even if the process froze; else the press is lost.
WORKED_WITHIN = 6.0
# The duration of a silence that is to end by itself.
RUNS_OUT = timedelta(seconds=5)


class People:
    """Two people of a workspace who act on an alert."""

    def __init__(self, environment: Environment, records: Records, workspace: str, channel: str) -> None:
        self._environment, self._records, self._channel = environment, records, channel
        self._key = f"{PROJECT}/{workspace}"
        self.ada, self.ben = people_of(workspace)
        # Their acts that have worked, or may have.
        self.acts: list[tuple[str, str]] = []

    async def take(self, ts: Callable[[], str], shown: Callable[[], bool]) -> None:
        self.acts.append((ActKind.TAKE, self.ada))
        await self._press(self.ada, ts, ACKNOWLEDGE, shown)

    async def take_over(self, ts: Callable[[], str], shown: Callable[[], bool]) -> None:
        self.acts.append((ActKind.TAKE_OVER, self.ben))
        await self._press(self.ben, ts, TAKE_OVER, shown)

    async def give_back(self, ts: Callable[[], str], shown: Callable[[], bool]) -> None:
        self.acts.append((ActKind.GIVE_BACK, self.ben))
        await self._press(self.ben, ts, GIVE_BACK, shown)

    async def silence_the_day(self, ts: Callable[[], str], alert_id: str, shown: Callable[[], bool]) -> None:
        """Both people silence the alert for the day, Ada first."""
        for user in (self.ada, self.ben):
            self.acts.append((ActKind.SILENCE, user))
        for user in (self.ada, self.ben):
            before = await self._silences()

            async def worked(before: int = before) -> bool:
                return await self._silences() > before

            await self._until_worked(user, ts, SILENCE, worked, value=f"day|{alert_id}")
        while not shown():
            await asyncio.sleep(0.05)

    async def end_silence(self, ts: Callable[[], str], shown: Callable[[], bool]) -> None:
        self.acts.append((ActKind.END_SILENCE, self.ben))
        await self._press(self.ben, ts, END_SILENCE, shown)

    async def silence_for_a_moment(self, ts: Callable[[], str], alert_id: str) -> None:
        """By the modal; it returns when the silence is recorded."""
        self.acts.append((ActKind.SILENCE, self.ada))
        before, slack = await self._silences(), self._environment.slack
        while True:
            slack.modals.get(self.ada, []).clear()
            await self._click(self.ada, ts, SILENCE, f"more|{alert_id}")
            await self._wait(lambda: bool(slack.modals.get(self.ada)), 2)
            until = self._environment.clock.now() + RUNS_OUT
            given = {WHAT: "rule", UNTIL: int(until.timestamp()), COMMENT: "a moment"}
            try:
                await slack.submit(self.ada, {name: {name: value} for name, value in given.items()})
            except LookupError:
                continue
            while self._environment.clock.now() < until + timedelta(seconds=1):
                if await self._silences() > before:
                    return
                await asyncio.sleep(0.1)

    async def _press(self, user: str, ts: Callable[[], str], action: str, shown: Callable[[], bool]) -> None:
        async def worked() -> bool:
            return shown()

        await self._until_worked(user, ts, action, worked)

    async def _until_worked(
        self,
        user: str,
        ts: Callable[[], str],
        action: str,
        worked: Callable[[], Awaitable[bool]],
        value: str | None = None,
    ) -> None:
        """Press, again when the press was lost."""
        while not await worked():
            arrived = await self._click(user, ts, action, value)
            wait = WORKED_WITHIN if arrived else 0.3
            loop = asyncio.get_running_loop()
            until = loop.time() + wait
            while loop.time() < until and not await worked():
                await asyncio.sleep(0.1)

    async def _click(self, user: str, ts: Callable[[], str], action: str, value: str | None = None) -> bool:
        """Whether the click may have reached the bot."""
        try:
            done: InteractionResult = await self._environment.slack.click(
                user, self._channel, ts(), action, value
            )
        except LookupError:  # the message does not show that button, or not any more
            return False
        return done.error != "dispatch_failed"

    async def _silences(self) -> int:
        return await self._records.silences(self._key)

    async def _wait(self, claim: Callable[[], bool], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not claim() and loop.time() < until:
            await asyncio.sleep(0.05)
