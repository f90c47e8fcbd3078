"""A real board that stands still: full of trades, quoted, named, and none comes any more.

The exchange is in maintenance, so connections live and nothing is missing; page and API
can be compared at leisure. What the exchange itself says it traded is the oracle.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Browser

from tests.acceptance.page_live import chromium
from tests.acceptance.processes import Board, Exchange, serving, simulating

RATE, HISTORY = 40, "6m"
MARKETS = 200
WINDOW = "1h"
Row = dict[str, Any]


class Standing(NamedTuple):
    """A board, its exchange, a browser, and all that is known without a filter.

    Attributes:
        exchange: In maintenance.
        board: It serves `exchange`.
        browser: To open its page with.
        rows: Every market traded within the hour, combos too, most dollars first.
        markets: What is known of each market, by ticker.
        trades: Every trade that the exchange made, by its id.
    """

    exchange: Exchange
    board: Board
    browser: Browser
    rows: list[Row]
    markets: dict[str, Row]
    trades: dict[str, Row]

    async def hot(self, **query: object) -> list[Row]:
        """Return the rows of the hour as the API ranks them."""
        answer = await self.board.get(
            "/api/markets/hot", window=WINDOW, limit=1000, **query
        )
        return list(answer["hot_markets"])


@asynccontextmanager
async def standing(folder: Path, *arguments: object) -> AsyncIterator[Standing]:
    """Run all of it, until the board has everything that was traded."""
    options = ("--rate", RATE, "--markets", MARKETS, "--history", HISTORY, *arguments)
    async with (
        simulating(*options, folder=folder) as exchange,
        serving(exchange, folder=folder, FLOWBOARD_FILL_HOURS="1") as board,
        chromium() as browser,
    ):
        await board.until("/health", lambda h: h["feed"]["state"] == "live")
        await board.until("/api/coverage", lambda c: c["gaps"] and _filled(c["gaps"]))
        await exchange.fault("maintenance")
        traded = await exchange.traded()
        await board.until("/api/stats", lambda s: s.get("trades_total") == len(traded))
        await board.until(
            "/api/markets/hot", _named, window=WINDOW, limit=1000, combos="include"
        )
        yield Standing(
            exchange,
            board,
            browser,
            await _rows(board),
            {market["market_ticker"]: market for market in await _markets(board)},
            {trade["trade_id"]: trade for trade in traded},
        )
        assert await board.process.stop() == 0


def paid(trade: Row) -> Decimal:
    """Return what the taker of a trade in REST shape paid, in dollars."""
    side = trade["taker_outcome_side"]
    return Decimal(trade["count_fp"]) * Decimal(trade[f"{side}_price_dollars"])


def _filled(gaps: list[Row]) -> bool:
    return all(gap["state"] == "closed" for gap in gaps)


def _named(answer: Row) -> bool:
    return all(row["title"] and row["event_ticker"] for row in answer["hot_markets"])


async def _rows(board: Board) -> list[Row]:
    answer = await board.get(
        "/api/markets/hot", window=WINDOW, limit=1000, combos="include"
    )
    return list(answer["hot_markets"])


async def _markets(board: Board) -> list[Row]:
    found: list[Row] = []
    cursor = {}
    while True:
        page = await board.get("/api/markets", limit=1000, combos="include", **cursor)
        found += page["markets"]
        if not page["cursor"]:
            return found
        cursor = {"cursor": page["cursor"]}
