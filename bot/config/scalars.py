"""Kinds of scalars every part of the YAML uses: names, numbers, durations, zones, secrets, choices."""

import re
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from bot.config.keys import ScalarKind
from bot.config.mistakes import InvalidValue, choose
from bot.domain.spelling import fold, make_plain
from bot.domain.suggest import NameIndex, did_you_mean, fold_key
from bot.secret import Secret

Word = TypeVar("Word", bound=StrEnum)

NAME_PATTERN = r"^[^\s\-/:,;|<>&\"'`*@#\\(){}\[\]][^\s/:,;|<>&\"'`*@#\\(){}\[\]]{0,39}$"
DURATION_PATTERN = r"^\s*([0-9]{1,7}(\.[0-9]{1,3})?[smhd]\s*)+$"
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
_NUMBER = re.compile(r"[+-]?([0-9][0-9_]{0,17})?(\.[0-9]{1,9})?")
_PART = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?)([smhd])\s*")
_SPELLED = re.compile(
    r"([0-9.]+)(s(?:ec(?:ond)?)?s?|m(?:in(?:ute)?)?s?|h(?:(?:ou)?r)?s?|d(?:ay)?s?)(?![a-z])"
)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_OFFSET = re.compile(r"([A-Za-z]{3})?\s*[+-]\s*[0-9:.]+")
_CITIES = {"beijing": "Asia/Shanghai", "shenzhen": "Asia/Shanghai", "guangzhou": "Asia/Shanghai",
           "china": "Asia/Shanghai", "cst": "Asia/Shanghai", "bangalore": "Asia/Kolkata",
           "delhi": "Asia/Kolkata", "sgt": "Asia/Singapore"}  # fmt: skip


def word(text: str) -> str:
    if not re.match(NAME_PATTERN, text) or not text.isprintable():
        raise InvalidValue(
            "which is not a valid name",
            "Use up to 40 letters, digits, '.', '_' and '-', without spaces.",
        )
    return text


def identifier(text: str) -> str:
    if not re.fullmatch(ID_PATTERN, text):
        raise InvalidValue(
            "which is not a valid id", "Copy the id from the console: letters, digits, '-' and '_'."
        )
    return text


