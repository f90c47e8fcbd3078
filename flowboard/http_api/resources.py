"""What the answers are read from, and the fields that several of them share."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from flowboard.board import Board
from flowboard.comparison import Audit
from flowboard.feed_status import FeedStatus
from flowboard.stream_state import window_fields
from flowboard.tape_reader import TapeReader
from flowboard.trade_filter import TradeFilter

AUDITS_KEPT_MS = 1_000


class Store(Protocol):
    """Reads trades and audits; see `database.Database`."""

    async def market_trades(
        self, ticker: str, limit: int, cursor: str | None, wanted: TradeFilter
    ) -> tuple[list[bytes], str]:
        """Return rendered trades, newest first, and the next cursor, "" at the end.

        Of `wanted` everything counts but the markets.

        Raises:
            BadParameter: The cursor is none of this store's.
        """

    async def audits(self, from_ms: int) -> Sequence[Audit]:
        """Return the audits of spans from `from_ms` on, oldest first.

        Raises:
            StoreError: The file cannot be read.
        """


class Clients(Protocol):
    """Knows who is watching, and when there is something to see; see `hub.Hub`."""

    @property
    def ready(self) -> asyncio.Event:
        """Set once the windows are rebuilt, or the hub is closed."""

    @property
    def closed(self) -> bool:
        """Whether the server is about to stop."""

    async def news(self, after_seq: int) -> None:
        """Return once there is a trade later than `after_seq`, or the hub is closed."""

    @property
    def clients(self) -> int:
        """How many clients have a stream."""


@dataclass
class Readers:
    """How many read the tape as it grows, over HTTP, at the moment."""

    count: int = 0


class RecentAudits:
    """Audits as they were on disk a second ago at most, however many ask for them.

    Args:
        store: Is asked.
        mono_ms: Monotonic milliseconds.
    """

    def __init__(self, store: Store, mono_ms: Callable[[], int]) -> None:
        self._store = store
        self._mono_ms = mono_ms
        self._kept: tuple[int, int, Sequence[Audit]] | None = None

    async def since(self, from_ms: int) -> Sequence[Audit]:
        """Return the audits of spans from `from_ms` on, oldest first.

        Raises:
            StoreError: The file cannot be read.
        """
        asked = from_ms, self._mono_ms() // AUDITS_KEPT_MS
        if self._kept is None or self._kept[:2] != asked:
            self._kept = *asked, await self._store.audits(from_ms)
        return self._kept[2]


@dataclass(frozen=True)
class Resources:
    """Everything that answers are read from.

    Attributes:
        board: The figures.
        hub: Who watches.
        status: The feed's state.
        store: What is on disk.
        tape: The trades after a `seq`.
        config: What `/api/config` tells: no secret may be in it.
        static_dir: Where the built page lies.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.
        audits: What was compared with the exchange.
        default_window: Where a query names none.
        readers: Of the tape as it grows.
    """

    board: Board
    hub: Clients
    status: FeedStatus
    store: Store
    tape: TapeReader
    config: Mapping[str, Any]
    static_dir: Path
    mono_ms: Callable[[], int]
    wall_ms: Callable[[], int]
    audits: RecentAudits
    default_window: str = "5m"
    readers: Readers = field(default_factory=Readers)

    def timestamp(self) -> str:
        """Return the wall clock as ISO 8601, UTC, to the millisecond."""
        seconds, ms = divmod(self.wall_ms(), 1_000)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03}Z"

    def as_of_ms(self) -> int:
        """Return board time; before there is one, the wall clock."""
        board_ms = self.board.board_ms
        return self.wall_ms() if board_ms is None else board_ms

    def as_of(self, window: str) -> dict[str, Any]:
        """Return what says when figures over `window` were right, as the stream does.

        `ts_ms` is board time; before there is one, the wall clock.
        """
        return {
            "timestamp": self.timestamp(),
            "seq": self.board.seq,
            "ts_ms": self.as_of_ms(),
            **dict(window_fields(self.board, window, self.wall_ms())),
        }
