"""`Folding`: which alerts are told by folds, and the folds' messages kept up to date."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial

from bot.domain.alerts import Alert
from bot.domain.folds import Cause, Fold, causes, is_alone
from bot.domain.notices import Notice
from bot.domain.silences import Hush
from bot.logs import log_event
from bot.tasks import run_each
from bot.usecases.fold_gathering import Gathering, KnownFolds
from bot.usecases.fold_members import FoldMembers
from bot.usecases.fold_notices import (
    Due,
    due_of,
    reply_number,
    reply_of,
    root_of,
    state_of,
)
from bot.usecases.fold_pace import PUT_AGAIN, FoldPace, Put
from bot.usecases.fold_rests import FoldRests
from bot.usecases.replica import Replica
from bot.usecases.routes import Routes

log = logging.getLogger(__name__)

# How long a closed fold's message is kept up to date; its notice may be deleted a day later.
SHOWN_FOR = timedelta(days=9)
# The pause between replies: a little under a minute, so that changes are in Slack within a minute.
REPLY_EVERY = timedelta(seconds=55)
# A fold that looks as before is looked at this often, for what time alone makes due.
LOOK_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Look:
    """A look at all folds: the alerts and silences by alert id, and by rule the likely common causes."""

    known: Mapping[str, Alert]
    hushes: Mapping[str, Hush]
    causes_of: Callable[[str], list[Cause]]
    now: datetime

    def has_none_of(self, fold: Fold) -> bool:
        """True if the members of the fold are all settled."""
        return fold.members.keys().isdisjoint(self.known)


class Folding:
    """Decides which alerts are told by a fold, and tells them. Only the holder of the lease `under` may."""

    def __init__(
        self,
        replica: Replica,
        routes: Routes,
        *,
        under: str,
        then: Callable[[], None] = lambda: None,
        hurried: Callable[[], bool] = lambda: False,
    ) -> None:
        """`then` is called when the outbox got something to send; `hurried`: something urgent waits."""
        self._hurried, self._cut_short = hurried, False
        self._routes, self._store, self._then = routes, replica.store, then
        self._under, self._holder = under, replica.owner
        self._rests = FoldRests(self._store.outbox)
        self._pace = FoldPace(routes.poll_every)
        # The members as they were seen last, and when, of the folds whose message was up to date then.
        self._looked: dict[int, tuple[object, datetime]] = {}
        self._members = FoldMembers(self._store.alerts)
        self._known = KnownFolds(self._store.folds, self._members, routes)
        self._gathering = Gathering(replica, routes, self._known, under=under)

    def forget(self) -> None:
        """Read the folds again: another replica may have changed them meanwhile."""
        self._known.forget()
        self._gathering.forget()
        self._rests.forget()
        self._pace.forget()
        self._looked.clear()
        self._members.forget()

    def refresh(self) -> None:
        """Read the members again if another replica changed them unseen."""
        self._known.refresh()

    async def gather(
        self, alerts: Sequence[Alert], hushes: Mapping[str, Hush], now: datetime
    ) -> frozenset[str]:
        """Fold waiting alerts if they are many; returns the ids of the alerts that folds tell of."""
        return await self._gathering.gather(alerts, hushes, now)

    async def tell(self, alerts: Sequence[Alert], hushes: Mapping[str, Hush], now: datetime) -> None:
        """Put the missing notices of each fold into the outbox.

        If something urgent waits, the rest of the folds have the next turn, which is then done whole.
        """
        known = {alert.id: alert for alert in alerts}
        self._members.turned_up(known)
        folds = (await self._known.all(now)).values()
        shown = [fold for fold in folds if fold.closed_at is None or now - fold.closed_at < SHOWN_FOR]
        shown = await self._rests.without(shown, known.keys(), now)
        shown.sort(key=lambda fold: (self._pace.last(fold.id), fold.id))
        self._pace.begin(now, open_folds=sum(fold.closed_at is None for fold in folds))

        @cache
        def causes_of(rule: str) -> list[Cause]:
            return causes(known.values(), rule, self._routes.workspaces.values())

        look = Look(known, hushes, causes_of, now)
        may_cut, self._cut_short = not self._cut_short, False
        await run_each(
            partial(self._tell, fold, look) for fold in shown if not (may_cut and self._is_cut_short())
        )

    def _is_cut_short(self) -> bool:
        self._cut_short = self._cut_short or self._hurried()
        return self._cut_short

    async def _tell(self, fold: Fold, look: Look) -> None:
        """Put a fold's missing notices into the outbox, and close the fold if it is over."""
        now = look.now
        alerts = await self._members.of(fold, look.known)
        seen = (fold, alerts, [look.hushes.get(alert.id) for alert in alerts])
        if self._is_unchanged(fold, seen, now):
            return
        self._looked.pop(fold.id, None)
        dues = self._dues(fold, alerts, look.hushes, now)
        number = await self._next_reply(fold, dues, now)
        found = look.causes_of(fold.place.rule)
        shows = (tuple((due.member.alert, due.member.hush, due.member.own) for due in dues), tuple(found))
        new = Put(shows, tuple(map(state_of, dues)), now)
        # A reply has the message edited first. While no edits are left it goes alone.
        is_edit = edits_first = number is not None and self._pace.may_edit
        tells = any(due.in_root for due in dues)
        if self._pace.must_put(fold.id, new, replies=edits_first, tells=tells):
            is_edit = edits_first or not self._pace.is_new(fold.id)
            root = root_of(fold, dues, self._routes, now, causes=found)
            if root is not None and await self._stands(root):
                self._pace.put(fold.id, new)
                if fold.closed_at and not any(due.reason for due in dues) and look.has_none_of(fold):
                    self._rests.begin(fold, root.fingerprint)
        if is_edit:
            self._pace.edited()
        if self._pace.is_up_to_date(fold.id, shows) and self._pace.may_edit:
            self._looked[fold.id] = (seen, now)
        if number is not None:
            await self._reply(fold, number, dues, look, edits_first=edits_first)
        await self._end(fold, dues, now)

    def _is_unchanged(self, fold: Fold, seen: object, now: datetime) -> bool:
        """True if the fold looks as at the last look, which was lately and left its message up to date."""
        before, at = self._looked.get(fold.id, (None, now))
        return before == seen and abs(now - at) < (PUT_AGAIN if fold.closed_at else LOOK_EVERY)

    async def _stands(self, root: Notice) -> bool:
        """Put the message into the outbox; False while it is being sent and must be put again."""
        if await self._store.outbox.put(root, under=self._under, holder=self._holder):
            self._then()
            return True
        row = await self._store.outbox.get(root.key)
        return row is not None and row.notice.fingerprint == root.fingerprint

    def _dues(
        self, fold: Fold, alerts: Iterable[Alert], hushes: Mapping[str, Hush], now: datetime
    ) -> list[Due]:
        found = []
        for alert in alerts:
            hushed, own = hushes.get(alert.id, Hush()), fold.members[alert.id]
            found.append(due_of(alert, self._routes, now, hush=hushed, own=own))
        return [due for due in found if due is not None]

    async def _next_reply(self, fold: Fold, dues: Iterable[Due], now: datetime) -> int | None:
        """The number of the reply to write now; None without changes or too soon after the last reply."""
        if not any(due.reason and not due.in_root for due in dues):
            return None
        last = await self._store.folds.last_reply(fold.key)
        if last is None:
            return 1
        waits = not last.sent or abs(now - last.wanted_at) < REPLY_EVERY
        return None if waits else reply_number(last.key) + 1

    async def _reply(
        self, fold: Fold, number: int, dues: Sequence[Due], look: Look, *, edits_first: bool
    ) -> None:
        """Write a reply with the changes, without those of alerts that were told since they were read.

        The next turn compares these with the silences anew.
        """
        read = {due.member.alert.id: due.member.alert for due in dues}
        ids = [due.member.alert.id for due in dues if due.reason and not due.in_root]
        fresh = {alert.id: alert for alert in await self._store.alerts.among(ids)}
        current = self._dues(
            fold, [fresh.get(id, alert) for id, alert in read.items()], look.hushes, look.now
        )
        current_dues = [
            due if due.member.alert.told == read[due.member.alert.id].told else replace(due, reason=None)
            for due in current
        ]
        reply = reply_of(fold, number, current_dues, self._routes, look.now)
        if reply is not None:
            under, holder = self._under, self._holder
            await self._store.outbox.put(reply, under=under, holder=holder, edits_root=edits_first)
            self._then()

    async def _end(self, fold: Fold, dues: Sequence[Due], now: datetime) -> None:
        """Give the last firing alert its own message after an hour; close a fold that is over."""
        folds = await self._known.all(now)
        if fold.closed_at is not None or any(due.reason for due in dues):
            return
        firing = [due.member.alert for due in dues if due.member.is_firing]
        if is_alone(fold, firing, now):
            alone = firing[0]
            await self._store.folds.leave(alone.id, now)
            folds[fold.id] = replace(fold, members={**fold.members, alone.id: True})
            log_event(log, "unfolded", fold=fold.id, alert=alone.id)
        elif not firing:
            await self._store.folds.close(fold.id, now)
            folds[fold.id] = replace(fold, closed_at=now)
