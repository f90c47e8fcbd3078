"""A client for tests: signs by itself and reads frames, sharing nothing with ours."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import websockets
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from websockets.asyncio.client import ClientConnection

from flowboard.simulator import Simulator

WS_PATH = "/trade-api/ws/v2"
PATIENCE_S = 10.0


def signed(
    exchange: Simulator,
    path: str = WS_PATH,
    *,
    skew_ms: int = 0,
    salt: int = 32,
    key_id: str | None = None,
) -> dict[str, str]:
    """Return the three headers of a signed GET of `path`."""
    pem = Path(exchange.private_key_path).read_bytes()
    key = load_pem_private_key(pem, None)
    timestamp = str(int(time.time() * 1000) + skew_ms)
    text = f"{timestamp}GET{path}".encode()
    if isinstance(key, RSAPrivateKey):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
        raw = key.sign(text, pss, hashes.SHA256())
    else:
        raw = key.sign(text)  # type: ignore[call-arg, union-attr]
    return {
        "KALSHI-ACCESS-KEY": key_id or exchange.key_id,
        "KALSHI-ACCESS-TIMESTAMP": timestamp,
        "KALSHI-ACCESS-SIGNATURE": base64.b64encode(raw).decode(),
    }


class Feed:
    """One WebSocket whose frames are read as text and as JSON."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._ids = iter(range(1, 1_000_000))

    async def send(self, cmd: str, **params: Any) -> int:
        """Send a command; return its id."""
        command_id = next(self._ids)
        command: dict[str, Any] = {"id": command_id, "cmd": cmd}
        if params:
            command["params"] = params
        await self.socket.send(json.dumps(command))
        return command_id

    async def text(self) -> str:
        """Return the next frame as it came."""
        frame = await asyncio.wait_for(self.socket.recv(), PATIENCE_S)
        assert isinstance(frame, str)
        return frame

    async def frame(self) -> dict[str, Any]:
        """Return the next frame, decoded."""
        frame = json.loads(await self.text())
        assert isinstance(frame, dict)
        return frame

    async def answer(self, command_id: int) -> dict[str, Any]:
        """Return the next frame that answers `command_id`; data is read over."""
        while True:
            frame = await self.frame()
            if frame.get("id") == command_id:
                return frame

    async def subscribe(self, *tickers: str) -> dict[str, Any]:
        """Subscribe to trades, of `tickers` if any are given; return the answer."""
        params: dict[str, Any] = {"channels": ["trade"]}
        if tickers:
            params["market_tickers"] = list(tickers)
        return await self.answer(await self.send("subscribe", **params))

    async def trades(self, count: int) -> list[dict[str, Any]]:
        """Return the next `count` trade frames, reading over other frames."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            frame = await self.frame()
            if frame["type"] == "trade":
                found.append(frame)
        return found


@asynccontextmanager
async def connected(
    exchange: Simulator, headers: dict[str, str] | None = None
) -> AsyncIterator[Feed]:
    """Open a signed WebSocket."""
    async with websockets.connect(
        exchange.ws_url,
        additional_headers=signed(exchange) if headers is None else headers,
        max_queue=None,
    ) as socket:
        yield Feed(socket)


async def fault(
    http: httpx2.AsyncClient, exchange: Simulator, kind: str, **fields: Any
) -> dict[str, Any]:
    """Switch a fault on; return how the exchange describes it."""
    url = f"{exchange.base}/simulator/faults"
    reply = await http.post(url, json={"kind": kind} | fields)
    assert reply.status_code == 201, reply.text
    described: dict[str, Any] = reply.json()
    return described


async def mend(http: httpx2.AsyncClient, exchange: Simulator) -> None:
    """Switch all faults off."""
    await http.delete(f"{exchange.base}/simulator/faults")


async def truth(http: httpx2.AsyncClient, exchange: Simulator) -> list[dict[str, Any]]:
    """Return every trade so far, oldest first."""
    reply = await http.get(f"{exchange.base}/simulator/trades")
    return [json.loads(line) for line in reply.text.splitlines()]
