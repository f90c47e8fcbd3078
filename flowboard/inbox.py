"""Trades on their way from the feeds to the next beat.

Single trades come from the socket; a page of REST comes as a `Parcel`, which tells when
all of it has been stored.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence

from flowboard.models import Source, Trade

INBOX_MAX = 50_000


class Parcel:
    """Trades that were handed over in one piece.

    Attributes:
        source: What they are marked with.
        end: Its place: how many trades had been handed over, these included.
        new: How many of them nobody had brought before; told when they are stored.
    """

    __slots__ = ("_stored", "end", "new", "source")

    def __init__(self, source: Source, end: int) -> None:
        self.source = source
        self.end = end
        self.new = 0
        self._stored = asyncio.Event()

    @property
    def is_stored(self) -> bool:
        """Whether all of it is on disk."""
        return self._stored.is_set()

    async def stored(self) -> None:
        """Return when all of it is on disk."""
        await self._stored.wait()

    def settle(self, new: int) -> None:
        """All of it is on disk."""
        self.new = new
        self._stored.set()


class Inbox:
    """Trades on their way from the feeds to the next beat.

    A feed that finds it full waits for `room` and reads no further: the exchange's own
    buffers fill up, and nothing is dropped here.

    Args:
        limit: Trades from which on it is full.
    """

    def __init__(self, limit: int = INBOX_MAX) -> None:
        self._trades: deque[Trade] = deque()
        self._limit = limit
        self._arrived = asyncio.Event()
        self._awaited = False
        self._room = asyncio.Event()
        self._room.set()
        self._taken = 0
        self._parcels: deque[Parcel] = deque()
        self._new: Counter[Source] = Counter()
        self.closed = False

    def __len__(self) -> int:
        return len(self._trades)

    @property
    def full(self) -> bool:
        """Whether to wait for `room` before the next `put`."""
        return len(self._trades) >= self._limit

    async def room(self) -> None:
        """Return when there is room."""
        while self.full:
            self._room.clear()
            await self._room.wait()

    def put(self, trade: Trade) -> None:
        """Take one trade."""
        self._trades.append(trade)
        if self._awaited:
            self._awaited = False
            self._arrived.set()

    async def deliver(self, trades: Sequence[Trade], source: Source) -> Parcel:
        """Take a page of trades, as soon as there is room for its first.

        Once closed, nobody is let in: who waits is ended with the rest.
        """
        await self.room()
        if self.closed:
            await asyncio.Event().wait()
        for trade in trades:
            self.put(trade)
        parcel = Parcel(source, self._taken + len(self._trades))
        self._parcels.append(parcel)
        if self._awaited:  # An empty page is settled by a beat, too.
            self._awaited = False
            self._arrived.set()
        return parcel

    @property
    def has_parcels(self) -> bool:
        """Whether somebody waits to hear that a page is stored."""
        return bool(self._parcels)

    def settle(self, fresh: Sequence[Trade], *, on_disk: bool) -> None:
        """Hear what was new in a beat; tell those who wait, once it is on disk.

        Args:
            fresh: The new ones of the trades that were taken last.
            on_disk: Whether all that was ever taken is.
        """
        self._new.update(trade.source for trade in fresh)
        if not on_disk:
            return
        parcels = self._parcels
        while parcels and parcels[0].end <= self._taken:
            parcel = parcels.popleft()
            parcel.settle(self._new.pop(parcel.source, 0))
        if not parcels:
            self._new.clear()

    def close(self) -> None:
        """No more trades will come; what is here is still to be taken."""
        self.closed = True
        self._arrived.set()

    async def arrival(self, timeout_s: float) -> None:
        """Return when there is a trade, when closed, or after `timeout_s`."""
        if self._trades or self.closed:
            return
        self._arrived.clear()
        self._awaited = True
        try:
            async with asyncio.timeout(timeout_s):
                await self._arrived.wait()
        except TimeoutError:
            pass

    def take(self, most: int) -> list[Trade]:
        """Return up to `most` trades, oldest first, and make room."""
        trades = self._trades
        if len(trades) <= most:
            taken = list(trades)
            trades.clear()
        else:
            taken = [trades.popleft() for _ in range(most)]
        self._taken += len(taken)
        if not self.full:
            self._room.set()
        return taken
