"""What an exchange can do wrong, done to a served board: it lives, counts and says so."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from tests.acceptance.processes import Board, Exchange, serving, simulating
from tests.acceptance.stored import ids_of

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

RATE = 150
STEADY = ("malformed", "unknown")  # The others are done once.


class Pair(NamedTuple):
    exchange: Exchange
    board: Board


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """One board for all faults; in the end each trade is stored once at most."""
    folder = tmp_path_factory.mktemp("faults")
    async with (
        simulating("--rate", RATE, folder=folder) as exchange,
        serving(exchange, folder=folder) as board,
    ):
        await board.until("/health", lambda h: h["feed"]["state"] == "live")
        yield Pair(exchange, board)
        assert await board.process.stop() == 0
        ids = ids_of(folder / "board.db")
        traded = {trade["trade_id"] for trade in await exchange.traded()}
        assert len(set(ids)) == len(ids)
        assert set(ids) <= traded


async def counters(board: Board) -> dict[str, int]:
    stats = await board.get("/api/stats")
    return dict(stats["counters"])


async def moves_on(board: Board) -> None:
    """Return when the board is live and trades are coming."""
    await board.until("/health", lambda h: h["feed"]["state"] == "live")
    total = (await board.get("/api/stats"))["trades_total"]
    await board.until("/api/stats", lambda s: s["trades_total"] > total + RATE / 5)
    assert await board.status("/health") == 200


@pytest.mark.parametrize(
    ("kind", "counter"),
    [
        ("malformed", "bad_frames"),
        ("unknown", "unknown_frames"),
        ("skip_seq", "gaps_seq"),
        ("reset_seq", "seq_resets"),
        ("drop", "reconnects"),
        ("error_25", "gaps"),
    ],
)
async def test_fault_is_counted_and_survived(
    pair: Pair, kind: str, counter: str
) -> None:
    """Each fault raises its counter, and the board goes on."""
    exchange, board = pair
    before = (await counters(board)).get(counter, 0)

    await exchange.fault(kind, count=20 if kind in STEADY else 1)
    await board.until(
        "/api/stats", lambda s: s["counters"].get(counter, 0) > before, 15
    )
    await exchange.mend()
    await moves_on(board)


async def test_repeated_frames_are_stored_once(pair: Pair) -> None:
    """Every frame twice: no trade is counted twice."""
    exchange, board = pair
    before = await counters(board)
    total = (await board.get("/api/stats"))["trades_total"]

    def repeats(stats: dict[str, Any]) -> int:
        """Return how many frames of the socket brought nothing new."""

        def more(counter: str) -> int:
            return int(stats["counters"].get(counter, 0)) - before.get(counter, 0)

        by_rest = sum(map(more, ("trades_heal", "trades_backfill", "trades_poll")))
        return more("trades") - (stats["trades_total"] - total - by_rest)

    await exchange.fault("repeat", count=100)
    await board.until("/api/stats", lambda s: s["trades_total"] > total + RATE, 15)

    # What was healed is counted a moment after it is stored.
    await board.until("/api/stats", lambda s: repeats(s) >= 90, 15)


async def test_stalled_feed_is_delayed(pair: Pair) -> None:
    """Pings are answered and nothing comes: the feed is called delayed."""
    exchange, board = pair

    await exchange.fault("stall")
    found = await board.until("/health", lambda h: h["feed"]["state"] == "delayed", 15)
    await exchange.mend()
    await moves_on(board)

    assert found["status"] == "degraded"
    assert found["feed"]["data_age_ms"] >= 2_800


async def test_lost_exchange_is_stale(pair: Pair) -> None:
    """Cut off and not let in again: stale, with a word for the operator."""
    exchange, board = pair

    await exchange.fault("refuse")
    await exchange.fault("drop", count=1)
    found = await board.until("/health", lambda h: h["feed"]["state"] == "stale", 15)
    await exchange.mend()
    await moves_on(board)

    assert found["status"] == "degraded"
    assert found["feed"]["connected"] is False
    assert found["problem"]


async def test_refused_key_is_told(pair: Pair, tmp_path: Path) -> None:
    """A key that the exchange does not know: the operator reads which settings to
    check, and nobody the key itself."""
    exchange, _ = pair
    wrong = "00000000-0000-4000-8000-000000000000"
    folder = tmp_path
    async with serving(exchange, folder=folder, KALSHI_API_KEY_ID=wrong) as board:
        found = await board.until("/health", lambda h: "problem" in h)
        assert await board.process.stop() == 0

    assert "KALSHI_API_KEY_ID" in found["problem"]
    assert wrong not in board.process.stderr
    assert found["status"] in ("starting", "degraded")
