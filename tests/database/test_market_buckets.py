"""Marks of the buckets in which a market was traded."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flowboard.database.market_buckets import (
    BUCKET_BITS,
    Marks,
    buckets_of,
    flat_rows_of,
    mark,
)
from flowboard.models import TradeBatch
from tests.database.made_trades import NOON_MS, make_trade


def batch_of(*times_ms, market=0):
    """Return a batch of trades of one market."""
    trades = [make_trade(n, ts_ms=ts_ms) for n, ts_ms in enumerate(times_ms)]
    ids = np.full(len(trades), market, np.int32)
    return TradeBatch(1, trades, ids, np.ones(len(trades), np.bool_))


@given(st.lists(st.tuples(st.integers(0, 2**43), st.integers(0, 2**31 - 1))))
def test_rows_say_what_the_marks_say(places):
    """Each bucket of each market comes back, newest first, and no other."""
    flat = flat_rows_of(mark(ts_ms, market) for ts_ms, market in places)

    rows = list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))
    found = [(b, market) for market, s, bits in rows for b in buckets_of(s, bits)]
    assert set(found) == {(ts_ms >> BUCKET_BITS, market) for ts_ms, market in places}
    assert len(found) == len(set(found))
    assert all(-(1 << 63) <= bits < 1 << 63 for _, _, bits in rows)
    for _, stretch, bits in rows:
        buckets = list(buckets_of(stretch, bits))
        assert buckets == sorted(buckets, reverse=True)


def test_a_mark_is_asked_for_until_it_is_known_to_be_on_disk():
    """A transaction that fails leaves nothing behind."""
    marks = Marks()
    batches = [batch_of(NOON_MS, NOON_MS + 1), batch_of(NOON_MS, market=1)]

    first, again = marks.unmarked(batches), marks.unmarked(batches)
    marks.add(first)

    assert first == again == [mark(NOON_MS, 0), mark(NOON_MS, 1)]
    assert marks.unmarked(batches) == []
    assert marks.unmarked([batch_of(NOON_MS + (1 << BUCKET_BITS))]) != []


def test_memory_is_bounded(monkeypatch):
    """What is forgotten is asked for once more, which changes nothing on disk."""
    monkeypatch.setattr("flowboard.database.market_buckets.MARKS_MAX", 10)
    marks = Marks()

    for number in range(100):
        found = marks.unmarked([batch_of(NOON_MS + (number << BUCKET_BITS))])
        marks.add(found)

        assert len(marks._known) <= 11


@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 3 * (1 << BUCKET_BITS)), st.integers(0, 3_000)),
            min_size=1,
            max_size=9,
        ),
        max_size=12,
    )
)
def test_nothing_is_left_unmarked(beats):
    """Whatever order buckets and markets come in, each is asked for before its trade
    is on disk, and not again."""
    marks, written = Marks(), set()
    for beat in beats:
        batches = [batch_of(ts_ms, market=market) for ts_ms, market in beat]

        found = marks.unmarked(batches)
        marks.add(found)

        wanted = {mark(ts_ms, market) for ts_ms, market in beat}
        assert set(found) == wanted - written
        written |= wanted
