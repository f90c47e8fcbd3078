"""Faults of handshakes, commands and single connections, and trades half told."""

import asyncio

import httpx2
import pytest
import websockets

from flowboard.simulator import Simulator
from flowboard.simulator.frames import BIG_FRAME_BYTES
from tests.simulator.client import connected, fault, mend, signed, truth
from tests.simulator.conftest import StartExchange


@pytest.fixture
async def exchange(start: StartExchange) -> Simulator:
    return await start(rate=400, markets=20)


async def told_by_rest(http: httpx2.AsyncClient, exchange: Simulator) -> set[str]:
    """Return the ids of all trades on its pages."""
    found: set[str] = set()
    query = {"limit": "1000"}
    for _ in range(40):
        reply = await http.get(f"{exchange.rest_base}/markets/trades", params=query)
        found.update(trade["trade_id"] for trade in reply.json()["trades"])
        query["cursor"] = reply.json()["cursor"]
        if not query["cursor"]:
            return found
    raise AssertionError("the pages do not end")


async def test_stall_open_silences_who_is_connected_for_ever(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Pings and commands are answered there, data never comes again; others hear all."""
    async with connected(exchange) as old:
        await old.subscribe()
        await old.trades(2)
        described = await fault(http, exchange, "stall_open")
        told = exchange.exchange.count
        await mend(http, exchange)
        async with connected(exchange) as new:
            await new.subscribe()
            heard = await new.trades(200)
        pong = await old.socket.ping()
        await asyncio.wait_for(pong, 5)
        listed = await old.answer(await old.send("list_subscriptions"))
        await old.send("unsubscribe", sids=[1])
        goodbye = await old.frame()
        while goodbye["type"] == "trade":
            goodbye = await old.frame()

    assert described["kind"] == "stall_open"
    assert [frame["seq"] for frame in heard] == list(range(1, 201))
    assert listed["msg"] == [{"channel": "trade", "sid": 1}]
    assert goodbye["type"] == "unsubscribed"
    assert goodbye["seq"] <= told + 1


async def test_freeze_never_answers_a_handshake(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """TCP is accepted, and nothing comes; the next handshake is answered."""
    await fault(http, exchange, "freeze", count=1)
    headers = signed(exchange)
    with pytest.raises(TimeoutError):
        await websockets.connect(
            exchange.ws_url, additional_headers=headers, open_timeout=0.5
        )
    async with connected(exchange) as feed:
        answer = await feed.subscribe()

    assert answer["type"] == "subscribed"


async def test_an_exchange_ends_with_a_handshake_frozen(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """It waits for nobody whom it does not answer."""
    await fault(http, exchange, "freeze")
    opening = asyncio.ensure_future(
        websockets.connect(
            exchange.ws_url, additional_headers=signed(exchange), open_timeout=30
        ).__aenter__()
    )
    async with asyncio.timeout(10):
        while not exchange._server.server_state.tasks:
            await asyncio.sleep(0)
        await exchange._stop_serving()

        with pytest.raises((websockets.InvalidHandshake, OSError)):
            await opening


async def test_mute_leaves_a_subscribe_unanswered(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Nothing is subscribed by it; other commands are answered."""
    await fault(http, exchange, "mute", count=1)
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=["trade"])
        listing = await feed.send("list_subscriptions")
        listed = await feed.frame()
        answer = await feed.subscribe()

    assert (listed["id"], listed["msg"]) == (listing, [])
    assert answer["type"] == "subscribed"


async def test_refuse_subscribe_is_error_8_then_9(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """In turn, and nothing is subscribed by it."""
    await fault(http, exchange, "refuse_subscribe", count=3)
    async with connected(exchange) as feed:
        refused = [await feed.subscribe() for _ in range(3)]
        listed = await feed.answer(await feed.send("list_subscriptions"))
        answer = await feed.subscribe()

    assert [frame["msg"] for frame in refused] == [
        {"code": 8, "msg": "Unknown channel name"},
        {"code": 9, "msg": "Authentication required"},
        {"code": 8, "msg": "Unknown channel name"},
    ]
    assert listed["msg"] == []
    assert answer["msg"]["sid"] == 1


async def test_error_10_ends_a_subscription(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """As error 25 does: the sid is silent, subscribing again gives a new one."""
    async with connected(exchange) as feed:
        await feed.subscribe()
        last = (await feed.trades(2))[-1]["seq"]
        await fault(http, exchange, "error_10", count=1)
        frame = await feed.frame()
        while frame["type"] == "trade":
            last, frame = frame["seq"], await feed.frame()
        again = await feed.subscribe()

    assert (frame["sid"], frame["seq"]) == (1, last + 1)
    assert frame["msg"] == {"code": 10, "msg": "Channel error"}
    assert again["msg"]["sid"] == 2


async def test_big_frames_come_before_the_trades(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Nine MiB each, of no known type and without seq; every trade is still there."""
    headers = signed(exchange)
    async with websockets.connect(
        exchange.ws_url, additional_headers=headers, max_size=None, max_queue=None
    ) as socket:
        await fault(http, exchange, "big_frame", count=2)
        await socket.send('{"id":1,"cmd":"subscribe","params":{"channels":["trade"]}}')
        async with asyncio.timeout(20):
            frames = [await socket.recv() for _ in range(8)]
    kinds = [frame[:20] for frame in frames[1:]]

    assert [len(frame) for frame in frames[1:4:2]] == [BIG_FRAME_BYTES] * 2
    assert [len(frame) > 1_000 for frame in frames] == [
        *(False, True, False, True),
        *(False,) * 4,
    ]
    assert kinds[0] == '{"type":"market_chro'
    assert kinds[1] == '{"type":"trade","sid'


async def test_a_big_frame_is_refused_by_a_client_with_a_cap(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """It closes with 1009, and the exchange trades on."""
    async with websockets.connect(
        exchange.ws_url, additional_headers=signed(exchange), max_size=8 * 1024 * 1024
    ) as socket:
        await fault(http, exchange, "big_frame", count=1)
        await socket.send('{"id":1,"cmd":"subscribe","params":{"channels":["trade"]}}')
        with pytest.raises(websockets.ConnectionClosedError) as caught:
            async with asyncio.timeout(20):
                while True:
                    await socket.recv()
    async with connected(exchange) as feed:
        await feed.subscribe()
        heard = await feed.trades(20)

    assert caught.value.sent is not None
    assert caught.value.sent.code == 1009
    assert [frame["seq"] for frame in heard] == list(range(1, 21))


@pytest.mark.parametrize("kind", ["hide_ws", "hide_rest"])
async def test_trades_are_told_on_one_side_alone(
    http: httpx2.AsyncClient, exchange: Simulator, kind: str
) -> None:
    """The truth has all of them, and seq does not tell."""
    async with connected(exchange) as feed:
        await feed.subscribe()
        frames = await feed.trades(5)
        await fault(http, exchange, kind, count=7)
        frames += await feed.trades(150)
    everything = [trade["trade_id"] for trade in await truth(http, exchange)]
    by_ws = [frame["msg"]["trade_id"] for frame in frames]
    by_rest = await told_by_rest(http, exchange)
    begin, end = everything.index(by_ws[0]), everything.index(by_ws[-1])
    span = everything[begin : end + 1]
    seqs = [frame["seq"] for frame in frames]

    assert seqs == list(range(1, 156))
    assert len(set(span) - set(by_ws)) == (7 if kind == "hide_ws" else 0)
    assert len(set(everything) - by_rest) == (7 if kind == "hide_rest" else 0)
