"""The pump and the log: nobody is waited for, but for a tape at full speed."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from flowboard.simulator.exchange import LEAD_TRADES, RECENT_TRADES, Exchange, wall_us
from flowboard.simulator.faults import Faults
from flowboard.simulator.sources import GeneratorSource, TapeSource
from tests.simulator.client import connected
from tests.simulator.conftest import StartExchange
from tests.simulator.tapes import a_trade, write_tape


@pytest.fixture
def long_tape(tmp_path: Path) -> Path:
    """More trades than fit into memory's ring and every socket's buffers."""
    trades = [a_trade(number) for number in range(60_000)]
    return write_tape(tmp_path / "long.jsonl", trades)


async def test_full_speed_waits_for_its_slowest_reader(
    start: StartExchange, long_tape: Path
) -> None:
    """A reader that stops holds the tape up; when it goes on, it gets every trade."""
    exchange = await start(tape=long_tape, speed=None, keep_times=True)
    log = exchange.exchange
    async with connected(exchange) as slow, connected(exchange) as quick:
        raw: Any = slow.socket.transport
        await slow.subscribe()
        await quick.subscribe()
        raw.pause_reading()
        heard = 0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                while True:
                    heard += len(await quick.trades(1))
        held_at = log.count
        raw.resume_reading()
        frames = await slow.trades(60_000)

    assert heard <= held_at < 60_000
    assert [frame["seq"] for frame in frames] == list(range(1, 60_001))
    assert [int(frame["msg"]["trade_id"][:8], 16) for frame in frames] == list(
        range(60_000)
    )


async def test_other_speeds_wait_for_nobody(
    start: StartExchange, long_tape: Path
) -> None:
    """A reader that stops gets what it missed from disk, whole and in order."""
    exchange = await start(tape=long_tape, speed=30_000)
    log = exchange.exchange
    async with connected(exchange) as slow:
        raw: Any = slow.socket.transport
        await slow.subscribe()
        await slow.trades(1)
        raw.pause_reading()
        await asyncio.wait_for(log.grown_beyond(59_999), 10)
        assert log.count == 60_000 > RECENT_TRADES
        raw.resume_reading()
        frames = await slow.trades(59_999)

    assert [frame["seq"] for frame in frames] == list(range(2, 60_001))
    assert [int(frame["msg"]["trade_id"][:8], 16) for frame in frames] == list(
        range(1, 60_000)
    )


async def test_the_log_reads_alike_from_memory_and_disk(long_tape: Path) -> None:
    """What has left the ring is read back equal."""
    source = TapeSource(long_tape, None, True, True, lambda: 0)
    exchange = Exchange(source, Faults(time.monotonic))
    await exchange.trade()
    early, late = exchange.read(100, 50), exchange.read(59_990, 50)
    exchange.close()

    assert [int(trade.trade_id[:8], 16) for trade in early] == list(range(100, 150))
    assert [int(trade.trade_id[:8], 16) for trade in late] == list(
        range(59_990, 60_000)
    )
    assert exchange.ended
    assert len(exchange._recent) <= 2 * RECENT_TRADES + LEAD_TRADES


async def test_history_was_traded_before_the_start() -> None:
    """Ten minutes at 20/s are some 12,000 trades, all before now, in order."""
    source = GeneratorSource(50, 20.0, 1, 600_000, wall_us)
    began_us = wall_us()
    exchange = Exchange(source, Faults(time.monotonic))
    await exchange.trade_history()
    ended_us = wall_us()
    trades = exchange.read(0, exchange.count)
    while len(trades) < exchange.count:
        trades += exchange.read(len(trades), exchange.count)
    exchange.close()
    times = [trade.created_us for trade in trades]

    assert 11_000 < exchange.count < 13_000
    assert times == sorted(times)
    assert 0 <= times[0] - (began_us - 600_000_000) < 5_000_000
    assert began_us - 5_000_000 < times[-1] <= ended_us


async def test_a_generated_exchange_trades_without_anybody(
    start: StartExchange,
) -> None:
    """Trading goes on whoever is connected."""
    exchange = await start(rate=2_000, markets=10)

    await asyncio.wait_for(exchange.exchange.grown_beyond(200), 10)


async def test_tape_time_is_in_sending_ts_ms_alone(
    start: StartExchange, tape: Path
) -> None:
    """Frames of a tape that keeps its times are sent just after their trades."""
    exchange = await start(tape=tape, speed=None, keep_times=True)
    async with connected(exchange) as feed:
        ack = await feed.subscribe()
        frames = await feed.trades(300)

    first_ms = frames[0]["msg"]["ts_ms"]
    assert 0 <= ack["sending_ts_ms"] - first_ms < 1_000
    delays = {frame["sending_ts_ms"] - frame["msg"]["ts_ms"] for frame in frames}
    assert delays == {4}


async def test_the_tapes_clock_runs_at_its_speed_and_on_after_its_end(
    tape: Path,
) -> None:
    """It stands still before the start, then keeps the pace, then runs on."""
    now_us = wall_us()
    source = TapeSource(tape, 10.0, True, True, lambda: now_us)
    first_us = 1_789_984_800_250_000
    now_us += 5_000_000
    before_us = source.tape_now_us()
    prints = source.happenings()
    next(prints)
    now_us += 1_000_000
    running_us = source.tape_now_us()
    now_us += 30_000_000
    list(prints)
    now_us += 2_000_000

    assert before_us == first_us
    assert running_us == first_us + 10_000_000
    assert source.tape_now_us() == first_us + 310_000_000 + 2_000_000
