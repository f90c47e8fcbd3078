"""What is installed here and what runs: versions, the page, the server, its token."""

import os
import platform
import sqlite3
from pathlib import Path

from flowboard import __version__
from flowboard.doctor.check import Check
from flowboard.errors import FlowboardError
from flowboard.remote import NotRunning, ServerSilent, connected
from flowboard.running_server import TokenDamaged, read_token, server_file, token_file
from flowboard.secret_file import exposed

SQLITE_MIN = (3, 37, 0)  # STRICT tables.


def check_versions(
    sqlite_version: tuple[int, ...] = sqlite3.sqlite_version_info,
) -> Check:
    """Return which versions are at work."""
    sqlite = ".".join(map(str, sqlite_version))
    message = (
        f"flowboard {__version__}, Python {platform.python_version()}, SQLite {sqlite}"
    )
    if sqlite_version < SQLITE_MIN:
        needed = ".".join(map(str, SQLITE_MIN))
        remedy = f"use a Python whose SQLite is {needed} or later"
        return Check("versions", "wrong", message, remedy)
    return Check("versions", "ok", message)


def check_page(static_dir: Path) -> Check:
    """Return whether the built page lies in `static_dir`."""
    if (static_dir / "index.html").is_file():
        return Check("page", "ok", "built")
    return Check(
        "page",
        "warn",
        "not built: HTTP and the stream work without it",
        "install Flowboard again without FLOWBOARD_SKIP_WEB",
    )


def check_server(database: Path) -> Check:
    """Return whether a server runs on `database`, and how it says it is."""
    try:
        with connected(database) as remote:
            server = remote.server
            status = remote.ask("/health").get("status")
    except NotRunning:
        return Check("server", "ok", f"none runs on {database}")
    except ServerSilent as error:
        shown = f"{error.server.address}, pid {error.server.pid}"
        return Check(
            "server",
            "wrong",
            f"{shown}, does not answer ({error.problem})",
            f"look at its log; if it has ended, remove {server_file(database)}",
        )
    except FlowboardError as error:
        return Check("server", "wrong", str(error), "look at its log")
    message = f"{server.address}, pid {server.pid}, says {status}"
    if status == "ok":
        return Check("server", "ok", message)
    return Check("server", "warn", message, "run `flowboard status`, which says why")


def check_token(database: Path) -> Check:
    """Return whether the token of `database` is its owner's alone."""
    path = token_file(database)
    try:
        read_token(database)
        problem = exposed(path, os.geteuid())
    except FileNotFoundError:
        return Check("token", "ok", "none yet: the first start makes it")
    except TokenDamaged as error:
        message, _, remedy = str(error).partition(": ")
        return Check("token", "wrong", message, remedy)
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror})"
        return Check(
            "token", "warn", message, "run this as the user who runs the board"
        )
    if problem is not None:
        return Check("token", "wrong", *problem)
    return Check("token", "ok", f"{path}, mode {path.stat().st_mode & 0o777:04o}")
