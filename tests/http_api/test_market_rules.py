"""What REST said of a market -> rules in one shape."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.http_api.answer_types_page import MarketRules
from flowboard.http_api.market_rules import rules_of

RAW = {
    "ticker": "KXA-1",
    "rules_primary": "If the high is above 50, it is YES.",
    "rules_secondary": "",
    "expiration_value": "51",
    "strike_type": "greater",
    "floor_strike": 50,
    "can_close_early": True,
    "price_level_structure": "linear_cent",
    "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
    "custom_strike": {"team": "PHI"},
    "settlement_timer_seconds": 300,
    "a_key_of_tomorrow": [1],
}
SOURCES = {
    "settlement_sources": [{"name": "Weather Service", "url": "https://w.example"}]
}
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-9, 9)
    | st.text(),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3)
    ),
    max_leaves=6,
)
keys = st.sampled_from([*RAW, "settlement_sources", "cap_strike", "settlement_ts"])


def text(value: object) -> bytes:
    return json.dumps(value).encode()


def test_what_is_told_is_kept() -> None:
    """The grid, the strikes, and who decides it: the event's word before the series'."""
    rules = rules_of(text(RAW), text({}), text(SOURCES))

    assert rules["rules_primary"] == RAW["rules_primary"]
    assert (rules["floor_strike"], rules["cap_strike"]) == (50, None)
    assert rules["can_close_early"] is True
    assert rules["price_ranges"] == RAW["price_ranges"]
    assert rules["custom_strike"] == {"team": "PHI"}
    assert rules["settlement_sources"] == SOURCES["settlement_sources"]
    assert "a_key_of_tomorrow" not in rules


@pytest.mark.parametrize("raw", [None, b"", b"{", b"[]", b"null", b'"a"'])
def test_nothing_to_tell(raw: bytes | None) -> None:
    """The same keys as ever."""
    rules = rules_of(raw, raw, raw)

    assert rules.keys() == rules_of(text(RAW), None, None).keys()
    assert msgspec.convert(rules, MarketRules).rules_primary == ""


@given(st.dictionaries(keys, anything), st.dictionaries(keys, anything))
def test_whatever_comes_has_the_shape(raw: object, other: object) -> None:
    """A key of another kind is as if it were not there."""
    rules = rules_of(text(raw), text(other), None)

    msgspec.convert(rules, MarketRules)
