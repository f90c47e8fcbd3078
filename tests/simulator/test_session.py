"""A client's session over a real WebSocket: commands, sids, seqs, errors."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import websockets

from flowboard.simulator.connection import HEARTBEAT_EVERY_S
from tests.simulator.client import connected, signed
from tests.simulator.conftest import StartExchange

T0, T1, T2 = (f"KXTAPE-26SEP21-T{number}" for number in range(3))


async def test_the_ack_comes_before_the_data(start: StartExchange, tape: Path) -> None:
    """`subscribed` is first, sids and seqs count from 1, frames end in a newline."""
    exchange = await start(tape=tape, speed=None)
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=["trade"])
        texts = [await feed.text() for _ in range(301)]
    frames = [json.loads(text) for text in texts]

    assert frames[0]["type"] == "subscribed"
    assert frames[0]["id"] == 1
    assert frames[0]["msg"] == {"channel": "trade", "sid": 1}
    assert [frame["seq"] for frame in frames[1:]] == list(range(1, 301))
    assert {frame["sid"] for frame in frames[1:]} == {1}
    assert all(text.endswith("}\n") and ": " not in text for text in texts)
    assert all(type(frame["sending_ts_ms"]) is int for frame in frames)


async def test_binary_commands_are_read(start: StartExchange, tape: Path) -> None:
    """A command in a binary frame is as good as one in a text frame."""
    exchange = await start(tape=tape)
    async with connected(exchange) as feed:
        command = {"id": 7, "cmd": "subscribe", "params": {"channels": ["trade"]}}
        await feed.socket.send(json.dumps(command).encode())
        answer = await feed.frame()

    assert (answer["type"], answer["id"]) == ("subscribed", 7)


async def test_a_filter_is_obeyed(start: StartExchange, tape: Path) -> None:
    """With markets named in either way, only their trades come."""
    exchange = await start(tape=tape, speed=None)
    async with connected(exchange) as one, connected(exchange) as two:
        await one.send("subscribe", channels=["trade"], market_ticker=T1)
        await two.subscribe(T0, T2)
        singles = await one.trades(100)
        pairs = await two.trades(100)

    assert {frame["msg"]["market_ticker"] for frame in singles} <= {T1}
    assert {frame["msg"]["market_ticker"] for frame in pairs} == {T0, T2}
    assert [frame["seq"] for frame in singles] == list(range(1, 101))


async def test_a_repeated_subscribe_merges(start: StartExchange, tape: Path) -> None:
    """The answer is `ok` with the sorted list, on the same sid, with its next seq."""
    exchange = await start(tape=tape, speed=0.001)
    async with connected(exchange) as feed:
        await feed.subscribe(T2)
        merged = await feed.subscribe(T0, T2)
        again = await feed.subscribe(T0)
        short = await feed.send(
            "subscribe", channels=["trade"], market_ticker=T1, skip_ticker_ack=True
        )
        silent = await feed.answer(short)
        whole = await feed.subscribe()
        after = await feed.subscribe(T0)

    assert (merged["type"], merged["sid"]) == ("ok", 1)
    assert merged["msg"] == {"market_tickers": [T0, T2]}
    assert again["msg"] == {"market_tickers": [T0, T2]}
    assert silent["msg"] == {}
    # Once it is about the whole exchange it stays so: the wider filter wins.
    assert whole["msg"] == after["msg"] == {"market_tickers": []}
    seqs = [frame["seq"] for frame in (merged, again, silent, whole, after)]
    assert seqs == sorted(seqs)


async def test_acks_take_numbers_of_their_sid(start: StartExchange, tape: Path) -> None:
    """Trades, `ok`, scoped errors and `unsubscribed` share one unbroken numbering."""
    exchange = await start(tape=tape, speed=50)
    async with connected(exchange) as feed:
        await feed.subscribe()
        frames: list[dict[str, Any]] = []
        for command in (
            {"cmd": "subscribe", "channels": ["trade"]},
            {"cmd": "update_subscription", "sids": [1], "action": "get_snapshot"},
            {"cmd": "update_subscription", "sid": 1, "action": "add_markets"},
            {"cmd": "unsubscribe", "sids": [1]},
        ):
            frames += await feed.trades(3)
            command_id = await feed.send(**command)  # type: ignore[arg-type]
            while frames[-1].get("id") != command_id:
                frames.append(await feed.frame())

    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    kinds = [frame["type"] for frame in frames if frame["type"] != "trade"]
    assert kinds == ["ok", "error", "error", "unsubscribed"]
    assert "msg" not in frames[-1]


async def test_updates_change_the_filter(start: StartExchange, tape: Path) -> None:
    """`add_markets` and `delete_markets` answer with the whole list, and hold."""
    exchange = await start(tape=tape, speed=50)
    async with connected(exchange) as feed:
        await feed.subscribe(T0)
        more = await feed.answer(
            await feed.send(
                "update_subscription",
                sids=[1],
                market_tickers=[T2, T1],
                action="add_markets",
            )
        )
        less = await feed.answer(
            await feed.send(
                "update_subscription",
                sid=1,
                market_tickers=[T0, T1],
                action="delete_markets",
            )
        )
        rest = await feed.trades(5)

    assert more["msg"]["market_tickers"] == [T0, T1, T2]
    assert less["msg"]["market_tickers"] == [T2]
    assert {frame["msg"]["market_ticker"] for frame in rest} == {T2}


async def test_after_unsubscribe_a_new_sid_begins_at_1(
    start: StartExchange, tape: Path
) -> None:
    """Sids are never used twice on a connection; each numbers its own frames."""
    exchange = await start(tape=tape, speed=50)
    async with connected(exchange) as feed:
        await feed.subscribe()
        await feed.trades(3)
        bye = await feed.answer(await feed.send("unsubscribe", sids=[1]))
        empty = await feed.answer(await feed.send("list_subscriptions"))
        again = await feed.subscribe()
        listed = await feed.answer(await feed.send("list_subscriptions"))
        [first] = await feed.trades(1)

    assert bye["type"] == "unsubscribed"
    assert empty["msg"] == []
    assert again["msg"]["sid"] == 2
    assert listed["msg"] == [{"channel": "trade", "sid": 2}]
    assert "sid" not in listed
    assert (first["sid"], first["seq"] >= 1) == (2, True)


@pytest.mark.parametrize(
    ("message", "code", "scoped"),
    [
        ("no json", 1, False),
        ("[1]", 1, False),
        ("", 1, False),
        ('{"id":"x","cmd":"subscribe"}', 1, False),
        ('{"id":9,"cmd":7}', 1, False),
        ('{"id":9,"cmd":"subscribe","params":[]}', 1, False),
        ('{"id":9,"cmd":"subscribe","params":{"channels":"trade"}}', 1, False),
        ('{"id":9,"cmd":"unsubscribe","params":{"sids":["1"]}}', 1, False),
        ('{"id":9,"cmd":"subscribe"}', 2, False),
        ('{"id":9,"cmd":"unsubscribe"}', 2, False),
        ('{"id":9,"cmd":"update_subscription"}', 2, False),
        ('{"id":9,"cmd":"subscribe","params":{}}', 3, False),
        ('{"id":9,"cmd":"subscribe","params":{"channels":[]}}', 3, False),
        ('{"id":9,"cmd":"unsubscribe","params":{}}', 4, False),
        ('{"id":9}', 5, False),
        ('{"id":9,"cmd":"dance"}', 5, False),
        ('{"id":9,"cmd":"unsubscribe","params":{"sids":[99]}}', 7, False),
        ('{"id":9,"cmd":"update_subscription","params":{"sid":9}}', 7, False),
        ('{"id":9,"cmd":"subscribe","params":{"channels":["ticker_v2"]}}', 8, False),
        (
            '{"id":9,"cmd":"subscribe","params":{"channels":["trade"],'
            '"market_ticker":"A","market_tickers":["B"]}}',
            11,
            False,
        ),
        ('{"id":9,"cmd":"update_subscription","params":{}}', 12, False),
        ('{"id":9,"cmd":"update_subscription","params":{"sids":[1,2]}}', 12, False),
        (
            '{"id":9,"cmd":"update_subscription","params":{"sids":[1],'
            '"action":"get_snapshot","market_tickers":["A"]}}',
            13,
            True,
        ),
        (
            '{"id":9,"cmd":"update_subscription","params":{"sids":[1],'
            '"action":"add_markets"}}',
            14,
            True,
        ),
        ('{"id":9,"cmd":"update_subscription","params":{"sids":[1]}}', 15, True),
        (
            '{"id":9,"cmd":"update_subscription","params":{"sids":[1],'
            '"action":"delete_markets","market_ticker":"A"}}',
            11,
            True,
        ),
    ],
)
async def test_a_wrong_command_has_its_error(
    start: StartExchange, tape: Path, message: str, code: int, scoped: bool
) -> None:
    """The code is the exchange's; an error of a subscription bears its sid and seq."""
    exchange = await start(tape=tape, speed=0.001)
    async with connected(exchange) as feed:
        await feed.subscribe()
        await feed.trades(1)
        await feed.socket.send(message)
        error = await feed.frame()

    assert error["type"] == "error"
    assert error["msg"]["code"] == code
    assert error["msg"]["msg"]
    assert error.get("id") == (9 if '"id":9' in message else None)
    assert ("sid" in error, "seq" in error) == (scoped, scoped)


