"""`ticker` and the lifecycle channels over real WebSockets."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from flowboard.simulator.change_log import Change, ChangeLog
from flowboard.simulator.change_subscriptions import LIFECYCLE, LifeSubscription
from tests.simulator.client import Feed, connected, fault, mend
from tests.simulator.conftest import StartExchange

T0, T1, T2 = (f"KXTAPE-26SEP21-T{number}" for number in range(3))


async def of_type(feed: Feed, kind: str, count: int) -> list[dict[str, Any]]:
    """Return the next frames of a type; others are read over."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        frame = await feed.frame()
        if frame["type"] == kind:
            found.append(frame)
    return found


async def test_the_whole_exchange_is_told_without_numbers(
    start: StartExchange,
) -> None:
    """The ack first, then changes of many markets; no frame has a seq."""
    exchange = await start(rate=200, quote_rate=100)
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=["ticker"])
        ack = await feed.frame()
        frames = await of_type(feed, "ticker", 300)

    assert ack["msg"] == {"channel": "ticker", "sid": 1}
    assert {frame["sid"] for frame in frames} == {1}
    assert not any("seq" in frame for frame in frames)
    assert len({frame["msg"]["market_ticker"] for frame in frames}) > 20


async def test_quotes_move_without_trades(start: StartExchange) -> None:
    """Each frame differs from the one before of its market; volumes may stay."""
    exchange = await start(rate=1, quote_rate=300, markets=20)
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=["ticker"])
        frames = await of_type(feed, "ticker", 400)
    last: dict[str, dict[str, Any]] = {}
    still = 0
    for frame in frames:
        told = {
            k: v for k, v in frame["msg"].items() if k not in ("ts", "ts_ms", "time")
        }
        before = last.get(told["market_ticker"])
        if before is not None:
            assert told != before
            still += told["volume_fp"] == before["volume_fp"]
        last[told["market_ticker"]] = told

    assert still > 300


async def test_trades_and_tickers_agree(start: StartExchange) -> None:
    """A trade's frame is followed, in its market, by figures of its millisecond."""
    exchange = await start(rate=300, quote_rate=100, markets=30)
    trades: dict[str, dict[str, Any]] = {}
    told: dict[tuple[str, int], set[str]] = {}
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=["ticker", "trade"])
        while len(trades) < 300:
            frame = await feed.frame()
            body = frame["msg"]
            if frame["type"] == "trade":
                trades[body["trade_id"]] = body
            elif frame["type"] == "ticker":
                key = (body["market_ticker"], body["ts_ms"])
                told.setdefault(key, set()).add(body["price_dollars"])
        for frame in await of_type(feed, "ticker", 300):
            key = (frame["msg"]["market_ticker"], frame["msg"]["ts_ms"])
            told.setdefault(key, set()).add(frame["msg"]["price_dollars"])

    for trade in trades.values():
        key = (trade["market_ticker"], trade["ts_ms"])
        assert trade["yes_price_dollars"] in told[key]


async def test_filter_snapshot_and_update(start: StartExchange, tape: Path) -> None:
    """Named markets alone, at once if wanted; added and taken away; by id as well."""
    exchange = await start(tape=tape, speed=50)
    market_id = exchange.exchange.tickers.market_id(T1)
    async with connected(exchange) as feed:
        await feed.subscribe()
        await feed.trades(10)
        snapshot = {"channels": ["ticker"], "send_initial_snapshot": True}
        await feed.send("subscribe", **snapshot, market_tickers=[T0, "KXNONE-1"])
        [first] = await of_type(feed, "ticker", 1)
        tell = {"sid": 2, "send_initial_snapshot": True}
        add = await feed.send(
            "update_subscription", **tell, action="add_markets", market_ids=[market_id]
        )
        both = await feed.answer(add)
        drop = await feed.send(
            "update_subscription", sid=2, action="delete_markets", market_tickers=[T0]
        )
        one = await feed.answer(drop)
        rest = await of_type(feed, "ticker", 5)
        listed = await feed.answer(await feed.send("list_subscriptions"))

    assert first["msg"]["market_ticker"] == T0
    assert first["msg"]["volume_fp"] != "0.00"
    assert both["msg"]["market_tickers"] == ["KXNONE-1", T0, T1]
    assert one["msg"]["market_tickers"] == ["KXNONE-1", T1]
    assert "seq" not in both
    assert {frame["msg"]["market_ticker"] for frame in rest} == {T1}
    assert listed["msg"] == [
        {"channel": "trade", "sid": 1},
        {"channel": "ticker", "sid": 2},
    ]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"channels": ["ticker"], "market_ids": ["no-id"]}, 11),
        ({"channels": ["ticker"], "market_id": 7}, 1),
        (
            {
                "channels": ["trade"],
                "market_id": "0" * 8 + "-1111" * 3 + "-" + "0" * 12,
            },
            11,
        ),
    ],
)
async def test_wrong_ids_are_errors(
    start: StartExchange, params: dict[str, Any], code: int
) -> None:
    """Ids are for `ticker`, and look like ids."""
    exchange = await start(rate=1)
    async with connected(exchange) as feed:
        answer = await feed.answer(await feed.send("subscribe", **params))

    assert (answer["type"], answer["msg"]["code"]) == ("error", code)


