import pytest
from hypothesis import given, settings

from flowboard.aggregator import Aggregator
from flowboard.market_info import MarketInfo
from flowboard.markets import Markets
from tests import oracle
from tests.aggregator.equality import assert_equals_oracle
from tests.aggregator.stories import HOUR, MINUTE, stories
from tests.trade_batches import START_MS, batch_of, make_print


def fold(aggregator, *prints):
    aggregator.fold(batch_of(prints, aggregator.markets))


def only_row(aggregator, window):
    (row,) = aggregator.rows(window, [0])
    return row


@settings(max_examples=100, deadline=None)
@given(stories())
def test_every_figure_equals_a_sum_over_the_trades(beats):
    """All windows equal the oracle after each beat, whatever came late or at once."""
    aggregator = Aggregator(Markets())
    prints = []
    for board_ms, new in beats:
        aggregator.advance(board_ms)
        if new:
            fold(aggregator, *new)
            prints += new

        assert_equals_oracle(aggregator, prints)


@settings(max_examples=50, deadline=None)
@given(stories())
def test_order_of_arrival_changes_nothing(beats):
    """The same trades in one batch, the newest first, give the same figures."""
    aggregator = Aggregator(Markets())
    prints = [p for _, new in beats for p in new][::-1]
    prints = [p._replace(seq=seq) for seq, p in enumerate(prints)]
    aggregator.advance(beats[-1][0])
    if prints:
        fold(aggregator, *prints)

    assert_equals_oracle(aggregator, prints)


def test_a_trade_ahead_of_board_time_moves_it():
    """Folding a counted trade of the future advances the windows to it."""
    aggregator = Aggregator(Markets())
    aggregator.advance(START_MS)
    fold(aggregator, make_print(1, START_MS + 30_000))

    assert aggregator.board_ms == START_MS + 30_000
    assert aggregator.span("1m") == (START_MS - 29_000, START_MS + 31_000)
    assert aggregator.totals("1m").trades == 1


def test_board_time_never_goes_back():
    """An earlier board time leaves span and sums as they are."""
    aggregator = Aggregator(Markets())
    fold(aggregator, make_print(1, START_MS))
    aggregator.advance(START_MS + HOUR)
    aggregator.advance(START_MS)

    assert aggregator.span("1h")[1] == START_MS + HOUR + MINUTE
    assert aggregator.totals("1m").trades == 0
    assert aggregator.totals("24h").trades == 1


def test_uncounted_trades_are_in_no_window():
    """A trade too far ahead of the exchange's clock moves nothing."""
    aggregator = Aggregator(Markets())
    aggregator.advance(START_MS)
    fold(aggregator, make_print(1, START_MS + HOUR, counted=False))

    assert aggregator.board_ms == START_MS
    assert aggregator.totals("24h") == (0, 0, 0)
    assert aggregator.tape_from_ms is None


@pytest.mark.parametrize("window", oracle.SPANS)
def test_a_trade_leaves_with_its_bucket(window):
    """A trade is inside until the window begins after its bucket, then gone."""
    length, bucket = oracle.SPANS[window]
    aggregator = Aggregator(Markets())
    fold(aggregator, make_print(1, START_MS + bucket - 1))
    aggregator.advance(START_MS + length - 1)

    assert only_row(aggregator, window).trade_count == 1
    aggregator.advance(START_MS + length)
    assert aggregator.rows(window, [0]) == []
    assert aggregator.top(window, "notional", 50, True) == []


def test_last_price_inside_a_millisecond_follows_the_takers():
    """YES takers come first and go up, NO takers after them and down."""
    aggregator = Aggregator(Markets())
    fold(
        aggregator,
        make_print(1, price_e4=4100, yes=False),
        make_print(2, price_e4=4000, yes=False),
        make_print(3, price_e4=3700),
        make_print(4, price_e4=3600),
    )
    row = only_row(aggregator, "5m")

    assert row.first_yes_price_e4 == 3600
    assert row.yes_price_e4 == 4000


def test_heat_compares_with_the_day_before():
    """Twenty points for each doubling over one dollar a minute, from six trades on."""
    aggregator = Aggregator(Markets())
    # A minute of $7 where the day before had less than $1 a minute: 20 log2(1 + 7).
    fold(aggregator, *(make_print(n, price_e4=5000, count_e2=280) for n in range(5)))
    assert only_row(aggregator, "1m").heat == 0
    fold(aggregator, make_print(5, price_e4=5000, count_e2=0))

    assert only_row(aggregator, "1m").heat == 60
    assert only_row(aggregator, "24h").heat is None


@pytest.mark.parametrize("tape_h", [0, 2, 12, 30])
def test_heat_counts_the_tape_it_has(tape_h):
    """A day before of few hours is divided by those, of less than one by an hour."""
    aggregator = Aggregator(Markets())
    prints = [make_print(1, START_MS - tape_h * HOUR, ticker="KXOLD")]
    prints.append(make_print(2, START_MS - 10 * MINUTE, count_e2=2_000_000))
    prints += [make_print(n, START_MS, count_e2=20_000) for n in range(3, 9)]
    fold(aggregator, *prints)

    assert_equals_oracle(aggregator, prints)
    market = aggregator.markets.find("KXBTC-26JAN01-B1")
    assert 0 < aggregator.rows("5m", [market])[0].heat < 100


def test_markets_may_become_many():
    """New markets take their place in windows that are already running."""
    aggregator = Aggregator(Markets())
    fold(aggregator, make_print(1))
    fold(aggregator, *(make_print(n, ticker=f"KXN-{n:04}") for n in range(2, 1502)))

    assert aggregator.totals("1m") == (1501, 1501, 1501 * 3_600_000)
    assert len(aggregator.rows("24h", range(1501))) == 1501


def test_an_unknown_sort_is_refused():
    """A figure that nothing is ranked by is an error, not an order."""
    aggregator = Aggregator(Markets())

    with pytest.raises(ValueError, match="no such sort: 'size'"):
        aggregator.top("5m", "size", 50, True)


@pytest.mark.parametrize("sort", ["notional", "volume", "net_flow", "heat"])
def test_a_market_that_is_over_is_in_no_list(sort):
    """It left the list when it closed, comes back if it opens again, and still counts."""
    aggregator = Aggregator(Markets())
    fold(
        aggregator,
        make_print(1, ticker="KXA-1", count_e2=900),
        make_print(2, ticker="KXB-1"),
    )
    for status, ranked in (("finalized", [1]), ("active", [0, 1])):
        aggregator.markets.learn(MarketInfo(ticker="KXA-1", status=status))

        assert sorted(aggregator.top("5m", sort, 10, True)) == ranked
        assert aggregator.totals("5m").trades == 2


def test_sums_and_last_trades_by_id():
    """One column for each market; of one without a trade there is no last price."""
    aggregator = Aggregator(Markets(["KXQUIET-1"]))
    fold(
        aggregator,
        make_print(1, START_MS, ticker="KXA-1", price_e4=3_600, count_e2=200),
        make_print(2, START_MS + 1, ticker="KXA-1", price_e4=3_700, count_e2=100),
    )

    assert aggregator.sums("1m")[:, 1].tolist() == [2, 300, 0, 1_090_000, 0]
    assert aggregator.last_trade(1) == (START_MS + 1, 3_700)
    assert aggregator.last_trade(0) is aggregator.last_trade(999) is None