async def test_each_channel_is_answered_on_its_own(
    start: StartExchange, tape: Path
) -> None:
    """A channel that is not served is error 8; the others are subscribed."""
    exchange = await start(tape=tape, speed=0.001)
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=["orderbook_delta", "trade"])
        first, second = await feed.frame(), await feed.frame()

    assert (first["type"], first["msg"]["code"], first["id"]) == ("error", 8, 1)
    assert (second["type"], second["msg"]["sid"]) == ("subscribed", 1)


async def test_id_0_counts_as_none(start: StartExchange) -> None:
    """The answer to a command with id 0 has no id."""
    exchange = await start(rate=1)
    async with connected(exchange) as feed:
        await feed.socket.send('{"id":0,"cmd":"list_subscriptions"}')
        answer = await feed.frame()

    assert "id" not in answer
    assert answer["msg"] == []


@pytest.mark.parametrize(
    ("change", "code", "details"),
    [
        ({"skew_ms": -30_000}, "header_timestamp_expired", None),
        (
            {"key_id": "00000000-0000-0000-0000-000000000000"},
            "authentication_error",
            "NOT_FOUND",
        ),
        (
            {"path": "/trade-api/v2/ws"},
            "authentication_error",
            "INCORRECT_API_KEY_SIGNATURE",
        ),
        (None, "token_authentication_failure", None),
    ],
)
async def test_a_bad_handshake_is_a_401_with_a_body(
    start: StartExchange,
    change: dict[str, Any] | None,
    code: str,
    details: str | None,
) -> None:
    """The upgrade is refused before it happens, and the body says why."""
    exchange = await start(rate=1)
    headers = {} if change is None else signed(exchange, **change)
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with connected(exchange, headers):
            pass
    response = caught.value.response
    error = json.loads(response.body)["error"]

    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/json"
    assert (error["code"], error.get("details")) == (code, details)


