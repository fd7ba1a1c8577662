"""The menu, the modal and the button for silences. Each use is checked, done once, answered privately."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.domain.alerts import ActionOutcome
from bot.domain.silences import TOMORROW, Person, Scope, Silenced, Unsilenced
from bot.errors import BotError
from bot.messages.alert import MORE, SILENCE, silence_choice
from bot.messages.message import Message
from bot.messages.mrkdwn import escape
from bot.messages.silence_answers import render_silenced, render_unsilenced
from bot.messages.silence_form import (
    COMMENT,
    COMMENT_LENGTH,
    SILENCE_FORM,
    UNTIL,
    WHAT,
    silence_answer,
    silence_form,
    silence_working,
    wrong_end,
)
from bot.messages.silences import END_SILENCE
from bot.messages.words import Words
from bot.slack.alert_buttons import chosen
from bot.slack.block_fallback import wire_view
from bot.slack.modal import open_modal, update_modal
from bot.slack.permissions import Permissions
from bot.slack.responder import Responder
from bot.slack.runner import REFUSED, Ack, Caller, ListenerRunner, part_of, text_of

# The last second that Slack can show as a date: 9999-12-31.
LAST_SECOND = 253_402_214_400
SCOPES = {scope.value: scope for scope in Scope}


class Silencing(Protocol):
    """The part of the use case that the listeners call; each call may be repeated."""

    async def choose(self, reference: str, length: str, person: Person, zone: ZoneInfo) -> Silenced:
        """Silence the alert's rule where the alert is, for one of the menu's lengths."""

    async def silence(
        self, reference: str, scope: Scope, until: datetime, person: Person, comment: str
    ) -> Silenced:
        """Silence as much as `scope` says, seen from this alert."""

    async def look(self, reference: str) -> ActionOutcome | None:
        """Why this alert cannot be silenced; None if it can."""

    async def end(self, reference: str, person: Person) -> Unsilenced:
        """End all silences that cover this alert."""


@dataclass(frozen=True, slots=True)
class Form:
    """A submitted modal, parsed strictly; `until` is None if it is no valid time."""

    reference: str
    scope: Scope | None
    until: datetime | None
    comment: str
    view_id: str


class SilenceActions:
    """The listeners. Permission is checked at each press and again when the modal is submitted."""

    def __init__(
        self,
        runner: ListenerRunner,
        silences: Silencing,
        permissions: Permissions,
        *,
        zone: ZoneInfo,
        redraw: Callable[[Caller], Awaitable[str]],
    ) -> None:
        self._runner, self._silences, self._permissions = runner, silences, permissions
        self._zone, self._redraw = zone, redraw

    async def choose(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_silence`: value = length|reference of the alert"""
        length, reference = silence_choice(chosen(body))
        if length == MORE:
            opening = partial(self._open, reference=reference, trigger=text_of(body, "trigger_id"))
            await self._runner.run(SILENCE, body, ack, opening)
            return
        work = partial(self._choose, length=length, reference=reference, person=person_of(body))
        await self._runner.run(SILENCE, body, ack, work, may=self._permissions.may_silence)

    async def submitted(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`silence_form`: the modal is sent"""
        form = form_of(body)
        wrong = wrong_end(form.until, self._runner.clock(), locale=self._runner.locale)
        if wrong:
            answer = partial(ack, response_action="errors", errors={UNTIL: wrong})
        else:
            working = wire_view(silence_working(locale=self._runner.locale))
            answer = partial(ack, response_action="update", view=working)
        work = partial(self._submitted, form=form, person=person_of(body), wrong=bool(wrong))
        await self._runner.run(SILENCE_FORM, body, answer, work)

    async def end(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_unsilence`: value = reference of the alert"""
        await self._runner.run(END_SILENCE, body, ack, partial(self._ended_and_redrawn, body))

    async def _choose(
        self, caller: Caller, responder: Responder, length: str, reference: str, person: Person
    ) -> str:
        zone = self._zone
        if length == TOMORROW:
            zone = zone_or(await self._permissions.zone_of(caller.user), self._zone)
        result = await self._silences.choose(reference, length, person, zone)
        await responder.send(render_silenced(result, reference, locale=self._runner.locale))
        return result.outcome.value

    async def _open(self, caller: Caller, responder: Responder, *, reference: str, trigger: str) -> str:
        """Open the modal first, since the trigger expires after three seconds; then check the alert."""
        form = silence_form(reference, self._runner.clock(), locale=self._runner.locale)
        view_id = await open_modal(self._runner.sender, trigger, form)
        if (refused := await self._permissions.may_silence(caller)) is not None:
            await self._show(view_id, refused)
            return REFUSED
        outcome = await self._silences.look(reference)
        if outcome is not None:
            said = render_silenced(Silenced(outcome), reference, locale=self._runner.locale)
            await self._show(view_id, said)
            return outcome.value
        return "opened"

    async def _submitted(
        self, caller: Caller, responder: Responder, *, form: Form, person: Person, wrong: bool
    ) -> str:
        if wrong:
            return "wrong"
        try:
            outcome, message = await self._silence(caller, form, person)
        except BotError as error:
            await self._show(form.view_id, Message(escape(Words(self._runner.locale).problem(error.problem))))
            raise
        await self._show(form.view_id, message)
        return outcome

    async def _silence(self, caller: Caller, form: Form, person: Person) -> tuple[str, Message]:
        if (refused := await self._permissions.may_silence(caller)) is not None:
            return REFUSED, refused
        if form.scope is None or form.until is None:
            result = Silenced(ActionOutcome.WRONG)
        else:
            result = await self._silences.silence(
                form.reference, form.scope, form.until, person, form.comment
            )
        return result.outcome.value, render_silenced(result, form.reference, locale=self._runner.locale)

    async def _ended_and_redrawn(self, body: Mapping[str, Any], caller: Caller, responder: Responder) -> str:
        """A refusal, too, redraws the Home tab: it shows what the caller may see."""
        outcome = REFUSED
        if not await self._runner.refuses(self._permissions.may_silence, caller, responder):
            outcome = await self._end(responder, chosen(body), person_of(body))
        if text_of(part_of(body, "view"), "type") == "home":
            await self._redraw(caller)
        return outcome

    async def _end(self, responder: Responder, reference: str, person: Person) -> str:
        result = await self._silences.end(reference, person)
        await responder.send(render_unsilenced(result, locale=self._runner.locale))
        return result.outcome.value

    async def _show(self, view_id: str, message: Message) -> None:
        """Put the answer where the form was."""
        view = silence_answer(message, locale=self._runner.locale)
        await update_modal(self._runner.sender, view_id, view)


def person_of(body: Mapping[str, Any]) -> Person:
    """The person who acts, with the name that Slack gives beside the id."""
    user, channel = part_of(body, "user"), text_of(part_of(body, "channel"), "id")
    return Person(text_of(user, "id"), text_of(user, "name") or text_of(user, "username"), channel)


def form_of(body: Mapping[str, Any]) -> Form:
    """Parse a submitted modal; a field that cannot be ours is empty."""
    view = part_of(body, "view")
    values = part_of(part_of(view, "state"), "values")

    def field(name: str) -> Mapping[str, Any]:
        return part_of(part_of(values, name), name)

    scope = text_of(part_of(field(WHAT), "selected_option"), "value")
    return Form(
        _reference(text_of(view, "private_metadata")),
        SCOPES.get(scope),
        _moment(field(UNTIL).get("selected_date_time")),
        text_of(field(COMMENT), "value")[:COMMENT_LENGTH],
        text_of(view, "id"),
    )


def zone_or(name: str, otherwise: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else otherwise
    except (KeyError, ValueError, OSError):
        return otherwise


def _reference(metadata: str) -> str:
    try:
        kept = json.loads(metadata)
    except (ValueError, RecursionError):
        return ""
    found = text_of(kept, "alert") if isinstance(kept, dict) else ""
    return found if found.isprintable() else ""


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int) or not 0 < seconds < LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC)
