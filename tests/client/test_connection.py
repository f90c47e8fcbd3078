import asyncio
import json
import socket
from contextlib import asynccontextmanager
from copy import deepcopy

import pytest

from flowboard.client import (
    Board,
    Connection,
    StreamRefused,
    StreamUnreachable,
    connect,
)
from flowboard.client.connection import WAIT_FIRST_S, WAIT_MAX_S, full_jitter
from flowboard.client.position import Position
from flowboard.stream_frames import Error, Pong, Snapshot, Wanted, read_frame
from tests.client.golden import NAMES, assert_board, session
from tests.client.played_stream import CUT, STAY, PlayedStream

LIMIT_S = 10
END = {"type": "pong", "id": "end"}
FRAMES = [step["frame"] for step in session("snapshot_and_deltas")["steps"][1:]]
SNAPSHOT, DELTA = FRAMES[0], FRAMES[1]
# Frames that no server sends on one socket; they are for a reader without one.
PLAYED = [name for name in NAMES if name != "delta_first"]


def at_once(failures):
    return 0.0


def read(url, **options):
    return connect(url, backoff=at_once, **options)


@asynccontextmanager
async def played(*scripts, **options):
    """Give a server that plays `scripts`, and a stream of it."""
    async with (
        asyncio.timeout(LIMIT_S),
        PlayedStream(*scripts).open() as server,
        read(server.url, **options) as it,
    ):
        yield server, it


async def until_end(stream, board=None):
    """Read up to the last frame; return the types of what was read."""
    kinds = []
    async with asyncio.timeout(LIMIT_S):
        async for frame in stream:
            if isinstance(frame, Pong) and frame.id == "end":
                return kinds
            kinds.append(frame.__struct_config__.tag)
            if board is not None:
                board.apply(frame)
    raise AssertionError("the stream ended before its last frame")


def scripts_of(told):
    """Return a session as a server plays it: it cuts, unless the client leaves."""
    position = Position(told["since_seq"], every_trade=told["every_trade"])
    scripts = []
    for step in told["steps"]:
        if "connect" in step:
            scripts.append(([], CUT))
            position.reconnect()
            continue
        scripts[-1][0].append(step["frame"])
        frame = read_frame(json.dumps(step["frame"]))
        if frame is not None and position.judge(frame) == "take":
            position.take(frame)
        if step["action"] == "hole" or position.behind:
            scripts[-1] = (scripts[-1][0], STAY)
    scripts[-1] = ([*scripts[-1][0], END], STAY)
    return scripts


@pytest.mark.parametrize("name", PLAYED)
async def test_a_session_over_real_sockets(name):
    """The client asks for what the session says it must, and ends with its board."""
    told = session(name)
    board = Board()

    async with PlayedStream(*scripts_of(told)).open() as server:
        options = {"since_seq": told["since_seq"], "every_trade": told["every_trade"]}
        async with read(server.url, **options) as stream:
            await until_end(stream, board)

    asked = [step["connect"] for step in told["steps"] if "connect" in step]
    assert server.asked == asked
    assert_board(board, told["steps"][-1]["board"])


@pytest.mark.parametrize(
    "name", [name for name in PLAYED if session(name)["every_trade"]]
)
async def test_trades_of_a_session(name):
    """Each once, in the order given, however often the socket ends."""
    told = session(name)
    new = [seq for step in told["steps"] for seq in step.get("new_trades", ())]

    scripts = scripts_of(told)
    async with played(*scripts, since_seq=told["since_seq"]) as (_, stream):
        trades = stream.trades()
        async with asyncio.timeout(LIMIT_S):
            found = [(await anext(trades)).seq for _ in new]

    assert found == new


async def test_a_place_to_go_on_from_is_behind_what_is_not_done():
    """A program that ends in the middle of a frame gets all of that frame again."""
    frames = [step["frame"] for step in session("late_trades")["steps"][1:]]

    async with played((frames, STAY)) as (_, stream):
        places = []
        async with asyncio.timeout(LIMIT_S):
            async for trade in stream.trades():
                places.append((trade.seq, stream.seq))
                if trade.seq == 107:
                    break

    done = [(101, 100)] + [(seq, 101) for seq in (103, 102, 104, 105, 106)]
    assert places == [*done, (107, 106)]


async def test_a_loop_that_was_left_goes_on_where_it_was():
    """In the middle of a frame, too."""
    frames = [step["frame"] for step in session("late_trades")["steps"][1:]]

    async with played((frames, STAY)) as (_, stream):
        found = []
        async with asyncio.timeout(LIMIT_S):
            while len(found) < 7:
                async for trade in stream.trades():
                    found.append(trade.seq)
                    if len(found) % 2:
                        break

    assert found == [101, 103, 102, 104, 105, 106, 107]


async def test_live_only_leaves_out_what_came_late():
    """A healed trade is on the tape, but it is no news."""
    frames = [step["frame"] for step in session("late_trades")["steps"][1:]]

    async with played((frames, STAY)) as (_, stream):
        trades = stream.trades(live_only=True)
        async with asyncio.timeout(LIMIT_S):
            found = [(await anext(trades)).seq for _ in range(5)]

    assert found == [103, 102, 104, 105, 106]