async def test_the_heartbeat_is_a_ping_that_says_so(
    start: StartExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pings come by themselves with the payload `heartbeat`; 10 s apart by default."""
    monkeypatch.setattr("flowboard.simulator.server.HEARTBEAT_EVERY_S", 0.05)
    exchange = await start(rate=1)
    pings: list[bytes] = []
    heard = asyncio.Event()
    async with connected(exchange) as feed:
        protocol: Any = feed.socket.protocol
        receive = protocol.recv_frame

        def listening(frame: Any) -> None:
            if frame.opcode == websockets.Opcode.PING:
                pings.append(bytes(frame.data))
                heard.set() if len(pings) > 1 else None
            receive(frame)

        protocol.recv_frame = listening
        await asyncio.wait_for(heard.wait(), 5)

    assert set(pings) == {b"heartbeat"}
    assert HEARTBEAT_EVERY_S == 10


async def test_client_pings_are_answered_and_deflate_is_declined(
    start: StartExchange,
) -> None:
    """The client's own keep-alive works; no extension is agreed on."""
    exchange = await start(rate=1)
    async with connected(exchange) as feed:
        pong = await feed.socket.ping()
        latency_s = await asyncio.wait_for(pong, 5)
        extensions = feed.socket.protocol.extensions

    assert latency_s >= 0
    assert extensions == []


async def test_many_commands_without_reading_are_not_buffered_without_bound(
    start: StartExchange,
) -> None:
    """A client that only sends is read no further once its answers pile up."""
    exchange = await start(rate=1)
    async with connected(exchange) as feed:
        raw: Any = feed.socket.transport
        raw.pause_reading()
        command = json.dumps({"id": 1, "cmd": "list_subscriptions", "pad": "x" * 900})
        sent = 0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                while sent < 100_000:
                    await feed.socket.send(command)
                    sent += 1
        raw.resume_reading()

    assert sent < 100_000
