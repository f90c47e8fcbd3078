"""What the exchange might say of markets, for tests of the answers about them."""

from types import SimpleNamespace
from typing import Any

from flowboard.market_info import EventInfo, Leg, MarketInfo, Quote, SeriesInfo
from tests.database.made_trades import NOON_MS
from tests.http_api.serving import Api

HIGH_50, HIGH_52 = "KXHIGHNY-26NOV21-T50", "KXHIGHNY-26NOV21-T52"
GAME_PHI, GAME_DAL = "KXNFLGAME-26NOV21PHIDAL-PHI", "KXNFLGAME-26NOV21PHIDAL-DAL"
COMBO = "KXMVESPORTS-26NOV21-S1"
QUIET = "KXQUIET-26NOV21-T1"
HOUR_MS = 3_600_000

INFOS = (
    SeriesInfo(
        ticker="KXHIGHNY",
        title="Highest temperature in New York",
        category="Climate and Weather",
        tags=("Daily",),
        frequency="daily",
        fee_type="quadratic",
    ),
    EventInfo(
        ticker="KXHIGHNY-26NOV21",
        series_ticker="KXHIGHNY",
        title="High in New York?",
        category="Climate and Weather",
    ),
    EventInfo(
        ticker="KXNFLGAME-26NOV21PHIDAL",
        series_ticker="KXNFLGAME",
        title="Philadelphia at Dallas",
        sub_title="PHI at DAL (Nov 21)",
        category="Sports",
        league="NFL",
        scope="Games",
        mutually_exclusive=True,
    ),
    MarketInfo(
        ticker=HIGH_50,
        event_ticker="KXHIGHNY-26NOV21",
        title="High in New York above 50?",
        outcome="51 or above",
        status="active",
        close_ms=NOON_MS + 9 * HOUR_MS,
        strike_type="greater",
        floor_strike=50.0,
    ),
    MarketInfo(
        ticker=HIGH_52,
        event_ticker="KXHIGHNY-26NOV21",
        title="High in New York above 52?",
        outcome="53 or above",
        status="finalized",
        result="no",
        settlement_value_e4=0,
        close_ms=NOON_MS - HOUR_MS,
        strike_type="greater",
        floor_strike=52.0,
    ),
    MarketInfo(
        ticker=GAME_PHI,
        event_ticker="KXNFLGAME-26NOV21PHIDAL",
        title="Philadelphia at Dallas Winner?",
        outcome="Philadelphia",
        status="active",
        occurrence_ms=NOON_MS + HOUR_MS,
    ),
    MarketInfo(
        ticker=GAME_DAL,
        event_ticker="KXNFLGAME-26NOV21PHIDAL",
        title="Philadelphia at Dallas Winner?",
        outcome="Dallas",
        status="active",
        occurrence_ms=NOON_MS + HOUR_MS,
    ),
    MarketInfo(
        ticker=COMBO,
        event_ticker="KXMVESPORTS-26NOV21",
        status="active",
        legs=(
            Leg("KXNFLGAME-26NOV21PHIDAL", GAME_PHI, "yes"),
            Leg("KXHIGHNY-26NOV21", HIGH_50, "no"),
        ),
    ),
    MarketInfo(
        ticker=QUIET, title="<b>Quiet</b>\u00e9?", outcome="Yes", status="initialized"
    ),
)


def resources_of(api: Api) -> Any:
    """Return as much of `Resources` as an object is made of."""
    return SimpleNamespace(board=api.board)


def learn(api: Api) -> None:
    """Tell the board all of it."""
    for info in INFOS:
        api.board.markets.learn(info)


def quote(**changes: Any) -> Quote:
    """Return a quote; name only what the test is about."""
    values = {
        "ts_ms": NOON_MS + 500,
        "bid_e4": 3_500,
        "ask_e4": 3_700,
        "bid_size_e2": 12_000,
        "ask_size_e2": 900,
        "open_interest_e2": 5_000_000,
    }
    return Quote(**(values | changes))
