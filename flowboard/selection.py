"""What of the board one stream shows: its markets, newest trades and whale prints."""

from collections.abc import Sequence
from typing import Protocol

from flowboard.board import Board
from flowboard.models import WINDOWS_MS, TapeEntry
from flowboard.recent_trades import RecentTrades
from flowboard.trade_filter import Sieve
from flowboard.whales import Whales

# So many of the board's newest are looked through at first, by time and by `seq`.
SEEDED = 1_000
SEEDED_TAPE = 5_000


class Selection(Protocol):
    """The lists of one filter over the board."""

    def add(self, entries: Sequence[TapeEntry]) -> None:
        """Take in new trades that pass the filter, each once."""

    def ranked(self, window: str, sort: str, limit: int) -> list[int]:
        """Return the ids of the first markets of `window` by `sort`."""

    def recent(self, n: int) -> list[TapeEntry]:
        """Return up to `n` trades, newest first by exchange time."""

    def whales(self, window: str) -> list[TapeEntry]:
        """Return the largest whale prints of `window`, largest first."""


def selection_of(board: Board, sieve: Sieve) -> Selection:
    """Return the lists of `sieve`'s filter, as the board is now."""
    if sieve.wanted.is_plain:
        return _Everything(board, sieve.wanted.combos)
    return _Filtered(board, sieve)


class _Everything:
    """The board's own lists."""

    def __init__(self, board: Board, combos: bool) -> None:
        self._board = board
        self._combos = combos

    def add(self, entries: Sequence[TapeEntry]) -> None:
        """Do nothing: the board has them."""

    def ranked(self, window: str, sort: str, limit: int) -> list[int]:
        return self._board.ranked(window, sort, limit, self._combos)

    def recent(self, n: int) -> list[TapeEntry]:
        return self._board.recent(n, self._combos)

    def whales(self, window: str) -> list[TapeEntry]:
        return self._board.whale_prints(window, self._combos)


class _Filtered:
    """Lists of its own, begun with what the board still has."""

    def __init__(self, board: Board, sieve: Sieve) -> None:
        self._board = board
        self._sieve = sieve
        self._recent = RecentTrades()
        self._whales = Whales(board.whales.threshold_e6)
        self._recent.add(sieve.passing(_newest(board)))
        self._place()
        self._whales.add(sieve.passing(board.whales.kept()))

    def add(self, entries: Sequence[TapeEntry]) -> None:
        self._recent.add(entries)
        self._whales.add(entries)

    def ranked(self, window: str, sort: str, limit: int) -> list[int]:
        combos, among = self._sieve.wanted.combos, self._sieve.markets
        return self._board.ranked(window, sort, limit, combos, among)

    def recent(self, n: int) -> list[TapeEntry]:
        return self._recent.newest(n, combos=True)

    def whales(self, window: str) -> list[TapeEntry]:
        self._place()
        return self._whales.largest(window, combos=True)

    def _place(self) -> None:
        board = self._board
        self._whales.advance({window: board.span(window) for window in WINDOWS_MS})


def _newest(board: Board) -> list[TapeEntry]:
    """Return the newest trades in memory, and none older than a newer one that is not.

    Those of the last `seq` are the newest only while the tape is live: of what is
    filled in behind it they are any, most often the oldest.
    """
    known = board.recent_trades.newest(SEEDED, combos=True)
    if len(known) < SEEDED:
        return known
    tape = board.tape.after(max(board.tape.floor_seq, board.seq - SEEDED_TAPE))
    live_ms = next((entry.ts_ms for entry in tape if not entry.late), known[-1].ts_ms)
    since_ms = min(known[-1].ts_ms, live_ms)
    newest = {entry.seq: entry for entry in tape if entry.ts_ms >= since_ms}
    newest |= {entry.seq: entry for entry in known}
    return list(newest.values())
