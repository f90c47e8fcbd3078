"""The board as a whole over HTTP."""

from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.serving import WALL_MS, Api


async def test_stats_of_the_window_clients_and_counters(api: Api) -> None:
    """Totals over the window asked for, combos too; what the feed has counted."""
    api.status.count("frames", 7)
    await api.trade(
        make_trade(1, ts_ms=NOON_MS - 600_000),
        make_trade(2),
        make_trade(3, market_ticker="KXMVESPORTS-26NOV21-S1"),
    )

    body = (await api.get("/api/stats")).json()
    longer = (await api.get("/api/stats?window=1h")).json()

    counters = body.pop("counters")
    assert body == {
        "trades_total": 3,
        "trades_per_s": 0.03,
        "active_markets": 2,
        "notional_dollars": "97.920000",
        "timestamp": "2026-11-21T13:00:00.123Z",
        "seq": 3,
        "ts_ms": NOON_MS + 3,
        "window": "5m",
        "window_from_ms": NOON_MS - 299_000,
        "window_to_ms": NOON_MS + 1_000,
        "window_covered_ms": 300_000,
        "clients": 3,
    }
    assert counters == api.status.counters
    assert counters["frames"] == 7
    assert longer["notional_dollars"] == "146.880000"
    assert longer["window_to_ms"] == NOON_MS + 60_000


async def test_before_the_first_trade_all_is_zero(api: Api) -> None:
    """A new installation has stats, too."""
    api.hub.clients = 0

    body = (await api.get("/api/stats")).json()

    assert (body["trades_total"], body["trades_per_s"], body["clients"]) == (0, 0, 0)
    assert body["notional_dollars"] == "0.000000"
    assert body["ts_ms"] == WALL_MS
