"""Stored, then counted, then shown: the beat, against a store that can fail."""

import asyncio
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from flowboard.board import Board
from flowboard.board_clock import BoardClock
from flowboard.database import Database
from flowboard.errors import StoreError
from flowboard.feed_status import FeedStatus
from flowboard.inbox import Inbox
from flowboard.models import TradeBatch
from flowboard.trade_processor import BEAT_TRADES_MAX, TradeProcessor
from tests.database.made_trades import NOON_MS, make_trade, rows_of

PATIENCE_S = 10


class Log:
    """Stands in for the hub: keeps what it was told to show."""

    def __init__(self, story, tape):
        self.beats = []
        self.tick_ms = 100
        self._story = story
        self._tape = tape
        self._seq = 0

    def publish(self):
        seqs = [entry.seq for entry in self._tape.after(self._seq)]
        self.beats.append(seqs)
        if seqs:
            self._seq = seqs[-1]
            self._story.append("shown")


class ToldStore:
    """The real store, with failures that the test asks for."""

    def __init__(self, database, story):
        self.database = database
        self.failing = False
        self.sift_failures = 0
        self._story = story

    @property
    def unwritten(self):
        return self.database.unwritten

    @property
    def has_news(self):
        return self.database.has_news

    async def sift(self, trades, ahead_ms):
        if self.sift_failures:
            self.sift_failures -= 1
            raise StoreError("cannot be read")
        return await self.database.sift(trades, ahead_ms)

    async def write(self, batch, board_ms, wall_ms):
        if self.failing:
            # The file refuses, as it does where another program holds it.
            self.database._connection.execute("PRAGMA query_only = 1")
        try:
            stored = await self.database.write(batch, board_ms, wall_ms)
            self._story.append("stored")
            return stored
        finally:
            self.database._connection.execute("PRAGMA query_only = 0")


class Bench:
    """A processor and all that it touches."""

    def __init__(self, database, listeners=()):
        self.story = []
        self.mono_ms = 1_000_000
        self.inbox = Inbox()
        self.store = ToldStore(database, self.story)
        self.board = Board(database.markets, 1_000_000_000)
        self.log = Log(self.story, self.board.tape)
        self.clock = BoardClock()
        self.status = FeedStatus(0, database.coverage)
        self.status.connected(self.mono_ms)
        self.processor = TradeProcessor(
            self.inbox,
            self.store,
            self.board,
            self.log,
            self.clock,
            self.status,
            listeners=listeners,
            beat_s=0.001,
            mono_ms=lambda: self.mono_ms,
            wall_ms=lambda: NOON_MS,
        )

    def put(self, *trades):
        for trade in trades:
            self.inbox.put(trade)

    @property
    def state(self):
        return self.status.block(self.mono_ms).state


@pytest.fixture
def path(tmp_path):
    return tmp_path / "board.db"


@pytest.fixture
async def database(path):
    async with Database.open(path) as opened:
        yield opened


@pytest.fixture
def bench(database):
    return Bench(database)


def seqs_of(path):
    return [row["seq"] for row in rows_of(path)]


def trades_of_the_first(board):
    """Return how many trades the first hot market has."""
    ranked = board.ranked("5m", "notional", 1, False)
    return board.aggregator.rows("5m", ranked)[0].trade_count


async def test_a_beat_stores_counts_and_shows(bench, path):
    """After a beat its trades are on disk, in the windows and with every subscriber."""
    bench.put(make_trade(1), make_trade(2))

    await bench.processor.beat()

    assert seqs_of(path) == [1, 2]
    assert bench.board.trades_total == 2
    assert trades_of_the_first(bench.board) == 2
    assert bench.log.beats == [[1, 2]]
    assert bench.story == ["stored", "shown"]


async def test_a_trade_sent_twice_counts_once(bench, path):
    """Within a beat and in a later one, a repeated trade is stored and shown once."""
    bench.put(make_trade(1), make_trade(1))
    await bench.processor.beat()
    bench.put(make_trade(1), make_trade(2))
    await bench.processor.beat()

    assert seqs_of(path) == [1, 2]
    assert bench.board.trades_total == 2
    assert bench.log.beats == [[1], [2]]


async def test_a_trade_far_ahead_is_kept_and_not_counted(bench, path):
    """More than 60 s ahead of the exchange's clock: on the tape, in no window, and board
    time does not follow it."""
    bench.clock.hear_exchange(NOON_MS, bench.mono_ms, True)
    bench.put(make_trade(1), make_trade(2, ts_ms=NOON_MS + 60_001))

    await bench.processor.beat()

    assert seqs_of(path) == [1, 2]
    assert trades_of_the_first(bench.board) == 1
    assert bench.board.board_ms == NOON_MS + 1


async def test_an_exact_time_alone_is_stored(bench, path):
    """A beat that brings nothing but the exact time of a stored trade writes that."""
    bench.put(make_trade(1, ts_ms=NOON_MS, exact_time=False))
    await bench.processor.beat()
    bench.put(make_trade(1, ts_ms=NOON_MS + 250, source="backfill"))
    await bench.processor.beat()

    assert [row["ts_ms"] for row in rows_of(path)] == [NOON_MS + 250]
    assert not bench.store.has_news


