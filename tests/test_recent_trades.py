import pytest
from hypothesis import given, settings

from flowboard.recent_trades import RecentTrades
from tests import oracle
from tests.aggregator.stories import stories
from tests.trade_batches import START_MS, entries_of, make_print


def seqs(entries):
    return [entry.seq for entry in entries]


@settings(max_examples=100, deadline=None)
@given(stories())
def test_the_newest_by_exchange_time(beats):
    """After each beat the newest few equal a sort of all trades, counted or not."""
    recent = RecentTrades(limit=7)
    prints = []
    for _, new in beats:
        prints += new
        recent.add(entries_of(new))

        for combos in (False, True):
            for n in (1, 3, 7, 50):
                shown = recent.newest(n, combos=combos)
                assert seqs(shown) == oracle.newest(prints, min(n, 7), combos)


@pytest.mark.parametrize("step_ms", [1, -1])
def test_long_histories_keep_the_newest(step_ms):
    """Oldest or newest first, in many batches, the newest 1,000 remain."""
    prints = [make_print(seq, START_MS + seq * step_ms) for seq in range(10_000)]
    recent = RecentTrades()
    for start in range(0, len(prints), 700):
        recent.add(entries_of(prints[start : start + 700]))
    newest = oracle.newest(prints, 1_000, True)

    assert seqs(recent.newest(1_000, combos=True)) == newest
    assert seqs(recent.newest(200, combos=False)) == newest[:200]


def test_a_late_trade_goes_to_its_place():
    """A trade of yesterday does not appear on top, one of a second ago just below."""
    recent = RecentTrades(limit=3)
    recent.add(entries_of([make_print(seq, START_MS + seq) for seq in (1, 2, 4)]))
    late = [make_print(5, START_MS - 86_400_000), make_print(6, START_MS + 3)]
    recent.add(entries_of(late))

    assert seqs(recent.newest(3, combos=True)) == [4, 6, 2]


def test_equal_keys_are_ordered_by_number():
    """Twins of one millisecond and price: the later stored comes first."""
    recent = RecentTrades(limit=2)
    for seq in (3, 1, 2):
        recent.add(entries_of([make_print(seq)]))

    assert seqs(recent.newest(2, combos=True)) == [3, 2]


def test_a_twin_of_the_oldest_kept_takes_its_place():
    """Of equal keys at the very end the later stored stays."""
    recent = RecentTrades(limit=2)
    recent.add(entries_of([make_print(1), make_print(3, START_MS + 1)]))
    recent.newest(2, combos=True)
    recent.add(entries_of([make_print(2)]))

    assert seqs(recent.newest(2, combos=True)) == [3, 2]


def test_memory_is_bounded():
    """However many trades pass, in whatever order, few are held."""
    recent = RecentTrades(limit=10)
    for seq in range(1_000):
        recent.add(entries_of([make_print(seq, START_MS + seq * (-1) ** seq)]))

        assert len(recent._all._entries) <= 40


def test_none_are_asked_for():
    """No trades, or none wanted: an empty list."""
    recent = RecentTrades()

    assert recent.newest(5, combos=True) == []
    recent.add(entries_of([make_print(1)]))
    assert recent.newest(0, combos=True) == []
