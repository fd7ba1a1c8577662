"""The explanation of an alert: the readings before and in it, and the silence that nearly covers it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.explanation import Miss, Value, leading_values, nearest_silence
from bot.domain.silences import Silence
from tests.support.message_scenes import BEGAN, FIRING

MINUTE = timedelta(minutes=1)


def values(*known: tuple[int, float | None]) -> list[Value]:
    return [Value(value, BEGAN + at * MINUTE) for at, value in known]


def test_the_readings_begin_with_the_last_reading_before_the_alert() -> None:
    found = leading_values(values((-20, 0), (-10, 3), (-5, 3), (0, 6), (5, 6), (15, 17)), FIRING)
    assert found == tuple(values((-10, 3), (0, 6), (15, 17)))


def test_readings_after_the_alerts_newest_reading_are_left_out_of_the_explanation() -> None:
    assert leading_values(values((0, 6), (36, 2)), FIRING) == tuple(values((0, 6)))


def test_of_many_readings_the_first_and_the_newest_are_shown() -> None:
    many = values(*((at, float(at)) for at in range(-1, 35)))
    found = leading_values(many, FIRING)
    assert found == (*many[:3], *many[-5:])


def silence(rule: str | None, subject: str | None, hours: float = 1, id: int = 1) -> Silence:
    until = BEGAN + timedelta(hours=hours)
    return Silence(rule, subject, until, "U0BEN", BEGAN - timedelta(hours=9), id=id)


ENDED = silence("failures", "prod/sales", hours=-1)
OTHER_RULE = silence("stuck", "prod/sales", id=2)
OTHER_PLACE = silence("failures", "prod/finance", id=3)
UNRELATED = silence("stuck", "prod/finance", id=4)


@pytest.mark.parametrize(
    ("silences", "nearest", "miss"),
    [
        ((OTHER_PLACE, OTHER_RULE, ENDED, UNRELATED), ENDED, Miss.ENDED),
        ((OTHER_PLACE, OTHER_RULE, UNRELATED), OTHER_RULE, Miss.OTHER_RULE),
        ((OTHER_PLACE, UNRELATED), OTHER_PLACE, Miss.OTHER_SUBJECT),
        ((silence("stuck", "prod"),), silence("stuck", "prod"), Miss.OTHER_RULE),
        ((silence("stuck", None),), silence("stuck", None), Miss.OTHER_RULE),
    ],
)
def test_the_nearest_silence_is_named_with_what_it_misses(
    silences: tuple[Silence, ...], nearest: Silence, miss: Miss
) -> None:
    found = nearest_silence(FIRING.key, silences, BEGAN)
    assert found is not None
    assert (found.silence, found.miss) == (nearest, miss)


def test_a_silence_that_covers_or_has_nothing_in_common_is_not_near() -> None:
    covers = replace(ENDED, until=BEGAN + timedelta(hours=1))
    assert nearest_silence(FIRING.key, [covers, UNRELATED], BEGAN) is None
