import asyncio
import random
import threading

import pytest

from flowboard.database import Database, quote_rows
from flowboard.database.kept_quotes import QuoteLimits
from flowboard.database.writer import BeatState, write
from flowboard.errors import BadParameter, StoreError
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

ALWAYS = (0, 2 * BEGIN_MS)


async def all_of(database, ticker=TICKER, limit=100, source=None, span=ALWAYS):
    """Return a market's quotes, oldest first, page by page."""
    found, cursor = [], None
    while cursor != "":
        page = await database.quotes_between(ticker, *span, source, cursor, limit)
        assert len(page.quotes) <= limit
        found += page.quotes
        cursor = page.cursor
    return found[::-1]


async def test_pages_hold_each_quote_once_newest_first(database):
    """Across what is moved and what is not, whatever the limit."""
    quotes = every(700)
    await keep(database, *quotes)
    await keep(database, make_quote(0, 9000), ticker=OTHER)
    await tidy(database)

    for limit in (1_000, 699, 700, 7):
        assert await all_of(database, limit=limit) == quotes
    assert await all_of(database, OTHER) == [make_quote(0, 9000)]
    assert await all_of(database, "KXUNKNOWN-1") == []


async def test_a_span_and_a_source_choose(database):
    """From the first millisecond, up to before the second."""
    ws = every(5)
    polled = [make_quote(1_000 * n + 500, 9000, source="poll") for n in range(5)]
    for pair in zip(ws, polled, strict=True):
        await keep(database, pair[0])
        await keep(database, make_quote(pair[0].ts_ms - BEGIN_MS + 400, 8000))
        await keep(database, pair[1])

    span = (BEGIN_MS + 1_000, BEGIN_MS + 3_000)

    assert [
        quote.source for quote in await all_of(database, source="poll", span=span)
    ] == ["poll", "poll"]
    whole = await all_of(database, span=span)
    assert whole[0].ts_ms == span[0]
    assert whole[-1].ts_ms < span[1]
    assert {quote.source for quote in whole} == {"ws", "poll"}


async def test_a_quote_that_was_stored_late_has_its_place(database):
    """Pages are by time, whatever the order on disk."""
    quotes = every(40)
    for start in (20, 0):
        rows = [(database.markets.id_of(TICKER), q) for q in quotes[start:][:20]]
        state = BeatState(1, None, 0, quotes=rows)
        write(database._connection, [], [], [], state)

    assert await all_of(database, limit=7) == quotes


async def test_a_page_reads_no_more_of_the_journal_than_it_needs(database, monkeypatch):
    """From its newest texts on, and of them the rows of its market alone."""
    monkeypatch.setattr(quote_rows, "CHUNKS_A_LOOK", 1)
    for quote in every(100):
        await keep(database, quote, at_once=1)
        await keep(database, quote, ticker=OTHER, at_once=1)
    decode, decoded = quote_rows._DECODE_QUOTE, []
    monkeypatch.setattr(
        quote_rows, "_DECODE_QUOTE", lambda text: decoded.append(text) or decode(text)
    )

    page = await database.quotes_between(TICKER, *ALWAYS, None, None, 5)

    assert page.quotes == every(100)[:94:-1]
    assert len(decoded) <= 7


async def test_a_page_does_not_wait_for_a_bucket_that_is_sorted(path, monkeypatch):
    """That takes seconds, every few minutes; nor does the loop wait when it is closed."""
    database = Database.open(path)
    quotes = every(20)
    await keep(database, *quotes)
    await keep(database, make_quote(BUCKET_MS + 20_000), ticker=OTHER)
    begun, go_on = threading.Event(), threading.Event()

    def long(connection, move):
        begun.set()
        assert go_on.wait(10)
        yield from ()

    monkeypatch.setattr(quote_rows, "sorted_slices", long)
    assert await database.kept_quotes.tidy_slice()
    sorting = asyncio.create_task(database.kept_quotes.tidy_slice())
    assert await asyncio.to_thread(begun.wait, 10)
    try:
        async with asyncio.timeout(5):
            read = await all_of(database)
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0)
        was_closed = closing.done()
    finally:
        go_on.set()
    await sorting
    await closing

    assert read == quotes
    assert not was_closed


async def test_a_strange_cursor_is_refused(database):
    """It says what to do."""
    with pytest.raises(BadParameter, match="leave it out"):
        await database.quotes_between(TICKER, *ALWAYS, None, "strange")


async def test_a_quiet_market_is_found_far_back(database):
    """Many empty buckets lie between its quotes."""
    far = [make_quote(0, 1000), make_quote(5_000 * BUCKET_MS, 2000)]
    await keep(database, far[0])
    await keep(database, far[1])
    await keep(database, make_quote(5_001 * BUCKET_MS), ticker=OTHER)
    await tidy(database)

    assert await all_of(database, limit=1) == far


