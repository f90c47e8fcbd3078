import asyncio
import json

import pytest
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed

from flowboard.client_socket import BURST, MESSAGE_BYTES_MAX
from flowboard.hub import STREAMS_MAX
from flowboard.subscription import Subscription
from flowboard.tape_reader import TapeReader
from flowboard.websocket_handler import Connection
from tests.stream_serving import (
    FRAME_S,
    close_code,
    frame,
    say,
    until,
)
from tests.stream_stage import new_subscriber
from tests.trade_batches import START_MS, make_print

pytest_plugins = ["tests.stream_fixtures"]


@pytest.fixture
def errors_logged(caplog):
    """Return what uvicorn logged as errors: a traceback of ours would be one."""
    return lambda: [r for r in caplog.records if r.levelname == "ERROR"]


async def test_a_bare_connect_gets_a_snapshot_then_deltas(stage):
    """As wscat sees it: text frames, nothing to be said first."""
    async with stage.connect() as client:
        first = await frame(client)
        stage.beat([make_print(1)], START_MS)
        second = await frame(client)

    assert first["type"] == "snapshot"
    assert first["subscription"] == Subscription().public()
    assert (second["type"], second["offset"]) == ("delta", first["offset"] + 1)


async def test_the_query_chooses(stage):
    """Every key of a subscription can be in the address."""
    query = (
        "?channels=hot,whales&window=1h&sort=volume&limit=3&combos=include&tick_ms=25"
        "&tickers=KXB-1,KXA-1&series=KXA&category=Crypto&league=Bitcoin"
        "&min_notional=99.5&side=no&live_only=1"
    )

    async with stage.connect(query) as client:
        snapshot = await frame(client)

    told = snapshot["subscription"]
    assert told["limits"]["tickers"] == 100
    assert {key: value for key, value in told.items() if value is not None} == {
        "channels": ["hot", "whales"],
        "window": "1h",
        "sort": "volume",
        "limit": 3,
        "tick_ms": 25,
        "combos": "include",
        "tickers": ["KXA-1", "KXB-1"],
        "series": ["KXA"],
        "category": ["Crypto"],
        "league": ["Bitcoin"],
        "min_notional": "99.500000",
        "side": "no",
        "live_only": True,
        "limits": told["limits"],
    }


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("?window=7m", "7m"),
        ("?sinse=a:1", "sinse"),
        ("?limit=1&limit=2", "limit"),
        ("?since_seq=1&channels=hot", "since_seq"),
    ],
)
async def test_a_wrong_query_is_explained_and_closed(stage, query, named):
    """Accepted, so that the client can read why; then 1008."""
    async with stage.connect(query) as client:
        error = await frame(client)

        assert (error["type"], error["code"]) == ("error", "bad_parameter")
        assert named in error["message"]
        assert await close_code(client) == 1008
    assert stage.hub.clients == 0


async def test_the_201st_stream_is_refused(stage):
    """An error that says what to do, then 1013."""
    for limit in range(1, STREAMS_MAX + 1):
        stage.hub.join(new_subscriber(), Subscription(limit=limit))

    async with stage.connect("?window=1m") as client:
        error = await frame(client)
        assert await close_code(client) == 1013
    async with stage.connect("?limit=1") as client:
        await frame(client)
        await say(client, type="subscribe", id=1, subscription={"window": "1m"})
        refused = await until(client, "error")
        stage.beat([make_print(1)], START_MS)
        delta = await frame(client)

    assert error["code"] == refused["code"] == "too_many_streams"
    assert refused["id"] == 1
    assert delta["window"] == "5m"


async def test_a_ping_is_answered(stage):
    """With the id, where there is one."""
    async with stage.connect() as client:
        await frame(client)
        await say(client, type="ping", id="a")
        await say(client, type="ping")

        assert await frame(client) == {"type": "pong", "id": "a"}
        assert await frame(client) == {"type": "pong"}


async def test_a_message_may_come_in_a_binary_frame(stage):
    """Some clients send nothing else."""
    async with stage.connect() as client:
        await frame(client)
        await client.send(b'{"type":"ping","id":3}')

        assert await frame(client) == {"type": "pong", "id": 3}


async def test_a_snapshot_can_be_asked_for(stage):
    """It has the id, and the deltas go on from it."""
    async with stage.connect() as client:
        first = await frame(client)
        await say(client, type="get_snapshot", id=5)
        again = await frame(client)
        stage.beat([make_print(1)], START_MS)
        delta = await frame(client)

    assert again == first | {"id": 5}
    assert delta["offset"] == again["offset"] + 1


