"""The YAML's `unreadable`: when an alert says that a project cannot be read, and how loudly."""

from dataclasses import replace
from datetime import timedelta

from bot.config.reader import Branch, Key, Section, Shape
from bot.config.rules import MENTION_KEY, REMIND_EVERY, RULE_CHANNEL, TAKEN_FACTOR
from bot.config.scalars import one_of, whole
from bot.domain.rules import Rule, Severity
from bot.domain.unreadable import UNREADABLE

ATTEMPTS = whole(1, 1000)
DEFAULT_AFTER = 3

AFTER = Key(
    "after",
    ATTEMPTS,
    'After so many failed polls of a project, one alert says "cannot read DLF".',
    default=DEFAULT_AFTER,
)
CHANNEL_KEY = replace(RULE_CHANNEL, says="Where that alert goes, before the default channel.")
MENTION = replace(MENTION_KEY, says=MENTION_KEY.says.replace("it fires or gets worse", "it fires"))
SEVERITY = Key("severity", one_of(Severity), "How urgent that alert is.", default="critical")
REMIND = replace(
    REMIND_EVERY,
    says="Told again after so long while DLF cannot be read, each time later, until somebody takes it.",
    default="4h",
    example="4h",
)
SHAPE = Shape("unreadable", (AFTER, CHANNEL_KEY, MENTION, SEVERITY, REMIND))
BRANCH = Branch("unreadable", SHAPE, "The alert that says that a project cannot be read.")
SHORT = Key("unreadable_after", ATTEMPTS, "Another name of unreadable.after.", default=DEFAULT_AFTER)

NOT_BOTH: dict[str, object] = {
    "not": {
        "required": [SHORT.name, BRANCH.name],
        "properties": {BRANCH.name: {"type": "object", "required": [AFTER.name]}},
    }
}


def read_unreadable(section: Section) -> tuple[Rule, int]:
    """The rule of these alerts, and how many failed polls it takes."""
    after = section.get(SHORT, DEFAULT_AFTER)
    below = next(iter(section.branches(BRANCH)), None)
    if below is None:
        return UNREADABLE, after
    if below.has(AFTER) and section.has(SHORT):
        section.wrong(
            section.line_of(SHORT),
            "unreadable_after is another name of unreadable.after, and both are given.",
            "Remove one of them.",
        )
    remind_every = below.get(REMIND, UNREADABLE.remind_every or timedelta())
    rule = replace(
        UNREADABLE,
        channel=below.take(CHANNEL_KEY),
        mention=tuple(dict.fromkeys(below.take_all(MENTION))),
        severity=below.get(SEVERITY, UNREADABLE.severity),
        remind_every=remind_every,
        remind_taken=TAKEN_FACTOR * remind_every,
    )
    return rule, below.get(AFTER, after)
