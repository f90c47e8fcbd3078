"""A market -> what every answer says of it, under one set of names.

Prices, contracts and dollars are fixed-point strings under the exchange's own names. The
names that older tools read (`ticker_symbol`, `volume`, `volume_millions`,
`last_updated`) stand beside them; their `volume` is the dollars of the last 24 hours.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from flowboard.aggregator.cells import NO_COUNT, NO_FLOW, TRADES, YES_COUNT, YES_FLOW
from flowboard.board import Board
from flowboard.directory import Directory
from flowboard.http_api.market_ids import market_id
from flowboard.http_api.resources import Resources
from flowboard.market_info import MarketInfo, Quote
from flowboard.market_label import Label, label_of
from flowboard.money import (
    DOLLAR_E4,
    DOLLAR_E6,
    format_count_e2,
    format_price_e4,
)

DAY = "24h"
UNKNOWN = "unknown"  # The status before the exchange has told one.

NOTHING: Mapping[str, MarketInfo] = MappingProxyType({})

Fields = dict[str, Any]
Sums = Callable[[int | None], tuple[int, ...]]


def is_known(resources: Resources, ticker: str) -> bool:
    """Whether a market was ever traded or quoted here, or is described."""
    markets = resources.board.markets
    return markets.find(ticker) is not None or bool(markets.directory.market(ticker))


def market_object(
    resources: Resources, ticker: str, info: MarketInfo | None = None
) -> Fields:
    """Return the object of a market, whether it was ever traded or described or not.

    Args:
        resources: The board.
        ticker: The market.
        info: What is known of it, where the board has forgotten that.
    """
    directory = described(resources.board.markets.directory, info)
    sums = sums_of(resources.board, DAY)
    return _object(resources.board, sums, ticker, directory)


def market_objects(
    resources: Resources,
    tickers: Iterable[str],
    infos: Mapping[str, MarketInfo] = NOTHING,
) -> list[Fields]:
    """Return the objects of markets, in the order asked.

    Args:
        resources: The board.
        tickers: The markets.
        infos: What is known of those that the board has forgotten, by ticker.
    """
    board = resources.board
    sums, directory = sums_of(board, DAY), board.markets.directory
    return [
        _object(board, sums, ticker, described(directory, infos.get(ticker)))
        for ticker in tickers
    ]


async def infos_on_disk(
    resources: Resources, tickers: Iterable[str]
) -> dict[str, MarketInfo]:
    """Return what the disk knows of those markets that the board has forgotten.

    Raises:
        StoreError: The file cannot be read.
    """
    directory = resources.board.markets.directory
    asked = [ticker for ticker in tickers if directory.market(ticker) is None]
    found = await resources.store.listings.infos(asked) if asked else []
    return {info.ticker: info for info in found}


def short_objects(resources: Resources, tickers: Iterable[str]) -> list[Fields]:
    """Return as much of markets as stands in a list beside another one."""
    board = resources.board
    sums, markets = sums_of(board, DAY), board.markets
    found: list[Fields] = []
    for ticker in tickers:
        market = markets.find(ticker)
        label = _label(board, market, ticker, markets.directory)
        info = markets.directory.market(ticker)
        quote = None if market is None else board.quotes.quote(market)
        last = None if market is None else board.aggregator.last_trade(market)
        figures = sums(market)
        bid_e4, ask_e4, mid_e4 = touch_of(quote)
        found.append(
            {
                "market_ticker": ticker,
                "title": label.title,
                "outcome": label.outcome,
                "short_label": label.short_label,
                "status": label.status or UNKNOWN,
                "result": label.result,
                "floor_strike": None if info is None else info.floor_strike,
                "cap_strike": None if info is None else info.cap_strike,
                "yes_price_dollars": price(None if last is None else last[1]),
                "yes_bid_dollars": price(bid_e4),
                "yes_ask_dollars": price(ask_e4),
                "mid_dollars": price(mid_e4),
                "notional_24h_dollars": dollars(figures[YES_FLOW] + figures[NO_FLOW]),
                "net_flow_24h_fp": format_count_e2(
                    figures[YES_COUNT] - figures[NO_COUNT]
                ),
                "trade_count_24h": figures[TRADES],
            }
        )
    return found


def described(directory: Directory, info: MarketInfo | None) -> Directory:
    """Return a directory that knows a market: a small one if `directory` has not."""
    if info is None or directory.market(info.ticker) is not None:
        return directory
    small = Directory()
    small.put_market(info)
    event = directory.event(info.event_ticker)
    if event is not None:
        small.put_event(event)
        series = directory.series(event.series_ticker)
        if series is not None:
            small.put_series(series)
    return small


def sums_of(board: Board, window: str) -> Sums:
    """Return what gives a market's figures over a window, by its id; 0 without one."""
    columns = board.aggregator.sums(window)
    known = columns.shape[1]

    def figures(market: int | None) -> tuple[int, ...]:
        if market is None or market >= known:
            return (0,) * len(columns)
        return tuple(columns[:, market].tolist())

    return figures


