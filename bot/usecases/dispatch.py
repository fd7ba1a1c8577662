"""The dispatcher: for each channel that has notices, claim one after another and have it delivered."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from math import inf
from types import MappingProxyType

from bot.clock import elapsed
from bot.domain.notices import Claim, Standing
from bot.domain.slack_codes import INTERNAL_ERROR, TIMEOUT
from bot.errors import SlackError, SlackUnsure, StoreError
from bot.logs import log_bug
from bot.usecases.deliver import Delivery, Sender
from bot.usecases.replica import Replica
from bot.usecases.rests import Sort
from bot.usecases.send_results import NEWS, SendResults
from bot.usecases.slack_refusals import passes, stops

log = logging.getLogger(__name__)

CHANNELS_AT_ONCE = 50
# Requests to Slack at a time: when Slack begins to refuse, only this many are refused.
SENDS_AT_ONCE = 12


class Dispatcher:
    """Sends the outbox's notices, one at a time per channel; the channel's lease decides the replica."""

    def __init__(
        self,
        replica: Replica,
        sender: Sender,
        *,
        fallback_channel: str,
        addresses: Mapping[str, str] = MappingProxyType({}),
        locale: str = "en",
    ) -> None:
        """`addresses` maps prefixes of keys to the channel in the config."""
        self._store, self._owner, self._clock = replica.store, replica.owner, replica.clock
        self._metrics, self._timing, self._timer = replica.metrics, replica.timing, replica.timer
        self._sender = sender
        self._addresses = {NEWS: fallback_channel, **addresses}
        self._draining: dict[str, asyncio.Task[None]] = {}
        self._results = SendResults(replica, fallback=fallback_channel, locale=locale)
        self._rests, self._pace = self._results.rests, self._results.pace
        self._delivery = Delivery(replica, sender, locale=locale, once=self._results.once)
        self._sends = asyncio.Semaphore(SENDS_AT_ONCE)
        self._renew_at = 0.0
        self._probe_at = 0.0
        self._trouble: StoreError | None = None
        self._stopping = False

    @property
    def stopped(self) -> str:
        """Slack's last refusal of all sending, until it accepts a notice; empty if there is none."""
        return self._results.stopped

    @property
    def parked(self) -> dict[str, str]:
        """The channels whose notices wait until the channel can be used, and Slack's code for each."""
        return self._results.parked

    @property
    def waiting(self) -> dict[str, str]:
        """The channels whose last notice Slack did not accept, and its code for each; it is tried again."""
        return self._results.waiting

    @property
    def outdated(self) -> dict[str, str]:
        """Remarks about channels whose name in the config is not their name in Slack."""
        return self._delivery.places.outdated

    async def address(self) -> None:
        """Move notices that wait for an unusable channel to the channel that the config names now."""
        for prefix, channel in self._addresses.items():
            await self._store.outbox.readdress(prefix, channel)

    async def tick(self) -> None:
        """Start sending in every channel that has notices and is not resting.

        Raises StoreError, also an error of a send since the last tick.
        """
        trouble, self._trouble = self._trouble, None
        await self._start_what_is_due()
        if trouble:
            raise trouble

    async def _start_what_is_due(self) -> None:
        """Start a task for each channel whose turn it is.

        Nothing is started when:
        * the bot is stopping
        * other replicas may take this process for dead
        * Slack refuses the token, and the last probe did not show that it is valid again
        """
        if self._stopping or not self._store.life.may_send:
            return
        if self._results.held and not await self._known_again():
            return
        resting = await self._keep_resting()
        due = await self._store.outbox.channels_due(
            CHANNELS_AT_ONCE + len(resting | self._draining.keys()),
            without_new=self._rests.resting(Sort.NEW),
            without_known=self._rests.resting(Sort.KNOWN),
            posts=self._pace.may_post,
            edits=self._pace.may_edit,
        )
        if not due and not resting and not self._draining:
            self._results.resume()
        for channel in due:
            if channel not in self._draining:
                task = asyncio.create_task(self._drain(channel))
                self._draining[channel] = task
                task.add_done_callback(partial(self._drained, channel))

    async def _keep_resting(self) -> set[str]:
        """Hold the leases of the long rests; returns the channels that rest, in part or wholly."""
        now, seconds = self._timer(), self._timing.lease
        resting = self._rests.channels()
        if now < self._renew_at:
            return resting
        self._renew_at = now + seconds / 3
        for channel in resting - self._draining.keys():
            left = self._rests.longest(channel)
            if left > seconds / 3:
                await self._store.leases.acquire(f"channel:{channel}", self._owner, min(left, seconds))
        return resting

    def _drained(self, channel: str, task: asyncio.Task[None]) -> None:
        self._draining.pop(channel, None)
        if not task.cancelled() and (error := task.exception()):
            # A bug of ours: the claim expires, other notices have their turn, then it is tried again.
            self._results.waiting[channel] = INTERNAL_ERROR
            log_bug(log, "notice_failed", error, channel=channel)

    async def settle(self) -> None:
        """Wait until every channel being served has nothing more to send for now."""
        await asyncio.gather(*self._draining.values())

    async def stop(self, seconds: float) -> None:
        """Send nothing new; running sends have this many seconds to be confirmed."""
        self._stopping = True
        if self._draining:
            _, late = await asyncio.wait(self._draining.values(), timeout=seconds)
            for task in late:
                task.cancel()

    async def measure(self) -> None:
        """Refresh the gauges of the outbox."""
        backlog = await self._store.outbox.backlog()
        standings = backlog.standings
        self._results.measure(standings, backlog.parked)
        self._metrics.queued.set(sum(standings.get(one, 0) for one in Standing if one is not Standing.SENT))
        self._metrics.parked.set(standings.get(Standing.PARKED, 0))
        oldest = backlog.oldest_wanted_at
        self._metrics.oldest.set(max(0.0, (self._clock() - oldest).total_seconds()) if oldest else 0)

    async def _drain(self, channel: str) -> None:
        """Send this channel's notices in order while its lease is ours."""
        lease, seconds = f"channel:{channel}", self._timing.lease
        try:
            while not (self._results.held or self._stopping or self._rests.left(channel)) and (
                self._store.life.may_send
            ):
                async with self._sends:
                    # Taken before anything is awaited: the most urgent channel started first.
                    posts = self._pace.take()
                    if not await self._store.leases.acquire(lease, self._owner, seconds):
                        self._keep_turn(posts)
                        return
                    if not await self._send_next(channel, posts=posts):
                        break
                await asyncio.sleep(self._timing.spacing)
                if self._pace.posts_per_second < inf:
                    break  # the next turn belongs to the most urgent of all channels
            # While the channel rests, other replicas must not try it either; `tick` renews the lease.
            rest = 0.0 if self._stopping else min(self._rests.longest(channel), seconds)
            if rest:
                await self._store.leases.acquire(lease, self._owner, rest)
            else:
                await self._store.leases.release(lease, self._owner)
        except StoreError as error:
            self._trouble = error

    def _keep_turn(self, posts: bool) -> None:
        if posts:
            self._pace.give_back()

    async def _send_next(self, channel: str, *, posts: bool) -> bool:
        """Send the most urgent notice of the channel, whose lease is ours; False if there is none to send.

        `posts`: a new message may be sent, not just an edit.
        """
        # The rest of the lease is for Slack to finish a sent request, before another replica searches.
        until = elapsed() + self._timing.send
        claim = await self._store.outbox.claim(
            channel,
            self._owner,
            self._timing.lease,
            new=not self._rests.left(channel, Sort.NEW),
            known=not self._rests.left(channel, Sort.KNOWN),
            posts=posts,
            edits=self._pace.may_edit,
        )
        if claim is None or claim.ts:
            self._keep_turn(posts)
        if claim is None:
            return False
        if until - elapsed() < self._timing.send / 2:
            # A store this slow leaves no time to send: give the claim back.
            await self._give_back(claim)
            return False
        await self._deliver(claim, until)
        return True

    async def _give_back(self, claim: Claim) -> None:
        standing = Standing.UNSURE if claim.unsure else Standing.QUEUED
        await self._store.outbox.put_back(claim, self._owner, standing, 0, "slow_store")

    async def _deliver(self, claim: Claim, until: float) -> None:
        """Send a notice and record the result. Too slow is as unsure as a dropped connection."""
        try:
            async with asyncio.timeout(until - elapsed()):
                posted, action = await self._delivery.send(claim, until)
        except TimeoutError:
            await self._results.unsure(claim, TIMEOUT)
        except SlackUnsure as error:
            await self._results.unsure(claim, error.code)
        except SlackError as error:
            await self._results.refused(claim, error)
        else:
            await self._results.confirmed(claim, posted, action)

    async def _known_again(self) -> bool:
        """Ask Slack now and then if the token is valid; only a notice shows if Slack accepts notices."""
        if self._timer() < self._probe_at:
            return False
        self._probe_at = self._timer() + self._timing.probe
        try:
            await self._sender.probe()
        except SlackError as error:
            if stops(error.code, error.method):
                self._results.stopped = error.code
                return False
            if passes(error):
                return False
            # An unknown refusal proves nothing; a notice will show.
        self._results.held = False
        return True
