"""Trades after a `seq`, read beside the writer; pages of one market that a filter cuts."""

import sqlite3
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowboard.database import Database, reader
from flowboard.errors import StoreError
from flowboard.stream_messages import render_trades
from flowboard.trade_filter import Sieve, TradeFilter
from tests.database.made_trades import NOON_MS, make_trade, store
from tests.trade_filters import TICKERS, filters, objects, passes

ALL = TradeFilter(combos=True)
TICKER = "KXHIGHNY-26NOV21-T50"


def various(count, first=1):
    """Return trades of many kinds."""
    sources = ["ws", "ws", "poll", "heal", "backfill", "import"]
    return [
        make_trade(
            n,
            market_ticker=TICKERS[n % 5],
            yes_price_e4=[3_600, 1, 9_999][n % 3],
            count_e2=[10_000, 1, 10_000_000][n % 4 % 3],
            taker_yes=n % 7 < 3,
            source=sources[n % 6],
        )
        for n in range(first, first + count)
    ]


async def read_on(database, wanted, after_seq, upto_seq, limit):
    """Read to the end; return the trades, and where each page ended."""
    sieve = Sieve(wanted, database.markets)
    found, ends = [], [after_seq]
    while ends[-1] != upto_seq:
        entries, seq = await database.trades_after(ends[-1], upto_seq, sieve, limit)
        assert len(entries) <= limit
        assert seq > ends[-1]
        assert all(ends[-1] < entry.seq <= seq for entry in entries)
        found += entries
        ends.append(seq)
    return found, ends[1:]


@pytest.fixture
async def filled(database):
    """A database with 300 trades, and these as they were shown."""
    batch = await store(database, various(300), ahead_ms=NOON_MS + 250)
    return database, render_trades(batch, database.markets)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    filters,
    st.integers(0, 299),
    st.integers(1, 300),
    st.integers(1, 50),
    st.sampled_from([7, 100, 100_000]),
)
async def test_every_trade_that_passes_once(filled, wanted, after, upto, limit, looked):
    """For any filter and any piece of the tape, late and uncounted ones too, in order."""
    database, shown = filled
    upto = max(after, upto)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "LOOKED_AT_MAX", looked)
        found, ends = await read_on(database, wanted, after, upto, limit)

    between = [entry for entry in shown if after < entry.seq <= upto]
    assert found == [e for e in between if passes(*objects([e]), wanted)]
    if looked > 300:
        assert len(ends) <= 1 + len(found) // limit


async def test_a_page_that_is_full_by_chance_is_the_last(filled):
    """Nobody has to ask again to hear that nothing is left."""
    database, shown = filled

    found, ends = await read_on(database, ALL, 290, 300, 10)

    assert found == shown[290:]
    assert ends == [300]


async def test_numbers_that_were_never_used(database, path):
    """A hole of any width is one step, however few rows a query looks at."""
    await store(database, various(5))
    database.next_seq = 10_000_001
    await store(database, various(5, first=6))

    found, ends = await read_on(database, ALL, 0, 10_000_005, 4)

    seqs = [entry.seq for entry in found]
    assert seqs == [*range(1, 6), *range(10_000_001, 10_000_006)]
    assert len(ends) <= 5


async def test_what_is_not_on_disk_yet_is_not_claimed(database, path):
    """While the store fails: up to what it has, and an error after that."""
    await store(database, various(10))
    database._connection.execute("PRAGMA busy_timeout = 1")
    foreign = sqlite3.connect(path, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError):
        await store(database, various(10, first=11))
    sieve = Sieve(ALL, database.markets)

    some, seq = await database.trades_after(4, 20, sieve, 100)
    with pytest.raises(StoreError, match="later than 10 are not on disk yet"):
        await database.trades_after(10, 20, sieve, 100)
    foreign.execute("ROLLBACK")
    foreign.close()
    await database.write(None, NOON_MS, NOON_MS)
    rest, end = await database.trades_after(seq, 20, sieve, 100)

    assert ([entry.seq for entry in some], seq) == ([5, 6, 7, 8, 9, 10], 10)
    assert ([entry.seq for entry in rest], end) == ([*range(11, 21)], 20)


async def test_nothing_is_left(database):
    """At the end, and after a number of some other tape."""
    await store(database, various(3))
    sieve = Sieve(ALL, database.markets)

    assert await database.trades_after(3, 3, sieve, 10) == ([], 3)
    assert await database.trades_after(99, 3, sieve, 10) == ([], 3)


async def test_a_file_that_cannot_be_read(path):
    """The caller hears of it as of any other failure of the store."""
    async with Database.open(path) as database:
        await store(database, various(3))
        database._connection.execute("ALTER TABLE trade_rows RENAME TO gone")

        with pytest.raises(StoreError, match="cannot be read"):
            await database.trades_after(0, 3, Sieve(ALL, database.markets), 10)
        database._connection.execute("ALTER TABLE gone RENAME TO trade_rows")


async def test_rows_are_looked_at_in_their_order(database):
    """By number, never by an index: a query costs what it looks at."""
    values = {"after": 0, "upto": 9, "takes": b"", "limit": 9}
    wanted = reader.rows.passing_values(TradeFilter(min_notional_e6=10**9))

    plan = database._connection.execute(
        f"EXPLAIN QUERY PLAN {reader.AFTER}", values | wanted
    ).fetchall()

    steps = [step[-1] for step in plan]
    assert "SEARCH trade_rows USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in steps
    assert not any("TEMP B-TREE" in step for step in steps)


@pytest.mark.parametrize(
    "wanted",
    [
        TradeFilter(combos=True, side="no"),
        TradeFilter(combos=True, live_only=True),
        TradeFilter(combos=True, min_notional_e6=36_000_000),
        TradeFilter(
            combos=True, min_notional_e6=36_000_001, side="yes", live_only=True
        ),
    ],
)
async def test_pages_of_a_market_that_a_filter_cuts(filled, wanted):
    """Newest first, each trade that passes once, to an empty cursor."""
    database, shown = filled

    mine = replace(wanted, tickers=(TICKERS[1],))
    sieve = Sieve(mine, database.markets)
    found, cursor, pages = [], None, 0
    while cursor != "" and pages < 100:
        page, cursor = await database.history.trades(sieve, 7, cursor)
        found += page
        pages += 1

    all_mine = [
        e for e in shown[::-1] if objects([e])[0]["market_ticker"] == TICKERS[1]
    ]
    assert found == [e for e in all_mine if passes(*objects([e]), wanted)]
    assert 0 < len(found) < len(all_mine)
