"""What may happen to an aggregator, as hypothesis draws it."""

from hypothesis import strategies as st

from tests.oracle import Print
from tests.trade_batches import START_MS

TICKERS = ["KXB-2", "KXA-1", "KXMVE-X", "KXC-3", "KXMVE-A", "KXA-0"]
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000

# How far the next beat lies ahead: inside a second, over edges, over idle days.
ahead = st.one_of(
    st.integers(0, 1_500),
    st.sampled_from([0, 1, 999, 1_000, 15_000, 59_999, MINUTE, 5 * MINUTE, HOUR]),
    st.integers(0, 2 * HOUR),
    st.sampled_from([23 * HOUR, 24 * HOUR, 25 * HOUR, 26 * HOUR, 60 * HOUR]),
)
# How late a trade comes: in order, a little, beyond each window and its baseline.
late = st.one_of(
    st.just(0),
    st.integers(0, 1_200),
    st.sampled_from([1, 999, 1_000, 59_999, 60_000, 60_001, 299_000, 300_000]),
    st.integers(0, 20 * MINUTE),
    st.integers(0, 3 * HOUR),
    st.sampled_from([24 * HOUR - 1, 24 * HOUR, 24 * HOUR + 1, 25 * HOUR, 26 * HOUR]),
    st.integers(22 * HOUR, 27 * HOUR),
)
# From a thousandth of a contract's dollar to prints that make markets hot.
count = st.one_of(st.just(100), st.integers(1, 500), st.integers(1, 10_000_000))
price = st.one_of(st.just(3_600), st.integers(1, 9_999))


@st.composite
def trade(draw):
    """A trade without its time and number, and how often it comes: six have heat."""
    return (
        draw(late),
        draw(st.sampled_from(TICKERS)),
        draw(price),
        draw(count),
        draw(st.booleans()),
        draw(st.integers(0, 19)) > 0,
        draw(st.sampled_from([1, 1, 1, 6])),
    )


@st.composite
def stories(draw, beats_max=8, trades_max=12):
    """Beats of (board time, trades known by then): every trade once."""
    now = START_MS + draw(st.integers(0, HOUR))
    seq = 1
    beats = []
    for _ in range(draw(st.integers(1, beats_max))):
        now += draw(ahead)
        prints = []
        for lateness, ticker, price_e4, count_e2, yes, counted, times in draw(
            st.lists(trade(), max_size=trades_max)
        ):
            ts_ms = now - lateness if counted else now + 61_000
            for _ in range(times):
                prints.append(
                    Print(seq, ticker, ts_ms, price_e4, count_e2, yes, counted)
                )
                seq += 1
        beats.append((now, prints))
    return beats
