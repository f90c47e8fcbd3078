"""Ids are matched wherever their times are; each trade counts in one span."""

from hypothesis import given
from hypothesis import strategies as st

from flowboard.comparison import MARGIN_MS, compared, summed
from flowboard.coverage import Span
from flowboard.digest import EMPTY, digest_of

SPAN = Span(10_000, 20_000)


def trade_id(n: int) -> bytes:
    return n.to_bytes(16, "big")


def test_both_have_the_same() -> None:
    tape = {trade_id(n): 10_000 + n for n in range(50)}

    found = compared(tape, dict(reversed(tape.items())), SPAN)

    assert (found.ours, found.exchange) == (50, 50)
    assert found.is_equal
    assert found.ours_digest == found.exchange_digest == digest_of(tape)


def test_an_empty_span() -> None:
    found = compared({}, {}, SPAN)

    assert (found.ours, found.exchange, found.missing, found.extra) == (0, 0, 0, 0)
    assert found.is_equal
    assert found.ours_digest == found.exchange_digest == EMPTY


def test_what_is_missing_and_what_is_extra() -> None:
    ours = {trade_id(1): 11_000, trade_id(2): 12_000}
    theirs = {trade_id(1): 11_000, trade_id(3): 12_000, trade_id(4): 13_000}

    found = compared(ours, theirs, SPAN)

    assert (found.ours, found.exchange, found.missing, found.extra) == (2, 3, 2, 1)
    assert found.missing_ids == (trade_id(3), trade_id(4))
    assert found.extra_ids == (trade_id(2),)
    assert found.ours_digest == digest_of(ours)
    assert found.exchange_digest == digest_of(theirs)
    assert not found.is_equal


def test_our_time_says_where_a_trade_belongs() -> None:
    """The exchange's two feeds may put it on either side of the span's end."""
    ours = {trade_id(1): 19_999, trade_id(2): 20_000}
    theirs = {trade_id(1): 20_000, trade_id(2): 19_999}

    here, after = (
        compared(ours, theirs, SPAN),
        compared(ours, theirs, Span(20_000, 30_000)),
    )

    assert (here.ours, here.exchange, after.ours, after.exchange) == (1, 1, 1, 1)
    assert here.is_equal
    assert here.ours_digest == digest_of([trade_id(1)])


def test_of_the_margin_nothing_counts() -> None:
    """It is there to be looked up in."""
    ours = {trade_id(1): 9_000, trade_id(2): 20_000}
    theirs = {trade_id(3): 9_999, trade_id(4): 21_000}

    found = compared(ours, theirs, SPAN)

    assert (found.ours, found.exchange) == (0, 0)
    assert found.is_equal


def test_a_row_that_cannot_be_read_counts_as_missing() -> None:
    """A figure that leaves it out would claim what nobody knows."""
    found = compared({trade_id(1): 11_000}, {trade_id(1): 11_000}, SPAN, unreadable=2)

    assert (found.ours, found.exchange, found.missing) == (1, 3, 2)
    assert not found.is_equal


times = st.integers(0, 30_000)
tapes = st.lists(
    st.tuples(
        times,
        st.integers(-MARGIN_MS, MARGIN_MS),
        st.sampled_from(["both", "ours", "theirs"]),
    ),
    max_size=40,
)


@given(tapes, st.integers(1, 29_999))
def test_a_span_is_the_sum_of_its_parts(tape: list, cut_ms: int) -> None:
    """Whatever the times in the other feed are, each trade counts once."""
    rows = [(trade_id(n), *row) for n, row in enumerate(tape)]
    ours = {i: ts_ms for i, ts_ms, _, where in rows if where != "theirs"}
    theirs = {
        i: ts_ms + (off_ms if where == "both" else 0)
        for i, ts_ms, off_ms, where in rows
        if where != "ours"
    }

    def part(from_ms: int, to_ms: int):
        def around(ids: dict[bytes, int]) -> dict[bytes, int]:
            low_ms, high_ms = from_ms - MARGIN_MS, to_ms + MARGIN_MS
            return {i: t for i, t in ids.items() if low_ms <= t <= high_ms}

        return compared(around(ours), around(theirs), Span(from_ms, to_ms))

    total = summed([part(0, cut_ms), part(cut_ms, 30_001)])

    assert total.ours == len(ours)
    assert total.exchange == len(theirs)
    assert total.missing == len(theirs.keys() - ours.keys())
    assert total.extra == len(ours.keys() - theirs.keys())
    assert total.ours_digest == digest_of(ours)
    assert total.exchange_digest == digest_of(theirs)
