"""Gaps and the edge live in the file, written with the trades that they speak of."""

import sqlite3
from contextlib import closing

import pytest

from flowboard.coverage import Span
from flowboard.database import Database
from flowboard.database.coverage_rows import GAPS_MAX
from flowboard.errors import StoreError
from tests.database.made_trades import NOON_MS, make_trade, rows_of, store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "board.db"


async def test_gaps_and_edge_are_there_after_a_restart(path):
    async with Database.open(path) as database:
        coverage = database.coverage
        coverage.begin(NOON_MS, NOON_MS + 1, background=True)
        coverage.advance(NOON_MS + 500)
        gap = coverage.add("audit", Span(NOON_MS + 7, NOON_MS + 9), NOON_MS + 2)
        coverage.walking(gap, NOON_MS + 8)
        one = coverage.add(
            "backfill", Span(NOON_MS, NOON_MS + 1), NOON_MS + 3, ticker="KXA"
        )
        coverage.close(one, NOON_MS + 4)
        await store(database, [make_trade(1)])
        before = coverage.gaps()

    async with Database.open(path) as database:
        coverage = database.coverage
        assert (coverage.since_ms, coverage.edge_ms) == (NOON_MS, NOON_MS + 500)
        found = coverage.gaps()
        # Whoever walked it is no more; whose end was not there waits again.
        before[1].state = "open"
        assert found == before
        assert [g.waiting for g in found] == [False, False, True]
        assert coverage.next_gap == 4
        assert not coverage.has_unsaved


async def test_a_write_that_fails_keeps_the_gaps(path):
    async with Database.open(path) as database:
        database.coverage.add("audit", Span(1, 2), NOON_MS)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError):
                await database.write(None, None, NOON_MS)
            assert database.has_news
        await database.write(None, None, NOON_MS)
        assert not database.has_news

    assert [row["cause"] for row in rows_of(path, "SELECT * FROM gaps")] == ["audit"]


async def test_a_gap_is_written_as_it_is_now(path):
    async with Database.open(path) as database:
        coverage = database.coverage
        gap = coverage.add("audit", Span(NOON_MS, NOON_MS + 100), NOON_MS)
        await database.write(None, None, NOON_MS)
        coverage.walking(gap, NOON_MS + 90)
        coverage.walked(gap, NOON_MS + 50, 3)
        await database.write(None, None, NOON_MS)

    (row,) = rows_of(path, "SELECT * FROM gaps")
    assert (row["state"], row["to_ms"], row["asked_to_ms"]) == (
        "healing",
        NOON_MS + 51,
        NOON_MS + 100,
    )
    assert row["recovered"] == 3


async def test_old_gaps_and_audits_are_forgotten(path):
    async with Database.open(path):
        pass
    with closing(sqlite3.connect(path)) as other, other:
        other.executemany(
            "INSERT INTO gaps VALUES (?, 'x', 1, 2, 2, NULL, 0, ?, 1, 1, 0, 0)",
            [(n, "open" if n == 1 else "closed") for n in range(1, GAPS_MAX + 100)],
        )

    async with Database.open(path) as database:
        assert database.coverage.open_gaps == 1

    (found,) = rows_of(path, "SELECT count(*) AS n FROM gaps")
    assert found["n"] == GAPS_MAX + 1


async def test_ids_of_a_span_and_their_times(path):
    async with Database.open(path) as database:
        await store(database, [make_trade(n) for n in range(10)])

        found = await database.ids_between(NOON_MS + 3, NOON_MS + 6)

    assert found == {make_trade(n).trade_id: NOON_MS + n for n in (3, 4, 5)}