@pytest.mark.parametrize("every", range(1, len(FRAMES)))
async def test_cut_after_every_kth_frame(every):
    """A server that resumes: the board is that of a client that never was cut."""
    scripts, start = [], 0
    while start < len(FRAMES):
        head = [] if start == 0 else [resumed(FRAMES[start - 1]["offset"])]
        part = FRAMES[start : start + every]
        scripts.append(([*head, *part], CUT))
        start += len(part)
    scripts[-1] = ([*scripts[-1][0], END], STAY)
    cut, whole = Board(), Board()
    for frame in FRAMES:
        whole.apply(read_frame(json.dumps(frame)))

    async with played(*scripts) as (server, stream):
        await until_end(stream, cut)

    assert len(server.asked) == len(scripts)
    assert state(cut) == state(whole)


def resumed(offset):
    return {"type": "resumed", "epoch": "gold1", "offset": offset, "recovered": True}


def state(board):
    return (
        board.hot_markets(),
        board.trades,
        board.whales,
        board.stats,
        board.feed,
        board.offset,
    )


@pytest.mark.parametrize("code", [CUT, 1000, 1001, 1011, 1012, 1013, 4008])
async def test_what_passes_is_tried_again(code):
    """After any end but a refusal, and for as long as it takes."""
    told = []
    again = ([resumed(5)], code)
    scripts = [([SNAPSHOT], code), ([], code), again, ([resumed(5), END], STAY)]

    async with played(*scripts, on_connection=told.append) as (server, stream):
        kinds = await until_end(stream)

    assert kinds == ["snapshot", "resumed", "resumed"]
    assert server.asked == [{}] + 3 * [{"since": "gold1:5"}]
    retry = ["waiting", "connecting"]
    phases = ["connecting", "open", *retry, *retry, "open", *retry, "open", "closed"]
    assert [connection.phase for connection in told] == phases
    waits = [each for each in told if each.phase == "waiting"]
    assert [each.failures for each in waits] == [1, 2, 1]
    assert all(each.reason for each in waits)
    assert [each.resumed for each in told if each.phase == "open"] == [
        False,
        True,
        True,
    ]


async def test_a_refusal_is_raised_with_the_servers_sentence():
    """1008: the same request would be refused again."""
    refusal = {"type": "error", "code": "bad_parameter", "message": "window '7m' is no"}

    async with played(([refusal], 1008), subscription={"window": "7m"}) as (
        server,
        stream,
    ):
        first = await anext(stream)
        with pytest.raises(StreamRefused) as refused:
            await anext(stream)
        with pytest.raises(StopAsyncIteration):
            await anext(stream)

    assert first == Error("bad_parameter", "window '7m' is no")
    assert (refused.value.code, str(refused.value)) == (
        "bad_parameter",
        "window '7m' is no",
    )
    assert server.asked == [{"window": "7m"}]


async def test_a_later_version_is_refused_not_misread():
    """Within version 1 all is added; of version 2 nothing is known."""
    async with played(([SNAPSHOT | {"v": 2}], STAY)) as (_, stream):
        with pytest.raises(StreamRefused, match="newer"):
            await anext(stream)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


async def test_nobody_there_at_first():
    """Entering says so at once, with what to do."""
    url = f"ws://127.0.0.1:{free_port()}"

    with pytest.raises(StreamUnreachable, match="flowboard serve") as failed:
        async with connect(url):
            pass

    assert failed.value.problem == "connection refused"
    assert failed.value.url == f"{url}/ws/stream"


async def test_waiting_for_a_server_that_is_not_there_yet():
    """With `retry_first` a missing server is an outage like any other."""
    told = asyncio.Queue()
    url = f"ws://127.0.0.1:{free_port()}"

    async with read(url, retry_first=True, on_connection=told.put_nowait) as stream:
        reading = asyncio.create_task(anext(stream))
        async with asyncio.timeout(LIMIT_S):
            while (await told.get()).failures < 3:
                pass
        await stream.close()
        with pytest.raises(StopAsyncIteration):
            await reading


