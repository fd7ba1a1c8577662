"""Write drafts into the outbox, only if they differ from its notices; the most severe first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from bot.domain.notices import Notice
from bot.store.outbox import Outbox
from bot.store.records import Held
from bot.tasks import run_each
from bot.usecases.alert_replies import Draft


class DraftWriter:
    """Remembers the notices in the outbox, so that they are neither rendered nor written again."""

    def __init__(self, outbox: Outbox, *, under: str, holder: str, then: Callable[[], None]) -> None:
        """Nothing is written unless `holder` has the lease `under`; `then` is called after each write."""
        self._outbox, self._under, self._holder, self._then = outbox, under, holder, then
        self._held: dict[str, str] = {}

    def forget(self) -> None:
        """Forget the remembered notices, so that the outbox is read again."""
        self._held.clear()

    async def write(self, drafts: Mapping[str, Sequence[Draft]]) -> set[str]:
        """Write the drafts that differ; returns the ids of alerts with notices that are still missing.

        A notice being sent cannot be changed: the next call tries again.
        """
        new = {id: [one for one in some if not self._is_held(one.notice)] for id, some in drafts.items()}
        new = {id: some for id, some in new.items() if some}
        if not new:
            return set()
        there = await self._outbox.holds(one.notice.key for some in new.values() for one in some)
        lacking = {id: [one for one in some if self._differs(one.notice, there)] for id, some in new.items()}
        todo = sorted(((id, some) for id, some in lacking.items() if some), key=_urgency)
        waiting = {id for id, _ in todo}

        async def write(id: str, some: Sequence[Draft]) -> None:
            if all([await self._put(one, there) for one in some]):
                waiting.discard(id)

        await run_each([partial(write, id, some) for id, some in todo])
        return waiting

    def _is_held(self, notice: Notice) -> bool:
        return self._held.get(notice.key) == _mark(notice)

    def _differs(self, notice: Notice, there: Mapping[str, Held]) -> bool:
        held = there.get(notice.key)
        if held is None or held.fingerprint != notice.fingerprint:
            return True
        if held.may_move and held.channel != notice.channel:
            return True
        self._held[notice.key] = _mark(notice)
        return False

    async def _put(self, draft: Draft, there: Mapping[str, Held]) -> bool:
        """Put a notice into the outbox; False if it cannot be changed yet."""
        notice = draft.notice
        put = await self._outbox.put(draft.finished(), under=self._under, holder=self._holder)
        if put:
            self._then()
        held = there.get(notice.key)
        if put or (held is not None and held.fingerprint == notice.fingerprint):
            self._held[notice.key] = _mark(notice)
            return True
        return False


def _mark(notice: Notice) -> str:
    return f"{notice.fingerprint}|{notice.telling.told.seq if notice.telling else ''}"


def _urgency(drafted: tuple[str, Iterable[Draft]]) -> tuple[bool, int]:
    return min((one.notice.telling is None, one.notice.priority) for one in drafted[1])
