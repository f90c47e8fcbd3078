"""A tape as fast as it goes, through the exchange's WebSocket, to disk and board.

What was traded around the subscription comes by REST too, so rows have no fixed order.
"""

from pathlib import Path

import pytest

from tests.acceptance.made_tape import make_trades, row_of, write_tape
from tests.acceptance.processes import serving, simulating
from tests.acceptance.stored import rows_of, windows_differ

pytestmark = pytest.mark.slow

TRADES = 5_000


async def test_tape_is_stored_and_summed_exactly(tmp_path: Path) -> None:
    """Every trade is one row at its own time; every window is a sum over the rows,
    before and after a restart."""
    trades = make_trades(TRADES)
    tape = write_tape(tmp_path / "tape.jsonl", trades)
    path = tmp_path / "board.db"
    options = ("--tape", tape, "--speed", "max", "--keep-times")

    async with simulating(*options, folder=tmp_path) as exchange:
        async with serving(exchange, folder=tmp_path) as board:
            await board.until("/api/stats", lambda s: s["trades_total"] >= TRADES)
            assert sorted(rows_of(path)) == sorted(map(row_of, trades))
            assert await windows_differ(board, path) == []
            assert await board.process.stop() == 0
            assert board.process.lines == [f"ready {board.base}"]
        async with serving(exchange, folder=tmp_path) as board:
            await board.until("/health", lambda h: h["status"] == "ok")
            assert await windows_differ(board, path) == []
            assert await board.process.stop() == 0

    assert sorted(rows_of(path)) == sorted(map(row_of, trades))


async def test_tape_is_traded_now(tmp_path: Path) -> None:
    """Without --keep-times the rows bear the times that the exchange gave them."""
    trades = make_trades(TRADES, seed=2)
    tape = write_tape(tmp_path / "tape.jsonl", trades)
    path = tmp_path / "board.db"

    async with (
        simulating("--tape", tape, "--speed", "max", folder=tmp_path) as exchange,
        serving(exchange, folder=tmp_path) as board,
    ):
        await board.until("/api/stats", lambda s: s["trades_total"] >= TRADES)
        traded = await exchange.traded()
        assert sorted(rows_of(path)) == sorted(map(row_of, traded))
        assert await windows_differ(board, path) == []

    told = {row[:6] for row in rows_of(path)}
    assert told == {row_of(trade)[:6] for trade in trades}
