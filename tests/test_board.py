import pytest
from hypothesis import given, settings

from flowboard.board import Board
from flowboard.markets import Markets
from tests import oracle
from tests.aggregator.stories import MINUTE, stories
from tests.trade_batches import START_MS, batch_of, entries_of, make_print

WHALE_E6 = 1_000_000_000


@pytest.fixture
def board():
    return Board(Markets(), WHALE_E6)


def rows(board, window, sort, limit, combos):
    """Return the figures of the first markets, ranked."""
    ranked = board.ranked(window, sort, limit, combos)
    return board.aggregator.rows(window, ranked)


def fold(board, *prints):
    board.fold(batch_of(prints, board.markets), entries_of(prints))


@settings(max_examples=50, deadline=None)
@given(stories())
def test_the_parts_agree_after_each_beat(beats):
    """Windows, recent trades and whales tell of the same trades and the same spans."""
    board = Board(Markets(), WHALE_E6)
    prints = []
    for board_ms, new in beats:
        board.advance(board_ms)
        if new:
            fold(board, *new)
            prints += new

        assert board.trades_total == len(prints)
        assert board.seq == len(prints)
        for window in oracle.SPANS:
            assert board.span(window) == oracle.span(window, board_ms)
            trades, active, notional_e6 = oracle.totals(prints, window, board_ms)
            assert board.stats(window)[2:] == (active, notional_e6)
            assert (
                sum(row.trade_count for row in rows(board, window, "heat", 50, True))
                == trades
            )
        for combos in (False, True):
            newest = [entry.seq for entry in board.recent(20, combos)]
            assert newest == oracle.newest(prints, 20, combos)
            for window in oracle.SPANS:
                largest = [entry.seq for entry in board.whale_prints(window, combos)]
                assert largest == oracle.largest(
                    prints, window, board_ms, WHALE_E6, combos
                )


def test_before_the_first_trade_everything_is_empty(board):
    """A new installation shows nothing and fails nowhere."""
    assert board.board_ms is None
    assert board.span("5m") == (0, 0)
    assert board.covered_ms("5m") == 0
    assert board.ranked("5m", "notional", 50, True) == []
    assert board.recent(10, True) == []
    assert board.whale_prints("5m", True) == []
    assert board.stats("5m") == (0, 0.0, 0, 0)


def test_hot_rows_come_ranked_with_their_figures(board):
    """The row is the market's, in the order of the sort, combos only when wanted."""
    fold(
        board,
        make_print(1, ticker="KXB", count_e2=500),
        make_print(2, ticker="KXA", count_e2=700, yes=False, price_e4=9900),
        make_print(3, ticker="KXMVE-C", count_e2=9_000),
    )

    def tickers(*view):
        return [board.markets.tickers[market] for market in board.ranked(*view)]

    assert tickers("5m", "notional", 50, False) == ["KXB", "KXA"]
    assert tickers("5m", "volume", 50, False) == ["KXA", "KXB"]
    assert tickers("5m", "net_flow", 2, True) == ["KXMVE-C", "KXA"]
    row = rows(board, "5m", "notional", 1, False)[0]
    assert (row.notional_e6, row.net_flow_e2, row.trade_count) == (1_800_000, 500, 1)


@pytest.mark.parametrize(
    ("tape_age_ms", "covered_ms"),
    [(None, 0), (MINUTE, 61_000), (5 * MINUTE, 300_000), (10 * MINUTE, 300_000)],
)
def test_a_window_says_how_much_of_it_the_tape_covers(board, tape_age_ms, covered_ms):
    """From the oldest trade known, at most the window, nothing without a tape."""
    board.advance(START_MS)
    if tape_age_ms is not None:
        fold(board, make_print(1, START_MS - tape_age_ms))

    assert board.covered_ms("5m") == covered_ms


def test_the_tape_begins_where_the_store_says(board):
    """After a restart the owner of the store sets where the tape begins."""
    board.tape_from_ms = START_MS - 10 * MINUTE
    board.advance(START_MS)

    assert board.covered_ms("5m") == 300_000
    assert board.covered_ms("1h") == 11 * MINUTE


def test_a_tape_that_begins_after_board_time_covers_nothing(board):
    """A tape from the future does not make a window negative."""
    board.tape_from_ms = START_MS + MINUTE
    board.advance(START_MS)

    assert board.covered_ms("1m") == 0


def test_stats_are_of_all_markets(board):
    """The rate is of the last minute, the rest of the window; combos count."""
    board.trades_total = 1_000
    fold(board, make_print(1), make_print(2, ticker="KXMVE-A"))
    board.advance(START_MS + MINUTE)
    fold(board, make_print(3, START_MS + MINUTE))

    stats = board.stats("5m")
    assert stats.trades_total == 1_003
    assert stats.trades_per_s == 0.02
    assert stats.active_markets == 2
    assert stats.notional_e6 == 3 * 3_600_000


def test_a_trade_ahead_of_board_time_is_shown_at_once(board):
    """Folding moves every part to the newest trade, whale prints as well."""
    board.advance(START_MS)
    fold(board, make_print(1, START_MS + 3_000, count_e2=1_000_000))

    assert [entry.seq for entry in board.whale_prints("1m", False)] == [1]
    assert board.board_ms == START_MS + 3_000


def test_an_empty_batch_changes_nothing(board):
    """A beat without trades keeps the newest seq."""
    fold(board, make_print(7))
    board.fold(batch_of([make_print(8)], board.markets), entries_of([make_print(8)]))
    empty = batch_of([make_print(9)], board.markets)
    board.fold(type(empty)(0, [], empty.markets[:0], empty.counted[:0]), [])

    assert board.seq == 8
    assert board.trades_total == 2
