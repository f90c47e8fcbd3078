"""Trades and candles of any span, page by page, against the trades themselves."""

import sqlite3
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowboard.database import Database, candle_pages, trade_pages
from flowboard.database.candle_pages import Candle
from flowboard.database.connection import migrations
from flowboard.errors import BadParameter, StoreError
from flowboard.models import order_keys, price_of_key
from flowboard.trade_filter import Sieve, TradeFilter
from tests.database.made_trades import NOON_MS, make_trade, rows_of, store
from tests.trade_filters import TICKERS, filters, objects, passes

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
ALL = TradeFilter(combos=True)
TICKER = "KXHIGHNY-26NOV21-T50"
BUCKET_MS = 1 << 18


def scattered(count, first=1):
    """Return trades over a month: bursts in one millisecond, quiet days, rare markets."""
    steps = (0, 0, 1, 40_000, 7, BUCKET_MS, 0, 3 * HOUR_MS, 2, 5 * DAY_MS, 59_999)
    trades, ts_ms = [], NOON_MS - 40 * DAY_MS
    for n in range(first, first + count):
        ts_ms += steps[n % 11] if n % 97 == 9 or n % 11 != 9 else 0
        trades.append(
            make_trade(
                n,
                ts_ms=ts_ms,
                market_ticker=TICKERS[0 if n % 5 else n // 5 % 5],
                yes_price_e4=[3_600, 1, 9_999, 5_000][n % 4],
                count_e2=[10_000, 1, 10_000_000][n % 7 % 3],
                taker_yes=n % 3 == 0,
                source=["ws", "poll", "heal"][n % 3],
            )
        )
    return trades


@pytest.fixture
async def filled(database):
    """A database with 300 trades, stored by sevens, later ones before earlier ones."""
    trades = scattered(300)
    for start in range(280, -1, -20):
        await store(database, trades[start : start + 20])
    return database, trades


async def read_all(database, wanted, limit, from_ms=0, to_ms=None, calls=2_000):
    """Return every page's trades until the cursor is empty."""
    sieve = Sieve(wanted, database.markets)
    found, cursor = [], None
    for _ in range(calls):
        page = await database.history.trades(sieve, limit, cursor, from_ms, to_ms)
        assert len(page.entries) <= limit
        found += page.entries
        cursor = page.cursor
        if not cursor:
            return found
    raise AssertionError("the pages do not end")


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    filters,
    st.integers(0, 299),
    st.integers(0, 299),
    st.integers(1, 60),
    st.sampled_from([(100, 4_000, 20_000), (0, 4_000, 3), (100, 5, 4), (100, 40, 50)]),
)
async def test_every_trade_of_a_span_once(filled, wanted, first, last, limit, bounds):
    """Newest first by time and `seq`, for any filter and any span, however few rows
    one statement looks at, and whichever of the two ways is taken."""
    database, trades = filled
    few, in_bucket, looked_at = bounds
    from_ms, to_ms = sorted((trades[first].ts_ms, trades[last].ts_ms))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trade_pages, "MARKETS_MAX", few)
        patch.setattr(trade_pages, "BUCKET_ROWS_MAX", in_bucket)
        patch.setattr(trade_pages, "LOOKED_AT_MAX", looked_at)
        patch.setattr(trade_pages, "LOOKED_AT_LEAST", min(looked_at, 2_000))

        found = await read_all(database, wanted, limit, from_ms, to_ms)

    inside = {trade.trade_id for trade in trades if from_ms <= trade.ts_ms < to_ms}
    everything = await read_all(database, ALL, 1_000)
    assert len(everything) == 300
    assert found == [
        entry
        for entry in sorted(everything, key=lambda e: (-e.ts_ms, -e.seq))
        if bytes.fromhex(objects([entry])[0]["trade_id"].replace("-", "")) in inside
        and passes(*objects([entry]), wanted)
    ]


async def test_a_page_without_a_filter_is_full(filled):
    """Only the last one may be shorter than what was asked for."""
    database, _ = filled
    sieve = Sieve(ALL, database.markets)

    page = await database.history.trades(sieve, 299)
    rest = await database.history.trades(sieve, 299, page.cursor)

    assert (len(page.entries), len(rest.entries), rest.cursor) == (299, 1, "")


