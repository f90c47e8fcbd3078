"""Markets -> what REST says of them, as JSON: a page of a thousand in milliseconds.

Every key that a published client insists on is there, deprecated ones included;
optional keys without a value are left out, not sent empty.
"""

from datetime import UTC, datetime
from functools import lru_cache

import orjson

from flowboard.money import DOLLAR_E4, format_count_e2
from flowboard.simulator.catalogue import Market
from flowboard.simulator.grids import price_ranges
from flowboard.simulator.hostile_titles import Titles
from flowboard.simulator.lives import Life
from flowboard.simulator.market_tally import MarketTally
from flowboard.simulator.prints import PRICE_TEXTS
from flowboard.simulator.quotes import Quote

LATEST_EXPIRATION_S = 7 * 86_400
LISTED_BEFORE_S = 3_600
EARLY_CLOSE = "This market closes early once its outcome is known."


@lru_cache(maxsize=65_536)
def rfc3339(unix_s: int) -> str:
    """Return a time in UTC to the second."""
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=16)
def _grid(label: str) -> str:
    ranges = orjson.dumps(price_ranges(label)).decode()
    return f'"price_level_structure":"{label}","price_ranges":{ranges}'


def _text(value: str) -> str:
    return orjson.dumps(value).decode()


class MarketWriter:
    """Writes markets.

    Args:
        titles: What they are called.
        timer_s: How long after its determination a market settles.
    """

    def __init__(self, titles: Titles, timer_s: int) -> None:
        self._titles = titles
        self._timer_s = timer_s

    def write(
        self,
        market: Market,
        life: Life | None,
        tally: MarketTally | None,
        quote: Quote,
        *,
        bare: bool = False,
    ) -> bytes:
        """Return a market as one JSON object.

        Args:
            market: From the catalogue.
            life: None if nothing has happened to it.
            tally: None before its first trade.
            quote: The touch.
            bare: Leave out every key that may be missing.
        """
        head = _required(market, life, tally, quote, self._timer_s, self._titles)
        more = "" if bare else _optional(market, self._titles)
        return f"{{{head}{_outcome(life)}{more}}}".encode()


def _required(
    market: Market,
    life: Life | None,
    tally: MarketTally | None,
    quote: Quote,
    timer_s: int,
    titles: Titles,
) -> str:
    last, volume, held, traded_s = PRICE_TEXTS[0], "0.00", "0.00", 0
    if tally is not None:
        last, traded_s = PRICE_TEXTS[tally.last_e4], tally.last_ms // 1000
        volume = format_count_e2(tally.volume_e2)
        held = format_count_e2(tally.open_interest_e2)
    close_s, status, result = market.close_s, "active", ""
    if life is not None:
        close_s, status, result = life.close_s, life.status, life.result
        traded_s = max(traded_s, life.updated_ms // 1000)
    created_s = market.created_s or market.open_s - LISTED_BEFORE_S
    expires = rfc3339(close_s + LATEST_EXPIRATION_S)
    outcome = _text(titles.of(market.ticker, market.yes_sub_title))
    value = "" if life is None else life.outcome
    return (
        f'"ticker":"{market.ticker}","event_ticker":"{market.event_ticker}",'
        f'"market_type":"binary","yes_sub_title":{outcome},"no_sub_title":{outcome},'
        f'"created_time":"{rfc3339(created_s)}",'
        f'"updated_time":"{rfc3339(traded_s or market.open_s)}",'
        f'"open_time":"{rfc3339(market.open_s)}","close_time":"{rfc3339(close_s)}",'
        f'"expiration_time":"{expires}","latest_expiration_time":"{expires}",'
        f'"settlement_timer_seconds":{timer_s},"settlement_bounds_type":"default",'
        f'"status":"{status}","result":"{result}","can_close_early":true,'
        f'"expiration_value":{_text(value)},"notional_value_dollars":"1.0000",'
        f'"yes_bid_dollars":"{PRICE_TEXTS[quote.bid_e4]}",'
        f'"yes_ask_dollars":"{PRICE_TEXTS[quote.ask_e4]}",'
        f'"no_bid_dollars":"{PRICE_TEXTS[DOLLAR_E4 - quote.ask_e4]}",'
        f'"no_ask_dollars":"{PRICE_TEXTS[DOLLAR_E4 - quote.bid_e4]}",'
        f'"yes_bid_size_fp":"{format_count_e2(quote.bid_size_e2)}",'
        f'"yes_ask_size_fp":"{format_count_e2(quote.ask_size_e2)}",'
        f'"last_price_dollars":"{last}","previous_price_dollars":"0.0000",'
        '"previous_yes_bid_dollars":"0.0000","previous_yes_ask_dollars":"0.0000",'
        # The exchange is younger than a day, or its tape is all there is.
        f'"volume_fp":"{volume}","volume_24h_fp":"{volume}","open_interest_fp":"{held}",'
        '"liquidity_dollars":"0.0000","fractional_trading_enabled":true,'
        f"{_grid(market.grid)},"
        f'"rules_primary":{_text(market.rules)},"rules_secondary":""'
    )


def _outcome(life: Life | None) -> str:
    if life is None or life.paid_e4 is None:
        return ""
    shown = f',"settlement_value_dollars":"{PRICE_TEXTS[life.paid_e4]}"'
    if life.settled_s:
        shown += f',"settlement_ts":"{rfc3339(life.settled_s)}"'
    return shown


def _optional(market: Market, titles: Titles) -> str:
    parts = [
        f',"title":{_text(titles.of(market.ticker, market.title))}',
        f',"strike_type":"{market.strike_type}","exchange_index":0',
        f',"early_close_condition":"{EARLY_CLOSE}"',
    ]
    if market.strike_type != "structured":
        subtitle = _text(titles.of(market.ticker, market.yes_sub_title))
        parts.append(f',"subtitle":{subtitle}')
    if market.expected_s is not None:
        expected = rfc3339(market.expected_s)
        parts.append(f',"expected_expiration_time":"{expected}"')
    if market.occurrence_s is not None:
        parts.append(f',"occurrence_datetime":"{rfc3339(market.occurrence_s)}"')
    if market.floor_strike is not None:
        parts.append(f',"floor_strike":{_number(market.floor_strike)}')
    if market.cap_strike is not None:
        parts.append(f',"cap_strike":{_number(market.cap_strike)}')
    if market.custom_strike:
        custom = orjson.dumps(dict(market.custom_strike)).decode()
        parts.append(f',"custom_strike":{custom}')
    if market.legs:
        legs = ",".join(
            f'{{"event_ticker":"{leg.event_ticker}",'
            f'"market_ticker":"{leg.market_ticker}","side":"{leg.side}"}}'
            for leg in market.legs
        )
        collection = market.event_ticker.rpartition("-")[0]
        parts.append(f',"mve_collection_ticker":"{collection}"')
        parts.append(f',"mve_selected_legs":[{legs}]')
    return "".join(parts)


def _number(value: float) -> str:
    return orjson.dumps(value).decode()
