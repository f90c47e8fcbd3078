"""Every closed span, compared in full with the exchange's tape -> the table of audits.

What is missing becomes a gap, which the healer closes; then the span is compared again,
and that is what is kept. So a difference raises one alarm, and the figure that is shown
says what is still missing after healing.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Protocol
from uuid import UUID

import structlog

from flowboard.comparison import MARGIN_MS, Audit, Comparison, compared, summed
from flowboard.coverage import Coverage, Gap, Span
from flowboard.errors import FlowboardError
from flowboard.feed_status import FeedStatus
from flowboard.models import Source
from flowboard.tape_walk import Page, Pages, WalkFailed, walk

SPAN_MS = 300_000
SLICE_MS = 60_000  # So much is held in memory at a time.
SETTLE_MS = 60_000  # A trade may be late on either way for so long.
DAY_MS = 86_400_000
LOOK_S = 1.0
RETRY_S = 1.0
RETRY_MAX_S = 60.0
REQUESTS_A_S = 5.0
CAUSE = "audit"


class Ids(Protocol):
    """Our tape; see `database.Database`."""

    async def ids_between(self, from_ms: int, to_ms: int) -> dict[bytes, int]:
        """Return the ids of the stored trades of a span, with their times in ms."""


class Store(Ids, Protocol):
    """Keeps audits, too."""

    async def audits(self, from_ms: int) -> Sequence[Audit]:
        """Return the audits of spans from `from_ms` on, oldest first."""

    async def save_audit(self, audit: Audit) -> None:
        """Keep an audit, in place of an earlier one of its span."""


async def compare(
    tape: Pages, store: Ids, span: Span, cutoff_ms: int = 0
) -> Comparison:
    """Compare a span in full, a minute at a time.

    Args:
        tape: The exchange's; it keeps the pace.
        store: Ours.
        span: Of exchange time.
        cutoff_ms: What is older is on the historical tape.

    Raises:
        WalkFailed: See `tape_walk.walk`.
        RequestFailed, FeedInterrupted, BadFrame: See `RestClient`.
        StoreError: Ours cannot be read.
    """
    parts: list[Comparison] = []
    for from_ms in range(span.from_ms, span.to_ms, SLICE_MS):
        part = Span(from_ms, min(from_ms + SLICE_MS, span.to_ms))
        around = Span(max(0, part.from_ms - MARGIN_MS), part.to_ms + MARGIN_MS)
        theirs, unreadable = await _ids_of(tape, around, cutoff_ms)
        # Ours are read later: what has come meanwhile is not missing.
        ours = await store.ids_between(*around)
        # On a thread: a minute of a busy market would hold the board up.
        parts.append(await asyncio.to_thread(compared, ours, theirs, part, unreadable))
    return summed(parts)


class Auditor:
    """Compares what is complete and not compared yet, newest first; runs for ever.

    Args:
        coverage: What is complete; gets a gap where something is missing.
        tape: The exchange's.
        store: Ours.
        status: Hears of the alarms: `audit_missing`, `audit_extra`.
        wall_ms: Unix milliseconds.
        now_ms: The exchange's time, Unix ms.
        span_ms: Spans are multiples of it; an hour should be, too.
        settle_ms: How long after its end a span is compared; None: a minute, less for
            spans shorter than five.
        look_s: How often to look for a span that has ended.
        retry_s: The first wait after a failure; doubles to sixty times that.
        requests_a_s: How fast to ask at most.
    """

    def __init__(
        self,
        coverage: Coverage,
        tape: Pages,
        store: Store,
        status: FeedStatus,
        *,
        wall_ms: Callable[[], int],
        now_ms: Callable[[], int],
        span_ms: int = SPAN_MS,
        settle_ms: int | None = None,
        look_s: float = LOOK_S,
        retry_s: float = RETRY_S,
        requests_a_s: float = REQUESTS_A_S,
    ) -> None:
        self._coverage = coverage
        self._tape = _Modest(tape, coverage, requests_a_s)
        self._store = store
        self._status = status
        self._wall_ms = wall_ms
        self._now_ms = now_ms
        self._span_ms = span_ms
        self._settle_ms = (
            min(SETTLE_MS, span_ms // 5) if settle_ms is None else settle_ms
        )
        self._look_s = look_s
        self._retry_s = retry_s
        self._audited: set[Span] | None = None
        self._astray: Counter[Span] = Counter()
        self._failures = 0
        self._log = structlog.get_logger("flowboard.auditor")

    async def run(self) -> None:
        """Audit for ever; what cannot be asked now is asked again."""
        while True:
            try:
                span = await self._next()
                if span is None:
                    await asyncio.sleep(self._look_s)
                    continue
                await self._audit(span)
                self._failures = 0
            except FlowboardError as error:
                await self._wait_after(error)

    async def _wait_after(self, error: FlowboardError) -> None:
        wait_s = min(RETRY_MAX_S / RETRY_S, 2.0**self._failures) * self._retry_s
        self._failures = min(self._failures + 1, 10)
        self._status.count("audit_failures")
        self._log.warning("audit interrupted", problem=str(error), wait_s=wait_s)
        await asyncio.sleep(wait_s)

    async def _next(self) -> Span | None:
        """Return the newest span to compare; last those in which a walk went astray."""
        since_ms = self._now_ms() - DAY_MS
        if self._audited is None:
            kept = await self._store.audits(since_ms)
            self._audited = {Span(audit.from_ms, audit.to_ms) for audit in kept}
        for old in [span for span in self._audited if span.from_ms < since_ms]:
            self._audited.discard(old)
        for old in [span for span in self._astray if span.from_ms < since_ms]:
            del self._astray[old]
        due = (span for span in self._closed(since_ms) if span not in self._audited)
        return min(due, key=lambda span: self._astray[span], default=None)

    def _closed(self, since_ms: int) -> Iterator[Span]:
        """Return the complete spans of the last day that have ended, newest first."""
        size_ms = self._span_ms
        settled_ms = self._now_ms() - self._settle_ms
        for whole in reversed(self._coverage.spans()):
            from_ms = max(whole.from_ms, since_ms)
            to_ms = min(whole.to_ms, settled_ms) // size_ms * size_ms
            while to_ms - size_ms >= from_ms:
                yield Span(to_ms - size_ms, to_ms)
                to_ms -= size_ms

    async def _audit(self, span: Span) -> None:
        """Compare a span; keep the result, or open a gap and leave it for later."""
        try:
            found = await compare(self._tape, self._store, span)
        except WalkFailed:
            self._astray[span] += 1
            raise
        healed = self._healed(span)
        if found.missing and healed is None:
            self._alarm("trades were missing", "audit_missing", span, found)
            # It is complete again, and compared again, once that gap is closed.
            self._coverage.add(CAUSE, span, self._wall_ms())
            return
        await self._store.save_audit(
            Audit(
                *span,
                ours=found.ours,
                exchange=found.exchange,
                missing=found.missing,
                extra=found.extra,
                ours_digest=found.ours_digest,
                exchange_digest=found.exchange_digest,
                recovered=0 if healed is None else healed.recovered,
                audited_ms=self._wall_ms(),
            )
        )
        assert self._audited is not None
        self._audited.add(span)
        if found.missing:
            self._log.warning("trades are still missing", **_told(span, found))
        if found.extra:
            self._alarm("trades are not the exchange's", "audit_extra", span, found)

    def _alarm(self, what: str, counter: str, span: Span, found: Comparison) -> None:
        n = found.missing if counter == "audit_missing" else found.extra
        self._status.count(counter, n)
        self._log.warning(what, **_told(span, found))

    def _healed(self, span: Span) -> Gap | None:
        """Return the gap that an earlier comparison opened, before a restart too."""
        for gap in self._coverage.gaps():
            if gap.cause == CAUSE and (gap.from_ms, gap.asked_to_ms) == span:
                return gap
        return None


class _Modest:
    """A tape that is asked slowly, and not while somebody needs it more.

    Args:
        tape: Is asked.
        coverage: Says whether something is urgent.
        requests_a_s: At most.
    """

    def __init__(self, tape: Pages, coverage: Coverage, requests_a_s: float) -> None:
        self._tape = tape
        self._coverage = coverage
        self._pause_s = 1 / requests_a_s
        self._next_s = 0.0

    async def trades_page(
        self,
        limit: int,
        cursor: str,
        min_ts_s: int | None,
        max_ts_s: int | None,
        ticker: str | None,
        *,
        source: Source,
        historical: bool,
    ) -> Page:
        clock_s = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, self._next_s - clock_s()))
        while self._coverage.urgent:  # noqa: ASYNC110 - nobody tells when it is over
            await asyncio.sleep(self._pause_s)
        self._next_s = clock_s() + self._pause_s
        return await self._tape.trades_page(
            limit,
            cursor,
            min_ts_s,
            max_ts_s,
            ticker,
            source=source,
            historical=historical,
        )


async def _ids_of(
    tape: Pages, span: Span, cutoff_ms: int
) -> tuple[dict[bytes, int], int]:
    """Return the exchange's ids with their times, and how many rows cannot be read."""
    found: dict[bytes, int] = {}
    unreadable = 0
    for historical in (False, True):
        if span.from_ms >= cutoff_ms if historical else span.to_ms <= cutoff_ms:
            continue
        pages = walk(tape, *span, source="heal", historical=historical)
        async with aclosing(pages):
            async for page in pages:
                found.update((trade.trade_id, trade.ts_ms) for trade in page.trades)
                unreadable += page.refused
    return found, unreadable


def _told(span: Span, found: Comparison) -> dict[str, object]:
    return {
        "from_ms": span.from_ms,
        "to_ms": span.to_ms,
        "missing": found.missing,
        "extra": found.extra,
        "missing_ids": _shown(found.missing_ids),
        "extra_ids": _shown(found.extra_ids),
    }


def _shown(trade_ids: Sequence[bytes]) -> list[str]:
    return [str(UUID(bytes=trade_id)) for trade_id in trade_ids]
