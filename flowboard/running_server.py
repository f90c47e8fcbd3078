"""A database's path -> the server that runs on it, and the token that it listens to.

Beside the database lie two files that are their owner's alone: `<database>.server.json`
while a server runs, and `<database>.token`, made once. Who can read the token may change
what the server does.
"""

import ipaddress
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from flowboard.errors import FlowboardError

OWNER_ONLY = 0o600
TOKEN_BYTES = 32
TOKEN_CHARS = 43  # Of so many bytes as URL-safe text.
FILE_BYTES_MAX = 4_096


class TokenDamaged(FlowboardError):
    """The token file holds none."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return (
            f"{self.path} holds no token: remove it and start the server again, which "
            "makes a new one"
        )


class RunningServer(msgspec.Struct, frozen=True):
    """A server as it announces itself.

    Attributes:
        address: Such as ``http://127.0.0.1:8000``.
        pid: Of its process.
        version: Of its Flowboard.
        started_ms: Wall clock, Unix ms.
    """

    address: str
    pid: int
    version: str
    started_ms: int


def server_file(database: Path) -> Path:
    """Return where the server on `database` announces itself."""
    return database.with_name(database.name + ".server.json")


def token_file(database: Path) -> Path:
    """Return where the token of the server on `database` lies."""
    return database.with_name(database.name + ".token")


@contextmanager
def announced(database: Path, server: RunningServer) -> Iterator[None]:
    """Announce a server until the block ends.

    Raises:
        OSError: The folder cannot be written.
    """
    path = server_file(database)
    written = path.with_name(f"{path.name}.{server.pid}")
    with suppress(FileNotFoundError):
        written.unlink()
    _create(written, msgspec.json.encode(server))
    written.replace(path)  # In one step: nobody reads half of it.
    try:
        yield
    finally:
        if _read(path) == server:
            with suppress(OSError):
                path.unlink()


def find(database: Path) -> RunningServer | None:
    """Return the server that runs on `database`.

    What a process left behind that is no more is none; nor is an address that could be
    another machine's: the token is for this one alone.
    """
    server = _read(server_file(database))
    if server is None or not _is_alive(server.pid) or not _is_here(server.address):
        return None
    return server


def make_token(database: Path) -> str:
    """Return the token of the server on `database`; the first call makes it.

    Raises:
        TokenDamaged: There is a file, and it holds none.
        OSError: The folder cannot be written, or the file not be read.
    """
    path = token_file(database)
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        _create(path, secrets.token_urlsafe(TOKEN_BYTES).encode())
    return read_token(database)


def read_token(database: Path) -> str:
    """Return the token of the server on `database`.

    Raises:
        TokenDamaged: The file holds none.
        OSError: It is not there, or cannot be read.
    """
    path = token_file(database)
    with path.open("rb") as file:
        text = file.read(FILE_BYTES_MAX).decode("ascii", "replace").strip()
    if len(text) != TOKEN_CHARS or not text.isascii():
        raise TokenDamaged(path)
    return text


def _create(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read, from the first byte on."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, OWNER_ONLY), "wb") as file:
        file.write(content)


def _read(path: Path) -> RunningServer | None:
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX)
        return msgspec.json.decode(content, type=RunningServer)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _is_alive(pid: int) -> bool:
    if pid <= 0:  # Not a process but a group of them.
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True  # Somebody else's.
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _is_here(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
    return local and parts.scheme == "http" and parts.username is None
