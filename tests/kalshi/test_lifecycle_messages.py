from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.errors import BadChange
from flowboard.kalshi.lifecycle_messages import LIFECYCLE_TYPES, lifecycle_message

TICKER = "KXDEMO-26NOV21-T50"
KEYS = (
    *("market_ticker", "event_ticker", "event_type", "close_ts", "result", "kind"),
    *("is_deactivated", "additional_metadata", "floor_strike", "other"),
)


def test_a_new_market_brings_what_it_is_about() -> None:
    """Times in seconds, its grid, and its titles as they came."""
    about = {"title": "Demo?", "event_ticker": "KXDEMO-26NOV21", "floor_strike": 50}

    message = lifecycle_message(
        "market_lifecycle_v2",
        {
            "market_ticker": TICKER,
            "event_type": "created",
            "open_ts": 1_795_219_200,
            "close_ts": 1_795_222_800,
            "additional_metadata": about,
            "price_level_structure": "linear_cent",
            "price_ranges": [{"start": "0.01"}],
            "exchange_index": 0,
        },
    )

    assert (message.kind, message.market_ticker) == ("market_lifecycle_v2", TICKER)
    assert (message.open_ts, message.close_ts) == (1_795_219_200, 1_795_222_800)
    assert message.additional_metadata == about
    assert message.price_level_structure == "linear_cent"
    assert message.result is None


def test_a_key_of_another_type_is_left_out_and_takes_no_other_along() -> None:
    """What is said of the market besides is believed."""
    message = lifecycle_message(
        "market_lifecycle_v2",
        {
            "market_ticker": TICKER,
            "event_type": "metadata_updated",
            "floor_strike": "many",
            "cap_strike": 60,
            "additional_metadata": "none",
            "custom_strike": [],
            "kind": 7,
        },
    )

    assert (message.floor_strike, message.cap_strike) == (None, 60)
    assert message.additional_metadata == {}
    assert message.custom_strike is None


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("market_lifecycle_v2", {"event_type": "settled"}),
        ("market_lifecycle_v2", {"market_ticker": TICKER}),
        ("market_lifecycle_v2", {"market_ticker": 7, "event_type": "settled"}),
        ("multivariate_market_lifecycle", {"market_ticker": "", "event_type": "x"}),
        ("event_lifecycle", {"title": "Demo"}),
        ("event_fee_update", {"event_ticker": "K" * 201}),
    ],
)
def test_a_step_of_nothing_is_refused(kind: str, told: dict[str, object]) -> None:
    """It has to say what has happened, and to which market or event."""
    with pytest.raises(BadChange, match=kind):
        lifecycle_message(kind, told)


@given(
    st.sampled_from(sorted(LIFECYCLE_TYPES)),
    st.dictionaries(
        st.sampled_from(KEYS),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
        | st.lists(st.integers(), max_size=2)
        | st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
    ),
)  # fmt: skip
def test_nothing_but_a_message_or_a_refusal_comes_out(
    kind: str, told: dict[str, Any]
) -> None:
    """Whatever stands in it."""
    try:
        message = lifecycle_message(kind, told)
    except BadChange:
        return
    assert message.kind == kind
    assert message.market_ticker or message.event_ticker
