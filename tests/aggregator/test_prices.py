import random

from flowboard.aggregator import Aggregator
from flowboard.aggregator.prices import ASKED_MAX, ROWS_MAX
from flowboard.markets import Markets
from tests import oracle
from tests.trade_batches import START_MS, batch_of, make_print

MARKETS = ROWS_MAX + ASKED_MAX + 100
HOUR = 3_600_000


def traded(rng, seq, ts_ms, market):
    price_e4 = rng.randrange(1, 10_000)
    return make_print(seq, ts_ms, ticker=f"KXP-{market:04}", price_e4=price_e4)


def assert_equal(aggregator, prints, window, markets):
    rows = aggregator.rows(window, markets)
    tickers = aggregator.markets.tickers
    by_ticker = {}
    for p in prints:
        by_ticker.setdefault(p.ticker, []).append(p)
    figures = [
        oracle.figures(by_ticker[tickers[market]], tickers[market], window, now)
        for market in markets
        if (now := aggregator.board_ms)
    ]
    assert [row.market for row in rows] == list(markets)
    assert [row.sparkline for row in rows] == [f["sparkline"] for f in figures]
    assert [(row.first_yes_price_e4, row.yes_price_e4) for row in rows] == [
        (f["first_yes_price_e4"], f["yes_price_e4"]) for f in figures
    ]


def test_more_markets_are_shown_than_rows_are_kept():
    """Prices stay right when markets push each other out and come back later."""
    rng = random.Random(4)
    aggregator = Aggregator(Markets())
    prints = []
    for beat in range(4):
        new = [
            traded(rng, len(prints) + n, START_MS + beat * 70_000 + n % 60_000, n)
            for n in range(MARKETS)
        ]
        aggregator.fold(batch_of(new, aggregator.markets))
        prints += new
        for _ in range(6):
            asked = sorted(rng.sample(range(MARKETS), 300))
            window = rng.choice(["5m", "15m", "1h", "24h"])

            assert_equal(aggregator, prints, window, asked)


def test_any_number_of_markets_may_be_asked_for():
    """One call for more markets than rows gives every figure, in the order asked."""
    rng = random.Random(5)
    aggregator = Aggregator(Markets())
    prints = [traded(rng, n, START_MS + n, n) for n in range(MARKETS)]
    aggregator.fold(batch_of(prints, aggregator.markets))
    asked = rng.sample(range(MARKETS), MARKETS)

    assert_equal(aggregator, prints, "5m", asked)


def test_markets_asked_for_often_are_not_pushed_out():
    """What is shown all the time keeps its row while a thousand others pass by."""
    rng = random.Random(6)
    aggregator = Aggregator(Markets())
    prints = [traded(rng, n, START_MS + n, n) for n in range(MARKETS)]
    aggregator.fold(batch_of(prints, aggregator.markets))
    shown = range(50)
    aggregator.rows("5m", shown)
    prices = aggregator._prices[1_000]
    kept = prices._row_of[:50].tolist()
    for start in range(50, MARKETS, 100):
        aggregator.rows("5m", range(start, min(start + 100, MARKETS)))
        aggregator.rows("5m", shown)

    assert prices._row_of[:50].tolist() == kept


def test_a_longer_window_finds_what_a_shorter_one_left_out():
    """A market first shown over a minute has its whole hour when that is asked for."""
    rng = random.Random(7)
    aggregator = Aggregator(Markets())
    prints = [traded(rng, n, START_MS + n * 20_000, 0) for n in range(180)]
    aggregator.fold(batch_of(prints, aggregator.markets))

    for window in ("1m", "15m", "5m", "1h", "24h"):
        assert_equal(aggregator, prints, window, [0])


def test_an_idle_day_leaves_nothing_behind():
    """After a gap longer than the ring no price of the day before is shown."""
    rng = random.Random(8)
    aggregator = Aggregator(Markets())
    old = [traded(rng, n, START_MS + n * 500, 0) for n in range(100)]
    aggregator.fold(batch_of(old, aggregator.markets))
    for window in oracle.SPANS:
        aggregator.rows(window, [0])
    new = [traded(rng, 100, START_MS + 30 * HOUR, 0)]
    aggregator.fold(batch_of(new, aggregator.markets))

    for window in oracle.SPANS:
        assert_equal(aggregator, old + new, window, [0])
