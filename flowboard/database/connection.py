"""Opening the database file: lock, pragmas, migrations, a damaged file set aside."""

import fcntl
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import IO

import structlog

from flowboard.errors import DatabaseTooNew, DatabaseUnusable

LOCK_WAIT_MS = 2_000
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # A commit is on disk when it is acknowledged, through a power cut too.
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {LOCK_WAIT_MS}",
    "PRAGMA cache_size = -65536",
    "PRAGMA wal_autocheckpoint = 8192",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",
)
# A whole check of a larger file would hold up the start for seconds.
CHECKED_BYTES_MAX = 128 * 1024 * 1024
COMPANIONS = ("", "-wal", "-shm")


def migrations() -> list[str]:
    """Return the schema's steps; step n leads from version n to n + 1."""
    folder = files("flowboard.database") / "migrations"
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".sql"))
    return [(folder / name).read_text("utf-8") for name in names]


class FileLock:
    """One writer a file: held from opening to closing, given up by the kernel at exit.

    Args:
        path: The database file; the lock is a file beside it.

    Raises:
        DatabaseUnusable: Another process writes this database, or the folder cannot be
            written.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = path.with_name(path.name + ".lock").open("ab")
        except OSError as error:
            raise DatabaseUnusable(str(path), error.strerror or str(error)) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise DatabaseUnusable(
                str(path), "another Flowboard is writing it"
            ) from error

    def release(self) -> None:
        """Let others write."""
        self._file.close()


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Return a connection to the file at `path`, with the schema of this version.

    A damaged file is set aside (renamed, never deleted) and a fresh one begun; so is one
    that was found to be damaged later, see `note_damage`.

    Raises:
        DatabaseTooNew: A later Flowboard wrote the file, which stays as it was.
        DatabaseUnusable: It cannot be opened or written.
    """
    try:
        if _damage_mark(path).exists():
            raise sqlite3.DatabaseError("malformed: found while it was in use")
        return _opened(path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise DatabaseUnusable(str(path), str(error)) from error
        aside = set_aside(path)
        structlog.get_logger("flowboard.database").error(
            f"{path} is damaged ({error}): it was set aside as {aside}, and a fresh "
            "database was begun; `sqlite3 .recover` may read what it held"
        )
    try:
        return _opened(path)
    except sqlite3.DatabaseError as error:
        raise DatabaseUnusable(str(path), str(error)) from error


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot write, to use beside the writer's, on any thread.

    Raises:
        sqlite3.Error: The file cannot be opened.
    """
    uri = f"{path.resolve().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, check_same_thread=False)


def set_aside(path: Path) -> Path:
    """Rename a damaged file and its companions; return the new name."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for end in COMPANIONS:
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    _damage_mark(path).unlink(missing_ok=True)
    return aside


def note_damage(path: Path) -> None:
    """Let the next start set the file aside: a large one is not checked whole there."""
    with suppress(OSError):
        _damage_mark(path).touch()


def note_ahead(path: Path) -> None:
    """Note that numbers are in use that the file does not know of; see `is_ahead`."""
    with suppress(OSError):
        _ahead_mark(path).touch()


def is_ahead(path: Path) -> bool:
    """Whether the process before has given numbers away that are not on disk."""
    return _ahead_mark(path).exists()


def forget_ahead(path: Path) -> None:
    """Note that the file knows of all numbers that were given away."""
    with suppress(OSError):
        _ahead_mark(path).unlink(missing_ok=True)


def _damage_mark(path: Path) -> Path:
    return path.with_name(path.name + ".damaged")


def _ahead_mark(path: Path) -> Path:
    return path.with_name(path.name + ".ahead")


def _opened(path: Path) -> sqlite3.Connection:
    steps = migrations()
    _refuse_newer(path, len(steps))
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        _check(connection, path)
        _migrate(connection, steps, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_newer(path: Path, known: int) -> None:
    """Look before anything is written, journal mode included."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with suppress(sqlite3.OperationalError):
        looking = open_for_reading(path)
        try:
            (found,) = looking.execute("PRAGMA user_version").fetchone()
        finally:
            looking.close()
        if found > known:
            raise DatabaseTooNew(str(path), found, known)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    if path.stat().st_size <= CHECKED_BYTES_MAX:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"malformed: {verdict}")


def _migrate(connection: sqlite3.Connection, steps: list[str], path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if 0 < version < len(steps):  # A large file takes its time: nobody shall wonder.
        structlog.get_logger("flowboard.database").info(
            "the file is brought up to date",
            file=str(path),
            from_version=version,
            to_version=len(steps),
        )
    for number, step in enumerate(steps[version:], start=version + 1):
        # `executescript` would commit first; the step and its number are one.
        script = f"BEGIN IMMEDIATE;\n{step}\nPRAGMA user_version = {number};\nCOMMIT;"
        try:
            connection.executescript(script)
        except sqlite3.Error:
            if connection.in_transaction:
                connection.rollback()
            raise


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error says that the file itself is broken."""
    text = str(error)
    return any(word in text for word in ("malformed", "not a database", "corrupt"))
