"""Fixed-point text and integers are the same number, both ways."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.money import (
    format_count_e2,
    format_dollars_e6,
    format_fixed,
    format_price_e4,
    parse_count_e2,
    parse_fixed,
    parse_price_e4,
)


@given(st.integers(-(10**15), 10**15), st.integers(1, 6))
def test_a_number_survives_its_text(number, decimals):
    """What is sent is what was counted, to the last digit."""
    text = format_fixed(number, decimals)

    assert parse_fixed(text, decimals) == number
    assert Decimal(text).scaleb(decimals) == number
    assert len(text.split(".")[1]) == decimals


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text):
    """Never anything but a ValueError, never a wrong number."""
    try:
        number = parse_fixed(text, 4)
    except ValueError:
        return
    assert Decimal(text).scaleb(4) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1.",
        "-",
        "+1",
        " 1",
        "1 ",
        "1e3",
        "0x1",
        "1,5",
        "NaN",
        "1.23456",
        "\u0661",
    ],
)
def test_what_is_no_price_is_refused(text):
    """No exponent, no space, no other alphabet, nothing finer than the unit."""
    with pytest.raises(ValueError):
        parse_price_e4(text)


def test_numbers_longer_than_any_trade_are_refused():
    """A hundred digits are an attack, not a price."""
    with pytest.raises(ValueError):
        parse_price_e4("9" * 100)


def test_the_units_of_the_exchange():
    """Prices have four decimals, counts two, dollars six; trailing zeros are fine."""
    assert parse_price_e4("0.360") == parse_price_e4("0.36000000") == 3600
    assert parse_count_e2("136") == parse_count_e2("136.00") == 13600
    assert format_price_e4(3600) == "0.3600"
    assert format_price_e4(-200) == "-0.0200"
    assert format_count_e2(1) == "0.01"
    assert format_dollars_e6(48_960_000) == "48.960000"
    assert format_dollars_e6(0) == "0.000000"
