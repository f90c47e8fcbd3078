"""Whale prints over HTTP."""

import json

import pytest

from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.serving import Api

COMBO = "KXMVESPORTS-26NOV21-S1"
WHALE_E2 = 500_000  # 5,000 contracts at 36 cents.


async def test_largest_first_and_nothing_below_the_threshold(api: Api) -> None:
    """The stream's trade objects, the threshold, and what the window is."""
    await api.trade(
        make_trade(1, count_e2=WHALE_E2),
        make_trade(2, count_e2=WHALE_E2, taker_yes=False),
        make_trade(3),
        make_trade(4, count_e2=2 * WHALE_E2, market_ticker=COMBO),
    )

    body = (await api.get("/api/whales")).json()

    prints = [json.loads(e.json) for e in api.board.whale_prints("5m", False)]
    assert body == {
        "whales": prints,
        "count": 2,
        "timestamp": "2026-11-21T13:00:00.123Z",
        "seq": 4,
        "ts_ms": NOON_MS + 4,
        "window": "5m",
        "window_from_ms": NOON_MS - 299_000,
        "window_to_ms": NOON_MS + 1_000,
        "window_covered_ms": 999,
        "threshold_dollars": "1000.000000",
        "combos": "exclude",
    }
    assert [p["notional_dollars"] for p in prints] == ["3200.000000", "1800.000000"]


@pytest.mark.parametrize(
    ("query", "seqs"),
    [
        ("?combos=include", [3, 2]),
        ("?combos=include&limit=1", [3]),
        ("?window=15m", [2, 1]),
    ],
)
async def test_the_query_chooses(api: Api, query: str, seqs: list[int]) -> None:
    """Combos, fewer, or a window that still has the older print."""
    await api.trade(
        make_trade(1, ts_ms=NOON_MS - 600_000, count_e2=WHALE_E2),
        make_trade(2, count_e2=2 * WHALE_E2),
        make_trade(3, count_e2=3 * WHALE_E2, market_ticker=COMBO),
    )

    body = (await api.get(f"/api/whales{query}")).json()

    assert [whale["seq"] for whale in body["whales"]] == seqs


async def test_fifty_at_most(api: Api) -> None:
    """However many are wanted."""
    await api.trade(*(make_trade(n, count_e2=WHALE_E2 + n) for n in range(1, 61)))

    body = (await api.get("/api/whales?limit=1000")).json()

    assert [whale["seq"] for whale in body["whales"]] == list(range(60, 10, -1))
