"""The whole report: every line in its order, JSON for programs, the exit code."""

import json

import pytest

from flowboard import doctor
from flowboard.config import Settings
from flowboard.doctor import Check
from flowboard.doctor.report import line_of
from flowboard.simulator import Simulator, SimulatorOptions
from tests.served_board import beside, served_board

NAMES = [
    "versions",
    "key",
    "clock",
    "rest",
    "websocket",
    "database",
    "schema",
    "disk",
    "server",
    "page",
    "token",
]
NOW_MS = 1_795_266_000_123


def settings_of(folder, **variables):
    values = {
        "FLOWBOARD_DATABASE": folder / "board.db",
        "KALSHI_API_BASE": "http://127.0.0.1:9/trade-api/v2",
        "KALSHI_WS_URL": "ws://127.0.0.1:9/trade-api/ws/v2",
        "KALSHI_API_KEY_ID": "",
        "KALSHI_PRIVATE_KEY_PATH": None,
    }
    return Settings(_env_file=None, **(values | variables))


def run(settings, folder, *, as_json=False):
    lines: list[str] = []
    code = doctor.run(
        settings, static_dir=folder, now_ms=NOW_MS, as_json=as_json, say=lines.append
    )
    return code, lines


@pytest.fixture
async def exchange():
    async with Simulator(SimulatorOptions(port=0, history_ms=2_000)) as simulator:
        yield simulator


async def test_a_board_beside_which_all_is_well(tmp_path, exchange):
    """Exit 0, beside a server that has the file open; nothing secret is in a line."""
    (tmp_path / "index.html").write_text("<html>")
    settings = settings_of(
        tmp_path,
        KALSHI_API_BASE=exchange.rest_base,
        KALSHI_WS_URL=exchange.ws_url,
        KALSHI_API_KEY_ID=exchange.key_id,
        KALSHI_PRIVATE_KEY_PATH=exchange.private_key_path,
    )
    async with served_board(tmp_path) as board:
        board.api.status.connected(board.api.clock.mono_ms)

        code, lines = await beside(run, settings, tmp_path)

    assert [line.split()[:2] for line in lines] == [["ok", name] for name in NAMES]
    assert code == 0
    assert exchange.key_id not in "\n".join(lines)


def test_what_is_wrong_says_what_to_do(tmp_path):
    """No key is a warning; an exchange out of reach is wrong, and so is the exit code."""
    code, lines = run(settings_of(tmp_path), tmp_path)

    told = {line.split()[1]: line for line in lines}
    assert code == 1
    assert told["key"].startswith("warn ")
    assert told["rest"].startswith("wrong")
    assert "check the network" in told["rest"]
    assert told["page"].startswith("warn ")
    assert list(told) == [name for name in NAMES if name != "schema"]


async def test_without_a_key_all_is_well(tmp_path, exchange):
    """Warnings are no failure: the board polls."""
    settings = settings_of(tmp_path, KALSHI_API_BASE=exchange.rest_base)

    code, lines = await beside(run, settings, tmp_path)

    assert code == 0
    assert {line.split()[0] for line in lines} == {"ok", "warn"}


def test_as_json(tmp_path):
    """One object; the same checks, each with its four fields."""
    code, (text,) = run(settings_of(tmp_path), tmp_path, as_json=True)

    found = json.loads(text)
    assert (code, found["ok"]) == (1, False)
    assert [set(check) for check in found["checks"]] == [
        {"name", "state", "message", "remedy"}
    ] * (len(NAMES) - 1)
    assert {check["state"] for check in found["checks"]} == {"ok", "warn", "wrong"}
    assert all(c["remedy"] for c in found["checks"] if c["state"] != "ok")


def test_a_line():
    """What is, and what to do, in columns."""
    fine = Check("disk", "ok", "80.0 GiB free")

    assert line_of(fine) == "ok     disk       80.0 GiB free"
    assert line_of(Check("key", "wrong", "none", "make one")) == (
        "wrong  key        none: make one"
    )
