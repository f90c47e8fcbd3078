"""Which time a market ends by, when it is over, and what a touch is worth."""

import pytest

from flowboard.market_info import MarketInfo, Quote


@pytest.mark.parametrize(
    ("times", "ends"),
    [
        ({"occurrence_ms": 1, "expected_ms": 2, "close_ms": 3}, (1, "occurrence")),
        ({"expected_ms": 2, "close_ms": 3}, (2, "expected_expiration")),
        ({"close_ms": 3}, (3, "close")),
        ({}, None),
    ],
)
def test_a_market_ends_by_the_best_time_that_is_known(times, ends):
    """And says which one that is."""
    assert MarketInfo(ticker="KXA", **times).ends_ms == ends


@pytest.mark.parametrize(
    ("status", "over"),
    [
        ("", False),
        ("initialized", False),
        ("active", False),
        ("inactive", False),  # Paused: it may go on.
        ("closed", True),
        ("determined", True),
        ("disputed", True),
        ("amended", True),
        ("finalized", True),
    ],
)
def test_over_is_what_nobody_can_trade(status, over):
    """What was never told is not over."""
    assert MarketInfo(ticker="KXA", status=status).is_over is over


@pytest.mark.parametrize(
    ("bid", "ask", "mid", "spread"),
    [(3_300, 3_701, 3_500, 401), (0, 100, None, None), (9_900, 10_000, None, None)],
)
def test_a_mid_needs_both_sides(bid, ask, mid, spread):
    """Nothing bid and a dollar asked are no quotes."""
    quote = Quote(1, bid, ask)

    assert (quote.mid_e4, quote.spread_e4) == (mid, spread)


def test_time_and_source_alone_are_no_news():
    """Everything else is."""
    quote = Quote(1, 10, 20, 30, 40, 50, "ws")

    assert quote.says_the_same(Quote(2, 10, 20, 30, 40, 50, "poll"))
    for place in range(1, 6):
        values = [1, 10, 20, 30, 40, 50, "ws"]
        values[place] += 1
        assert not quote.says_the_same(Quote(*values))
