"""JSON that is odd somewhere: what is read of it, and that it stays JSON for everybody else."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replicate.json_values import MAX_LEVELS, json_value
from bot.requests.snapshots import canonical
from bot.untrusted_text import clean

DIGITS = b"9" * 5_000

ODD = {
    "a lone surrogate": (rb'"\ud800 a"', "\ufffd a"),
    "a lone low surrogate": (rb'"\udc00"', "\ufffd"),
    "an encoded surrogate": (b'"\xed\xa0\x80"', "\ufffd" * 3),
    "bytes that are not UTF-8": (b'"\xff"', "\ufffd"),
    "NUL": (rb'"a\u0000b"', "a\ufffdb"),
    "a raw control character": (b'"a\nb"', "a\nb"),
    "an escaped backslash before u": (rb'"\\ud800 \\u0000"', r"\ud800 \u0000"),
    "a pair of surrogates": (rb'"\ud83d\ude00"', "\U0001f600"),
    "a surrogate in a key": (rb'{"\ud800": 1}', {"\ufffd": 1}),
    "a number that no float holds": (b"1e400", math.inf),
    "a number of many digits": (DIGITS, DIGITS.decode()),
    "a negative one": (b"-" + DIGITS, f"-{DIGITS.decode()}"),
    "infinite": (b"-Infinity", -math.inf),
    "a repeated key": (b'{"b": 1, "b": 2}', {"b": 2}),
}


@pytest.mark.parametrize("name", ODD)
def test_oddity_leaves_everything_else_readable(name: str) -> None:
    """Whatever one value is like, the values beside it are read, with a byte order mark before them or without."""
    written, read = ODD[name]
    for start in (b"", b"\xef\xbb\xbf"):
        body = start + b'{"id": "v1", "odd": ' + written + b', "last": [1]}'
        assert json_value(body) == {"id": "v1", "odd": read, "last": [1]}


def test_nan_is_read_as_what_it_says() -> None:
    """NaN is no number, and what stands beside it is read."""
    value = json_value(b'{"id": "v1", "odd": NaN}')
    assert isinstance(value, dict)
    assert math.isnan(value["odd"])


@pytest.mark.parametrize("extra", [-1, 0, 1, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"]}\\"": ', b"}")])
def test_what_is_nested_too_deeply_is_read_as_null(extra: int, opening: bytes, closing: bytes) -> None:
    """Values below a number of levels are null, however many there are, and their neighbours are read."""
    levels = MAX_LEVELS + extra - 1
    body = b'{"deep": ' + opening * levels + b"1" + closing * levels + b', "id": "v1"}'
    value = json_value(body)
    assert isinstance(value, dict)
    assert value.pop("id") == "v1"
    depth = 0
    inner: object = value
    while isinstance(inner, dict | list):
        depth += 1
        (inner,) = inner.values() if isinstance(inner, dict) else inner
    assert (depth, inner) == ((levels + 1, 1) if extra <= 0 else (MAX_LEVELS, None))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"a": ',
        b"[1,]",
        b"{} {}",
        b"Nope",
        b"[" * 5_000,
        b"[" * 5_000 + b"]" * 4_999,
        b'{"a":' * 5_000 + b"1",
        b'["' + rb"\"" * 100_000,
        b"[01]",
    ],
    ids=lambda body: f"{body[:8]!r} of {len(body)}",
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    """HTML, half an answer, and JSON with a mistake are refused, also where they are nested deeply."""
    with pytest.raises(ValueError, match=r".+"):
        json_value(body)


TEXT = st.text(st.characters(exclude_categories=()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(JSON)
def test_any_json_of_python_is_read_and_can_be_stored(value: object) -> None:
    """Whatever another program writes is read; every database stores it, every reader reads it, and it is stable."""
    body = json.dumps(value).encode()
    read = canonical(json_value(body))
    assert canonical(json_value(read)) == read
    assert clean(read.decode())[:40_000] == read.decode()[:40_000]
    assert rb"\u0000" not in read
    json.loads(read, parse_constant=pytest.fail)
    read.decode("ascii")


@given(JSON)
def test_an_oddity_elsewhere_changes_no_value(value: object) -> None:
    """The same value is read the same, whether what stands beside it is odd or not: its digest does not change."""
    written = json.dumps(value).encode()
    alone, beside = json_value(b"[" + written + b"]"), json_value(b"[" + written + rb', "\ud800"]')
    assert isinstance(alone, list)
    assert isinstance(beside, list)
    assert canonical(alone[0]) == canonical(beside[0])
