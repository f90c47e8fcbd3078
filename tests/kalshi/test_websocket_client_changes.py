"""Quotes and the lives of markets beside trades, from the whole simulated exchange."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import httpx2
import pytest

from flowboard.board_clock import BoardClock
from flowboard.feed_status import FeedStatus
from flowboard.kalshi.auth import load_signer
from flowboard.kalshi.backoff import Backoff
from flowboard.kalshi.connection_watch import Patience
from flowboard.kalshi.lifecycle_messages import LifecycleMessage
from flowboard.kalshi.side_channels import Changes
from flowboard.kalshi.websocket_client import WebSocketClient
from flowboard.market_info import Quote
from flowboard.simulator import Simulator, SimulatorOptions
from tests.kalshi.scripted_exchange import SOON_S, ListInbox
from tests.simulator.client import fault, mend

T = TypeVar("T")
QUICK = Patience(
    side_wait_s=0.05, side_wait_max_s=0.1, look_s=0.05, stuck_s=0.3, stuck_trades=5
)


class Listener:
    """A client of an exchange, and all that it was told beside trades."""

    def __init__(self, exchange: Simulator) -> None:
        self.quotes: list[tuple[str, Quote]] = []
        self.steps: list[LifecycleMessage] = []
        self.covered: list[int | None] = []
        self.status = FeedStatus()
        self.inbox = ListInbox()
        self.clock = BoardClock()
        self._changed = asyncio.Event()
        self.client = WebSocketClient(
            exchange.ws_url,
            load_signer(exchange.key_id, exchange.private_key_path),
            self.inbox,
            self.status,
            self.clock,
            changes=Changes(
                lambda ticker, quote: self._note(self.quotes, (ticker, quote)),
                lambda step: self._note(self.steps, step),
                lambda from_ms: self._note(self.covered, from_ms),
            ),
            backoff=Backoff(0.001, 0.01),
            patience=QUICK,
        )

    def _note(self, told: list[T], what: T) -> None:
        told.append(what)
        self._changed.set()

    async def until(self, done: Callable[[], bool]) -> None:
        """Return once `done`; it is looked at whenever something was told."""
        async with asyncio.timeout(SOON_S):
            while not done():
                self._changed.clear()
                await self._changed.wait()

    async def more_quotes(self) -> None:
        """Return once another 20 have come."""
        enough = len(self.quotes) + 20
        await self.until(lambda: len(self.quotes) >= enough)

    async def more_trades(self) -> None:
        await self.inbox.received(len(self.inbox.trades) + 20)

    async def counted(self, counter: str, number: int) -> None:
        async with asyncio.timeout(SOON_S):
            while self.status.counters.get(counter, 0) < number:
                await self.more_trades()


@asynccontextmanager
async def listening(
    keys: Path, **options: object
) -> AsyncIterator[tuple[Simulator, Listener]]:
    values = {"port": 0, "keys": keys, "rate": 200, "quote_rate": 100} | options
    async with Simulator(SimulatorOptions(**values)) as exchange:  # type: ignore[arg-type]
        listener = Listener(exchange)
        running = asyncio.create_task(listener.client.run())
        try:
            yield exchange, listener
        finally:
            listener.client.close()
            await running


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


async def test_quotes_and_steps_come_beside_trades(keys: Path) -> None:
    """Of many markets; all can be read, and no trade is missing."""
    async with listening(keys, lifecycle_rate=3_600) as (_, listener):
        await listener.more_quotes()
        await listener.more_trades()
        await listener.until(lambda: len(listener.steps) >= 3)
        now_ms = listener.clock.exchange_ms(0)

    assert len({ticker for ticker, _ in listener.quotes}) > 10
    assert all(0 <= quote.bid_e4 < quote.ask_e4 for _, quote in listener.quotes)
    assert now_ms is not None
    assert listener.covered[0] is not None
    assert abs(listener.covered[0] - now_ms) < 60_000
    assert listener.covered[1:] == [None]  # The connection was ended by the test.
    for counter in ("bad_frames", "bad_changes", "gaps", "lifecycle_gaps"):
        assert listener.status.counters.get(counter, 0) == 0
    assert "change_failures" not in listener.status.counters


async def test_a_lost_connection_is_subscribed_anew(
    keys: Path, http: httpx2.AsyncClient
) -> None:
    """Quotes come again, and their coverage has a hole."""
    async with listening(keys) as (exchange, listener):
        await listener.more_quotes()
        await fault(http, exchange, "drop", count=1)
        await listener.until(lambda: len(listener.covered) >= 3)
        await listener.more_quotes()
        await listener.more_trades()

    begun, ended, again = listener.covered[:3]
    assert begun is not None
    assert ended is None
    assert again is not None
    assert again >= begun


async def test_stuck_and_refused_quotes_do_not_disturb_trades(
    keys: Path, http: httpx2.AsyncClient
) -> None:
    """They are asked for again until they come; the connection and the trades stay."""
    async with listening(keys) as (exchange, listener):
        await listener.more_quotes()
        await fault(http, exchange, "refuse_subscribe")
        await fault(http, exchange, "stall_quotes")
        await listener.counted("lost_ticker", 4)
        lost = len(listener.covered)
        await mend(http, exchange)
        await listener.until(lambda: len(listener.covered) > lost)
        await listener.more_quotes()

        assert listener.client.subscribed.is_set()

    assert listener.status.counters["connects"] == 1
    assert listener.status.counters["gaps"] == 0
    assert listener.covered[:2] == [listener.covered[0], None]