async def test_subscribe_replaces_the_whole(stage):
    """Answered by a snapshot of the new stream; what is left out is default again."""
    async with stage.connect("?limit=3") as client:
        first = await frame(client)
        await say(client, type="subscribe", id=1, subscription={"window": "1m"})
        second = await frame(client)
        stage.beat([make_print(1)], START_MS)
        delta = await frame(client)

    assert second["id"] == 1
    assert second["subscription"] == Subscription(window="1m").public()
    assert second["epoch"] != first["epoch"]
    assert (delta["window"], delta["offset"]) == ("1m", second["offset"] + 1)


@pytest.mark.parametrize(
    "subscription", [{"window": "7m"}, {"colour": 1}, {"limit": "x"}, "window", None]
)
async def test_a_refused_subscribe_changes_nothing(stage, subscription):
    """The error has the id; the old stream goes on without a hole."""
    async with stage.connect("?limit=3") as client:
        first = await frame(client)
        await say(client, type="subscribe", id=9, subscription=subscription)
        error = await frame(client)
        stage.beat([make_print(1)], START_MS)
        delta = await frame(client)

    assert (error["code"], error["id"]) == ("bad_parameter", 9)
    assert delta["offset"] == first["offset"] + 1


@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "[1]",
        "null",
        "{",
        "{}",
        '{"type":"dance"}',
        '{"type":["ping"]}',
        '{"type":"ping","id":"\\ud800"}',
        "[" * 4_000,
        b"\xff\xfe",
    ],
)
async def test_what_is_not_understood_ends_nothing(stage, message, errors_logged):
    """`bad_message`; the connection stays."""
    async with stage.connect() as client:
        await frame(client)
        await client.send(message)
        error = await frame(client)
        await say(client, type="ping", id=1)

        assert (error["type"], error["code"]) == ("error", "bad_message")
        assert await frame(client) == {"type": "pong", "id": 1}
    assert not errors_logged()


async def test_too_long_a_message_ends_the_connection(stage, errors_logged):
    """4 KiB are allowed, one byte more is 1009; deltas on their way do no harm."""
    async with stage.connect() as client:
        await frame(client)
        message = '{"type":"ping"}'
        await client.send(message + " " * (MESSAGE_BYTES_MAX - len(message)))
        assert await frame(client) == {"type": "pong"}
        await client.send(message + " " * (MESSAGE_BYTES_MAX + 1 - len(message)))

        assert await close_code(client) == 1009
    await stage.clients_are(0)
    assert not errors_logged()


async def test_a_long_message_in_pieces_is_too_long(stage):
    """Pieces are counted together."""
    async with stage.connect() as client:
        await frame(client)
        await client.send(["x" * 1_000] * 5)

        assert await close_code(client) == 1009


async def test_too_many_messages_end_the_connection(stage):
    """A burst of 50 is fine, the next one is not until time has passed."""
    async with stage.connect() as client:
        await frame(client)
        for number in range(int(BURST)):
            await say(client, type="ping", id=number)
            assert await frame(client) == {"type": "pong", "id": number}
        stage.seconds += 0.1
        await say(client, type="ping", id="earned")
        assert await frame(client) == {"type": "pong", "id": "earned"}
        for _ in range(3):
            await say(client, type="ping", id="too many")

        error = await frame(client)
        assert (error["type"], error["code"]) == ("error", "too_many_messages")
        assert await close_code(client) == 1008
    assert stage.hub.clients == 0


async def test_who_comes_early_waits_for_the_windows(stage):
    """No snapshot of half a board; what is asked meanwhile is not forgotten."""
    stage.hub.ready.clear()
    async with stage.connect("?limit=7") as client, stage.connect() as other:
        await say(client, type="get_snapshot", id="first")
        await say(client, type="ping", id=1)
        assert await frame(client) == {"type": "pong", "id": 1}
        await say(other, type="subscribe", id=2, subscription={"window": "7m"})
        assert (await frame(other))["code"] == "bad_parameter"
        await say(other, type="subscribe", id=3, subscription={"window": "1h"})
        await say(other, type="ping", id=4)
        assert await frame(other) == {"type": "pong", "id": 4}
        stage.beat([make_print(1)], START_MS)

        stage.hub.ready.set()
        snapshot, others = await frame(client), await frame(other)

    assert (snapshot["type"], snapshot["id"]) == ("snapshot", "first")
    assert (snapshot["seq"], snapshot["subscription"]["limit"]) == (1, 7)
    assert (others["id"], others["window"]) == (3, "1h")


async def test_a_restart_is_told(stage):
    """1012 to those who watch and to those who still wait; new ones get it at once."""
    async with stage.connect() as watching:
        await frame(watching)
        stage.hub.ready.clear()
        async with stage.connect("?window=1m") as waiting:
            await say(waiting, type="ping")
            await frame(waiting)
            stage.hub.close()

            assert await close_code(watching) == 1012
            with pytest.raises(ConnectionClosed) as closed:
                await frame(waiting)
        async with stage.connect() as late:
            assert await close_code(late) == 1012
    assert closed.value.rcvd.code == 1012


