"""The result of a try to send a notice: it is confirmed, looked up later, or waits after a refusal."""

import logging
from collections.abc import Mapping

from bot.domain.notices import Claim, Notice, Posted, Priority, Standing
from bot.domain.slack_codes import TIMEOUT
from bot.errors import SlackError
from bot.logs import Once, log_event
from bot.messages.message import to_json
from bot.messages.service import channel_parked
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
    stops,
)
from bot.usecases.team_pace import TeamPace

log = logging.getLogger(__name__)

# The longest rest of a notice, in seconds, whatever Slack asks for.
LONGEST_WAIT = 600.0
# The prefix of the keys of notices about channels.
NEWS = "parked/"
# The log's name for trouble that is not a single channel's: an outage is one warning.
EVERYWHERE = "slack"


class SendResults:
    """Records each result in the store, and keeps what Slack does not accept for now."""

    def __init__(self, replica: Replica, *, fallback: str, locale: str) -> None:
        """`fallback` is the channel that hears of unusable ones."""
        self._store, self._owner, self._clock = replica.store, replica.owner, replica.clock
        self._metrics, self._timing = replica.metrics, replica.timing
        self.rests, self.pace = Rests(replica.timer), TeamPace(replica.timer)
        self.once = Once(log, "notice")
        self._fallback, self._locale = fallback, locale
        # Slack's last refusal of all sending, until it accepts a notice; `held` while nothing is tried.
        self.stopped = ""
        self.held = False
        self.parked: dict[str, str] = {}
        # Channels whose last notice Slack did not accept, and why; it is tried again.
        self.waiting: dict[str, str] = {}

    def measure(self, standings: Mapping[Standing, int], parked: Mapping[str, str]) -> None:
        """Take over what the outbox shows of every replica's results."""
        self.parked = dict(parked)
        if set(standings) <= {Standing.SENT, Standing.PARKED}:
            self.waiting.clear()  # another replica sent it

    async def confirmed(self, claim: Claim, posted: Posted, action: str) -> None:
        notice, now = claim.notice, self._clock()
        kept = await self._store.outbox.confirm(claim, self._owner, posted, now)
        if posted.untied and action != "adopt" and notice.thread_of and claim.thread_ts:
            await self._store.outbox.message_lost(notice.thread_of, claim.thread_ts, now)
        if action in ("post", "repeat"):
            self.pace.posted()
        self.once.over(notice.channel)
        self.once.over(EVERYWHERE)
        self.parked.pop(notice.channel if sort_of(claim) is Sort.NEW else posted.channel, None)
        self.waiting.pop(notice.channel, None)
        self.resume()
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

    async def unsure(self, claim: Claim, code: str) -> None:
        """The result is unknown: keep the notice, and search for it before the next try."""
        timing, channel = self._timing, claim.notice.channel
        self._metrics.deliveries.labels("unsure").inc()
        self._metrics.notice_errors.labels(code).inc()
        self.once.warn(
            EVERYWHERE, f"Slack did not confirm ({code}); the bot looks for the message in the history."
        )
        self.waiting[channel] = code
        first = timing.look_up_after_timeout if code == TIMEOUT else timing.look_up
        # Other notices of the channel go between the tries of this one; a try now may add a doubt.
        self.rests.begin(channel, timing.look_up)
        wait = max(first, min(timing.retry_most, first * 2.0 ** min(claim.attempts - 1, 5)))
        await self._store.outbox.put_back(claim, self._owner, Standing.UNSURE, wait, code)

    async def refused(self, claim: Claim, error: SlackError) -> None:
        """Slack certainly refused: decide what waits, the notice, its channel or everything."""
        code, channel = error.code, claim.notice.channel
        # A refusal of the search for an unsure notice says nothing about the first try.
        before = Standing.UNSURE if claim.unsure and not claim.ts else Standing.QUEUED
        self._metrics.deliveries.labels("refused").inc()
        self._metrics.notice_errors.labels(code).inc()
        everywhere = stops(code, error.method) or concerns_everybody(code, error.method)
        self.once.warn(EVERYWHERE if everywhere else channel, f"{error} ({code})", code)
        if code in LOST and claim.ts:
            await self._store.outbox.message_lost(claim.notice.key, claim.ts, self._clock())
        elif code in NO_THREAD and claim.notice.thread_of and claim.thread_ts:
            await self._store.outbox.message_lost(claim.notice.thread_of, claim.thread_ts, self._clock())
            await self._store.outbox.put_back(claim, self._owner, before, 0, code)
        elif parks(code, error.method):
            await self._park(claim, code)
        elif stops(code, error.method):
            self.stopped, self.held = code, True
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
            self.rests.begin(channel, wait)
        if limits_edits(code, method):
            self.pace.edit_refused(wait)
        elif limits_posts(code, method) and self.pace.post_refused(channel, wait):
            pace = self.pace.posts_per_second
            log_event(log, "posting_rests", logging.WARNING, seconds=wait, posts_per_second=round(pace, 2))

    async def _park(self, claim: Claim, code: str) -> None:
        """Park the channel's notices and, when that begins, tell people in another channel."""
        wait = self._timing.park
        self.rests.begin(claim.notice.channel, wait, sort_of(claim))
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

    def resume(self) -> None:
        """Slack accepted a notice, or none is left to try."""
        if self.stopped:
            log_event(log, "sending_resumed", was=self.stopped)
            self.stopped = ""
