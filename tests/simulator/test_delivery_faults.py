"""Each fault over real sockets: delivery fails as named, trading goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import websockets

from flowboard.simulator import Simulator
from tests.simulator.client import Feed, connected, signed
from tests.simulator.conftest import StartExchange

Switch = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def exchange(start: StartExchange) -> Simulator:
    return await start(rate=400, markets=20)


@pytest.fixture
def switch(http: httpx2.AsyncClient, exchange: Simulator) -> Switch:
    async def switched(kind: str, **fields: Any) -> dict[str, Any]:
        url = f"{exchange.base}/simulator/faults"
        reply = await http.post(url, json={"kind": kind} | fields)
        assert reply.status_code == 201
        body: dict[str, Any] = reply.json()
        return body

    return switched


@pytest.fixture
async def feed(exchange: Simulator) -> AsyncIterator[Feed]:
    async with connected(exchange) as feed:
        await feed.subscribe()
        await feed.trades(2)
        yield feed


async def traded(http: httpx2.AsyncClient, exchange: Simulator) -> list[str]:
    """The ids of all trades so far."""
    reply = await http.get(f"{exchange.base}/simulator/trades")
    return [json.loads(line)["trade_id"] for line in reply.text.splitlines()]


def ids(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["msg"]["trade_id"] for frame in frames]


async def test_drop_resets_every_connection_once(
    exchange: Simulator, switch: Switch, feed: Feed
) -> None:
    """With count 1 all open connections end without a close frame, new ones live."""
    async with connected(exchange) as idle:
        await switch("drop", count=1)
        for cut in (feed, idle):
            with pytest.raises(websockets.ConnectionClosedError) as caught:
                while True:
                    await cut.frame()
            assert caught.value.rcvd is None
    async with connected(exchange) as later:
        await later.subscribe()

        assert len(await later.trades(50)) == 50


async def test_drop_goes_on_until_it_is_cleared(
    http: httpx2.AsyncClient, exchange: Simulator, switch: Switch
) -> None:
    """Without a count, each new connection is cut after its first data frame."""
    await switch("drop")
    for _ in range(2):
        async with connected(exchange) as feed:
            await feed.subscribe()
            with pytest.raises(websockets.ConnectionClosedError):
                while True:
                    await feed.frame()
    await http.delete(f"{exchange.base}/simulator/faults")
    async with connected(exchange) as feed:
        await feed.subscribe()

        assert len(await feed.trades(5)) == 5


async def test_stall_is_silent_and_leaves_no_mark(
    http: httpx2.AsyncClient, exchange: Simulator, switch: Switch, feed: Feed
) -> None:
    """The socket lives and seq does not jump, but what was traded never comes."""
    [before] = await feed.trades(1)
    await switch("stall", count=30)
    pong = await feed.socket.ping()
    await asyncio.wait_for(pong, 5)
    frames = [before, *await feed.trades(150)]
    everything = await traded(http, exchange)
    seqs = [frame["seq"] for frame in frames]
    begin, end = (everything.index(ids(frames)[place]) for place in (0, -1))
    heard = set(ids(frames))
    unheard = [at for at in range(begin, end) if everything[at] not in heard]

    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert unheard == list(range(unheard[0], unheard[0] + 30))


async def test_repeat_sends_a_frame_twice(switch: Switch, feed: Feed) -> None:
    """Both copies bear the same seq; exactly so many frames are repeated."""
    await switch("repeat", count=3)
    frames = await feed.trades(200)
    seqs = [frame["seq"] for frame in frames]

    assert len(seqs) - len(set(seqs)) == 3
    assert seqs == sorted(seqs)
    assert len(set(ids(frames))) == 197


async def test_skip_seq_leaves_a_gap(
    http: httpx2.AsyncClient, exchange: Simulator, switch: Switch, feed: Feed
) -> None:
    """The numbers of the missing frames are taken: seq still counts trades."""
    [before] = await feed.trades(1)
    await switch("skip_seq", count=4)
    frames = [before, *await feed.trades(200)]
    seqs = [frame["seq"] for frame in frames]
    everything = await traded(http, exchange)
    first = everything.index(ids(frames)[0])

    assert seqs[-1] - seqs[0] + 1 - len(seqs) == 4
    assert [everything[first + seq - seqs[0]] for seq in seqs] == ids(frames)


async def test_reset_seq_begins_at_1_again(switch: Switch, feed: Feed) -> None:
    """Numbering restarts once, without a new subscription."""
    await switch("reset_seq", count=1)
    seqs = [frame["seq"] for frame in await feed.trades(150)]
    restart = seqs.index(1)

    assert seqs[restart:] == list(range(1, 151 - restart))
    assert seqs.count(1) == 1


async def test_reset_seq_without_a_count_meets_a_subscription_once(
    switch: Switch, feed: Feed
) -> None:
    """Until it is cleared it does not restart what it has restarted."""
    await switch("reset_seq")
    seqs = [frame["seq"] for frame in await feed.trades(150)]

    assert seqs.count(1) == 1


async def test_refuse_is_a_503_for_everybody(
    http: httpx2.AsyncClient, exchange: Simulator, switch: Switch, feed: Feed
) -> None:
    """REST and handshakes are refused; who is connected stays so."""
    await switch("refuse")
    reply = await http.get(f"{exchange.rest_base}/exchange/status")
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with connected(exchange):
            pass

    assert reply.status_code == caught.value.response.status_code == 503
    assert len(await feed.trades(5)) == 5


async def test_unauthorized_refuses_what_is_signed(
    http: httpx2.AsyncClient, exchange: Simulator, switch: Switch
) -> None:
    """Good signatures get the 401 of bad ones; unsigned REST is answered."""
    await switch("unauthorized", count=2)
    path = "/trade-api/v2/exchange/status"
    url = f"{exchange.rest_base}/exchange/status"
    unsigned = await http.get(url)
    reply = await http.get(url, headers=signed(exchange, path))
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with connected(exchange):
            pass
    async with connected(exchange) as feed:
        answer = await feed.subscribe()

    assert unsigned.status_code == 200
    assert reply.status_code == caught.value.response.status_code == 401
    assert reply.json()["error"]["details"] == "INCORRECT_API_KEY_SIGNATURE"
    assert answer["type"] == "subscribed"


async def test_rate_limit_is_a_429_so_many_times(
    http: httpx2.AsyncClient, exchange: Simulator, switch: Switch
) -> None:
    """The next requests are refused, then all is well."""
    await switch("rate_limit", count=2)
    url = f"{exchange.rest_base}/exchange/status"
    replies = [await http.get(url) for _ in range(3)]

    assert [reply.status_code for reply in replies] == [429, 429, 200]
    assert replies[0].json() == {"error": "too many requests"}


async def test_malformed_frames_come_beside_the_trades(
    switch: Switch, feed: Feed
) -> None:
    """Each way of being broken occurs; every trade is still delivered, in sequence."""
    await switch("malformed", count=7)
    good: list[dict[str, Any]] = []
    broken: list[str] = []
    while len(broken) < 7 or len(good) < 20:
        text = await feed.text()
        try:
            frame = json.loads(text)
            whole = isinstance(frame["seq"], int) and isinstance(frame["msg"], dict)
        except (ValueError, TypeError, KeyError):
            whole = False
        if whole and isinstance(frame["msg"].get("trade_id"), str):
            good.append(frame)
        else:
            broken.append(text)
    seqs = [frame["seq"] for frame in good]

    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert "" in broken
    assert any(text.startswith("[") for text in broken)
    assert len(set(broken)) == 7


async def test_unknown_types_and_keys_come_beside_the_trades(
    switch: Switch, feed: Feed
) -> None:
    """A frame of no known type precedes each trade, which has keys of its own."""
    await switch("unknown", count=1)
    frame = await feed.frame()
    while frame["type"] == "trade":
        frame = await feed.frame()
    [trade] = await feed.trades(1)
    [plain] = await feed.trades(1)

    assert "seq" not in frame
    assert trade.keys() - plain.keys() == {"trace", "shard"}
    assert trade["msg"].keys() - plain["msg"].keys() == {"matching_engine", "tags"}
    assert plain["seq"] == trade["seq"] + 1


async def test_no_ts_ms_leaves_seconds_alone(switch: Switch, feed: Feed) -> None:
    """Trade frames lack `ts_ms` but keep `ts`."""
    await switch("no_ts_ms")
    frames = await feed.trades(100)

    assert "ts_ms" not in frames[-1]["msg"]
    assert frames[-1]["msg"]["ts"] == frames[-1]["sending_ts_ms"] // 1000


@pytest.mark.parametrize("shift_ms", [1, -1, 250])
async def test_rest_shift_moves_created_time_alone(
    http: httpx2.AsyncClient, start: StartExchange, tape: Path, shift_ms: int
) -> None:
    """REST's times move by so many ms; what was really traded does not."""
    exchange = await start(tape=tape, speed=None, keep_times=True, start="now")
    await exchange.exchange.grown_beyond(299)
    url = f"{exchange.rest_base}/markets/trades?limit=1"
    plain = (await http.get(url)).json()["trades"][0]
    body = {"kind": "rest_shift", "ms": shift_ms, "count": 1}
    await http.post(f"{exchange.base}/simulator/faults", json=body)
    moved = (await http.get(url)).json()["trades"][0]
    again = (await http.get(url)).json()["trades"][0]

    texts = {1: ".251Z", -1: ".249Z", 250: ".5Z"}
    assert plain["created_time"].endswith(".25Z")
    assert moved["created_time"].endswith(texts[shift_ms])
    assert moved | {"created_time": ""} == plain | {"created_time": ""}
    assert again == plain


