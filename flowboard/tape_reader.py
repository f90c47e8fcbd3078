"""The tape by `seq`, a page at a time: from memory where that reaches, else from disk."""

from typing import NamedTuple, Protocol

from flowboard.models import TapeEntry
from flowboard.tape_memory import TapeMemory
from flowboard.trade_filter import Sieve

# Of those in memory so many are sifted at once: most readers want fewer.
PORTION = 2_000


class TradeStore(Protocol):
    """Reads stored trades; see `database.Database`."""

    async def trades_after(
        self, after_seq: int, upto_seq: int, wanted: Sieve, limit: int
    ) -> tuple[list[TapeEntry], int]:
        """Return trades by `seq`, and up to where all that pass are among them."""


class Page(NamedTuple):
    """Trades that follow each other.

    Attributes:
        trades: Rendered, by `seq`; there may be none.
        seq: Every trade up to here was looked at: ask for the next page after it.
    """

    trades: list[bytes]
    seq: int


class TapeReader:
    """Gives every trade after a `seq` once, whatever the gap.

    Args:
        memory: The newest of the tape.
        store: All of it.
    """

    def __init__(self, memory: TapeMemory, store: TradeStore) -> None:
        self._memory = memory
        self._store = store

    async def page(
        self, after_seq: int, upto_seq: int, wanted: Sieve, limit: int
    ) -> Page:
        """Return trades later than `after_seq` that pass, rendered; see `entries`."""
        entries, seq = await self.entries(after_seq, upto_seq, wanted, limit)
        return Page([entry.json for entry in entries], seq)

    async def entries(
        self, after_seq: int, upto_seq: int, wanted: Sieve, limit: int
    ) -> tuple[list[TapeEntry], int]:
        """Return trades later than `after_seq` that pass, by `seq`, and up to where.

        Ask again after that, until it is `upto_seq`. Few trades, or none, may be
        followed by others: the disk is looked through piece by piece.

        Args:
            after_seq: Of the newest trade that is not wanted. One that is later than
                `upto_seq` is of another tape; what is returned is of ours.
            upto_seq: Of the newest trade that is wanted; all up to there must be shown.
            wanted: What passes.
            limit: Most trades to return, 1 or more.

        Raises:
            StoreError: The disk cannot tell what comes next just now.
        """
        if after_seq >= upto_seq:
            return [], upto_seq
        if self._memory.reaches(after_seq):
            return self._remembered(after_seq, upto_seq, wanted, limit)
        return await self._store.trades_after(after_seq, upto_seq, wanted, limit)

    def _remembered(
        self, after_seq: int, upto_seq: int, wanted: Sieve, limit: int
    ) -> tuple[list[TapeEntry], int]:
        found: list[TapeEntry] = []
        seq = after_seq
        while portion := self._memory.after(seq, upto_seq, PORTION):
            found += wanted.passing(portion)
            if len(found) > limit:
                del found[limit:]
                return found, found[-1].seq
            seq = portion[-1].seq
        return found, upto_seq
