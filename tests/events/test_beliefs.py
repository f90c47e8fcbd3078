"""A ladder's prices: which of quotes, trades and results stands for a market."""

import pytest

from flowboard.events import flow_of, outlook_at_start, outlook_now
from flowboard.models import WINDOWS_MS
from tests.events.event_stage import (
    DALLAS,
    GAME,
    HIGH,
    LADDER,
    LOW,
    MIDDLE,
    new_board,
    quote,
    strike,
    teach,
    trade,
)
from tests.trade_batches import START_MS


def now(board):
    return outlook_now(board, flow_of(board, LADDER, "5m"))


def at_start(board, trades=True, window="5m"):
    return outlook_at_start(
        board, flow_of(board, LADDER, window), window, trades=trades
    )


def levels(outlook):
    return [point.above_e4 for point in outlook.distribution.points]


def test_quotes_come_before_trades():
    """The mid of the book now, not what was paid a while ago."""
    board = new_board()
    trade(board, (LOW, 60, 1, "yes"), (MIDDLE, 40, 1, "yes"))
    quote(board, LOW, 7_900, 8_100)

    outlook = now(board)

    assert levels(outlook) == [8_000, 4_000]
    assert (outlook.quoted, outlook.priced) == (1, 2)
    assert outlook.median == 90_750


@pytest.mark.parametrize(
    ("bid_e4", "ask_e4", "level"),
    [(0, 200, 100), (9_700, 10_000, 9_850), (0, 5_000, 3_000), (0, 10_000, 3_000)],
)
def test_one_side_tells_a_price_where_it_leaves_little_room(bid_e4, ask_e4, level):
    """Nobody bids for what is asked for two cents: it is worth one. Asked for fifty, the
    last trade knows more."""
    board = new_board()
    trade(board, (LOW, 99, 1, "yes"), (MIDDLE, 30, 1, "yes"))
    quote(board, MIDDLE, bid_e4, ask_e4)

    assert levels(now(board)) == [9_900, level]


def test_a_result_is_certain():
    """Settled strikes are at one or nothing, whatever their book says."""
    board = new_board()
    quote(board, LOW, 4_000, 4_200)
    quote(board, MIDDLE, 4_000, 4_200)
    quote(board, HIGH, 4_000, 4_200)
    teach(
        board,
        strike(LOW, 90_000.0, status="finalized", result="yes"),
        strike(HIGH, 92_000.0, status="finalized", result="no"),
    )

    assert levels(now(board)) == [10_000, 4_100, 0]


def test_without_prices_nothing_is_implied():
    """No quote, no trade."""
    board = new_board()

    assert now(board).distribution is None
    assert now(board).median is None
    assert at_start(board).distribution is None


def test_only_ladders_imply_something():
    """Two legs have prices, and no number between them."""
    board = new_board()
    quote(board, DALLAS, 4_000, 4_200)

    assert outlook_now(board, flow_of(board, GAME, "5m")).distribution is None


def test_the_start_is_what_was_quoted_then():
    """Five minutes ago the median was lower; what is quoted now plays no part in it."""
    board = new_board()
    quote(board, LOW, 5_900, 6_100)
    quote(board, MIDDLE, 3_900, 4_100)
    step_ms = WINDOWS_MS["5m"] // 24
    for step in range(25):
        board.advance(START_MS + step * step_ms)
    quote(board, LOW, 7_900, 8_100, START_MS + 1)
    quote(board, MIDDLE, 5_900, 6_100, START_MS + 1)
    quote(board, HIGH, 900, 1_100, START_MS + 1)

    start = at_start(board)

    assert levels(start) == [6_000, 4_000]
    assert (start.quoted, start.median) == (2, 90_500)
    assert now(board).median == 91_200


def test_the_first_trade_stands_in_where_no_quote_is_known():
    """Only where it is asked for: it is dear."""
    board = new_board()
    trade(board, (LOW, 60, 1, "yes"), (MIDDLE, 30, 1, "yes"))
    trade(board, (LOW, 80, 1, "yes"), (MIDDLE, 40, 1, "no"), board_ms=START_MS + 9_000)

    start = at_start(board)

    assert (levels(start), start.quoted) == ([6_000, 3_000], 0)
    assert at_start(board, trades=False).distribution is None
    assert levels(now(board)) == [8_000, 4_000]
