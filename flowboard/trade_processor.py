"""Trades -> stored, then counted, then shown; the only place with that order.

A beat takes what has arrived, commits it, folds it into the board, publishes it. After
a quiet spell the first trade starts one at once; under load one comes every 100 ms. A
trade is shown once it is on disk. The one exception: while the store fails, trades are
shown from memory and stored in order later, and `feed.state` says so.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import numpy as np
import structlog

from flowboard.board import Board
from flowboard.board_clock import BoardClock
from flowboard.errors import StoreError
from flowboard.feed_status import FeedStatus
from flowboard.inbox import Inbox
from flowboard.models import TapeEntry, Trade, TradeBatch
from flowboard.stream_messages import render_trades

BEAT_S = 0.1
BEAT_TRADES_MAX = 8_000  # Some 50 ms of work, and one commit.
UNWRITTEN_MAX = 200_000
AHEAD_MS = 60_000  # Further ahead of the exchange's clock a trade is not counted.
STORE_RETRY_S = 1.0
SLIDE_S = 1.0  # The shortest bucket: so often windows move without a trade.

Listener = Callable[[TradeBatch], Awaitable[None] | None]


class Store(Protocol):
    """Where trades are kept; see `database.Database`."""

    @property
    def unwritten(self) -> int:
        """Trades that wait in memory because they could not be written."""

    @property
    def has_news(self) -> bool:
        """Whether there is something to write beside trades: gaps, exact times."""

    async def sift(self, trades: Sequence[Trade], ahead_ms: int | None) -> TradeBatch:
        """Return the new ones among `trades`, numbered."""

    async def write(
        self, batch: TradeBatch | None, board_ms: int | None, wall_ms: int
    ) -> list[TradeBatch]:
        """Store a batch, after all that could not be stored before; return its rest."""


class Publisher(Protocol):
    """Who shows the board; see `hub.Hub`."""

    @property
    def tick_ms(self) -> int:
        """How soon somebody wants to hear of a trade."""

    def publish(self) -> None:
        """Tell every subscriber what changed."""


class TradeProcessor:
    """Runs beats until its inbox is closed and empty.

    Args:
        inbox: Where feeds put trades.
        store: Decides which are new, and keeps them.
        board: Counts them.
        publisher: Shows them.
        clock: Board time.
        status: Hears of the store's failures and of failing listeners.
        listeners: Each gets every batch of new trades after it was shown: a plain
            callable, or one that returns an awaitable, which the next beat waits for.
            What it raises is logged and counted, and stops nobody.
        beat_s: Time between two beats under load.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.

    Attributes:
        beaten_ms: When the last beat began, or the store was last tried: one a second
            at least, or it hangs.
    """

    def __init__(
        self,
        inbox: Inbox,
        store: Store,
        board: Board,
        publisher: Publisher,
        clock: BoardClock,
        status: FeedStatus,
        *,
        listeners: Sequence[Listener] = (),
        beat_s: float = BEAT_S,
        mono_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._board = board
        self._publisher = publisher
        self._clock = clock
        self._status = status
        self._listeners = list(listeners)
        self._beat_s = beat_s
        self._mono_ms = mono_ms
        self._wall_ms = wall_ms
        self._store_failed_ms: int | None = None
        self.beaten_ms = mono_ms()
        self._asked_ms: int | None = None
        self._log = structlog.get_logger("flowboard.processor")

    async def run(self) -> None:
        """Process the inbox to its end; its last trade is stored on return.

        Raises:
            StoreError: The end has come, and the store still fails.
        """
        inbox = self._inbox
        self.beaten_ms = self._mono_ms()
        next_s = time.monotonic()
        while len(inbox) or not inbox.closed:
            await inbox.arrival(SLIDE_S)
            # A beat that left trades behind is followed at once by the next.
            if len(inbox) < BEAT_TRADES_MAX and not inbox.closed:
                await asyncio.sleep(max(0.0, next_s - time.monotonic()))
            beat_s = min(self._beat_s, self._publisher.tick_ms / 1000)
            next_s = time.monotonic() + beat_s
            await self.beat()
        if self._store.unwritten or self._store.has_news:
            await self._store.write(None, *self._times())

    @property
    def store_wait_ms(self) -> int:
        """How long the store has been busy with what it was asked last."""
        return 0 if self._asked_ms is None else self._mono_ms() - self._asked_ms

    async def beat(self) -> None:
        """Take what has arrived, store it, count it, show it."""
        self.beaten_ms = self._mono_ms()
        if self._store_failed_ms is not None:
            await self._store_again()
        trades = self._inbox.take(BEAT_TRADES_MAX)
        stored: list[TradeBatch] = []
        if trades:
            stored = await self._stored(await self._sift(trades))
        elif self._store.has_news and self._store_failed_ms is None:
            await self._write_waiting()
        if self._inbox.has_parcels:
            fresh = [trade for batch in stored for trade in batch.trades]
            self._inbox.settle(fresh, on_disk=not self._store.unwritten)
        for batch in stored:
            self._fold(batch, render_trades(batch, self._board.markets))
        board_ms = self._clock.board_ms(self._mono_ms())
        if board_ms is not None:
            self._board.advance(board_ms)
        self._publisher.publish()
        for batch in stored:
            await self._tell_listeners(batch)

    def _fold(self, batch: TradeBatch, rendered: list[TapeEntry]) -> None:
        """Count a batch; a part of the board that cannot take it stops no other."""
        try:
            self._board.fold(batch, rendered)
        except ExceptionGroup as failure:
            self._status.count("fold_failures")
            self._status.dead_letter(b"\n".join(e.json for e in rendered), str(failure))
            self._log.error(
                "parts of the board are wrong from here on; start again to mend them",
                first_seq=batch.first_seq,
                trades=len(batch),
                problems=[repr(each) for each in failure.exceptions],
            )
            self._log.debug("what they raised", exc_info=failure)

    async def _sift(self, trades: list[Trade]) -> TradeBatch:
        """Ask which trades are new, for as long as it takes the store to answer."""
        exchange_ms = self._clock.now_ms(self._mono_ms(), self._wall_ms())
        while True:
            try:
                with self._asking():
                    return await self._store.sift(trades, exchange_ms + AHEAD_MS)
            except StoreError as error:
                self._note_failure(error)
                if self._inbox.closed:
                    raise
                self._publisher.publish()
                await asyncio.sleep(STORE_RETRY_S)

    async def _stored(self, batch: TradeBatch) -> list[TradeBatch]:
        """Store `batch`; return what is to be counted and shown of it."""
        if not len(batch):
            if self._store.has_news:
                await self._write_waiting()
            return []
        if batch.counted.any():
            newest_ms = int(batch.ts_ms[batch.counted].max())
            self._clock.accept(newest_ms, self._mono_ms())
        try:
            with self._asking():
                stored = await self._store.write(batch, *self._times())
            self._note_success()
            self._move_edge(batch)
            refused = len(batch) - sum(map(len, stored))
            if refused:
                self._status.count("refused_rows", refused)
                self._log.error("the store refused rows", rows=refused)
            return stored
        except StoreError as error:
            self._note_failure(error)
        while self._store.unwritten >= UNWRITTEN_MAX and not self._inbox.closed:
            # No room to wait in: the inbox fills up, and the exchange has to wait.
            await asyncio.sleep(STORE_RETRY_S)
            await self._store_again()
        return [batch]

    def _move_edge(self, batch: TradeBatch) -> None:
        """Tell how far the socket's trades are on disk; pages say that themselves."""
        live = batch.counted
        if self._inbox.has_parcels:
            live = live & np.array([t.source == "ws" for t in batch.trades], np.bool_)
        if not live.any():
            return
        newest_ms = int(batch.ts_ms[live].max())
        exchange_ms = self._clock.exchange_ms(self._mono_ms())
        if exchange_ms is not None:  # One that is ahead of its time says nothing.
            newest_ms = min(newest_ms, exchange_ms)
        self._status.coverage.advance(newest_ms)

    async def _store_again(self) -> None:
        failed_ms = self._store_failed_ms
        if failed_ms is None or self._mono_ms() - failed_ms < STORE_RETRY_S * 1000:
            return
        await self._write_waiting()

    async def _write_waiting(self) -> None:
        try:
            with self._asking():
                await self._store.write(None, *self._times())
            self._note_success()
        except StoreError as error:
            self._note_failure(error)

    def _times(self) -> tuple[int | None, int]:
        return self._clock.board_ms(self._mono_ms()), self._wall_ms()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Note how long the store takes: a disk that hangs is no hang of ours."""
        self._asked_ms = self._mono_ms()
        try:
            yield
        finally:
            self.beaten_ms, self._asked_ms = self._mono_ms(), None

    def _note_failure(self, error: StoreError) -> None:
        if self._store_failed_ms is None:
            self._log.error("the store fails", problem=str(error))
        self._store_failed_ms = self._mono_ms()
        self._status.store_failing(True)
        self._status.count("store_failures")

    def _note_success(self) -> None:
        if self._store_failed_ms is not None:
            self._log.info("the store works again")
            self._store_failed_ms = None
            self._status.store_failing(False)

    async def _tell_listeners(self, batch: TradeBatch) -> None:
        for listener in self._listeners:
            try:
                answer = listener(batch)
                if inspect.isawaitable(answer):
                    await answer
            except Exception:
                self._status.count("listener_failures")
                self._log.exception("a listener failed; the others go on")
