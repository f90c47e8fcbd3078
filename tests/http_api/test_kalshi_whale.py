"""KalshiWhale's endpoints: its shapes, with figures that are what they are called."""

from flowboard.http_api.kalshi_whale import THRESHOLD_DOLLARS, TOP
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.described_board import BARE, OTHER, TICKER, described
from tests.http_api.serving import Api

COMBO = "KXMVESPORTS-26NOV21-S1"


async def test_status(api: Api) -> None:
    """Running, who listens, how many markets, and when the newest trade was made."""
    await described(api)

    body = (await api.get("/api/status")).json()

    assert body == {
        "status": "running",
        "timestamp": "2026-11-21T13:00:00.123Z",
        "last_update": "2026-11-21T12:00:00.003Z",
        "active_connections": api.hub.clients,
        "total_markets": 3,
        "websocket_enabled": True,
        "feed": body["feed"],
    }
    assert body["feed"] == api.status.block(api.clock.mono_ms).state


async def test_status_before_there_is_anything(api: Api) -> None:
    """While the windows are rebuilt it says so; nothing is made up."""
    api.status.rebuilding(True)

    body = (await api.get("/api/status")).json()

    assert (body["status"], body["last_update"]) == ("starting", None)
    assert body["total_markets"] == 0


async def test_top_markets(api: Api) -> None:
    """By dollars, not by contracts; five, or as many as asked; no combos."""
    dollars = {f"KXTOP-26NOV21-T{n}": 100 * (n + 1) for n in range(7)}
    trades = [
        make_trade(n, market_ticker=ticker, yes_price_e4=100 * (n + 1), count_e2=100_00)
        for n, ticker in enumerate(dollars)
    ]
    cheap = make_trade(
        50, market_ticker="KXTOP-26NOV21-LOW", yes_price_e4=1, count_e2=900_00
    )
    combo = make_trade(51, market_ticker=COMBO, yes_price_e4=9_000, count_e2=10**7)
    await api.trade(*trades, cheap, combo)

    five = (await api.get("/api/top-markets")).json()
    two = (await api.get("/api/top-markets?limit=2")).json()

    ranked = sorted(dollars, key=lambda ticker: -dollars[ticker])
    assert [each["ticker_symbol"] for each in five["markets"]] == ranked[:TOP]
    assert [each["volume"] for each in five["markets"]] == [7, 6, 5, 4, 3]
    assert (five["count"], two["count"]) == (5, 2)
    assert two["markets"] == five["markets"][:2]
    assert five["timestamp"] == "2026-11-21T13:00:00.123Z"


async def test_whale_alerts(api: Api) -> None:
    """Markets of more dollars than the threshold: a million, or what is asked."""
    await described(api)

    usual = (await api.get("/api/whale-alerts")).json()
    lower = (await api.get("/api/whale-alerts?threshold=48.96")).json()
    lowest = (await api.get("/api/whale-alerts?threshold=0")).json()

    assert usual["threshold"] == THRESHOLD_DOLLARS == 1_000_000
    assert [each["market_ticker"] for each in usual["alerts"]] == [TICKER]
    assert usual["alerts"][0]["volume"] == 2_500_000
    assert usual["alerts"][0]["volume_millions"] == 2.5
    # One market is at exactly the threshold: it does not exceed it.
    assert {each["market_ticker"] for each in lower["alerts"]} == {TICKER, OTHER}
    assert lower["threshold"] == 48.96
    assert [each["market_ticker"] for each in lowest["alerts"]] == [TICKER, OTHER, BARE]
    assert lowest["count"] == 3


async def test_a_threshold_that_is_none(api: Api) -> None:
    """Refused by name."""
    for text in ("-1", "much", "1e6", ""):
        answer = await api.get(f"/api/whale-alerts?threshold={text}")

        assert answer.status_code == 400
        assert "threshold" in answer.json()["error"]["message"]


async def test_a_market_is_the_same_object_everywhere(api: Api) -> None:
    """Our names and the older tool's beside each other."""
    await described(api)

    (top, *_) = (await api.get("/api/top-markets")).json()["markets"]
    (alert,) = (await api.get("/api/whale-alerts")).json()["alerts"]

    assert top == alert
    assert top["ticker_symbol"] == top["market_ticker"] == TICKER
    assert top["status"] == "active"
    assert top["last_updated"].startswith("2026-11-21T12:00:00")
    assert top["yes_bid_dollars"] == "0.4900"
    assert top["last_trade_ts_ms"] == NOON_MS + 1
