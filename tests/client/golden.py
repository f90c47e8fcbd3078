"""The golden sessions of /ws/stream: see tests/golden/stream/README.md."""

import json
from pathlib import Path
from typing import Any

from flowboard.client import Board

FOLDER = Path(__file__).parents[1] / "golden" / "stream"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def session(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def assert_board(board: Board, told: dict[str, Any] | None) -> None:
    """Compare a board with what a step says of it."""
    if told is None:
        assert board.stats is None
        return
    assert board.stats is not None
    assert board.feed is not None
    assert [row.market_ticker for row in board.hot_markets()] == told["hot_markets"]
    assert [trade.seq for trade in board.trades] == told["trades"]
    assert [whale.seq for whale in board.whales] == told["whales"]
    ranked = [event.event_ticker for event in board.ranked_events()]
    assert ranked == told.get("events", [])
    assert board.stats.trades_total == told["trades_total"]
    assert board.feed.state == told["feed_state"]
    assert board.window_from_ms == told["window_from_ms"]
    for ticker, figures in told.get("rows", {}).items():
        if ticker in board.rows:
            for key, value in figures.items():
                found = getattr(board.rows[ticker], key)
                assert (list(found) if isinstance(found, tuple) else found) == value
