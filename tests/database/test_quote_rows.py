import sqlite3

import pytest

from flowboard.database import Database, quote_rows
from flowboard.database.writer import BeatState, write
from flowboard.errors import StoreError
from flowboard.quote_tape import QuoteSpan
from tests.database.made_quotes import (
    BEGIN_MS,
    BUCKET_MS,
    OTHER,
    TICKER,
    every,
    keep,
    make_quote,
    tidy,
)
from tests.database.made_trades import NOON_MS, make_trade, rows_of, store

QUOTES = "SELECT * FROM quotes ORDER BY ts_ms, market_ticker"


def counts(path):
    """How many chunks are in the journal, rows moved, and rows seen through the view."""
    (row,) = rows_of(
        path,
        "SELECT (SELECT count(*) FROM quote_journal) AS chunks,"
        " (SELECT count(*) FROM quote_rows) AS moved,"
        " (SELECT count(*) FROM quotes) AS seen",
    )
    return row["chunks"], row["moved"], row["seen"]


async def test_a_quote_is_seen_under_the_names_of_the_documentation(database, path):
    """Exact integers, and dollars for people; none is NULL there."""
    await keep(database, make_quote(123))
    await keep(database, make_quote(456, 0, ask_e4=10_000, source="poll"), ticker=OTHER)

    first, second = rows_of(path, QUOTES)

    assert first == {
        "market_ticker": TICKER,
        "ts_ms": BEGIN_MS + 123,
        "yes_bid_e4": 4500,
        "yes_ask_e4": 4600,
        "yes_bid_size_e2": 30_000,
        "yes_ask_size_e2": 15_025,
        "open_interest_e2": 2_042_200,
        "source": "ws",
        "sequence": BEGIN_MS + 123,
        "time": first["time"],
        "yes_bid": 0.45,
        "yes_ask": 0.46,
    }
    assert first["time"].endswith("Z")
    assert (second["source"], second["yes_bid"], second["yes_ask"]) == (
        "poll",
        None,
        None,
    )


async def test_quotes_are_written_with_the_trades_of_a_beat(database, path):
    """One commit: neither is there without the other."""
    database.quotes.put(database.markets.id_of(OTHER), make_quote(0))
    database._connection.execute("PRAGMA busy_timeout = 1")
    with sqlite3.connect(path) as held:
        held.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError):
            await store(database, [make_trade(1, ts_ms=BEGIN_MS + 5_000)])
        held.rollback()
    nothing = counts(path)

    await database.write(None, BEGIN_MS + 5_000, NOON_MS)

    assert nothing == (0, 0, 0)
    assert counts(path) == (1, 0, 1)
    assert len(rows_of(path)) == 1


async def test_a_number_that_no_column_takes_stops_nothing(database, path):
    """However it has got there: the other quotes and the trades are stored."""
    for name, held_e2 in [("KXA-1", 1 << 70), ("KXA-2", 1 << 63), ("KXA-3", 7)]:
        market = database.markets.id_of(name)
        database.quotes.put(market, make_quote(0, open_interest_e2=held_e2))

    await store(database, [make_trade(1, ts_ms=BEGIN_MS + 5_000)])
    await keep(database, make_quote(2 * BUCKET_MS))
    await tidy(database)

    page = await database.quotes_between("KXA-3", 0, 2 * BEGIN_MS)
    assert len(page.quotes) == 1
    assert len(rows_of(path)) == 1
    assert quote_rows.stock(database._connection).rows == 1


async def test_a_quote_whose_second_runs_makes_no_commit(database, path):
    """Beats go on, the disk rests; the row comes once the second is over."""
    database.quotes.put(database.markets.id_of(TICKER), make_quote(0))
    commits = database._connection.total_changes
    for _ in range(5):
        await database.write(None, BEGIN_MS + 500, NOON_MS)
    during = database._connection.total_changes - commits

    await database.write(None, BEGIN_MS + 2_000, NOON_MS)

    assert during == 0
    assert counts(path) == (1, 0, 1)
    assert not database.has_news


async def test_closing_stores_what_waits(path):
    """The second that still runs, and the span up to there."""
    async with Database.open(path) as database:
        database.quotes.begin("ws", BEGIN_MS)
        database.quotes.put(database.markets.id_of(TICKER), make_quote(700))
        assert database.has_news

    async with Database.open(path) as again:
        assert counts(path) == (1, 0, 1)
        assert await again.quote_spans(0, BEGIN_MS * 2) == [
            QuoteSpan("ws", BEGIN_MS, BEGIN_MS + 700)
        ]
        assert again.kept_quotes.last(BEGIN_MS) == {0: make_quote(700)}


