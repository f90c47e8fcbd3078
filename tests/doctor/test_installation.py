"""Versions, the page, the running server, its token."""

import os
import socket

import pytest

from flowboard import __version__
from flowboard.doctor.installation import (
    check_page,
    check_server,
    check_token,
    check_versions,
)
from flowboard.running_server import (
    RunningServer,
    announced,
    make_token,
    read_token,
    token_file,
)
from tests.served_board import beside, served_board


def test_versions():
    """All three; a SQLite that is too old for the schema is wrong."""
    check = check_versions()

    assert check.state == "ok"
    assert check.message.startswith(f"flowboard {__version__}, Python 3.")
    old = check_versions((3, 36, 0))
    assert (old.state, "SQLite 3.36.0" in old.message) == ("wrong", True)
    assert "3.37.0" in old.remedy


def test_the_page(tmp_path):
    """A board without it is one for programs: a warning."""
    assert check_page(tmp_path).state == "warn"

    (tmp_path / "index.html").write_text("<html>")

    assert check_page(tmp_path).state == "ok"


def test_no_server(tmp_path):
    """That is no mistake."""
    check = check_server(tmp_path / "board.db")

    assert (check.state, check.remedy) == ("ok", "")


async def test_a_server_that_runs(tmp_path):
    """By its own word; where that is not ok, somebody knows why."""
    async with served_board(tmp_path) as board:
        board.api.status.connected(board.api.clock.mono_ms)
        well = await beside(check_server, board.database)
        board.api.status.store_failing(True)
        ill = await beside(check_server, board.database)

    assert well.state == "ok"
    assert well.message == f"{board.address}, pid {os.getpid()}, says ok"
    assert (ill.state, "flowboard status" in ill.remedy) == ("warn", True)


def test_a_server_that_does_not_answer(tmp_path):
    """It hangs, or its process number is another's by now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"

    with announced(
        tmp_path / "board.db", RunningServer(address, os.getpid(), "0.1.0", 1)
    ):
        check = check_server(tmp_path / "board.db")

    assert check.state == "wrong"
    assert address in check.message
    assert check.remedy.startswith("look at its log")


def test_a_token(tmp_path):
    """Made, and its owner's alone; it is not in the line."""
    database = tmp_path / "board.db"
    assert check_token(database).state == "ok"
    assert not token_file(database).exists()
    make_token(database)

    check = check_token(database)

    assert (check.state, "mode 0600" in check.message) == ("ok", True)
    assert read_token(database) not in str(check)


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o601])
def test_a_token_that_others_can_use(tmp_path, mode):
    """They could switch the feed off."""
    database = tmp_path / "board.db"
    make_token(database)
    token_file(database).chmod(mode)

    check = check_token(database)

    assert check.state == "wrong"
    assert check.remedy == f"run `chmod 600 {token_file(database)}`"


def test_a_token_file_that_holds_none(tmp_path):
    """The server would not start."""
    database = tmp_path / "board.db"
    token_file(database).write_text("")

    check = check_token(database)

    assert check.state == "wrong"
    assert check.message == f"{token_file(database)} holds no token"


def test_a_token_that_cannot_be_read(tmp_path):
    """A folder in its place."""
    database = tmp_path / "board.db"
    token_file(database).mkdir()

    assert check_token(database).state == "warn"
