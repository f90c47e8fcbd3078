"""All trades so far, on disk: one line each, found by number, time and market.

Lines are appended; every `BLOCK_TRADES` of them are a block, and what memory holds is a
few numbers a block: its place, its times, and for each market the blocks that it occurs
in. The file is temporary and has no name: it is gone when the process is.
"""

import os
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flowboard.simulator.prints import Print, line_ts_ms, rest_line

BLOCK_TRADES = 64
COPY_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which trades a page is about.

    Args:
        before: Only trades numbered below this; None starts at the newest.
        limit: How many at most.
        ticker: Only of this market.
        min_ms: Only at or after this Unix ms.
        max_ms: Only at or before this Unix ms.
        is_block: Only block trades, or none of them.
    """

    before: int | None = None
    limit: int = 100
    ticker: str | None = None
    min_ms: int | None = None
    max_ms: int | None = None
    is_block: bool | None = None


class Spool:
    """The trades in order; number 0 is the first. Close it when done."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="flowboard-trades-")  # noqa: SIM115
        self._descriptor = self._file.fileno()
        self.count = 0
        self.size_bytes = 0
        self._block_starts = array("Q")
        self._block_min_ms = array("q")
        # The newest time up to and in each block: rises even where times go back.
        self._newest_ms = array("q")
        self._ordered = True
        self._blocks_of: dict[str, array[int]] = {}
        self._with_block_trades = array("I")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def append(self, trades: Sequence[Print]) -> None:
        """Write trades behind those that are there."""
        lines = []
        size = self.size_bytes
        number = self.count
        for trade in trades:
            line = rest_line(trade)
            self._index(number, size, trade)
            lines.append(line)
            size += len(line)
            number += 1
        written = memoryview(b"".join(lines))
        at = self.size_bytes
        while written:
            done = os.pwrite(self._descriptor, written, at)
            written, at = written[done:], at + done
        self.count, self.size_bytes = number, size

    def _index(self, number: int, offset: int, trade: Print) -> None:
        block, within = divmod(number, BLOCK_TRADES)
        ts_ms = trade.created_us // 1000
        if not within:
            self._block_starts.append(offset)
            self._block_min_ms.append(ts_ms)
            self._newest_ms.append(max(ts_ms, self._newest_ms[-1] if block else ts_ms))
            if block and ts_ms < self._newest_ms[-1]:
                self._ordered = False
        elif ts_ms < self._newest_ms[block]:
            self._ordered = False
            self._block_min_ms[block] = min(ts_ms, self._block_min_ms[block])
        else:
            self._newest_ms[block] = ts_ms
        blocks = self._blocks_of.get(trade.ticker)
        if blocks is None:
            blocks = self._blocks_of[trade.ticker] = array("I")
        if not blocks or blocks[-1] != block:
            blocks.append(block)
        if trade.is_block and (
            not self._with_block_trades or self._with_block_trades[-1] != block
        ):
            self._with_block_trades.append(block)

    def lines(self, start: int, stop: int) -> list[bytes]:
        """Return the lines of the trades numbered from `start` to below `stop`."""
        stop = min(stop, self.count)
        if start >= stop:
            return []
        first, last = start // BLOCK_TRADES, (stop - 1) // BLOCK_TRADES
        lines = self._read(first, last)
        begin = first * BLOCK_TRADES
        return lines[start - begin : stop - begin]

    def _read(self, first: int, last: int) -> list[bytes]:
        starts = self._block_starts
        begin = starts[first]
        end = starts[last + 1] if last + 1 < len(starts) else self.size_bytes
        return os.pread(self._descriptor, end - begin, begin).splitlines()

    def page(self, query: PageQuery) -> tuple[list[bytes], int | None]:
        """Return lines that fit, newest first, and where the next page begins.

        Returns:
            The lines, and the `before` of the next page; None when nothing is left.
        """
        found: list[bytes] = []
        lowest = 0
        for number, line in self._matching(query):
            if len(found) == query.limit:
                return found, lowest
            found.append(line)
            lowest = number
        return found, None

    def _matching(self, query: PageQuery) -> Iterator[tuple[int, bytes]]:
        before = self.count if query.before is None else min(query.before, self.count)
        ticker = None if query.ticker is None else f'"ticker":"{query.ticker}"'.encode()
        flag = None
        if query.is_block is not None:
            flag = b'"is_block_trade":' + (b"true" if query.is_block else b"false")
        timed = query.min_ms is not None or query.max_ms is not None
        for block in self._blocks(query, before):
            begin = block * BLOCK_TRADES
            lines = self._read(block, block)
            for within in range(min(len(lines), before - begin) - 1, -1, -1):
                line = lines[within]
                if ticker is not None and ticker not in line:
                    continue
                if flag is not None and flag not in line:
                    continue
                if timed and not _within(line_ts_ms(line), query.min_ms, query.max_ms):
                    continue
                yield begin + within, line

    def _blocks(self, query: PageQuery, before: int) -> Iterator[int]:
        """Yield the blocks that may hold matches, newest first."""
        if before <= 0:
            return
        last = (before - 1) // BLOCK_TRADES
        if self._ordered and query.max_ms is not None:
            # Times rise: no block beyond the first one that ends later holds a match...
            last = min(last, bisect_left(self._newest_ms, query.max_ms + 1))
        candidates: Sequence[int] = range(last + 1)
        if query.ticker is not None:
            candidates = self._blocks_of.get(query.ticker, ())
        elif query.is_block:
            candidates = self._with_block_trades
        for place in range(bisect_left(candidates, last + 1) - 1, -1, -1):
            block = candidates[place]
            if query.min_ms is not None and self._newest_ms[block] < query.min_ms:
                return  # ...and none before this one.
            if query.max_ms is None or self._block_min_ms[block] <= query.max_ms:
                yield block

    def copy(self, size_bytes: int) -> Iterator[bytes]:
        """Yield the first `size_bytes` of the file, a piece at a time."""
        at = 0
        while at < size_bytes:
            piece = os.pread(self._descriptor, min(COPY_BYTES, size_bytes - at), at)
            at += len(piece)
            yield piece


def _within(ts_ms: int, min_ms: int | None, max_ms: int | None) -> bool:
    return (min_ms is None or ts_ms >= min_ms) and (max_ms is None or ts_ms <= max_ms)
