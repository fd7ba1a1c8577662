"""The buttons of a fold's message: take all, silence the rule, list all, act on one; answered in private."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.domain.alerts import ActionOutcome
from bot.domain.folds import TakenAll
from bot.domain.silences import TOMORROW, Person, Silenced
from bot.messages.alert import silence_choice
from bot.messages.fold import ACT_ON_ONE, ALL_OF, SILENCE_RULE, TAKE_ALL
from bot.messages.fold_page import FOLD_PAGE, place_in
from bot.messages.message import Message
from bot.messages.silence_answers import render_silenced
from bot.slack.alert_buttons import GONE, chosen
from bot.slack.parsing import number_of
from bot.slack.permissions import Permissions
from bot.slack.responder import Responder
from bot.slack.runner import REFUSED, Ack, Caller, ListenerRunner
from bot.slack.silencing import person_of, zone_or


class FoldActions(Protocol):
    """The use case behind the buttons; each call must bear being repeated."""

    async def take_all(self, fold: int, user: str, *, channel: str) -> TakenAll:
        """Record that `user` takes every firing alert of the fold that is not taken."""

    async def silenceable(self, fold: int) -> str | None:
        """The reference of an alert of the fold that fires; None if all are over."""

    async def page(self, fold: int, page: int) -> Message | None:
        """A page of the alerts that fire; None if none does."""

    async def show(self, given: str) -> Message | None:
        """The message of an alert with its own buttons; None if the alert is unknown now."""


class Silencing(Protocol):
    async def choose(
        self, reference: str, length: str, person: Person, zone: ZoneInfo, *, everywhere: bool = False
    ) -> Silenced:
        """Silence the alert's rule, in all workspaces if `everywhere`."""


class FoldButtons:
    """The buttons' listeners."""

    def __init__(
        self,
        runner: ListenerRunner,
        folds: FoldActions,
        silences: Silencing,
        permissions: Permissions,
        *,
        zone: ZoneInfo,
    ) -> None:
        self._runner, self._folds, self._silences = runner, folds, silences
        self._permissions, self._zone = permissions, zone

    async def take_all(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`fold_take`: value = number of the fold"""
        work = partial(self._take_all, fold=number_of(chosen(body)))
        await self._runner.run(TAKE_ALL, body, ack, work, may=self._permissions.may_acknowledge)

    async def silence(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`fold_silence`: value = length|number of the fold"""
        length, fold = silence_choice(chosen(body))
        work = partial(self._silence, length=length, fold=number_of(fold), person=person_of(body))
        await self._runner.run(SILENCE_RULE, body, ack, work, may=self._permissions.may_silence)

    async def act_on_one(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`fold_alert`: value = reference of the alert"""
        work = partial(self._show, given=chosen(body))
        await self._runner.run(ACT_ON_ONE, body, ack, work, may=self._permissions.may_look)

    async def all(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`fold_all`: value = number of the fold"""
        work = partial(self._page, value=chosen(body), replace=False)
        await self._runner.run(ALL_OF, body, ack, work)

    async def turn(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`fold_page`, `fold_next`: value = number of the fold|page; the page is replaced"""
        work = partial(self._page, value=chosen(body), replace=True)
        await self._runner.run(FOLD_PAGE, body, ack, work)

    async def _page(self, caller: Caller, responder: Responder, value: str, *, replace: bool) -> str:
        if await self._runner.refuses(self._permissions.may_look, caller, responder, replace=replace):
            return REFUSED
        fold, page = place_in(value)
        listed = await self._folds.page(number_of(fold), page)
        over = self._runner.message(GONE[ActionOutcome.OVER])
        await responder.send(listed or over, replace=replace)
        return "listed" if listed else "over"

    async def _take_all(self, caller: Caller, responder: Responder, fold: int) -> str:
        result = await self._folds.take_all(fold, caller.user, channel=caller.channel)
        if not result.taken + result.mine + result.others:
            await responder.send(self._runner.message(GONE[ActionOutcome.OVER]))
            return "over"
        pattern = ALL_YOURS if not result.others else SOME_YOURS
        numbers = {"n": str(result.taken + result.mine), "others": str(result.others)}
        await responder.send(self._runner.message(pattern, **numbers))
        return "done" if result.taken else "already"

    async def _silence(
        self, caller: Caller, responder: Responder, length: str, fold: int, person: Person
    ) -> str:
        reference = await self._folds.silenceable(fold)
        if reference is None:
            result = Silenced(ActionOutcome.OVER)
        else:
            zone = self._zone
            if length == TOMORROW:
                zone = zone_or(await self._permissions.zone_of(caller.user), self._zone)
            result = await self._silences.choose(reference, length, person, zone, everywhere=True)
        await responder.send(render_silenced(result, reference or "", locale=self._runner.locale))
        return result.outcome.value

    async def _show(self, caller: Caller, responder: Responder, given: str) -> str:
        shown = await self._folds.show(given)
        await responder.send(shown or self._runner.message(GONE[ActionOutcome.UNKNOWN]))
        return "shown" if shown else "unknown"


ALL_YOURS = (
    "You have all {n} alerts that fire. You will be told when they get worse or end; other reminders stop."
)
SOME_YOURS = "You have {n} of the alerts that fire; others have {others}."
