"""The store tells new trades from known ones, and keeps each once."""

import sqlite3
from pathlib import Path

import pytest

from flowboard.database import Database, coverage_rows
from flowboard.errors import DatabaseDamaged, StoreError
from tests.database.made_trades import NOON_MS, make_trade, rows_of, store


async def test_a_trade_reads_back_as_it_came(database, path):
    """Every column of the view `trades` says what the exchange said."""
    trade = make_trade(7, taker_yes=False, is_block_trade=True, source="backfill")

    await store(database, [trade])

    (row,) = rows_of(path)
    assert row == {
        "seq": 1,
        "trade_id": "00000000-0000-0000-0000-000000000007",
        "market_ticker": "KXHIGHNY-26NOV21-T50",
        "ts_ms": NOON_MS + 7,
        "yes_price_e4": 3600,
        "count_e2": 13600,
        "taker_side": "no",
        "notional_e6": 13600 * 6400,
        "is_block_trade": 1,
        "received_ms": NOON_MS + 47,
        "source": "backfill",
        "time": "2026-11-21T12:00:00.007Z",
        "yes_price": 0.36,
        "contracts": 136.0,
        "notional": 87.04,
    }


async def test_a_trade_sent_twice_is_stored_once(database, path):
    """The exchange repeats itself after a reconnect, within a batch and across."""
    one, two = make_trade(1), make_trade(2)

    first = await store(database, [one, one])
    second = await store(database, [one, two])

    assert [len(first), len(second)] == [1, 1]
    assert [row["seq"] for row in rows_of(path)] == [1, 2]


async def test_twins_that_differ_in_their_id_are_both_kept(database, path):
    """Identity is the id alone: real prints agree in everything else."""
    await store(database, [make_trade(1, ts_ms=NOON_MS), make_trade(2, ts_ms=NOON_MS)])

    assert len(rows_of(path)) == 2


async def test_a_restart_still_knows_every_trade(path):
    """What memory held is gone; the disk tells."""
    trades = [make_trade(n) for n in range(50)]
    async with Database.open(path) as database:
        await store(database, trades)

    async with Database.open(path) as database:
        again = await store(database, [*trades, make_trade(99)])

    assert [t.trade_id[-1] for t in again.trades] == [99]
    assert again.first_seq == 51


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("shift_ms", [-1, 0, 1])
async def test_a_neighbouring_millisecond_is_the_same_trade(path, shift_ms, restart):
    """REST may cut a microsecond time to another millisecond than the feed did."""
    async with Database.open(path) as database:
        await store(database, [make_trade(1, ts_ms=NOON_MS)])
        if not restart:
            await store(database, [make_trade(1, ts_ms=NOON_MS + shift_ms)])
    if restart:
        async with Database.open(path) as database:
            await store(database, [make_trade(1, ts_ms=NOON_MS + shift_ms)])

    assert len(rows_of(path)) == 1


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("into_ms", [0, 1, 500, 999])
async def test_the_exact_time_replaces_the_second(path, into_ms, restart):
    """A frame with seconds alone, then the REST row of the same trade."""
    vague = make_trade(1, ts_ms=NOON_MS, exact_time=False)
    exact = make_trade(1, ts_ms=NOON_MS + into_ms, source="heal")
    database = Database.open(path)
    await store(database, [vague])
    if restart:
        await database.close()
        database = Database.open(path)

    batch = await store(database, [exact])

    await database.close()
    (row,) = rows_of(path)
    (minute,) = rows_of(path, "SELECT ts_ms, trades, open_e4 FROM minutes")
    assert len(batch) == 0
    assert row["ts_ms"] == NOON_MS + into_ms
    assert row["received_ms"] == vague.received_ms
    assert minute == {"ts_ms": NOON_MS, "trades": 1, "open_e4": 3600}


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("into_ms", [0, 500, 999])
async def test_the_second_alone_after_the_exact_time_is_known(path, into_ms, restart):
    """The other way round nothing changes: the better time stays."""
    exact = make_trade(1, ts_ms=NOON_MS + into_ms)
    vague = make_trade(1, ts_ms=NOON_MS, exact_time=False)
    database = Database.open(path)
    await store(database, [exact])
    if restart:
        await database.close()
        database = Database.open(path)

    batch = await store(database, [vague])

    await database.close()
    assert len(batch) == 0
    assert rows_of(path)[0]["ts_ms"] == NOON_MS + into_ms


