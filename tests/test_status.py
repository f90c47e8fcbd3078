"""`flowboard status`: what the server says of itself, in a few lines."""

import json
import os

import pytest

from flowboard import status
from flowboard.remote import NotRunning
from tests.http_api.serving import WALL_MS
from tests.served_board import beside, served_board

DAY = {"ours": 2_412_737, "exchange": 2_412_737, "missing": 0, "extra": 0}


async def told(board, *, as_json=False):
    """Return the exit code and the lines."""
    lines: list[str] = []
    code = await beside(
        status.run, board.database, as_json=as_json, now_ms=WALL_MS, say=lines.append
    )
    return code, lines


def rows_of(lines):
    return {line[:13].strip(): line[13:] for line in lines}


async def test_a_board_that_is_well(tmp_path):
    """Exit 0; every line begins its text in the same column."""
    async with served_board(tmp_path) as board:
        board.api.status.connected(board.api.clock.mono_ms)
        board.api.status.feed_policy = "websocket"
        board.coverage = [{"last_24h": DAY, "gaps": []}]

        code, lines = await told(board)

    rows = rows_of(lines)
    assert code == 0
    assert rows["state"].endswith(" (ok)")
    assert rows["feed"] == "websocket"
    assert rows["last 24 h"] == "2,412,737 of 2,412,737 trades"
    assert rows["open gaps"] == "0"
    assert rows["clients"] == "3"
    assert rows["database"] == str(board.database)
    assert rows["server"] == (
        f"{board.address}, pid {os.getpid()}, flowboard 0.1.0, since 2026-11-21T13:00:00Z"
    )
    assert "problem" not in rows


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (DAY | {"missing": 37}, "2,412,700 of 2,412,737 trades"),
        (DAY | {"extra": 1_000}, "2,412,737 of 2,412,737 trades, 1,000 extra"),
        (DAY | {"exchange": 0}, "nothing audited yet"),
        ({}, "nothing audited yet"),
        (None, "nothing audited yet"),
    ],
)
async def test_the_figure(tmp_path, day, text):
    """What is missing is told, and what was never compared is not called complete."""
    async with served_board(tmp_path) as board:
        board.coverage = [{"last_24h": day, "gaps": []}]

        _, lines = await told(board)

    assert rows_of(lines)["last 24 h"] == text


async def test_a_board_that_is_not_well(tmp_path):
    """Exit 1, with the sentence that the board has for it."""
    async with served_board(tmp_path) as board:
        board.api.status.store_failing(True)

        code, lines = await told(board)

    assert code == 1
    assert rows_of(lines)["store"] == "failing"


async def test_a_board_that_is_being_rebuilt(tmp_path):
    """What it cannot tell yet is left open; no error."""
    async with served_board(tmp_path) as board:
        board.api.status.rebuilding(True)
        board.coverage_code = 503
        board.coverage = [{"error": {"code": "starting", "message": "ask again"}}]

        code, lines = await told(board)
        object_code, text = await told(board, as_json=True)

    rows = rows_of(lines)
    assert (code, object_code) == (1, 1)
    assert rows["process"] == "rebuilding"
    assert rows["clients"] == rows["complete to"] == "not known yet"
    assert json.loads(text[0])["stats"] is None


async def test_as_one_object(tmp_path):
    """What the three routes answer, whole."""
    async with served_board(tmp_path) as board:
        board.api.status.connected(board.api.clock.mono_ms)

        code, (line,) = await told(board, as_json=True)

    found = json.loads(line)
    assert code == 0
    assert (found["running"], found["pid"]) == (True, os.getpid())
    assert found["database"] == str(board.database)
    assert found["health"]["status"] == "ok"
    assert found["coverage"] == {"gaps": [], "last_24h": {}}
    assert found["stats"]["clients"] == 3


def test_no_board_runs(tmp_path):
    """A sentence; as an object for programs, which look at `running`."""
    database = tmp_path / "board.db"
    lines: list[str] = []

    with pytest.raises(NotRunning):
        status.run(database, as_json=False, now_ms=WALL_MS, say=lines.append)
    assert lines == []
    assert status.run(database, as_json=True, now_ms=WALL_MS, say=lines.append) == 1

    assert json.loads(lines[0]) == {"running": False, "database": str(database)}


async def test_times(tmp_path):
    """Up to when it is complete, and how long ago that is by this machine's clock."""
    async with served_board(tmp_path) as board:
        board.api.status.coverage.advance(WALL_MS - 61_123)
        _, early = await told(board)
        board.api.status.coverage.advance(WALL_MS + 500)
        _, ahead = await told(board)

    assert rows_of(early)["complete to"] == "2026-11-21T12:58:59Z, 1 min 1 s ago"
    assert rows_of(ahead)["complete to"].endswith(", 0.0 s ago")
