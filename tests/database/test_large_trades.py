"""The largest prints of any span, against a sort of the trades themselves."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowboard.database import large_trades
from flowboard.trade_filter import Sieve, TradeFilter
from tests.database.made_trades import NOON_MS, make_trade, store
from tests.trade_filters import TICKERS, filters, objects, passes

THOUSAND_E6 = 1_000_000_000
ALL = TradeFilter(combos=True, min_notional_e6=THOUSAND_E6)


def made(count):
    """Return trades of $0.36 to $64,000, many as large, many in one millisecond."""
    return [
        make_trade(
            n,
            ts_ms=NOON_MS + n // 4 * 90_000,
            market_ticker=TICKERS[n % 6],
            yes_price_e4=[3_600, 5_000, 1][n % 3],
            count_e2=[100, 1_000_000, 250_000, 10_000_000][n * 7 % 11 % 4],
            taker_yes=n % 5 < 3,
            source=["ws", "heal", "poll"][n % 3],
        )
        for n in range(1, count + 1)
    ]


@pytest.fixture
async def filled(database):
    """A database with 240 trades, later ones stored before earlier ones."""
    trades = made(240)
    for start in (120, 0):
        await store(database, trades[start : start + 120])
    return database, trades


def by_size(trade):
    return -float(trade["notional_dollars"]), -trade["ts_ms"], -trade["seq"]


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    filters,
    st.sampled_from([0, 1_000_000, THOUSAND_E6 - 1, THOUSAND_E6, 5 * THOUSAND_E6]),
    st.integers(0, 239),
    st.none() | st.integers(0, 239),
    st.sampled_from([1, 7, 1_000]),
)
async def test_they_are_the_first_of_all_by_size(
    filled, wanted, least_e6, first, last, limit
):
    """Of any markets, span and filter; the total counts those that were left out."""
    database, trades = filled
    wanted = TradeFilter(
        *(wanted.combos, wanted.tickers, wanted.series),
        min_notional_e6=least_e6,
        side=wanted.side,
        live_only=wanted.live_only,
    )
    sieve = Sieve(wanted, database.markets)
    from_ms = trades[first].ts_ms
    to_ms = None if last is None else trades[last].ts_ms
    everything = Sieve(TradeFilter(combos=True), database.markets)
    every = objects((await database.history.trades(everything, 500)).entries)
    inside = [
        trade
        for trade in every
        if from_ms <= trade["ts_ms"] and (to_ms is None or trade["ts_ms"] < to_ms)
        if passes(trade, wanted)
    ]

    found = await database.history.largest(sieve, limit, from_ms, to_ms)

    assert len(every) == 240
    assert objects(found.entries) == sorted(inside, key=by_size)[:limit]
    assert (found.total, found.from_ms) == (len(inside), from_ms)


@pytest.mark.parametrize("least_e6", [THOUSAND_E6, 1])
async def test_of_too_many_the_newest_are_looked_at(filled, monkeypatch, least_e6):
    """And the answer says from where on: all behind that is in it, and nothing before."""
    monkeypatch.setattr(large_trades, "LARGE_LOOKED_AT_MAX", 20)
    monkeypatch.setattr(large_trades, "ALL_LOOKED_AT_MAX", 20)
    database, trades = filled
    large = sorted(t.ts_ms for t in trades if t.notional_e6 >= least_e6)
    sieve = Sieve(TradeFilter(combos=True, min_notional_e6=least_e6), database.markets)

    found = await database.history.largest(sieve, 1_000)

    assert found.from_ms == large[-21] + 1
    behind = [ts_ms for ts_ms in large if ts_ms >= found.from_ms]
    assert sorted(entry.ts_ms for entry in found.entries) == behind
    assert 15 < len(behind) <= found.total == len(behind) <= 20


async def test_what_was_not_counted_is_no_whale(database):
    """A trade ahead of the exchange's clock is on the tape, and in no figure."""
    ahead = make_trade(2, ts_ms=NOON_MS + 900_000, count_e2=9_000_000)
    await store(database, [make_trade(1, count_e2=1_000_000), ahead], NOON_MS + 60_000)

    found = await database.history.largest(Sieve(ALL, database.markets), 10)

    assert [entry.ts_ms for entry in found.entries] == [NOON_MS + 1]


async def test_an_empty_tape_has_none(database):
    """And no market has an id yet."""
    found = await database.history.largest(Sieve(ALL, database.markets), 10)

    assert found == ([], 0, 0)
