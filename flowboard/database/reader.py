"""Trades after a `seq`, ids of a span, audits: beside the writer."""

import asyncio
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiosqlite
import orjson

from flowboard.comparison import Audit
from flowboard.database import rows
from flowboard.database.coverage_rows import AUDITS, IDS
from flowboard.database.entries import entries_of
from flowboard.errors import StoreError
from flowboard.markets import Markets
from flowboard.models import TapeEntry
from flowboard.trade_filter import Sieve

# Rows that one query looks at, whether they pass or not: some 20 ms.
LOOKED_AT_MAX = 100_000

# How far the tape is on disk, and where it goes on after a `seq`.
BOUNDS = """
SELECT next_seq - 1, (SELECT min(seq) FROM trade_rows WHERE seq > :after) FROM state
"""
# One row for all: each row of an answer is a turn of waiting for the interpreter. Whether
# a market passes is a byte of :takes.
AFTER = f"""
SELECT json_group_array(json_array(seq, ts_ms, hex(trade_id), market, yes_price_e4,
    count_e2, flags, delay_ms))
FROM (
    SELECT {rows.COLUMNS} FROM trade_rows
    WHERE seq > :after AND seq <= :upto AND {rows.PASSES}
        AND substr(:takes, market + 1, 1) = x'01'
    ORDER BY seq LIMIT :limit)
"""  # noqa: S608


class Reader:
    """Reads beside the writer, on a connection of its own, opened at first use.

    Args:
        path: The database file.
        markets: Tickers by id.
    """

    def __init__(self, path: Path, markets: Markets) -> None:
        self._path = path
        self._markets = markets
        self._connection: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()

    async def trades_after(
        self, after_seq: int, upto_seq: int, wanted: Sieve, limit: int
    ) -> tuple[list[TapeEntry], int]:
        """Return trades later than `after_seq`, by `seq`, and up to where it looked.

        That is `upto_seq` where nothing is left up to there, else less: go on from it.
        However few trades pass, a call is short, and may find none.

        Args:
            after_seq: Of the newest trade that is not wanted.
            upto_seq: Of the newest trade that is.
            wanted: What passes.
            limit: Most trades to return.

        Raises:
            StoreError: The file cannot be read, or none of that is on disk yet.
        """
        if after_seq >= upto_seq:
            return [], upto_seq
        ((stored, first),) = await self._all(BOUNDS, {"after": after_seq})
        upto = min(upto_seq, stored)
        if upto <= after_seq:
            raise StoreError(
                f"{self._path} ends at trade {stored}: those later than {after_seq} are "
                "not on disk yet"
            )
        if first is None or first > upto:
            return [], upto
        upto = min(upto, first + LOOKED_AT_MAX - 1)
        values = rows.passing_values(wanted.wanted) | {
            "after": after_seq,
            "upto": upto,
            "takes": wanted.markets.tobytes(),
            "limit": limit + 1,  # One more tells whether something is left.
        }
        ((text,),) = await self._all(AFTER, values)
        found = sorted(orjson.loads(text))
        for row in found:
            row[2] = bytes.fromhex(row[2])
        if len(found) > limit:
            del found[limit:]
            upto = found[-1][0]
        return entries_of(found, self._markets), upto

    async def ids_between(self, from_ms: int, to_ms: int) -> dict[bytes, int]:
        """Return the ids of the stored trades of a span, with their times in ms.

        Raises:
            StoreError: The file cannot be read.
        """
        rows: list[Any] = await self._all(IDS, (from_ms, to_ms))
        return dict(rows)  # Half a minute of a burst is a third of a million.

    async def audits(self, from_ms: int) -> list[Audit]:
        """Return the audits of spans that begin at `from_ms` or later, oldest first.

        Raises:
            StoreError: The file cannot be read.
        """
        return [Audit(*row) for row in await self._all(AUDITS, (from_ms,))]

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            await self._connection.close()

    async def _all(
        self, sql: str, values: tuple[int, ...] | Mapping[str, Any]
    ) -> list[sqlite3.Row]:
        try:
            connection = await self._opened()
            cursor = await connection.execute(sql, values)
            return list(await cursor.fetchall())
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be read ({error})") from error

    async def _opened(self) -> aiosqlite.Connection:
        async with self._opening:
            if self._connection is None:
                uri = f"{self._path.resolve().as_uri()}?mode=ro"
                self._connection = await aiosqlite.connect(uri, uri=True)
                await self._connection.execute("PRAGMA busy_timeout = 5000")
            return self._connection
