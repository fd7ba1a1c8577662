"""A rule's limit, and the limit that ends its alerts: numbers in the metric's unit that can be reached."""

from dataclasses import dataclass

from bot.config.keys import Key, ScalarKind
from bot.config.mistakes import InvalidValue, show
from bot.config.reader import Section
from bot.config.scalars import BOOLEAN, number
from bot.domain.model import Metric
from bot.domain.spelling import make_plain


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as written: `5` or `5%`."""

    value: float
    percent: bool


def amount(text: str) -> Amount:
    digits = make_plain(text).strip()
    value = number(digits.removesuffix("%"), like="5 or 5%")
    if value < 0:
        raise InvalidValue("which is below 0", "Write 0 or more.")
    return Amount(value, digits.endswith("%"))


AMOUNT = ScalarKind(
    amount,
    {
        "anyOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": r"^\s*[0-9._]+\s*%?\s*$"},
        ]
    },
)


def is_below(text: str) -> bool:
    if text.strip().removesuffix("%").replace(".", "").isdigit():
        raise InvalidValue(
            "which is a number, not true or false", "Write the number under limit, and below: true."
        )
    return BOOLEAN.parse(text)


LIMIT = Key(
    "limit",
    AMOUNT,
    "Fires when the metric is above this (with `below: true`: below this). Rates in percent: 5 or 5%.",
    required=True,
    example="5",
    also=("threshold", "max", "above", "value"),
)
BELOW = Key(
    "below",
    ScalarKind(is_below, BOOLEAN.schema),
    "true: fire below the limit instead of above. Default: true for success_rate, else false.",
    also=("min", "direction"),
)
CLEAR_BELOW = Key(
    "clear_below",
    AMOUNT,
    "Resolve only below this value. Default: at or below the limit.",
    example="3",
)
CLEAR_ABOVE = Key(
    "clear_above",
    AMOUNT,
    "Resolve only above this value (rules with `below: true`). Default: at or above the limit.",
    example="98%",
)


def read_limit(section: Section, key: Key[Amount], metric: Metric | None) -> float | None:
    """The number under `key`, in the metric's unit: a count, or percent for rates."""
    found = section.take(key)
    if found is None or metric is None:
        return None if found is None else found.value
    try:
        return _in_unit(found, metric)
    except InvalidValue as wrong:
        told = f"{key.name} is {show(section.written(key))}, {wrong.problem}."
        section.wrong(section.line_of(key), told, wrong.remedy)
        return None


def _in_unit(found: Amount, metric: Metric) -> float:
    value = found.value
    if not metric.is_rate:
        if found.percent:
            raise InvalidValue(
                f"but {metric} is a count", f"Write {value:g}, or watch fail_rate or success_rate."
            )
        if value != int(value):
            raise InvalidValue(
                f"but {metric} counts whole instances", f"Write {int(value)} or {int(value) + 1}."
            )
    elif value > 100:
        raise InvalidValue("but a rate cannot exceed 100%", 'Write a percentage, like 5 or "5%".')
    elif 0 < value < 1 and not found.percent:
        percent = f"{value * 100:g}"
        raise InvalidValue(
            "which for a rate would be less than one percent",
            f'Rates are percentages: write {percent} or "{percent}%" (or "{value:g}%" if you mean that).',
        )
    return value


def read_clear_limit(
    section: Section, metric: Metric | None, limit: float | None, below: bool
) -> float | None:
    right, wrong = (CLEAR_ABOVE, CLEAR_BELOW) if below else (CLEAR_BELOW, CLEAR_ABOVE)
    section.take(wrong)
    if section.has(wrong):
        side = "above" if below else "below"
        section.wrong(
            section.line_of(wrong),
            f"{wrong.name} is for rules that fire {side} their limit.",
            f"Write {right.name}.",
        )
    found = read_limit(section, right, metric)
    if found is None or limit is None or metric is None:
        return found
    line = section.line_of(right)
    if (found < limit) if below else (found > limit):
        side = "below" if below else "above"
        section.wrong(line, f"{right.name} must not be {side} the limit ({limit:g}).", f"Write {limit:g}.")
    elif (below and metric.is_rate and found >= 100) or (not below and found == 0):
        section.wrong(
            line,
            f"{right.name} is {found:g}, and nothing can be {'above' if below else 'below'} that: "
            "the alert would never resolve.",
            "Remove the line.",
        )
    return found


def check_reachable(section: Section, metric: Metric, limit: float, below: bool) -> None:
    never = limit == 0 if below else metric.is_rate and limit >= 100
    if never:
        section.wrong(
            section.line_of(LIMIT),
            f"limit is {limit:g}, and {metric} can never be {'below' if below else 'above'} that.",
            _HINT_BELOW if metric is Metric.SUCCESS_RATE or below else "Write a smaller limit.",
        )


_HINT_BELOW = "Write the value it must not fall below, or change below."
