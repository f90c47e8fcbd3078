"""The database file and its disk, read beside whoever writes them."""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from flowboard.database.connection import migrations
from flowboard.doctor.check import Check

CHECK_S = 10.0  # A whole check of a large file takes minutes.
STEPS = 10_000  # Of SQLite's machine, between two looks at the clock.
DAY_MINUTES = 1_440
RATE_MINUTES_MIN = 10  # Of trading; a shorter time says nothing about a day.
DAYS_FEW, DAYS_TOO_FEW = 14.0, 1.0
FREE_BYTES_MIN = 256 * 1024 * 1024
MIB, GIB = 1024**2, 1024**3
RATE = "SELECT sum(trades), min(minute) FROM minute_rows WHERE minute >= ?"


def check_tape(
    database: Path,
    now_ms: int,
    *,
    clock_s: Callable[[], float] = time.monotonic,
    free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
) -> list[Check]:
    """Return how the file and its disk are; ends within seconds, and writes nothing.

    Args:
        database: The file, which may not be there yet.
        now_ms: Wall clock, Unix ms.
        clock_s: Monotonic seconds.
        free_bytes: What is free where a folder lies.
    """
    bytes_a_day: float | None = None
    try:
        database.stat()
        with _opened(database) as connection:
            checks = [
                _integrity(connection, database, clock_s),
                _schema(connection, database),
            ]
            bytes_a_day = _bytes_a_day(connection, now_ms // 60_000)
    except FileNotFoundError:
        message = f"{database} is not there yet: the first start makes it"
        checks = [Check("database", "ok", message)]
    except (sqlite3.Error, OSError) as error:
        checks = [_unreadable(database, error)]
    return [*checks, _disk(database, bytes_a_day, free_bytes)]


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    uri = f"{database.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=2)) as connection:
        yield connection


def _integrity(
    connection: sqlite3.Connection, database: Path, clock_s: Callable[[], float]
) -> Check:
    size = f"{_bytes(connection) / MIB:,.1f} MiB"
    end_s = clock_s() + CHECK_S
    connection.set_progress_handler(lambda: clock_s() > end_s, STEPS)
    try:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        message = (
            f"{database}, {size}: no damage in what {CHECK_S:g} s sufficed to look at"
        )
        return Check("database", "ok", message)
    finally:
        connection.set_progress_handler(None, 0)
    if verdict != "ok":
        return _damaged(database, str(verdict))
    return Check("database", "ok", f"{database}, {size}, undamaged")


def _unreadable(database: Path, error: Exception) -> Check:
    if any(word in str(error) for word in ("malformed", "not a database", "corrupt")):
        return _damaged(database, str(error))
    return Check(
        "database",
        "wrong",
        f"{database} cannot be read ({error})",
        "check who may read it and its folder, or name another file with --database",
    )


def _damaged(database: Path, how: str) -> Check:
    return Check(
        "database",
        "wrong",
        f"{database} is damaged ({' '.join(how.split())[:120]})",
        "start the board anew: it sets the file aside, begins a fresh one and fills it "
        "from the exchange; `sqlite3 .recover` may read what the old one held",
    )


def _schema(connection: sqlite3.Connection, database: Path) -> Check:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    known = len(migrations())
    if found > known:
        return Check(
            "schema",
            "wrong",
            f"{database} has schema {found}, this Flowboard knows {known}",
            "use the newer Flowboard, or name another file with --database",
        )
    if found < known:
        message = f"{found}: the next start brings it to {known}"
        return Check("schema", "ok", message)
    return Check("schema", "ok", str(found))


def _bytes_a_day(connection: sqlite3.Connection, now_minute: int) -> float | None:
    """Return by how much the file grows at the rate of the last day, or None."""
    try:
        (stored,) = connection.execute("SELECT trades FROM state").fetchone()
        since = now_minute - DAY_MINUTES
        trades, first_minute = connection.execute(RATE, (since,)).fetchone()
    except (sqlite3.OperationalError, TypeError):
        return None  # Another schema: that has been told.
    if not stored or not trades:
        return None
    minutes = min(DAY_MINUTES, now_minute - first_minute + 1)
    if minutes < RATE_MINUTES_MIN:
        return None
    bytes_a_trade = _bytes(connection) / stored
    return float(bytes_a_trade * trades * DAY_MINUTES / minutes)


def _bytes(connection: sqlite3.Connection) -> int:
    """Return the size of the database, with what is still in `-wal`."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages * page_bytes)


def _disk(
    database: Path, bytes_a_day: float | None, free_bytes: Callable[[Path], int]
) -> Check:
    folder = database.parent.resolve()
    while not os.path.exists(folder):  # The root always does.
        folder = folder.parent
    try:
        free = free_bytes(folder)
    except OSError as error:
        message = f"the disk of {folder} tells nothing ({error.strerror})"
        return Check("disk", "warn", message, "look at it with `df`")
    message = f"{free / GIB:,.1f} GiB free"
    days = free / bytes_a_day if bytes_a_day else None
    if days is not None:
        message += f", {days:,.0f} days left at the rate of the last day"
    remedy = f"free space on the disk of {folder}, or move the database to another"
    if free < FREE_BYTES_MIN or (days is not None and days < DAYS_TOO_FEW):
        return Check("disk", "wrong", message, remedy)
    if days is not None and days < DAYS_FEW:
        return Check("disk", "warn", message, remedy)
    return Check("disk", "ok", message)
