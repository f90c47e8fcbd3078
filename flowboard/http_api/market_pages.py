"""/api/markets/{ticker}: all that a page about one market needs, in one answer."""

import asyncio
from statistics import median_high
from typing import Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response

from flowboard.aggregator.cells import NO_FLOW, TRADES, YES_FLOW
from flowboard.board import Board
from flowboard.database.history import Entries
from flowboard.http_api.answers import answer, listed
from flowboard.http_api.candles import (
    INTERVALS_MS,
    candle_objects,
    gap_object,
    open_gaps,
)
from flowboard.http_api.market_objects import (
    DAY,
    described,
    infos_on_disk,
    is_known,
    iso,
    market_object,
    price,
    short_objects,
    sums_of,
)
from flowboard.http_api.market_rules import rules_of
from flowboard.http_api.query import Query
from flowboard.http_api.refusals import UnknownMarket
from flowboard.http_api.resources import Resources
from flowboard.market_info import MarketInfo
from flowboard.models import WINDOWS_MS, price_of_key
from flowboard.money import format_dollars_e6
from flowboard.stream_messages import row_object

PRINTS = 50
INTERVAL = "5m"
CANDLES = 144  # Twelve hours.
SIBLINGS_MAX = 100
MINUTE_MS = 60_000
# Of a hot row: what depends on the window.
WINDOW_KEYS = (
    "yes_price_dollars",
    "first_yes_price_dollars",
    "first_mid_dollars",
    "change_dollars",
    "notional_dollars",
    "yes_flow_dollars",
    "no_flow_dollars",
    "net_flow_fp",
    "volume_fp",
    "trade_count",
    "heat",
    "sparkline",
)

Fields = dict[str, Any]


