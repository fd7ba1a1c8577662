"""Small checks of JSON values that report each problem and its place in the words of Slack."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.fake_slack.objects import Json


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: its place (a JSON pointer), a short code, Slack's sentence, the limit it breaks."""

    pointer: str
    code: str
    message: str
    constraint: Any = None

    def __str__(self) -> str:
        return f"[ERROR] {self.message} [json-pointer:{self.pointer}]"

    def as_json(self) -> Json:
        body: Json = {"pointer": self.pointer, "code": self.code, "message": self.message}
        return body | ({} if self.constraint is None else {"constraint": self.constraint})


Problems = list[Problem]
Check = Callable[[Any, str, Problems], None]


def string(longest: int, shortest: int = 0) -> Check:
    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.append(Problem(at, "type", "must be a string"))
        elif len(value) > longest:
            problems.append(Problem(at, "max_length", f"must be less than {longest + 1} characters", longest))
        elif len(value) < shortest:
            problems.append(
                Problem(at, "min_length", f"must be more than {shortest - 1} characters", shortest)
            )

    return check


def link(longest: int = 3000) -> Check:
    def check(value: Any, at: str, problems: Problems) -> None:
        string(longest, 1)(value, at, problems)
        if isinstance(value, str) and not value.startswith(("https://", "http://", "mailto:", "slack://")):
            problems.append(Problem(at, "url", "must be a valid URL"))

    return check


def boolean(value: Any, at: str, problems: Problems) -> None:
    if not isinstance(value, bool):
        problems.append(Problem(at, "type", "must be a boolean"))


def number(
    lowest: float = -math.inf, highest: float = math.inf, *, above: float = -math.inf, whole: bool = False
) -> Check:
    def check(value: Any, at: str, problems: Problems) -> None:
        kinds = int if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
            problems.append(Problem(at, "type", "must be an integer" if whole else "must be a finite number"))
        elif not lowest <= value <= highest or value <= above:
            problems.append(
                Problem(at, "range", f"must be between {lowest} and {highest}", [lowest, highest])
            )

    return check


def one_of(*allowed: Any) -> Check:
    def check(value: Any, at: str, problems: Problems) -> None:
        if value not in allowed:
            names = ", ".join(map(str, allowed))
            problems.append(Problem(at, "enum", f"must be one of: {names}", list(allowed)))

    return check


def anything(value: Any, at: str, problems: Problems) -> None:
    """No limit known."""


def items(check: Check, most: int, fewest: int = 1) -> Check:
    def check_all(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.append(Problem(at, "type", "must be an array"))
            return
        if len(value) > most:
            problems.append(Problem(at, "max_items", f"no more than {most} items allowed", most))
        if len(value) < fewest:
            problems.append(Problem(at, "min_items", f"must have at least {fewest} items", fewest))
        for index, each in enumerate(value):
            check(each, f"{at}/{index}", problems)

    return check_all


@dataclass(frozen=True)
class ObjectShape:
    """An object: its fields, the required fields, and fields of which at least one is required."""

    fields: Mapping[str, Check]
    required: Collection[str] = ()
    any_of: Collection[str] = ()

    def __call__(self, value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(Problem(at, "type", "must be an object"))
            return
        problems += [
            Problem(at, "required", f"missing required field: {name}", name)
            for name in self.required
            if value.get(name) is None
        ]
        if self.any_of and not any(value.get(name) for name in self.any_of):
            names = " or ".join(self.any_of)
            problems.append(Problem(at, "required", f"missing required field: {names}", list(self.any_of)))
        for name, given in value.items():
            if name not in self.fields:
                problems.append(
                    Problem(at, "additional_property", f"invalid additional property: {name}", name)
                )
            elif given is not None:
                self.fields[name](given, f"{at}/{name}", problems)


@dataclass(frozen=True)
class Typed:
    """An object whose `type` says which shape it has."""

    shapes: Mapping[str, Check]
    allowed: Collection[str] | None = None

    def __call__(self, value: Any, at: str, problems: Problems) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            problems.append(Problem(at, "required", "missing required field: type", "type"))
        elif kind not in self.shapes or (self.allowed is not None and kind not in self.allowed):
            problems.append(Problem(f"{at}/type", "unsupported_type", f"unsupported type: {kind}", kind))
        else:
            self.shapes[kind](value, at, problems)
