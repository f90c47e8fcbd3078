import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowboard.aggregator import Aggregator, cells_of
from flowboard.markets import Markets
from tests import oracle
from tests.aggregator.equality import assert_equals_oracle
from tests.aggregator.stories import HOUR, MINUTE, SECOND, stories
from tests.trade_batches import START_MS, batch_of, make_print


def from_store(markets, prints, seconds_from_ms):
    """Return an aggregator with all prints by the minute, the newest by the second."""
    aggregator = Aggregator(markets)
    if prints:
        aggregator.load_minutes(*cells_of(batch_of(prints, markets), MINUTE))
    newest = [p for p in prints if p.ts_ms >= seconds_from_ms]
    if newest:
        seconds = cells_of(batch_of(newest, markets), SECOND)
        aggregator.load_seconds(*seconds, from_ms=seconds_from_ms)
    return aggregator


def go_on(aggregator, beats, prints):
    """Play `beats` and compare after each."""
    for board_ms, new in beats:
        aggregator.advance(board_ms)
        if new:
            aggregator.fold(batch_of(new, aggregator.markets))
            prints = prints + new
        assert_equals_oracle(aggregator, prints)


@settings(max_examples=80, deadline=None)
@given(stories(), st.data())
def test_rebuilt_from_the_store_nothing_differs(beats, data):
    """Loaded at any time, from any whole minute on, and run on: equal to the oracle."""
    stop = data.draw(st.integers(0, len(beats) - 1))
    prints = [p for _, new in beats[: stop + 1] for p in new]
    board_ms = beats[stop][0] + data.draw(st.sampled_from([0, 5 * MINUTE, 25 * HOUR]))
    kept_from_ms = oracle.span("15m", board_ms)[0] // MINUTE * MINUTE
    seconds_from_ms = kept_from_ms - MINUTE * data.draw(st.sampled_from([0, 1, 90]))

    aggregator = from_store(Markets(), prints, seconds_from_ms)
    aggregator.advance(board_ms)

    assert_equals_oracle(aggregator, prints)
    go_on(aggregator, beats[stop + 1 :], prints)


@settings(max_examples=60, deadline=None)
@given(stories(), st.data())
def test_a_dump_is_the_whole_state(beats, data):
    """What `load` makes of a dump goes on as the one that was dumped."""
    stop = data.draw(st.integers(0, len(beats) - 1))
    prints = [p for _, new in beats[: stop + 1] for p in new]
    first = Aggregator(Markets())
    for board_ms, new in beats[: stop + 1]:
        first.advance(board_ms)
        if new:
            first.fold(batch_of(new, first.markets))

    second = Aggregator(first.markets)
    second.load(first.dump())

    assert second.board_ms == first.board_ms
    assert second.tape_from_ms == first.tape_from_ms
    assert_equals_oracle(second, prints)
    go_on(second, beats[stop + 1 :], prints)


