"""The YAML's `rules`: a metric, its limit, and how many readings fire and resolve an alert."""

from dataclasses import replace
from datetime import timedelta

from bot.config.addresses import CHANNEL, MENTION, MENTION_PATTERN
from bot.config.jobs import CARE_KEYS, read_care
from bot.config.keys import Branch, Key, ScalarKind, Shape
from bot.config.polling import POLLS_OR_TIME, readings_for
from bot.config.reader import Section
from bot.config.references import WORKSPACES, UniqueNames, WorkspaceIndex, read_workspaces
from bot.config.rule_limits import (
    AMOUNT,
    BELOW,
    CLEAR_ABOVE,
    CLEAR_BELOW,
    LIMIT,
    check_reachable,
    read_clear_limit,
    read_limit,
)
from bot.config.scalars import BOOLEAN, NAME, duration, one_of, whole
from bot.domain.model import Metric
from bot.domain.rules import Rule, Severity, Step

READINGS = whole(1, 1000)
# The taker of an alert is reminded this many times later than the channel of an untaken alert.
TAKEN_FACTOR = 4

RULE_NAME = Key(
    "name",
    NAME,
    "Name in messages. Renaming a rule closes its alerts and opens new ones.",
    required=True,
    example="failures",
)
METRIC = Key(
    "metric",
    one_of(Metric, "a metric"),
    "What is watched: one of DLF's 13 counts, overridden_count (forced + ignored), fail_rate or success_rate "
    "(percent of completed instances: succeeded, failed, overridden).",
    required=True,
    example="fail_count",
    also=("count", "on"),
)
FOR = Key(
    "for",
    POLLS_OR_TIME,
    "For how many polls in a row, or for how long, the value must be beyond the limit before it fires.",
    default=1,
    example="2",
    also=("failure_threshold", "readings"),
)
CLEAR_AFTER = Key(
    "clear_after",
    READINGS,
    "Number of polls in a row within the limit before it resolves.",
    default=1,
    example="2",
    also=("success_threshold",),
)
WORSE_BY = Key(
    "worse_by",
    AMOUNT,
    "Report again when the value is this much worse than last reported: a number, or percent of it.",
    default="100%",
    example="50%",
)
REMIND_EVERY = Key(
    "remind_every",
    duration(timedelta(minutes=1), timedelta(days=30)),
    "Remind after this time, then ever more rarely, until somebody takes the alert. Default: never.",
    example="1h",
    also=("reminder", "repeat_interval", "repeat_every"),
)
REMIND_TAKEN = Key(
    "remind_taken",
    duration(timedelta(minutes=1), timedelta(days=30)),
    "Remind the taker alone when, for this long, the value has not changed and nobody has acted. "
    "Default: 4 times remind_every; never without remind_every.",
    example="4h",
)
SEVERITY = Key(
    "severity",
    one_of(Severity, "a severity"),
    "Critical alerts are sent first.",
    default="warning",
    also=("level", "priority"),
)
RULE_CHANNEL = Key(
    "channel",
    CHANNEL,
    "Channel of its alerts. Default: the workspace's, else slack.channel.",
    example='"#data-ops"',
)
MENTION_KEY = Key(
    "mention",
    MENTION,
    'Who is mentioned when it fires and, until taken, when it gets worse: ids (U..., S...), "<!here>", '
    '"<!channel>".',
    many=True,
    example="[S0ONCALL]",
    also=("mentions", "notify"),
)
OWNER_WORD = "owner"


def _rule_mention(text: str) -> str:
    return text if text == OWNER_WORD else MENTION.parse(text)


RULE_MENTION = replace(
    MENTION_KEY,
    kind=ScalarKind(_rule_mention, {"type": "string", "pattern": f"^{OWNER_WORD}$|{MENTION_PATTERN}"}),
    says=f"{MENTION_KEY.says.rstrip('.')}, owner: the owner of rule or workspace at once, the owners of jobs "
    "in a reply once the jobs are known.",
)
ENDS_WITH_DAY = Key(
    "ends_with_day",
    BOOLEAN,
    "true: its alerts end at midnight. false: they stay open after midnight, with the count of their date. "
    "Default: true, but false for running_exception_count, waiting_confirm_count and pause_count, whose "
    "instances wait for a person.",
    example="false",
)
RULE = Shape(
    "rule",
    (
        RULE_NAME,
        METRIC,
        LIMIT,
        BELOW,
        FOR,
        CLEAR_AFTER,
        CLEAR_BELOW,
        CLEAR_ABOVE,
        WORSE_BY,
        REMIND_EVERY,
        REMIND_TAKEN,
        SEVERITY,
        RULE_CHANNEL,
        RULE_MENTION,
        WORKSPACES,
        ENDS_WITH_DAY,
        *CARE_KEYS,
    ),
)


def read_rules(
    section: Section, rules: Branch, directory: WorkspaceIndex, poll_every: timedelta
) -> tuple[Rule, ...]:
    """All rules that can be read; mistakes are reported."""
    names = UniqueNames("rule")
    found = [_read_rule(one, names, directory, poll_every) for one in section.branches(rules)]
    return tuple(rule for rule in found if rule)


def lines_of_rules(section: Section, rules: Branch) -> dict[str, int]:
    """The line of the file on which each rule stands, by the rule's name."""
    found = ((one.take(RULE_NAME), one.line_of(RULE_NAME)) for one in section.branches(rules))
    return {name: line for name, line in found if name}


def _read_rule(
    section: Section, names: UniqueNames, directory: WorkspaceIndex, poll_every: timedelta
) -> Rule | None:
    name, metric = section.take(RULE_NAME), section.take(METRIC)
    names.add(section, RULE_NAME, name)
    below = section.take(BELOW)
    if below is None:
        below = metric is Metric.SUCCESS_RATE
    limit = read_limit(section, LIMIT, metric)
    clear_limit = read_clear_limit(section, metric, limit, below)
    if limit is not None and metric:
        check_reachable(section, metric, limit, below)
    step = section.get(WORSE_BY)
    readings, clear_after = readings_for(section.get(FOR), poll_every), section.get(CLEAR_AFTER)
    remind_every, severity = section.take(REMIND_EVERY), section.get(SEVERITY)
    remind_taken = section.take(REMIND_TAKEN) or (remind_every and TAKEN_FACTOR * remind_every)
    channel, mention = section.take(RULE_CHANNEL), section.take_all(RULE_MENTION)
    workspaces, care = read_workspaces(section, WORKSPACES, directory), read_care(section)
    if name is None or metric is None or limit is None:
        return None
    return Rule(
        name=name,
        metric=metric,
        limit=limit,
        below=below,
        readings=readings,
        clear_after=clear_after,
        clear_limit=clear_limit,
        worse_by=Step(step.value, percent=step.percent),
        remind_every=remind_every,
        remind_taken=remind_taken,
        severity=severity,
        channel=channel,
        mention=tuple(one for one in dict.fromkeys(mention) if one != OWNER_WORD),
        mentions_owner=OWNER_WORD in mention,
        workspaces=workspaces,
        ends_with_day=section.take(ENDS_WITH_DAY),
        care=care,
    )
