"""`flowboard`, with a note of each statement that is run to read the database.

    python -m bench.fanout_counted FILE serve ...

Every connection that only reads appends what it runs to FILE, a line each.
"""

import sqlite3
import sys
from pathlib import Path
from typing import Any

from flowboard.cli import main

connect = sqlite3.connect


def traced(database: Any, **options: Any) -> sqlite3.Connection:
    """Open a database; those that are opened by URI are opened to read."""
    connection = connect(database, **options)
    if options.get("uri"):
        connection.set_trace_callback(note)
    return connection


def note(statement: str) -> None:
    """Write down a statement."""
    with FILE.open("a") as file:
        file.write(" ".join(statement.split())[:200] + "\n")


if __name__ == "__main__":
    FILE = Path(sys.argv.pop(1))
    FILE.touch()
    sqlite3.connect = traced  # type: ignore[assignment]
    main()