def plain_text(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise InvalidValue("which begins or ends with a space, or has line breaks", "Remove them.")
    return text


def number(text: str, *, like: str = "5") -> float:
    digits = make_plain(text).strip()
    if not any(letter in "0123456789" for letter in digits) or not _NUMBER.fullmatch(digits):
        plain = digits.replace(",", "")
        remedy = (
            f"Write {plain}."
            if plain != digits and _NUMBER.fullmatch(plain)
            else f"Write it in digits, like {like}."
        )
        raise InvalidValue("which is not a number", remedy)
    if re.match(r"[+-]?0[0-9]", digits):
        raise InvalidValue(
            "and a leading zero means octal to some YAML readers", f"Write {digits.lstrip('+-0') or '0'}."
        )
    return float(digits.replace("_", ""))


def whole(least: int, most: int) -> ScalarKind[int]:
    """A whole number from `least` to `most`."""

    def parse(text: str) -> int:
        value = number(text)
        if value != int(value):
            raise InvalidValue("which is not a whole number", f"Write {round(value)}.")
        if not least <= value <= most:
            size = "small" if value < least else "large"
            raise InvalidValue(f"which is too {size}", f"Write a number from {least} to {most}.")
        return int(value)

    return ScalarKind(parse, {"type": "integer", "minimum": least, "maximum": most})


def polls_or_duration(
    polls: ScalarKind[int], durations: ScalarKind[timedelta]
) -> ScalarKind[int | timedelta]:
    """A number of polls, `3`, or a time span, `15m`."""

    def parse(text: str) -> int | timedelta:
        if re.fullmatch(r"\s*[-+]?[0-9.]*\s*", text):
            return polls.parse(text)
        try:
            return durations.parse(text)
        except InvalidValue as error:
            hint = "A number without a unit counts polls."
            raise InvalidValue(error.problem, f"{error.remedy} {hint}") from None

    return ScalarKind(parse, {"anyOf": [polls.schema, durations.schema]})


def duration(least: timedelta, most: timedelta) -> ScalarKind[timedelta]:
    """A time span with units, `90s`, `1h30m`, from `least` to `most`."""

    def parse(text: str) -> timedelta:
        value = _duration(text)
        if not least <= value <= most:
            size = "short" if value < least else "long"
            raise InvalidValue(f"which is too {size}", f"Write {spell(least)} to {spell(most)}.")
        return value

    return ScalarKind(parse, {"type": "string", "pattern": DURATION_PATTERN})


def spell(value: timedelta) -> str:
    """A duration as the YAML writes it: `1h30m`."""
    left, parts = int(value.total_seconds()), []
    for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if count := left // seconds:
            parts.append(f"{count}{unit}")
        left %= seconds
    return "".join(parts) or "0s"


def one_of(words: type[Word], what: str) -> ScalarKind[Word]:
    """A word of a closed set; `what` it is, for mistakes: "a severity"."""

    def parse(text: str) -> Word:
        meant = fold(text).strip().replace("-", "_")
        found = next((word for word in words if text == word or fold(word) == meant), None)
        if found is None:
            raise InvalidValue(f"which is not {what}", choose(text, list(words)))
        return found

    return ScalarKind(parse, {"type": "string", "enum": [str(one) for one in words]})


def zone(text: str) -> ZoneInfo:
    try:
        if not _ZONE.fullmatch(text):
            raise ValueError
        return ZoneInfo(text)
    except (ValueError, KeyError, OSError):
        otherwise = "Write a name like Asia/Singapore or Europe/Berlin."
        hint = did_you_mean(_near_zone(text), otherwise)
        raise InvalidValue("which is not a known time zone", hint) from None


def secret(text: str) -> Secret:
    if not text.strip():
        raise InvalidValue("is blank", "Write it, or better ${NAME}, which is taken from the environment.")
    return Secret(text)


def one_line_secret(text: str) -> Secret:
    """A secret that travels in a header: no spaces, no line breaks, ASCII; not left as a shell has it."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidValue(
            "contains a space, a line break or a character that tokens never have", "Copy it again."
        )
    if text.strip("\"'`") != text:
        raise InvalidValue("begins or ends with a quote", "Remove it.")
    if re.fullmatch(r"\$[A-Za-z_]\w*", text):
        raise InvalidValue("is $ and a name, which is not replaced", "Write ${NAME}.")
    return secret(text)


def per_second(text: str) -> float:
    value = number(text)
    if value <= 0:
        raise InvalidValue("so DLF would never be read", "Write a number above 0.")
    return value


def yes_or_no(text: str) -> bool:
    match text.strip().casefold():
        case "true" | "yes" | "on":
            return True
        case "false" | "no" | "off":
            return False
    raise InvalidValue("which is neither true nor false", "Write true or false.")


NAME = ScalarKind(word, {"type": "string", "pattern": NAME_PATTERN})
ID = ScalarKind(identifier, {"type": ["string", "integer"]})
TEXT = ScalarKind(plain_text, {"type": "string", "minLength": 1})
ZONE = ScalarKind(zone, {"type": "string", "minLength": 1})
SECRET = ScalarKind(secret, {"type": ["string", "integer"]}, is_secret=True)
ONE_LINE_SECRET = ScalarKind(one_line_secret, {"type": ["string", "integer"]}, is_secret=True)
PER_SECOND = ScalarKind(per_second, {"type": "number", "exclusiveMinimum": 0})
BOOLEAN = ScalarKind(yes_or_no, {"type": "boolean"})


def _duration(text: str) -> timedelta:
    parts = _PART.findall(text)
    if not parts or "".join(f"{count}{unit}" for count, unit in parts) != re.sub(r"\s", "", text):
        bare = re.fullmatch(r"\s*[0-9]{1,9}\s*", text)
        remedy = f"Add a unit: {text.strip()}s, or m, h, d." if bare else _meant_duration(text)
        raise InvalidValue("which has no unit" if bare else "which is not a duration", remedy)
    return sum((timedelta(**{_UNITS[unit]: float(count)}) for count, unit in parts[:9]), timedelta())


def _meant_duration(text: str) -> str:
    """The remedy for units that are spelled out or stand apart."""
    plain = re.sub(r"[\s,]|and", "", fold(text))
    meant = _SPELLED.sub(lambda found: found[1] + found[2][0], plain)
    is_one = bool(meant) and _PART.sub("", meant) == ""
    return f"Write {meant}." if is_one else "Write it like 30s, 5m, 4h or 2d."


def _near_zone(text: str) -> str | None:
    if _OFFSET.fullmatch(text):
        return None
    city = text.rpartition("/")[2].casefold().replace(" ", "_")
    if city in _CITIES:
        return _CITIES[city]
    cities, near_city, near_place = _zones()
    exact = cities.get(city)
    if exact and "/" in exact:
        return exact
    if place := near_place.to(text):
        return place
    near = near_city.to(city)
    return cities[near] if near and "/" in cities[near] else None


@cache
def _zones() -> tuple[dict[str, str], NameIndex, NameIndex]:
    """Every zone by its city, and what finds a city and a whole name."""
    known = available_timezones()
    places = [name for name in known if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))]
    cities = {name.rpartition("/")[2].casefold(): name for name in sorted(places, reverse=True)}
    return cities, NameIndex(sorted(cities), fold_key), NameIndex(sorted(places), fold_key)
