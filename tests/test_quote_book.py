import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.market_info import Quote
from flowboard.models import WINDOWS_MS
from flowboard.quote_book import ROOM, STEPS, QuoteBook

NOON_MS = 1_795_262_400_000
WINDOW = "1h"
STEP_MS = WINDOWS_MS[WINDOW] // STEPS


def quote(at_ms: int = 0, bid_e4: int = 4500, ask_e4: int = 5300) -> Quote:
    return Quote(NOON_MS + at_ms, bid_e4, ask_e4)


def test_the_last_quote_of_each_market_is_kept() -> None:
    """By its id, whatever the order of first sight."""
    book = QuoteBook()
    for market in (5 * ROOM, 3):
        book.put(market, quote(0, 4000 + market))
        book.put(market, quote(1, 5000 + market, 10_000))

    assert book.quote(3) == quote(1, 5003, 10_000)
    assert book.quote(5 * ROOM) == quote(1, 5000 + 5 * ROOM, 10_000)
    assert book.quote(4) is None
    assert len(book) == 2


@pytest.mark.parametrize(
    ("later", "news"),
    [
        (quote(1, 4600), True),
        (quote(0, 4600), True),
        (quote(1), False),
        (Quote(NOON_MS + 1, 4500, 5300, source="poll"), False),
        (Quote(NOON_MS + 1, 4500, 5300, bid_size_e2=100), True),
        (quote(-1, 4600), False),
    ],
    ids=["later", "at once", "the same", "the same, polled", "a size", "older"],
)
def test_it_tells_what_is_news(later: Quote, news: bool) -> None:
    """Another figure, not older than what is known; the version counts them."""
    book = QuoteBook()
    book.put(7, quote())
    version = book.version

    assert book.put(7, later) is news
    assert book.version == version + news
    older = later.ts_ms < NOON_MS
    assert book.quote(7) == (
        quote() if older else later
    )  # It still holds: that counts.


def test_a_mid_at_the_start_is_known_once_the_window_is_full() -> None:
    """Before that nobody has seen its start."""
    book = QuoteBook()
    book.put(7, quote())
    mids = []
    for step in range(STEPS + 2):
        book.advance(NOON_MS + step * STEP_MS)
        mids.append(book.first_mid_e4(WINDOW, 7))

    assert mids == [None] * STEPS + [4900] * 2
    assert book.first_mid_e4(WINDOW, 8) is None
    assert book.first_mid_e4(WINDOW, 100 * ROOM) is None


def test_a_market_that_is_over_has_no_quote() -> None:
    """Nor a mid from then on; what it was at a window's start stays so."""
    book = QuoteBook()
    book.put(7, quote())
    book.put(8, quote())
    book.advance(NOON_MS)
    version = book.version

    book.forget(7)
    book.forget(7)
    book.forget(100 * ROOM)
    seen = book.version
    for step in range(STEPS + 1):
        book.advance(NOON_MS + step * STEP_MS)
    first = book.first_mid_e4(WINDOW, 7)
    book.advance(NOON_MS + (STEPS + 1) * STEP_MS)

    assert seen == version + 1
    assert (book.quote(7), len(book)) == (None, 1)
    assert (first, book.first_mid_e4(WINDOW, 7)) == (4900, None)
    assert book.first_mid_e4(WINDOW, 8) == 4900


def test_a_side_that_is_missing_makes_no_mid() -> None:
    """A bid alone is no price in the middle."""
    book = QuoteBook()
    book.put(7, quote(0, 4500, 10_000))
    book.advance(NOON_MS)

    book.advance(NOON_MS + STEPS * STEP_MS)

    assert book.first_mid_e4(WINDOW, 7) is None


STORIES = st.lists(
    st.tuples(
        st.integers(0, 2),  # market
        st.sampled_from([None, 1_000, 4_000, 9_000]),  # its mid
        st.sampled_from([0, 1, STEP_MS // 2, STEP_MS, 3 * STEP_MS, 40 * STEP_MS]),
    ),
    max_size=40,
)


@given(STORIES)
def test_the_first_mid_is_that_of_a_window_s_start(
    story: list[tuple[int, int | None, int]],
) -> None:
    """As it was when board time first came into the step where the window begins, or,
    where it passed that over, when it last stood before."""
    book = QuoteBook()
    noted: dict[int, dict[int, int | None]] = {}
    mids: dict[int, int | None] = {}
    now_ms, ts_ms = NOON_MS, 0
    for market, mid_e4, later_ms in story:
        now_ms, ts_ms = now_ms + later_ms, ts_ms + 1
        touch = (0, 10_000) if mid_e4 is None else (mid_e4 - 100, mid_e4 + 100)
        book.put(market, quote(ts_ms, *touch))
        mids[market] = mid_e4

        book.advance(now_ms)

        step = now_ms // STEP_MS
        noted.setdefault(step, dict(mids))
        begins = step - STEPS
        known = [each for each in noted if each <= begins]
        for each in range(3):
            wanted = noted[max(known)].get(each) if known else None
            assert book.first_mid_e4(WINDOW, each) == wanted