async def test_the_same_after_a_restart_and_in_an_older_file(path):
    """Marks are on disk; a file from before there were any is marked when opened."""
    wanted = TradeFilter(combos=True, tickers=(TICKERS[2],))
    async with Database.open(path) as first:
        await store(first, scattered(300))
        before = await read_all(first, wanted, 50)
    step = next(n for n, sql in enumerate(migrations()) if "market_buckets (" in sql)

    async with Database.open(path) as opened:
        after = await read_all(opened, wanted, 50)
        marks = rows_of(path, "SELECT * FROM market_buckets ORDER BY market, stretch")
    with sqlite3.connect(path) as file:
        file.execute("DROP TABLE market_buckets")
        file.execute(f"PRAGMA user_version = {step}")
    file.close()
    rest = "\n".join(migrations()[step + 1 :])
    assert not rest, "later steps would be done twice: take them back, too"
    async with Database.open(path) as older:
        found = await read_all(older, wanted, 50)

    again = rows_of(path, "SELECT * FROM market_buckets ORDER BY market, stretch")
    assert before == after == found != []
    assert marks == again


async def test_a_trade_that_moves_into_another_bucket(database):
    """Its exact time came later, on the other side of a border."""
    border_ms = (NOON_MS // BUCKET_MS + 1) * BUCKET_MS
    second_ms = border_ms // 1000 * 1000
    assert second_ms < border_ms
    await store(database, [make_trade(1, ts_ms=second_ms, exact_time=False)])

    await store(database, [make_trade(1, ts_ms=border_ms)])

    found = await read_all(database, TradeFilter(combos=True, tickers=(TICKER,)), 5)
    assert [entry.ts_ms for entry in found] == [border_ms]


async def test_what_could_not_be_written_at_first_is_found_later(database, path):
    """A transaction that failed leaves no trace in memory."""
    await store(database, [make_trade(1)])
    database._connection.execute("PRAGMA busy_timeout = 1")
    foreign = sqlite3.connect(path, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError):
        await store(database, [make_trade(2, ts_ms=NOON_MS + BUCKET_MS)])
    foreign.execute("ROLLBACK")
    foreign.close()

    await database.write(None, NOON_MS, NOON_MS)

    found = await read_all(database, TradeFilter(combos=True, tickers=(TICKER,)), 5)
    assert [entry.seq for entry in found] == [2, 1]


def candles_of(trades, interval_ms):
    """Return what the candles should be, newest first, by the rule of the documents."""
    by_start = defaultdict(list)
    for trade in trades:
        by_start[trade.ts_ms // interval_ms * interval_ms].append(trade)
    found = []
    for start_ms, inside in sorted(by_start.items(), reverse=True):
        keys = [_key(trade) for trade in inside]
        prices = [trade.yes_price_e4 for trade in inside]
        yes = [trade for trade in inside if trade.taker_yes]
        no = [trade for trade in inside if not trade.taker_yes]
        found.append(
            Candle(
                start_ms,
                price_of_key(min(keys)),
                max(prices),
                min(prices),
                price_of_key(max(keys)),
                sum(trade.count_e2 for trade in yes),
                sum(trade.count_e2 for trade in no),
                sum(trade.notional_e6 for trade in yes),
                sum(trade.notional_e6 for trade in no),
                len(inside),
            )
        )
    return found


def _key(trade):
    return int(
        order_keys(
            np.array([trade.ts_ms]),
            np.array([trade.yes_price_e4]),
            np.array([trade.taker_yes]),
        )[0]
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from([MINUTE_MS, 5 * MINUTE_MS, HOUR_MS, DAY_MS]),
    st.sampled_from(TICKERS),
    st.integers(0, 299),
    st.integers(0, 299),
    st.integers(1, 40),
    st.sampled_from([(3, 12), (100, 1), (1, 2), (4_000, 12)]),
)
async def test_candles_are_sums_of_trades(
    filled, interval_ms, ticker, first, last, limit, bounds
):
    """Of any market, interval and span, page by page, however short a step is."""
    database, trades = filled
    low_ms, high_ms = sorted((trades[first].ts_ms, trades[last].ts_ms))
    from_ms = low_ms // interval_ms * interval_ms
    end_ms = to_ms = (high_ms // interval_ms + 1) * interval_ms
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candle_pages, "MINUTES_AT_ONCE", bounds[0])
        patch.setattr(candle_pages, "PIECES_MAX", bounds[1])
        for _ in range(400):
            page = await database.history.candles(
                ticker, interval_ms, from_ms, end_ms, limit
            )
            found += page.candles
            if page.following_ms is None:
                break
            assert len(page.candles) <= limit
            end_ms = page.following_ms

    mine = [
        trade
        for trade in trades
        if trade.market_ticker == ticker and from_ms <= trade.ts_ms < to_ms
    ]
    assert page.following_ms is None
    assert found == candles_of(mine, interval_ms)


@pytest.mark.parametrize("interval_ms", [MINUTE_MS, 5 * MINUTE_MS, HOUR_MS])
async def test_a_live_hour_and_its_healed_copy(tmp_path, interval_ms):
    """The same trades in another order, in other beats and from REST: equal candles."""
    live = [
        make_trade(
            n,
            ts_ms=NOON_MS + n * n % 3_600_000 // 1_000 * 1_000,
            yes_price_e4=1 + n * 37 % 9_998,
            taker_yes=n % 3 == 1,
        )
        for n in range(1, 400)
    ]
    healed = [
        make_trade(
            n,
            ts_ms=trade.ts_ms,
            yes_price_e4=trade.yes_price_e4,
            taker_yes=trade.taker_yes,
            source="heal",
        )
        for n, trade in enumerate(live, start=1)
    ][::-1]
    found = []
    for name, trades, beat in (("live", live, 10), ("healed", healed, 173)):
        async with Database.open(tmp_path / f"{name}.db") as database:
            for start in range(0, len(trades), beat):
                await store(database, trades[start : start + beat])
            page = await database.history.candles(
                TICKER, interval_ms, NOON_MS, NOON_MS + HOUR_MS, 1_000
            )
            found.append(page.candles)

    assert found[0] == found[1] == candles_of(live, interval_ms)


async def test_the_running_minute_is_there_as_soon_as_its_trades_are(database):
    """Roll-ups are written with the trades."""
    await store(database, [make_trade(1), make_trade(2, yes_price_e4=4_100)])

    page = await database.history.page(
        TICKER, 50, MINUTE_MS, NOON_MS, NOON_MS + MINUTE_MS
    )

    assert [entry.seq for entry in page.trades.entries] == [2, 1]
    (candle,) = page.candles.candles
    assert (candle.open_e4, candle.close_e4, candle.trades) == (3_600, 4_100, 2)


async def test_trades_that_are_not_counted_are_in_no_candle(database):
    """They stay on the tape."""
    ahead_ms = NOON_MS + HOUR_MS
    await store(database, [make_trade(1), make_trade(2, ts_ms=ahead_ms)], NOON_MS + 9)

    page = await database.history.page(TICKER, 50, HOUR_MS, NOON_MS, NOON_MS + DAY_MS)

    assert [entry.counted for entry in page.trades.entries] == [False, True]
    assert [candle.trades for candle in page.candles.candles] == [1]
    assert page.candles.following_ms is None


async def test_what_was_never_traded(database):
    """An unknown market has nothing, and an empty file neither."""
    empty = await database.history.trades(Sieve(ALL, database.markets), 10)
    candles = await database.history.candles("KXNO-1", MINUTE_MS, 0, NOON_MS, 10)
    page = await database.history.page("KXNO-1", 10, MINUTE_MS, 0, NOON_MS)

    assert (empty.entries, empty.cursor) == ([], "")
    assert candles == ([], None)
    assert page == (([], ""), ([], None))


@pytest.mark.parametrize("cursor", ["x", "é", "MTcuLTE", "OTk5", "a" * 300])
async def test_a_cursor_that_is_none(database, cursor):
    """It is refused by name, and what to do is said."""
    with pytest.raises(BadParameter, match="leave it out"):
        await database.history.trades(Sieve(ALL, database.markets), 10, cursor)


async def test_a_file_that_cannot_be_read(database):
    """The caller hears of it as of any other failure of the store."""
    await store(database, [make_trade(1)])
    database._connection.execute("ALTER TABLE market_buckets RENAME TO gone")

    with pytest.raises(StoreError, match="cannot be read"):
        await database.history.page(TICKER, 10, MINUTE_MS, 0, NOON_MS)
    database._connection.execute("ALTER TABLE gone RENAME TO market_buckets")


async def test_no_statement_reads_a_whole_table(filled):
    """Each looks rows up, by an index, from what the one before has told."""
    database, _ = filled
    names = ("lower", "upper", "most", "from_ms", "before_ms", "before_seq", "limit")
    names += ("least_e6", "side", "late_too", "market", "minutes")
    values = dict.fromkeys(names, 1)
    values |= {"markets": "[1]", "places": "[[1,1]]", "asked": "[1]", "takes": b""}
    index = {"index": "trade_identity", "large": ""}
    for statement in (
        trade_pages.MARKS,
        trade_pages.MARKS_OF_ONE,
        trade_pages.NEWEST_STRETCH,
        trade_pages.COUNTS,
        trade_pages.IN_BUCKETS,
        trade_pages.REACHED.format(**index),
        trade_pages.IN_TIME.format(**index),
        candle_pages.CANDLES,
    ):
        plan = database._connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)

        steps = [row[-1] for row in plan]
        assert any(step.startswith("SEARCH") for step in steps), steps
        assert not [
            step
            for step in steps
            if step.startswith("SCAN")
            and not step.startswith(("SCAN (sub", "SCAN CONSTANT"))
            and "VIRTUAL TABLE" not in step
        ], steps
