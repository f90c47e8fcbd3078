"""What everybody is shown, in one place: windows, newest trades, whales, quotes."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from flowboard.aggregator import Aggregator
from flowboard.coverage import Coverage
from flowboard.markets import Markets
from flowboard.models import WINDOWS_MS, TapeEntry, TradeBatch
from flowboard.quote_book import QuoteBook
from flowboard.recent_trades import RecentTrades
from flowboard.tape_memory import TapeMemory
from flowboard.whales import Whales

RATE_WINDOW = "1m"


class Stats(NamedTuple):
    """The board as a whole; the last two over the window asked for, combos too."""

    trades_total: int
    trades_per_s: float
    active_markets: int
    notional_e6: int


class Board:
    """The state behind every page, frame and answer; pure.

    Attributes:
        markets: Known tickers.
        seq: `seq` of the newest stored trade, 0 before there is one.
        trades_total: Stored trades of this installation. Set by `resume`.
        aggregator, recent_trades, whales: The parts, for those who restore them.
        tape: The newest trades by `seq`.
        quotes: The touch of every market.

    Args:
        markets: Known tickers, shared with those who add to them.
        whale_e6: Least dollars of a whale print.
        coverage: What is missing; nothing if not given.
    """

    def __init__(
        self, markets: Markets, whale_e6: int, coverage: Coverage | None = None
    ) -> None:
        self.markets = markets
        self.coverage = coverage or Coverage()
        self.seq = 0
        self.trades_total = 0
        self.aggregator = Aggregator(markets)
        self.recent_trades = RecentTrades()
        self.whales = Whales(whale_e6)
        self.tape = TapeMemory()
        self.quotes = QuoteBook()
        self._place_whales()

    def resume(self, seq: int, trades_total: int) -> None:
        """Go on after a restart; see `seq` and `trades_total`."""
        self.seq = self.tape.floor_seq = seq
        self.trades_total = trades_total

    @property
    def board_ms(self) -> int | None:
        """Board time; None before there is one."""
        return self.aggregator.board_ms

    @property
    def tape_from_ms(self) -> int | None:
        """Time of the oldest counted trade known; settable, as the store knows more."""
        return self.aggregator.tape_from_ms

    @tape_from_ms.setter
    def tape_from_ms(self, ts_ms: int | None) -> None:
        self.aggregator.tape_from_ms = ts_ms

    def fold(self, batch: TradeBatch, entries: Sequence[TapeEntry]) -> None:
        """Take in new stored trades.

        Args:
            batch: The trades, in the order of their `seq`.
            entries: The same trades, rendered.

        Raises:
            ExceptionGroup: What the parts that failed have raised; the others have the
                trades.
        """
        if not len(batch):
            return
        self.seq = batch.last_seq
        self.trades_total += len(batch)
        failures: list[Exception] = []
        parts: tuple[Callable[[], None], ...] = (
            lambda: self.tape.add(entries),
            lambda: self.aggregator.fold(batch),
            lambda: self.recent_trades.add(entries),
            lambda: self.whales.add(entries),
            self._place_whales,
        )
        for part in parts:
            try:
                part()
            except Exception as failure:
                failures.append(failure)
        if failures:
            raise ExceptionGroup("parts of the board could not take trades", failures)

    def advance(self, board_ms: int) -> None:
        """Move board time on; it never goes back."""
        self.aggregator.advance(board_ms)
        self.quotes.advance(board_ms)
        self._place_whales()

    def span(self, window: str) -> tuple[int, int]:
        """Return `window`'s first millisecond and the first after it."""
        return self.aggregator.span(window)

    def covered_ms(self, window: str) -> int:
        """Return how much of `window` the tape reaches over, open gaps left out."""
        from_ms, to_ms = self.span(window)
        if self.tape_from_ms is None:
            return 0
        from_ms = min(to_ms, max(from_ms, self.tape_from_ms))
        return to_ms - from_ms - self.coverage.missing_ms(from_ms, to_ms)

    def ranked(
        self,
        window: str,
        sort: str,
        limit: int,
        combos: bool,
        among: npt.NDArray[np.bool_] | None = None,
    ) -> list[int]:
        """Return the ids of the first `limit` markets of `window` by `sort`.

        See `Aggregator.top`.
        """
        return self.aggregator.top(window, sort, limit, combos, among)

    def recent(self, n: int, combos: bool) -> list[TapeEntry]:
        """Return up to `n` trades, newest first by exchange time."""
        return self.recent_trades.newest(n, combos=combos)

    def whale_prints(self, window: str, combos: bool) -> list[TapeEntry]:
        """Return the largest whale prints of `window`, largest first."""
        return self.whales.largest(window, combos=combos)

    def stats(self, window: str) -> Stats:
        """Return the figures of the whole board."""
        totals = self.aggregator.totals(window)
        a_minute = self.aggregator.totals(RATE_WINDOW).trades
        return Stats(
            trades_total=self.trades_total,
            trades_per_s=round(a_minute / 60, 2),
            active_markets=totals.active_markets,
            notional_e6=totals.notional_e6,
        )

    def _place_whales(self) -> None:
        self.whales.advance({window: self.span(window) for window in WINDOWS_MS})
