"""The market object of every answer."""

from uuid import UUID

import pytest

from flowboard.http_api.market_ids import market_id
from flowboard.http_api.market_objects import market_object, short_objects
from flowboard.market_info import MarketInfo
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.known_markets import (
    HIGH_50,
    HIGH_52,
    QUIET,
    learn,
    quote,
    resources_of,
)
from tests.http_api.serving import Api


async def test_a_market_that_is_described_quoted_and_traded(unserved: Api) -> None:
    """Names, touch, figures of a day, and the names of older tools, all at once."""
    learn(unserved)
    await unserved.trade(
        make_trade(1, count_e2=10_000, yes_price_e4=4_000),
        make_trade(2, count_e2=4_000, yes_price_e4=3_000, taker_yes=False),
    )
    unserved.board.quotes.put(0, quote(ts_ms=NOON_MS + 7_250))

    found = market_object(resources_of(unserved), HIGH_50)

    assert found["title"].startswith("High in New York above 50?")
    wanted = {
        "market_ticker": HIGH_50,
        "ticker_symbol": HIGH_50,
        "outcome": "51 or above",
        "event_ticker": "KXHIGHNY-26NOV21",
        "event_title": "High in New York?",
        "series_ticker": "KXHIGHNY",
        "category": "Climate and Weather",
        "league": "",
        "status": "active",
        "result": "",
        "settlement_value_dollars": None,
        "close_ts_ms": NOON_MS + 9 * 3_600_000,
        "ends_by": "close",
        "yes_price_dollars": "0.3000",
        "yes_bid_dollars": "0.3500",
        "yes_ask_dollars": "0.3700",
        "yes_bid_size_fp": "120.00",
        "yes_ask_size_fp": "9.00",
        "spread_dollars": "0.0200",
        "mid_dollars": "0.3600",
        "open_interest_fp": "50000.00",
        "quote_ts_ms": NOON_MS + 7_250,
        "volume_24h_fp": "140.00",
        "notional_24h_dollars": "68.000000",
        "net_flow_24h_fp": "60.00",
        "trade_count_24h": 2,
        "last_trade_ts_ms": NOON_MS + 2,
        "volume": 68.0,
        "volume_millions": 0.000068,
        "last_updated": "2026-11-21T12:00:07.250Z",
    }
    assert {key: found[key] for key in wanted} == wanted


async def test_a_market_of_which_nothing_is_known(unserved: Api) -> None:
    """The same keys; nothing is made up."""
    known = market_object(resources_of(unserved), HIGH_50)
    learn(unserved)
    settled = market_object(resources_of(unserved), HIGH_52)

    assert known.keys() == settled.keys()
    assert (known["status"], known["title"], known["volume"]) == ("unknown", None, 0.0)
    assert known["last_updated"] is None
    assert known["yes_price_dollars"] is known["yes_bid_dollars"] is None
    assert (settled["result"], settled["settlement_value_dollars"]) == ("no", "0.0000")


@pytest.mark.parametrize(
    ("bid_e4", "ask_e4", "shown"),
    [
        (0, 400, [None, "0.0400", None, None]),
        (9_900, 10_000, ["0.9900", None, None, None]),
        (0, 10_000, [None, None, None, None]),
    ],
)
async def test_a_side_without_orders_is_null(
    unserved: Api, bid_e4: int, ask_e4: int, shown: list[str | None]
) -> None:
    """No price is made of what is not there."""
    market = unserved.board.markets.id_of(QUIET)
    unserved.board.quotes.put(market, quote(bid_e4=bid_e4, ask_e4=ask_e4))

    found = market_object(resources_of(unserved), QUIET)

    keys = ("yes_bid_dollars", "yes_ask_dollars", "mid_dollars", "spread_dollars")
    assert [found[key] for key in keys] == shown


async def test_what_the_board_has_forgotten_is_described_from_elsewhere(
    unserved: Api,
) -> None:
    """A market that was settled long ago, as the disk knows it."""
    info = MarketInfo(ticker="KXOLD-1", title="Old?", status="finalized", result="yes")

    found = market_object(resources_of(unserved), "KXOLD-1", info)

    assert (found["title"], found["result"]) == ("Old?", "yes")
    assert unserved.board.markets.directory.market("KXOLD-1") is None


async def test_short_objects_come_in_the_order_asked(unserved: Api) -> None:
    """Known or not."""
    learn(unserved)

    found = short_objects(resources_of(unserved), [HIGH_52, "KXNO-1", HIGH_50])

    assert [each["market_ticker"] for each in found] == [HIGH_52, "KXNO-1", HIGH_50]
    assert [each["floor_strike"] for each in found] == [52.0, None, 50.0]


def test_ids_stay_what_they_are() -> None:
    """They are made of the ticker and a name space of our own."""
    assert market_id(HIGH_50) == UUID("46fa9fa7-2140-51ee-9cd4-e18d6c41a322")
    assert market_id(HIGH_50) != market_id(HIGH_52)
