"""Trades -> whale prints: the largest of each window.

A print counts as a whale from a threshold on. What is kept is what can still be shown:
a print goes as soon as 50 others are both newer and not smaller, since those stay in
every window at least as long as it does. Of n prints in random order that leaves about
50 ln(n / 50), for all windows together and without knowing how long they are.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from heapq import heappush, heappushpop, nlargest
from operator import attrgetter

from flowboard.models import TapeEntry

LARGEST_MAX = 50
SLACK = 256  # Prints that may come before the kept ones are sifted again.

_in_time = attrgetter("order_key", "seq")
_by_size = attrgetter("notional_e6", "order_key", "seq")


class Whales:
    """The largest prints of every window, with combos and without.

    Args:
        threshold_e6: Least dollars, as the taker paid them, of a whale print.
    """

    def __init__(self, threshold_e6: int) -> None:
        self.threshold_e6 = threshold_e6
        self._spans: dict[str, tuple[int, int]] = {}
        self._all = _Largest()
        self._singles = _Largest()

    def add(self, entries: Iterable[TapeEntry]) -> None:
        """Take in trades of any size, in any order; most are no whales."""
        least = self.threshold_e6
        whales = [e for e in entries if e.notional_e6 >= least and e.counted]
        if whales:
            self._all.add(whales)
            self._singles.add([entry for entry in whales if not entry.combo])

    def advance(self, spans: Mapping[str, tuple[int, int]]) -> None:
        """Move the windows on: the first millisecond of each and the first after it."""
        self._spans = dict(spans)
        oldest_ms = min(from_ms for from_ms, _ in spans.values())
        self._all.drop_before(oldest_ms)
        self._singles.drop_before(oldest_ms)

    def kept(self) -> list[TapeEntry]:
        """Return every print that may still be shown, combos too."""
        return self._all.entries()

    def largest(self, window: str, *, combos: bool) -> list[TapeEntry]:
        """Return the 50 largest prints of `window`, largest first.

        Of prints as large, the newer comes first: so one print need be kept for each
        place, not every one that ever tied for it.

        Args:
            window: A name that `advance` was given.
            combos: Whether prints of combo markets take part.
        """
        from_ms, to_ms = self._spans[window]
        kept = self._all if combos else self._singles
        return kept.between(window, from_ms, to_ms)


class _Largest:
    """Prints that are among the 50 largest of some window that ends now."""

    def __init__(self) -> None:
        self._entries: list[TapeEntry] = []  # In order of time, once sifted.
        self._sorted = True
        self._sift_at = SLACK
        # Per window: its largest, and the time when the first of them leaves it.
        self._shown: dict[str, tuple[list[TapeEntry], int]] = {}

    def entries(self) -> list[TapeEntry]:
        return list(self._entries)

    def add(self, entries: list[TapeEntry]) -> None:
        if not entries:
            return
        self._entries += entries
        self._sorted = False
        self._shown.clear()
        if len(self._entries) >= self._sift_at:
            self._sift()

    def drop_before(self, ts_ms: int) -> None:
        if self._entries and self._entries[0].ts_ms < ts_ms:
            self._sort()
            first = bisect_left(self._entries, ts_ms, key=attrgetter("ts_ms"))
            del self._entries[:first]

    def between(self, window: str, from_ms: int, to_ms: int) -> list[TapeEntry]:
        shown = self._shown.get(window)
        if shown is not None and from_ms <= shown[1]:
            return list(shown[0])
        self._sort()
        times = attrgetter("ts_ms")
        first = bisect_left(self._entries, from_ms, key=times)
        last = bisect_left(self._entries, to_ms, key=times)
        found = nlargest(LARGEST_MAX, self._entries[first:last], key=_by_size)
        if last == len(self._entries):  # Else the window will reach more of them.
            oldest_ms = min((entry.ts_ms for entry in found), default=to_ms)
            self._shown[window] = found, oldest_ms
        return list(found)

    def _sift(self) -> None:
        """Drop what 50 newer prints outdo."""
        self._sort()
        newer: list[int] = []  # Heap of the 50 largest so far, from the newest back.
        kept = []
        for entry in reversed(self._entries):
            if len(newer) < LARGEST_MAX:
                heappush(newer, entry.notional_e6)
            elif heappushpop(newer, entry.notional_e6) == entry.notional_e6:
                continue
            kept.append(entry)
        kept.reverse()
        self._entries = kept
        self._sift_at = 2 * len(kept) + SLACK

    def _sort(self) -> None:
        if not self._sorted:
            self._entries.sort(key=_in_time)
            self._sorted = True
