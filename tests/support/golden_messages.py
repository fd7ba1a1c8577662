"""Every kind of message that people read, in both languages, for the golden files."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.domain.alerts import BY_EDIT, ActionOutcome, Alert, Ending, Handover, Reason, Terms, Told
from bot.domain.digest import NOT_TO_ITS_END, DigestDay
from bot.domain.folds import Cause
from bot.domain.model import Answer, Day, Metric, Row, StatusCounts, Workspace
from bot.domain.overview import Burning, NextDigest, Overview
from bot.domain.rules import Rule
from bot.domain.silences import Silenced, Unsilenced
from bot.domain.unreadable import UNREADABLE, explain
from bot.messages.alert import render_alert, render_follow_up
from bot.messages.alert_jobs import render_call
from bot.messages.alert_text import AlertText
from bot.messages.closed import render_closed
from bot.messages.digest import render_digest
from bot.messages.fold import render_fold
from bot.messages.fold_changes import render_changes
from bot.messages.fold_page import render_page
from bot.messages.home import render_home
from bot.messages.jobs import render_jobs
from bot.messages.message import Message
from bot.messages.past import render_day_passed
from bot.messages.service import (
    admins_only,
    channel_parked,
    digest_help,
    help_text,
    late,
    possible_repeat,
    reading,
    trial_post,
)
from bot.messages.silence_answers import render_silenced, render_unsilenced
from bot.messages.silences import render_all_unsilenced, render_announcement
from bot.messages.status import render_status
from bot.messages.why import render_why
from bot.messages.words import Words
from tests.support.message_scenes import (
    ALL_SILENCED,
    BEGAN,
    BEGAN_SILENCED,
    BLIND,
    CARED_FOR,
    CHANGES,
    CLOSED,
    CORRECTED,
    DAY_ENDED,
    DUE,
    FINANCE,
    FINE,
    FIRING,
    FOLD,
    GIVEN_BACK,
    HUSHED,
    JOBS,
    LARGE,
    LATE,
    LOGS,
    MARKED_DONE,
    NAMED,
    NO_LONGER_TOLD,
    NOW,
    OVER,
    OVER_FOLD,
    RISK,
    RULE,
    SALES,
    SALES_ERRORS,
    SEVERAL,
    SILENCED,
    SINGAPORE,
    STILL_STUCK,
    STUCK,
    STUCK_CALLS,
    STUCK_OVERNIGHT,
    SUNDAY,
    TAKEN,
    TAKEN_OVER,
    TROUBLED,
    UNANNOUNCED,
    UNSILENCED,
    WHY,
    WHY_BLIND,
    WHY_CLOSED,
    WITH_WORST,
    answer,
    counts,
    digest,
    row,
)

CONFIRM = Rule("to-confirm", Metric.WAITING_CONFIRM_COUNT, 0)
RATE = Rule("rate", Metric.SUCCESS_RATE, 95, below=True)
TERMS = Terms(Metric.FAIL_COUNT, False, 5, SINGAPORE, SALES.id)
RAISED = replace(OVER, value=14, ended_value=14, terms=TERMS)
LONG_NAME = Workspace("prod", "finance-ledger-daily", "id-ledger", SINGAPORE)
TAKEN_NOW = replace(TAKEN, handover=Handover(1, "U0ADA", BEGAN + timedelta(minutes=12)))
TAKEN_TO_ITS_END = replace(OVER, acknowledged=TAKEN.acknowledged)
TOLD_BLIND = replace(BLIND, told=Told(Reason.FIRING, 1, BEGAN))
SEEING = replace(OVER, key=BLIND.key, value=0, ended_value=0, peak=3)
SATURDAY, FRIDAY = SUNDAY - timedelta(days=1), SUNDAY - timedelta(days=2)


def _six_hours_old() -> Answer:
    found = row(FINANCE, FINE, problem=LATE)
    assert found.snapshot
    return answer(replace(found, snapshot=replace(found.snapshot, read_at=NOW - timedelta(hours=6))))


def row_on(on: date, workspace: Workspace, known: StatusCounts | None) -> Row:
    """A row of a past date, read when that date had just ended; without numbers the bot was not running."""
    found = row(workspace, known, before=FINE)
    if found.snapshot is None:
        return replace(found, problem=NOT_TO_ITS_END)
    read_at = datetime.combine(on, time(23, 59), SINGAPORE)
    return replace(found, snapshot=replace(found.snapshot, business_date=on, read_at=read_at))


OLD = _six_hours_old()
CALM = answer(row(SALES, FINE, Day.TODAY), row(FINANCE, FINE, Day.TODAY), day=Day.TODAY)
HOME = Overview(
    answer(
        row(SALES, TROUBLED, Day.TODAY), STILL_STUCK, row(LOGS, None, Day.TODAY, problem=LATE), day=Day.TODAY
    ),
    [
        Burning(STUCK_OVERNIGHT, STUCK, FINANCE, SINGAPORE),
        Burning(TAKEN, RULE, SALES, SINGAPORE, (SILENCED,)),
    ],
    [NextDigest("morning", NOW + timedelta(days=1), SINGAPORE, "#data-ops")],
    [SILENCED, ALL_SILENCED],
    [Burning(NO_LONGER_TOLD, STUCK, FINANCE, SINGAPORE)],
)
WEEKEND = replace(
    digest(),
    days=tuple(
        DigestDay(Day.YESTERDAY, on, (row_on(on, SALES, known), row_on(on, LOGS, FINE)), alerts)
        for on, known, alerts in (
            (FRIDAY, TROUBLED, (DAY_ENDED,)),
            (SATURDAY, None, ()),
            (SUNDAY, FINE, (FIRING,)),
        )
    ),
    since=FRIDAY - timedelta(days=1),
)
TODAY = replace(
    digest(),
    days=(DigestDay(Day.TODAY, DUE.date, (row(SALES, TROUBLED, Day.TODAY), row(FINANCE, FINE, Day.TODAY))),),
    trend=(),
)


def page_of(page: int, *, locale: str) -> Message:
    found = render_page(7, FOLD, RULE, page, locale=locale)
    assert found
    return found


def words_of(alert: Alert, rule: Rule, workspace: Workspace, locale: str) -> AlertText:
    return AlertText(Words(locale), alert, rule, workspace)


def midnight(rule: Rule, *, locale: str) -> Message:
    return render_day_passed(FIRING, rule, words_of(FIRING, rule, SALES, locale), locale=locale)


def silence_began(*, locale: str) -> Message:
    return render_announcement(words_of(FIRING, RULE, SALES, locale), SILENCED, locale=locale)


def all_unsilenced(*, locale: str) -> Message:
    alerts = ((FIRING, RULE, SALES), (STUCK_OVERNIGHT, STUCK, FINANCE))
    said = [(alert, rule, words_of(alert, rule, where, locale)) for alert, rule, where in alerts]
    return render_all_unsilenced(said, locale=locale)


def closed(ending: Ending, *, locale: str) -> Message:
    """The message of an alert closed by an edit of the config, which reads as `ending` says."""
    alert = replace(CLOSED, ending=ending, terms=TERMS)
    match ending:
        case Ending.PROJECT_REMOVED:
            alert = replace(alert, key=BLIND.key, value=3)
            return render_closed(alert, UNREADABLE, None, locale=locale)
        case Ending.RULE_REMOVED | Ending.WORKSPACE_REMOVED:
            return render_closed(alert, None, None, locale=locale)
        case Ending.RULE_CHANGED:
            return render_closed(alert, replace(RATE, name=RULE.name), SALES, locale=locale)
    return render_closed(alert, RULE, replace(SALES, zone=ZoneInfo("UTC")), locale=locale)


def late_digest(*, locale: str) -> Message:
    said = render_digest(digest(row(FINANCE, FINE, before=FINE)), now=NOW, locale=locale)
    return possible_repeat(late(said, timedelta(minutes=35), locale=locale), locale=locale)


SCENES: dict[str, Callable[..., Message]] = {
    "status-one-workspace-with-failures": partial(
        render_status,
        answer(row(SALES, TROUBLED, before=counts(fail_count=1, success_count=1204, total_count=1207))),
    ),
    "status-one-workspace-all-fine": partial(render_status, answer(row(FINANCE, FINE, before=FINE))),
    "status-counts-not-reported": partial(
        render_status, answer(row(SALES, StatusCounts(success_count=5, total_count=5)))
    ),
    "status-nothing-ran": partial(render_status, answer(row(SALES, counts()))),
    "status-several-one-unread-one-coming": partial(render_status, SEVERAL),
    "jobs": partial(render_jobs, JOBS),
    "why": partial(render_why, WHY),
    "status-without-data": partial(
        render_status,
        answer(row(SALES, FINE, problem=LATE), row(LOGS, None, problem=LARGE), row(RISK, None, problem=LATE)),
    ),
    "alert-cannot-read-with-remedies": partial(
        render_alert,
        replace(BLIND, detail=explain([("logs", LARGE), ("sales", LATE[:1]), ("finance", LATE[:1])])),
        UNREADABLE,
        None,
    ),
    "why-rule-removed": partial(render_why, WHY_CLOSED),
    "why-cannot-read-dlf": partial(render_why, WHY_BLIND),
    "alert-firing-with-its-jobs": partial(render_alert, FIRING, RULE, SALES, lists_jobs=True),
    "alert-names-its-jobs": partial(render_alert, replace(FIRING, jobs=NAMED), RULE, SALES, lists_jobs=True),
    "alert-names-its-jobs-and-the-first-error": partial(
        render_alert, replace(FIRING, jobs=NAMED), RULE, SALES_ERRORS, lists_jobs=True
    ),
    "alert-names-jobs-with-owners-and-runbook": partial(
        render_alert, replace(FIRING, jobs=NAMED), RULE, CARED_FOR, lists_jobs=True
    ),
    "jobs-with-owners-and-runbooks": partial(render_jobs, replace(JOBS, workspace=CARED_FOR)),
    "thread-calls-an-owner": partial(render_call, "<@U0ADA>", NAMED.jobs[:1]),
    "alert-firing": partial(render_alert, FIRING, RULE, SALES),
    "alert-acknowledged": partial(render_alert, TAKEN, RULE, SALES),
    "alert-given-back": partial(render_alert, GIVEN_BACK, RULE, SALES),
    "alert-taken-over": partial(render_alert, TAKEN_OVER, RULE, SALES),
    "alert-resolved": partial(render_alert, OVER, RULE, SALES),
    "alert-corrected-after-the-day": partial(render_alert, CORRECTED, RULE, SALES),
    "alert-cannot-read-dlf": partial(render_alert, BLIND, UNREADABLE, None),
    "alert-silenced": partial(render_alert, FIRING, RULE, SALES, hush=HUSHED),
    "alert-critical-began-silenced": partial(
        render_alert, replace(FIRING, told=None), STUCK, SALES, hush=BEGAN_SILENCED
    ),
    "thread-silence-ended": partial(
        render_follow_up, FIRING, RULE, SALES, Reason.UNSILENCED, hush=UNSILENCED
    ),
    "thread-worse": partial(render_follow_up, FIRING, RULE, SALES, Reason.WORSE),
    "thread-worse-for-the-taker": partial(render_follow_up, TAKEN, RULE, SALES, Reason.WORSE),
    "thread-given-back": partial(render_follow_up, GIVEN_BACK, RULE, SALES, Reason.GIVEN_BACK),
    "thread-taken-over": partial(render_follow_up, TAKEN_OVER, RULE, SALES, Reason.TAKEN_OVER),
    "thread-taken-and-left-lying": partial(render_follow_up, TAKEN, RULE, SALES, Reason.STILL_TAKEN),
    "alert-stuck-from-yesterday": partial(render_alert, STUCK_OVERNIGHT, STUCK_CALLS, FINANCE),
    "alert-no-longer-told": partial(render_alert, NO_LONGER_TOLD, STUCK_CALLS, FINANCE),
    "alert-no-longer-told-and-done": partial(render_alert, MARKED_DONE, STUCK_CALLS, FINANCE),
    "thread-no-longer-told": partial(
        render_follow_up, NO_LONGER_TOLD, STUCK_CALLS, FINANCE, Reason.NO_LONGER_TOLD
    ),
    "status-still-stuck-from-yesterday": partial(render_status, answer(STILL_STUCK, day=Day.TODAY)),
    "status-several-still-stuck": partial(
        render_status, answer(STILL_STUCK, row(SALES, FINE, Day.TODAY), day=Day.TODAY)
    ),
    "digest-with-failures": partial(
        render_digest, digest(*SEVERAL.rows[:3], alerts=(DAY_ENDED, UNANNOUNCED)), now=NOW
    ),
    "digest-with-its-worst-jobs": partial(render_digest, WITH_WORST, now=NOW),
    "digest-all-clear": partial(render_digest, digest(row(FINANCE, FINE, before=FINE)), now=NOW),
    "fold": partial(render_fold, 7, FOLD, RULE, causes=[Cause("prod", 27, 40)]),
    "fold-page": partial(page_of, 1),
    "fold-over": partial(render_fold, 7, OVER_FOLD, RULE),
    "fold-changes": partial(render_changes, CHANGES, [one for one, _ in CHANGES], RULE),
}

# Messages whose text alone is in the golden files.
TEXTS: dict[str, Callable[..., Message]] = {
    "alert-day-over": partial(render_alert, DAY_ENDED, RULE, SALES),
    "alert-over-before-it-was-sent": partial(render_alert, UNANNOUNCED, RULE, SALES),
    "alert-to-confirm": partial(render_alert, replace(FIRING, value=2, peak=2), CONFIRM, SALES),
    "alert-success-rate": partial(render_alert, replace(FIRING, value=88.5, peak=80), RATE, SALES),
    "alert-limit-was-changed": partial(render_alert, RAISED, replace(RULE, limit=50), SALES),
    "alert-of-a-long-name": partial(render_alert, FIRING, RULE, LONG_NAME),
    "thread-still-firing": partial(render_follow_up, FIRING, RULE, SALES, Reason.STILL_FIRING),
    "thread-resolved": partial(render_follow_up, OVER, RULE, SALES, Reason.RESOLVED),
    "thread-resolved-for-the-taker": partial(
        render_follow_up, TAKEN_TO_ITS_END, RULE, SALES, Reason.RESOLVED
    ),
    "thread-day-over": partial(render_follow_up, DAY_ENDED, RULE, SALES, Reason.DAY_ENDED),
    "thread-corrected": partial(render_follow_up, CORRECTED, RULE, SALES, Reason.CORRECTED),
    "thread-taken": partial(render_follow_up, TAKEN_NOW, RULE, SALES, Reason.TAKEN),
    "thread-cannot-read-dlf-worse": partial(render_follow_up, TOLD_BLIND, UNREADABLE, None, Reason.WORSE),
    "thread-dlf-can-be-read-again": partial(render_follow_up, SEEING, UNREADABLE, None, Reason.RESOLVED),
    "thread-midnight": partial(midnight, STUCK),
    "thread-midnight-of-another-rule": partial(midnight, RULE),
    "thread-silenced": silence_began,
    "thread-all-silences-ended": all_unsilenced,
    **{f"closed-{ending}".replace(" ", "-"): partial(closed, ending) for ending in sorted(BY_EDIT)},
    "silenced-privately": partial(render_silenced, Silenced(ActionOutcome.DONE, SILENCED, (SILENCED,)), ""),
    "silenced-already": partial(
        render_silenced, Silenced(ActionOutcome.DONE, ALL_SILENCED, (ALL_SILENCED, SILENCED)), ""
    ),
    "silence-ended-privately": partial(render_unsilenced, Unsilenced(ActionOutcome.DONE, 1)),
    "silence-ended-nothing-fires": partial(render_unsilenced, Unsilenced(ActionOutcome.DONE)),
    "status-old-numbers": partial(render_status, OLD),
    "status-old-numbers-of-several": partial(
        render_status, answer(*OLD.rows, row(SALES, TROUBLED, before=FINE))
    ),
    "status-reading": partial(render_status, answer(row(SALES, None, coming=True))),
    "status-stuck-and-to-confirm": partial(
        render_status,
        answer(row(SALES, counts(running_exception_count=3, waiting_confirm_count=2, total_count=9))),
    ),
    "status-today": partial(
        render_status, answer(row(SALES, TROUBLED, Day.TODAY), row(LOGS, FINE, Day.TODAY), day=Day.TODAY)
    ),
    "status-seven-days-of-the-bot-itself": partial(
        render_status, answer(row(SALES, TROUBLED, Day.ALL), day=Day.ALL, own=True), account="dlf-reader"
    ),
    "status-no-workspaces": partial(render_status, answer()),
    "home": partial(render_home, HOME),
    "home-alerts-unknown": partial(render_home, replace(HOME, burning=None)),
    "home-calm": partial(render_home, Overview(CALM, (), (), ())),
    "digest-of-several-dates": partial(render_digest, WEEKEND, now=NOW),
    "digest-of-today": partial(render_digest, TODAY, now=NOW),
    "help": help_text,
    "help-digest": partial(digest_help, ["morning", "evening"]),
    "admins-only": admins_only,
    "reading": partial(reading, 12),
    "channel-parked": partial(channel_parked, "C0FINANCE", "not_in_channel"),
    "test-message": trial_post,
    "digest-late-and-perhaps-repeated": late_digest,
}

# The scenes whose blocks are in the golden files in Chinese, too.
IN_CHINESE = (
    "status-several-one-unread-one-coming",
    "jobs",
    "status-without-data",
    "alert-cannot-read-with-remedies",
    "why",
    "alert-names-its-jobs-and-the-first-error",
    "thread-taken-over",
    "alert-no-longer-told-and-done",
    "status-several-still-stuck",
    "digest-with-its-worst-jobs",
    "fold",
    "fold-page",
    "fold-changes",
)
ENGLISH = {name: scene(locale="en") for name, scene in (SCENES | TEXTS).items()}
CHINESE = {name: scene(locale="zh") for name, scene in (SCENES | TEXTS).items()}
GOLDEN = {name: ENGLISH[name] for name in SCENES} | {
    f"{name}-in-chinese": CHINESE[name] for name in IN_CHINESE
}
