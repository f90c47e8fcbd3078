"""Generated trades look like an exchange's, and a seed means one stream."""

from collections import Counter
from datetime import UTC, datetime
from itertools import groupby, islice, pairwise

import pytest

from flowboard.simulator.generator import Generator
from flowboard.simulator.grids import levels_e4
from flowboard.simulator.planner import plan_exchange
from flowboard.simulator.prints import Print

DAY = datetime(2026, 11, 21, tzinfo=UTC)
COUNT = 60_000
RATE = 100.0
ORIGIN_US = 1_790_000_000_000_000


def stream(count: int, seed: int = 1, rate: float = RATE) -> list[Print]:
    generator = Generator(plan_exchange(300, seed, DAY), rate, seed)
    return list(islice(generator.prints(ORIGIN_US), count))


@pytest.fixture(scope="module")
def prints() -> list[Print]:
    return stream(COUNT)


def dollars(trade: Print) -> float:
    price_e4 = trade.yes_price_e4 if trade.taker_yes else 10_000 - trade.yes_price_e4
    return price_e4 * trade.count_e2 / 1_000_000


def test_a_seed_means_one_stream(prints: list[Print]) -> None:
    """The same seed gives the same prints; another one gives others."""
    assert stream(2_000) == prints[:2_000]
    assert stream(50, seed=2) != prints[:50]


def test_ids_are_unique_and_no_uuids_of_the_rfc(prints: list[Print]) -> None:
    """All 128 bits vary: versions and variants are of every kind."""
    assert len({trade.trade_id for trade in prints}) == COUNT
    assert {trade.trade_id[14] for trade in prints[:2_000]} == set("0123456789abcdef")
    assert len(prints[0].trade_id) == 36


@pytest.mark.parametrize("rate", [1.0, 100.0, 10_000.0])
def test_the_rate_is_held_on_average(rate: float) -> None:
    """Over some 20,000 trades the mean is within 3 % of what was asked."""
    trades = stream(20_000, rate=rate)
    span_s = (trades[-1].created_us - ORIGIN_US) / 1_000_000

    assert len(trades) / span_s == pytest.approx(rate, rel=0.03)


@pytest.mark.parametrize("rate", [1.0, 100.0])
def test_the_rate_is_held_over_a_minute(rate: float) -> None:
    """No minute of the first twenty is far from the average, also at one a second."""
    trades = stream(int(rate * 1_300), rate=rate)
    minutes = Counter((t.created_us - ORIGIN_US) // 60_000_000 for t in trades)
    counts = [minutes[minute] / 60 / rate for minute in range(20)]

    assert min(counts) > 0.6
    assert max(counts) < 1.4


def test_trades_come_in_bursts(prints: list[Print]) -> None:
    """Quarters of a second differ by far more than chance would have it."""
    quarters = Counter(trade.created_us // 250_000 for trade in prints)
    counts = sorted(quarters.values())

    assert counts[-len(counts) // 20] > 1.8 * RATE / 4
    assert counts[len(counts) // 20] < 0.5 * RATE / 4


def test_times_never_go_back(prints: list[Print]) -> None:
    """Prints are in the order of their times."""
    assert all(a.created_us <= b.created_us for a, b in pairwise(prints))


def test_sweeps_go_in_the_takers_direction() -> None:
    """Prints of one order share market, side and millisecond; prices walk one way."""
    sweeps = []
    strays = 0
    # Slowly, so that two orders of a market hardly ever fall into one millisecond.
    for (_, _, taker_yes), group in groupby(
        stream(20_000, rate=1.0), key=lambda t: (t.ticker, t.ts_ms, t.taker_yes)
    ):
        prices = [trade.yes_price_e4 for trade in group]
        if len(prices) > 1:
            sweeps.append(prices)
            strays += prices != sorted(prices, reverse=not taker_yes)

    assert len(sweeps) > 20_000 / 20
    assert strays < len(sweeps) / 200
    assert max(map(len, sweeps)) >= 5
    assert sum(prices[0] != prices[-1] for prices in sweeps) > len(sweeps) / 5


def test_sizes_have_a_long_tail(prints: list[Print]) -> None:
    """Half of the prints are small, one or two in a hundred reach $1,000."""
    sizes = sorted(map(dollars, prints))

    assert 4 < sizes[COUNT // 2] < 20
    assert 0.006 < sum(size >= 1_000 for size in sizes) / COUNT < 0.025
    assert sizes[-1] > 10_000


def test_prices_lie_on_the_grids_of_their_markets(prints: list[Print]) -> None:
    """Every print is at a price that its market can quote."""
    markets = plan_exchange(300, 1, DAY).catalogue.markets
    levels = {
        label: set(levels_e4(label)) for label in {m.grid for m in markets.values()}
    }

    assert all(t.yes_price_e4 in levels[markets[t.ticker].grid] for t in prints)
    assert any(t.yes_price_e4 % 100 for t in prints)


def test_activity_is_uneven_and_includes_combos(prints: list[Print]) -> None:
    """A few markets are busy, nearly all trade; a tenth of the prints are combos."""
    trades_of = Counter(trade.ticker for trade in prints)
    [(_, busiest)] = trades_of.most_common(1)
    combos = sum(n for t, n in trades_of.items() if t.startswith("KXMVE"))

    assert busiest > COUNT * 0.08
    assert len(trades_of) > 270
    assert 0.07 < combos / COUNT < 0.13


def test_counts_are_whole_round_and_fractional(prints: list[Print]) -> None:
    """Some people spend dollars: about a quarter of the counts are fractions."""
    assert all(trade.count_e2 > 0 for trade in prints)
    assert 0.15 < sum(t.count_e2 % 100 != 0 for t in prints) / COUNT < 0.4
    assert any(trade.is_block for trade in prints)


def test_prices_move_but_do_not_run_away(prints: list[Print]) -> None:
    """In ten minutes the busiest market moves by cents, never to the edge."""
    [(busiest, _)] = Counter(trade.ticker for trade in prints).most_common(1)
    prices = [t.yes_price_e4 for t in prints if t.ticker == busiest]

    assert 200 < max(prices) - min(prices) < 8_000
    assert max(abs(a - b) for a, b in pairwise(prices)) < 2_000