async def test_an_end_is_an_end_and_a_new_one_lives(start: StartExchange) -> None:
    """After `unsubscribe` nothing comes; a later subscription is not ended with it."""
    exchange = await start(rate=100, quote_rate=100)
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=["ticker", "trade"])
        await of_type(feed, "ticker", 3)
        gone = await feed.answer(await feed.send("unsubscribe", sids=[1]))
        silent = exchange.exchange.tickers.readers
        await feed.send("subscribe", channels=["ticker"])
        frames = await of_type(feed, "ticker", 50)
        listed = await feed.answer(await feed.send("list_subscriptions"))

    assert (gone["type"], "seq" in gone) == ("unsubscribed", False)
    assert silent == 0
    assert {frame["sid"] for frame in frames} == {3}
    assert listed["msg"] == [
        {"channel": "trade", "sid": 2},
        {"channel": "ticker", "sid": 3},
    ]


async def test_lives_are_numbered_and_cannot_be_filtered(start: StartExchange) -> None:
    """seq counts from 1 over events and markets; an update is error 13."""
    exchange = await start(rate=20, markets=60, lifecycle_rate=3_600, quote_rate=0)
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=["market_lifecycle_v2"])
        ack = await feed.frame()
        frames = [await feed.frame() for _ in range(10)]
        update = await feed.send(
            "update_subscription", sid=1, action="add_markets", market_tickers=["X"]
        )
        error = await feed.answer(update)

    assert ack["msg"] == {"channel": "market_lifecycle_v2", "sid": 1}
    assert frames[0]["type"] == "event_lifecycle"
    assert [frame["seq"] for frame in frames] == list(range(1, 11))
    assert error["msg"]["code"] == 13
    assert error["seq"] > 10


def test_a_life_reader_that_lost_steps_ends_with_error_25() -> None:
    """There is no newest state that would make up for them."""
    log = ChangeLog(5)
    held = LifeSubscription(LIFECYCLE, 1, log)
    for number in range(50):
        log.append(Change("market_lifecycle_v2", str(number), b"{}"))
    [frame] = held.take(10, 0)

    assert b'"code":25' in frame
    assert held.ended


async def test_faults_silence_channels(
    http: httpx2.AsyncClient, start: StartExchange
) -> None:
    """`stall_quotes` tickers alone, `stall` all of them; afterwards they go on."""
    exchange = await start(rate=200, quote_rate=100, lifecycle_rate=3_600)
    channels = ["ticker", "trade", "market_lifecycle_v2"]
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=channels)
        await of_type(feed, "ticker", 5)
        await fault(http, exchange, "stall_quotes")
        await feed.trades(50)
        kinds = {(await feed.frame())["type"] for _ in range(100)}
        async with asyncio.timeout(20):
            await of_type(feed, "market_lifecycle_v2", 3)
        await mend(http, exchange)
        await of_type(feed, "ticker", 5)
        await fault(http, exchange, "stall")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                while True:  # What was on its way, then nothing.
                    await feed.frame()
        await mend(http, exchange)
        await of_type(feed, "ticker", 5)

    assert "trade" in kinds
    assert "ticker" not in kinds
