"""Commands that act on a running server: found by its file, let in by its token."""

import asyncio
import os
import socket

import pytest

from flowboard import remote
from flowboard.errors import FlowboardError
from flowboard.remote import NotRunning, Refused, ServerSilent, Unwatched, connected
from flowboard.running_server import RunningServer, announced, find, token_file
from tests.served_board import a_gap, beside, served_board


def fill(database, shown, pause=lambda _: None):
    with connected(database) as server:
        gap = remote.ask_backfill(server, 1_000, 3_000, "KXA-1")
        return remote.follow(server, gap, lambda *told: shown.append(told), pause)


async def test_the_feed_is_switched(tmp_path):
    """With the token that lies beside the database."""
    async with served_board(tmp_path) as board:
        assert await beside(remote.switch_feed, board.database, "polling") == "polling"

    assert board.feeds == ["polling"]


async def test_what_the_board_refuses_is_told_in_its_words(tmp_path):
    """The sentence of the server is the command's."""
    async with served_board(tmp_path) as board:
        with pytest.raises(Refused, match=r"^there is no key: stay with polling$"):
            await beside(remote.switch_feed, board.database, "websocket")


async def test_a_token_that_was_made_anew(tmp_path):
    """The server has the old one still."""
    async with served_board(tmp_path) as board:
        token_file(board.database).write_text("x" * 43)

        with pytest.raises(Refused) as error:
            await beside(remote.switch_feed, board.database, "polling")

    assert error.value.code == "unauthorized"
    assert board.feeds == []


async def test_a_token_that_cannot_be_read(tmp_path):
    """Told with what to do, and without a traceback."""
    async with served_board(tmp_path) as board:
        token_file(board.database).unlink()

        with pytest.raises(
            FlowboardError, match=r"No such file.*start the board again"
        ):
            await beside(remote.switch_feed, board.database, "polling")


def test_no_server_runs(tmp_path):
    """The sentence names the file that was looked for."""
    with pytest.raises(NotRunning, match=r"board\.db: start it with `flowboard serve`"):
        remote.switch_feed(tmp_path / "board.db", "polling")


def silent_server(port):
    return RunningServer(f"http://127.0.0.1:{port}", os.getpid(), "0.1.0", 1)


def test_a_server_that_does_not_answer(tmp_path):
    """Its address and pid are told: it hangs, or the pid is somebody else's by now."""
    database = tmp_path / "board.db"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with (
        announced(database, silent_server(port)),
        connected(database) as server,
        pytest.raises(ServerSilent, match=rf"127\.0\.0\.1:{port} .*server\.json"),
    ):
        server.ask("/health")


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b""])
async def test_something_else_at_that_address(tmp_path, body):
    """What answers is not a board."""
    database = tmp_path / "board.db"

    async def other(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    def ask():
        with connected(database) as server:
            return server.ask("/health")

    async with await asyncio.start_server(other, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        with (
            announced(database, silent_server(port)),
            pytest.raises(ServerSilent, match="its answer is no"),
        ):
            await beside(ask)


async def test_a_span_is_filled(tmp_path):
    """Asked for once, then looked at until it is closed; the walk goes newest first."""
    shown = []
    async with served_board(tmp_path) as board:
        board.coverage = [
            {"gaps": [a_gap(gap=8), a_gap(state="open", to_ms=3_000, recovered=0)]},
            {"gaps": [a_gap(to_ms=2_500, recovered=10)]},
            {"gaps": [a_gap(state="closed", to_ms=3_000, recovered=40)]},
        ]

        assert await beside(fill, board.database, shown) == 40

    assert board.spans == [(1_000, 3_000, "KXA-1")]
    assert shown == [(0.0, 0), (0.25, 10), (1.0, 40)]


async def test_a_span_whose_end_is_not_known_yet(tmp_path):
    """Before the first page nothing is walked."""
    shown = []
    async with served_board(tmp_path) as board:
        board.coverage = [
            {"gaps": [a_gap(to_ms=None, asked_to_ms=None)]},
            {"gaps": [a_gap(from_ms=3_000)]},
            {"gaps": [a_gap(state="closed")]},
        ]

        await beside(fill, board.database, shown)

    assert [done for done, _ in shown] == [0.0, 0.0, 1.0]


async def test_a_server_that_is_starting_again(tmp_path):
    """A while of silence is waited out: the gap is on disk."""
    shown = []
    async with served_board(tmp_path) as board:
        board.coverage = [{"error": {"code": "starting", "message": "ask again"}}] * 5
        board.coverage.append({"gaps": [a_gap(state="closed")]})

        assert await beside(fill, board.database, shown) == 40

    assert len(shown) == 1


async def test_a_server_that_is_gone(tmp_path):
    """Nobody looks on for ever."""
    waits = []
    async with served_board(tmp_path) as board:
        board.coverage = [{"error": {"code": "starting", "message": "ask again"}}]

        with pytest.raises(ServerSilent, match="ask again"):
            await beside(fill, board.database, [], waits.append)

    assert 30 <= sum(waits) <= 120


async def test_what_will_not_pass_is_not_waited_for(tmp_path):
    """Another version, which knows no such address."""
    waits = []
    async with served_board(tmp_path) as board:
        board.coverage = [{"error": {"code": "not_found", "message": "nothing is at"}}]

        with pytest.raises(Refused, match="nothing is at"):
            await beside(fill, board.database, [], waits.append)

    assert waits == []


async def test_a_gap_that_is_listed_no_longer(tmp_path):
    """It goes on; looking on makes no sense."""
    async with served_board(tmp_path) as board:
        board.coverage = [{"gaps": [a_gap()]}, {"gaps": [a_gap(gap=999)]}]

        with pytest.raises(FlowboardError, match="gap 7 no longer"):
            await beside(fill, board.database, [])


async def test_looking_on_is_ended(tmp_path):
    """Ctrl+C ends the command; the board was told once and goes on."""

    def interrupt(_):
        raise KeyboardInterrupt

    async with served_board(tmp_path) as board:
        board.coverage = [{"gaps": [a_gap()]}]

        with pytest.raises(Unwatched):
            await beside(fill, board.database, [], interrupt)

        assert find(board.database) is not None
    assert len(board.spans) == 1
