"""Quotes with plausible figures, stored as beats store them."""

from flowboard.database import Database
from flowboard.market_info import Quote

# The beginning of a bucket of 4.4 minutes.
BUCKET_MS = 1 << 18
BEGIN_MS = 1_795_262_400_000 // BUCKET_MS * BUCKET_MS
TICKER = "KXHIGHNY-26NOV21-T50"
OTHER = "KXHIGHNY-26NOV21-T55"


def make_quote(at_ms, bid_e4=4500, **changes):
    """Return a quote `at_ms` after the beginning; name only what the test is about."""
    figures = {
        "ask_e4": bid_e4 + 100,
        "bid_size_e2": 30_000,
        "ask_size_e2": 15_025,
        "open_interest_e2": 2_042_200,
        "source": "ws",
    }
    return Quote(BEGIN_MS + at_ms, bid_e4, **(figures | changes))


async def keep(
    database: Database, *quotes: Quote, ticker: str = TICKER, at_once: int = 20
) -> None:
    """Take quotes of a market, each of a second of its own, and store some at a time."""
    market = database.markets.id_of(ticker)
    for start in range(0, len(quotes), at_once):
        some = quotes[start : start + at_once]
        for quote in some:
            database.quotes.put(market, quote)
        last_ms = max(quote.ts_ms for quote in some)
        # Board time never goes back; a second is stored once it is well over.
        board_ms = max(last_ms, database.board_ms or 0) + 2_000
        await database.write(None, board_ms, last_ms)


def every(count, step_ms=1_000, from_ms=0):
    """Return quotes at an even pace, each another than the one before."""
    return [
        make_quote(from_ms + step_ms * n, 4000 + 100 * (n % 7)) for n in range(count)
    ]


async def tidy(database: Database) -> int:
    """Do all slices that there are to do; return how many."""
    slices = 0
    while await database.kept_quotes.tidy_slice():
        slices += 1
    return slices
