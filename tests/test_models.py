"""Values: what a trade costs its taker, and the order inside a millisecond."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flowboard.models import TradeBatch, order_keys, price_of_key, time_of_key
from tests.trade_batches import START_MS, make_print, trade_of

moments = st.tuples(
    st.integers(START_MS, START_MS + 3), st.booleans(), st.integers(1, 9_999)
)


def keys_of(trades):
    times, sides, prices = zip(*trades, strict=True)
    return order_keys(np.array(times), np.array(prices), np.array(sides)).tolist()


@given(st.lists(moments, min_size=1))
def test_keys_sort_trades_as_the_exchange_would_have_made_them(trades):
    """By time; YES takers first, upwards; then NO takers, downwards."""
    expected = sorted(trades, key=lambda t: (t[0], not t[1], t[2] if t[1] else -t[2]))

    by_key = sorted(zip(keys_of(trades), trades, strict=True), key=lambda pair: pair[0])

    assert [trade for _, trade in by_key] == expected


@given(moments)
def test_a_key_gives_time_and_price_back(trade):
    """Windows keep the key alone."""
    (key,) = keys_of([trade])

    assert (time_of_key(key), price_of_key(key)) == (trade[0], trade[2])


def test_a_no_taker_pays_the_no_price():
    """Contracts times the price of the taker's side, in micro-dollars."""
    yes = trade_of(make_print(1, price_e4=3_600, count_e2=13_600, yes=True))
    no = trade_of(make_print(2, price_e4=3_600, count_e2=13_600, yes=False))
    batch = TradeBatch(1, [yes, no], np.zeros(2, np.int32), np.ones(2, np.bool_))

    assert [yes.notional_e6, no.notional_e6] == [48_960_000, 87_040_000]
    assert batch.notional_e6.tolist() == [48_960_000, 87_040_000]


def test_a_part_of_a_batch_keeps_its_numbers():
    """`seq` follows the trades."""
    trades = [trade_of(make_print(n)) for n in range(1, 6)]
    batch = TradeBatch(7, trades, np.arange(5, dtype=np.int32), np.ones(5, np.bool_))

    part = batch.part(2, 4)

    assert (part.first_seq, part.last_seq) == (9, 10)
    assert part.markets.tolist() == [2, 3]
