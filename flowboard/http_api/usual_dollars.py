"""What was paid at this hour on days before: so that a figure can be called much.

A day counts where the tape has all of the hour, else a board that was down would call
every evening busy. Hours are those of UTC; what one has brought is read once.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from flowboard.coverage import Coverage, Span
from flowboard.database.history import History

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DAYS = 7


class Usual(NamedTuple):
    """What is usual.

    Attributes:
        notional_e6: Millionths of a dollar; None where no day is known.
        days: Of how many days it is the median.
    """

    notional_e6: int | None
    days: int


class UsualDollars:
    """Sums of the same hour of the last days, as they were on disk an hour ago at most.

    Args:
        history: Is asked.
        coverage: Says which hours are whole.
    """

    def __init__(self, history: History, coverage: Coverage) -> None:
        self._history = history
        self._coverage = coverage
        self._kept: dict[int, tuple[list[Span], list[int]]] = {}
        self._reading = asyncio.Lock()

    async def of(self, window_ms: int, now_ms: int) -> Usual:
        """Return what is usually paid in a window of this length at this time of day.

        Args:
            window_ms: Up to an hour, or a whole day.
            now_ms: Board time.

        Raises:
            StoreError: The file cannot be read.
        """
        span_ms = HOUR_MS if window_ms <= HOUR_MS else DAY_MS
        whole = [
            span
            for span in spans_before(span_ms, now_ms)
            if self._coverage.is_whole(span.from_ms, span.to_ms)
        ]
        async with self._reading:  # Who asks meanwhile has what the first one reads.
            kept = self._kept.get(span_ms)
            if kept is None or kept[0] != whole:
                kept = whole, [await self._history.notional_e6(*span) for span in whole]
                self._kept[span_ms] = kept
        return Usual(usual_e6(kept[1], window_ms, span_ms), len(whole))


def spans_before(span_ms: int, now_ms: int) -> list[Span]:
    """Return the hour of `now_ms`, or the 24 that end with it, on each day before."""
    end_ms = (now_ms // HOUR_MS + 1) * HOUR_MS
    ends_ms = (end_ms - day * DAY_MS for day in range(1, DAYS + 1))
    return [Span(end_ms - span_ms, end_ms) for end_ms in ends_ms]


def usual_e6(paid_e6: Sequence[int], window_ms: int, span_ms: int) -> int | None:
    """Return the median, for as long as the window is, rounded down; None of none.

    Args:
        paid_e6: What was paid in spans.
        window_ms: How long the window is.
        span_ms: How long the spans are.
    """
    if not paid_e6:
        return None
    ranked = sorted(paid_e6)
    twice_e6 = ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]
    return twice_e6 * window_ms // (2 * span_ms)
