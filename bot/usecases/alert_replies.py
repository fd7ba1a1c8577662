"""The replies below an alert's message: news, silences that began, the end of its day, calls to owners."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.domain.alert_care import owners_to_call, severity_of
from bot.domain.alerts import Alert, Reason, State
from bot.domain.model import Workspace
from bot.domain.notices import Notice, Priority, Telling
from bot.domain.past import day_ends
from bot.domain.rules import Rule
from bot.domain.silences import Silence
from bot.messages.alert import render_follow_up
from bot.messages.alert_jobs import render_call
from bot.messages.alert_text import AlertText
from bot.messages.message import Message, to_json
from bot.messages.past import render_day_passed
from bot.messages.silences import render_announcement
from bot.messages.words import Words
from bot.usecases.alert_appearance import Appearance, reply_fingerprint
from bot.usecases.routes import Routes


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice without its body, which is rendered only if the outbox needs it."""

    notice: Notice
    render: Callable[[], Message]

    def finished(self) -> Notice:
        return replace(self.notice, body=to_json(self.render()))


@dataclass(frozen=True, slots=True)
class Case:
    """An alert with everything that its notices depend on; `telling` (None without `reason`) is news."""

    alert: Alert
    rule: Rule
    workspace: Workspace | None
    routes: Routes
    appearance: Appearance
    reason: Reason | None
    telling: Telling | None

    @property
    def is_silenced(self) -> bool:
        return bool(self.appearance.hush.covering)

    def words(self) -> AlertText:
        return AlertText(
            Words(self.routes.locale),
            self.alert,
            self.rule,
            self.workspace,
            self.routes.zone(self.alert),
            past=bool(self.appearance.past),
            severity=severity_of(self.alert, self.rule, self.workspace),
        )


def root_key(alert: Alert) -> str:
    """The notice key of an alert's message."""
    return f"alert/{alert.id}"


def reply_key(alert: Alert, telling: Telling) -> str:
    """The notice key of a reply that changes `told`."""
    return f"{root_key(alert)}/{telling.told.seq}"


def replies(case: Case, root: Notice) -> Iterator[Draft]:
    """The replies below the message `root` of an alert; the reply with its news is last."""
    if case.alert.told is not None:
        if case.alert.state is State.FIRING:
            yield from _announcements(case, root)
            yield from _day_passed(case, root)
        if not case.is_silenced:
            yield from _calls(case, root)
    if case.reason and case.telling and root.telling is None:
        yield _news(case, root, case.reason, case.telling)


def _announcements(case: Case, root: Notice) -> Iterator[Draft]:
    """A line in the thread for each silence that began while the alert fired."""
    fired_at = case.alert.fired_at
    for silence in case.appearance.hush.covering:
        if fired_at is not None and silence.at >= fired_at:
            line = _line(root, f"silenced/{silence.id}", "silenced", silence.at)
            yield Draft(line, partial(_announcement, case, silence))


def _announcement(case: Case, silence: Silence) -> Message:
    return render_announcement(case.words(), silence, locale=case.routes.locale)


def _day_passed(case: Case, root: Notice) -> Iterator[Draft]:
    """The line in the thread once a reading after the day's end shows that the alert goes on."""
    alert, zone = case.alert, case.routes.zone(case.alert)
    if zone is None or not case.rule.outlives_day:
        return
    ended = day_ends(alert.key.business_date, zone)
    if alert.fired_at is not None and alert.fired_at < ended <= alert.read_at:
        line = _line(root, "day-ended", "day ended", alert.read_at)
        yield Draft(
            line, lambda: render_day_passed(alert, case.rule, case.words(), locale=case.routes.locale)
        )


def _calls(case: Case, root: Notice) -> Iterator[Draft]:
    """A line in the thread for each owner of a named job; none is called twice."""
    for owner, jobs in owners_to_call(case.alert, case.rule, case.workspace).items():
        line = _line(root, f"owner/{owner.strip('<@!>')}", "owner", case.alert.read_at)
        yield Draft(line, partial(render_call, owner, jobs, locale=case.routes.locale))


def _news(case: Case, root: Notice, reason: Reason, telling: Telling) -> Draft:
    """The reply that changes `told`."""
    alert, routes = case.alert, case.routes
    notice = replace(
        root,
        key=reply_key(alert, telling),
        fingerprint=reply_fingerprint(alert, reason),
        priority=Priority.CRITICAL if root.priority is Priority.CRITICAL else Priority.FOLLOW_UP,
        thread_of=root.key,
        telling=telling,
    )
    render = partial(
        render_follow_up,
        alert,
        case.rule,
        case.workspace,
        reason,
        zone=routes.zone(alert),
        locale=routes.locale,
        hush=case.appearance.hush,
        past=bool(case.appearance.past),
    )
    return Draft(notice, render)


def _line(root: Notice, name: str, fingerprint: str, wanted_at: datetime) -> Notice:
    """A line in the thread that leaves `told` unchanged."""
    return replace(
        root,
        key=f"{root.key}/{name}",
        fingerprint=fingerprint,
        priority=Priority.FOLLOW_UP,
        wanted_at=wanted_at,
        thread_of=root.key,
        telling=None,
    )
