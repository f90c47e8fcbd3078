"""Hot markets over HTTP are the rows of the stream."""

import json
from itertools import product

import pytest

from flowboard.models import WINDOWS_MS
from flowboard.row_book import RowBook
from flowboard.subscription import SORTS
from flowboard.trade_filter import COMBOS
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.serving import WALL_MS, Api

NEW_YORK = "KXHIGHNY-26NOV21-T50"
CHICAGO = "KXHIGHCHI-26NOV21-T40"
COMBO = "KXMVESPORTS-26NOV21-S1"


async def three_markets(api: Api) -> None:
    await api.trade(
        make_trade(1, count_e2=100_00),
        make_trade(2, market_ticker=CHICAGO, count_e2=300_00, taker_yes=False),
        make_trade(3, market_ticker=CHICAGO, count_e2=290_00),
        make_trade(4, market_ticker=COMBO, count_e2=900_00),
    )


async def test_rows_are_those_of_the_stream(api: Api) -> None:
    """Ranked, without combos, over five minutes, with what says when they were right."""
    await three_markets(api)

    answer = await api.get("/api/markets/hot")

    board = api.board
    ranked = board.ranked("5m", "notional", 100, False)
    book = RowBook(board).rows("5m", ranked)
    rows = [json.loads(row.whole) for row in book.values()]
    assert answer.status_code == 200
    assert answer.json() == {
        "hot_markets": rows,
        "count": 2,
        "timestamp": "2026-11-21T13:00:00.123Z",
        "seq": 4,
        "ts_ms": NOON_MS + 4,
        "window": "5m",
        "window_from_ms": NOON_MS + 1_000 - 300_000,
        "window_to_ms": NOON_MS + 1_000,
        "window_covered_ms": 999,
        "sort": "notional",
        "combos": "exclude",
    }
    assert [row["market_ticker"] for row in rows] == [CHICAGO, NEW_YORK]


@pytest.mark.parametrize(
    ("query", "tickers"),
    [
        ("combos=include", [COMBO, CHICAGO, NEW_YORK]),
        ("combos=include&limit=1", [COMBO]),
        ("sort=net_flow", [NEW_YORK, CHICAGO]),
        ("sort=volume&window=24h&combos=exclude", [CHICAGO, NEW_YORK]),
    ],
)
async def test_the_query_chooses(api: Api, query: str, tickers: list[str]) -> None:
    """Each key does what it says, and the answer says it back."""
    await three_markets(api)

    body = (await api.get(f"/api/markets/hot?{query}")).json()

    assert [row["market_ticker"] for row in body["hot_markets"]] == tickers
    assert body["count"] == len(tickers)
    assert body["combos"] == ("include" if "include" in query else "exclude")
    assert f"sort={body['sort']}" in query or body["sort"] == "notional"
    assert f"window={body['window']}" in query or body["window"] == "5m"


async def test_every_choice_is_served(api: Api) -> None:
    """Each window with each sort, combos or not; a day alone has no heat."""
    await three_markets(api)
    refused = []
    for window, sort, combos in product(WINDOWS_MS, SORTS, COMBOS):
        query = f"window={window}&sort={sort}&combos={combos}"
        answer = await api.get(f"/api/markets/hot?{query}")
        if answer.status_code == 200:
            body = answer.json()
            assert body["count"] == (3 if combos == "include" else 2)
            assert (body["window"], body["sort"]) == (window, sort)
            assert body["combos"] == combos
        else:
            assert answer.status_code == 400
            refused.append((window, sort, combos))

    assert refused == [("24h", "heat", combos) for combos in COMBOS]


async def test_a_hundred_rows_unless_more_are_wanted(api: Api) -> None:
    """The default limit, and the largest."""
    await api.trade(*(make_trade(n, market_ticker=f"KXN-{n}") for n in range(1, 1102)))

    assert (await api.get("/api/markets/hot")).json()["count"] == 100
    assert (await api.get("/api/markets/hot?limit=1000")).json()["count"] == 1_000


@pytest.mark.parametrize("window", WINDOWS_MS)
async def test_before_the_first_trade_windows_end_now(api: Api, window: str) -> None:
    """A new installation answers with no rows and a window around the wall clock."""
    body = (await api.get(f"/api/markets/hot?window={window}")).json()

    assert (body["hot_markets"], body["count"]) == ([], 0)
    assert (body["seq"], body["ts_ms"], body["window_covered_ms"]) == (0, WALL_MS, 0)
    assert body["window_to_ms"] - body["window_from_ms"] == WINDOWS_MS[window]
    assert 0 < body["window_to_ms"] - WALL_MS <= 60_000


async def test_heat_is_not_offered_for_a_day(api: Api) -> None:
    """A day has no baseline to be hot against: refused, as on the stream."""
    answer = await api.get("/api/markets/hot?sort=heat&window=24h")

    assert answer.status_code == 400
    assert "'heat'" in answer.json()["error"]["message"]
