"""Exchanges for tests: real sockets on loopback, each on a port of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from flowboard.simulator import Simulator, SimulatorOptions
from tests.simulator.tapes import a_trade, write_tape

StartExchange = Callable[..., Awaitable[Simulator]]


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One RSA key for all: making one costs a tenth of a second."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
async def start(key_folder: Path) -> AsyncIterator[StartExchange]:
    """Return what starts an exchange that ends with the test."""
    async with AsyncExitStack() as stack:

        async def started(**options: Any) -> Simulator:
            values = {"port": 0, "keys": key_folder} | options
            exchange = Simulator(SimulatorOptions(**values))
            return await stack.enter_async_context(exchange)

        yield started


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    """Return an HTTP client that follows no redirects."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """Return a tape of 300 trades, a second apart."""
    trades = [a_trade(number) for number in range(300)]
    return write_tape(tmp_path / "tape.jsonl.gz", trades)
