"""Reads a database file beside the writer, on a thread and a connection of its own."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from flowboard.database.connection import open_for_reading
from flowboard.errors import StoreError

T = TypeVar("T")


class ReadThread:
    """One thread, one connection: what is asked of it is read in turn.

    Args:
        path: The database file; it is opened at first use.
        name: Of the thread.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, name)
        self._connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work` returns.

        Raises:
            StoreError: The file cannot be read.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._thread, lambda: work(self._opened())
            )
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be read ({error})") from error

    async def close(self) -> None:
        """Close the connection; what is being read then is broken off."""
        if self._connection is not None:
            self._connection.interrupt()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_for_reading(self._path)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
