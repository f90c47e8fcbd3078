from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.market_info import Quote
from flowboard.quote_tape import MarketQuote, QuoteSpan, QuoteTape

NOON_MS = 1_795_262_400_000


def quote(at_ms: int, bid_e4: int = 4500, **changes: Any) -> Quote:
    return Quote(NOON_MS + at_ms, bid_e4, 5300, **changes)


def put(tape: QuoteTape, *quotes: Quote, market: int = 7) -> None:
    for each in quotes:
        tape.put(market, each)


def test_the_last_quote_of_a_second_is_its_row() -> None:
    """With its own time, once the second has been over for another, and once only."""
    tape = QuoteTape()
    put(tape, quote(100), quote(900, 4600))

    during = tape.take_unsaved(NOON_MS + 1_999)
    after = tape.take_unsaved(NOON_MS + 2_000)
    again = tape.take_unsaved(NOON_MS + 9_000)

    assert during.rows == []
    assert after.rows == [(7, quote(900, 4600))]
    assert again.rows == []


def test_a_quote_of_a_later_second_ends_the_one_before() -> None:
    """Whatever the clock says."""
    tape = QuoteTape()
    put(tape, quote(100), quote(1_000, 4600))

    assert tape.take_unsaved(NOON_MS).rows == [(7, quote(100))]


def test_what_says_the_same_as_the_row_before_is_left_out() -> None:
    """In its market: another one's is no repetition."""
    tape = QuoteTape()
    put(tape, quote(0), quote(1_000), quote(1_500, 4600), quote(1_900), quote(2_000))
    put(tape, quote(0), market=8)

    rows = tape.take_rest().rows

    assert set(figures(rows)) == {(7, NOON_MS, 4500), (8, NOON_MS, 4500)}
    assert len(rows) == 2


@pytest.mark.parametrize("name", ["bid_size_e2", "ask_size_e2", "open_interest_e2"])
def test_each_figure_makes_a_row(name: str) -> None:
    """A size alone is a change."""
    tape = QuoteTape()
    put(tape, quote(0), quote(1_000, **{name: 100}))

    assert len(tape.take_rest().rows) == 2


def test_a_quote_that_is_a_second_late_is_in_the_row_of_its_second() -> None:
    """Board time follows the newest trade of any market: a quote may well be behind it.
    One that is later still makes a second row, rather than none."""
    tape = QuoteTape()
    put(tape, quote(100))
    before = tape.take_unsaved(NOON_MS + 1_900)
    put(tape, quote(900, 4600))
    in_time = tape.take_unsaved(NOON_MS + 2_100)

    put(tape, quote(950, 4700))

    assert before.rows == []
    assert in_time.rows == [(7, quote(900, 4600))]
    assert tape.take_rest().rows == [(7, quote(950, 4700))]


def test_of_a_market_that_is_over_nothing_is_kept() -> None:
    """But its last quote is stored; should it trade again, it begins anew."""
    tape = QuoteTape()
    put(tape, quote(0), quote(1_000, 4600))
    put(tape, quote(0), market=8)

    tape.forget(7)
    tape.forget(9)
    put(tape, quote(2_000, 4600))

    assert figures(tape.take_rest().rows) == [
        (7, NOON_MS, 4500),
        (7, NOON_MS + 1_000, 4600),
        (8, NOON_MS, 4500),
        (7, NOON_MS + 2_000, 4600),
    ]


def test_a_late_quote_changes_nothing() -> None:
    """It is older than what is known of its market, stored or not."""
    tape = QuoteTape()
    put(tape, quote(1_500), quote(400, 4600))
    stored = tape.take_unsaved(NOON_MS + 5_000).rows

    put(tape, quote(1_400, 4700))

    assert stored == [(7, quote(1_500))]
    assert tape.take_rest().rows == []


def test_it_tells_whether_something_waits() -> None:
    """A quote whose second still runs does."""
    tape = QuoteTape()
    fresh = tape.has_unsaved

    put(tape, quote(100))
    waiting = tape.has_unsaved
    tape.take_unsaved(NOON_MS + 2_000)

    assert (fresh, waiting, tape.has_unsaved) == (False, True, False)


def test_what_was_not_saved_comes_again_first() -> None:
    """In its order, and with its spans."""
    tape = QuoteTape()
    tape.begin("ws", NOON_MS)
    put(tape, quote(100), quote(1_100, 4600))
    taken = tape.take_unsaved(NOON_MS + 3_000)
    tape.not_saved(taken)
    put(tape, quote(2_100, 4700))

    again = tape.take_unsaved(NOON_MS + 4_000)

    assert again.rows == [*taken.rows, (7, quote(2_100, 4700))]
    assert again.spans == [QuoteSpan("ws", NOON_MS, NOON_MS + 2_100)]


def test_a_span_grows_with_what_is_stored() -> None:
    """From the subscription to the newest quote, not beyond a second that still runs."""
    tape = QuoteTape()
    tape.begin("ws", NOON_MS)
    tape.begin("ws", NOON_MS + 50)  # Begun is begun.
    put(tape, quote(400))

    spans = []
    for now_ms in (NOON_MS + 500, NOON_MS + 1_500, NOON_MS + 5_000):
        spans.append(tape.take_unsaved(now_ms + 1_000).spans)
        put(tape, quote(now_ms + 100 - NOON_MS))
    tape.end("ws")

    whole = QuoteSpan("ws", NOON_MS, NOON_MS + 5_100)
    assert spans == [
        [],
        [whole._replace(to_ms=NOON_MS + 600)],
        [whole._replace(to_ms=NOON_MS + 1_600)],
    ]
    assert tape.take_unsaved(NOON_MS + 9_000).spans == [whole]


