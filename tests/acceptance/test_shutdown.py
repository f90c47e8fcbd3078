"""SIGTERM and kill -9 under full load: what is stored, and what clients saw."""

import asyncio
import json
import signal
import time
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pytest
import websockets

from tests.acceptance.made_tape import make_trades, write_tape
from tests.acceptance.processes import (
    STOP_S,
    Board,
    Exchange,
    serving,
    simulating,
    until,
)
from tests.acceptance.reader import Reader
from tests.acceptance.stored import ids_of, windows_differ

pytestmark = pytest.mark.slow

EXIT_S = 5.0
RATE = 6_000
UPGRADE = b"\r\n".join(
    (
        b"GET /ws/stream?limit=500&combos=include HTTP/1.1",
        b"Host: 127.0.0.1",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: c3R1Y2sgYW5kIHNpbGVudA==",
        b"",
        b"",
    )
)
SUBSCRIPTIONS = ("", "?combos=include", "?window=1m&limit=500", "?channels=trades")


async def readers(stack: AsyncExitStack, board: Board) -> list[Reader]:
    found = []
    for query in SUBSCRIPTIONS:
        connecting = websockets.connect(board.stream_url + query, max_size=None)
        found.append(Reader(await stack.enter_async_context(connecting)))
    return found


async def test_sigterm_at_full_rate(tmp_path: Path) -> None:
    """Exit in time with code 0; an unbroken run since the subscription is stored, and
    nobody was shown anything else."""
    path = tmp_path / "board.db"

    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(
            simulating("--rate", RATE, "--seed", 3, folder=tmp_path)
        )
        await exchange.fault("rate_limit")  # What comes by REST is in no order.
        board = await stack.enter_async_context(serving(exchange, folder=tmp_path))
        clients = await readers(stack, board)
        endings = [asyncio.create_task(client.to_the_end()) for client in clients]
        await board.until("/api/stats", lambda s: s["trades_total"] > 2 * RATE)
        begun_s = time.monotonic()
        board.process.signal(signal.SIGTERM)
        code = await board.process.ended(STOP_S)
        took_s = time.monotonic() - begun_s
        closes = await asyncio.gather(*endings)
        traded = await exchange.traded()
        stored = ids_of(path)

    ids = [trade["trade_id"] for trade in traded]
    first = ids.index(stored[0])
    assert (code, closes) == (0, [1012] * len(clients))
    assert took_s <= EXIT_S
    assert stored == ids[first : first + len(stored)]
    assert all(client.deltas for client in clients)
    assert set().union(*(client.seen for client in clients)) <= set(stored)
    # Nothing is missing after the moment at which the board says it had subscribed.
    subscribed_ms = told_ms(board, "subscribed to all public trades")
    assert traded[first - 1]["ts_ms"] <= subscribed_ms


def told_ms(board: Board, event: str) -> float:
    """Return when the log told of `event`, Unix ms."""
    lines = map(json.loads, board.process.stderr.splitlines())
    said = next(line["timestamp"] for line in lines if line["event"] == event)
    return datetime.fromisoformat(said).timestamp() * 1000


async def test_sigterm_in_a_tape_at_full_speed(tmp_path: Path) -> None:
    """The stored run begins at the tape's first trade: it was sent after we
    subscribed."""
    trades = make_trades(60_000, seed=4)
    tape = write_tape(tmp_path / "tape.jsonl", trades)
    ids = [trade["trade_id"] for trade in trades]

    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(
            simulating("--tape", tape, "--speed", "max", folder=tmp_path)
        )
        await exchange.fault("rate_limit")
        board = await stack.enter_async_context(serving(exchange, folder=tmp_path))
        clients = await readers(stack, board)
        endings = [asyncio.create_task(client.to_the_end()) for client in clients]
        await board.until("/api/stats", lambda s: s["trades_total"] > 10_000)
        begun_s = time.monotonic()
        board.process.signal(signal.SIGTERM)
        code = await board.process.ended(STOP_S)
        took_s = time.monotonic() - begun_s
        closes = await asyncio.gather(*endings)
        stored = ids_of(tmp_path / "board.db")

    assert (code, closes) == (0, [1012] * len(clients))
    assert took_s <= EXIT_S
    assert 10_000 < len(stored) < len(ids)
    assert stored == ids[: len(stored)]
    assert set().union(*(client.seen for client in clients)) <= set(stored)


async def test_sigterm_with_a_client_that_reads_nothing(tmp_path: Path) -> None:
    """A client that is stuck holds nobody up: exit in time, with code 0."""
    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(
            simulating("--rate", RATE, folder=tmp_path)
        )
        board = await stack.enter_async_context(serving(exchange, folder=tmp_path))
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(board.base.rpartition(":")[2])
        )
        stack.callback(writer.close)
        writer.write(UPGRADE)
        assert (await reader.readline()).startswith(b"HTTP/1.1 101 ")
        await board.until("/api/stats", lambda s: s["trades_total"] > 2 * RATE)
        begun_s = time.monotonic()
        board.process.signal(signal.SIGTERM)
        code = await board.process.ended(STOP_S)

    assert code == 0
    assert time.monotonic() - begun_s <= EXIT_S
    assert "Traceback" not in board.process.stderr


async def test_kill_loses_nothing_that_was_shown(tmp_path: Path) -> None:
    """After kill -9 all that any client saw is stored, once, and the windows that are
    rebuilt are sums over the rows."""
    path = tmp_path / "board.db"

    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(
            simulating("--rate", RATE, folder=tmp_path)
        )
        board = await stack.enter_async_context(serving(exchange, folder=tmp_path))
        clients = await readers(stack, board)
        endings = [asyncio.create_task(client.to_the_end()) for client in clients]
        await until(lambda: sum(c.deltas for c in clients) > 20 * len(clients))
        board.process.kill()
        assert await board.process.ended() == -signal.SIGKILL
        await asyncio.gather(*endings)
        before = ids_of(path)
        await restarted_right(exchange, tmp_path, before)

    assert set().union(*(client.seen for client in clients)) <= set(before)
    assert len(set(before)) == len(before)


async def restarted_right(exchange: Exchange, folder: Path, before: list[str]) -> None:
    """Check the board that starts again from the file, on a feed that is silent."""
    await exchange.fault("refuse")
    path = folder / "board.db"
    async with serving(exchange, folder=folder) as board:
        # Without a feed it is "starting", but its windows stand.
        await board.until("/health", lambda h: h["process"] == "ok")
        assert await windows_differ(board, path) == []
        await exchange.mend()
        await board.until("/api/stats", lambda s: s["trades_total"] > len(before))
        assert await board.process.stop() == 0
    after = ids_of(path)
    assert after[: len(before)] == before
    assert len(set(after)) == len(after)
