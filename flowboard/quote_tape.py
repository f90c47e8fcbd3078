"""Quotes -> rows to be stored: of each market the last of a second, where it is new; pure.

A quote is a row once its second has been over for another. One that is later still is a
row of its own, rather than lost: one row a second is the rule, no promise. A row that says
what the row before it in its market says is left out. Beside them goes the coverage: the
spans from which every quote came, by exchange time. What cannot be stored waits here, and
not without end.
"""

from typing import NamedTuple

from flowboard.market_info import Quote, QuoteSource

SECOND_MS = 1_000
LATE_MS = 1_000  # So late a quote may come and be in the row of its second still.
ROWS_MAX = 200_000

MarketQuote = tuple[int, Quote]


class QuoteSpan(NamedTuple):
    """A span of exchange time in which every quote came, and was stored.

    Attributes:
        source: Which feed it was.
        from_ms: Its beginning.
        to_ms: Up to where it is known to hold, so far.
    """

    source: QuoteSource
    from_ms: int
    to_ms: int


class Unsaved(NamedTuple):
    """What is to be stored: rows, market ids first, and spans in place of shorter ones."""

    rows: list[MarketQuote]
    spans: list[QuoteSpan]

    def __bool__(self) -> bool:
        return bool(self.rows or self.spans)


class QuoteTape:
    """Keeps quotes until they are stored.

    Args:
        rows_max: Most rows that wait. Beyond it the oldest are dropped, and the coverage
            has a hole there.

    Attributes:
        dropped: Rows that were dropped.
    """

    def __init__(self, rows_max: int = ROWS_MAX) -> None:
        self._rows_max = rows_max
        self.dropped = 0
        self._running: dict[int, Quote] = {}
        self._last: dict[int, Quote] = {}
        self._finished: list[MarketQuote] = []
        self._swept_s = 0
        self._newest_ms = 0
        self._open: dict[QuoteSource, int] = {}
        self._told: dict[QuoteSource, int] = {}
        self._closed: list[QuoteSpan] = []

    @property
    def has_unsaved(self) -> bool:
        """Whether something waits, be it for the end of its second."""
        return bool(self._finished or self._running or self._closed)

    def put(self, market: int, quote: Quote) -> None:
        """Take a market's quote; one that is older than its last changes nothing."""
        ts_ms = quote.ts_ms
        running = self._running
        before = running.get(market)
        if before is None:
            last = self._last.get(market)
            if last is not None and ts_ms < last.ts_ms:
                return
        elif ts_ms < before.ts_ms:
            return
        elif ts_ms // SECOND_MS != before.ts_ms // SECOND_MS:
            self._finish(market, before)
        running[market] = quote
        if ts_ms > self._newest_ms:
            self._newest_ms = ts_ms

    def forget(self, market: int) -> None:
        """Keep nothing of a market that is over but what is to be stored."""
        running = self._running.pop(market, None)
        if running is not None:
            self._finish(market, running)
        self._last.pop(market, None)

    def begin(self, source: QuoteSource, from_ms: int) -> None:
        """From this exchange time on every quote comes."""
        self._open.setdefault(source, from_ms)

    def end(self, source: QuoteSource) -> None:
        """Quotes may be missing from here on: the newest is the last that is sure."""
        from_ms = self._open.pop(source, None)
        self._told.pop(source, None)
        if from_ms is not None:
            self._closed.append(
                QuoteSpan(source, from_ms, max(from_ms, self._newest_ms))
            )
            # After a hole, what is the same is news.
            self._last.clear()

    def take_unsaved(self, now_ms: int | None = None) -> Unsaved:
        """Return the rows of seconds that are well over, and the spans up to there.

        Args:
            now_ms: Exchange time; None: that of the newest quote.
        """
        if now_ms is None:
            now_ms = self._newest_ms
        second = (now_ms - LATE_MS) // SECOND_MS
        if second > self._swept_s:
            self._swept_s = second
            over = [
                market
                for market, quote in self._running.items()
                if quote.ts_ms // SECOND_MS < second
            ]
            for market in over:
                self._finish(market, self._running.pop(market))
        return self._taken(second * SECOND_MS)

    def take_rest(self) -> Unsaved:
        """Return all that waits: nothing more will come."""
        for market, quote in self._running.items():
            self._finish(market, quote)
        self._running.clear()
        for source in list(self._open):
            self.end(source)
        return self._taken(self._newest_ms)

    def not_saved(self, unsaved: Unsaved) -> None:
        """Take back what could not be stored."""
        self._finished = unsaved.rows + self._finished
        closed = [span for span in unsaved.spans if not self._is_open(span)]
        self._closed = closed + self._closed
        for span in unsaved.spans:
            self._told.pop(span.source, None)
        self._bound()

    def _finish(self, market: int, quote: Quote) -> None:
        last = self._last.get(market)
        if last is not None and quote.says_the_same(last):
            return
        self._last[market] = quote
        self._finished.append((market, quote))
        if len(self._finished) > self._rows_max:
            self._bound()

    def _taken(self, upto_ms: int) -> Unsaved:
        rows, self._finished = self._finished, []
        spans, self._closed = self._closed, []
        upto_ms = min(upto_ms, self._newest_ms)
        for source, from_ms in self._open.items():
            if upto_ms > max(from_ms, self._told.get(source, 0)):
                self._told[source] = upto_ms
                spans.append(QuoteSpan(source, from_ms, upto_ms))
        return Unsaved(rows, spans)

    def _is_open(self, span: QuoteSpan) -> bool:
        return self._open.get(span.source) == span.from_ms

    def _bound(self) -> None:
        """Drop the oldest rows, some more than is needed, and cut the coverage there."""
        excess = len(self._finished) - self._rows_max
        if excess <= 0:
            return
        excess = min(len(self._finished), excess + self._rows_max // 10)
        gone, self._finished = self._finished[:excess], self._finished[excess:]
        self.dropped += excess
        # What the next rows are compared with is gone as well.
        self._last.clear()
        from_ms = min(quote.ts_ms for _, quote in gone)
        # Up to what is left: nothing between two droppings is whole.
        left = self._finished[0][1].ts_ms if self._finished else 0
        self._cut(from_ms, max(left, from_ms + 1))

    def _cut(self, from_ms: int, to_ms: int) -> None:
        waiting = self._closed
        self._closed = []
        for span in waiting:
            self._keep(span.source, span.from_ms, min(span.to_ms, from_ms))
            self._keep(span.source, max(span.from_ms, to_ms), span.to_ms)
        for source, begun_ms in list(self._open.items()):
            if begun_ms < to_ms:
                self._keep(source, begun_ms, from_ms)
                self._open[source] = to_ms
                self._told.pop(source, None)

    def _keep(self, source: QuoteSource, from_ms: int, to_ms: int) -> None:
        if from_ms < to_ms:
            self._closed.append(QuoteSpan(source, from_ms, to_ms))
