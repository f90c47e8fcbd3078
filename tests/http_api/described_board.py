"""A board with something of everything: trades, what markets are, quotes."""

from flowboard.http_api.query_keys import PATH_PARTS
from flowboard.market_info import EventInfo, MarketInfo, Quote, SeriesInfo
from tests.database.made_trades import NOON_MS, make_trade
from tests.http_api.serving import Api

TICKER = str(PATH_PARTS["ticker"].default)  # That of every example.
EVENT = str(PATH_PARTS["event_ticker"].default)
SERIES = "KXHIGHNY"
OTHER = "KXBTC-26NOV21-B95000"
BARE = "KXELSE-26NOV21-T1"  # Of which nothing is known but a trade.


async def described(api: Api) -> Api:
    """Fill the board: one market with all that can be said, and two with less."""
    learn = api.board.markets.learn
    learn(
        SeriesInfo(
            ticker=SERIES, title="Highest temperature in New York", category="Climate"
        )
    )
    learn(
        EventInfo(
            ticker=EVENT,
            series_ticker=SERIES,
            title="Highest temperature in New York on Nov 21",
            category="Climate",
            league="Daily",
        )
    )
    learn(
        MarketInfo(
            ticker=TICKER,
            event_ticker=EVENT,
            title="Above 50° in New York today?",
            outcome="50° or above",
            status="active",
            open_ms=NOON_MS - 86_400_000,
            close_ms=NOON_MS + 43_200_000,
            strike_type="greater",
            floor_strike=50.0,
        )
    )
    await api.trade(
        make_trade(1, count_e2=5_000_000_00, yes_price_e4=5_000),
        make_trade(2, market_ticker=OTHER, count_e2=300_00, taker_yes=False),
        make_trade(3, market_ticker=BARE),
    )
    markets = api.board.markets
    api.board.quotes.put(
        markets.id_of(TICKER), Quote(NOON_MS, 4_900, 5_100, 100_00, 50_00, 1_000_00)
    )
    api.status.connected(api.clock.mono_ms)
    return api
