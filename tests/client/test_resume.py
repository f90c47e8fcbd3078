"""The client against the product's own hub, over sockets that are cut."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from flowboard.client import Board, connect
from flowboard.stream_frames import Delta, Resumed, Snapshot, Trades
from tests.faults.proxy import Proxy
from tests.stream_serving import PROTOCOLS, Served
from tests.trade_batches import START_MS, make_print

LIMIT_S = 20
BEATS = 60
TICKERS = [f"KXRESUME-26JAN01-B{n}" for n in range(9)]


class Tape:
    """Invented trades, beat after beat: some large, some late, markets that come and
    go."""

    def __init__(self, stage):
        self.stage = stage
        self.seq = 0

    def beat(self, count=3):
        prints = []
        for _ in range(count):
            self.seq += 1
            seq = self.seq
            prints.append(
                make_print(
                    seq,
                    ts_ms=START_MS + seq * 40 - (5_000 if seq % 17 == 0 else 0),
                    ticker=TICKERS[(seq // 5) % len(TICKERS)],
                    price_e4=1_000 + seq * 37 % 8_000,
                    count_e2=100 + seq * 7_919 % 90_000 * (50 if seq % 11 == 0 else 1),
                    yes=seq % 3 != 0,
                )
            )
        self.stage.beat(prints, START_MS + self.seq * 40)


@asynccontextmanager
async def behind_a_proxy(protocol="own"):
    """Give a tape, its hub's address and the proxy before it."""
    stage = Served()
    stage.protocol = PROTOCOLS[protocol]
    async with stage.served(), Proxy(stage.port) as proxy:
        yield Tape(stage), f"ws://127.0.0.1:{proxy.port}", proxy


def read(url, **options):
    return connect(url, backoff=lambda failures: 0.001, **options)


async def follow(stream, board, upto, on_delta=lambda: None):
    """Apply frames until the board has the delta `upto`; return their types."""
    kinds = []
    async with asyncio.timeout(LIMIT_S):
        while board.offset < upto:
            frame = await anext(stream)
            kinds.append(type(frame))
            assert board.apply(frame) == "take"
            if isinstance(frame, Delta):
                on_delta()
    return kinds


def state(board):
    return (
        board.hot_markets(),
        board.trades,
        board.whales,
        board.stats,
        (board.window_from_ms, board.window_to_ms, board.offset, board.seq),
    )


@pytest.mark.parametrize("every", range(1, 51))
async def test_cut_after_every_kth_delta(every):
    """A client that is cut, misses deltas and resumes ends as one that never was."""
    async with behind_a_proxy() as (tape, url, proxy):
        tape.beat()
        whole, cut = Board(), Board()
        direct = f"ws://127.0.0.1:{tape.stage.port}"
        async with read(direct) as steady, read(url) as stream:
            whole.apply(await anext(steady))
            assert cut.apply(await anext(stream)) == "take"
            beats = deltas = 0

            def go_on():
                nonlocal beats, deltas
                deltas += 1
                cut_now = deltas % every == 0
                if cut_now:
                    proxy.rst_all()
                if cut.offset == beats:
                    for _ in range(min(3 if cut_now else 1, BEATS - beats)):
                        tape.beat()
                        beats += 1

            steadily = asyncio.create_task(follow(steady, whole, BEATS))
            tape.beat()
            beats = 1
            kinds = await follow(stream, cut, BEATS, go_on)
            await steadily

    assert state(cut) == state(whole)
    assert kinds.count(Delta) == BEATS
    assert kinds.count(Resumed) >= BEATS // (every + 3)
    assert Snapshot not in kinds


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_every_trade_through_cuts_and_outages(protocol):
    """Short cuts, an outage that outlasts the server's memory of deltas, one of nine
    thousand trades: each trade once."""
    async with behind_a_proxy(protocol) as (tape, url, proxy):
        tape.beat()
        found = []
        async with read(url, since_seq=0) as stream:
            trades = stream.trades()

            async def upto_now():
                async with asyncio.timeout(LIMIT_S):
                    while len(found) < tape.seq:
                        found.append((await anext(trades)).seq)

            await upto_now()
            for away_s in (0, 400, 10):
                tape.beat(5)
                proxy.cut_off()
                tape.beat(4_500)
                tape.stage.mono_ms += away_s * 1_000
                tape.beat(3_000)
                await proxy.accept()
                await upto_now()
            tape.beat()
            await upto_now()

    assert sorted(found) == list(range(1, tape.seq + 1))


async def test_a_board_after_a_long_outage():
    """What is gone from the server's memory is made up for by a snapshot, which says
    so."""
    async with behind_a_proxy() as (tape, url, proxy):
        tape.beat()
        board = Board()
        async with read(url) as stream:
            board.apply(await anext(stream))
            before = board.epoch
            proxy.cut_off()
            await tape.stage.clients_are(0)
            tape.stage.mono_ms += 400_000
            tape.stage.hub.tick()
            tape.beat(30)
            await proxy.accept()
            async with asyncio.timeout(LIMIT_S):
                frame = await anext(stream)
            board.apply(frame)
            fresh = Board()
            async with read(url) as other:
                fresh.apply(await anext(other))

    assert isinstance(frame, Snapshot)
    assert not frame.recovered
    assert board.epoch != before
    assert state(board) == state(fresh)


async def test_one_that_does_not_read_misses_no_trade():
    """The server leaves out deltas for a client that is too slow; what was left out is
    fetched once it reads again."""
    async with behind_a_proxy() as (tape, url, proxy):
        stage = tape.stage
        tape.beat()
        async with read(url, every_trade=True) as stream:
            first = await anext(stream)
            proxy.blackhole(up=False)
            async with asyncio.timeout(LIMIT_S):
                while not any(each.conflations for each in clients(stage)):
                    tape.beat(2_000)
                    await asyncio.sleep(0.001)
            proxy.fair()
            found, kinds = [], set()
            async with asyncio.timeout(LIMIT_S):
                while (stream.seq or 0) < tape.seq or not kinds & {Trades}:
                    frame = await anext(stream)
                    kinds.add(type(frame))
                    if isinstance(frame, Delta | Trades):
                        found += [trade.seq for trade in frame.trades]
                    stage.hub.tick()

    assert isinstance(first, Snapshot)
    assert kinds >= {Snapshot, Trades}
    assert set(found) == set(range(first.seq + 1, tape.seq + 1))


def clients(stage):
    return stage.hub._places
