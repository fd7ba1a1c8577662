"""Strict parsing of DLF's answers: valid answers, and texts that only resemble them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dlf.parse_counts import read_counts
from bot.domain.model import COUNT_NAMES, StatusCounts
from bot.errors import DlfUnreadable

SEED = dict.fromkeys(COUNT_NAMES, 0) | {"success_count": 1, "total_count": 1}


def body_of(fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_the_documented_answer_has_13_counts():
    assert read_counts(body_of(SEED)) == StatusCounts(**SEED)
    assert read_counts(body_of(SEED)).unknown == ()


@pytest.mark.parametrize("missing", COUNT_NAMES)
def test_a_count_the_answer_lacks_is_unknown_and_never_zero(missing: str):
    fields = {name: 7 for name in COUNT_NAMES if name != missing}
    counts = read_counts(body_of(fields))
    assert counts.unknown == (missing,)
    assert getattr(counts, missing) is None


@pytest.mark.parametrize("null", COUNT_NAMES)
def test_a_count_that_is_null_is_unknown_and_never_zero(null: str):
    counts = read_counts(body_of(dict.fromkeys(COUNT_NAMES, 7) | {null: None}))
    assert counts.unknown == (null,)
    assert counts.total_count in (7, None)


def test_an_answer_whose_counts_are_all_null_or_missing_is_no_answer():
    for fields in (dict.fromkeys(COUNT_NAMES), {"fail_count": None}):
        with pytest.raises(DlfUnreadable, match="none of the 13 counts"):
            read_counts(body_of(fields))


def test_fields_of_tomorrow_are_ignored():
    counts = read_counts(body_of({"fail_count": 3, "new_count": -1.5, "more": {"fail_count": 9}}))
    assert counts.fail_count == 3


ODD_NUMBERS = {
    "a fraction": "1.9",
    "a fraction that is whole": "1.0",
    "an exponent": "1e2",
    "beyond floats": "1e400",
    "negative": "-1",
    "true": "true",
    "false": "false",
    "a word": '"many"',
    "a number in quotes": '"1"',
    "nothing in quotes": '""',
    "a list": "[1]",
    "an object": "{}",
    "beyond doubles": str(2**53 + 1),
    "5000 digits": "9" * 5000,
    "a million digits": "9" * 1_000_000,
}


@pytest.mark.parametrize("number", ODD_NUMBERS.values(), ids=ODD_NUMBERS.keys())
@pytest.mark.parametrize("name", ["fail_count", "total_count"])
def test_one_invalid_count_makes_the_answer_unreadable_and_is_named(name: str, number: str):
    body = body_of({**SEED, name: "HERE"}).replace(b'"HERE"', number.encode())
    with pytest.raises(DlfUnreadable, match=name):
        read_counts(body)


ODD_BODIES = {
    "empty": b"",
    "spaces": b" \r\n\t ",
    "no count at all": b"{}",
    "only strangers": b'{"count": 1, "Fail_Count": 2, "fail-count": 3}',
    "a list": b"[]",
    "a list of answers": b'[{"fail_count": 1}]',
    "a number": b"1",
    "null": b"null",
    "a string": b'"fail_count"',
    "a web page": b"<!DOCTYPE html><html><body>log in</body></html>",
    "xml": b'<?xml version="1.0"?><fail_count>0</fail_count>',
    "a plain word": b"OK",
    "cut off in a name": b'{"fail_count": 0, "succ',
    "cut off before the end": b'{"fail_count": 0, "success_count": 1',
    "two answers": b'{"fail_count": 0}{"fail_count": 0}',
    "an answer and more": b'{"fail_count": 0} trailing',
    "a comma too many": b'{"fail_count": 0,}',
    "single quotes": b"{'fail_count': 0}",
    "a comment": b'{"fail_count": 0 /* fine */}',
    "a count twice": b'{"fail_count": 0, "fail_count": 7}',
    "a byte order mark": b'\xef\xbb\xbf{"fail_count": 0}',
    "utf-16": '{"fail_count": 0}'.encode("utf-16"),
    "utf-16 without a mark": '{"fail_count": 0}'.encode("utf-16-le"),
    "utf-32": '{"fail_count": 0}'.encode("utf-32"),
    "latin-1 letters": b'{"fail_count": 0, "name": "\xe9"}',
    "NaN": b'{"fail_count": NaN}',
    "Infinity": b'{"fail_count": Infinity}',
    "NaN elsewhere": b'{"fail_count": 1, "other": NaN}',
    "a leading zero": b'{"fail_count": 007}',
    "a plus": b'{"fail_count": +1}',
    "hexadecimal": b'{"fail_count": 0x10}',
    "a NUL": b'{"fail_count": 0}\x00',
    "100,000 brackets": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "a million brackets in a count": b'{"fail_count": ' + b"[" * 1_000_000,
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES.keys())
def test_an_answer_without_counts_is_refused_with_a_sentence(body: bytes):
    with pytest.raises(DlfUnreadable) as caught:
        read_counts(body, "application/json")
    assert caught.value.what.endswith(".")
    assert caught.value.meaning
    assert caught.value.remedy


@pytest.mark.parametrize(
    "label",
    [
        "",
        "application/json",
        "text/json",
        "application/octet-stream",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json;charset=ISO-8859-1",
    ],
)
def test_plain_servers_may_label_a_good_answer_as_they_like(label: str):
    assert read_counts(b'{"fail_count": 3}', label).fail_count == 3


@pytest.mark.parametrize("label", ["application/json; charset=utf-16", "text/html; charset=ebcdic-us"])
def test_a_label_that_json_cannot_have_is_refused(label: str):
    with pytest.raises(DlfUnreadable, match="charset is not valid"):
        read_counts(b'{"fail_count": 3}', label)


def test_an_error_never_quotes_the_answer():
    with pytest.raises(DlfUnreadable) as caught:
        read_counts(b'{"fail_count": "AKSECRET <!channel>"}')
    assert "AKSECRET" not in str(caught.value)


SCALARS = st.none() | st.booleans() | st.integers(-5, 2**60) | st.floats() | st.text(max_size=5)
JSON = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=3)


@settings(deadline=None, max_examples=400)
@given(st.dictionaries(st.sampled_from(COUNT_NAMES) | st.text(max_size=5), JSON, max_size=14))
def test_every_object_is_either_read_exactly_or_refused(fields: dict[str, object]):
    given_counts = {
        name: value for name, value in fields.items() if name in COUNT_NAMES and value is not None
    }
    sound = all(type(value) is int and 0 <= value <= 2**53 for value in given_counts.values())
    try:
        counts = read_counts(json.dumps(fields).encode())
    except DlfUnreadable:
        assert (
            not sound or not given_counts or "NaN" in json.dumps(fields) or "Infinity" in json.dumps(fields)
        )
    else:
        assert sound
        assert {name: getattr(counts, name) for name in given_counts} == given_counts
        assert set(counts.unknown) == set(COUNT_NAMES) - set(given_counts)


@settings(deadline=None, max_examples=400)
@given(st.binary(max_size=200), st.text(max_size=30))
def test_no_bytes_crash_the_reading(body: bytes, label: str):
    with pytest.raises(DlfUnreadable):
        read_counts(body, label)
