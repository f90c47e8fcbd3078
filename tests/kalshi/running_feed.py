"""A running client against a scripted exchange, and the scripts most often played."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from cryptography.hazmat.primitives.asymmetric import ed25519

from flowboard.board_clock import BoardClock
from flowboard.kalshi.auth import Signer
from flowboard.kalshi.backoff import Backoff
from flowboard.kalshi.connection_watch import Patience
from flowboard.kalshi.silence_watch import Probe, nobody_to_ask
from flowboard.kalshi.websocket_client import WebSocketClient
from tests.kalshi.scripted_exchange import (
    NOON_MS,
    SOON_S,
    ListInbox,
    LoudStatus,
    Script,
    ScriptedExchange,
    Session,
)

KEY_ID = "0f1e2d3c-1111-4222-8333-444455556666"
QUICK = Patience(answer_s=5, ping_s=0.02, auth_s=0.02)


class Feed:
    """A running client and all that it touches."""

    def __init__(
        self,
        exchange: ScriptedExchange,
        key: ed25519.Ed25519PrivateKey,
        status: LoudStatus,
        inbox: ListInbox,
        patience: Patience = QUICK,
        backoff: Backoff | None = None,
        probe: Probe = nobody_to_ask,
        handshake_s: float = 10.0,
    ) -> None:
        self.exchange = exchange
        self.status = status
        self.inbox = inbox
        self.clock = BoardClock()
        self.signer = Signer(KEY_ID, key)
        self.changed = asyncio.Event()
        self.changes: list[tuple[bool, bool, int]] = []
        self.client = WebSocketClient(
            exchange.url,
            self.signer,
            inbox,
            status,
            self.clock,
            probe=probe,
            on_change=self._note_change,
            handshake_s=handshake_s,
            backoff=backoff or Backoff(0.001, 0.01, random.Random(1)),
            patience=patience,
            wall_ms=lambda: NOON_MS,
        )

    def _note_change(self) -> None:
        client = self.client
        self.changes.append(
            (client.subscribed.is_set(), client.flowing, client.failures)
        )
        self.changed.set()

    async def until(self, done: Callable[[WebSocketClient], bool]) -> None:
        """Return once `done`; it is looked at whenever the client says "changed"."""
        async with asyncio.timeout(SOON_S):
            while not done(self.client):
                self.changed.clear()
                await self.changed.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Feed"]:
        task = asyncio.create_task(self.client.run())
        try:
            yield self
        finally:
            self.client.close()
            async with asyncio.timeout(2):
                await task


@asynccontextmanager
async def feed(
    key: ed25519.Ed25519PrivateKey,
    status: LoudStatus,
    inbox: ListInbox,
    *scripts: Script,
    patience: Patience = QUICK,
    probe: Probe = nobody_to_ask,
) -> AsyncIterator[Feed]:
    async with (
        ScriptedExchange(*scripts).serving() as exchange,
        Feed(exchange, key, status, inbox, patience, probe=probe).running() as running,
    ):
        yield running


def gives(*frames: str | dict[str, object]) -> Script:
    """Accept the subscription, send `frames`, and stay."""

    async def script(session: Session) -> None:
        await session.accept_subscription()
        await session.send(*frames)
        await session.stay()

    return script


def gives_and_goes(*frames: str | dict[str, object]) -> Script:
    """Accept the subscription, send `frames`, and close."""

    async def script(session: Session) -> None:
        await session.accept_subscription()
        await session.send(*frames)

    return script


def error(code: int, **keys: object) -> dict[str, object]:
    return {"type": "error", **keys, "msg": {"code": code, "msg": "as scripted"}}
