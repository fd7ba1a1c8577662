"""Deliver a notice to Slack: search for it if it may be there, else post it or edit its message."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import departure, in_time, permit
from bot.domain.notices import Claim, Posted
from bot.domain.slack_codes import THREAD_NOT_FOUND, TIMEOUT
from bot.errors import SlackError, SlackUnsure
from bot.logs import Once
from bot.messages.message import Message, from_json
from bot.messages.service import late, possible_repeat
from bot.usecases.channels import Places
from bot.usecases.replica import Replica
from bot.usecases.slack_refusals import answered_unclearly, passes

LATE = timedelta(minutes=1)
# Give up searching after this many timeouts; then post, marked as a possible repeat.
SEARCHES = 3
# Unclear answers may be an outage, which passes: search for about ten minutes.
UNCLEAR_SEARCHES = 20


class Sender(Protocol):
    """The calls to Slack. Each raises SlackError (certainly not done) or SlackUnsure (unknown)."""

    async def post(
        self, channel: str, message: Message, *, key: str, thread_ts: str | None = None
    ) -> Posted: ...

    async def edit(self, posted: Posted, message: Message, *, key: str) -> None: ...

    async def delete(self, posted: Posted) -> None: ...

    async def find(
        self, channel_id: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> str | None: ...

    async def channel_id(self, name: str) -> str: ...

    async def probe(self) -> object: ...


class Delivery:
    """Sends the notices that the dispatcher claimed."""

    def __init__(self, replica: Replica, sender: Sender, *, locale: str, once: Once) -> None:
        self._sender, self._clock, self._locale = sender, replica.clock, locale
        self._timing, self._store, self._once = replica.timing, replica.store, once
        self.places = Places(sender.channel_id, replica.store.outbox.channel_id, once)
        # Searches without a clear answer, by key; another process starts counting at 0.
        self._searches = Counter[str]()

    async def send(self, claim: Claim, until: float) -> tuple[Posted, str]:
        """Return the message's place and the action: `post`, `edit`, `adopt` or `repeat`. Raises SlackError.

        Nothing is sent after `until` (by `elapsed`), or while this process may not send: SlackError
        `not_in_time` or a TimeoutError instead.
        """
        departure.set(until)
        permit.set(lambda: self._store.life.may_send)
        notice, message = claim.notice, from_json(claim.notice.body)
        if claim.ts and claim.posted_channel:
            posted = Posted(claim.posted_channel, claim.ts)
            _check_time()
            await self._sender.edit(posted, message, key=notice.key)
            return posted, "edit"
        action = "post"
        if claim.unsure:
            found, searched = await self._look_up(claim)
            if found:
                return found, "adopt"
            if not searched:
                message, action = possible_repeat(message, locale=self._locale), "repeat"
        delay = self._clock() - notice.wanted_at
        if delay > LATE:
            message = late(message, delay, locale=self._locale)
        posted = await self._post(claim, message)
        if posted.untied and await self._took_away(posted):
            raise SlackError("The message above a reply is gone.", code=THREAD_NOT_FOUND)
        return posted, action

    async def _post(self, claim: Claim, message: Message) -> Posted:
        """Post to the configured channel, or to its old id if Slack no longer knows the name."""
        name, key = claim.notice.channel, claim.notice.key
        _check_time()
        if claim.thread_ts and claim.posted_channel:
            # The name may belong to another channel by now: a reply goes where its root is.
            return await self._sender.post(claim.posted_channel, message, key=key, thread_ts=claim.thread_ts)
        await self.places.of(name)
        try:
            _check_time()
            posted = await self._sender.post(name, message, key=key, thread_ts=claim.thread_ts)
        except SlackError as refusal:
            if not (place := await self.places.followed(name, refusal)):
                raise
            _check_time()
            posted = await self._sender.post(place, message, key=key, thread_ts=claim.thread_ts)
            self.places.renamed(name)
        else:
            self.places.arrived(name, posted.channel)
        return posted

    async def _took_away(self, orphan: Posted) -> bool:
        """Delete a reply that landed in the channel itself; False if it must stay. Raises SlackUnsure."""
        try:
            in_time()
            await self._sender.delete(orphan)
        except SlackError as error:
            if passes(error):
                raise SlackUnsure(error.what, code=error.code) from None
            self._once.warn("orphan", f"A reply cannot be moved into its thread ({error.code}).", error.code)
            return False
        return True

    async def _find(self, claim: Claim, channel: str, since: datetime) -> Posted | None:
        """Find a notice's message: in its thread or, if the thread was gone at the try, in the channel.

        If the reply is found in the channel, it is deleted, to be sent into its thread.
        """
        key, thread = claim.notice.key, claim.thread_ts
        if thread:
            try:
                ts = await self._sender.find(channel, key, since=since, thread_ts=thread)
            except SlackError as error:
                if error.code != THREAD_NOT_FOUND:
                    raise
            else:
                if ts:
                    return Posted(channel, ts)
        ts = await self._sender.find(channel, key, since=since)
        found = Posted(channel, ts, untied=thread is not None) if ts else None
        return None if found and found.untied and await self._took_away(found) else found

    async def _find_anywhere(self, claim: Claim, since: datetime) -> Posted | None:
        """Find a notice's message in its own channel or in any channel that the name led to."""
        if claim.posted_channel:
            return await self._find(claim, claim.posted_channel, since)
        for channel in await self.places.searchable(claim.notice.channel):
            if found := await self._find(claim, channel, since):
                return found
        return None

    async def _look_up(self, claim: Claim) -> tuple[Posted | None, bool]:
        """Search the history for the notice's key; returns its place and if the search was possible."""
        now, key = self._clock(), claim.notice.key
        self._searches[key] += 1
        since = min(claim.first_tried_at or now, now)
        try:
            # Half of the time is left to post.
            async with asyncio.timeout(self._timing.send / 2):
                found = await self._find_anywhere(claim, since)
        except TimeoutError:
            if self._searches[key] < SEARCHES:
                raise
            code = TIMEOUT
        except SlackError as error:
            given_up = answered_unclearly(error) and self._searches[key] >= UNCLEAR_SEARCHES
            if passes(error) and not given_up:
                raise
            code = error.code
        else:
            del self._searches[key]
            return found, True
        self._once.warn("history", f"The history cannot be searched ({code}); a message may be posted twice.")
        return None, False


def _check_time() -> None:
    """Raise SlackError before a try if its time has passed, so that the result is certain."""
    try:
        in_time()
    except TimeoutError:
        what = "The time limit had passed before anything was sent."
        raise SlackError(what, code="not_in_time") from None