def iso(ts_ms: int) -> str:
    """Return Unix ms as ISO 8601, UTC, to the millisecond."""
    seconds, ms = divmod(ts_ms, 1_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03}Z"


@lru_cache(32_768)
def price(price_e4: int | None) -> str | None:
    """Return a price as a string of dollars, None where there is none."""
    return None if price_e4 is None else format_price_e4(price_e4)


def dollars(amount_e6: int) -> str:
    """Return what was paid, which is never below nothing, as a string."""
    return f"{amount_e6 // 1_000_000}.{amount_e6 % 1_000_000:06}"


def contracts(count_e2: int) -> str:
    """Return contracts, never below none, as a string."""
    return f"{count_e2 // 100}.{count_e2 % 100:02}"


def touch_of(quote: Quote | None) -> tuple[int | None, int | None, int | None]:
    """Return best bid, best ask and mid; None for what there is not."""
    if quote is None:
        return None, None, None
    bid_e4 = quote.bid_e4 if quote.bid_e4 > 0 else None
    ask_e4 = quote.ask_e4 if quote.ask_e4 < DOLLAR_E4 else None
    return bid_e4, ask_e4, quote.mid_e4


def touch_fields(quote: Quote | None) -> Fields:
    """Return the fields of a quote: null where there is no order, or no quote."""
    if quote is None:
        return {
            "yes_bid_dollars": None,
            "yes_ask_dollars": None,
            "yes_bid_size_fp": None,
            "yes_ask_size_fp": None,
            "spread_dollars": None,
            "mid_dollars": None,
            "open_interest_fp": None,
            "quote_ts_ms": None,
        }
    bid_e4, ask_e4, mid_e4 = touch_of(quote)
    return {
        "yes_bid_dollars": price(bid_e4),
        "yes_ask_dollars": price(ask_e4),
        "yes_bid_size_fp": format_count_e2(quote.bid_size_e2),
        "yes_ask_size_fp": format_count_e2(quote.ask_size_e2),
        "spread_dollars": price(quote.spread_e4),
        "mid_dollars": price(mid_e4),
        "open_interest_fp": format_count_e2(quote.open_interest_e2),
        "quote_ts_ms": quote.ts_ms,
    }


def _object(board: Board, sums: Sums, ticker: str, directory: Directory) -> Fields:
    market = board.markets.find(ticker)
    info = directory.market(ticker)
    quote = None if market is None else board.quotes.quote(market)
    last = None if market is None else board.aggregator.last_trade(market)
    figures = sums(market)
    notional_e6 = figures[YES_FLOW] + figures[NO_FLOW]
    last_ms, last_e4 = (None, None) if last is None else last
    times = [ms for ms in (last_ms, None if quote is None else quote.ts_ms) if ms]
    label = _label(board, market, ticker, directory)
    return {
        "market_ticker": ticker,
        "ticker_symbol": ticker,
        "id": str(market_id(ticker)),
        **_said(label, info),
        "yes_price_dollars": price(last_e4),
        **touch_fields(quote),
        "volume_24h_fp": contracts(figures[YES_COUNT] + figures[NO_COUNT]),
        "notional_24h_dollars": dollars(notional_e6),
        "net_flow_24h_fp": format_count_e2(figures[YES_COUNT] - figures[NO_COUNT]),
        "trade_count_24h": figures[TRADES],
        "last_trade_ts_ms": last_ms,
        "volume": round(notional_e6 / DOLLAR_E6, 2),
        "volume_millions": round(notional_e6 / DOLLAR_E6**2, 6),
        "last_updated": iso(max(times)) if times else None,
    }


def _label(
    board: Board, market: int | None, ticker: str, directory: Directory
) -> Label:
    if market is None or directory is not board.markets.directory:
        return label_of(ticker, directory)
    return board.markets.label(market)


def _said(label: Label, info: MarketInfo | None) -> Fields:
    """Return what the exchange says of a market; the same keys before it says it."""
    return {
        "title": label.title,
        "outcome": label.outcome,
        "short_label": label.short_label,
        "event_ticker": label.event_ticker,
        "event_title": label.event_title,
        "series_ticker": label.series_ticker,
        "category": label.category,
        "league": label.league,
        "status": label.status or UNKNOWN,
        "result": label.result,
        "settlement_value_dollars": price(
            None if info is None else info.settlement_value_e4
        ),
        "open_ts_ms": None if info is None else info.open_ms,
        "close_ts_ms": None if info is None else info.close_ms,
        "ends_ts_ms": label.ends_ms,
        "ends_by": label.ends_by,
    }
