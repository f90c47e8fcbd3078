"""Both feeds of one exchange through one processor: one row a trade, whatever they say
of its time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from flowboard.app import Flowboard
from flowboard.board_clock import BoardClock
from flowboard.config import load
from flowboard.feed_status import FeedStatus
from flowboard.inbox import Inbox
from flowboard.kalshi.auth import load_signer
from flowboard.kalshi.websocket_client import WebSocketClient
from flowboard.models import Trade
from tests.acceptance.made_tape import make_trades, row_of, write_tape
from tests.acceptance.processes import Exchange, simulating, until
from tests.acceptance.stored import rows_of

pytestmark = pytest.mark.slow

TRADES = 3_000


@asynccontextmanager
async def running(exchange: Exchange, path: Path) -> AsyncIterator[Flowboard]:
    """Run the product's own wiring on this loop, without a server around it."""
    settings = load(
        database=path,
        **{name.lower(): text for name, text in exchange.settings.items()},
    )
    signer = load_signer(
        settings.kalshi_api_key_id, settings.kalshi_private_key_path or ""
    )
    crashes: list[BaseException] = []
    board = Flowboard(settings, signer, on_crash=crashes.append)
    async with board.asgi.router.lifespan_context(board.asgi):
        yield board
    assert crashes == []


async def feed_pages(board: Flowboard) -> int:
    """Hand every page of the exchange's REST to the processor; return the rows."""
    cursor, rows = "", 0
    while True:
        page = await board.exchange.rest.trades_page(500, cursor)
        assert page.refused == 0
        for trade in page.trades:
            board.inbox.put(trade)
        rows += len(page.trades)
        cursor = page.cursor
        if not cursor:
            return rows


@pytest.mark.parametrize("shift_ms", [1, -1])
@pytest.mark.parametrize("keep_times", [True, False], ids=["spread", "crowded"])
@pytest.mark.parametrize("restart", [False, True], ids=["memory", "disk"])
async def test_seconds_alone_and_shifted_pages(
    tmp_path: Path, shift_ms: int, keep_times: bool, restart: bool
) -> None:
    """Live frames with seconds alone, then pages whose times are a millisecond off."""
    trades = make_trades(TRADES, seed=5)
    tape = write_tape(tmp_path / "tape.jsonl", trades)
    path = tmp_path / "board.db"
    options = ["--tape", tape, "--speed", "max"] + ["--keep-times"] * keep_times

    async with simulating(*options, folder=tmp_path) as exchange:
        await exchange.fault("no_ts_ms")
        await exchange.fault("rate_limit")  # The frames are to be first.
        async with running(exchange, path) as board:
            await until(lambda: board.board.trades_total >= TRADES)
            seconds = {row[0]: row[6] for row in rows_of(path)}
            await exchange.mend()
            await exchange.fault("rest_shift", ms=shift_ms)
            if not restart:
                assert await feed_pages(board) == TRADES
        if restart:
            async with running(exchange, path) as board:
                await until(board.hub.ready.is_set)
                assert await feed_pages(board) == TRADES
        traded = {trade["trade_id"]: trade for trade in await exchange.traded()}

    rows = {row[0]: row for row in rows_of(path)}
    assert len(rows_of(path)) == TRADES
    assert [row[:6] for row in rows_of(path)] == [row_of(trade)[:6] for trade in trades]
    assert set(seconds) == set(rows)
    for trade_id, row in rows.items():
        exact_ms = row_of(traded[trade_id])[6] + shift_ms
        second_ms = row_of(traded[trade_id])[6] // 1000 * 1000
        assert seconds[trade_id] == second_ms
        # The page's time replaces a second, where it lies in that second.
        assert row[6] == (
            exact_ms if exact_ms // 1000 * 1000 == second_ms else second_ms
        )


@pytest.mark.parametrize("shift_ms", [1, -1])
@pytest.mark.parametrize("restart", [False, True], ids=["memory", "disk"])
async def test_pages_first_then_seconds_alone(
    tmp_path: Path, shift_ms: int, restart: bool
) -> None:
    """What REST told first is not stored again when frames tell it by the second, not
    even where the shift has moved it into another one."""
    tape = write_tape(tmp_path / "tape.jsonl", make_trades(TRADES, seed=6))
    path = tmp_path / "board.db"
    options = ("--tape", tape, "--speed", "max", "--keep-times")

    async with simulating(*options, folder=tmp_path) as exchange:
        await exchange.fault("no_ts_ms")
        await exchange.fault("rest_shift", ms=shift_ms)
        frames = await trades_of_frames(exchange)
        async with running(exchange, path) as board:
            await feed_pages(board)
            await until(lambda: board.board.trades_total >= TRADES)
            for trade in frames if not restart else ():
                board.inbox.put(trade)
        async with running(exchange, path) as board:
            await until(board.hub.ready.is_set)
            for trade in frames if restart else ():
                board.inbox.put(trade)
        traded = await exchange.traded()

    # The tape has trades whose shift crosses a second, or nothing would be shown here.
    assert any(
        row_of(trade)[6] % 1000 == (999 if shift_ms > 0 else 0) for trade in traded
    )
    assert sorted((row[0], row[6]) for row in rows_of(path)) == sorted(
        (trade["trade_id"], row_of(trade)[6] + shift_ms) for trade in traded
    )


async def trades_of_frames(exchange: Exchange) -> list[Trade]:
    """Return the tape as the product's client reads it from the WebSocket."""
    inbox = Inbox()
    signer = load_signer(
        exchange.settings["KALSHI_API_KEY_ID"],
        exchange.settings["KALSHI_PRIVATE_KEY_PATH"],
    )
    client = WebSocketClient(exchange.ws_url, signer, inbox, FeedStatus(), BoardClock())
    reading = asyncio.create_task(client.run())
    await until(lambda: len(inbox) >= TRADES)
    client.close()
    await reading
    return inbox.take(TRADES)
