"""A bot that is away for a long while, over restarts of the server."""

import signal
from contextlib import aclosing
from pathlib import Path

import pytest

from flowboard.client import connect
from tests.acceptance.processes import Board, serving, simulating
from tests.acceptance.stored import query

pytestmark = pytest.mark.slow

RATE = 2_000
EVERYTHING = {"channels": "trades", "combos": "include"}
READ = 6_000


async def read(board: Board, since_seq: int) -> tuple[list[tuple[int, str]], int]:
    """Read at least `READ` trades after one; return their seq and id, and the place."""
    found: list[tuple[int, str]] = []
    stream = connect(
        board.stream_url, subscription=EVERYTHING, since_seq=since_seq, every_trade=True
    )
    async with stream, aclosing(stream.trades()) as trades:
        async for trade in trades:
            found.append((trade.seq, trade.trade_id))
            if len(found) >= READ and stream.seq is not None and stream.seq > since_seq:
                break
    assert stream.seq is not None
    # What is left of the last frame comes once more, after that place.
    return [each for each in found if each[0] <= stream.seq], stream.seq


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
async def test_a_bot_that_was_away_misses_nothing(
    tmp_path: Path, ending: signal.Signals
) -> None:
    """Thousands of trades, a restart and a healed gap later: each trade once."""
    async with simulating("--rate", RATE, folder=tmp_path) as exchange:
        async with serving(exchange, folder=tmp_path) as board:
            before, place = await read(board, 0)
            away = await board.until(
                "/api/stats", lambda s: s["trades_total"] > place + 30_000
            )
            board.process.signal(ending)
            await board.process.ended()
        async with serving(exchange, folder=tmp_path) as board:
            await board.until("/health", lambda h: h["feed"].get("open_gaps") == 0)
            after, last = await read(board, place)
            while last < away["trades_total"] + READ:
                more, last = await read(board, last)
                after += more

    stored = query(
        tmp_path / "board.db",
        f"SELECT seq, trade_id FROM trades WHERE seq <= {last} ORDER BY seq",
    )
    assert len(stored) > 36_000
    assert sorted(before + after) == stored
