"""Every closed span is compared in full; what differs is healed, counted and told."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from flowboard.auditor import Auditor, compare
from flowboard.board import Board
from flowboard.board_clock import BoardClock
from flowboard.comparison import Audit
from flowboard.coverage import Coverage, Span
from flowboard.database import Database
from flowboard.digest import digest_of
from flowboard.errors import RequestFailed
from flowboard.feed_status import FeedStatus
from flowboard.healer import Healer
from flowboard.inbox import Inbox
from flowboard.kalshi.rest_client import RestClient
from flowboard.models import Trade
from flowboard.simulator import Simulator, SimulatorOptions
from flowboard.tape_walk import Pages
from flowboard.trade_processor import TradeProcessor
from tests.database.made_trades import NOON_MS, make_trade, rows_of, store
from tests.made_pages import Asked, MadePage, MadeTape, circle

PATIENCE_S = 20
SPAN_MS = 10_000
SPANS = 6
LATER_MS = NOON_MS + SPANS * SPAN_MS + 5_000
COPY = """
INSERT INTO trade_rows SELECT (SELECT next_seq FROM state) + 1000000, ts_ms,
randomblob(16), market, yes_price_e4, count_e2, flags, delay_ms
FROM trade_rows LIMIT 1 OFFSET 5
"""
CUT = (
    "DELETE FROM trade_rows WHERE seq IN (SELECT seq FROM trade_rows LIMIT 3 OFFSET 7)"
)


class Silent:
    tick_ms = 100

    def publish(self) -> None:
        pass


@dataclass
class Bench:
    """A real database, processor and healer; an auditor over the tape of the test."""

    database: Database
    tape: Pages
    status: FeedStatus
    now_ms: int
    looks: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def coverage(self) -> Coverage:
        return self.database.coverage

    def audit(self, **changes: object) -> None:
        """Begin to audit."""
        options: dict[str, object] = {
            "wall_ms": lambda: NOON_MS,
            "now_ms": self._now,
            "span_ms": SPAN_MS,
            "look_s": 0.005,
            "retry_s": 0.001,
            "requests_a_s": 1e6,
        }
        auditor = Auditor(
            self.coverage,
            self.tape,
            self.database,
            self.status,
            **(options | changes),  # type: ignore[arg-type]
        )
        self.tasks.append(asyncio.create_task(auditor.run()))

    def _now(self) -> int:
        self.looks += 1
        return self.now_ms

    async def audits(self, count: int) -> list[Audit]:
        """Return the audits, newest first, as soon as there are `count`."""
        found: list[Audit] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(found := await self.database.audits(0)) < count:
                await asyncio.sleep(0.005)
        return found[::-1]

    async def idle(self) -> None:
        """Return when the auditor has looked for work a few times more."""
        looks = self.looks
        await self.until(lambda: self.looks > looks + 10)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.002)


@asynccontextmanager
async def running(
    path: Path, tape: Pages, healing: Pages | None = None, now_ms: int = LATER_MS
) -> AsyncIterator[Bench]:
    async with Database.open(path) as database:
        status = FeedStatus(0, database.coverage, lambda: NOON_MS)
        inbox = Inbox()
        bench = Bench(database, tape, status, now_ms)
        processor = TradeProcessor(
            inbox,
            database,
            Board(database.markets, 10**9, database.coverage),
            Silent(),
            BoardClock(),
            status,
            beat_s=0.001,
            wall_ms=lambda: NOON_MS,
        )
        healer = Healer(
            database.coverage,
            healing or tape,  # type: ignore[arg-type]
            inbox,
            status,
            wall_ms=lambda: NOON_MS,
            now_ms=lambda: now_ms,
            retry_s=0.001,
        )
        storing = asyncio.create_task(processor.run())
        bench.tasks.append(asyncio.create_task(healer.run()))
        try:
            yield bench
            assert not any(task.done() for task in bench.tasks)
        finally:
            for task in bench.tasks:
                task.cancel()
            await asyncio.wait(bench.tasks)
            inbox.close()
            await storing


async def filled(path: Path, trades: list[Trade], to_ms: int = LATER_MS) -> None:
    """Make a file that holds `trades` and is complete from noon to `to_ms`."""
    async with Database.open(path) as database:
        database.coverage.since_ms, database.coverage.edge_ms = NOON_MS, to_ms
        await store(database, trades)
        # Old trades are looked up on disk, as after a restart.
        await database.write(None, to_ms + 60_000, NOON_MS)


def made(count: int = 600, every_ms: int = 100) -> list[Trade]:
    return [make_trade(n, ts_ms=NOON_MS + n * every_ms) for n in range(count)]


def meddle(path: Path, sql: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(sql)
    connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "board.db"


async def test_a_real_tape_is_whole(path: Path) -> None:
    """The simulated exchange's REST, healed into a file, then compared trade by trade;
    three rows are lost and one is made up: found, healed, counted."""
    options = SimulatorOptions(port=0, rate=300, markets=20, history_ms=60_000)
    async with Simulator(options) as exchange, RestClient(exchange.rest_base) as rest:
        newest_ms = await rest.newest_ms()
        assert newest_ms is not None
        async with running(path, rest, now_ms=newest_ms + 5_000) as bench:
            end_ms = newest_ms // SPAN_MS * SPAN_MS
            span = Span(end_ms - 40_000, end_ms)
            bench.coverage.since_ms, bench.coverage.edge_ms = span
            gap = bench.coverage.add("start", span, NOON_MS)
            await bench.until(lambda: not gap.is_open)
        before = len(rows_of(path))
        meddle(path, CUT)
        meddle(path, COPY)

        async with running(path, rest, now_ms=newest_ms + 5_000) as bench:
            bench.audit()
            audits = await bench.audits(4)
            await bench.until(lambda: "audit_extra" in bench.status.counters)
            counters = bench.status.counters
            spans = bench.coverage.spans()

    assert before > 10_000
    assert len(rows_of(path)) == before + 1
    assert sum(a.recovered for a in audits) == counters["audit_missing"] == 3
    assert sum(a.extra for a in audits) == counters["audit_extra"] == 1
    assert sum(a.missing for a in audits) == 0
    assert all(a.ours == a.exchange + a.extra > 2_000 for a in audits)
    assert [a.ours_digest == a.exchange_digest for a in audits] == [
        not a.extra for a in audits
    ]
    assert spans == [span]
    gaps = rows_of(path, "SELECT cause, recovered FROM gaps WHERE cause = 'audit'")
    assert sum(g["recovered"] for g in gaps) == 3


async def test_newest_first_each_once_and_not_before_it_is_over(path: Path) -> None:
    tape = MadeTape(made())
    await filled(path, tape.trades)
    async with running(path, tape) as bench:
        bench.now_ms = LATER_MS - 5_000 + 1_999
        bench.audit()
        audits = await bench.audits(SPANS - 1)
        await bench.idle()
        asked = [a.max_ts_s for a in tape.asked if not a.cursor]
        bench.now_ms += 1
        (last, *_) = await bench.audits(SPANS)

    assert [a.from_ms - NOON_MS for a in audits] == [40_000, 30_000, 20_000, 10_000, 0]
    assert asked == sorted(asked, reverse=True)
    assert len(asked) == SPANS - 1
    assert (last.from_ms, last.ours, last.exchange) == (NOON_MS + 50_000, 100, 100)
    assert last.audited_ms == NOON_MS
    assert last.ours_digest == digest_of(t.trade_id for t in tape.trades[500:])


async def test_a_restart_does_not_compare_again(path: Path) -> None:
    tape = MadeTape(made())
    await filled(path, tape.trades)
    async with running(path, tape) as bench:
        bench.now_ms -= 10_000
        bench.audit()
        await bench.audits(SPANS - 1)
    tape.asked.clear()

    async with running(path, tape) as bench:
        bench.audit()
        await bench.audits(SPANS)

    assert {a.max_ts_s for a in tape.asked} == {NOON_MS // 1000 + 63}


async def test_what_is_not_complete_is_not_compared(path: Path) -> None:
    """An open gap is known to be missing: that is no alarm. It comes after healing."""
    tape = MadeTape(made())
    await filled(path, tape.trades[:200] + tape.trades[300:])
    held = asyncio.Event()
    healing = MadeTape(tape.trades)

    def hold(asked: Asked, page: MadePage) -> MadePage:
        if not held.is_set():
            raise RequestFailed(503, "not yet")
        return page

    healing.fault = hold
    async with running(path, tape, healing) as bench:
        bench.coverage.add(
            "backfill",
            Span(NOON_MS + 20_000, NOON_MS + 30_000),
            NOON_MS,
            background=True,
        )
        bench.audit()
        audits = await bench.audits(SPANS - 1)
        held.set()
        await bench.audits(SPANS)
        counters = bench.status.counters

    assert NOON_MS + 20_000 not in [a.from_ms for a in audits]
    assert "audit_missing" not in counters


async def test_what_is_urgent_goes_first(path: Path) -> None:
    """Healing and auditing share the requests: nobody is asked while a gap is open."""
    tape, held = MadeTape(made()), asyncio.Event()
    await filled(path, tape.trades)
    healing = MadeTape(tape.trades)

    def hold(asked: Asked, page: MadePage) -> MadePage:
        if not held.is_set():
            raise RequestFailed(503, "not yet")
        return page

    healing.fault = hold
    async with running(path, tape, healing) as bench:
        bench.coverage.add("seq", Span(NOON_MS, NOON_MS + 1_000), NOON_MS)
        bench.audit(requests_a_s=1_000)
        await bench.until(lambda: len(healing.asked) > 5)
        asked = len(tape.asked)
        held.set()
        await bench.audits(SPANS)

    assert asked == 0


async def test_requests_keep_their_pace(path: Path) -> None:
    """F27: however much there is to catch up, five a second; here fifty."""
    tape = MadeTape(made(100))
    times: list[float] = []

    def note(asked: Asked, page: MadePage) -> MadePage:
        times.append(asyncio.get_running_loop().time())
        return page

    tape.fault = note
    await filled(path, tape.trades)
    async with running(path, tape) as bench:
        bench.audit(requests_a_s=50)
        await bench.audits(SPANS)

    pauses = [b - a for a, b in pairwise(times)]
    assert len(pauses) > 10
    assert min(pauses) > 0.019


async def test_a_trade_that_rest_alone_has_raises_one_alarm(path: Path) -> None:
    """F31: it is nowhere to be had. The span says so, and is left at that."""
    ours = made()
    theirs = [*ours, make_trade(9_999, ts_ms=NOON_MS + 25_000)]
    tape = MadeTape(sorted(theirs, key=lambda t: t.ts_ms))
    await filled(path, ours)
    async with running(path, tape, MadeTape(ours)) as bench:
        bench.audit()
        audits = await bench.audits(SPANS)
        tape.asked.clear()
        await bench.idle()
        asked = list(tape.asked)
        counters = dict(bench.status.counters)

    assert asked == []
    assert counters["audit_missing"] == 1
    assert "audit_extra" not in counters
    (odd,) = [a for a in audits if a.missing]
    assert (odd.ours, odd.exchange, odd.missing, odd.recovered) == (100, 101, 1, 0)
    assert odd.ours_digest != odd.exchange_digest
    (gap,) = rows_of(path, "SELECT * FROM gaps")
    assert (gap["cause"], gap["state"], gap["recovered"]) == ("audit", "closed", 0)


async def test_a_trade_that_rest_never_has_raises_one_alarm(path: Path) -> None:
    """F31: it was told to us, so it is kept."""
    ours = made()
    await filled(path, [*ours, make_trade(9_999, ts_ms=NOON_MS + 25_000)])
    async with running(path, MadeTape(ours)) as bench:
        bench.audit()
        audits = await bench.audits(SPANS)
        await bench.idle()
        counters = dict(bench.status.counters)

    assert counters["audit_extra"] == 1
    assert "audit_missing" not in counters
    assert [a.extra for a in audits] == [0, 0, 0, 1, 0, 0]
    assert len(rows_of(path)) == 601
    assert rows_of(path, "SELECT * FROM gaps") == []


async def test_a_rest_that_fails_is_asked_again(path: Path) -> None:
    """F25: the auditor survives whatever REST answers, and misses no span."""
    tape = MadeTape(made())
    answers = iter([429, 500, None, 502, 503, 400])
    waits: list[float] = []

    def fail(asked: Asked, page: MadePage) -> MadePage:
        waits.append(asyncio.get_running_loop().time())
        status = next(answers, None)
        if status is not None:
            raise RequestFailed(status, "not now")
        return page

    tape.fault = fail
    await filled(path, tape.trades)
    async with running(path, tape) as bench:
        bench.audit(retry_s=0.02)
        audits = await bench.audits(SPANS)
        failures = bench.status.counters["audit_failures"]

    assert sum(a.ours for a in audits) == sum(a.exchange for a in audits) == 600
    assert failures == 4  # The 400 is answered by asking without `min_ts`.
    assert waits[1] - waits[0] >= 0.02
    assert waits[2] - waits[1] >= 0.04


async def test_a_span_whose_pages_go_astray_holds_up_no_other(path: Path) -> None:
    tape = MadeTape(made())

    def astray(asked: Asked, page: MadePage) -> MadePage:
        return circle(asked, page) if asked.max_ts_s == NOON_MS // 1000 + 63 else page

    tape.fault = astray
    await filled(path, tape.trades)
    async with running(path, tape) as bench:
        bench.audit()
        audits = await bench.audits(SPANS - 1)

    assert [a.from_ms - NOON_MS for a in audits] == [40_000, 30_000, 20_000, 10_000, 0]


async def test_many_trades_in_one_moment_and_none_at_all(path: Path) -> None:
    """5,000 trades within a second, several a millisecond; then nothing for a span."""
    trades = [make_trade(n, ts_ms=NOON_MS + 12_000 + n // 5) for n in range(5_000)]
    tape = MadeTape(trades, page_max=1_000)
    await filled(path, trades)
    async with running(path, tape) as bench:
        bench.audit()
        audits = await bench.audits(SPANS)

    assert [a.ours for a in audits] == [a.exchange for a in audits]
    assert [a.ours for a in audits] == [0, 0, 0, 0, 5_000, 0]
    assert len(audits[0].ours_digest) == 16


async def test_times_that_differ_between_the_feeds_are_no_difference(
    path: Path,
) -> None:
    """One feed cuts the microseconds that the other rounds; another tells seconds."""
    ours = made()
    tape = MadeTape([make_trade(n, ts_ms=t.ts_ms + 1) for n, t in enumerate(ours)])
    ours[99] = make_trade(99, ts_ms=NOON_MS + 9_000, exact_time=False)
    tape.trades[99] = make_trade(99, ts_ms=NOON_MS + 10_000)
    await filled(path, ours)
    async with running(path, tape) as bench:
        bench.audit()
        audits = await bench.audits(SPANS)

    assert [(a.ours, a.exchange) for a in audits] == [(100, 100)] * SPANS
    assert all(a.ours_digest == a.exchange_digest for a in audits)


async def test_what_is_older_than_the_cutoff_comes_from_the_archive(path: Path) -> None:
    """A minute may lie on both sides of it."""
    trades = made(3_000)
    tape = MadeTape(trades, page_max=1_000, archived_ms=NOON_MS + 90_500)
    await filled(path, trades)
    span = Span(NOON_MS, NOON_MS + 300_000)
    async with Database.open(path) as database:
        found = await compare(tape, database, span, NOON_MS + 90_500)

    assert (found.ours, found.exchange) == (3_000, 3_000)
    assert found.is_equal
    assert {a.historical for a in tape.asked} == {False, True}
    sizes = [(a.max_ts_s or 0) - (a.min_ts_s or 0) for a in tape.asked]
    assert max(sizes) <= 66
