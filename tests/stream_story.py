"""A story in which /ws/stream sends every kind of frame, each as full as it gets."""

import asyncio
import json

from flowboard.market_info import MarketInfo, Quote
from flowboard.stream import HEARTBEAT_MS
from flowboard.stream_messages import render_trades
from flowboard.subscription import Subscription
from flowboard.trade_filter import TradeFilter
from tests.stream_serving import FRAME_S, Served, say
from tests.stream_stage import EVERYTHING, texts
from tests.trade_batches import START_MS, batch_of, make_print

FILTERED = Subscription(
    window="24h",
    sort="volume",
    filter=TradeFilter(
        tickers=("KXA",),
        series=("KXA",),
        min_notional_e6=1_000_000,
        side="yes",
        live_only=True,
    ),
)


async def told():
    """Return the texts of all frames that are sent in the story."""
    stage = Served()
    sent = beside_the_socket(stage)
    async with stage.served():
        sent += await over_the_socket(stage)
    return sent


def beside_the_socket(stage):
    """Follow a stream through beats, and through all that can happen to a reader."""
    sent = []
    begin(stage)
    client, filtered = stage.join(Subscription(limit=1)), stage.join(FILTERED)
    events = stage.join(Subscription(channels=("events",), limit=1))
    stage.beat(
        [make_print(2, START_MS + 1, ticker="KXA", count_e2=10**6)], START_MS + 1
    )
    stage.board.markets.learn(
        MarketInfo(ticker="KXA", title="Will it?", outcome="It will", expected_ms=5)
    )
    market = stage.board.markets.id_of("KXA")
    stage.board.quotes.put(market, Quote(START_MS, 3_300, 3_500))
    stage.status.coverage.advance(START_MS + 1)
    heal(stage, make_print(3, START_MS, ticker="KXB", yes=False))
    many = [make_print(4 + n, START_MS + 2, ticker="KXC") for n in range(4_500)]
    stage.beat(many, START_MS + 2)
    for _ in range(2):  # The first one tells that the feed is late.
        stage.mono_ms += HEARTBEAT_MS
        stage.hub.tick()
    sent += texts(client) + texts(filtered) + texts(events)

    client.outlet.writable.clear()
    stage.beat([make_print(4_504, START_MS + 3, ticker="KXA")], START_MS + 3)
    client.outlet.writable.set()
    stage.hub.tick()
    client.resend("again")
    sent += texts(client)

    sent += texts(stage.join(EVERYTHING, message_id=7))
    sent += texts(stage.join(Subscription(channels=("events",))))
    sent += texts(stage.join(EVERYTHING, epoch="unknown", offset=3))
    return sent


def begin(stage):
    """Let the board have a first trade, and a feed."""
    stage.status.connected(stage.mono_ms)
    stage.status.trade_received(stage.mono_ms)
    stage.status.coverage.advance(START_MS)
    stage.beat([make_print(1, ticker="KXOLD")], START_MS)


def heal(stage, late):
    """Let the board take in a trade that was not live."""
    markets = stage.board.markets
    batch = batch_of([late], markets, "heal")
    entries = render_trades(batch, markets)
    stage.board.fold(batch, entries)
    stage.disk.entries += entries


async def over_the_socket(stage):
    """Ask, come back in both ways, and be refused."""
    sent, others = [], stage.hub.clients
    async with stage.connect() as client:
        epoch = (await heard(client, sent))["epoch"]
        await say(client, type="ping", id=7)
        await say(client, type="ping")
        await say(client, type="dance", id=2)
        for _ in range(3):
            await heard(client, sent)
    await stage.clients_are(others)
    stage.beat([make_print(4_505, START_MS + 4)], START_MS + 4)
    async with stage.connect(f"?since={epoch}:0") as client:
        assert (await heard(client, sent))["type"] == "resumed"
        await heard(client, sent)
    await stage.clients_are(others)
    async with stage.connect("?since=nowhere&since_seq=0") as client:
        while not (await heard(client, sent)).get("done"):
            pass
    async with stage.connect("?window=7m") as client:
        await heard(client, sent)
    return sent


async def heard(client, sent):
    """Return the next frame, and keep its text."""
    text = await asyncio.wait_for(client.recv(), FRAME_S)
    sent.append(text)
    return json.loads(text)