def test_after_a_hole_what_is_the_same_is_stored_again() -> None:
    """Nobody knows what it was in between."""
    tape = QuoteTape()
    tape.begin("ws", NOON_MS)
    put(tape, quote(0))
    tape.take_unsaved(NOON_MS + 2_000)
    tape.end("ws")
    tape.begin("ws", NOON_MS + 60_000)

    put(tape, quote(61_000))

    assert tape.take_rest() == (
        [(7, quote(61_000))],
        [
            QuoteSpan("ws", NOON_MS, NOON_MS),
            QuoteSpan("ws", NOON_MS + 60_000, NOON_MS + 61_000),
        ],
    )


def test_two_feeds_have_their_own_spans() -> None:
    """Polling may go on while the socket is lost."""
    tape = QuoteTape()
    tape.begin("ws", NOON_MS)
    tape.begin("poll", NOON_MS + 10)
    put(tape, quote(500))
    tape.end("ws")

    assert tape.take_unsaved(NOON_MS + 2_000).spans == [
        QuoteSpan("ws", NOON_MS, NOON_MS + 500),
        QuoteSpan("poll", NOON_MS + 10, NOON_MS + 500),
    ]


def test_a_store_that_never_takes_anything_does_not_fill_the_memory() -> None:
    """The oldest rows go; the coverage tells of it, and what is the same is news."""
    tape = QuoteTape(rows_max=10)
    tape.begin("ws", NOON_MS)
    for second in range(30):
        put(tape, quote(1_000 * second, 4500 + 100 * (second % 2)))

    unsaved = tape.take_unsaved(NOON_MS + 31_000)

    assert len(unsaved.rows) <= 10
    assert tape.dropped == 30 - len(unsaved.rows)
    first_ms = unsaved.rows[0][1].ts_ms
    assert unsaved.rows == [
        (7, quote(1_000 * second, 4500 + 100 * (second % 2)))
        for second in range(tape.dropped, 30)
    ]
    (span,) = unsaved.spans
    assert first_ms - 1_000 < span.from_ms <= first_ms
    assert span.to_ms == NOON_MS + 29_000


def test_what_was_dropped_is_news_when_it_is_said_again() -> None:
    """Or a market that stands still would never be stored again."""
    tape = QuoteTape(rows_max=10)
    put(tape, quote(0), quote(1_000, 4600), quote(2_000))
    put(tape, *(quote(1_000 * n, 4000 + n) for n in range(3, 30)), market=8)

    put(tape, quote(31_000))

    assert (7, quote(31_000)) in tape.take_rest().rows


def test_what_was_given_back_is_bounded_too() -> None:
    """A span is cut where rows are dropped, be it of a feed that has ended."""
    tape = QuoteTape(rows_max=10)
    tape.begin("ws", NOON_MS)
    put(tape, *(quote(1_000 * n, 4000 + n) for n in range(9)))
    taken = tape.take_unsaved(NOON_MS + 9_000)
    tape.end("ws")
    tape.not_saved(taken)
    put(tape, *(quote(1_000 * n, 4000 + n) for n in range(9, 12)))

    unsaved = tape.take_rest()

    assert unsaved.spans
    left = range(tape.dropped, 12)
    assert 0 < tape.dropped < 4
    assert unsaved.rows == [(7, quote(1_000 * n, 4000 + n)) for n in left]
    for span in unsaved.spans:
        assert span.from_ms == NOON_MS + 1_000 * tape.dropped
        assert span.to_ms == NOON_MS + 8_000


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 3),  # market
        st.integers(0, 700),  # ms since the change before
        st.integers(1, 3),  # bid
        st.sampled_from(["put", "put", "put", "take", "fail"]),
    ),
    max_size=60,
)


def figures(rows: list[MarketQuote]) -> list[tuple[int, int, int]]:
    return [(market, each.ts_ms, each.bid_e4) for market, each in rows]


def written_down(quotes: list[MarketQuote]) -> list[MarketQuote]:
    """What a patient person would have noted of quotes in order of time."""
    found: list[MarketQuote] = []
    for market in range(4):
        own = [each for owner, each in quotes if owner == market]
        noted: Quote | None = None
        for _, second in groupby(own, key=lambda each: each.ts_ms // 1_000):
            *_, last = second
            if noted is None or noted.bid_e4 != last.bid_e4:
                noted = last
                found.append((market, last))
    return found


@given(CHANGES)
def test_whenever_it_is_stored_the_tape_is_the_same(
    changes: list[tuple[int, int, int, str]],
) -> None:
    """One row a second and market, changes only, nothing twice, nothing lost."""
    tape = QuoteTape()
    quotes: list[MarketQuote] = []
    rows: list[MarketQuote] = []
    at_ms = 0
    for market, later_ms, bid, what in changes:
        at_ms += later_ms
        each = quote(at_ms, 100 * bid)
        quotes.append((market, each))
        tape.put(market, each)
        if what != "put":
            unsaved = tape.take_unsaved(NOON_MS + at_ms)
            if what == "take":
                rows += unsaved.rows
            else:
                tape.not_saved(unsaved)
    rows += tape.take_rest().rows

    assert sorted(figures(rows)) == sorted(figures(written_down(quotes)))
