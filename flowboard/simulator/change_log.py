"""Changes in order, in memory, for readers that each keep their own place."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One change: the market or event that it is about, and what a frame says of it."""

    kind: str
    ticker: str
    payload: bytes


class ChangeLog:
    """The newest changes.

    Args:
        kept: How many are kept at least; a reader further behind has lost some.
    """

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._changes: list[Change] = []
        self._first = 0
        self._grown = asyncio.Event()

    @property
    def count(self) -> int:
        """How many changes there have been: the number of the next one."""
        return self._first + len(self._changes)

    def append(self, change: Change) -> None:
        """Add a change."""
        self._changes.append(change)
        if len(self._changes) > 2 * self._kept:
            cut = len(self._changes) - self._kept
            del self._changes[:cut]
            self._first += cut
        if not self._grown.is_set():
            self._grown.set()

    def read(self, start: int, limit: int) -> list[Change] | None:
        """Return up to `limit` changes from number `start` on; None if they are gone."""
        begin = start - self._first
        if begin < 0:
            return None
        return self._changes[begin : begin + limit]

    async def grown_beyond(self, number: int) -> None:
        """Wait until there is a change of this number."""
        while self.count <= number:
            if self._grown.is_set():
                self._grown = asyncio.Event()
            await self._grown.wait()