async def test_a_server_of_something_else():
    """What speaks no WebSocket is told by its answer."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(StreamUnreachable, match="HTTP 404"):
            async with connect(f"ws://127.0.0.1:{port}"):
                pass


async def test_silence_is_an_end():
    """A heartbeat is due every 5 s: a socket that says nothing for long is lost."""
    scripts = [([SNAPSHOT], STAY), ([resumed(5), END], STAY)]
    told = []

    async with PlayedStream(*scripts).open() as server:
        stream = read(server.url, silence_s=0.05, on_connection=told.append)
        async with stream:
            await until_end(stream)

    assert "nothing was heard for 0.05 s" in [each.reason for each in told]
    assert server.asked[1] == {"since": "gold1:5"}


async def test_a_server_that_starts_may_be_silent():
    """Before the first frame silence says nothing: the board is being built."""
    async with played(([], STAY), silence_s=0.01) as (server, stream):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await anext(stream)

    assert len(server.asked) == 1


async def test_what_cannot_be_read_is_an_end_too():
    """No frame is guessed at; the place before it is where to go on."""
    broken = deepcopy(DELTA) | {"trades": [{"seq": "many"}]}
    scripts = [([SNAPSHOT, broken], STAY), ([resumed(5), DELTA, END], STAY)]
    told = []

    async with played(*scripts, on_connection=told.append) as (_, stream):
        kinds = await until_end(stream)

    assert kinds == ["snapshot", "resumed", "delta"]
    assert any("cannot be read" in connection.reason for connection in told)


async def test_a_hole_that_stays_is_no_circle():
    """Where the same deltas are missing twice, a snapshot is asked for."""
    far = DELTA | {"offset": 9}
    scripts = [([SNAPSHOT, far], STAY), ([resumed(5), far], STAY)]
    scripts.append(([SNAPSHOT | {"offset": 9}, END], STAY))

    async with played(*scripts) as (server, stream):
        kinds = await until_end(stream)

    assert kinds == ["snapshot", "resumed", "snapshot"]
    assert server.asked == [{}, {"since": "gold1:5"}, {}]


async def test_a_cancelled_read_loses_nothing():
    """A reader may wait with a limit of its own, also while the client waits."""
    scripts = [([SNAPSHOT], CUT), ([resumed(5), DELTA], STAY)]
    waiting = asyncio.Event()

    def note(connection):
        if connection.phase == "waiting":
            waiting.set()

    async with PlayedStream(*scripts).open() as server:
        stream = connect(server.url, backoff=lambda n: 0.2, on_connection=note)
        async with stream:
            await anext(stream)
            reading = asyncio.create_task(anext(stream))
            await asyncio.wait_for(waiting.wait(), LIMIT_S)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            async with asyncio.timeout(LIMIT_S):
                later = [await anext(stream) for _ in range(2)]

    assert [frame.__struct_config__.tag for frame in later] == ["resumed", "delta"]


async def test_asking_for_a_snapshot():
    """It is said to the server, and the old place is not gone back to."""
    async with played(([SNAPSHOT, END], STAY)) as (server, stream):
        await until_end(stream)
        await stream.get_snapshot()

    assert server.heard == [{"type": "get_snapshot"}]


async def test_deltas_on_their_way_are_read_before_the_snapshot_that_was_asked_for():
    """The question ends nothing."""
    script = ([SNAPSHOT, DELTA, {**SNAPSHOT, "offset": DELTA["offset"]}, END], STAY)

    async with played(script) as (server, stream):
        assert (await anext(stream)).offset == SNAPSHOT["offset"]
        await stream.get_snapshot()
        kinds = await until_end(stream)

    assert kinds == ["delta", "snapshot"]
    assert len(server.asked) == 1


async def test_a_server_that_cannot_give_the_tape_is_asked_less_and_less():
    """A snapshot alone is no success where trades were asked for."""
    waits = []

    def backoff(failures):
        waits.append(failures)
        return 0.0

    error = {"type": "error", "code": "store_failing", "message": "try again later"}
    failing = ([{**SNAPSHOT, "seq": 99_999}, error], 1013)
    async with (
        asyncio.timeout(LIMIT_S),
        PlayedStream(*[failing] * 4, ([END], STAY)).open() as server,
        connect(server.url, backoff=backoff, since_seq=1) as stream,
    ):
        await until_end(stream)

    assert waits == [1, 2, 3, 4]


async def test_the_subscription_stands_in_the_address():
    """Lists with commas, truth as 1; beside them what to go on from."""
    wanted = Wanted(series=["KXA", "KXB"], live_only=True, min_notional=1000)
    scripts = [([SNAPSHOT], CUT), ([resumed(5), END], STAY)]

    async with played(*scripts, subscription=wanted, every_trade=True) as (
        server,
        stream,
    ):
        await until_end(stream)

    query = {"series": "KXA,KXB", "live_only": "1", "min_notional": "1000"}
    assert server.asked == [query, query | {"since": "gold1:5", "since_seq": "100"}]


async def test_closing_ends_the_iteration():
    """From another task, in the middle of a read."""
    async with played(([SNAPSHOT], STAY)) as (server, stream):
        first = await anext(stream)
        reading = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        await stream.close()
        with pytest.raises(StopAsyncIteration):
            await reading

    assert isinstance(first, Snapshot)
    assert stream.connection == Connection("closed")
    assert server.left == [1000]


def test_waits_grow_and_differ():
    """Full jitter: anything up to 0.5, 1, 2 .. 30 s, so that clients do not return as
    one."""
    for failures in range(1, 40):
        ceiling_s = min(WAIT_MAX_S, WAIT_FIRST_S * 2 ** (failures - 1))
        waits = [full_jitter(failures) for _ in range(200)]
        assert 0 <= min(waits) < ceiling_s / 4
        assert ceiling_s * 3 / 4 < max(waits) <= ceiling_s
