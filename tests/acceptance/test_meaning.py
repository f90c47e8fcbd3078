"""Markets have names, quotes and events, by the socket and without a key, and keep them."""

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import Board, until
from tests.acceptance.stored import query
from tests.faults.harness import Rig, rig

pytestmark = pytest.mark.slow

KEYS = ("KALSHI_API_KEY_ID", "KALSHI_PRIVATE_KEY_PATH")
KNOWN_S = 20


def is_known(row: dict[str, Any]) -> bool:
    """Whether a hot row has all that makes a ticker a market."""
    return bool(
        row["title"] and row["outcome"] and row["ends_by"] and row["yes_bid_dollars"]
    )


async def known(board: Board) -> list[dict[str, Any]]:
    """Wait until nine of ten hot rows are known; return them."""
    answer = await board.until(
        "/api/markets/hot",
        lambda found: (
            len(found["hot_markets"]) >= 10
            and sum(map(is_known, found["hot_markets"])) >= 0.9 * found["count"]
        ),
        KNOWN_S,
    )
    rows: list[dict[str, Any]] = answer["hot_markets"]
    return rows


def stored_sources(path: Path) -> set[str]:
    """Return where the stored quotes came from; the first of all are asked for."""
    return {name for (name,) in query(path, "SELECT DISTINCT source FROM quotes")}


async def check(parts: Rig, source: str) -> None:
    """Titles, quotes and events are shown, and what was seen of quotes is kept."""
    rows = await known(parts.board)
    row = next(filter(is_known, rows))
    ticker = row["market_ticker"]
    events = await parts.board.get("/api/events")
    event = await parts.board.get(f"/api/events/{row['event_ticker']}")
    market = await parts.board.get(f"/api/markets/{ticker}")

    assert row["short_label"] != ticker
    assert row["event_ticker"] in {each["event_ticker"] for each in events["events"]}
    assert ticker in str(event)
    assert row["title"] in str(market)
    await until(lambda: source in stored_sources(parts.path))


async def test_by_the_socket_and_after_a_restart(tmp_path: Path) -> None:
    """Named within seconds; after kill -9 at once, though REST answers nobody."""
    async with rig(tmp_path) as parts:
        await check(parts, "ws")
        await parts.kill()
        parts.rest.refuse()
        await parts.serve()
        answer = await parts.board.get("/api/markets/hot")
        await parts.rest.accept()

    assert sum(bool(row["title"]) for row in answer["hot_markets"]) >= 10


async def test_without_a_key(tmp_path: Path) -> None:
    """Polling shows the same."""
    async with rig(tmp_path, served=False) as parts:
        for name in KEYS:
            del parts.environment[name]
        await parts.start()

        await check(parts, "poll")


async def test_what_is_settled_leaves_the_list_and_keeps_its_result(
    tmp_path: Path,
) -> None:
    """The exchange settles a market: it is hot no more, and tells how it ended."""
    async with rig(tmp_path, "--lifecycle-rate", 360) as parts:
        ended = await parts.board.until(
            "/api/markets", lambda found: found["markets"], 60, status="finalized"
        )
        hot = await parts.board.get("/api/markets/hot", limit=500, window="24h")

    tickers = {market["market_ticker"] for market in ended["markets"]}
    assert all(market["result"] for market in ended["markets"])
    assert tickers.isdisjoint(row["market_ticker"] for row in hot["hot_markets"])
