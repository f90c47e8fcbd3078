"""All trades so far, on disk: one line each, found by number, time and market.

Lines are appended; every `BLOCK_TRADES` of them are a block, and what memory holds is a
few numbers a block: its place, its newest time, and for each market the blocks that it
occurs in. Pages go by time, newest first: a trade that is older than one before it is
late, and has a place of its own, between those that came in time. The file is temporary
and has no name: it is gone when the process is.
"""

import os
import tempfile
from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowboard.simulator.prints import Print, line_ts_ms, rest_line

BLOCK_TRADES = 64
COPY_BYTES = 262_144
NONE_LATE = (-1, -1, b"")


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which trades a page is about.

    Args:
        before: Only what a page lists behind the trade of this number; None starts at
            the newest.
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
        # The newest time up to and in each block: rises even where times go back.
        self._newest_ms = array("q")
        # Trades that came late: time, number, and the number of the first trade in time
        # that is newer; sorted, so that all three rise.
        self._late: list[tuple[int, int, int]] = []
        self._late_of: dict[int, tuple[int, int, int]] = {}
        self._unlisted: set[int] = set()
        self._blocks_of: dict[str, array[int]] = {}
        self._with_block_trades = array("I")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def append(self, trades: Sequence[Print], unlisted: Iterable[int] = ()) -> None:
        """Write trades behind those that are there.

        Args:
            trades: The first of them gets the number `count`.
            unlisted: Numbers of those that are on no page, ever.
        """
        self._unlisted.update(unlisted)
        lines = []
        late: list[tuple[int, int]] = []
        size = self.size_bytes
        number = self.count
        for trade in trades:
            line = rest_line(trade)
            if self._index(number, size, trade):
                late.append((trade.created_us // 1000, number))
            lines.append(line)
            size += len(line)
            number += 1
        written = memoryview(b"".join(lines))
        at = self.size_bytes
        while written:
            done = os.pwrite(self._descriptor, written, at)
            written, at = written[done:], at + done
        self.count, self.size_bytes = number, size
        for ts_ms, number in late:
            place = (ts_ms, number, self._first_newer(ts_ms))
            insort(self._late, place)
            self._late_of[number] = place

    def _first_newer(self, ts_ms: int) -> int:
        """Return the number of the first trade newer than a late one."""
        block = bisect_right(self._newest_ms, ts_ms)
        number = block * BLOCK_TRADES
        # Late ones of the block are passed over: what is sought is newer than all before.
        return number + next(
            within
            for within, line in enumerate(self._read(block, block))
            if line_ts_ms(line) > ts_ms
        )

    def _index(self, number: int, offset: int, trade: Print) -> bool:
        """Note where a trade is; return whether it is late."""
        block, within = divmod(number, BLOCK_TRADES)
        ts_ms = trade.created_us // 1000
        newest_ms = self._newest_ms[-1] if number else ts_ms
        if not within:
            self._block_starts.append(offset)
            self._newest_ms.append(max(ts_ms, newest_ms))
        else:
            self._newest_ms[block] = max(ts_ms, newest_ms)
        blocks = self._blocks_of.get(trade.ticker)
        if blocks is None:
            blocks = self._blocks_of[trade.ticker] = array("I")
        if not blocks or blocks[-1] != block:
            blocks.append(block)
        if trade.is_block and (
            not self._with_block_trades or self._with_block_trades[-1] != block
        ):
            self._with_block_trades.append(block)
        return ts_ms < newest_ms

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
        """Yield what fits, newest first: late ones between those that came in time."""
        before, late_end = self._start(query.before)
        fits = _filter(query)
        late = self._late_ones(query, late_end)
        place, number, line = next(late, NONE_LATE)
        for block in self._blocks(query, before):
            begin = block * BLOCK_TRADES
            lines = self._read(block, block)
            for within in range(min(len(lines), before - begin) - 1, -1, -1):
                at = begin + within
                if at in self._late_of or at in self._unlisted:
                    continue
                while place > at:
                    if fits(line):
                        yield number, line
                    place, number, line = next(late, NONE_LATE)
                if fits(lines[within]):
                    yield at, lines[within]
        while place >= 0:
            if fits(line):
                yield number, line
            place, number, line = next(late, NONE_LATE)

    def _start(self, before: int | None) -> tuple[int, int]:
        """Return where a page begins among trades in time, and among late ones."""
        if before is None or before >= self.count:
            return self.count, len(self._late)
        if before in self._late_of:
            place = self._late_of[before]
            return place[2], bisect_left(self._late, place)
        return before, bisect_right(self._late, before, key=lambda late: late[2])

    def _late_ones(
        self, query: PageQuery, end: int
    ) -> Iterator[tuple[int, int, bytes]]:
        """Yield place, number and line of late trades of the span, newest first."""
        for place in range(end - 1, -1, -1):
            ts_ms, number, newer = self._late[place]
            if query.min_ms is not None and ts_ms < query.min_ms:
                return
            if number in self._unlisted or (
                query.max_ms is not None and ts_ms > query.max_ms
            ):
                continue
            yield newer, number, self.lines(number, number + 1)[0]

    def _blocks(self, query: PageQuery, before: int) -> Iterator[int]:
        """Yield the blocks that may hold matches in time, newest first."""
        if before <= 0:
            return
        last = (before - 1) // BLOCK_TRADES
        if query.max_ms is not None:
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
            yield block

    def copy(self, size_bytes: int) -> Iterator[bytes]:
        """Yield the first `size_bytes` of the file, a piece at a time."""
        at = 0
        while at < size_bytes:
            piece = os.pread(self._descriptor, min(COPY_BYTES, size_bytes - at), at)
            at += len(piece)
            yield piece


def _filter(query: PageQuery) -> Callable[[bytes], bool]:
    """Return what tells whether a line fits a query, wherever it stands."""
    ticker = b"" if query.ticker is None else b'"ticker":"%b"' % query.ticker.encode()
    flag = b""
    if query.is_block is not None:
        flag = b'"is_block_trade":' + (b"true" if query.is_block else b"false")
    min_ms, max_ms = query.min_ms, query.max_ms
    timed = min_ms is not None or max_ms is not None

    def fits(line: bytes) -> bool:
        if ticker not in line or flag not in line:
            return False
        if not timed:
            return True
        ts_ms = line_ts_ms(line)
        return (min_ms is None or ts_ms >= min_ms) and (
            max_ms is None or ts_ms <= max_ms
        )

    return fits
