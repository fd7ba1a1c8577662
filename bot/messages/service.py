"""Service messages: lines added to a finished message, and short messages about the bot itself."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.slack_codes import CLOSED_BY_A_SETTING, Extent, codes_of, cure_of
from bot.messages import blocks
from bot.messages.layout import Headline, Line, Markup, Note, Part, compose
from bot.messages.message import Block, Message
from bot.messages.mrkdwn import clip, person, ping, place
from bot.messages.slack_limits import TEXT, cut
from bot.messages.words import Words

ADMINS_NAMED = 5
# The commands with a help text.
STATUS, DIGEST = "/dlf-status", "/dlf-digest"

HELP = (
    "Counts of job instances in Huawei Cloud DataArts Factory.",
    "• `/dlf-status`: today, in this channel's workspaces",
    "• `/dlf-status yesterday`: also `before_yesterday`, `all` (the last 7 days)",
    "• `/dlf-status yesterday sales finance`: only these workspaces; one alone shows all 13 counts",
    "• `… failed`: only workspaces with failures or without data",
    "• `… own`: only instances of the bot's own IAM user",
    "• `… share`: everybody in the channel sees the answer",
    "• `/dlf-jobs sales yesterday`: the jobs that failed or are stuck, only for you",
    'Stuck: "Abnormal" in DataArts, waits for a person.',
    "Overridden: failed, then forced to success by a person or ignored by the job's policy.",
    "Completed: succeeded, failed or overridden.",
    "Counts include real-time jobs, which DataArts does not list under Monitor Instance.",
    "See also `/dlf-digest help`",
)

DIGEST_HELP = (
    "• `/dlf-digest {name}`: shows it as it is now, only to you (with a single digest, leave out the name)",
    "• `/dlf-digest {name} post`: posts it in its channel now; the scheduled one still comes",
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
    return _add(message, Note([Words(locale)("♻️ possible repeat: Slack did not confirm the first attempt")]))


def labelled_test(message: Message, *, locale: str = "en") -> Message:
    """Add at the top that the message is only a test."""
    return _add(message, Line(Words(locale)("🧪 Test message: nothing is wrong"), strong=True), first=True)


def trial_post(*, locale: str = "en") -> Message:
    """The message of `dlf-bot check --test-message`."""
    return labelled_test(compose([Line(Words(locale)("dlf-bot can post here."))]), locale=locale)


def requested(message: Message, by: str, *, locale: str = "en") -> Message:
    """Add that a person requested the message."""
    return _add(message, Markup(Words(locale)("📣 Posted on request of {who}", who=person(by))))


def old_form(*, locale: str = "en") -> Block:
    """The modal that replaces a modal of an older version."""
    tr = Words(locale)
    said = tr("This form is from an older version: nothing was done. Use the buttons of a newer message.")
    title, close = blocks.label(tr("Nothing was done"), 24), blocks.label(tr("Close"), 24)
    return {"type": "modal", "title": title, "close": close, "blocks": [blocks.section(said)]}


def digest_help(names: Sequence[str], *, locale: str = "en") -> Message:
    """The answer to `/dlf-digest help`."""
    tr = Words(locale)
    known = Line(tr("Digests: {names}", names=tr.join(f"`{clip(name)}`" for name in names)))
    example = clip(names[0]) if names else "name"
    return compose([Headline(DIGEST), Line("\n".join(tr(line, name=example) for line in DIGEST_HELP)), known])


def help_text(*, locale: str = "en") -> Message:
    """The answer to `/dlf-status help`."""
    tr = Words(locale)
    return compose([Headline(STATUS), Line("\n".join(tr(line) for line in HELP))])


def refusal(what: str, remedy: str = "") -> Message:
    """A refusal with its remedy; both are translated already."""
    said = [clip(part, 1000) for part in (what, remedy) if part]
    return compose([Line(("" if what.endswith("。") else " ").join(said))])


def admins_only(admins: Sequence[str] = (), *, locale: str = "en") -> Message:
    """The refusal for people who are not admins; `admins` are ids of users and user groups."""
    tr, only = Words(locale), "Only the bot's admins can do this."
    if not admins:
        return refusal(tr(only), tr("They are listed under slack.admins in the config."))
    named = tr.some((_mentioned(one) for one in admins[:ADMINS_NAMED]), len(admins) - ADMINS_NAMED)
    return compose([Markup(tr.sentences([tr(only), tr("Ask {admins}.", admins=named)]))])


def _mentioned(one: str) -> str:
    return ping(f"<!subteam^{one}>" if one.startswith("S") else f"<@{one}>")


def reading(workspaces: int, *, locale: str = "en") -> Message:
    """The placeholder for an answer that takes longer than Slack waits."""
    tr = Words(locale)
    one, many = (
        "⏳ Reading {n} workspace… The answer follows.",
        "⏳ Reading {n} workspaces… The answer follows.",
    )
    return compose([Line(tr.plural(workspaces, one, many))])


def channel_parked(channel: str, code: str, *, locale: str = "en") -> Message:
    """The notice in the fallback channel that another channel cannot be used and its messages wait."""
    tr = Words(locale)
    title = Markup(
        tr(
            "⚠️ Cannot post in {channel}. Its messages are kept and will be sent once this is fixed.",
            channel=place(channel),
        )
    )
    remedy = Line(tr(_parked(code)))
    return compose(
        [title, remedy, Note([tr("Slack's error: {code}", code=clip(code)), tr("retried every minute")])]
    )


def _parked(code: str) -> str:
    """The cure for a channel that cannot be used."""
    return cure_of(code) if code in codes_of(Extent.CHANNEL) else CLOSED_BY_A_SETTING


def _add(message: Message, part: Part, *, first: bool = False) -> Message:
    """Put a part before or after all other parts, at every level."""
    said = part.text()
    text = f"{said}\n{message.text}" if first else f"{cut(message.text, TEXT - len(said) - 2)}\n{said}"
    native = (*part.native(), *message.native) if first else (*message.native, *part.native())
    classic = (*part.classic(), *message.classic) if first else (*message.classic, *part.classic())
    return Message(cut(text, TEXT - 1), native, classic)
