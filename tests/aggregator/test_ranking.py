import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flowboard.aggregator.ranking import largest


@given(st.lists(st.integers(0, 6), max_size=40), st.integers(1, 50), st.randoms())
def test_ranks_like_a_full_sort(values, limit, rng):
    """The first of all by value, then ticker, however many tie for the last place."""
    tickers = [f"KX{n:02}" for n in range(50)]
    rng.shuffle(tickers)
    markets = rng.sample(range(50), len(values))
    ranked = largest(
        np.array(markets, np.int64), np.array(values, np.int64), limit, tickers
    )

    rows = sorted(
        zip(values, markets, strict=True), key=lambda r: (-r[0], tickers[r[1]])
    )
    assert ranked == [market for _, market in rows][:limit]
