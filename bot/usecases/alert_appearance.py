"""The appearance of an alert's message, and the fingerprint that shows when it changes."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.alerts import HANDS, Alert, Reason, State
from bot.domain.past import is_past
from bot.domain.rules import Rule
from bot.domain.silences import Hush
from bot.messages.alert import render_alert
from bot.messages.message import Message
from bot.usecases.routes import Routes

# Raise it when the message of a firing alert gets new contents: after the update each is edited once.
LOOK = 6


@dataclass(frozen=True, slots=True)
class Appearance:
    """The parts of a message beside its alert: silences, that it is no news, a mark that its date is over."""

    hush: Hush
    quiet: bool = False
    past: str = ""


def message_of(alert: Alert, rule: Rule, routes: Routes, appearance: Appearance) -> Message:
    """The message of an alert in its current state, by the config."""
    workspace = routes.workspaces.get(alert.key.subject)
    return render_alert(
        alert,
        rule,
        workspace,
        zone=routes.zone(alert),
        locale=routes.locale,
        hush=appearance.hush,
        quiet=appearance.quiet,
        past=bool(appearance.past),
        lists_jobs=workspace is not None and routes.lists_jobs(workspace),
    )


def is_past_now(alert: Alert, rule: Rule, routes: Routes, now: datetime) -> bool:
    """True if the alert outlives its day and its business date is over."""
    return bool(past_mark(alert, rule, routes, now))


def past_mark(alert: Alert, rule: Rule, routes: Routes, now: datetime) -> str:
    """The mark in the fingerprint that the date is over: set at midnight, changed by the next reading."""
    zone = routes.zone(alert)
    if zone is None or not is_past(alert, rule, zone, now):
        return ""
    return "past, read since" if is_past(alert, rule, zone) else "past"


def fingerprint(alert: Alert, appearance: Appearance, *, limit: float = 0, jobs: str = "") -> str:
    """The visible parts of a message: it is edited only if they change.

    `quiet` is an edit that also changes `told`, so it must differ from the present fingerprint. Empty parts
    (`past`, new names, `done`) are left out: an update of the bot then edits no message that looks the same.
    """
    taken = alert.acknowledged.by if alert.acknowledged else ""
    if alert.handover:
        taken = f"{taken}#{alert.handover.number}"
    seen = f"{alert.state}|{alert.ending or ''}|{alert.value:.12g}|{alert.peak:.12g}|{taken}|{alert.detail}"
    if alert.state is State.FIRING:
        seen = f"{LOOK}|{limit:.12g}|{seen}"
    if appearance.past:
        seen = f"{seen}|{appearance.past}"
    if jobs:
        seen = f"{seen}|jobs {jobs}"
    if alert.kept_id:
        seen = f"{seen}|{alert.key.rule}|{alert.key.subject}|{alert.key.business_date}"
    if alert.done:
        seen = f"{seen}|done by {alert.done.by}"
    silences = ",".join(str(one.id) for one in appearance.hush.covering)
    began_under = appearance.hush.began_under
    was = str(began_under.id) if began_under else ""
    more = "|".join((silences, was, "together" if appearance.quiet else ""))
    return f"{seen}|{more}" if more != "||" else seen


def reply_fingerprint(alert: Alert, reason: Reason) -> str:
    """The visible parts of a reply; if it mentions the taker, the taker is a part."""
    if reason in HANDS and alert.handover:
        return f"{reason}|{alert.handover.number}"
    taken = f"|{alert.acknowledged.by}" if alert.acknowledged else ""
    return f"{reason}|{alert.value:.12g}{taken}"
