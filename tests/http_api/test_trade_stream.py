"""The tape as it grows, over HTTP: every trade once, however slow the reader is."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator

import httpx2
import pytest
from structlog.testing import capture_logs

from flowboard.errors import StoreError
from flowboard.http_api import trade_stream
from tests.database.made_trades import make_trade
from tests.http_api.serving import Api, serving
from tests.trade_batches import render_trade

STREAM = "/api/trades/stream"
COMBO = "KXMVESPORTS-26NOV21-S1"
WAIT_S = 10


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heartbeats at once, and the disk asked again at once."""
    monkeypatch.setattr(trade_stream, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(trade_stream, "STORE_RETRY_S", 0.01)


class Lines:
    """What a reader gets, line by line."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._lines: AsyncIterator[str] = answer.aiter_lines()

    async def next(self) -> str:
        """Return the next line."""
        return await asyncio.wait_for(anext(self._lines), WAIT_S)

    async def trades(self, count: int) -> list[int]:
        """Return the numbers of the next trades, heartbeats read over."""
        seqs: list[int] = []
        while len(seqs) < count:
            line = json.loads(await self.next())
            if line.get("type") != "heartbeat":
                seqs.append(line["seq"])
        return seqs

    async def rest(self) -> list[str]:
        """Return everything up to the end."""
        async with asyncio.timeout(WAIT_S):
            return [line async for line in self._lines]


async def test_lines_of_json(api: Api) -> None:
    """A first line says where it begins; then each trade, as it is stored."""
    await api.trade(make_trade(1), make_trade(2))

    async with api.reading(STREAM) as answer:
        lines = Lines(answer)
        first = await lines.next()
        await api.trade(make_trade(3), make_trade(4, source="heal"))
        third, fourth = await lines.next(), await lines.next()

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"
    assert first == '{"type":"heartbeat","seq":2}'
    assert third.encode() == render_trade(3, make_trade(3))
    assert json.loads(fourth)["late"] is True


async def test_server_sent_events(api: Api) -> None:
    """Letter by letter as the standard has it, to whoever accepts them."""
    await api.trade(make_trade(1))

    async with api.reading(STREAM, accept="text/event-stream") as answer:
        lines = Lines(answer)
        opening = [await lines.next() for _ in range(5)]
        await api.trade(make_trade(2))
        trade = [await lines.next() for _ in range(3)]

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert opening == [
        "retry: 1000",
        "event: heartbeat",
        "id: 1",
        'data: {"type":"heartbeat","seq":1}',
        "",
    ]
    assert trade == ["id: 2", f"data: {render_trade(2, make_trade(2)).decode()}", ""]


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", "*/*", "application/x-ndjson"),
        ("", "text/event-stream", "text/event-stream"),
        ("?format=ndjson", "text/event-stream", "application/x-ndjson"),
        ("?format=sse", "*/*", "text/event-stream"),
    ],
)
async def test_the_form(api: Api, query: str, accept: str, kind: str) -> None:
    """As asked for in the address, else as accepted; the head alone ends at once."""
    answer = await api.ask("HEAD", STREAM + query, headers={"accept": accept})
    async with api.reading(STREAM + query, accept=accept) as body:
        await Lines(body).next()

    assert answer.status_code == body.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert body.headers["content-type"].partition(";")[0] == kind


@pytest.mark.parametrize("query", ["format=xml", "limit=1", "tickers=", "side=up"])
async def test_a_query_that_makes_no_sense(api: Api, query: str) -> None:
    """It is refused before anything begins."""
    answer = await api.get(f"{STREAM}?{query}")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_parameter"


@pytest.mark.parametrize("forgotten", [False, True])
async def test_after_a_seq(
    api: Api, forgotten: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything later, from memory or disk, and then what comes; in order, once."""
    monkeypatch.setattr(trade_stream, "PAGE_TRADES", 7)
    await api.trade(*(make_trade(n) for n in range(1, 51)))
    if forgotten:
        api.forget()

    async with api.reading(f"{STREAM}?after_seq=10") as answer:
        lines = Lines(answer)
        first = await lines.next()
        old = await lines.trades(40)
        await api.trade(*(make_trade(n) for n in range(51, 61)))
        new = await lines.trades(10)

    assert json.loads(first)["seq"] == 10
    assert old + new == [*range(11, 61)]


async def test_a_browser_goes_on_where_it_was(api: Api) -> None:
    """Its own header says more than the address that it was first given."""
    await api.trade(*(make_trade(n) for n in range(1, 11)))
    path = f"{STREAM}?format=sse&after_seq=2"

    async with api.reading(path, **{"last-event-id": "8"}) as answer:
        lines = Lines(answer)
        ids = [
            line for line in [await lines.next() for _ in range(11)] if "id:" in line
        ]
    refused = await api.ask("GET", path, headers={"last-event-id": "x"})

    assert ids == ["id: 8", "id: 9", "id: 10"]
    assert refused.status_code == 400
    assert "Last-Event-ID 'x'" in refused.json()["error"]["message"]


async def test_a_seq_of_another_tape(api: Api) -> None:
    """It begins at the end of this one, and says so."""
    await api.trade(make_trade(1))

    async with api.reading(f"{STREAM}?after_seq=1000") as answer:
        lines = Lines(answer)
        first = await lines.next()
        await api.trade(make_trade(2))
        trades = await lines.trades(1)

    assert json.loads(first)["seq"] == 1
    assert trades == [2]


async def test_a_filter_and_heartbeats(api: Api, quick: None) -> None:
    """What does not pass moves `seq` on all the same: nobody looks at it twice."""
    await api.trade(make_trade(1))

    async with api.reading(f"{STREAM}?side=no&series=KXHIGHNY") as answer:
        lines = Lines(answer)
        await api.trade(make_trade(2), make_trade(3, market_ticker=COMBO))
        seq = 0
        while seq < 3:
            beat = json.loads(await lines.next())
            assert beat.keys() == {"type", "seq"}
            seq = beat["seq"]
        await api.trade(make_trade(4), make_trade(5, taker_yes=False))
        trades = await lines.trades(1)

    assert trades == [5]


async def test_silence_is_told_of(api: Api, quick: None) -> None:
    """Both forms: so that either side notices when the other has gone."""
    await api.trade(make_trade(1))

    for name in ("sse", "ndjson"):
        async with api.reading(f"{STREAM}?format={name}") as answer:
            lines = Lines(answer)
            beats = 0
            while beats < 4:
                beats += (await lines.next()).endswith('{"type":"heartbeat","seq":1}')


@pytest.mark.parametrize("name", ["sse", "ndjson"])
async def test_compression_holds_nothing_back(api: Api, name: str) -> None:
    """Each trade can be read before the next is made."""
    await api.trade(make_trade(1))
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(
        f"GET {STREAM}?format={name} HTTP/1.1\r\nHost: localhost\r\n"
        "Accept-Encoding: gzip\r\n\r\n".encode()
    )
    async with asyncio.timeout(WAIT_S):
        head = await reader.readuntil(b"\r\n\r\n")
        is_packed = b"content-encoding: gzip" in head.lower()
        unpacked = zlib.decompressobj(wbits=31)
        for seq in range(2, 6):
            await api.trade(make_trade(seq))
            text = b""
            while b'{"seq":%d,' % seq not in text:
                length = int(await reader.readline(), 16)
                chunk = (await reader.readexactly(length + 2))[:-2]
                text += unpacked.decompress(chunk) if is_packed else chunk
    writer.close()

    assert is_packed == (name == "ndjson")


async def test_a_slow_reader_loses_nothing(api: Api) -> None:
    """What it has not read is on disk, and no memory of ours; others do not wait."""
    await api.trade(make_trade(1))
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port, limit=1_024)
    writer.write(f"GET {STREAM} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    async with asyncio.timeout(60):
        await reader.readuntil(b"\r\n\r\n")
        async with api.reading(STREAM) as answer:
            lines = Lines(answer)
            seen = []
            for start in range(2, 40_002, 4_000):
                await api.trade(*(make_trade(n) for n in range(start, start + 4_000)))
                seen += await lines.trades(4_000)
        api.forget()
        text = b""
        while b'{"seq":40001,' not in text[-2_000:]:
            length = int(await reader.readline(), 16)
            text += (await reader.readexactly(length + 2))[:-2]
    writer.close()

    slow = [json.loads(line).get("seq") for line in text.splitlines()[1:]]
    assert slow == seen == [*range(2, 40_002)]


async def test_a_disk_that_fails(
    api: Api, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader waits, hears that we are there, and misses nothing."""
    await api.trade(*(make_trade(n) for n in range(1, 6)))
    api.forget()

    async def fail(*_: object) -> None:
        raise StoreError("disk I/O error")

    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(api.database, "trades_after", fail)
        async with api.reading(f"{STREAM}?after_seq=2") as answer:
            lines = Lines(answer)
            beats = [await lines.next() for _ in range(3)]
            broken.undo()
            trades = await lines.trades(3)

    assert beats == ['{"type":"heartbeat","seq":2}'] * 3
    assert trades == [3, 4, 5]
    assert "disk I/O error" in [log.get("problem") for log in logs]


async def test_it_waits_for_the_windows(unserved: Api) -> None:
    """A browser that connects while the board starts is not sent away for ever."""
    unserved.hub.ready.clear()
    async with serving(unserved.app()) as unserved.port:
        waiting = asyncio.create_task(first_of(unserved))
        await unserved.get("/health")
        early = waiting.done()
        await unserved.trade(make_trade(1), make_trade(2))
        unserved.hub.ready.set()

        first = await asyncio.wait_for(waiting, WAIT_S)

    assert not early
    assert json.loads(first)["seq"] == 2


async def first_of(api: Api) -> str:
    """Return the first line of a stream."""
    async with api.reading(STREAM) as answer:
        return await Lines(answer).next()


async def test_the_server_stops(api: Api) -> None:
    """What is stored is given, and the answer ends as any other does."""
    await api.trade(make_trade(1))

    async with api.reading(STREAM) as answer:
        lines = Lines(answer)
        await lines.next()
        await api.trade(make_trade(2))
        await api.hub.close()
        rest = await lines.rest()

    assert [json.loads(line)["seq"] for line in rest] == [2]


async def test_only_so_many_readers(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is told what else to do; who leaves makes room."""
    monkeypatch.setattr(trade_stream, "READERS_MAX", 2)
    await api.trade(make_trade(1))
    async with api.reading(STREAM) as one, asyncio.timeout(WAIT_S):
        first = Lines(one)
        await first.next()
        async with api.reading(STREAM) as two:
            second = Lines(two)
            await second.next()
            refused = await api.get(STREAM)
        status = 503
        while status != 200:  # Until the server has noticed.
            async with api.reading(STREAM) as three:
                status = three.status_code
        await api.trade(make_trade(2))
        seqs = await first.trades(1)

    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "60"
    assert refused.json()["error"]["code"] == "too_many_readers"
    assert "after_seq" in refused.json()["error"]["message"]
    assert seqs == [2]
