"""What the routes answer from, and what they need of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from flowboard.board import Board
from flowboard.feed_status import FeedStatus
from flowboard.models import WINDOWS_MS


class Store(Protocol):
    """Reads a market's trades; see `database.Database`."""

    async def market_trades(
        self, ticker: str, limit: int, cursor: str | None
    ) -> tuple[list[bytes], str]:
        """Return rendered trades, newest first, and the next cursor, "" at the end."""


class Clients(Protocol):
    """Counts who is watching; see `hub.Hub`."""

    @property
    def clients(self) -> int:
        """How many clients have a stream."""


@dataclass(frozen=True)
class Resources:
    """Everything that the routes read.

    Attributes:
        board: The figures.
        hub: Who watches.
        status: The feed's state.
        store: The tape.
        config: What `/api/config` tells.
        static_dir: Where the built page lies.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.
        default_window: Where a query names none.
    """

    board: Board
    hub: Clients
    status: FeedStatus
    store: Store
    config: Mapping[str, Any]
    static_dir: Path
    mono_ms: Callable[[], int]
    wall_ms: Callable[[], int]
    default_window: str = "5m"

    def timestamp(self) -> str:
        """Return the wall clock as ISO 8601, UTC, to the millisecond."""
        seconds, ms = divmod(self.wall_ms(), 1000)
        moment = datetime.fromtimestamp(seconds, UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms:03}Z"

    def window_fields(self, window: str) -> dict[str, Any]:
        """Return what everything with window figures carries.

        Before the first trade the window is the one that would end now.
        """
        from_ms, to_ms = self.board.span(window)
        if self.board.board_ms is None:
            span_ms = WINDOWS_MS[window]
            bucket_ms = 1_000 if span_ms <= WINDOWS_MS["15m"] else 60_000
            to_ms = (self.wall_ms() // bucket_ms + 1) * bucket_ms
            from_ms = to_ms - span_ms
        return {
            "window": window,
            "window_from_ms": from_ms,
            "window_to_ms": to_ms,
            "window_covered_ms": self.board.covered_ms(window),
        }
