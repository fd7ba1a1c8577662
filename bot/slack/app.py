"""Bolt's app with our listeners, without settings from the environment and without calls per request."""

import logging
import os
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bot.logs import Seldom, log_bug
from bot.messages.alert import ACKNOWLEDGE, SILENCE
from bot.messages.alert import JOBS as IN_MENU_JOBS
from bot.messages.alert import WHY as IN_MENU_WHY
from bot.messages.fold import ACT_ON_ONE, ALL_OF, SILENCE_RULE, TAKE_ALL
from bot.messages.fold_page import FOLD_NEXT, FOLD_PAGE
from bot.messages.handovers import GIVE_BACK, TAKE_OVER
from bot.messages.home_alerts import HOME_ALERTS, HOME_NEXT, HOME_PAGE, HOME_REFRESH
from bot.messages.jobs import ASK_JOBS, ASK_MORE
from bot.messages.jobs_modal import OPEN_JOB, SHOW_NEXT, SHOW_PAGE
from bot.messages.overflow import MORE_ACTIONS
from bot.messages.past import DONE
from bot.messages.service import DIGEST, STATUS
from bot.messages.silence_form import SILENCE_FORM
from bot.messages.silences import END_SILENCE
from bot.messages.status import REFRESH as STATUS_REFRESH
from bot.messages.why import ASK_WHY
from bot.secret import Secret
from bot.slack.alert_buttons import AlertButtons
from bot.slack.digest_command import DigestCommand
from bot.slack.fold_buttons import FoldButtons
from bot.slack.home_tab import HomeTab
from bot.slack.jobs_command import JOBS, JobsCommand
from bot.slack.jobs_modal import JobsModal
from bot.slack.overflow import OverflowMenu
from bot.slack.payloads import kind_of
from bot.slack.sender import Sender
from bot.slack.silencing import SilenceActions
from bot.slack.status_command import StatusCommand
from bot.slack.web_api import quiet_logger, web_client
from bot.slack.why_button import WhyButton

ANY = re.compile(r".*", re.DOTALL)
# Variables that Bolt reads itself: a client id and secret alone would turn it into an OAuth server.
ENVIRONMENT = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
    "SLACK_VERIFICATION_TOKEN",
)

Listeners = tuple[
    StatusCommand,
    DigestCommand,
    AlertButtons,
    SilenceActions,
    HomeTab,
    JobsCommand,
    JobsModal,
    WhyButton,
    FoldButtons,
]

log = logging.getLogger(__name__)


def build_app(
    sender: Sender,
    listeners: Listeners,
    *,
    signing_secret: Secret | None = None,
) -> AsyncApp:
    """The app for Socket Mode, or for HTTP if there is a signing secret.

    With `process_before_response`, Bolt returns when the listener ends instead of polling for its ack every
    10 ms. So each listener acks, starts its work as a task and returns.
    """

    async def authorize() -> AuthorizeResult:
        us = sender.identity
        return AuthorizeResult(
            enterprise_id=us.enterprise_id if us else None,
            team_id=us.team_id if us else None,
            bot_user_id=us.user_id if us else None,
            bot_id=us.bot_id if us else None,
        )

    with _without_environment():
        app = AsyncApp(
            name="dlf-bot",
            logger=quiet_logger(),
            client=web_client(None, sender.api_url, sender.session),
            signing_secret=signing_secret.reveal() if signing_secret else "",
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=True,
            raise_error_for_unhandled_request=True,
        )
    _listen(app, listeners)
    return app


def _listen(app: AsyncApp, listeners: Listeners) -> None:
    """Register the listeners, the busiest first: each earlier listener costs a command microseconds."""
    commands, digest, actions, silencing, home, jobs, modal, why, folds = listeners
    app.command(STATUS)(commands.status)
    app.command(DIGEST)(digest.digest)
    app.action(ACKNOWLEDGE)(actions.acknowledge)
    app.action(SILENCE)(silencing.choose)
    app.action(END_SILENCE)(silencing.end)
    app.view(SILENCE_FORM)(silencing.submitted)
    app.action(GIVE_BACK)(actions.give_back)
    app.action(TAKE_OVER)(actions.take_over)
    app.action(DONE)(actions.done)
    app.event("app_home_opened")(home.opened)
    app.action(HOME_REFRESH)(home.refresh)
    for paging in (HOME_ALERTS, HOME_PAGE, HOME_NEXT):
        app.action(paging)(home.alerts)
    app.action(STATUS_REFRESH)(commands.refresh)
    app.command(JOBS)(jobs.jobs)
    app.action(ASK_JOBS)(jobs.of_alert)
    app.action(ASK_MORE)(modal.more)
    app.action(SHOW_PAGE)(modal.page)
    app.action(SHOW_NEXT)(modal.page)
    app.action(OPEN_JOB)(modal.open)
    app.action(ASK_WHY)(why.why)
    app.action(TAKE_ALL)(folds.take_all)
    app.action(SILENCE_RULE)(folds.silence)
    app.action(ACT_ON_ONE)(folds.act_on_one)
    app.action(ALL_OF)(folds.all)
    app.action(FOLD_PAGE)(folds.turn)
    app.action(FOLD_NEXT)(folds.turn)
    menu = OverflowMenu({IN_MENU_JOBS: jobs.of_alert, IN_MENU_WHY: why.why}, actions.unknown)
    app.action(MORE_ACTIONS)(menu.chosen)
    app.command(ANY)(commands.unknown)
    app.action(ANY)(actions.unknown)
    app.view(ANY)(actions.unknown_form)
    app.error(_unhandled(Seldom(log, "slack_request_unknown")))


def _unhandled(unknown: Seldom) -> Callable[[Exception, Mapping[str, Any]], Awaitable[BoltResponse | None]]:
    """Acknowledge requests without a listener: Slack would repeat them and finally disable the app."""

    async def handle(error: Exception, body: Mapping[str, Any]) -> BoltResponse | None:
        if isinstance(error, BoltUnhandledRequestError):
            unknown.note(logging.INFO, kind=kind_of(body))
            return BoltResponse(status=200, body="")
        # An error in Bolt itself: our listeners never raise.
        log_bug(log, "slack_request_failed", error)
        return None

    return handle


@contextmanager
def _without_environment() -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in ENVIRONMENT if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