async def test_the_same_quote_twice_is_one_row(database, path):
    """In the journal, and where a row has been moved: market, time and source name it."""
    quote = make_quote(0)
    later = make_quote(3 * BUCKET_MS, 5000)
    await keep(database, quote, later, at_once=1)
    again = [(0, quote), (0, later)]
    state = BeatState(1, None, 0, quotes=again[:1])
    write(database._connection, [], [], [], state)
    in_journal = counts(path)
    await tidy(database)
    for row in again:
        write(database._connection, [], [], [], state._replace(quotes=[row]))
    beside_moved = counts(path)

    page = await database.quotes_between(TICKER, 0, 2 * BEGIN_MS)
    await tidy(database)

    assert in_journal == (3, 0, 2)
    assert beside_moved == (3, 1, 2)
    assert page.quotes == [later, quote]
    assert counts(path) == (2, 1, 2)
    assert quote_rows.stock(database._connection).rows == 1


async def test_rows_are_moved_once_their_bucket_is_over(database, path):
    """Sorted, counted, and seen all the while."""
    await keep(database, *every(200))
    await keep(database, *every(200), ticker=OTHER)
    early = await tidy(database)
    await keep(database, make_quote(BUCKET_MS + 20_000))

    slices = await tidy(database)

    assert early == 0
    assert slices > 0
    assert counts(path) == (1, 400, 401)
    assert rows_of(path, "SELECT rows FROM quote_state") == [{"rows": 400}]


async def test_the_oldest_rows_are_dropped_by_slices(database, path, monkeypatch):
    """And no span tells of what is gone."""
    monkeypatch.setattr(quote_rows, "ROWS_A_SLICE", 64)
    database.quotes.begin("ws", BEGIN_MS)
    await keep(database, *every(600))
    await tidy(database)
    bucket = BEGIN_MS >> 18
    moved = counts(path)[1]

    first = quote_rows.drop_oldest(database._connection, bucket + 1)
    gone = first
    while step := quote_rows.drop_oldest(database._connection, bucket + 1):
        gone += step

    assert (first, moved) == (64, 520)
    assert gone == 263
    assert rows_of(path, "SELECT rows FROM quote_state") == [{"rows": moved - gone}]
    (span,) = await database.quote_spans(0, 2 * BEGIN_MS)
    assert span.from_ms == (bucket + 1) << 18


async def test_the_last_quotes_are_those_of_the_newest_minutes(database):
    """Of each market the newest, moved or not; older ones would mislead."""
    await keep(database, make_quote(0), ticker="KXOLD-26NOV21-T1")
    await keep(database, *every(3, 1_000, 2 * BUCKET_MS), ticker=OTHER)
    last = make_quote(3 * BUCKET_MS + 20_000)
    await keep(database, last)
    await tidy(database)

    found = database.kept_quotes.last(last.ts_ms + 1_000)
    later = database.kept_quotes.last(last.ts_ms + 600_000)
    too_late = database.kept_quotes.last(last.ts_ms + 600_001)

    assert found == {
        database.markets.id_of(OTHER): every(3, 1_000, 2 * BUCKET_MS)[-1],
        database.markets.id_of(TICKER): last,
    }
    assert later == {database.markets.id_of(TICKER): last}
    assert too_late == {}


async def test_a_text_that_is_no_json_stops_nothing(database, path, capsys):
    """Neither the start nor a page nor what is put in order; the log tells of it."""
    quotes = every(60)
    await keep(database, *quotes)
    (broken,) = rows_of(path, "SELECT max(n) AS n FROM quote_journal")
    database._connection.execute(
        "UPDATE quote_journal SET rows = substr(rows, 1, length(rows) - 20)"
        " WHERE n = ?",
        (broken["n"],),
    )
    await keep(database, make_quote(BUCKET_MS + 20_000), ticker=OTHER)

    last = database.kept_quotes.last(BEGIN_MS)
    page = await database.quotes_between(TICKER, 0, 2 * BEGIN_MS)
    seen = counts(path)
    told_at_start = capsys.readouterr().out
    await tidy(database)

    assert last[database.markets.id_of(TICKER)] == quotes[39]
    # Of the text that was cut, all but the last is still legible here.
    assert page.quotes == quotes[58::-1]
    assert seen == (4, 0, 41)
    assert counts(path) == (1, 40, 41)
    for told in (told_at_start, capsys.readouterr().out):
        assert told.count("quotes are left out") == 1


async def test_an_empty_file_has_no_quotes(database):
    """Nothing to start from, nothing to move."""
    assert database.kept_quotes.last(BEGIN_MS) == {}
    assert await tidy(database) == 0
    assert quote_rows.stock(database._connection) == (0, None, None)
