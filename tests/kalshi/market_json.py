"""Invented market objects, in the forms that the exchange has used."""

from typing import Any


def a_market(**fields: Any) -> dict[str, Any]:
    """Return a market of today's form, open and quoted."""
    return {
        "ticker": "KXRAIN-26NOV21-NYC",
        "event_ticker": "KXRAIN-26NOV21",
        "market_type": "binary",
        "title": "Will it rain in NYC on Nov 21?",
        "yes_sub_title": "Rain",
        "no_sub_title": "No rain",
        "created_time": "2026-11-20T10:00:00.123456Z",
        "updated_time": "2026-11-21T10:00:00Z",
        "open_time": "2026-11-20T11:00:00Z",
        "close_time": "2026-11-22T04:59:00Z",
        "latest_expiration_time": "2026-11-29T04:59:00Z",
        "expected_expiration_time": "2026-11-22T15:00:00Z",
        "occurrence_datetime": "2026-11-21T17:00:00Z",
        "settlement_timer_seconds": 300,
        "status": "active",
        "result": "",
        "yes_bid_dollars": "0.4100",
        "yes_ask_dollars": "0.4350",
        "no_bid_dollars": "0.5650",
        "no_ask_dollars": "0.5900",
        "yes_bid_size_fp": "120.00",
        "yes_ask_size_fp": "7.50",
        "last_price_dollars": "0.4200",
        "volume_fp": "1000.00",
        "open_interest_fp": "640.00",
        "notional_value_dollars": "1.0000",
        "can_close_early": True,
        "expiration_value": "",
        "strike_type": "custom",
        "rules_primary": "If it rains, YES.",
        "rules_secondary": "",
        "price_level_structure": "deci_cent",
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0010"}],
    } | fields


def an_old_market(**fields: Any) -> dict[str, Any]:
    """Return a market as of early 2025: whole cents, whole contracts, empty texts."""
    return {
        "ticker": "KXOLD-25MAY01-10",
        "event_ticker": "KXOLD-25MAY01",
        "market_type": "binary",
        "title": "",
        "subtitle": "",
        "yes_sub_title": "At least 10",
        "no_sub_title": "At least 10",
        "open_time": "2025-01-02T15:00:00Z",
        "close_time": "2025-05-01T03:59:00Z",
        "expected_expiration_time": "",
        "expiration_time": "2025-05-08T14:00:00Z",
        "latest_expiration_time": "2025-05-08T14:00:00Z",
        "status": "active",
        "response_price_units": "usd_cent",
        "notional_value": 100,
        "tick_size": 1,
        "yes_bid": 62,
        "yes_ask": 66,
        "no_bid": 34,
        "no_ask": 38,
        "last_price": 64,
        "volume": 1234,
        "open_interest": 500,
        "liquidity": 100000,
        "result": "",
        "category": "",
        "risk_limit_cents": 0,
        "strike_type": "greater_or_equal",
        "floor_strike": 10,
    } | fields


def an_event(**fields: Any) -> dict[str, Any]:
    """Return an event, without its markets."""
    return {
        "event_ticker": "KXGAME-26NOV21PHIDAL",
        "series_ticker": "KXGAME",
        "title": "Philadelphia at Dallas",
        "sub_title": "PHI at DAL (Nov 21)",
        "collateral_return_type": "MECNET",
        "mutually_exclusive": True,
        "category": "Sports",
        "strike_date": "2026-11-22T01:15:00Z",
        "product_metadata": {
            "competition": "Pro Football",
            "competition_scope": "Games",
        },
    } | fields


def a_series(**fields: Any) -> dict[str, Any]:
    """Return a series."""
    return {
        "ticker": "KXBTCD",
        "title": "Bitcoin price hourly",
        "category": "Crypto",
        "categories": ["Crypto"],
        "tags": ["BTC", "Hourly"],
        "frequency": "hourly",
        "fee_type": "quadratic",
        "fee_multiplier": 1,
        "settlement_sources": [],
    } | fields
