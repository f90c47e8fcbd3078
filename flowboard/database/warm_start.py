"""After a restart: the board from roll-ups and the newest trades.

The longer windows and what heat compares with come from the one-minute roll-ups, the
shorter ones from the trades of the last quarter of an hour. A clean stop leaves the
windows' arrays in a file beside the database, which saves reading millions of roll-ups;
it counts only where it was written by the very last commit.
"""

import sqlite3
import zipfile
from contextlib import suppress
from heapq import heappush, heappushpop
from itertools import chain
from pathlib import Path

import msgspec
import numpy as np

from flowboard.aggregator import cells_of
from flowboard.board import Board
from flowboard.database import rows
from flowboard.database.connection import is_damage, note_damage, open_for_reading
from flowboard.database.entries import entries_of
from flowboard.errors import DatabaseDamaged
from flowboard.models import Ints
from flowboard.whales import LARGEST_MAX

MINUTE_MS = 60_000
DAY_MS = 86_400_000
SECONDS_BACK_MS = 17 * MINUTE_MS  # The 15m window, from a whole minute.
MINUTES_BACK_MS = 25 * 3_600_000 + 2 * MINUTE_MS  # 1h, and the day before it.
LARGE_E6 = 1_000_000_000  # What the index `trade_large` begins at.
RECENT_LOOKED_AT = 4_000  # So that enough are left without the combos.

BITS_20, BITS_31 = (1 << 20) - 1, (1 << 31) - 1
# Millions of rows: each column costs its time, so that numbers share one where they fit,
# which is nearly always; where one does not, the first is -1 and all are read wide.
PACKED_MINUTES = """
SELECT iif((market | trades) >> 20 = 0 AND (yes_count_e2 | no_count_e2) >> 31 = 0,
        ((minute - ?1) << 40) | (market << 20) | trades, -1),
    (first_key << 31) | last_key, (yes_count_e2 << 31) | no_count_e2,
    yes_flow_e6, no_flow_e6
FROM minute_rows WHERE minute >= ?1 ORDER BY minute, market
"""
WIDE_MINUTES = """
SELECT minute, market, first_key, last_key, trades, yes_count_e2, no_count_e2,
    yes_flow_e6, no_flow_e6
FROM minute_rows WHERE minute >= ? ORDER BY minute, market
"""
NOTIONAL = "count_e2 * iif(flags & 1, yes_price_e4, 10000 - yes_price_e4)"
COUNTED = "NOT flags & 8"


def windows_file(path: Path) -> Path:
    """Return where a clean stop leaves the windows of the database at `path`."""
    return path.with_name(path.name + ".windows")


def save_windows(path: Path, board: Board) -> None:
    """Leave the windows' arrays for the next start; failing is no loss but time."""
    target = windows_file(path)
    draft = target.with_name(target.name + ".tmp")
    with suppress(OSError):
        with draft.open("wb") as file:
            np.savez(file, seq=np.int64(board.seq), **board.aggregator.dump())  # type: ignore[arg-type]
        draft.replace(target)


def restore(path: Path, board: Board, board_ms: int | None) -> None:
    """Fill `board` from the database at `path`; blocking, for a thread.

    Args:
        path: The database file, with this version's schema.
        board: Fresh, with the database's markets, `seq` and `trades_total` set.
        board_ms: Board time as of now; None with an empty tape.

    Raises:
        DatabaseDamaged: The file is broken; the next start sets it aside.
    """
    connection = open_for_reading(path)
    try:
        loaded = _load_windows(path, board)
        if board_ms is None:
            return
        if not loaded:
            _load_minutes(connection, board, board_ms)
            _load_seconds(connection, board, board_ms)
        board.advance(board_ms)
        (oldest_ms,) = connection.execute(
            f"SELECT ts_ms FROM trade_rows WHERE {COUNTED} ORDER BY ts_ms LIMIT 1"  # noqa: S608
        ).fetchone() or (None,)
        board.tape_from_ms = oldest_ms
        _load_entries(connection, board, board_ms)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        note_damage(path)
        raise DatabaseDamaged(str(path), str(error)) from error
    finally:
        connection.close()


def _load_windows(path: Path, board: Board) -> bool:
    file = windows_file(path)
    try:
        with np.load(file, allow_pickle=False) as arrays:
            if int(arrays["seq"]) != board.seq or not board.seq:
                return False
            board.aggregator.load({name: arrays[name] for name in arrays.files})
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return False
    finally:
        file.unlink(missing_ok=True)
    return True


