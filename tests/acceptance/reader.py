"""A reader of /ws/stream by the documented rule, knowing nothing of the product."""

import asyncio
import json
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

FIGURES = {"notional": "notional_dollars", "volume": "volume_fp"}
FRAME_S = 15.0
TRADES_KEPT = 200


class Reader:
    """Keeps rows by ticker, applies absolute values, drops what left, sorts.

    Attributes:
        rows: By ticker.
        seen: Ids of all trades that any frame brought.
        deltas: How many deltas were read.
        others: Frames that are neither snapshot nor delta nor heartbeat.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.rows: dict[str, dict[str, Any]] = {}
        self.seen: set[str] = set()
        self.last: dict[str, Any] = {}
        self.feed: dict[str, Any] = {}
        self.offset = -1
        self.deltas = 0
        self.others: list[dict[str, Any]] = []

    async def frame(self) -> dict[str, Any]:
        """Read one frame and take it in."""
        # Not wait_for: it may lose a cancellation that comes together with a frame.
        async with asyncio.timeout(FRAME_S):
            text = await self.socket.recv()
        frame: dict[str, Any] = json.loads(text)
        kind = frame["type"]
        if kind == "snapshot":
            self.rows = {r["market_ticker"]: r for r in frame.get("hot_markets", [])}
            self.offset = frame["offset"]
            self.last = frame
        elif kind == "delta":
            assert frame["offset"] == self.offset + 1, "a hole in the offsets"
            self.offset = frame["offset"]
            self.deltas += 1
            self._apply(frame)
        elif kind != "heartbeat":
            self.others.append(frame)
        self.feed = frame.get("feed", self.feed)
        for trade in [*frame.get("trades", []), *frame.get("recent_trades", [])]:
            self.seen.add(trade["trade_id"])
        return frame

    async def until(self, kind: str, frames: int = 2_000) -> dict[str, Any]:
        """Read on to the next frame of type `kind`."""
        for _ in range(frames):
            frame = await self.frame()
            if frame["type"] == kind:
                return frame
        raise AssertionError(f"no {kind} among {frames} frames")

    async def to_the_end(self) -> int | None:
        """Read until the server closes; return its close code."""
        try:
            while True:
                await self.frame()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    async def send(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    def ranked(self, sort: str = "notional") -> list[dict[str, Any]]:
        """Return the rows by a figure, largest first, ties by ticker."""
        figure = FIGURES[sort]
        return sorted(
            self.rows.values(), key=lambda r: (-float(r[figure]), r["market_ticker"])
        )

    def _apply(self, delta: dict[str, Any]) -> None:
        for change in delta.get("hot_markets", []):
            ticker = change["market_ticker"]
            self.rows[ticker] = self.rows.get(ticker, {}) | change
        for ticker in delta.get("left", []):
            del self.rows[ticker]
