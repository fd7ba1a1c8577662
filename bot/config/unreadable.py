"""The YAML's `unreadable`: when an alert says that a project cannot be read, and how loudly."""

from dataclasses import replace
from datetime import timedelta

from bot.config.keys import Branch, Key, Shape
from bot.config.polling import POLLS_OR_TIME
from bot.config.reader import Section
from bot.config.rules import MENTION_KEY, REMIND_EVERY, RULE_CHANNEL, TAKEN_FACTOR
from bot.config.scalars import one_of, spell
from bot.domain.pace import polls_within
from bot.domain.rules import Rule, Severity
from bot.domain.unreadable import UNREADABLE

DEFAULT_AFTER = timedelta(minutes=15)
# So many failed polls by default, if that takes longer.
LEAST_POLLS = 3

AFTER = Key(
    "after",
    POLLS_OR_TIME,
    "How many polls in a row, or for how long polls, must fail before one alert per project says that "
    "DLF cannot be read. The default is at least 3 polls.",
    default=spell(DEFAULT_AFTER),
)
CHANNEL_KEY = replace(RULE_CHANNEL, says="Channel of that alert. Default: slack.channel.")
MENTION = replace(
    MENTION_KEY, says=MENTION_KEY.says.replace("it fires and, until taken, when it gets worse", "it fires")
)
SEVERITY = Key(
    "severity", one_of(Severity, "a severity"), "How urgent that alert is.", default=UNREADABLE.severity.value
)
REMIND = replace(
    REMIND_EVERY,
    says="Remind after this time, then ever more rarely, until somebody takes the alert.",
    default=spell(UNREADABLE.remind_every or timedelta()),
    example="4h",
)
SHAPE = Shape("unreadable", (AFTER, CHANNEL_KEY, MENTION, SEVERITY, REMIND))
BRANCH = Branch("unreadable", SHAPE, "The alert that says that a project cannot be read.")
SHORT = Key(
    "unreadable_after",
    POLLS_OR_TIME,
    "Another name of unreadable.after.",
    default=spell(DEFAULT_AFTER),
)

NOT_BOTH: dict[str, object] = {
    "not": {
        "required": [SHORT.name, BRANCH.name],
        "properties": {BRANCH.name: {"type": "object", "required": [AFTER.name]}},
    }
}


def read_unreadable(section: Section, poll_every: timedelta) -> tuple[Rule, int]:
    """The rule of these alerts, and how many failed polls it takes."""
    after = section.take(SHORT)
    below = section.branch(BRANCH)
    if below.has(AFTER) and section.has(SHORT):
        section.wrong(
            section.line_of(SHORT),
            "unreadable_after is another name of unreadable.after, and both are given.",
            "Remove one of them.",
        )
    remind_every = below.get(REMIND)
    rule = replace(
        UNREADABLE,
        channel=below.take(CHANNEL_KEY),
        mention=tuple(dict.fromkeys(below.take_all(MENTION))),
        severity=below.get(SEVERITY),
        remind_every=remind_every,
        remind_taken=TAKEN_FACTOR * remind_every,
    )
    return rule, _polls(below.take(AFTER) or after, poll_every)


def _polls(after: int | timedelta | None, poll_every: timedelta) -> int:
    """How many failed polls in a row it takes."""
    if after is None:
        return max(LEAST_POLLS, polls_within(DEFAULT_AFTER, poll_every))
    return after if isinstance(after, int) else polls_within(after, poll_every)
