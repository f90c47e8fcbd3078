"""What clients write is checked, and refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard import parameters
from flowboard.errors import BadParameter

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)
READERS = {
    "one_of": lambda value: parameters.one_of("key", value, ("a", "b")),
    "whole_number": lambda value: parameters.whole_number("key", value, 1, 500),
    "seq_number": lambda value: parameters.seq_number("key", value),
    "flag": lambda value: parameters.flag("key", value),
    "names": lambda value: parameters.names("key", value, 3),
    "dollars_e6": lambda value: parameters.dollars_e6("key", value),
}


@pytest.mark.parametrize("reader", READERS)
@given(value=anything)
def test_anything_is_read_or_refused_by_name(reader, value):
    """Whatever JSON may hold: never another error, and a short sentence."""
    said = "key '"
    try:
        READERS[reader](value)
    except BadParameter as refusal:
        said = str(refusal)

    assert said.startswith("key '")
    assert len(said) < 150
    assert said.isprintable()


@pytest.mark.parametrize(
    ("reader", "value", "read"),
    [
        ("one_of", "b", "b"),
        ("whole_number", "007", 7),
        ("whole_number", 500, 500),
        ("seq_number", "0", 0),
        ("seq_number", 7, 7),
        ("seq_number", "999999999999999", 999_999_999_999_999),
        ("flag", "1", True),
        ("flag", 0, False),
        ("flag", True, True),
        ("flag", "False", False),
        ("names", "b,a,b", ("a", "b")),
        ("names", ["b", "a"], ("a", "b")),
        ("dollars_e6", "99.50", 99_500_000),
        ("dollars_e6", "0.000001", 1),
        ("dollars_e6", 1000, 1_000_000_000),
        ("dollars_e6", "0", 0),
    ],
)
def test_what_makes_sense(reader, value, read):
    """As text and as JSON has it."""
    assert READERS[reader](value) == read


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        ("one_of", ["a"]),
        ("whole_number", "0"),
        ("whole_number", "501"),
        ("whole_number", True),
        ("whole_number", 5.0),
        ("whole_number", "٣"),
        ("seq_number", "-1"),
        ("seq_number", -1),
        ("seq_number", ""),
        ("seq_number", True),
        ("seq_number", "1" * 16),
        ("seq_number", 10**15),
        ("seq_number", "²"),
        ("flag", 2),
        ("flag", ""),
        ("flag", None),
        ("names", "a,b,c,d"),
        ("names", ["a b"]),
        ("names", ["a" * 101]),
        ("names", "a\x00"),
        ("names", {"a": 1}),
        ("dollars_e6", True),
        ("dollars_e6", "0.0000001"),
        ("dollars_e6", "-0.01"),
        ("dollars_e6", "9" * 19),
        ("dollars_e6", "100000000000"),
        ("dollars_e6", 1.5),
    ],
)
def test_what_makes_none(reader, value):
    """Nothing is guessed at."""
    with pytest.raises(BadParameter):
        READERS[reader](value)


def test_a_key_given_twice():
    """Neither of its values is taken."""
    assert parameters.once([("a", "1"), ("b", "2")]) == {"a": "1", "b": "2"}
    with pytest.raises(BadParameter, match="'a' is given twice"):
        parameters.once([("a", "1"), ("a", "1")])


def test_a_key_that_is_none():
    """The sentence names it, and those that there are."""
    parameters.known_only({"a": 1}, ("a", "b"))
    with pytest.raises(BadParameter, match="'c' is no parameter: use a, b"):
        parameters.known_only({"a": 1, "c": 2}, ("a", "b"))


@pytest.mark.parametrize(
    ("text", "unix_ms"),
    [
        ("0", 0),
        ("1795266000123", 1_795_266_000_123),
        ("2026-11-21T13:00:00.123Z", 1_795_266_000_123),
        ("2026-11-21T13:00:00", 1_795_266_000_000),
        ("2026-11-21T14:00:00+01:00", 1_795_266_000_000),
        ("2026-11-21T14:00:00 01:00", 1_795_266_000_000),
        ("2026-11-21", 1_795_219_200_000),
    ],
)
def test_moments(text, unix_ms):
    """Unix milliseconds or ISO 8601; a plus that was not escaped is one all the same."""
    assert parameters.moment_ms("from", text) == unix_ms


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "-1", "1.5", "9" * 14, "9" * 99, "1969-12-31", "2100-01-02", "٣"),
        *("0001-01-01T00:00:00+23:59", "2026-13-01", "2026-11-21T25:00", "\0", "1e9"),
    ],
)
def test_no_moments(text):
    """What it is, and what it could be, in one printable sentence."""
    with pytest.raises(BadParameter, match="Unix milliseconds") as refused:
        parameters.moment_ms("from", text)

    assert str(refused.value).isprintable()
