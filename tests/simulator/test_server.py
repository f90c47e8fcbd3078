"""The process: its one line on stdout, its exit codes, its manners."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from flowboard.errors import ConfigError, FlowboardError
from flowboard.simulator import Simulator, SimulatorOptions, run
from flowboard.simulator.front_door import REST_ROOT
from tests.simulator.client import connected
from tests.simulator.conftest import StartExchange
from tests.simulator.tapes import a_trade, write_tape

SCRIPT = """
import sys
from pathlib import Path
from flowboard.simulator import SimulatorOptions, run
sys.exit(run(SimulatorOptions(port=0, **eval(sys.argv[1]))))
"""


@contextmanager
def process(**options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run an exchange as a process of its own, with pipes."""
    # Buffered as it is by default: what is not flushed would never arrive.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    running = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, repr(options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def ready(running: subprocess.Popen[str]) -> list[str]:
    assert running.stdout is not None
    return running.stdout.readline().split()


@pytest.mark.slow
@pytest.mark.parametrize("number", [2, 15], ids=["SIGINT", "SIGTERM"])
def test_ready_is_all_of_stdout_and_signals_end_it_well(number: int) -> None:
    """One line into a pipe once it serves; exit 0 under load after a signal."""
    with process(rate=2_000.0, history_ms=5_000) as running:
        word, rest_base, ws_url = ready(running)
        reply = httpx2.get(f"{rest_base}/markets/trades?limit=1", trust_env=False)
        running.send_signal(number)
        rest, errors = running.communicate(timeout=10)

    assert word == "ready"
    assert rest_base.endswith("/trade-api/v2")
    assert ws_url.startswith("ws://127.0.0.1:")
    assert ws_url.endswith("/trade-api/ws/v2")
    assert len(reply.json()["trades"]) == 1
    assert (running.returncode, rest) == (0, "")
    assert "API key" in errors
    assert "Traceback" not in errors


@pytest.mark.slow
def test_the_temporary_key_is_gone_afterwards() -> None:
    """Without --keys the pair lies where stderr says, while the exchange runs."""
    with process(rate=1.0) as running:
        ready(running)
        assert running.stderr is not None
        line = running.stderr.readline()
        folder = Path(line.split(" lies in ")[1].split(" until ")[0])
        names = sorted(path.name for path in folder.iterdir())
        running.terminate()
        running.communicate(timeout=10)

    assert names == ["kalshi_key_id", "kalshi_private_key.pem"]
    assert not folder.exists()


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    """`run` raises, and says what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        options = SimulatorOptions(port=port, keys=tmp_path, key_type="ed25519")

        with pytest.raises(FlowboardError, match=f"port {port} of 127.0.0.1"):
            run(options)


def test_wrong_options_and_tapes_are_told_before_anything_runs(tmp_path: Path) -> None:
    """A bad option, a tape without trades and one with a bad line are ConfigErrors."""
    empty = write_tape(tmp_path / "empty.jsonl", [])
    bad = write_tape(tmp_path / "bad.jsonl", [a_trade(), {"ticker": "X"}])
    keys: dict[str, Any] = {"keys": tmp_path / "k", "key_type": "ed25519", "port": 0}
    for options in (
        SimulatorOptions(rate=0, **keys),
        SimulatorOptions(tape=empty, **keys),
        SimulatorOptions(tape=bad, **keys),
        SimulatorOptions(tape=tmp_path / "absent", **keys),
    ):
        with pytest.raises(ConfigError):
            run(options)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
async def test_every_loopback_address_serves(
    http: httpx2.AsyncClient, start: StartExchange, host: str
) -> None:
    """REST and WebSocket URLs name the host that was asked for."""
    exchange = await start(host=host, rate=1)
    reply = await http.get(f"{exchange.rest_base}/exchange/status")
    async with connected(exchange) as feed:
        answer = await feed.subscribe()

    assert reply.status_code == 200
    assert answer["type"] == "subscribed"
    assert exchange.rest_base.endswith(REST_ROOT)


async def test_an_ed25519_exchange_is_signed_in_to(
    start: StartExchange, tmp_path: Path
) -> None:
    """The other type of key opens a session as well."""
    exchange = await start(keys=tmp_path / "ed", key_type="ed25519", rate=1)
    async with connected(exchange) as feed:
        answer = await feed.subscribe()

    assert answer["type"] == "subscribed"


async def test_leaving_ends_every_connection(key_folder: Path) -> None:
    """Readers get a close frame; one that has stopped reading holds nothing up."""
    options = SimulatorOptions(port=0, keys=key_folder, rate=10_000)
    async with asyncio.timeout(8), AsyncExitStack() as stack:
        async with Simulator(options) as exchange:
            feed = await stack.enter_async_context(connected(exchange))
            stuck = await stack.enter_async_context(connected(exchange))
            raw: Any = stuck.socket.transport
            await stuck.subscribe()
            raw.pause_reading()
            await feed.subscribe()
            await feed.trades(10_000)
        await feed.socket.wait_closed()
        raw.abort()

    assert feed.socket.close_code == 1012


async def test_the_date_of_rest_is_the_machines(
    http: httpx2.AsyncClient, start: StartExchange, tape: Path
) -> None:
    """Also while a tape keeps its times: signatures are held against that clock."""
    exchange = await start(tape=tape, speed=None, keep_times=True, start="now")
    reply = await http.get(f"{exchange.rest_base}/exchange/status")

    told_s = parsedate_to_datetime(reply.headers["date"]).timestamp()

    assert abs(told_s - time.time()) < 5
