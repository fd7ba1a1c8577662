"""The dispatcher: claim a notice, deliver it and confirm, or decide which notices wait after a refusal."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from math import inf
from types import MappingProxyType

from bot.clock import elapsed
from bot.domain.notices import Claim, Notice, Posted, Priority, Standing
from bot.domain.slack_codes import INTERNAL_ERROR, TIMEOUT
from bot.errors import SlackError, SlackUnsure, StoreError
from bot.logs import Once, log_bug, log_event
from bot.messages.message import to_json
from bot.messages.service import channel_parked
from bot.usecases.deliver import Delivery, Sender
from bot.usecases.replica import Replica
from bot.usecases.rests import Rests, Sort, sort_of
from bot.usecases.slack_refusals import (
    LOST,
    NO_THREAD,
    PARKED_FOR,
    concerns_everybody,
    limits_edits,
    limits_posts,
    parks,
    passes,
    stops,
)
from bot.usecases.team_pace import TeamPace

log = logging.getLogger(__name__)

CHANNELS_AT_ONCE = 50
# Requests to Slack at a time: when Slack begins to refuse, only this many are refused.
SENDS_AT_ONCE = 12
# The longest rest of a notice, in seconds, whatever Slack asks for.
LONGEST_WAIT = 600.0
# The prefix of the keys of notices about channels.
NEWS = "parked/"
# The log's name for trouble that is not a single channel's: an outage is one warning.
EVERYWHERE = "slack"


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
        self._sender, self._fallback, self._locale = sender, fallback_channel, locale
        self._once = Once(log, "notice")
        self._addresses = {NEWS: fallback_channel, **addresses}
        self._delivery = Delivery(replica, sender, locale=locale, once=self._once)
        self._draining: dict[str, asyncio.Task[None]] = {}
        self._rests, self._pace = Rests(self._timer), TeamPace(self._timer)
        self._sends = asyncio.Semaphore(SENDS_AT_ONCE)
        self._renew_at = 0.0
        # Slack's last refusal of all sending, until it accepts a notice; `_held` while nothing is tried.
        self.stopped = ""
        self._held = False
        self.parked: dict[str, str] = {}
        # Channels whose last notice Slack did not accept, and why; it is tried again.
        self.waiting: dict[str, str] = {}
        self._probe_at = 0.0
        self._trouble: StoreError | None = None
        self._stopping = False

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
        if self._stopping or not self._store.life.may_send:
            return
        if self._held and not await self._known_again():
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
            self._resume()
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
            self.waiting[channel] = INTERNAL_ERROR
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
        standings, self.parked = backlog.standings, dict(backlog.parked)
        if set(standings) <= {Standing.SENT, Standing.PARKED}:
            self.waiting.clear()  # another replica sent it
        self._metrics.queued.set(sum(standings.get(one, 0) for one in Standing if one is not Standing.SENT))
        self._metrics.parked.set(standings.get(Standing.PARKED, 0))
        oldest = backlog.oldest_wanted_at
        self._metrics.oldest.set(max(0.0, (self._clock() - oldest).total_seconds()) if oldest else 0)

    async def _drain(self, channel: str) -> None:
        """Send this channel's notices in order while its lease is ours."""
        lease, seconds = f"channel:{channel}", self._timing.lease
        try:
            while not (self._held or self._stopping or self._rests.left(channel)) and (
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
            await self._unsure(claim, TIMEOUT)
        except SlackUnsure as error:
            await self._unsure(claim, error.code)
        except SlackError as error:
            await self._refused(claim, error)
        else:
            await self._confirmed(claim, posted, action)

    async def _confirmed(self, claim: Claim, posted: Posted, action: str) -> None:
        notice, now = claim.notice, self._clock()
        kept = await self._store.outbox.confirm(claim, self._owner, posted, now)
        if posted.untied and action != "adopt" and notice.thread_of and claim.thread_ts:
            await self._store.outbox.message_lost(notice.thread_of, claim.thread_ts, now)
        if action in ("post", "repeat"):
            self._pace.posted()
        self._once.over(notice.channel)
        self._once.over(EVERYWHERE)
        self.parked.pop(notice.channel if sort_of(claim) is Sort.NEW else posted.channel, None)
        self.waiting.pop(notice.channel, None)
        self._resume()
        reason = notice.telling.told.reason if notice.telling else notice.key.partition("/")[0]
        self._metrics.deliveries.labels("confirmed").inc()
        self._metrics.notices.labels(reason, action).inc()
        if action == "adopt":
            self._metrics.adopted.inc()
        elif action == "repeat":
            self._metrics.possible_repeats.inc()
        delay = max(0.0, (now - notice.wanted_at).total_seconds())
        self._metrics.notice_delay.observe(delay)
        log_event(
            log,
            "notice",
            key=notice.key,
            reason=reason,
            action=action,
            channel=posted.channel,
            ts=posted.ts,
            delay=delay,
            tries=claim.attempts,
            kept=kept,
        )

    async def _unsure(self, claim: Claim, code: str) -> None:
        """The result is unknown: keep the notice, and search for it before the next try."""
        timing, channel = self._timing, claim.notice.channel
        self._metrics.deliveries.labels("unsure").inc()
        self._metrics.notice_errors.labels(code).inc()
        self._once.warn(EVERYWHERE, f"Slack did not confirm ({code}); it will be looked up.")
        self.waiting[channel] = code
        first = timing.look_up_after_timeout if code == TIMEOUT else timing.look_up
        # Other notices of the channel go between the tries of this one; a try now may add a doubt.
        self._rests.begin(channel, timing.look_up)
        wait = max(first, min(timing.retry_most, first * 2.0 ** min(claim.attempts - 1, 5)))
        await self._store.outbox.put_back(claim, self._owner, Standing.UNSURE, wait, code)

    async def _refused(self, claim: Claim, error: SlackError) -> None:
        """Slack certainly refused: decide what waits, the notice, its channel or everything."""
        code, channel = error.code, claim.notice.channel
        # A refusal of the search for an unsure notice says nothing about the first try.
        before = Standing.UNSURE if claim.unsure and not claim.ts else Standing.QUEUED
        self._metrics.deliveries.labels("refused").inc()
        self._metrics.notice_errors.labels(code).inc()
        everywhere = stops(code, error.method) or concerns_everybody(code, error.method)
        self._once.warn(EVERYWHERE if everywhere else channel, f"{error} ({code})", code)
        if code in LOST and claim.ts:
            await self._store.outbox.message_lost(claim.notice.key, claim.ts, self._clock())
        elif code in NO_THREAD and claim.notice.thread_of and claim.thread_ts:
            await self._store.outbox.message_lost(claim.notice.thread_of, claim.thread_ts, self._clock())
            await self._store.outbox.put_back(claim, self._owner, before, 0, code)
        elif parks(code, error.method):
            await self._park(claim, code)
        elif stops(code, error.method):
            self.stopped, self._held = code, True
            await self._store.outbox.put_back(claim, self._owner, before, 0, code)
        else:
            wait = error.retry_after or min(self._timing.retry_most, 2.0 ** min(claim.attempts, 5))
            self.waiting[channel] = code
            self._slow_down(channel, error, wait)
            await self._store.outbox.put_back(claim, self._owner, before, min(wait, LONGEST_WAIT), code)

    def _slow_down(self, channel: str, error: SlackError, wait: float) -> None:
        """Begin a rest for requests that would be refused too: the channel's, all edits or all posts."""
        code, method = error.code, error.method
        if concerns_everybody(code, method):
            self._rests.begin(channel, wait)
        if limits_edits(code, method):
            self._pace.edit_refused(wait)
        elif limits_posts(code, method) and self._pace.post_refused(channel, wait):
            pace = self._pace.posts_per_second
            log_event(log, "posting_rests", logging.WARNING, seconds=wait, posts_per_second=round(pace, 2))

    async def _park(self, claim: Claim, code: str) -> None:
        """Park the channel's notices and, when that begins, tell people in another channel."""
        wait = self._timing.park
        self._rests.begin(claim.notice.channel, wait, sort_of(claim))
        channel = await self._unusable(claim)
        self.parked[channel] = code
        if channel == self._fallback:
            await self._store.outbox.put_back(claim, self._owner, Standing.PARKED, wait, code)
            return
        key = f"{NEWS}{claim.notice.channel}/{claim.notice.key}/{claim.number}"
        body = to_json(channel_parked(channel, code, locale=self._locale))
        notice = Notice(key, self._fallback, body, code, Priority.ALERT, self._clock())
        await self._store.outbox.park(claim, self._owner, wait, code, codes=PARKED_FOR, notice=notice)

    async def _unusable(self, claim: Claim) -> str:
        """The unusable channel: its name, or its id if the name leads elsewhere now."""
        name, known = claim.notice.channel, claim.posted_channel
        if sort_of(claim) is Sort.NEW or known is None:
            return name
        return name if await self._store.outbox.channel_id(name) in (None, known) else known

    async def _known_again(self) -> bool:
        """Ask Slack now and then if the token is valid; only a notice shows if Slack accepts notices."""
        if self._timer() < self._probe_at:
            return False
        self._probe_at = self._timer() + self._timing.probe
        try:
            await self._sender.probe()
        except SlackError as error:
            if stops(error.code, error.method):
                self.stopped = error.code
                return False
            if passes(error):
                return False
            # An unknown refusal proves nothing; a notice will show.
        self._held = False
        return True

    def _resume(self) -> None:
        """Slack accepted a notice, or none is left to try."""
        if self.stopped:
            log_event(log, "sending_resumed", was=self.stopped)
            self.stopped = ""
