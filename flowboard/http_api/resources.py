"""What the answers are read from, and the fields that several of them share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from flowboard.board import Board
from flowboard.feed_status import FeedStatus
from flowboard.stream import window_fields


class Store(Protocol):
    """Reads a market's trades; see `database.Database`."""

    async def market_trades(
        self, ticker: str, limit: int, cursor: str | None
    ) -> tuple[list[bytes], str]:
        """Return rendered trades, newest first, and the next cursor, "" at the end.

        Raises:
            BadParameter: The cursor is none of this store's.
        """


class Clients(Protocol):
    """Counts who is watching; see `hub.Hub`."""

    @property
    def clients(self) -> int:
        """How many clients have a stream."""


@dataclass(frozen=True)
class Resources:
    """Everything that answers are read from.

    Attributes:
        board: The figures.
        hub: Who watches.
        status: The feed's state.
        store: The tape.
        config: What `/api/config` tells: no secret may be in it.
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
        seconds, ms = divmod(self.wall_ms(), 1_000)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03}Z"

    def as_of(self, window: str) -> dict[str, Any]:
        """Return what says when figures over `window` were right, as the stream does.

        `ts_ms` is board time; before there is one, the wall clock.
        """
        board, wall_ms = self.board, self.wall_ms()
        return {
            "timestamp": self.timestamp(),
            "seq": board.seq,
            "ts_ms": wall_ms if board.board_ms is None else board.board_ms,
            **dict(window_fields(board, window, wall_ms)),
        }
