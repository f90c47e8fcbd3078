"""Trades -> the newest of the tape, by exchange time."""

from collections.abc import Iterable
from operator import attrgetter

import numpy as np

from flowboard.models import TapeEntry

_in_time = attrgetter("order_key", "seq")


class RecentTrades:
    """The newest trades, with combos and without; late ones go to their place.

    Args:
        limit: How many are kept of each.
    """

    def __init__(self, limit: int = 1000) -> None:
        self._all = _Newest(limit)
        self._singles = _Newest(limit)

    def add(self, entries: Iterable[TapeEntry]) -> None:
        """Take in trades in any order, each once."""
        entries = list(entries)
        self._all.add(entries)
        self._singles.add([entry for entry in entries if not entry.combo])

    def newest(self, n: int, *, combos: bool) -> list[TapeEntry]:
        """Return up to `n` trades, newest first.

        Args:
            n: How many, at most the limit.
            combos: Whether trades of combo markets take part.
        """
        return (self._all if combos else self._singles).newest(n)


class _Newest:
    """The `limit` newest entries; sorted when asked, not when added."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: list[TapeEntry] = []
        self._sorted = True
        self._floor = -1  # Order key of the oldest kept, once there are `limit`.

    def add(self, entries: list[TapeEntry]) -> None:
        floor = self._floor
        if len(entries) > self._limit:
            # Of a large beat the newest are enough; finding them costs less than sorting.
            keys = np.array([entry.order_key for entry in entries], np.int64)
            floor = max(floor, int(np.partition(keys, -self._limit)[-self._limit]))
        self._entries += [entry for entry in entries if entry.order_key >= floor]
        self._sorted = False
        if len(self._entries) > 4 * self._limit:
            self._sort()

    def newest(self, n: int) -> list[TapeEntry]:
        self._sort()
        n = min(n, self._limit)
        return self._entries[: -n - 1 : -1]

    def _sort(self) -> None:
        if self._sorted:
            return
        self._entries.sort(key=_in_time)
        del self._entries[: -self._limit]
        if len(self._entries) == self._limit:
            self._floor = self._entries[0].order_key
        self._sorted = True
