"""A small exchange that plays a script over real sockets, and what stands around it.

It shares nothing with the product: where both were wrong in the same way, no test would
see it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from flowboard.feed_status import FeedStatus
from flowboard.models import Trade

NOON_MS = 1_795_262_400_000
SOON_S = 10.0
WS_PATH = "/trade-api/ws/v2"

Script = Callable[["Session"], Awaitable[None]]


def trade_id(n: int) -> str:
    """The invented id of trade `n`."""
    return f"{n:08x}-1111-9222-0333-{n:012x}"


def trade_message(n: int, **changes: object) -> dict[str, object]:
    """The `msg` of an invented trade; None takes a key away."""
    message: dict[str, object] = {
        "trade_id": trade_id(n),
        "market_ticker": "KXDEMO-26NOV21-T50",
        "yes_price_dollars": "0.3600",
        "no_price_dollars": "0.6400",
        "count_fp": "136.00",
        "taker_side": "no",
        "taker_outcome_side": "no",
        "taker_book_side": "ask",
        "is_block_trade": False,
        "ts": (NOON_MS + n) // 1000,
        "ts_ms": NOON_MS + n,
    }
    message.update(changes)
    return {key: value for key, value in message.items() if value is not None}


def trade_frame(n: int, seq: int | None = None, sid: int = 1, **changes: object) -> str:
    """The frame of an invented trade, newline and all."""
    frame: dict[str, object] = {"type": "trade", "sid": sid}
    if seq is not None:
        frame["seq"] = seq
    frame |= {"msg": trade_message(n, **changes), "sending_ts_ms": NOON_MS + n + 4}
    return json.dumps(frame, separators=(",", ":")) + "\n"


class Session:
    """One accepted connection, as a script sees it."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.commands: list[dict[str, object]] = []

    async def command(self) -> dict[str, object]:
        """Return the client's next command."""
        command: dict[str, object] = json.loads(await self.socket.recv())
        self.commands.append(command)
        return command

    async def send(self, *frames: str | dict[str, object]) -> None:
        for frame in frames:
            await self.socket.send(
                frame if isinstance(frame, str) else json.dumps(frame) + "\n"
            )

    async def accept_subscription(self, sid: int = 1) -> dict[str, object]:
        """Read a `subscribe` and answer it as the exchange does."""
        command = await self.command()
        await self.send(
            {
                "type": "subscribed",
                "id": command["id"],
                "msg": {"channel": "trade", "sid": sid},
            }
        )
        return command

    async def stay(self) -> None:
        """Be there, and send nothing, until the client goes."""
        await self.socket.wait_closed()


class ScriptedExchange:
    """Plays `scripts` connection by connection; the last one again and again."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.handshakes: list[Headers] = []
        self.refusals: list[tuple[int, dict[str, str], bytes]] = []
        self.sessions: list[Session] = []
        self.failures: list[BaseException] = []
        self.changed = asyncio.Event()
        self.url = ""

    async def until(self, done: Callable[["ScriptedExchange"], bool]) -> None:
        """Return once `done`; it is looked at whenever a client came or went."""
        async with asyncio.timeout(SOON_S):
            while not done(self):
                self.changed.clear()
                await self.changed.wait()

    def _receive(self, socket: ServerConnection, request: Request) -> Response | None:
        self.handshakes.append(request.headers)
        self.changed.set()
        if len(self.handshakes) > len(self.refusals):
            return None
        status, headers, body = self.refusals[len(self.handshakes) - 1]
        response = socket.respond(HTTPStatus(status), body.decode())
        for name, value in headers.items():
            if name in response.headers:
                del response.headers[name]
            response.headers[name] = value
        return response

    async def _play(self, socket: ServerConnection) -> None:
        session = Session(socket)
        self.sessions.append(session)
        self.changed.set()
        script = self.scripts[min(len(self.sessions), len(self.scripts)) - 1]
        try:
            await script(session)
        except ConnectionClosed:
            pass
        except (Exception, pytest.fail.Exception) as error:
            self.failures.append(error)
        finally:
            self.changed.set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["ScriptedExchange"]:
        async with serve(
            self._play,
            "127.0.0.1",
            0,
            process_request=self._receive,
            ping_interval=None,
            close_timeout=1,
            max_size=64 * 1024 * 1024,
        ) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            self.url = f"ws://127.0.0.1:{port}{WS_PATH}"
            yield self
            for session in self.sessions:
                session.socket.transport.abort()
        assert self.failures == []


class ListInbox:
    """The processor's inbox as a list; `limit` trades, until `take` makes room."""

    def __init__(self, limit: int = 1_000_000) -> None:
        self.limit = limit
        self.trades: list[Trade] = []
        self.waiting: list[Trade] = []
        self.changed = asyncio.Event()
        self.asked_for_room = asyncio.Event()

    @property
    def full(self) -> bool:
        return len(self.waiting) >= self.limit

    async def room(self) -> None:
        self.asked_for_room.set()
        while self.full:
            self.changed.clear()
            await self.changed.wait()

    def put(self, trade: Trade) -> None:
        assert not self.full
        self.trades.append(trade)
        self.waiting.append(trade)
        self.changed.set()

    def take(self) -> None:
        self.waiting.clear()
        self.changed.set()

    async def received(self, count: int) -> list[Trade]:
        """Return all trades once there are `count`."""
        async with asyncio.timeout(SOON_S):
            while len(self.trades) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.trades

    def ids(self) -> list[str]:
        return [trade.trade_id.hex()[:8] for trade in self.trades]


def ids(numbers: Iterable[int]) -> list[str]:
    """What `ListInbox.ids` gives for trades of these numbers."""
    return [f"{n:08x}" for n in numbers]


class LoudStatus(FeedStatus):
    """A `FeedStatus` whose changes can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = asyncio.Event()
        self.problems: list[str] = []

    def count(self, name: str, n: int = 1) -> None:
        super().count(name, n)
        self.changed.set()

    def connected(self, mono_ms: int) -> None:
        super().connected(mono_ms)
        self.changed.set()

    def interrupted(self, reason: str, mono_ms: int | None = None) -> None:
        super().interrupted(reason, mono_ms)
        self.problems.append(reason)
        self.changed.set()

    async def until(self, done: Callable[["LoudStatus"], bool]) -> None:
        """Return once `done`."""
        async with asyncio.timeout(SOON_S):
            while not done(self):
                self.changed.clear()
                await self.changed.wait()


def write_pem(
    path: Path,
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
    form: str = "PKCS8",
    password: bytes | None = None,
) -> Path:
    """Write `key` to `path` in `form` (a member of `PrivateFormat`)."""
    encryption: serialization.KeySerializationEncryption
    if password is None:
        encryption = serialization.NoEncryption()
    else:
        encryption = serialization.BestAvailableEncryption(password)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            getattr(serialization.PrivateFormat, form),
            encryption,
        )
    )
    return path
