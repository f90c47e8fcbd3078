"""/ws: KalshiWhale's messages over a real socket, each client on its own."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from flowboard.client_socket import BURST, MESSAGE_BYTES_MAX
from flowboard.http_api import whale_room
from tests.database.made_trades import make_trade
from tests.http_api.described_board import OTHER, TICKER, described
from tests.http_api.serving import Api

SECONDS_MAX = 5


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the board more often than once a second."""
    monkeypatch.setattr(whale_room, "TICK_S", 0.02)


@pytest.fixture
async def board(api: Api) -> Api:
    """The API with something to tell."""
    return await described(api)


def joining(api: Api, **options: Any) -> connect:
    return connect(f"ws://127.0.0.1:{api.port}/ws", proxy=None, **options)


async def told(socket: ClientConnection) -> dict[str, Any]:
    """Return the next message."""
    message: dict[str, Any] = json.loads(
        await asyncio.wait_for(socket.recv(), SECONDS_MAX)
    )
    return message


async def closed(socket: ClientConnection) -> int | None:
    """Read on until the socket is closed; return its code."""
    async with asyncio.timeout(SECONDS_MAX):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            return socket.close_code


async def test_what_there_is_comes_at_once(board: Api) -> None:
    """The busiest markets of a day, most dollars first; nothing has to be said."""
    async with joining(board) as socket:
        first = await told(socket)

    assert set(first) == {"type", "data"}
    assert first["type"] == "initial_data"
    assert set(first["data"]) == {"markets", "timestamp", "count"}
    markets = first["data"]["markets"]
    assert first["data"]["count"] == len(markets) == 3
    assert markets[0]["ticker_symbol"] == TICKER
    assert [m["volume"] for m in markets] == sorted(
        (m["volume"] for m in markets), reverse=True
    )
    top = (await board.get("/api/top-markets?limit=100")).json()
    assert markets == top["markets"]


async def test_what_changed_is_told(board: Api) -> None:
    """The market that was traded, whole, and no other."""
    async with joining(board) as socket:
        await told(socket)
        await board.trade(make_trade(9, market_ticker=OTHER, count_e2=100_00))

        update = await told(socket)

    assert update["type"] == "market_update"
    (market,) = update["data"]["markets"]
    assert (market["market_ticker"], update["data"]["count"]) == (OTHER, 1)
    assert market["trade_count_24h"] == 2


async def test_a_heartbeat_comes_by_itself(board: Api) -> None:
    """Every 30 seconds, whatever else is said, with how many listen."""
    async with joining(board) as socket, joining(board) as other:
        await told(socket)
        await told(other)
        board.clock.mono_ms += whale_room.HEARTBEAT_MS

        beat = await told(socket)

        assert beat == {
            "type": "heartbeat",
            "timestamp": "2026-11-21T13:00:00.123Z",
            "connections": 2,
        }
        assert (await told(other))["type"] == "heartbeat"


async def test_whatever_is_said_is_answered(board: Api) -> None:
    """With a heartbeat, as that program did."""
    async with joining(board) as socket:
        await told(socket)
        for message in ("ping", '{"type":"ping"}', b"\x00", ""):
            await socket.send(message)

            assert (await told(socket))["type"] == "heartbeat"


async def test_clients_are_counted(board: Api) -> None:
    """`/api/status` has those of this socket, too, until they leave."""
    others = board.hub.clients

    async with joining(board) as socket:
        await told(socket)
        body = (await board.get("/api/status")).json()
        assert body["active_connections"] == others + 1

    async with asyncio.timeout(SECONDS_MAX):
        while True:
            body = (await board.get("/api/status")).json()
            if body["active_connections"] == others:
                return


async def test_a_foreign_page_is_kept_out(board: Api) -> None:
    """Before the upgrade, as on the stream; one that the operator names is let in."""
    with pytest.raises(InvalidStatus) as refused:
        await joining(board, origin="https://evil.example")

    assert refused.value.response.status_code == 403
    async with joining(board, origin=f"http://127.0.0.1:{board.port}") as socket:
        assert (await told(socket))["type"] == "initial_data"


async def test_too_long_a_message(board: Api) -> None:
    """1009, for that client alone."""
    async with joining(board) as socket, joining(board) as other:
        await told(socket)
        await told(other)

        await socket.send("x" * MESSAGE_BYTES_MAX)
        assert (await told(socket))["type"] == "heartbeat"
        await socket.send("x" * (MESSAGE_BYTES_MAX + 1))

        assert await closed(socket) == 1009
        await board.trade(make_trade(9, market_ticker=OTHER))
        assert (await told(other))["type"] == "market_update"


async def test_too_many_messages(board: Api) -> None:
    """1008: nobody needs so many."""
    async with joining(board) as socket:
        for _ in range(int(BURST) + 30):
            await socket.send("x")

        assert await closed(socket) == 1008


async def test_too_many_clients(board: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """1013 for who comes then; those who are there stay."""
    monkeypatch.setattr(whale_room, "CLIENTS_MAX", 1)

    async with joining(board) as socket:
        await told(socket)
        async with joining(board) as second:
            assert await closed(second) == 1013
        await board.trade(make_trade(9, market_ticker=OTHER))
        assert (await told(socket))["type"] == "market_update"


async def test_the_server_stops(board: Api) -> None:
    """1012: come back in a moment; also for who comes while it stops."""
    async with joining(board) as socket:
        await told(socket)
        await board.hub.close()

        assert await closed(socket) == 1012
    async with joining(board) as late:
        assert await closed(late) == 1012


async def test_it_waits_for_the_windows(board: Api) -> None:
    """What is not whole yet is not shown: the first message comes once it is."""
    board.hub.ready.clear()

    waiting = asyncio.create_task(first_of(board))
    await asyncio.wait([waiting], timeout=0.1)
    was_done = waiting.done()
    board.hub.ready.set()

    assert not was_done
    assert (await waiting)["type"] == "initial_data"


async def test_too_many_who_wait(board: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the board starts, too, no more are let in; who leaves makes room."""
    monkeypatch.setattr(whale_room, "CLIENTS_MAX", 1)
    board.hub.ready.clear()

    async with joining(board) as waiting:
        await waiting.send("ping")
        assert (await told(waiting))["type"] == "heartbeat"
        async with joining(board) as second:
            assert await closed(second) == 1013
    async with asyncio.timeout(SECONDS_MAX):
        while True:  # Until the server has seen that it left.
            async with joining(board) as third:
                with suppress(ConnectionClosed):
                    await third.send("ping")
                    assert (await told(third))["type"] == "heartbeat"
                    board.hub.ready.set()
                    assert (await told(third))["type"] == "initial_data"
                    return


async def first_of(api: Api) -> dict[str, Any]:
    async with joining(api) as socket:
        return await told(socket)