async def test_error_25_ends_a_subscription(switch: Switch, feed: Feed) -> None:
    """The sid says nothing more; subscribing again gives a new one."""
    last = (await feed.trades(1))[0]["seq"]
    await switch("error_25", count=1)
    frame = await feed.frame()
    while frame["type"] == "trade":
        last, frame = frame["seq"], await feed.frame()
    listed = await feed.answer(await feed.send("list_subscriptions"))
    again = await feed.subscribe()
    [trade] = await feed.trades(1)

    assert (frame["sid"], frame["seq"]) == (1, last + 1)
    assert frame["msg"] == {"code": 25, "msg": "Subscription buffer overflow"}
    assert listed["msg"] == []
    assert again["msg"]["sid"] == 2
    assert (trade["sid"], trade["seq"]) == (2, 1)


async def test_a_fault_ends_by_its_seconds(
    http: httpx2.AsyncClient, exchange: Simulator, switch: Switch
) -> None:
    """After its time it is off by itself."""
    await switch("refuse", seconds=0.2)
    url = f"{exchange.rest_base}/exchange/status"
    refused = await http.get(url)
    async with asyncio.timeout(5):
        while (await http.get(url)).status_code == 503:
            await asyncio.sleep(0.02)

    assert refused.status_code == 503
    assert (await http.get(f"{exchange.base}/simulator/faults")).json() == {
        "faults": []
    }