async def market_page(resources: Resources, _: Query, request: Request) -> Response:
    """Answer with a market, its event, rules, figures, newest trades and candles."""
    ticker = request.path_params["ticker"]
    store, board = resources.store, resources.board
    directory = board.markets.directory
    info = directory.market(ticker)
    if info is None:  # Settled long ago, perhaps: then the disk knows it.
        info = (await infos_on_disk(resources, [ticker])).get(ticker)
        if info is None and not is_known(resources, ticker):
            raise UnknownMarket(ticker)
        if info is None:
            resources.want(ticker)
    known = described(board.markets.directory, info)
    event_ticker, series_ticker = known.event_of(ticker), known.series_of(ticker)
    interval_ms, now_ms = INTERVALS_MS[INTERVAL], resources.as_of_ms()
    to_ms = (now_ms // interval_ms + 1) * interval_ms
    from_ms = to_ms - CANDLES * interval_ms
    page, raws = await asyncio.gather(
        store.history.page(ticker, PRINTS, interval_ms, from_ms, to_ms),
        store.listings.raws(ticker, event_ticker, series_ticker),
    )
    gaps = open_gaps(resources, ticker, from_ms, now_ms)
    candles = candle_objects(page.candles.candles, interval_ms, gaps, now_ms)
    market = _with_last(market_object(resources, ticker, info), page.trades)
    return answer(
        {
            "market": market,
            "event": _event(resources, event_ticker, ticker),
            "series": _series(resources, series_ticker),
            "rules": rules_of(*raws),
            "legs": _legs(resources, info),
            "windows": _windows(resources, ticker),
            "usual": _usual(resources, ticker, page.trades),
            **listed("trades", (entry.json for entry in page.trades.entries)),
            "cursor": page.trades.cursor,
            "candles": [orjson.Fragment(candle) for candle in candles],
            "interval": INTERVAL,
            "candles_from_ms": from_ms,
            "candles_to_ms": to_ms,
            "gaps": [gap_object(gap) for gap in gaps],
            "since_ms": resources.status.coverage.since_ms,
            "complete_to_ms": resources.status.coverage.complete_to_ms,
            "timestamp": resources.timestamp(),
            "seq": board.seq,
            "ts_ms": now_ms,
        }
    )


def _with_last(market: Fields, trades: Entries) -> Fields:
    """Return a market's object with the last price, from disk if memory has none."""
    counted = [entry for entry in trades.entries if entry.counted]
    if market["last_trade_ts_ms"] is None and counted:
        last = max(counted, key=lambda entry: entry.order_key)
        market["yes_price_dollars"] = price(price_of_key(last.order_key))
        market["last_trade_ts_ms"] = last.ts_ms
        quote_ms = market["quote_ts_ms"] or 0
        market["last_updated"] = iso(max(last.ts_ms, quote_ms))
    return market


def _event(resources: Resources, event_ticker: str, ticker: str) -> Fields:
    markets = resources.board.markets
    event = markets.directory.event(event_ticker)
    beside, count = _beside(resources.board, event_ticker, ticker)
    shown = short_objects(resources, [ticker, *beside])
    return {
        "event_ticker": event_ticker,
        "series_ticker": markets.directory.series_of(ticker),
        "title": event.title if event else "",
        "sub_title": event.sub_title if event else "",
        "category": markets.directory.category_of(ticker),
        "league": event.league if event else "",
        "scope": event.scope if event else "",
        "mutually_exclusive": event.mutually_exclusive if event else None,
        "strike_ts_ms": event.strike_ms if event else None,
        "markets": sorted(shown, key=_by_strike),
        "market_count": count,
    }


def _beside(board: Board, event_ticker: str, ticker: str) -> tuple[list[str], int]:
    """Return the markets beside one, of very many the largest, and how many there are.

    Some may be traded that nobody has described yet, and others described and never
    traded.
    """
    markets, sums = board.markets, board.aggregator.sums(DAY)
    number = markets.event_id(event_ticker)
    ids = (markets.event == (-1 if number is None else number)).nonzero()[0]
    untraded = [
        member
        for member in markets.directory.members(event_ticker)
        if markets.find(member) is None and member != ticker
    ]
    ids = ids[ids != markets.find(ticker)]
    count = 1 + len(ids) + len(untraded)
    if count > SIBLINGS_MAX:
        there = ids[ids < sums.shape[1]]
        paid = sums[YES_FLOW, there] + sums[NO_FLOW, there]
        ids = there[np.argsort(-paid, kind="stable")]
    beside = [markets.tickers[market] for market in ids[:SIBLINGS_MAX].tolist()]
    return (beside + untraded)[: SIBLINGS_MAX - 1], count


def _by_strike(market: Fields) -> tuple[float, str]:
    strikes = (market["floor_strike"], market["cap_strike"])
    lowest = next((strike for strike in strikes if strike is not None), 0.0)
    return lowest, market["market_ticker"]


def _series(resources: Resources, series_ticker: str) -> Fields:
    series = resources.board.markets.directory.series(series_ticker)
    return {
        "series_ticker": series_ticker,
        "title": series.title if series else "",
        "category": series.category if series else "",
        "tags": series.tags if series else (),
        "frequency": series.frequency if series else "",
        "fee_type": series.fee_type if series else "",
    }


def _legs(resources: Resources, info: MarketInfo | None) -> list[Fields]:
    """Return the conditions of a combo, each with what is known of its market."""
    if info is None:
        return []
    told = short_objects(resources, (leg.market_ticker for leg in info.legs))
    return [
        {**market, "event_ticker": leg.event_ticker, "side": leg.side}
        for leg, market in zip(info.legs, told, strict=True)
    ]


def _windows(resources: Resources, ticker: str) -> Fields:
    """Return the figures of each window; null where there was no trade in it."""
    market = resources.board.markets.find(ticker)
    found: Fields = {}
    for window in WINDOWS_MS:
        rows = {} if market is None else resources.rows.rows(window, [market])
        figures = None
        for row in rows.values():
            fields = {key: row.fields[key] for key in WINDOW_KEYS if key in row.fields}
            figures = orjson.Fragment(row_object(fields))
        found[window] = figures
    return found


def _usual(resources: Resources, ticker: str, trades: Entries) -> Fields:
    """Return what is usual in a market, to compare a print with."""
    board = resources.board
    figures = sums_of(board, DAY)(board.markets.find(ticker))
    count, notional_e6 = figures[TRADES], figures[YES_FLOW] + figures[NO_FLOW]
    minutes = board.covered_ms(DAY) // MINUTE_MS
    prints = [entry.notional_e6 for entry in trades.entries]
    return {
        "trade_count_24h": count,
        "mean_print_dollars": _dollars(notional_e6 // count if count else None),
        "a_minute_dollars": _dollars(notional_e6 // minutes if minutes else None),
        "prints": len(prints),
        "median_print_dollars": _dollars(median_high(prints) if prints else None),
        "largest_print_dollars": _dollars(max(prints, default=None)),
    }


def _dollars(amount_e6: int | None) -> str | None:
    return None if amount_e6 is None else format_dollars_e6(amount_e6)
