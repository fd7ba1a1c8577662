"""Days of the week as people write them: short and long, ranges, lists, groups, in English and Chinese."""

import re

from bot.config.mistakes import InvalidValue
from bot.domain.spelling import fold
from bot.domain.suggest import did_you_mean, nearest

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EVERY_DAY, _WORKDAYS, _WEEKEND = frozenset(range(7)), frozenset(range(5)), frozenset((5, 6))
_GROUPS = (
    (re.compile(r"daily|all|(every|each) ?day|all days|每[天日]"), _EVERY_DAY),
    (re.compile(r"(week|work|working|business)[ -]?days?|工作日"), _WORKDAYS),
    (re.compile(r"week-?ends?|周末|週末"), _WEEKEND),
)
_DAYS = ("mon?|monday", "tue?|tues|tuesday", "wed?|weds|wednes|wednesday", "thu?|thur|thurs|thursday",
         "fri?|friday", "sat?|satur|saturday", "sun?|sunday")  # fmt: skip
_DAY = re.compile(
    "|".join(
        f"(?P<{day}>(?:{forms})s?|(?:[周週]|星期|礼拜|禮拜)[{han}])"
        for day, forms, han in zip(WEEK, _DAYS, ("一", "二", "三", "四", "五", "六", "日天"), strict=True)
    )
)
_DASH = re.compile(r"\s*(?:[-~]|\.{2,}|…|\bto\b|\bthrough\b|\bthru\b|至|到)\s*")
_BETWEEN = re.compile(r"(?:[\s,;/+&、]|\band\b|和)+")


def weekdays(text: str) -> frozenset[int]:
    """The days, Monday is 0: `mon`, `mon-fri` (also over the week's end, `sat-mon`), `weekdays`, `daily`."""
    plain = fold(text).strip()
    if (group := _group(plain)) is not None:
        return group
    parts = [part for part in _BETWEEN.split(_DASH.sub("-", plain)) if part]
    if not parts:
        raise _no_weekday("")
    return frozenset().union(*(_days(part) for part in parts))


def _group(plain: str) -> frozenset[int] | None:
    return next((days for pattern, days in _GROUPS if pattern.fullmatch(plain)), None)


def _days(part: str) -> frozenset[int]:
    if (group := _group(part)) is not None:
        return group
    first, dash, last = part.partition("-")
    if dash and not (first and last):
        raise InvalidValue("which is a range without its end", "Write it like mon-fri.")
    if dash and not all(_DAY.fullmatch(end.rstrip(".")) or end.isdigit() for end in (first, last)):
        raise _no_range(first, last)
    start = _weekday(first)
    length = (_weekday(last) - start) % 7 if dash else 0
    return frozenset((start + ahead) % 7 for ahead in range(length + 1))


def _weekday(word: str) -> int:
    found = _DAY.fullmatch(word.rstrip("."))
    if found is None or found.lastgroup is None:
        raise _no_weekday(word)
    return next(index for index, day in enumerate(WEEK) if found[day] is not None)


def _no_range(first: str, last: str) -> InvalidValue:
    ends = [nearest(end, WEEK) or nearest(end, LONG_WEEK) for end in (first, last)]
    meant = "-".join(end for end in ends if end) if all(ends) else None
    return InvalidValue("which is not a range of weekdays", did_you_mean(meant, "Write it like mon-fri."))


def _no_weekday(word: str) -> InvalidValue:
    if word.isdigit():
        return InvalidValue(
            "and numbers of weekdays begin with Sunday for some, with Monday for others",
            "Write names, like mon-fri.",
        )
    meant = nearest(word, (*WEEK, *LONG_WEEK))
    hint = did_you_mean(meant, "Write mon-fri, weekdays, daily, or a list.")
    return InvalidValue("which is not a weekday", hint)
