"""A published client, unmodified but for its URLs, works against the simulator."""

from typing import Any

import pytest
from pykalshi import AsyncKalshiClient, MarketStatus
from pykalshi.exceptions import AuthenticationError, ResourceNotFoundError
from pykalshi.feed import MarketLifecycleMessage, TickerMessage, TradeMessage

from flowboard.simulator import Simulator
from tests.simulator.conftest import StartExchange


@pytest.fixture
async def exchange(start: StartExchange) -> Simulator:
    return await start(rate=400, markets=150, history_ms=2_000)


def client_of(exchange: Simulator) -> AsyncKalshiClient:
    return AsyncKalshiClient(
        api_key_id=exchange.key_id,
        private_key_path=str(exchange.private_key_path),
        api_base=exchange.rest_base,
    )


async def test_it_subscribes_to_trades(exchange: Simulator) -> None:
    """Its feed connects, gets typed trades, and maps the sid of its subscription."""
    trades: list[TradeMessage] = []
    async with client_of(exchange) as client:
        feed = client.feed()
        feed._ws_url = exchange.ws_url
        feed.subscribe("trade")
        await feed.connect()
        async for message in feed:
            assert isinstance(message, TradeMessage)
            trades.append(message)
            if len(trades) == 100:
                break
        sids = dict(feed._sids)
        await feed.disconnect()

    assert sids == {1: {"channels": ["trade"]}}
    assert all(trade.taker_outcome_side in ("yes", "no") for trade in trades)
    assert all(trade.ts_ms and trade.count_fp for trade in trades)


async def test_it_subscribes_to_one_market(exchange: Simulator) -> None:
    """`market_ticker` in the singular, as it sends it, is a filter."""
    ticker = exchange.exchange.read(0, 1)[0].ticker
    async with client_of(exchange) as client:
        feed = client.feed()
        feed._ws_url = exchange.ws_url
        feed.subscribe("trade", market_ticker=ticker)
        await feed.connect()
        async for message in feed:
            assert message.market_ticker == ticker
            break
        await feed.disconnect()


async def test_it_subscribes_to_tickers(exchange: Simulator) -> None:
    """Frames are of its model, with every figure that the model has."""
    tickers: list[TickerMessage] = []
    async with client_of(exchange) as client:
        feed = client.feed()
        feed._ws_url = exchange.ws_url
        feed.subscribe("ticker")
        await feed.connect()
        async for message in feed:
            assert isinstance(message, TickerMessage)
            tickers.append(message)
            if len(tickers) == 100:
                break
        await feed.disconnect()

    for ticker in tickers:
        told = ticker.model_dump()
        assert None not in told.values(), told
        assert float(told["yes_bid_dollars"]) < float(told["yes_ask_dollars"])


async def test_it_follows_the_lives_of_markets(start: StartExchange) -> None:
    """It reads steps of lives, and markets that are over with their results."""
    exchange = await start(rate=50, markets=60, lifecycle_rate=3_600)
    kinds: set[str] = set()
    async with client_of(exchange) as client:
        feed = client.feed()
        feed._ws_url = exchange.ws_url
        feed.subscribe("market_lifecycle_v2")
        await feed.connect()
        over = None
        async for message in feed:
            if isinstance(message, MarketLifecycleMessage):
                kinds.add(message.event_type)
                if message.event_type == "determined":
                    over = message.market_ticker
                    break
        await feed.disconnect()
        assert over is not None
        market = await client.get_market(over)
        closed = await client.get_markets(status=MarketStatus.CLOSED)

    assert {"created", "close_date_updated", "determined"} <= kinds
    assert market.data.result in ("yes", "no", "scalar")
    assert over in {found.ticker for found in closed}


async def test_it_pages_through_rest(exchange: Simulator) -> None:
    """All pages of trades, markets, events; single objects; status; balance."""
    async with client_of(exchange) as client:
        count = exchange.exchange.count
        trades = await client.get_trades(limit=250, fetch_all=True)
        markets = await client.get_markets(
            status=MarketStatus.OPEN, limit=40, fetch_all=True
        )
        events = await client.get_events(limit=20, fetch_all=True)
        series = await client.get_all_series()
        market = await client.get_market(markets[0].ticker)
        event = await client.get_event(events[0].event_ticker, with_nested_markets=True)
        one = await client.get_series(series[0].ticker)
        status = await client.exchange.get_status()
        balance = await client.portfolio.get_balance()
    ids = [trade.trade_id for trade in trades]
    times = [trade.created_time for trade in trades]

    assert len(ids) == len(set(ids)) >= count
    assert [t for t in times if t] == times
    assert len({market.ticker for market in markets}) == len(markets) == 150
    assert len({event.event_ticker for event in events}) == len(events) > 20
    assert market.ticker == markets[0].ticker
    assert event.event_ticker == events[0].event_ticker
    assert one.ticker == series[0].ticker
    assert status.exchange_active
    assert balance.balance > 0


async def test_its_errors_are_understood(exchange: Simulator) -> None:
    """A market that is none, and a key of nobody, raise what its users expect."""
    async with client_of(exchange) as client:
        with pytest.raises(ResourceNotFoundError):
            await client.get_market("KXNONE-1")
        stranger: Any = client
        stranger.api_key_id = "00000000-0000-0000-0000-000000000000"
        with pytest.raises(AuthenticationError):
            await client.portfolio.get_balance()
