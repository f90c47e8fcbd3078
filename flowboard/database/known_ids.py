"""Which trades are stored already: from memory for new times, from disk for old ones.

Memory holds the id of every stored trade from a floor on. A trade above it is known or
new without a look at the disk, which is nearly all of a live feed; below it the disk
is asked, once for a whole batch.
"""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from flowboard.models import Trade

CHUNK_BITS = 14  # 16 s of exchange time share one set of ids.
IDS_MAX = 200_000
SLACK_MS = 1_001  # How far apart two feeds may put one trade: a second, a millisecond.
FEW_CHUNKS = 8
# Ranges nearer than this are read as one.
NEAR_MS = 100


class StoredId(NamedTuple):
    """A stored trade that was asked for.

    Attributes:
        seq: Its row.
        ts_ms: The time it is stored with.
    """

    seq: int
    ts_ms: int


class KnownIds:
    """The ids of the newest stored trades.

    Args:
        floor_ms: Time from which on nothing is stored yet.
        ids_max: Most ids to remember; the oldest chunk makes room and lifts the floor.
    """

    def __init__(self, floor_ms: int, ids_max: int = IDS_MAX) -> None:
        self._chunks: dict[int, set[bytes]] = {}
        self._floor = (floor_ms >> CHUNK_BITS) + 1
        self._ids_max = ids_max
        self._held = 0
        # Ids stored with their second alone; their exact time is still to come.
        self._inexact: set[bytes] = set()

    @property
    def floor_ms(self) -> int:
        """Time from which on every stored trade is remembered."""
        return self._floor << CHUNK_BITS

    def take_new(self, trades: Sequence[Trade]) -> bool:
        """Remember `trades` if memory alone can say that every one of them is new.

        The short way for a live feed: a few set operations for a whole beat. Where it
        cannot say so, nothing is remembered.
        """
        times = [t.ts_ms for t in trades]
        first_ms, last_ms = min(times), max(times)
        oldest = (first_ms - SLACK_MS) >> CHUNK_BITS
        newest = (last_ms + SLACK_MS) >> CHUNK_BITS
        if oldest < self._floor or newest - oldest > FEW_CHUNKS:
            return False
        ids = {t.trade_id for t in trades}
        if len(ids) < len(trades) or not all(
            ids.isdisjoint(self._chunks[chunk])
            for chunk in range(oldest, newest + 1)
            if chunk in self._chunks
        ):
            return False
        if first_ms >> CHUNK_BITS != last_ms >> CHUNK_BITS:
            self.add(trades)
            return True
        self._add_chunk(first_ms >> CHUNK_BITS, ids)
        self._note_inexact([t.trade_id for t in trades if not t.exact_time])
        return True

    def below_floor(self, trade: Trade) -> bool:
        """Whether `trade` is too old to be remembered."""
        return trade.ts_ms >> CHUNK_BITS < self._floor

    def unsure(self, trade: Trade) -> bool:
        """Whether the disk must be asked about `trade`.

        Memory can tell of times above the floor, but not which row lacks the exact time
        that `trade` brings.
        """
        # The same trade may be stored under an earlier second, one chunk lower.
        if (trade.ts_ms - SLACK_MS) >> CHUNK_BITS < self._floor:
            return True
        return (
            bool(self._inexact) and trade.exact_time and trade.trade_id in self._inexact
        )

    def __contains__(self, trade: Trade) -> bool:
        chunk = trade.ts_ms >> CHUNK_BITS
        chunks = self._chunks
        trade_id = trade.trade_id
        if chunk in chunks and trade_id in chunks[chunk]:
            return True
        # Two feeds may differ by a millisecond, or tell only the second.
        for near_ms in (trade.ts_ms - SLACK_MS, trade.ts_ms + SLACK_MS):
            near = near_ms >> CHUNK_BITS
            if near != chunk and near in chunks and trade_id in chunks[near]:
                return True
        return False

    def add(self, trades: Sequence[Trade]) -> None:
        """Remember trades that are being stored."""
        for chunk, group in groupby(trades, key=_chunk_of):
            self._add_chunk(chunk, [t.trade_id for t in group])
        self._note_inexact([t.trade_id for t in trades if not t.exact_time])

    def _add_chunk(self, chunk: int, trade_ids: Collection[bytes]) -> None:
        if chunk < self._floor:
            return
        self._chunks.setdefault(chunk, set()).update(trade_ids)
        self._held += len(trade_ids)
        self._make_room()

    def _note_inexact(self, trade_ids: Sequence[bytes]) -> None:
        if len(self._inexact) + len(trade_ids) > self._ids_max:
            self._inexact.clear()
        self._inexact.update(trade_ids)

    def remember(self, ts_ms: int, trade_id: bytes) -> None:
        """Remember that `trade_id` is stored under `ts_ms`."""
        self._add_chunk(ts_ms >> CHUNK_BITS, (trade_id,))

    def _make_room(self) -> None:
        while self._held > self._ids_max and len(self._chunks) > 1:
            oldest = min(self._chunks)
            self._held -= len(self._chunks.pop(oldest))
            self._floor = oldest + 1


def _chunk_of(trade: Trade) -> int:
    return trade.ts_ms >> CHUNK_BITS


def second_of(ts_ms: int) -> int:
    """Return the first millisecond of the second that `ts_ms` is in."""
    return ts_ms // 1000 * 1000


def span_of(trade: Trade) -> tuple[int, int]:
    """Return the times, first and last, under which `trade` may be stored.

    An exact time: its millisecond and both neighbours, and the second, under which a
    feed that told only seconds stored it. Only a second: all of it.
    """
    if trade.exact_time:
        return second_of(trade.ts_ms - 1), trade.ts_ms + 1
    return second_of(trade.ts_ms) - 1, second_of(trade.ts_ms) + 1_000


def stored_ids(
    connection: sqlite3.Connection, trades: Sequence[Trade]
) -> dict[bytes, StoredId]:
    """Return those of `trades` that are on disk, by id."""
    wanted = {t.trade_id for t in trades}
    ranges = _joined(sorted(span_of(t) for t in trades))
    rows = connection.execute(
        "SELECT t.trade_id, t.seq, t.ts_ms FROM json_each(?) AS c CROSS JOIN trade_rows"
        " AS t ON t.ts_ms BETWEEN json_extract(c.value, '$[0]')"
        " AND json_extract(c.value, '$[1]')",
        (msgspec.json.encode(ranges).decode(),),
    )
    return {
        trade_id: StoredId(seq, ts_ms)
        for trade_id, seq, ts_ms in rows
        if trade_id in wanted
    }


def _joined(spans: Iterable[tuple[int, int]]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for first, last in spans:
        if ranges and first <= ranges[-1][1] + NEAR_MS:
            ranges[-1][1] = max(ranges[-1][1], last)
        else:
            ranges.append([first, last])
    return ranges
