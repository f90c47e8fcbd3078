"""What the answers are read from, and the fields that several of them share."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from flowboard.board import Board
from flowboard.comparison import Audit
from flowboard.database.history import History
from flowboard.database.kept_quotes import QuotePage
from flowboard.database.listings import Listings
from flowboard.events import EventBook
from flowboard.feed_status import FeedStatus
from flowboard.http_api.kept_answers import KeptAnswers
from flowboard.http_api.market_index import MarketIndex
from flowboard.http_api.usual_dollars import UsualDollars
from flowboard.market_info import QuoteSource
from flowboard.quote_tape import QuoteSpan
from flowboard.row_book import RowBook
from flowboard.stream_state import window_fields
from flowboard.tape_reader import TapeReader

AUDITS_KEPT_MS = 1_000
KEPT_MS = 100


class Store(Protocol):
    """Reads what is on disk; see `database.Database`."""

    @property
    def history(self) -> History:
        """Reads trades and candles of any span."""

    @property
    def listings(self) -> Listings:
        """Reads what the exchange says of markets."""

    async def quotes_between(
        self,
        ticker: str,
        from_ms: int,
        to_ms: int,
        source: QuoteSource | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> QuotePage:
        """Return a market's quotes, newest first.

        Raises:
            BadParameter: The cursor is none of this store's.
            StoreError: The file cannot be read.
        """

    async def quote_spans(self, from_ms: int, to_ms: int) -> Sequence[QuoteSpan]:
        """Return where all quotes of a span were stored, oldest first.

        Raises:
            StoreError: The file cannot be read.
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
    """How many read something at the moment."""

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
        rows: Hot rows.
        events: The events, ranked.
        index: All markets that are known, to be filtered and ranked.
        usual: What is usually paid at this hour.
        default_window: Where a query names none.
        readers: Of the tape as it grows, over HTTP.
        whale_clients: Of `/ws`.
        kept: Answers that many ask for.
        want: Has a market of which nothing is known asked for, soon.
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
    rows: RowBook
    events: EventBook
    index: MarketIndex
    usual: UsualDollars
    default_window: str = "5m"
    readers: Readers = field(default_factory=Readers)
    whale_clients: Readers = field(default_factory=Readers)
    kept: KeptAnswers = field(default_factory=KeptAnswers)
    want: Callable[[str], None] = lambda _: None

    def timestamp(self) -> str:
        """Return the wall clock as ISO 8601, UTC, to the millisecond."""
        seconds, ms = divmod(self.wall_ms(), 1_000)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03}Z"

    def as_of_ms(self) -> int:
        """Return board time; before there is one, the wall clock."""
        board_ms = self.board.board_ms
        return self.wall_ms() if board_ms is None else board_ms

    def state(self, window: str) -> tuple[object, ...]:
        """Return what rows and figures over `window` come from: equal, so are they.

        It is another every tenth of a second, since answers tell the time.
        """
        board = self.board
        return (
            board.seq,
            board.board_ms,
            board.quotes.version,
            board.markets.version,
            board.covered_ms(window),
            self.wall_ms() // KEPT_MS,
            self.status.is_rebuilding,
        )

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
