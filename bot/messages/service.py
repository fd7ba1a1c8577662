"""Service messages: lines added to a finished message, and short messages about the bot itself."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.slack_codes import CLOSED_BY_A_SETTING, Scope, codes_of, cure_of
from bot.messages import blocks
from bot.messages.layout import Headline, Line, Markup, Note, Part, compose
from bot.messages.message import Block, Message
from bot.messages.slack_limits import TEXT, cut
from bot.messages.words import Words, clip, person, place

# The commands with a help text.
STATUS, DIGEST = "/dlf-status", "/dlf-digest"

HELP = (
    "Counts of job instances in Huawei Cloud DataArts Factory.",
    "• /dlf-status: today, all workspaces of this channel",
    "• /dlf-status yesterday (or before_yesterday, all) [workspace …]",
    "• add own for the bot's IAM user's instances only, share to show the answer to everyone",
    "• add failed for the workspaces with failures or without data only",
    "• all is the last seven days, as DLF counts them",
    "• one workspace shows all 13 counts; stuck means running abnormally until a person acts",
    "• overridden means failed, then forced to success by a person or ignored by the job's policy",
    "• the numbers include real-time instances, which DataArts Factory's own list leaves out",
    "• /dlf-jobs [workspace] [day] lists the jobs that failed or are stuck, only for you",
    "• /dlf-digest shows a digest as it is now, /dlf-digest help says more",
)

DIGEST_HELP = (
    "• /dlf-digest name: the digest as it is now, only for you (no name where there is only one)",
    "• /dlf-digest name post: post it now in its channel, beside the scheduled one",
)


def late(message: Message, delay: timedelta, *, locale: str = "en") -> Message:
    """Add that the message is late."""
    tr = Words(locale)
    return _add(
        message,
        Note([tr("⏱️ Sent {span} late. The times above are when it happened.", span=tr.duration(delay))]),
    )


def possible_repeat(message: Message, *, locale: str = "en") -> Message:
    """Add that the message may be in the channel already."""
    return _add(
        message, Note([Words(locale)("♻️ possible repeat: Slack did not say whether the first try arrived")])
    )


def labelled_test(message: Message, *, locale: str = "en") -> Message:
    """Add at the top that the message is only a test."""
    return _add(message, Line(Words(locale)("🧪 TEST, nothing is wrong"), strong=True), first=True)


def requested(message: Message, by: str, *, locale: str = "en") -> Message:
    """Add that a person requested the message."""
    return _add(message, Markup(Words(locale)("🙋 Requested by {who}", who=person(by))))


def old_form(*, locale: str = "en") -> Block:
    """The modal that replaces a modal of an older version."""
    tr = Words(locale)
    said = tr("This form is from an older version: nothing was done. Use the buttons of a newer message.")
    title, close = blocks.label(tr("Nothing was done"), 24), blocks.label(tr("Close"), 24)
    return {"type": "modal", "title": title, "close": close, "blocks": [blocks.section(said)]}


def digest_help(names: Sequence[str], *, locale: str = "en") -> Message:
    """The answer to `/dlf-digest help`."""
    tr = Words(locale)
    known = Line(tr("Digests: {names}", names=", ".join(clip(name) for name in names)))
    return compose([Headline(DIGEST), Line("\n".join(tr(line) for line in DIGEST_HELP)), known])


def help_text(*, locale: str = "en") -> Message:
    """The answer to `/dlf-status help`."""
    tr = Words(locale)
    return compose([Headline(STATUS), Line("\n".join(tr(line) for line in HELP))])


def refusal(what: str, remedy: str = "") -> Message:
    """A refusal with its remedy; both are translated already."""
    return compose([Line(" ".join(clip(part, 1000) for part in (what, remedy) if part))])


def admins_only(*, locale: str = "en") -> Message:
    """The refusal for people who are not admins."""
    tr = Words(locale)
    return refusal(
        tr("Only the bot's admins can do this."),
        tr("They are listed under slack.admins in the config."),
    )


def reading(workspaces: int, *, locale: str = "en") -> Message:
    """The placeholder for an answer that takes longer than Slack waits."""
    tr = Words(locale)
    one, many = (
        "⏳ Reading {n} workspace, the answer follows.",
        "⏳ Reading {n} workspaces, the answer follows.",
    )
    return compose([Line(tr.plural(workspaces, one, many))])


def channel_parked(channel: str, code: str, *, locale: str = "en") -> Message:
    """The notice in the fallback channel that another channel cannot be used and its messages wait."""
    tr = Words(locale)
    title = Markup(
        tr("⚠️ Messages for {channel} wait: Slack does not let the bot post there.", channel=place(channel))
    )
    remedy = Line(tr(_parked(code)))
    return compose(
        [title, remedy, Note([tr("Slack says: {code}", code=clip(code)), tr("tried again now and then")])]
    )


def _parked(code: str) -> str:
    """The cure for a channel that cannot be used."""
    return cure_of(code) if code in codes_of(Scope.CHANNEL) else CLOSED_BY_A_SETTING


def _add(message: Message, part: Part, *, first: bool = False) -> Message:
    """Put a part before or after all other parts, at every level."""
    said = part.text()
    text = f"{said}\n{message.text}" if first else f"{cut(message.text, TEXT - len(said) - 2)}\n{said}"
    native = (*part.native(), *message.native) if first else (*message.native, *part.native())
    classic = (*part.classic(), *message.classic) if first else (*message.classic, *part.classic())
    return Message(cut(text, TEXT - 1), native, classic)
