"""/ws/stream of a served board, as wscat and a bot see it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import websockets
from websockets.exceptions import ConnectionClosed

from tests.acceptance.processes import Board, serving, simulating
from tests.acceptance.reader import Reader

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def board(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Board]:
    """Serve a board of a market in motion."""
    folder = tmp_path_factory.mktemp("stream")
    async with (
        simulating("--rate", 400, folder=folder) as exchange,
        serving(exchange, folder=folder) as board,
    ):
        await board.until("/api/stats", lambda s: s["trades_total"] > 500)
        yield board
        assert await board.process.stop() == 0


async def test_bare_connection_gets_a_snapshot_then_deltas(board: Board) -> None:
    """No Origin, no query, no message: a snapshot at once, then deltas one by one."""
    async with websockets.connect(board.stream_url, origin=None) as socket:
        reader = Reader(socket)
        first = await reader.frame()
        await read_deltas(reader, 5)

    assert first["type"] == "snapshot"
    assert first["v"] == 1
    assert first["mode"] == "demo"
    assert first["feed"]["state"] == "live"
    assert first["subscription"] == {
        "channels": ["hot", "trades", "whales"],
        "window": "5m",
        "sort": "notional",
        "limit": 50,
        "tick_ms": 100,
        "combos": "exclude",
        "tickers": None,
        "series": None,
        "category": None,
        "league": None,
        "min_notional": None,
        "side": None,
        "live_only": False,
        "limits": {
            "limit": 500,
            "tickers": 100,
            "series": 50,
            "category": 20,
            "league": 50,
        },
    }
    assert first["recent_trades"]
    assert len(first["hot_markets"]) == 50


@pytest.mark.parametrize(
    "query",
    ["", "?window=1m&limit=20&combos=include", "?sort=volume&limit=7&window=1h"],
)
async def test_reader_equals_a_fresh_snapshot(board: Board, query: str) -> None:
    """Rows kept by the reading rule equal those of a snapshot taken later."""
    async with websockets.connect(board.stream_url + query) as socket:
        reader = Reader(socket)
        sort = (await reader.frame())["subscription"]["sort"]
        for _ in range(3):
            await read_deltas(reader, 6)
            await reader.send(type="get_snapshot", id="again")
            # The deltas that are read on the way to it are part of the story.
            kept = reader.ranked(sort)
            while (frame := await reader.frame())["type"] != "snapshot":
                kept = reader.ranked(sort)

            assert frame["hot_markets"] == kept
            assert frame["id"] == "again"


async def read_deltas(reader: Reader, count: int) -> None:
    wanted = reader.deltas + count
    while reader.deltas < wanted:
        await reader.frame()


async def test_every_trade_comes_once(board: Board) -> None:
    """Deltas carry each stored trade once, in the order of `seq` as a whole."""
    seqs: list[int] = []
    url = f"{board.stream_url}?channels=trades&combos=include"
    async with websockets.connect(url) as socket:
        reader = Reader(socket)
        last = (await reader.frame())["seq"]
        while len(seqs) < 200:
            frame = await reader.frame()
            assert "hot_markets" not in frame
            seqs += [trade["seq"] for trade in frame.get("trades", [])]

    assert sorted(seqs) == list(range(last + 1, last + 1 + len(seqs)))


async def test_answers_carry_the_id(board: Board) -> None:
    """A ping is answered, also among deltas; what is not understood is explained."""
    async with websockets.connect(board.stream_url) as socket:
        reader = Reader(socket)
        await reader.send(type="ping", id=7)
        assert await reader.until("pong") == {"type": "pong", "id": 7}

        await reader.send(type="dance", id=8)
        error = await reader.until("error")
        assert (error["id"], error["code"]) == (8, "bad_message")

        await socket.send("no JSON")
        assert (await reader.until("error"))["code"] == "bad_message"
        await read_deltas(reader, 2)


async def test_subscribe_replaces_the_whole(board: Board) -> None:
    """A new subscription begins with its own snapshot; a refused one changes nothing."""
    async with websockets.connect(board.stream_url + "?limit=3") as socket:
        reader = Reader(socket)
        before = await reader.until("snapshot")
        await reader.send(type="subscribe", id=1, subscription={"window": "7m"})
        refusal = await reader.until("error")
        await read_deltas(reader, 2)
        assert len(reader.rows) == 3
        await reader.send(
            type="subscribe", id=2, subscription={"window": "1m", "channels": ["hot"]}
        )
        after = await reader.until("snapshot")
        await read_deltas(reader, 2)

    assert (refusal["id"], refusal["code"]) == (1, "bad_parameter")
    assert "7m" in refusal["message"]
    assert after["id"] == 2
    assert after["subscription"]["window"] == "1m"
    assert after["subscription"]["limit"] == 50
    assert "recent_trades" not in after
    assert after["epoch"] != before["epoch"]


async def test_equal_subscriptions_share_a_stream(board: Board) -> None:
    """Two clients of one subscription get the same frames of one epoch."""
    url = board.stream_url + "?window=15m"
    async with websockets.connect(url) as one, websockets.connect(url) as two:
        readers = Reader(one), Reader(two)
        first, second = [await reader.until("snapshot") for reader in readers]
        deltas: list[dict[int, object]] = []
        for reader in readers:
            found: dict[int, object] = {}
            while len(found) < 5 or max(found) < second["offset"] + 3:
                frame = await reader.until("delta")
                found[frame["offset"]] = frame
            deltas.append(found)

    shared = deltas[0].keys() & deltas[1].keys()
    assert first["epoch"] == second["epoch"]
    assert shared
    assert all(deltas[0][offset] == deltas[1][offset] for offset in shared)


@pytest.mark.parametrize(
    ("query", "named"),
    [("window=7m", "7m"), ("colour=red", "colour"), ("limit=0", "0")],
)
async def test_wrong_query_is_explained_then_closed(
    board: Board, query: str, named: str
) -> None:
    """The first frame names what is wrong; then the server closes with 1008."""
    async with websockets.connect(f"{board.stream_url}?{query}") as socket:
        reader = Reader(socket)
        first = await reader.frame()
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 5)

    assert (first["type"], first["code"]) == ("error", "bad_parameter")
    assert named in first["message"]
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


async def test_foreign_origin_is_refused(board: Board) -> None:
    """A page of somebody else's cannot read the stream."""
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with websockets.connect(board.stream_url, origin="https://example.com"):
            pass

    assert refusal.value.response.status_code == 403