async def test_exact_times_wait_for_a_failing_store(bench, path):
    """An exact time that cannot be written is written once the store works again."""
    bench.put(make_trade(1, ts_ms=NOON_MS, exact_time=False))
    await bench.processor.beat()
    bench.store.failing = True
    bench.put(make_trade(1, ts_ms=NOON_MS + 250, source="backfill"))
    await bench.processor.beat()
    assert bench.state == "storage_degraded"

    bench.store.failing = False
    bench.mono_ms += 1_000
    await bench.processor.beat()

    assert [row["ts_ms"] for row in rows_of(path)] == [NOON_MS + 250]
    assert bench.state != "storage_degraded"


async def test_a_part_that_fails_stops_no_other(bench, path, monkeypatch):
    """F35: a trade that one aggregate cannot take is stored, shown and counted by the
    others; it is kept to be looked at."""

    def poisoned(entries):
        raise RuntimeError("as scripted")

    monkeypatch.setattr(bench.board.whales, "add", poisoned)
    bench.put(make_trade(1))
    await bench.processor.beat()
    monkeypatch.undo()
    bench.put(make_trade(2))
    await bench.processor.beat()

    assert seqs_of(path) == [1, 2]
    assert bench.log.beats == [[1], [2]]
    assert trades_of_the_first(bench.board) == 2
    assert len(bench.board.recent(5, combos=False)) == 2
    assert bench.status.counters["fold_failures"] == 1
    (letter,) = bench.status.dead_letters
    assert make_trade(1).trade_id.hex()[:8] in letter.raw.decode()


async def test_gaps_are_written_without_trades(bench, path):
    """What is missing is on disk by the next beat, though nobody trades."""
    bench.store.database.coverage.begin(NOON_MS, NOON_MS, background=False)

    await bench.processor.beat()

    (gap,) = rows_of(path, "SELECT * FROM gaps")
    assert (gap["cause"], gap["state"]) == ("start", "open")
    assert not bench.store.has_news


async def test_the_edge_follows_what_the_socket_brought(bench):
    """Not what pages bring, nor a trade that is ahead of its time."""
    coverage = bench.store.database.coverage
    bench.clock.hear_exchange(NOON_MS + 500, bench.mono_ms, True)
    bench.put(make_trade(1), make_trade(2))
    await bench.inbox.deliver([make_trade(300, source="heal")], "heal")
    await bench.processor.beat()
    assert coverage.edge_ms == NOON_MS + 2

    bench.put(make_trade(900))
    await bench.processor.beat()
    assert coverage.edge_ms == NOON_MS + 500


async def test_the_edge_waits_for_the_disk(bench):
    """What is shown from memory alone is not called complete."""
    coverage = bench.store.database.coverage
    bench.store.failing = True
    bench.put(make_trade(1))
    parcel = await bench.inbox.deliver([make_trade(2, source="heal")], "heal")
    await bench.processor.beat()
    assert coverage.edge_ms is None
    assert not parcel.is_stored

    bench.store.failing = False
    bench.mono_ms += 1_000
    await bench.processor.beat()
    assert parcel.is_stored
    assert parcel.new == 1