async def test_old_trades_are_sifted_by_the_disk(database, path):
    """A backfill goes below what memory holds, twice, and adds each trade once."""
    await store(database, [make_trade(1)])
    old = [make_trade(n, ts_ms=NOON_MS - 3_600_000 + n // 3) for n in range(2, 1500)]

    first = await store(database, old)
    second = await store(database, [*reversed(old), *old])

    assert [len(first), len(second)] == [1498, 0]
    assert len(rows_of(path)) == 1499


async def test_memory_of_ids_is_bounded_and_stays_right(database, path):
    """When the oldest ids make room, the disk answers for them."""
    database._known._ids_max = 100
    trades = [make_trade(n, ts_ms=NOON_MS + 1_000 * n) for n in range(500)]
    await store(database, trades)

    again = await store(database, trades)

    assert len(again) == 0
    assert database._known._held <= 200


async def test_seq_is_never_used_again(path):
    """Even where the newest rows are gone."""
    async with Database.open(path) as database:
        await store(database, [make_trade(1), make_trade(2)])
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM trade_rows WHERE seq = 2")
    connection.commit()
    connection.close()

    async with Database.open(path) as database:
        batch = await store(database, [make_trade(3, ts_ms=NOON_MS + 60_000)])

    assert batch.first_seq == 3


async def test_a_number_that_was_told_is_never_used_again(path):
    """Shown from memory while nothing could be written, and then the process ended."""
    async with Database.open(path) as database:
        await store(database, [make_trade(1)])
        database._connection.execute("PRAGMA busy_timeout = 1")
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        told = await database.sift([make_trade(n) for n in (2, 3)], None)
        with pytest.raises(StoreError):
            await database.write(told, NOON_MS, NOON_MS)
        other.close()

    async with Database.open(path) as database:
        later = await store(database, [make_trade(4, ts_ms=NOON_MS + 60_000)])
    async with Database.open(path) as database:
        last = await store(database, [make_trade(5, ts_ms=NOON_MS + 60_001)])

    assert later.first_seq > told.last_seq
    assert last.first_seq == later.last_seq + 1


async def test_what_was_stored_in_the_end_leaves_no_gap_in_the_numbers(path):
    """The disk came back in time."""
    async with Database.open(path) as database:
        database._connection.execute("PRAGMA busy_timeout = 1")
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        told = await database.sift([make_trade(1)], None)
        with pytest.raises(StoreError):
            await database.write(told, NOON_MS, NOON_MS)
        other.close()
        await database.write(None, NOON_MS, NOON_MS)

    async with Database.open(path) as database:
        later = await store(database, [make_trade(2, ts_ms=NOON_MS + 60_000)])

    assert later.first_seq == told.last_seq + 1


async def test_a_trade_ahead_of_the_clock_is_kept_but_not_counted(database, path):
    """It is on the tape, and in no roll-up."""
    batch = await store(
        database,
        [make_trade(1), make_trade(2, ts_ms=NOON_MS + 120_000)],
        ahead_ms=NOON_MS + 60_000,
    )

    assert batch.counted.tolist() == [True, False]
    assert len(rows_of(path)) == 2
    assert rows_of(path, "SELECT sum(trades) AS n FROM minutes") == [{"n": 1}]


async def test_a_row_that_is_refused_stops_none_of_the_others(database, path):
    """A trigger stands for whatever the file may refuse."""
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TRIGGER poison BEFORE INSERT ON trade_rows WHEN new.count_e2 = 666"
        " BEGIN SELECT raise(ABORT, 'poison'); END"
    )
    connection.close()
    trades = [make_trade(n, count_e2=666 if n == 5 else 100) for n in range(10)]
    batch = await database.sift(trades, None)

    stored = await database.write(batch, NOON_MS, NOON_MS)

    assert [row["seq"] for row in rows_of(path)] == [1, 2, 3, 4, 5, 7, 8, 9, 10]
    assert sum(map(len, stored)) == 9
    assert rows_of(path, "SELECT sum(trades) AS n FROM minutes") == [{"n": 9}]
    assert database.trades == 9


async def test_what_cannot_be_written_waits_in_order(database, path):
    """A full or locked disk holds trades up; none is lost, doubled or reordered."""
    database._connection.execute("PRAGMA busy_timeout = 1")
    foreign = sqlite3.connect(path, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    batch = await database.sift([make_trade(1)], None)
    with pytest.raises(StoreError, match="tries again"):
        await database.write(batch, NOON_MS, NOON_MS)
    repeated = await database.sift([make_trade(1), make_trade(2)], None)
    with pytest.raises(StoreError):
        await database.write(repeated, NOON_MS, NOON_MS)
    waiting = database.unwritten
    foreign.execute("ROLLBACK")
    foreign.close()

    await database.write(None, NOON_MS, NOON_MS)

    assert waiting == 2
    assert database.unwritten == 0
    assert [row["seq"] for row in rows_of(path)] == [1, 2]


async def test_board_time_survives(path):
    """A restart goes on from the pair of board and wall time of the last commit."""
    async with Database.open(path) as database:
        batch = await database.sift([make_trade(1)], None)
        await database.write(batch, 123, 456)

    async with Database.open(path) as database:
        stored = database.board_ms, database.wall_ms, database.trades

    assert stored == (123, 456, 1)


async def test_damage_that_is_found_in_use_is_set_aside_next_time(path):
    """Of a file too large to be checked whole at each start."""
    async with Database.open(path) as database:
        await store(database, [make_trade(1)])

        def broken():
            raise sqlite3.DatabaseError("database disk image is malformed")

        with pytest.raises(DatabaseDamaged, match="start again"):
            await database._run(broken)
    assert len(rows_of(path)) == 1

    async with Database.open(path) as database:
        assert database.trades == 0
    async with Database.open(path) as database:
        assert await store(database, [make_trade(2)])

    assert len(list(path.parent.glob("*.damaged-*"))) >= 1
    assert not path.with_name(path.name + ".damaged").exists()


def test_damage_below_the_state_is_met_at_the_start(path, monkeypatch):
    """Unchecked pages are read there: set aside at once, no loop of crashes."""
    Path(path).unlink(missing_ok=True)
    opened = Database.open(path)
    opened._connection.close()
    opened._lock.release()
    read = coverage_rows.read_coverage
    tries = []

    def broken_once(connection):
        tries.append(1)
        if len(tries) == 1:
            raise sqlite3.DatabaseError("database disk image is malformed")
        return read(connection)

    monkeypatch.setattr(coverage_rows, "read_coverage", broken_once)

    again = Database.open(path)
    again._connection.close()
    again._lock.release()

    assert len(tries) == 2
    assert list(path.parent.glob("*.damaged-*"))
