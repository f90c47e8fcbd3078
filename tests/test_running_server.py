"""How a command finds the server of a database, and what proves that it may."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest

from flowboard.running_server import (
    RunningServer,
    TokenDamaged,
    announced,
    find,
    make_token,
    read_token,
    server_file,
    token_file,
)


@pytest.fixture
def database(tmp_path):
    return tmp_path / "board.db"


def a_server(**fields):
    values = {
        "address": "http://127.0.0.1:8000",
        "pid": os.getpid(),
        "version": "0.1.0",
        "started_ms": 1_795_266_000_123,
    }
    return RunningServer(**(values | fields))


def mode_of(path):
    return path.stat().st_mode & 0o777


def test_a_server_is_found_while_it_runs(database):
    """From its announcement to its end; the file is its owner's alone."""
    server = a_server()
    assert find(database) is None

    with announced(database, server):
        assert find(database) == server
        assert mode_of(server_file(database)) == 0o600
        assert [path.name for path in database.parent.iterdir()] == [
            "board.db.server.json"
        ]

    assert find(database) is None
    assert not server_file(database).exists()


def test_what_a_killed_server_left_is_no_server(database):
    """The next start takes its place."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    left = announced(database, a_server(pid=process.pid))
    left.__enter__()

    assert find(database) is None
    assert server_file(database).exists()
    with announced(database, a_server()):
        assert find(database) == a_server()
    left.__exit__(None, None, None)


def test_a_server_removes_no_other_one_s_file(database):
    """One that ends late, after another was started, leaves that one to be found."""
    later = a_server(started_ms=1_795_266_999_999)
    early = announced(database, a_server())
    early.__enter__()

    with announced(database, later):
        early.__exit__(None, None, None)

        assert find(database) == later


def test_a_server_that_fails_is_gone_as_well(database):
    """However the block is left."""
    with suppress(ZeroDivisionError), announced(database, a_server()):
        raise ZeroDivisionError

    assert not server_file(database).exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"address":"http://127.0.0.1:1"}', b"\xff", b"x" * 9_999],
)
def test_a_file_that_cannot_be_read_is_no_server(database, content):
    """Half a file, another file: the command says that none runs."""
    server_file(database).write_bytes(content)

    assert find(database) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"address": "http://192.0.2.1:8000"},
        {"address": "http://evil.example"},
        {"address": "http://127.0.0.1@evil.example"},
        {"address": "http://me:word@127.0.0.1"},
        {"address": "https://127.0.0.1:8000"},
        {"address": "http://[::1"},
        {"address": ""},
        {"pid": 0},
        {"pid": -1},
        {"pid": 10**30},
    ],
)
def test_no_token_leaves_the_machine(database, fields):
    """A file that somebody else put there leads nowhere."""
    values = {"address": "http://127.0.0.1:8000", "pid": os.getpid()} | fields
    server_file(database).write_text(
        '{{"address":"{address}","pid":{pid},"version":"1","started_ms":1}}'.format(
            **values
        )
    )

    assert find(database) is None


@pytest.mark.parametrize("address", ["http://[::1]:8000", "http://localhost:8000"])
def test_every_name_of_this_machine(database, address):
    """As the server may have been told to listen."""
    with announced(database, a_server(address=address)):
        assert find(database) == a_server(address=address)


def test_a_token_is_made_once(database):
    """The second start keeps it, so that who has read it may go on; nobody else can."""
    before = os.umask(0)
    try:
        token = make_token(database)
    finally:
        os.umask(before)

    assert make_token(database) == read_token(database) == token
    assert len(token) == 43
    assert mode_of(token_file(database)) == 0o600
    assert make_token(database.with_name("other.db")) != token


def test_a_token_in_a_folder_that_is_not_there_yet(tmp_path):
    """The command may come before the first start."""
    database = tmp_path / "data" / "board.db"

    assert make_token(database) == read_token(database)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 44, b"\xff" * 43])
def test_a_damaged_token_is_told(database, content):
    """An empty text must never be a token that fits."""
    token_file(database).write_bytes(content)

    with pytest.raises(TokenDamaged, match=r"holds no token: remove it"):
        make_token(database)


def test_no_token(database):
    """Reading makes none."""
    with pytest.raises(FileNotFoundError):
        read_token(database)
