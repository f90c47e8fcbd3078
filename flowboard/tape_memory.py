"""The newest of the tape by `seq`: what readers who were away for a moment missed."""

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

from flowboard.models import TapeEntry

KEPT = 20_000
_seq = attrgetter("seq")


class TapeMemory:
    """The last trades that were stored, in the order of their `seq`.

    Args:
        kept: How many at least, once there were so many.

    Attributes:
        floor_seq: Every trade after this one is here. Set it after a restart.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.floor_seq = 0
        self._kept = kept
        self._entries: list[TapeEntry] = []

    def add(self, entries: Sequence[TapeEntry]) -> None:
        """Take in new trades, in the order of their `seq`."""
        self._entries += entries
        if len(self._entries) > 2 * self._kept:
            surplus = len(self._entries) - self._kept
            self.floor_seq = self._entries[surplus - 1].seq
            del self._entries[:surplus]

    def reaches(self, seq: int) -> bool:
        """Whether every trade later than `seq` is here."""
        return seq >= self.floor_seq

    def after(
        self, seq: int, upto: int | None = None, most: int | None = None
    ) -> list[TapeEntry]:
        """Return the trades later than `seq`, up to `upto`, the `most` oldest of them.

        They come in the order of their `seq`. Ask `reaches` first: those before the
        floor are not here.
        """
        entries = self._entries
        start = bisect_right(entries, seq, key=_seq)
        end = len(entries) if upto is None else bisect_right(entries, upto, key=_seq)
        return entries[start : end if most is None else min(end, start + most)]
