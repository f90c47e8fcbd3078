"""Series, events and markets -> the objects that REST answers.

Every key that a published client insists on is there, deprecated ones included;
optional keys without a value are left out, not sent empty.
"""

from datetime import UTC, datetime

from flowboard.money import DOLLAR_E4, format_count_e2, format_price_e4
from flowboard.simulator.catalogue import Catalogue, Event, Market, Series
from flowboard.simulator.exchange import MarketTally
from flowboard.simulator.grids import levels_e4, price_ranges

DAY_MS = 86_400_000
LATEST_EXPIRATION_S = 7 * 86_400
SETTLEMENT_TIMER_S = 300
TOUCH_SIZE_E2 = 25_000
NO_QUOTE_E4 = (0, DOLLAR_E4)

JsonObject = dict[str, object]


def rfc3339(unix_s: int) -> str:
    """Return a time in UTC to the second."""
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def market_object(market: Market, tally: MarketTally | None) -> JsonObject:
    """Return a market with what has been traded in it.

    Args:
        market: From the catalogue.
        tally: None before its first trade.
    """
    bid_e4, ask_e4 = _touch(market, tally)
    quoted = format_count_e2(TOUCH_SIZE_E2 if tally else 0)
    last = format_price_e4(tally.last_e4 if tally else 0)
    volume_e2 = tally.volume_e2 if tally else 0
    updated_s = tally.last_ms // 1000 if tally else market.open_s
    shown: JsonObject = {
        "ticker": market.ticker,
        "event_ticker": market.event_ticker,
        "market_type": "binary",
        "title": market.title,
        "subtitle": market.yes_sub_title,
        "yes_sub_title": market.yes_sub_title,
        "no_sub_title": market.yes_sub_title,
        "created_time": rfc3339(market.open_s - 3_600),
        "updated_time": rfc3339(updated_s),
        "open_time": rfc3339(market.open_s),
        "close_time": rfc3339(market.close_s),
        "expected_expiration_time": rfc3339(market.close_s + 3_600),
        "expiration_time": rfc3339(market.close_s + LATEST_EXPIRATION_S),
        "latest_expiration_time": rfc3339(market.close_s + LATEST_EXPIRATION_S),
        "settlement_timer_seconds": SETTLEMENT_TIMER_S,
        "settlement_bounds_type": "default",
        "status": "active",
        "result": "",
        "can_close_early": True,
        "early_close_condition": "This market closes early once its outcome is known.",
        "expiration_value": "",
        "notional_value_dollars": "1.0000",
        "yes_bid_dollars": format_price_e4(bid_e4),
        "yes_ask_dollars": format_price_e4(ask_e4),
        "no_bid_dollars": format_price_e4(DOLLAR_E4 - ask_e4),
        "no_ask_dollars": format_price_e4(DOLLAR_E4 - bid_e4),
        "yes_bid_size_fp": quoted,
        "yes_ask_size_fp": quoted,
        "last_price_dollars": last,
        "previous_price_dollars": "0.0000",
        "previous_yes_bid_dollars": "0.0000",
        "previous_yes_ask_dollars": "0.0000",
        "volume_fp": format_count_e2(volume_e2),
        # The exchange is younger than a day, or its tape is all there is.
        "volume_24h_fp": format_count_e2(volume_e2),
        "open_interest_fp": format_count_e2(volume_e2 * 3 // 5),
        "liquidity_dollars": "0.0000",
        "fractional_trading_enabled": True,
        "price_level_structure": market.grid,
        "price_ranges": price_ranges(market.grid),
        "rules_primary": market.rules,
        "rules_secondary": "",
        "strike_type": market.strike_type,
        "exchange_index": 0,
    }
    if market.floor_strike is not None:
        shown["floor_strike"] = market.floor_strike
    if market.cap_strike is not None:
        shown["cap_strike"] = market.cap_strike
    if market.legs:
        shown["mve_collection_ticker"] = market.event_ticker.rpartition("-")[0]
        shown["mve_selected_legs"] = [
            {
                "event_ticker": leg.event_ticker,
                "market_ticker": leg.market_ticker,
                "side": leg.side,
            }
            for leg in market.legs
        ]
    return shown


def _touch(market: Market, tally: MarketTally | None) -> tuple[int, int]:
    """Return best YES bid and ask around the last price; 0 and $1 mean no quote."""
    if tally is None:
        return NO_QUOTE_E4
    levels = levels_e4(market.grid)
    bid = max((level for level in levels if level < tally.last_e4), default=0)
    ask = min((level for level in levels if level > bid), default=DOLLAR_E4)
    return bid, ask


def event_object(event: Event) -> JsonObject:
    """Return an event without its markets."""
    return {
        "event_ticker": event.ticker,
        "series_ticker": event.series_ticker,
        "title": event.title,
        "sub_title": event.sub_title,
        "collateral_return_type": "MECNET" if event.mutually_exclusive else "",
        "mutually_exclusive": event.mutually_exclusive,
        "category": event.category,
        "available_on_brokers": True,
        "settlement_sources": [],
        "exchange_index": 0,
    }


def series_object(series: Series) -> JsonObject:
    """Return a series."""
    return {
        "ticker": series.ticker,
        "title": series.title,
        "category": series.category,
        "categories": [series.category],
        "tags": list(series.tags),
        "frequency": series.frequency,
        "fee_type": "quadratic",
        "fee_multiplier": 1,
        "settlement_sources": [
            {"name": series.source, "url": "https://example.com/outcomes"}
        ],
        "contract_url": f"https://example.com/contracts/{series.ticker}",
        "contract_terms_url": f"https://example.com/terms/{series.ticker}",
        "additional_prohibitions": [],
        "exchange_index": 0,
    }


class Listing:
    """Answers which markets, events and series there are.

    Args:
        catalogue: What is listed.
        tallies: What has been traded, by market; grows while the exchange trades.
    """

    def __init__(self, catalogue: Catalogue, tallies: dict[str, MarketTally]) -> None:
        self._catalogue = catalogue
        self._tallies = tallies

    def market(self, market: Market) -> JsonObject:
        """Return one market as it is now."""
        return market_object(market, self._tallies.get(market.ticker))

    def markets_of(self, event: Event) -> list[JsonObject]:
        """Return the markets of an event as they are now."""
        return [self.market(market) for market in event.markets]

    def event(self, event: Event, *, nested: bool) -> JsonObject:
        """Return an event, with its markets inside if `nested`."""
        shown = event_object(event)
        if nested:
            shown["markets"] = self.markets_of(event)
        return shown

    def series(self, category: str | None, tags: frozenset[str]) -> list[JsonObject]:
        """Return the series of a category and with one of `tags`; None and {}: all."""
        return [
            series_object(series)
            for series in self._catalogue.series.values()
            if (category is None or series.category == category)
            and (not tags or tags & set(series.tags))
        ]
