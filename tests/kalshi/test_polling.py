"""Polls overlap, show the newest first, and never lose what lies between two."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from flowboard.coverage import Coverage
from flowboard.errors import RequestFailed
from flowboard.feed_status import FeedStatus
from flowboard.inbox import Inbox
from flowboard.kalshi.polling import OVERLAP_MS, PAGES_MAX, Poller
from tests.database.made_trades import NOON_MS, make_trade
from tests.made_pages import Asked, MadePage, MadeTape

PATIENCE_S = 10


@dataclass
class Bench:
    """A poller whose inbox is emptied at once; `got` is what came."""

    tape: MadeTape
    inbox: Inbox
    status: FeedStatus
    got: list[int]

    @property
    def coverage(self) -> Coverage:
        return self.status.coverage

    def trade(self, n: int) -> None:
        """Let the exchange trade `n` times, 100 ms apart."""
        first = len(self.tape.trades)
        self.tape.trades += [
            make_trade(k, ts_ms=NOON_MS + 100 * k) for k in range(first, first + n)
        ]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.001)

    async def drain(self) -> None:
        """Stand in for the processor."""
        seen: set[bytes] = set()
        while True:
            await self.inbox.arrival(0.01)
            taken = self.inbox.take(1_000)
            fresh = [t for t in taken if t.trade_id not in seen]
            seen.update(t.trade_id for t in fresh)
            self.got += [t.ts_ms for t in fresh]
            self.inbox.settle(fresh, on_disk=True)


@asynccontextmanager
async def polling(tape: MadeTape) -> AsyncIterator[Bench]:
    status = FeedStatus(0, Coverage(since_ms=NOON_MS - 60_000), lambda: NOON_MS)
    bench = Bench(tape, Inbox(), status, [])
    poller = Poller(
        tape,
        bench.inbox,
        status,
        now_ms=lambda: NOON_MS + 3_600_000,
        every_s=0.005,
        mono_ms=lambda: 1,
    )
    tasks = [asyncio.create_task(poller.run()), asyncio.create_task(bench.drain())]
    try:
        yield bench
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_the_first_poll_shows_the_newest_and_leaves_the_rest_to_a_gap() -> None:
    tape = MadeTape([make_trade(k, ts_ms=NOON_MS + 100 * k) for k in range(95)])
    async with polling(tape) as bench:
        await bench.until(lambda: bench.status.block(1).connected)

        assert len(bench.got) == 10
        assert bench.coverage.edge_ms == NOON_MS + 9_400
        (gap,) = bench.coverage.gaps()
        assert (gap.cause, gap.from_ms) == ("poll", NOON_MS - 60_000)
        assert not gap.waiting
        assert bench.status.block(1).state == "healing"
        bench.coverage.close(gap, NOON_MS)
        assert bench.status.block(1).state == "polling"


async def test_each_poll_brings_what_is_new_once() -> None:
    async with polling(MadeTape([])) as bench:
        for _ in range(10):
            bench.trade(7)
            count = len(bench.tape.trades)
            await bench.until(lambda count=count: len(bench.got) == count)

        assert bench.got == sorted(bench.got)
        assert bench.status.counters["trades_poll"] == 70
        asked = bench.tape.asked[-1]
        assert asked.min_ts_s == (NOON_MS + 6_900 - OVERLAP_MS) // 1000 - 1


async def test_a_poll_that_is_far_behind_leaves_a_gap() -> None:
    """After an outage of REST the newest trades come first; the healer does the rest."""
    async with polling(MadeTape([])) as bench:
        bench.trade(5)
        await bench.until(lambda: bench.coverage.edge_ms is not None)
        (first,) = bench.coverage.gaps()
        bench.coverage.close(first, NOON_MS)

        bench.trade(500)
        await bench.until(lambda: bench.coverage.edge_ms == NOON_MS + 100 * 504)

        (gap,) = [g for g in bench.coverage.gaps() if g.is_open]
        assert gap.from_ms == NOON_MS + 400 - OVERLAP_MS
        assert gap.to_ms == NOON_MS + 100 * (505 - 10 * PAGES_MAX) + 1
        assert bench.coverage.complete_to_ms == gap.from_ms


async def test_rest_that_is_down_is_told_and_waited_for() -> None:
    down = True

    def fail(_: Asked, page: MadePage) -> MadePage:
        if down:
            raise RequestFailed(503, "closed")
        return page

    async with polling(MadeTape([], fault=fail)) as bench:
        bench.trade(5)
        await bench.until(lambda: bench.status.problem is not None)
        assert bench.status.block(1).state == "starting"
        assert "503" in (bench.status.problem or "")

        down = False
        await bench.until(lambda: len(bench.got) == 5)

        assert bench.status.problem is None
        assert bench.status.block(1).connected


async def test_when_polling_ends_the_feed_is_down() -> None:
    async with polling(MadeTape([])) as bench:
        bench.trade(5)
        await bench.until(lambda: bench.status.block(1).connected)

    assert not bench.status.block(1).connected
    assert bench.status.block(1).state == "stale"


async def test_a_trade_of_the_future_does_not_move_the_next_poll() -> None:
    async with polling(MadeTape([])) as bench:
        bench.tape.trades.append(make_trade(99, ts_ms=NOON_MS + 90_000_000))
        await bench.until(lambda: bench.coverage.edge_ms is not None)

        assert bench.coverage.edge_ms == NOON_MS + 3_600_000