def every_seven_seconds(minutes):
    return [
        make_print(n, START_MS + n * 7_000, price_e4=1 + n, count_e2=1 + n * n)
        for n in range(1, minutes * 60 // 7)
    ]


@pytest.mark.parametrize("edge_ms", [0, 1_000, 29_500, 59_999])
def test_a_dump_in_the_middle_of_a_minute_goes_on(edge_ms):
    """The minute that the 15m window cuts is neither lost nor counted twice."""
    prints = every_seven_seconds(20)
    first, second = Aggregator(Markets()), Aggregator(Markets())
    first.fold(batch_of(prints, first.markets))
    first.advance(START_MS + 22 * MINUTE + edge_ms)
    second.markets.id_of(prints[0].ticker)
    second.load(first.dump())

    beats = [(second.board_ms + step * 9_000, []) for step in range(1, 10)]
    assert_equals_oracle(second, prints)
    go_on(second, beats, prints)


def test_a_trade_on_the_seam_is_counted_once():
    """The first second that comes from the seconds is not taken from the minutes too."""
    seam_ms = START_MS
    prints = [make_print(n, seam_ms + ms) for n, ms in enumerate((-1, 0, 1, 60_000), 1)]
    aggregator = from_store(Markets(), prints, seam_ms)
    aggregator.advance(seam_ms + 16 * MINUTE + 500)

    assert_equals_oracle(aggregator, prints)


def test_a_dump_that_does_not_fit_is_refused_whole():
    """A cut or foreign dump raises and leaves the aggregator as it was."""
    first = Aggregator(Markets())
    prints = every_seven_seconds(20)
    first.fold(batch_of(prints, first.markets))
    whole = first.dump()
    known = first.markets
    cut = whole | {"minute_sums": whole["minute_sums"][1:]}
    missing = {name: array for name, array in whole.items() if name != "minute_rows"}
    second = Aggregator(known)

    with pytest.raises(ValueError, match="minute_sums"):
        second.load(cut)
    with pytest.raises(KeyError):
        second.load(missing)
    with pytest.raises(ValueError, match="markets"):
        Aggregator(Markets()).load(whole)
    second.load(whole)
    assert_equals_oracle(second, prints)


def test_a_dump_before_board_time_is_empty():
    """Nothing in, nothing out."""
    second = Aggregator(Markets())
    second.load(Aggregator(Markets()).dump())

    assert second.board_ms is None
    assert second.tape_from_ms is None


def test_board_time_is_not_before_what_was_loaded():
    """A stored trade newer than the board time of the start is inside all the same."""
    aggregator = from_store(Markets(), [make_print(1)], START_MS - HOUR)
    aggregator.advance(START_MS - 2 * MINUTE)

    assert aggregator.board_ms == START_MS
    assert aggregator.totals("1m").trades == 1


def test_the_store_may_know_an_older_tape():
    """The roll-ups set the tape's begin, and the owner may set an older one."""
    aggregator = from_store(Markets(), [make_print(1)], START_MS - HOUR)
    assert aggregator.tape_from_ms == START_MS
    aggregator.tape_from_ms = START_MS - 9 * HOUR
    aggregator.advance(START_MS)
    aggregator.fold(batch_of([make_print(2, START_MS - HOUR)], aggregator.markets))

    assert aggregator.tape_from_ms == START_MS - 9 * HOUR


@pytest.mark.parametrize("seconds", [False, True])
def test_missing_seconds_are_refused(seconds):
    """Windows that would lack trades are not shown: the error says what to load."""
    aggregator = Aggregator(Markets())
    batch = batch_of([make_print(1)], aggregator.markets)
    aggregator.load_minutes(*cells_of(batch, MINUTE))
    if seconds:
        aggregator.load_seconds(*cells_of(batch, SECOND), from_ms=START_MS - 5 * MINUTE)

    with pytest.raises(ValueError, match="load more of them"):
        aggregator.advance(START_MS + MINUTE)


def test_seconds_begin_with_a_minute():
    """Where seconds take over from minutes, no minute is cut."""
    aggregator = Aggregator(Markets())

    with pytest.raises(ValueError, match="whole minute"):
        aggregator.load_seconds(
            *cells_of(batch_of([make_print(1)], Markets()), SECOND),
            from_ms=START_MS - 1,
        )


def test_loading_comes_before_the_first_beat():
    """Once board time runs, what is loaded would be counted twice: refused."""
    aggregator = Aggregator(Markets())
    aggregator.advance(START_MS)

    with pytest.raises(RuntimeError, match="before the first advance"):
        aggregator.load(Aggregator(Markets()).dump())


def test_dumps_are_plain_arrays():
    """A dump holds arrays of numbers only, so that any file format will do."""
    aggregator = Aggregator(Markets())
    aggregator.fold(batch_of([make_print(1)], aggregator.markets))

    for array in aggregator.dump().values():
        assert isinstance(array, np.ndarray)
        assert array.dtype.kind in "iu"
