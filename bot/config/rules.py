"""The YAML's `rules`: a metric, its limit, and how patient to be."""

from dataclasses import dataclass
from datetime import timedelta

from bot.config.addresses import CHANNEL, MENTION
from bot.config.kinds import BOOLEAN, NAME, duration, number, one_of, whole
from bot.config.names import WORKSPACES, Directory, Names, read_workspaces
from bot.config.report import Wrong, show
from bot.config.section import Branch, Key, Kind, Section, Shape
from bot.domain.model import Metric
from bot.domain.rules import Rule, Severity, Step


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as written: `5` or `5%`."""

    value: float
    percent: bool


def amount(text: str) -> Amount:
    digits = text.strip()
    value = number(digits.removesuffix("%"))
    if value < 0:
        raise Wrong("which is below 0", "Write 0 or more.")
    return Amount(value, digits.endswith("%"))


AMOUNT = Kind(
    amount,
    {
        "anyOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": r"^\s*[0-9._]+\s*%?\s*$"},
        ]
    },
)
READINGS = whole(1, 1000)
DEFAULT_STEP = Step(100, percent=True)

RULE_NAME = Key(
    "name", NAME, "What people call it; part of its alerts' identity.", required=True, example="failures"
)
METRIC = Key(
    "metric",
    one_of(Metric),
    "What is watched: one of DLF's 13 counts, overridden_count (forced + ignored), fail_rate or success_rate "
    "(percent of the instances that came to an outcome).",
    required=True,
    example="fail_count",
    also=("count", "on"),
)
LIMIT = Key(
    "limit",
    AMOUNT,
    "Breached when above it (or below it, see below). For rates a percentage: 5 or 5%.",
    required=True,
    example="5",
    also=("threshold", "max", "above", "value"),
)
BELOW = Key(
    "below",
    BOOLEAN,
    "true: breached when below the limit. Default false, but true for success_rate, which is bad when low.",
    also=("min", "direction"),
)
FOR = Key(
    "for",
    READINGS,
    "So many breached readings in a row make it fire.",
    default=1,
    example="2",
    also=("failure_threshold", "readings"),
)
CLEAR_AFTER = Key(
    "clear_after",
    READINGS,
    "So many good readings in a row end it.",
    default=1,
    example="2",
    also=("success_threshold",),
)
CLEAR_BELOW = Key(
    "clear_below",
    AMOUNT,
    "A reading is good only when below this; when left out, not breached is good.",
    example="3",
)
CLEAR_ABOVE = Key(
    "clear_above", AMOUNT, "The same for a rule with below: good only when above this.", example="98%"
)
WORSE_BY = Key(
    "worse_by",
    AMOUNT,
    "Told again when it grows by so much, or by so many percent.",
    default="100%",
    example="50%",
)
REMIND_EVERY = Key(
    "remind_every",
    duration(timedelta(minutes=1), timedelta(days=30)),
    "Told again after so long while firing, each time later, until acknowledged. Never when left out.",
    example="1h",
    also=("reminder", "repeat_interval", "repeat_every"),
)
SEVERITY = Key(
    "severity",
    one_of(Severity),
    "Critical ones are sent first.",
    default="warning",
    also=("level", "priority"),
)
RULE_CHANNEL = Key(
    "channel",
    CHANNEL,
    "Where its alerts go, before the workspace's and the default channel.",
    example='"#data-ops"',
)
MENTION_KEY = Key(
    "mention",
    MENTION,
    'Who is mentioned when it fires or gets worse: ids (U..., S...), "<!here>", "<!channel>".',
    many=True,
    example="[S0ONCALL]",
    also=("mentions", "notify"),
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
        SEVERITY,
        RULE_CHANNEL,
        MENTION_KEY,
        WORKSPACES,
    ),
)


def read_rules(section: Section, rules: Branch, directory: Directory) -> tuple[Rule, ...]:
    """All rules that can be read; what is wrong is reported."""
    names = Names("rule")
    found = [_read_rule(one, names, directory) for one in section.branches(rules)]
    return tuple(rule for rule in found if rule)


def _read_rule(section: Section, names: Names, directory: Directory) -> Rule | None:
    name, metric = section.take(RULE_NAME), section.take(METRIC)
    names.add(section, RULE_NAME, name)
    below = section.get(BELOW, metric is Metric.SUCCESS_RATE)
    limit = _read_limit(section, LIMIT, metric)
    clear_limit = _read_clear_limit(section, metric, limit, below)
    if limit is not None and metric:
        _check_reachable(section, metric, limit, below)
    step = section.take(WORSE_BY)
    readings, clear_after = section.get(FOR, 1), section.get(CLEAR_AFTER, 1)
    remind_every, severity = section.take(REMIND_EVERY), section.get(SEVERITY, Severity.WARNING)
    channel, mention = section.take(RULE_CHANNEL), section.take_all(MENTION_KEY)
    workspaces = read_workspaces(section, WORKSPACES, directory)
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
        worse_by=Step(step.value, percent=step.percent) if step else DEFAULT_STEP,
        remind_every=remind_every,
        severity=severity,
        channel=channel,
        mention=tuple(dict.fromkeys(mention)),
        workspaces=workspaces,
    )


def _read_limit(section: Section, key: Key[Amount], metric: Metric | None) -> float | None:
    """The number under `key`, in the metric's unit: a count, or percent for rates."""
    found = section.take(key)
    if found is None or metric is None:
        return None if found is None else found.value
    try:
        return _in_unit(found, metric)
    except Wrong as wrong:
        told = f"{key.name} is {show(section.written(key))}, {wrong.problem}."
        section.wrong(section.line_of(key), told, wrong.remedy)
        return None


