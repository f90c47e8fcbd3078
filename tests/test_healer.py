"""Gaps are walked, urgent ones first, and shrink only by what is on disk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from flowboard import healer
from flowboard.board import Board
from flowboard.board_clock import BoardClock
from flowboard.coverage import Coverage, Span
from flowboard.database import Database
from flowboard.errors import RequestFailed
from flowboard.feed_status import FeedStatus
from flowboard.healer import Healer
from flowboard.inbox import Inbox
from flowboard.trade_processor import TradeProcessor
from tests.database.made_trades import NOON_MS, make_trade, rows_of
from tests.made_pages import Asked, MadePage, MadeTape

PATIENCE_S = 10


class Silent:
    """Shows nothing to nobody."""

    tick_ms = 100

    def publish(self) -> None:
        pass


@dataclass
class Bench:
    """A real processor and database below the healer; the tape is made up."""

    database: Database
    tape: MadeTape
    inbox: Inbox
    status: FeedStatus

    @property
    def coverage(self) -> Coverage:
        return self.database.coverage

    def healer(self) -> Healer:
        return Healer(
            self.coverage,
            self.tape,
            self.inbox,
            self.status,
            wall_ms=lambda: NOON_MS,
            now_ms=lambda: NOON_MS + 3_600_000,
            retry_s=0.001,
        )

    async def until(self, condition) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.001)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "board.db"


@asynccontextmanager
async def running(path, tape: MadeTape) -> AsyncIterator[Bench]:
    async with Database.open(path) as database:
        status = FeedStatus(0, database.coverage, lambda: NOON_MS)
        bench = Bench(database, tape, Inbox(), status)
        processor = TradeProcessor(
            bench.inbox,
            database,
            Board(database.markets, 10**9, database.coverage),
            Silent(),
            BoardClock(),
            status,
            beat_s=0.001,
            wall_ms=lambda: NOON_MS,
        )
        tasks = [
            asyncio.create_task(processor.run()),
            asyncio.create_task(bench.healer().run()),
        ]
        try:
            yield bench
        finally:
            bench.inbox.close()
            await tasks[0]
            tasks[1].cancel()
            await asyncio.wait({tasks[1]})


def made(n: int) -> list:
    return [make_trade(k, ts_ms=NOON_MS + 100 * k) for k in range(n)]


async def test_the_first_connect_fetches_what_was_before(path) -> None:
    async with running(path, MadeTape(made(95))) as bench:
        bench.coverage.begin(NOON_MS + 2_000, NOON_MS, background=True)
        bench.status.connected(1)
        await bench.until(lambda: not any(g.is_open for g in bench.coverage.gaps()))
        (gap,) = bench.coverage.gaps()
        assert gap.recovered == 75
        assert bench.coverage.complete_to_ms == NOON_MS + 9_400

    rows = rows_of(path)
    assert {row["source"] for row in rows} == {"backfill"}
    assert min(row["ts_ms"] for row in rows) == NOON_MS + 2_000
    (stored,) = rows_of(path, "SELECT * FROM gaps")
    assert (stored["state"], stored["recovered"]) == ("closed", 75)


async def test_a_gap_shrinks_by_what_is_on_disk_alone(path) -> None:
    """F28: a kill in page 3 of 10 resumes there, and finds each trade once."""
    tape = MadeTape(made(100))

    def stop(asked: Asked, page: MadePage) -> MadePage:
        if len(tape.asked) > 3:
            raise RequestFailed(500, "down")
        return page

    tape.fault = stop
    async with running(path, tape) as bench:
        gap = bench.coverage.add("audit", Span(NOON_MS, NOON_MS + 10_000), NOON_MS)
        await bench.until(lambda: len(tape.asked) > 5)
        assert gap.is_open
        assert gap.to_ms == NOON_MS + 7_001
    (stored,) = rows_of(path, "SELECT * FROM gaps")
    assert stored["state"] != "closed"
    assert stored["to_ms"] == NOON_MS + 7_001
    assert len(rows_of(path)) == 30

    tape.fault = lambda _, page: page
    tape.asked.clear()
    async with running(path, tape) as bench:
        await bench.until(lambda: not bench.coverage.open_gaps)
        (gap,) = bench.coverage.gaps()
        assert gap.recovered == 100
    assert tape.asked[0].max_ts_s == NOON_MS // 1000 + 9
    assert len(rows_of(path)) == 100
    assert {row["source"] for row in rows_of(path)} == {"heal"}


async def test_what_is_lost_now_goes_before_the_first_day(path) -> None:
    """A long background walk is left for an urgent gap, and gone on with after it."""
    tape = MadeTape(made(300))
    order = []

    def note(asked: Asked, page: MadePage) -> MadePage:
        order.append(page.trades[0].source if page.trades else None)
        if len(order) == 5:
            bench.coverage.add("seq", Span(NOON_MS + 29_000, NOON_MS + 30_000), NOON_MS)
        return page

    tape.fault = note
    async with running(path, tape) as bench:
        bench.coverage.add(
            "start", Span(NOON_MS, NOON_MS + 30_000), NOON_MS, background=True
        )
        await bench.until(lambda: not any(g.is_open for g in bench.coverage.gaps()))
        assert sum(g.recovered for g in bench.coverage.gaps()) == 300

    assert order[:5] == ["backfill"] * 5
    assert order[5] == "heal"
    assert order[-1] == "backfill"
    assert len(order) < 40


async def test_a_gap_stays_open_and_visible_until_rest_answers(path) -> None:
    """F25: 429, 500, 502 are waited out."""
    tape = MadeTape(made(20))
    answers = iter([429, 500, 502, 429])

    def fail(asked: Asked, page: MadePage) -> MadePage:
        status = next(answers, None)
        if status is None:
            return page
        raise RequestFailed(status, "not now")

    tape.fault = fail
    async with running(path, tape) as bench:
        bench.status.connected(1)
        bench.coverage.add("seq", Span(NOON_MS, NOON_MS + 2_000), NOON_MS)
        assert bench.status.block(1).state == "healing"
        await bench.until(lambda: not bench.coverage.open_gaps)
        assert bench.status.block(2).state == "live"
        assert bench.status.counters["heal_failures"] == 4
    assert len(rows_of(path)) == 20


async def test_what_is_older_than_the_cutoff_comes_from_the_archive(path) -> None:
    tape = MadeTape(made(100), archived_ms=NOON_MS + 4_000)
    async with running(path, tape) as bench:
        bench.coverage.add(
            "backfill", Span(NOON_MS, NOON_MS + 10_000), NOON_MS, background=True
        )
        await bench.until(lambda: not any(g.is_open for g in bench.coverage.gaps()))

    assert len(rows_of(path)) == 100
    assert [a.historical for a in tape.asked] == sorted(
        a.historical for a in tape.asked
    )
    assert tape.asked[-1].historical


async def test_what_the_exchange_refuses_blocks_nobody(path) -> None:
    """A market that it does not know, asked for by hand: given up, and said."""
    tape = MadeTape(made(50))

    def unknown(asked: Asked, page: MadePage) -> MadePage:
        if asked.ticker is not None:
            raise RequestFailed(404, "not found")
        return page

    tape.fault = unknown
    async with running(path, tape) as bench:
        span = Span(NOON_MS, NOON_MS + 10_000)
        bench.coverage.add("start", span, NOON_MS, background=True)
        bench.coverage.add("backfill", span, NOON_MS, ticker="KXNO-1", background=True)
        await bench.until(lambda: not any(g.is_open for g in bench.coverage.gaps()))

    assert len(rows_of(path)) == 50


async def test_the_end_of_a_gap_is_looked_at_again(path, monkeypatch) -> None:
    """REST may know a trade a moment later than its time says."""
    monkeypatch.setattr(healer, "AGAIN_S", 0.05)
    late = make_trade(99, ts_ms=NOON_MS + 1_950)
    tape = MadeTape(made(20))
    async with running(path, tape) as bench:
        bench.coverage.begin(NOON_MS, NOON_MS, background=False)
        bench.status.connected(1)
        await bench.until(lambda: not bench.coverage.open_gaps)
        tape.trades.append(late)
        tape.trades.sort(key=lambda trade: trade.ts_ms)
        await bench.until(lambda: bench.status.counters.get("trades_heal", 0) == 21)

    assert late.trade_id.hex() in {
        r["trade_id"].replace("-", "") for r in rows_of(path)
    }


async def test_a_backfill_of_one_market_brings_that_market(path) -> None:
    trades = made(40)
    trades[7] = make_trade(7, ts_ms=NOON_MS + 700, market_ticker="KXOTHER-26")
    tape = MadeTape(trades)
    async with running(path, tape) as bench:
        bench.coverage.add(
            "backfill",
            Span(NOON_MS, NOON_MS + 10_000),
            NOON_MS,
            ticker="KXOTHER-26",
            background=True,
        )
        await bench.until(lambda: not any(g.is_open for g in bench.coverage.gaps()))

    (row,) = rows_of(path)
    assert row["market_ticker"] == "KXOTHER-26"


async def test_a_trade_of_the_future_does_not_move_the_edge(path) -> None:
    """F80: else the next gap would begin behind what it is to find."""
    trades = [*made(10), make_trade(99, ts_ms=NOON_MS + 9_000_000)]
    async with running(path, MadeTape(trades)) as bench:
        bench.coverage.begin(NOON_MS, NOON_MS, background=False)
        bench.status.connected(1)
        await bench.until(lambda: not bench.coverage.open_gaps)

        assert bench.coverage.edge_ms == NOON_MS + 3_600_000
    assert len(rows_of(path)) == 11
