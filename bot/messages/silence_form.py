"""The modal for a silence: its scope, its end and a comment."""

import json
from datetime import datetime, timedelta

from bot.domain.silences import LONGEST, Scope
from bot.domain.unreadable import UNREADABLE
from bot.messages import blocks
from bot.messages.message import Block, Message
from bot.messages.words import Words

SILENCE_FORM = "silence_form"
WHAT, UNTIL, COMMENT = "what", "until", "comment"
COMMENT_LENGTH = 300
FIRST_GUESS = timedelta(hours=1)


def silence_form(given: str, now: datetime, *, locale: str = "en") -> Block:
    """The form for the alert with the reference `given`; it needs no look-up."""
    tr = Words(locale)
    subject = "This workspace"
    if given.startswith(f"{UNREADABLE.name}/"):
        subject = "This project"
    scopes = [
        (tr("This rule here"), Scope.RULE.value),
        (tr(subject), Scope.SUBJECT.value),
        (tr("All alerts"), Scope.EVERYTHING.value),
    ]
    hint = tr(
        "At most one week. Messages are still updated; nobody is notified. "
        "A new critical alert is still posted, without mentions."
    )
    until = (now + FIRST_GUESS).replace(second=0, microsecond=0)
    return {
        **_modal(tr),
        "callback_id": SILENCE_FORM,
        "private_metadata": json.dumps({"alert": given}),
        "submit": blocks.label(tr("Silence"), 24),
        "blocks": [
            blocks.choice_input(WHAT, tr("What"), scopes),
            blocks.moment_input(UNTIL, tr("Until"), until, hint=hint),
            blocks.text_input(COMMENT, tr("Comment (optional, shown on the alert)"), longest=COMMENT_LENGTH),
        ],
    }


def silence_answer(message: Message, *, locale: str = "en") -> Block:
    """The same modal with the answer in place of the form."""
    shown = list(message.classic) or [blocks.section(message.text)]
    return {**_modal(Words(locale), close="Close"), "blocks": shown}


def silence_working(*, locale: str = "en") -> Block:
    """The same modal while the bot works."""
    tr = Words(locale)
    said = tr("Working on it. If nothing more appears here within a minute, try again.")
    return {**_modal(tr, close="Close"), "blocks": [blocks.section(said)]}


def wrong_end(until: datetime | None, now: datetime, *, locale: str = "en") -> str:
    """The mistake in the chosen end; "" if there is none."""
    tr = Words(locale)
    if until is None or until <= now:
        return tr("Choose a time in the future.")
    if until > now + LONGEST:
        latest = (now + LONGEST).strftime("%Y-%m-%d %H:%M UTC")
        return tr("At most one week: {max}.", max=latest)
    return ""


def _modal(tr: Words, *, close: str = "Cancel") -> Block:
    return {
        "type": "modal",
        "title": blocks.label(tr("Silence alerts"), 24),
        "close": blocks.label(tr(close), 24),
    }