def _load_minutes(connection: sqlite3.Connection, board: Board, board_ms: int) -> None:
    from_minute = (board_ms - MINUTES_BACK_MS) // MINUTE_MS
    flat = _numbers(connection.execute(PACKED_MINUTES, (from_minute,)), 5)
    if (flat[:, 0] < 0).any():
        flat = _numbers(connection.execute(WIDE_MINUTES, (from_minute,)), 9)
    else:
        place, keys, counts = flat[:, 0], flat[:, 1], flat[:, 2]
        flat = np.stack(
            [
                (place >> 40) + from_minute,
                (place >> 20) & BITS_20,
                keys >> 31,
                keys & BITS_31,
                place & BITS_20,
                counts >> 31,
                counts & BITS_31,
                flat[:, 3],
                flat[:, 4],
            ],
            axis=1,
        )
    start_keys = (flat[:, 0] * MINUTE_MS) << 15
    board.aggregator.load_minutes(
        flat[:, 0],
        flat[:, 1],
        np.ascontiguousarray(flat[:, 4:]),
        start_keys + flat[:, 2],
        start_keys + flat[:, 3],
    )


def _numbers(found: sqlite3.Cursor, columns: int) -> Ints:
    return np.fromiter(chain.from_iterable(found), np.int64).reshape(-1, columns)


def _load_seconds(connection: sqlite3.Connection, board: Board, board_ms: int) -> None:
    from_ms = (board_ms - SECONDS_BACK_MS) // MINUTE_MS * MINUTE_MS
    columns = connection.execute(
        "SELECT ts_ms, market, yes_price_e4, count_e2, flags FROM trade_rows"  # noqa: S608
        f" WHERE ts_ms >= ? AND {COUNTED}",
        (from_ms,),
    )
    flat = _numbers(columns, 5)
    batch = rows.StoredColumns.of(
        flat[:, 0], flat[:, 1], flat[:, 2], flat[:, 3], (flat[:, 4] & 1).astype(bool)
    )
    seconds = cells_of(batch, 1_000)
    board.aggregator.load_seconds(*seconds, from_ms=from_ms)


def _load_entries(connection: sqlite3.Connection, board: Board, board_ms: int) -> None:
    newest = connection.execute(
        f"SELECT {rows.COLUMNS} FROM trade_rows ORDER BY ts_ms DESC LIMIT ?",  # noqa: S608
        (RECENT_LOOKED_AT,),
    )
    board.recent_trades.add(entries_of(newest.fetchall(), board.markets))
    seqs = _whale_seqs(connection, board, board_ms)
    whales = connection.execute(
        f"SELECT {rows.COLUMNS} FROM trade_rows"  # noqa: S608
        " WHERE seq IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(seqs).decode(),),
    )
    board.whales.add(entries_of(whales.fetchall(), board.markets))


def _whale_seqs(
    connection: sqlite3.Connection, board: Board, board_ms: int
) -> list[int]:
    """Return the prints that may still be shown: few of the day's whales."""
    threshold_e6 = board.whales.threshold_e6
    # The index is used where the query says its condition in its own words.
    large = f"{NOTIONAL} >= {LARGE_E6} AND " if threshold_e6 >= LARGE_E6 else ""
    found = connection.execute(
        f"SELECT seq, market, {NOTIONAL} FROM trade_rows WHERE {large}{NOTIONAL} >= ?"  # noqa: S608
        f" AND {COUNTED} AND ts_ms >= ? ORDER BY ts_ms DESC",
        (threshold_e6, board_ms - DAY_MS - MINUTE_MS),
    )
    combo = board.markets.combo.tolist()
    all_sizes: list[int] = []
    single_sizes: list[int] = []
    seqs: list[int] = []
    # Newest first: a print is out of the race once 50 newer ones are larger.
    for seq, market, notional_e6 in found:
        kept = _is_among_largest(all_sizes, notional_e6)
        if not combo[market]:
            kept |= _is_among_largest(single_sizes, notional_e6)
        if kept:
            seqs.append(seq)
    return seqs


def _is_among_largest(sizes: list[int], size: int) -> bool:
    if len(sizes) < LARGEST_MAX:
        heappush(sizes, size)
        return True
    return size > heappushpop(sizes, size)