@pytest.mark.parametrize("ready", [True, False])
async def test_a_client_that_vanishes_leaves_nothing_behind(
    stage, ready, errors_logged
):
    """Cut off without a goodbye, in the middle of frames or before the first."""
    if not ready:
        stage.hub.ready.clear()
    async with stage.connect() as client:
        if ready:
            await frame(client)
            assert stage.hub.clients == 1
        client.transport.abort()
        for seq in range(1, 20):
            stage.beat([make_print(seq)], START_MS)
        await stage.clients_are(0)

    assert not errors_logged()


async def test_a_client_that_does_not_read_holds_nobody_up(stage):
    """Others have every delta; the slow one goes on from a snapshot that says so."""
    tickers = [f"KX{number}" for number in range(60)]
    async with stage.connect(max_queue=1) as slow, stage.connect() as quick:
        first = await frame(slow)
        assert (await frame(quick))["offset"] == first["offset"]
        for beat in range(400):
            prints = [
                make_print(beat * 60 + number + 1, START_MS + beat, ticker=ticker)
                for number, ticker in enumerate(tickers)
            ]
            stage.beat(prints, START_MS + beat)
            assert (await frame(quick))["offset"] == beat + 1

        pulse = asyncio.create_task(ticks(stage))
        read = [first]
        while read[-1]["offset"] < 400:
            read.append(await frame(slow))
        pulse.cancel()

    (at,) = [place for place, f in enumerate(read) if "missed" in f]
    missed = read[at]["missed"]
    assert missed["from_seq"] == read[at - 1]["seq"] + 1
    assert missed["to_seq"] == read[at]["seq"] == 24_000
    assert missed["trades"] == missed["to_seq"] - read[at - 1]["seq"]
    offsets = [found["offset"] for found in read[:at]]
    assert offsets == list(range(at))


async def ticks(stage):
    while True:
        stage.hub.tick()
        await asyncio.sleep(0.01)


def connection(stage, messages, send):
    """Return a client whose messages are all there at once, and what it hears from."""
    heard = asyncio.Queue()
    for message in ({"type": "websocket.connect"}, *messages):
        heard.put_nowait(message)
    scope = {"type": "websocket", "query_string": b"", "headers": [], "path": "/"}
    socket = WebSocket(scope, heard.get, send)
    tape = TapeReader(stage.board.tape, stage.disk)
    return Connection(socket, stage.hub, tape, lambda: 0.0), heard


GONE = {"type": "websocket.disconnect", "code": 1006}


@pytest.mark.parametrize("error", [OSError, RuntimeError])
async def test_a_socket_that_is_closed_is_no_fault(stage, error):
    """The client is gone, or the server refuses frames after its own close."""
    sent = []

    async def send(message):
        if sent:
            heard.put_nowait(GONE)
            raise error("closed")
        sent.append(message["type"])

    client, heard = connection(stage, [], send)
    await asyncio.wait_for(client.run(), FRAME_S)

    assert sent == ["websocket.accept"]
    assert stage.hub.clients == 0


async def test_a_fault_of_ours_is_told(stage):
    """What is no disconnect is not hidden, and leaves no client behind."""
    strange = [{"type": "websocket.receive", "text": 5}]

    async def send(message):
        pass

    client, _ = connection(stage, strange, send)
    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(client.run(), FRAME_S)

    assert stage.hub.clients == 0


async def test_a_client_that_is_being_closed_is_not_heard(stage):
    """However many messages are on their way: one error, one close."""
    ping = {"type": "websocket.receive", "text": '{"type":"ping"}'}
    sent = []

    async def send(message):
        sent.append(message)
        if message["type"] == "websocket.close":
            heard.put_nowait(GONE)

    flood, heard = connection(stage, [ping] * (int(BURST) + 30), send)
    await asyncio.wait_for(flood.run(), FRAME_S)

    texts = [json.loads(m["text"])["type"] for m in sent if "text" in m]
    assert texts[-1:] == ["error"]
    assert texts.count("error") == 1
    assert (sent[-1]["type"], sent[-1]["code"]) == ("websocket.close", 1008)


@pytest.mark.parametrize("turns", range(12))
async def test_the_end_may_meet_a_client_that_leaves(stage, turns):
    """At whatever turn of the loop: nobody is asked to close what has ended."""

    async def send(message):
        pass

    client, heard = connection(stage, [], send)
    serving = asyncio.create_task(client.run())
    await stage.clients_are(1)
    heard.put_nowait(GONE)
    for _ in range(turns):
        await asyncio.sleep(0)

    stage.hub.close()

    await asyncio.wait_for(serving, FRAME_S)
    assert stage.hub.clients == 0