def _in_unit(found: Amount, metric: Metric) -> float:
    value = found.value
    if not metric.is_rate:
        if found.percent:
            raise Wrong(f"but {metric} is a count", f"Write {value:g}, or watch fail_rate or success_rate.")
        if value != int(value):
            raise Wrong(f"but {metric} is a whole number", f"Write {round(value)}.")
    elif value > 100:
        raise Wrong("and a rate is at most 100 percent", 'Write a percentage, like 5 or "5%".')
    elif 0 < value < 1 and not found.percent:
        percent = f"{value * 100:g}"
        raise Wrong(
            "which for a rate would be less than one percent",
            f'Rates are percentages: write {percent} or "{percent}%" (or "{value:g}%" if you mean that).',
        )
    return value


def _read_clear_limit(
    section: Section, metric: Metric | None, limit: float | None, below: bool
) -> float | None:
    right, wrong = (CLEAR_ABOVE, CLEAR_BELOW) if below else (CLEAR_BELOW, CLEAR_ABOVE)
    section.take(wrong)
    if section.has(wrong):
        side = "below" if below else "above"
        section.wrong(
            section.line_of(wrong),
            f"{wrong.name} does not fit a rule that is breached {side} its limit.",
            f"Write {right.name}.",
        )
    found = _read_limit(section, right, metric)
    if found is None or limit is None or metric is None:
        return found
    line = section.line_of(right)
    if (found < limit) if below else (found > limit):
        most = "at least" if below else "at most"
        section.wrong(line, f"{right.name} must be {most} the limit ({limit:g}).", f"Write {limit:g}.")
    elif (below and metric.is_rate and found >= 100) or (not below and found == 0):
        section.wrong(
            line,
            f"{right.name} is {found:g}, and nothing can be {'above' if below else 'below'} that: "
            "the alert would never end.",
            "Leave it out.",
        )
    return found


def _check_reachable(section: Section, metric: Metric, limit: float, below: bool) -> None:
    never = limit == 0 if below else metric.is_rate and limit >= 100
    if never:
        section.wrong(
            section.line_of(LIMIT),
            f"limit is {limit:g}, and {metric} can never be {'below' if below else 'above'} that.",
            _HINT_BELOW if metric is Metric.SUCCESS_RATE or below else "Write a smaller limit.",
        )


_HINT_BELOW = "Write the percentage or count it must not leave, or change below."