async def test_ending_between_any_two_slices_loses_and_doubles_nothing(
    path, monkeypatch
):
    """As a kill -9 does: the next start goes on from what the disk says."""
    monkeypatch.setattr(quote_rows, "ROWS_A_SLICE", 50)
    monkeypatch.setattr(quote_rows, "CHUNKS_A_SLICE", 2)
    quotes, others = every(260), every(260, 1_000, 13)
    async with Database.open(path) as database:
        await keep(database, *quotes)
        await keep(database, *others, ticker=OTHER)
        await keep(database, make_quote(BUCKET_MS + 20_000, 9000), ticker="KXNEW-1")
    slices = 0
    rng = random.Random(3)
    moving = True
    while moving:
        async with Database.open(path) as database:
            for _ in range(rng.randint(1, 30)):
                moving = await database.kept_quotes.tidy_slice()
                slices += moving
            assert await all_of(database) == quotes
            assert await all_of(database, OTHER) == others

    async with Database.open(path) as database:
        stock = quote_rows.stock(database._connection)
        journal = database._connection.execute("SELECT count(*) FROM quote_journal")
        assert (stock.rows, journal.fetchone()) == (520, (1,))
    assert slices > 30


async def test_a_quote_that_comes_while_its_bucket_is_moved_is_not_lost(database):
    """It stays in the journal, and is moved the next time."""
    quotes = every(200)
    await keep(database, *quotes)
    await keep(database, make_quote(BUCKET_MS + 20_000), ticker=OTHER)
    for _ in range(2):
        assert await database.kept_quotes.tidy_slice()
    late = make_quote(201_000, 9000)
    await keep(database, late)
    before = await all_of(database)
    await tidy(database)

    assert before == await all_of(database) == [*quotes, late]
    stock = quote_rows.stock(database._connection)
    assert stock.rows == 201


async def test_what_is_older_than_the_limit_is_dropped(path):
    """Days of exchange time, back from the newest; coverage begins later too."""
    async with Database.open(path, QuoteLimits(days=1)) as database:
        database.quotes.begin("ws", BEGIN_MS)
        day_ms = 86_400_000
        quotes = [make_quote(n * day_ms // 4, 4000 + 100 * (n % 3)) for n in range(9)]
        for quote in quotes:
            await keep(database, quote)
        await tidy(database)

        kept = await all_of(database)
        (span,) = await database.quote_spans(*ALWAYS)

    # The last but one is the newest that has been moved.
    assert kept == quotes[3:]
    assert quotes[3].ts_ms - BUCKET_MS <= span.from_ms <= quotes[3].ts_ms
    assert span.to_ms == quotes[-1].ts_ms


async def test_what_has_no_room_is_dropped(path):
    """The oldest buckets go, until the rest fits; the newest always stays."""
    async with Database.open(path, QuoteLimits(max_gb=100 * 40 / 1e9)) as database:
        quotes = every(400, 10_000)
        await keep(database, *quotes)
        await tidy(database)

        kept = await all_of(database)
        stock = quote_rows.stock(database._connection)

    assert kept == quotes[-len(kept) :]
    assert 100 - 27 <= stock.rows <= 100
    assert stock.oldest is not None
    assert kept[0].ts_ms >> 18 == stock.oldest


async def test_tidying_runs_beside_beats_and_survives_a_store_that_fails(
    database, monkeypatch
):
    """It waits, and begins the bucket again."""
    monkeypatch.setattr("flowboard.database.kept_quotes.FAILED_S", 0.001)
    monkeypatch.setattr("flowboard.database.kept_quotes.BETWEEN_SLICES_S", 0.0)
    monkeypatch.setattr("flowboard.database.kept_quotes.IDLE_S", 0.001)
    quotes = every(200)
    await keep(database, *quotes)
    await keep(database, make_quote(BUCKET_MS + 20_000), ticker=OTHER)
    kept = database.kept_quotes
    write, failures = kept._write, iter([True, False, True, True, False])

    async def failing(work):
        if next(failures, False):
            raise StoreError("as scripted")
        return await write(work)

    kept._write = failing
    tidying = asyncio.create_task(kept.tidy())
    async with asyncio.timeout(10):
        while (
            quote_rows.stock(database._connection).rows < 200
            or len(
                database._connection.execute("SELECT 1 FROM quote_journal").fetchall()
            )
            > 1
        ):
            await keep(database, make_quote(BUCKET_MS + 20_000), ticker=OTHER)
            await asyncio.sleep(0.001)
    tidying.cancel()
    await asyncio.wait({tidying})

    assert await all_of(database) == quotes
