"""The notices of a fold: its message in its present state, and the reply about changes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bot.domain.alert_care import severity_of, worst_of
from bot.domain.alert_reasons import next_told, reason_to_tell
from bot.domain.alerts import BY_EDIT, Alert, Reason, State
from bot.domain.config_edits import as_judged
from bot.domain.folds import LATELY, Cause, Fold, Place
from bot.domain.notices import Notice, Priority, Telling
from bot.domain.rules import Rule, Severity
from bot.domain.silences import Hush
from bot.domain.unreadable import UNREADABLE
from bot.messages.fold import render_both
from bot.messages.fold_changes import render_changes
from bot.messages.fold_members import Member
from bot.messages.message import Message, to_json
from bot.usecases.alert_appearance import is_past_now
from bot.usecases.alert_notices import PRIORITIES, is_anothers
from bot.usecases.routes import Routes


@dataclass(frozen=True, slots=True)
class Due:
    """A member, with the reason why a notice is due now (or None)."""

    member: Member
    reason: Reason | None

    @property
    def in_root(self) -> bool:
        """True if the change appears only in the fold's message, without a reply and without mentions."""
        alert, silenced = self.member.alert, bool(self.member.hush.covering)
        if self.reason is None:
            return False
        quiet_end = alert.state is State.OVER and (
            silenced or (alert.ending in BY_EDIT and not alert.acknowledged)
        )
        return alert.told is None or self.reason is Reason.CORRECTED or quiet_end


def place_of(alert: Alert, routes: Routes, now: datetime, *, hush: Hush) -> Place | None:
    """The place of a waiting alert; None if it does not wait, or always gets its own message."""
    rule, workspace = routes.rules.get(alert.key.rule), routes.workspaces.get(alert.key.subject)
    if alert.told is not None or rule is None or workspace is None or rule.name == UNREADABLE.name:
        return None
    if alert.ending in BY_EDIT or is_anothers(alert, routes) or as_judged(alert, rule) != rule:
        return None
    if reason_to_tell(alert, rule, now, silenced=bool(hush.covering)) is None:
        return None
    return Place(rule.name, routes.channel(rule, workspace), severity_of(alert, rule, workspace))


def told_lately(alerts: Iterable[Alert], routes: Routes, now: datetime) -> Counter[Place]:
    """The number of subjects by place with their own message within LATELY."""
    found = set[tuple[Place, str]]()
    for alert in alerts:
        rule, workspace = routes.rules.get(alert.key.rule), routes.workspaces.get(alert.key.subject)
        if rule and alert.told and alert.told.seq == 0 and abs(now - alert.told.at) <= LATELY:
            place = Place(rule.name, routes.channel(rule, workspace), severity_of(alert, rule, workspace))
            found.add((place, alert.key.subject))
    return Counter(place for place, _ in found)


def due_of(alert: Alert, routes: Routes, now: datetime, *, hush: Hush, own: bool = False) -> Due | None:
    """A member of a fold in its present state; None if its rule is unknown now."""
    rule = as_judged(alert, routes.rules.get(alert.key.rule))
    if rule is None:
        return None
    zone, workspace = routes.zone(alert), routes.workspaces.get(alert.key.subject)
    past = is_past_now(alert, rule, routes, now)
    member = Member(alert, rule, workspace, zone, hush, past=past, own=own)
    return Due(member, None if own else _reason(member, routes, now))


def _reason(member: Member, routes: Routes, now: datetime) -> Reason | None:
    alert, hush = member.alert, member.hush
    if alert.ending in BY_EDIT:
        unknown = alert.told is None or alert.told.reason is Reason.RESOLVED
        return None if unknown else Reason.RESOLVED
    if is_anothers(alert, routes):
        return None
    silenced = bool(hush.covering)
    return reason_to_tell(alert, member.rule, now, silenced=silenced, unsilenced=bool(hush.ended))


def root_of(
    fold: Fold, dues: Sequence[Due], routes: Routes, now: datetime, *, causes: Sequence[Cause]
) -> Notice | None:
    """The fold's message; None if the rules of all members are unknown."""
    if not dues:
        return None
    members, rule = [due.member for due in dues], _rule(fold, dues, routes)
    told = [due for due in dues if due.in_root]
    message, undated = render_both(fold.id, members, rule, causes=causes, locale=routes.locale)
    began = [due.member.alert.fired_at or due.member.alert.since for due in told]
    return Notice(
        key=fold.key,
        channel=_channel(fold, members, routes),
        body=to_json(message),
        fingerprint=_fingerprint(undated, map(_seen, dues)),
        priority=PRIORITIES[worst_of((one.severity for one in members if one.is_firing), rule.severity)],
        wanted_at=min([now, *began]),
        tellings=_tellings(told, now),
    )


def reply_of(fold: Fold, number: int, dues: Sequence[Due], routes: Routes, now: datetime) -> Notice | None:
    """The reply with the changes; None if there are none."""
    told = [due for due in dues if due.reason and not due.in_root]
    if not told:
        return None
    rule, members = _rule(fold, dues, routes), [due.member for due in dues if not due.member.own]
    changed = [(due.member, due.reason) for due in told if due.reason]
    severities = {rule.severity, *(member.severity for member, _ in changed)}
    message = render_changes(changed, members, rule, locale=routes.locale)
    return Notice(
        key=f"{fold.key}/{number}",
        channel=fold.place.channel,
        body=to_json(message),
        fingerprint=_fingerprint(message, (due.member.alert.id for due in told)),
        priority=Priority.CRITICAL if Severity.CRITICAL in severities else Priority.FOLLOW_UP,
        wanted_at=now,
        thread_of=fold.key,
        tellings=_tellings(told, now),
    )


def reply_number(key: str) -> int:
    return int(key.rpartition("/")[2])


def _rule(fold: Fold, dues: Sequence[Due], routes: Routes) -> Rule:
    """The rule in the config, or the rule that the first member was judged by if it left the config."""
    return routes.rules.get(fold.place.rule) or dues[0].member.rule


def _channel(fold: Fold, members: Sequence[Member], routes: Routes) -> str:
    """The channel of the firing members by the config, if it is a single channel."""
    firing = [one for one in members if one.is_firing and one.workspace]
    found = {routes.channel(one.rule, one.workspace) for one in firing}
    return found.pop() if len(found) == 1 else fold.place.channel


def _tellings(dues: Sequence[Due], now: datetime) -> tuple[Telling, ...]:
    return tuple(
        Telling(due.member.alert.id, next_told(due.member.alert, due.reason, now))
        for due in dues
        if due.reason
    )


def _seen(due: Due) -> str:
    """A member's part of the fingerprint, which changes with every notice about it, visible or not."""
    alert = due.member.alert
    ended = f"|{alert.ending}|{alert.value:.12g}" if alert.state is State.OVER else ""
    return f"{alert.id}{ended}"


def _fingerprint(message: Message, seen: Iterable[str]) -> str:
    said = sha256(to_json(message).encode("utf-8", "surrogatepass"))
    for one in seen:
        said.update(f"\n{one}".encode("utf-8", "surrogatepass"))
    return said.hexdigest()


def state_of(due: Due) -> tuple[object, ...]:
    """A member without its numbers."""
    alert, hushed = due.member.alert, due.member.hush
    covering = tuple(silence.id for silence in hushed.covering)
    return alert.id, alert.state, alert.acknowledged, covering, due.member.own, due.in_root
