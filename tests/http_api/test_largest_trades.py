"""`sort=largest`: the largest whale prints of a market, an event, or all, over HTTP."""

import pytest

from flowboard.market_info import MarketInfo
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.serving import Api

NEW_YORK, WARMER = "KXHIGHNY-26NOV21-T50", "KXHIGHNY-26NOV21-T52"
COMBO, OTHER = "KXMVESPORTS-26NOV21-S1", "KXBTC-26NOV21-T1"
TAPE = f"/api/markets/{NEW_YORK}/trades?sort=largest"
SIZES = {  # Dollars of a print at 0.36: number -> market, contracts.
    1: (NEW_YORK, 10_000),
    2: (NEW_YORK, 2_000),
    3: (NEW_YORK, 50_000),
    4: (NEW_YORK, 10_000),
    5: (WARMER, 30_000),
    6: (OTHER, 90_000),
    7: (COMBO, 70_000),
    8: (NEW_YORK, 2_778),
}


@pytest.fixture
async def traded(api: Api) -> Api:
    await api.trade(
        *(
            make_trade(n, market_ticker=ticker, count_e2=100 * contracts)
            for n, (ticker, contracts) in SIZES.items()
        )
    )
    return api


def numbers(body) -> list[int]:
    return [trade["ts_ms"] - NOON_MS for trade in body["trades"]]


@pytest.mark.parametrize(
    ("path", "expected", "total"),
    [
        (TAPE, [3, 4, 1, 8], 4),
        (f"{TAPE}&limit=2", [3, 4], 4),
        (f"{TAPE}&from={NOON_MS + 4}&to={NOON_MS + 8}", [4], 1),
        (f"{TAPE}&min_notional=3600.000001", [3], 1),
        (f"{TAPE}&side=no", [], 0),
        ("/api/trades?sort=largest", [6, 3, 5, 4, 1, 8], 6),
        ("/api/trades?sort=largest&combos=include&limit=3", [6, 7, 3], 7),
        ("/api/trades?sort=largest&event=KXHIGHNY-26NOV21", [3, 5, 4, 1, 8], 5),
        (f"/api/trades?sort=largest&event=KXHIGHNY-26NOV21&tickers={WARMER}", [5], 1),
        ("/api/trades?sort=largest&event=KXNEVER,KXBTC-26NOV21", [6], 1),
        ("/api/trades?sort=largest&event=KXNEVER", [], 0),
    ],
)
async def test_they_come_by_size(
    traded: Api, path: str, expected: list[int], total: int
) -> None:
    """Of as large ones the newer first; prints below the threshold are none of them."""
    body = (await traded.get(path)).json()

    assert numbers(body) == expected
    assert (body["count"], body["total"]) == (len(expected), total)
    least = "3600.000001" if "min_notional" in path else "1000.000000"
    assert (body["cursor"], body["threshold_dollars"]) == ("", least)
    assert body["from_ms"] == (NOON_MS + 4 if "from=" in path else 0)


async def test_the_newest_of_an_event(traded: Api) -> None:
    """`event` chooses markets as the exchange has put them, page by page."""
    traded.board.markets.learn(MarketInfo(ticker=OTHER, event_ticker="KXOWN"))
    found, cursor = [], ""
    for _ in range(9):
        page = await traded.get(
            f"/api/trades?event=KXOWN,KXHIGHNY-26NOV21&limit=2&cursor={cursor}"
        )
        found += numbers(page.json())
        cursor = page.json()["cursor"]
        if not cursor:
            break
    guessed = (await traded.get("/api/trades?event=KXBTC-26NOV21")).json()

    assert found == [8, 6, 5, 4, 3, 2, 1]
    assert numbers(guessed) == []


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("sort=notional", "newest, largest"),
        ("sort=largest&cursor=abc", "one page"),
        ("sort=largest&after_seq=1", "one page"),
        ("sort=largest&from=2&to=1", "not before"),
    ],
)
async def test_what_makes_no_sense(traded: Api, query: str, named: str) -> None:
    """400 that says what would."""
    answer = await traded.get(f"/api/markets/{NEW_YORK}/trades?{query}")

    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]


async def test_of_a_market_that_was_never_seen(traded: Api) -> None:
    """404, as for its newest."""
    answer = await traded.get("/api/markets/KXNEVER-1/trades?sort=largest")

    assert answer.json()["error"]["code"] == "unknown_market"