async def test_a_disk_that_hangs_is_told(bench):
    """It is no failure, and no trade is lost; but nobody should call it live."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    write = bench.store.write

    async def hang(*batch):
        begun.set()
        await go_on.wait()
        return await write(*batch)

    bench.store.write = hang
    bench.put(make_trade(1))
    beating = asyncio.create_task(bench.processor.beat())
    await begun.wait()
    bench.mono_ms += 5_000

    assert bench.processor.store_wait_ms == 5_000
    go_on.set()
    await beating
    assert bench.processor.store_wait_ms == 0
    assert bench.processor.beaten_ms == bench.mono_ms


async def test_a_failing_store_stops_nothing(bench, path):
    """Trades are shown from memory and the feed is storage_degraded; once the store
    works, all are stored in order and the state clears."""
    bench.store.failing = True
    for number in (1, 2, 3):
        bench.put(make_trade(number))
        await bench.processor.beat()

    assert bench.log.beats == [[1], [2], [3]]
    assert bench.state == "storage_degraded"
    assert bench.status.health(bench.mono_ms).http_code == 503
    assert rows_of(path) == []

    bench.store.failing = False
    bench.mono_ms += 1_000
    bench.put(make_trade(4))
    await bench.processor.beat()

    assert seqs_of(path) == [1, 2, 3, 4]
    assert bench.board.trades_total == 4
    assert bench.log.beats[-1] == [4]
    assert bench.state != "storage_degraded"


async def test_trades_of_a_failing_store_are_known(bench, path):
    """What waits in memory to be stored is not taken for new when it comes again."""
    bench.store.failing = True
    bench.put(make_trade(1))
    await bench.processor.beat()
    bench.put(make_trade(1), make_trade(2))
    await bench.processor.beat()
    bench.store.failing = False
    bench.mono_ms += 1_000
    await bench.processor.beat()

    assert seqs_of(path) == [1, 2]


async def test_reading_that_fails_is_tried_again(bench, path, monkeypatch):
    """Where the store cannot tell what is new, the beat asks until it can."""
    monkeypatch.setattr("flowboard.trade_processor.STORE_RETRY_S", 0.001)
    bench.store.sift_failures = 2
    bench.put(make_trade(1))

    await asyncio.wait_for(bench.processor.beat(), PATIENCE_S)

    assert seqs_of(path) == [1]
    assert bench.status.counters["store_failures"] == 2


async def test_refused_rows_stop_no_others(bench, path):
    """A row that the file refuses is left out and counted; its beat goes on."""
    # A trigger stands for whatever the file may refuse.
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TRIGGER poison BEFORE INSERT ON trade_rows WHEN new.count_e2 = 666"
            " BEGIN SELECT raise(ABORT, 'poison'); END"
        )
    bench.put(make_trade(1), make_trade(2, count_e2=666), make_trade(3))

    await bench.processor.beat()

    assert seqs_of(path) == [1, 3]
    assert bench.status.counters["refused_rows"] == 1
    assert bench.board.trades_total == 2


async def test_run_ends_with_its_input(bench, path):
    """Closed, it still takes everything that has arrived, over many beats."""
    count = 2 * BEAT_TRADES_MAX + 1
    bench.put(*(make_trade(number) for number in range(1, count + 1)))
    bench.inbox.close()

    await asyncio.wait_for(bench.processor.run(), PATIENCE_S)

    assert seqs_of(path) == list(range(1, count + 1))
    assert [len(beat) for beat in bench.log.beats] == [
        BEAT_TRADES_MAX,
        BEAT_TRADES_MAX,
        1,
    ]


async def test_run_says_what_it_could_not_store(bench):
    """At the end of its input with a store that fails, it raises: trades are lost."""
    bench.store.failing = True
    bench.put(make_trade(1))
    bench.inbox.close()

    with pytest.raises(StoreError):
        await asyncio.wait_for(bench.processor.run(), PATIENCE_S)


# Listeners


async def test_listeners_get_every_batch_after_it_was_shown(database):
    """A plain callable and an async one each get every batch of new trades, once."""
    plain: list[TradeBatch] = []
    awaited: list[TradeBatch] = []

    async def slow(batch):
        await asyncio.sleep(0)
        awaited.append(batch)

    bench = Bench(database, listeners=(plain.append, slow))
    bench.put(make_trade(1), make_trade(2))
    await bench.processor.beat()
    bench.put(make_trade(2), make_trade(3))
    await bench.processor.beat()
    await bench.processor.beat()

    for got in (plain, awaited):
        assert [(b.first_seq, b.last_seq) for b in got] == [(1, 2), (3, 3)]
        assert np.array_equal(got[0].count_e2, [13_600, 13_600])
    assert bench.story == ["stored", "shown", "stored", "shown"]


async def test_a_listener_that_raises_stops_nobody(database):
    """What a listener raises is counted; the others and the next beats go on."""
    got: list[int] = []

    def broken(batch):
        raise RuntimeError("as scripted")

    async def broken_later(batch):
        raise RuntimeError("as scripted")

    listeners = (broken, broken_later, lambda batch: got.append(len(batch)))
    bench = Bench(database, listeners=listeners)
    for number in (1, 2):
        bench.put(make_trade(number))
        await bench.processor.beat()

    assert got == [1, 1]
    assert bench.status.counters["listener_failures"] == 4


# The inbox


async def test_a_full_inbox_makes_feeds_wait():
    """`room` returns only after something was taken; nothing is dropped."""
    inbox = Inbox(limit=2)
    for number in (1, 2):
        inbox.put(make_trade(number))
    waiting = asyncio.create_task(inbox.room())
    await asyncio.sleep(0)
    assert inbox.full
    assert not waiting.done()

    taken = inbox.take(1)
    await asyncio.wait_for(waiting, PATIENCE_S)

    assert [t.ts_ms - NOON_MS for t in taken] == [1]
    assert len(inbox) == 1


async def test_arrival_comes_with_a_trade_a_close_or_in_time():
    """The wait for trades ends with the first, with the close, or by itself."""
    inbox = Inbox()
    await asyncio.wait_for(inbox.arrival(0.001), PATIENCE_S)

    waiting = asyncio.create_task(inbox.arrival(PATIENCE_S))
    await asyncio.sleep(0)
    inbox.put(make_trade(1))
    await asyncio.wait_for(waiting, 1)
    inbox.take(1)

    waiting = asyncio.create_task(inbox.arrival(PATIENCE_S))
    await asyncio.sleep(0)
    inbox.close()
    await asyncio.wait_for(waiting, 1)
    assert inbox.closed
