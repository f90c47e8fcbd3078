"""Steps in the lives of markets -> what the lifecycle channels say of them.

Markets open and close by their clocks: nothing is said of that. Combos have a channel
of their own.
"""

import orjson

from flowboard.money import format_price_e4
from flowboard.simulator.catalogue import Event, Market, Series
from flowboard.simulator.change_log import Change
from flowboard.simulator.grids import price_ranges
from flowboard.simulator.hostile_titles import Titles
from flowboard.simulator.life_events import LifeEvent

SINGLES = "market_lifecycle_v2"
COMBOS = "multivariate_market_lifecycle"
EVENTS = "event_lifecycle"


def changes_of(step: LifeEvent, is_combo: bool, titles: Titles) -> list[Change]:
    """Return the frames of a step, each with the type that it bears.

    Args:
        step: What happens.
        is_combo: Whether its markets are combos.
        titles: What things are called.
    """
    found = []
    if step.listed is not None:
        series, event = step.listed
        found.append(Change(EVENTS, event.ticker, _event(series, event, titles)))
        for market in event.markets:
            body = _created(market, titles)
            found.append(_change(market.ticker, is_combo, body))
        return found
    if step.kind in ("opened", "closed"):
        return []
    for number, ticker in enumerate(step.tickers):
        body = {"market_ticker": ticker, "event_type": step.kind}
        body |= _details(step, number)
        found.append(_change(ticker, is_combo, body))
    return found


def _change(ticker: str, is_combo: bool, body: dict[str, object]) -> Change:
    return Change(COMBOS if is_combo else SINGLES, ticker, orjson.dumps(body))


def _details(step: LifeEvent, number: int) -> dict[str, object]:
    at_s = step.at_us // 1_000_000
    match step.kind:
        case "close_date_updated":
            return {"close_ts": step.close_s}
        case "determined":
            paid_e4 = step.paid_e4[number]
            result = {0: "no", 10_000: "yes"}.get(paid_e4, "scalar")
            return {
                "determination_ts": at_s,
                "result": result,
                "settlement_value": format_price_e4(paid_e4),
            }
        case "settled":
            return {"settled_ts": at_s}
        case _:
            return {"is_deactivated": step.kind == "deactivated"}


def _event(series: Series, event: Event, titles: Titles) -> bytes:
    body: dict[str, object] = {
        "event_ticker": event.ticker,
        "exchange_index": 0,
        "title": titles.of(event.ticker, event.title),
        "subtitle": event.sub_title,
        "collateral_return_type": "MECNET" if event.mutually_exclusive else "",
        "series_ticker": series.ticker,
    }
    if event.strike_s is not None:
        body["strike_date"] = event.strike_s
    if event.strike_period:
        body["strike_period"] = event.strike_period
    return orjson.dumps(body)


def _created(market: Market, titles: Titles) -> dict[str, object]:
    title = titles.of(market.ticker, market.title)
    about: dict[str, object] = {
        "name": market.yes_sub_title,
        "title": title,
        "yes_sub_title": titles.of(market.ticker, market.yes_sub_title),
        "no_sub_title": market.yes_sub_title,
        "rules_primary": market.rules,
        "rules_secondary": "",
        "can_close_early": True,
        "event_ticker": market.event_ticker,
        "strike_type": market.strike_type,
    }
    if market.expected_s is not None:
        about["expected_expiration_ts"] = market.expected_s
    if market.floor_strike is not None:
        about["floor_strike"] = market.floor_strike
    if market.cap_strike is not None:
        about["cap_strike"] = market.cap_strike
    if market.custom_strike:
        about["custom_strike"] = dict(market.custom_strike)
    return {
        "market_ticker": market.ticker,
        "event_type": "created",
        "exchange_index": 0,
        "open_ts": market.open_s,
        "close_ts": market.close_s,
        "additional_metadata": about,
        "price_level_structure": market.grid,
        "price_ranges": price_ranges(market.grid),
    }
