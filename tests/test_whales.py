import random
from heapq import nlargest

import pytest
from hypothesis import given, settings

from flowboard.whales import LARGEST_MAX, Whales
from tests import oracle
from tests.aggregator.stories import MINUTE, stories
from tests.trade_batches import START_MS, entries_of, make_print

DOLLAR_E6 = 1_000_000


def spans_at(board_ms):
    return {window: oracle.span(window, board_ms) for window in oracle.SPANS}


def seqs(entries):
    return [entry.seq for entry in entries]


def many(count, rng, ticker="KXA", sizes=10**6, spread_ms=60_000):
    return [
        make_print(
            seq,
            START_MS + rng.randrange(spread_ms),
            ticker=ticker,
            count_e2=rng.randrange(1, sizes),
        )
        for seq in range(count)
    ]


@settings(max_examples=100, deadline=None)
@given(stories())
def test_the_largest_of_every_window_equal_a_sort_of_all_trades(beats):
    """Whatever comes late or leaves, each list is the oracle's."""
    whales = Whales(10 * DOLLAR_E6)
    prints = []
    board_ms = 0
    for beat_ms, new in beats:
        board_ms = beat_ms
        prints += new
        whales.add(entries_of(new))
        whales.advance(spans_at(board_ms))

        for window in oracle.SPANS:
            for combos in (False, True):
                shown = whales.largest(window, combos=combos)
                assert seqs(shown) == oracle.largest(
                    prints, window, board_ms, 10 * DOLLAR_E6, combos
                )


@pytest.mark.parametrize("sizes", [3, 10**6])
def test_more_prints_than_places(sizes):
    """Of thousands, many of one size, the lists stay exact while they expire."""
    rng = random.Random(sizes)
    prints = [
        p._replace(ticker=rng.choice(["KXA", "KXMVE-B"]))
        for p in many(4_000, rng, sizes=sizes, spread_ms=30 * MINUTE)
    ]
    prints.sort(key=lambda p: (p.ts_ms + rng.randrange(90_000), p.seq))
    whales = Whales(0)
    for start in range(0, len(prints), 100):
        whales.add(entries_of(prints[start : start + 100]))
        known = prints[: start + 100]
        board_ms = max(p.ts_ms for p in known)
        whales.advance(spans_at(board_ms))

        for window in ("1m", "5m", "1h"):
            for combos in (False, True):
                shown = whales.largest(window, combos=combos)
                assert seqs(shown) == oracle.largest(known, window, board_ms, 0, combos)


def test_what_can_never_be_shown_again_is_forgotten():
    """Of 20,000 prints only what may still enter a list is kept."""
    rng = random.Random(1)
    prints = many(20_000, rng)
    whales = Whales(0)
    for start in range(0, len(prints), 500):
        whales.add(entries_of(prints[start : start + 500]))

        assert len(whales._all._entries) < 1_500


def test_the_threshold_itself_is_a_whale():
    """A print of exactly the threshold counts, one of less does not."""
    whales = Whales(1_000 * DOLLAR_E6)
    prints = [
        make_print(1, price_e4=5000, count_e2=200_000),
        make_print(2, price_e4=4999, count_e2=200_000),
        make_print(3, price_e4=5000, count_e2=200_000, counted=False),
    ]
    whales.add(entries_of(prints))
    whales.advance(spans_at(START_MS))

    assert seqs(whales.largest("5m", combos=False)) == [1]


def test_of_equal_prints_the_newest_come_first():
    """Ties go by time, then by number."""
    whales = Whales(0)
    whales.add(entries_of([make_print(1, START_MS + 5), make_print(3), make_print(2)]))
    whales.advance(spans_at(START_MS))

    assert seqs(whales.largest("5m", combos=False)) == [1, 3, 2]


def test_a_print_ahead_of_the_window_waits():
    """A list made before a window reaches a known print is made again then."""
    whales = Whales(0)
    whales.add(entries_of([make_print(1), make_print(2, START_MS + MINUTE)]))
    whales.advance(spans_at(START_MS))
    before = seqs(whales.largest("5m", combos=False))
    whales.advance(spans_at(START_MS + MINUTE))

    assert before == [1]
    assert seqs(whales.largest("5m", combos=False)) == [2, 1]


def test_lists_are_the_callers_own():
    """Changing a returned list changes nobody else's."""
    whales = Whales(0)
    prints = many(200, random.Random(3))
    whales.add(entries_of(prints))
    whales.advance(spans_at(START_MS + 59_000))
    whales.largest("5m", combos=False).clear()
    largest = nlargest(LARGEST_MAX, prints, key=lambda p: p.dollars_e6)

    assert len(whales.largest("5m", combos=False)) == len(largest) == 50
