"""After a restart the board is what it was: from roll-ups, or from what a stop left."""

import random

import pytest

from flowboard.board import Board
from flowboard.database import Database, restore, save_windows
from flowboard.database.warm_start import windows_file
from flowboard.models import WINDOWS_MS
from flowboard.stream_messages import render_trades
from tests.database.made_trades import NOON_MS, make_trade, store

WHALE_E6 = 40_000_000


def some_trades(count, seed=1):
    """Return trades of the last 26 hours, dense at the end, late ones among them."""
    rng = random.Random(seed)
    trades = []
    for n in range(1, count + 1):
        back_ms = int(94_000_000 * rng.random() ** 6)
        trades.append(
            make_trade(
                n,
                market_ticker=rng.choice(["KXA-1", "KXB-1", "KXMVEC-1", "KXD-1"]),
                ts_ms=NOON_MS - back_ms,
                yes_price_e4=rng.randrange(1, 10_000),
                count_e2=rng.randrange(1, 20_000),
                taker_yes=rng.random() < 0.5,
            )
        )
    return sorted(trades, key=lambda t: t.ts_ms + rng.randrange(5_000))


def figures(board):
    """Return everything that the board shows."""
    shown = {
        window: (
            board.span(window),
            board.covered_ms(window),
            board.aggregator.rows(window, board.ranked(window, "notional", 100, True)),
            board.stats(window),
            board.whale_prints(window, True),
            board.whale_prints(window, False),
        )
        for window in WINDOWS_MS
    }
    return shown, board.recent(200, True), board.recent(200, False)


async def live_board(database, trades, board_ms):
    """Return a board that saw the trades come in, a beat of 40 each."""
    board = Board(database.markets, WHALE_E6)
    for start in range(0, len(trades), 40):
        batch = await store(database, trades[start : start + 40])
        board.fold(batch, render_trades(batch, database.markets))
    board.advance(board_ms)
    return board


def fresh_board(database):
    board = Board(database.markets, WHALE_E6)
    board.resume(database.next_seq - 1, database.trades)
    return board


@pytest.mark.parametrize("later_ms", [0, 30_000, 600_000, 50_000_000])
@pytest.mark.parametrize("clean", [False, True])
async def test_the_board_is_what_it_was(path, clean, later_ms):
    """Rows, sparklines, heat, whales and tape: as if the process had never ended."""
    trades = some_trades(3_000)
    async with Database.open(path) as database:
        live = await live_board(database, trades, NOON_MS)
        if clean:
            save_windows(path, live)
    live.advance(NOON_MS + later_ms)

    async with Database.open(path) as database:
        board = fresh_board(database)
        restore(path, board, NOON_MS + later_ms)

        assert figures(board) == figures(live)


async def test_windows_left_before_the_last_commit_are_not_believed(path):
    """A kill -9 after a clean stop: the file is older than the tape."""
    trades = some_trades(500)
    async with Database.open(path) as database:
        live = await live_board(database, trades, NOON_MS)
        save_windows(path, live)
        more = await store(database, [make_trade(900, ts_ms=NOON_MS)])
        live.fold(more, render_trades(more, database.markets))

    async with Database.open(path) as database:
        board = fresh_board(database)
        restore(path, board, NOON_MS)

        assert figures(board) == figures(live)
        assert not windows_file(path).exists()


async def test_an_empty_tape_restores_to_an_empty_board(path):
    """The first start of an installation."""
    async with Database.open(path) as database:
        board = fresh_board(database)

        restore(path, board, None)

        assert board.board_ms is None
        assert board.recent(10, True) == []


async def test_a_minute_of_huge_counts_is_read_wide(path):
    """Counts beyond 31 bits do not fit the short way, and are right all the same."""
    trades = [
        make_trade(n, ts_ms=NOON_MS - 7_200_000, count_e2=90_000_000_000 + n)
        for n in range(1, 4)
    ]
    async with Database.open(path) as database:
        live = await live_board(database, [*trades, make_trade(9)], NOON_MS + 1_000)

    async with Database.open(path) as database:
        board = fresh_board(database)
        restore(path, board, NOON_MS + 1_000)

        assert figures(board) == figures(live)


async def test_usual_minutes_are_read_the_short_way(path, monkeypatch):
    """The wide way is right too, but slower: nobody would notice it but the operator."""
    trades = some_trades(500)
    async with Database.open(path) as database:
        live = await live_board(database, trades, NOON_MS)

    monkeypatch.setattr("flowboard.database.warm_start.WIDE_MINUTES", "not needed")
    async with Database.open(path) as database:
        board = fresh_board(database)
        restore(path, board, NOON_MS)

        assert figures(board) == figures(live)
