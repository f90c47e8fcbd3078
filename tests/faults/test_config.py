"""F76: settings that make no sense. More of them: acceptance/test_bad_input.py."""

import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

from tests.acceptance.processes import flowboard

pytestmark = pytest.mark.slow

ENDED_S = 3.0  # One second on a machine that does nothing else.


class Case(NamedTuple):
    """A mistake: variables, lines of .env, the exit code, words of the sentence."""

    name: str
    code: int
    words: tuple[str, ...]
    variables: Mapping[str, str] = MappingProxyType({})
    lines: str = ""
    flags: tuple[str, ...] = ()
    before: Callable[[Path], object] = lambda folder: None


CASES = [
    Case("wrong type", 2, ("FLOWBOARD_PORT",), {"FLOWBOARD_PORT": "8o00"}),
    Case("empty", 2, ("FLOWBOARD_PORT",), {"FLOWBOARD_PORT": ""}),
    Case(
        "out of range",
        2,
        ("FLOWBOARD_WHALE_DOLLARS",),
        {"FLOWBOARD_WHALE_DOLLARS": "-1"},
    ),
    Case("no such feed", 2, ("FLOWBOARD_FEED",), {"FLOWBOARD_FEED": "pigeon"}),
    Case(
        "too long a fill", 2, ("FLOWBOARD_FILL_HOURS",), {"FLOWBOARD_FILL_HOURS": "169"}
    ),
    Case("no fill at all", 2, ("FLOWBOARD_FILL_HOURS",), {"FLOWBOARD_FILL_HOURS": "x"}),
    Case("odd audit", 2, ("FLOWBOARD_AUDIT_SPAN_S",), {"FLOWBOARD_AUDIT_SPAN_S": "7"}),
    Case("no retries", 2, ("MAX_RETRIES",), {"FLOWBOARD_WEBSOCKET_MAX_RETRIES": "-1"}),
    Case(
        "no timeout", 2, ("WEBSOCKET_TIMEOUT",), {"FLOWBOARD_WEBSOCKET_TIMEOUT_S": "0"}
    ),
    Case(
        "old name, no word", 2, ("USE_WEBSOCKET",), {"USE_WEBSOCKET_MARKET_DATA": "si"}
    ),
    Case("wrong in the file", 2, ("FLOWBOARD_PORT",), lines="FLOWBOARD_PORT=many\n"),
    Case("bad URL", 2, ("KALSHI_API_BASE",), {"KALSHI_API_BASE": "http://[::1"}),
    Case("URL of no host", 2, ("KALSHI_WS_URL",), {"KALSHI_WS_URL": "wss:///ws"}),
    Case("typed wrongly", 2, ("--databse",), flags=("--databse", "x.db")),
    Case(
        "key that is a folder",
        2,
        ("KALSHI_PRIVATE_KEY_PATH",),
        {"KALSHI_API_KEY_ID": "x", "KALSHI_PRIVATE_KEY_PATH": "keys"},
        before=lambda folder: (folder / "keys").mkdir(),
    ),
]
QUIET = {
    "KALSHI_API_BASE": "http://127.0.0.1:9/trade-api/v2",
    "KALSHI_WS_URL": "ws://127.0.0.1:9/trade-api/ws/v2",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_f76_one_sentence_at_once(tmp_path: Path, case: Case) -> None:
    """A setting is missing, empty, of a wrong type or out of range: exit code 2 with
    one line that names it, before anything else is begun."""
    case.before(tmp_path)
    (tmp_path / ".env").write_text(case.lines)
    begun_s = time.monotonic()
    options = ("serve", *case.flags)
    async with flowboard(
        *options, folder=tmp_path, **QUIET | dict(case.variables)
    ) as process:
        code = await process.ended(15)
    took_s = time.monotonic() - begun_s

    assert (code, len(process.stderr.splitlines())) == (case.code, 1), process.stderr
    assert all(word in process.stderr for word in case.words)
    assert process.lines == []
    assert took_s <= ENDED_S
    assert not (tmp_path / "data").exists()


async def test_f76_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A wrong line in .env does no harm where the environment says it right."""
    (tmp_path / ".env").write_text("FLOWBOARD_PORT=many\n")
    right = {"FLOWBOARD_PORT": "0", "FLOWBOARD_FEED": "polling"}
    async with flowboard("serve", folder=tmp_path, **QUIET | right) as process:
        assert (await process.ready())[0].startswith("http://127.0.0.1:")
        assert await process.stop() == 0


async def test_f76_port_in_use(tmp_path: Path) -> None:
    """Somebody listens there: exit code 1, and the flag that chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        options = ("serve", "--port", port)
        variables = QUIET | {"FLOWBOARD_FEED": "polling"}
        async with flowboard(*options, folder=tmp_path, **variables) as process:
            code = await process.ended(15)

    assert code == 1
    assert str(port) in process.stderr
    assert "--port" in process.stderr
    assert len(process.stderr.splitlines()) == 1
