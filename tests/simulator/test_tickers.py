"""Figures of markets: what a frame says, and what a slow reader gets."""

import json
import time
from itertools import islice

import pytest

from flowboard.simulator.change_log import Change, ChangeLog
from flowboard.simulator.exchange import Exchange, wall_us
from flowboard.simulator.faults import Faults
from flowboard.simulator.sources import GeneratorSource
from flowboard.simulator.tickers import KEPT


def an_exchange(**options: float) -> Exchange:
    source = GeneratorSource(60, 100.0, 1, 60_000, wall_us, **options)
    return Exchange(source, Faults(time.monotonic))


@pytest.fixture
async def exchange() -> Exchange:
    """A minute of trades, and a reader from the start."""
    exchange = an_exchange()
    exchange.tickers.readers = 1
    await exchange.trade_history()
    return exchange


async def test_each_trade_is_told_with_its_price(exchange: Exchange) -> None:
    """One change a trade, with its market's sums; the last price lies in the touch."""
    changes = exchange.tickers.log.read(0, exchange.count)
    assert changes is not None
    volumes: dict[str, int] = {}
    for trade, change in zip(exchange.read(0, exchange.count), changes, strict=True):
        told = json.loads(change.payload)
        volume = volumes[trade.ticker] = volumes.get(trade.ticker, 0) + trade.count_e2
        held = volume * 3 // 5
        touch = "yes_ask_dollars" if trade.taker_yes else "yes_bid_dollars"

        assert change.ticker == told["market_ticker"] == trade.ticker
        assert told["price_dollars"] == f"{trade.yes_price_e4 / 10_000:.4f}"
        assert told[touch] == told["price_dollars"]
        assert told["ts_ms"] == trade.ts_ms
        assert told["volume_fp"] == f"{volume // 100}.{volume % 100:02d}"
        assert told["open_interest_fp"] == f"{held // 100}.{held % 100:02d}"
        # Half a dollar a contract, whole dollars: so in every recording.
        assert told["dollar_volume"] == volume // 200
        assert told["dollar_open_interest"] == held // 200
    exchange.close()


async def test_nothing_is_written_for_nobody() -> None:
    """Without readers the log stays empty, and the figures are there all the same."""
    exchange = an_exchange()
    await exchange.trade_history()
    ticker = exchange.read(0, 1)[0].ticker

    assert exchange.tickers.log.count == 0
    assert json.loads(exchange.tickers.payload(ticker))["volume_fp"] != "0.00"
    exchange.close()


async def test_a_reader_far_behind_gets_each_market_once(exchange: Exchange) -> None:
    """What has left the log is told by the newest figures, and nothing twice."""
    tickers = exchange.tickers
    trades = exchange.read(0, exchange.count)
    for _ in range(3 * KEPT):
        tickers.changed(trades[0].ticker)
    changes, position = tickers.read(0, 100)

    assert position == tickers.log.count
    assert tickers.log.read(0, 1) is None
    told = [change.ticker for change in changes]
    assert sorted(told) == sorted({trade.ticker for trade in trades})
    assert all(change.payload == tickers.payload(change.ticker) for change in changes)
    exchange.close()


def test_markets_are_found_by_their_ids() -> None:
    """An id is the same in every frame and exchange; unknown ones are left out."""
    exchange, other = an_exchange(), an_exchange()
    exchange.close()
    other.close()
    tickers = exchange.tickers
    named = list(islice(exchange.catalogue.markets, 2))
    ids = [tickers.market_id(ticker) for ticker in named]

    assert tickers.named([*ids, "0" * 8]) == frozenset(named)
    assert ids == [other.tickers.market_id(ticker) for ticker in named]
    assert json.loads(tickers.payload(named[0]))["market_id"] == ids[0]


def test_a_price_of_nothing_is_a_zero_or_empty() -> None:
    """Untraded markets have 0.0000, and under the fault an empty string."""
    faults = Faults(time.monotonic)
    exchange = Exchange(GeneratorSource(5, 1.0, 1, 0, wall_us), faults)
    ticker = next(iter(exchange.catalogue.markets))
    before = json.loads(exchange.tickers.payload(ticker))
    faults.add({"kind": "empty_price"})
    after = json.loads(exchange.tickers.payload(ticker))
    exchange.close()

    assert before["price_dollars"] == "0.0000"
    assert (before["yes_bid_dollars"], before["yes_ask_dollars"]) == (
        "0.0000",
        "1.0000",
    )
    assert after == before | {"price_dollars": ""}


async def test_a_log_drops_its_oldest() -> None:
    """It keeps at least so many; who asks for older ones is told that they are gone."""
    log = ChangeLog(10)
    for number in range(100):
        log.append(Change("ticker", str(number), b""))
    await log.grown_beyond(99)
    kept = log.read(90, 100)

    assert log.count == 100
    assert kept is not None
    assert [change.ticker for change in kept] == [str(n) for n in range(90, 100)]
    assert log.read(0, 1) is None
    assert log.read(100, 1) == []
