"""What the answers are read from, and the fields that several of them share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from flowboard.board import Board
from flowboard.comparison import Audit
from flowboard.feed_status import FeedStatus
from flowboard.stream import window_fields

AUDITS_KEPT_MS = 1_000


class Store(Protocol):
    """Reads trades and audits; see `database.Database`."""

    async def market_trades(
        self, ticker: str, limit: int, cursor: str | None
    ) -> tuple[list[bytes], str]:
        """Return rendered trades, newest first, and the next cursor, "" at the end.

        Raises:
            BadParameter: The cursor is none of this store's.
        """

    async def audits(self, from_ms: int) -> Sequence[Audit]:
        """Return the audits of spans from `from_ms` on, oldest first.

        Raises:
            StoreError: The file cannot be read.
        """


class Clients(Protocol):
    """Counts who is watching; see `hub.Hub`."""

    @property
    def clients(self) -> int:
        """How many clients have a stream."""


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
        store: The tape.
        config: What `/api/config` tells: no secret may be in it.
        static_dir: Where the built page lies.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.
        audits: What was compared with the exchange.
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
    audits: RecentAudits
    default_window: str = "5m"

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
