"""What machine this is, for the first line of every bench."""

import os
import platform
import sqlite3
from datetime import UTC, datetime


def headline(name: str) -> str:
    """Return the name of a bench with machine, versions and date."""
    return (
        f"{name}: {platform.machine()}, {os.cpu_count()} cores, Python"
        f" {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" {datetime.now(UTC).date()}"
    )
