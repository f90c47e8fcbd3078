import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.market_agenda import Agenda, next_look_ms
from flowboard.market_info import MarketInfo

NOW_MS = 1_795_262_400_000
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@pytest.mark.parametrize(
    ("status", "open_in_ms", "close_in_ms", "wait_ms"),
    [
        ("initialized", HOUR_MS, 2 * HOUR_MS, HOUR_MS + 2_000),
        ("initialized", -MINUTE_MS, HOUR_MS, 15_000),
        ("active", -HOUR_MS, MINUTE_MS, MINUTE_MS + 2_000),
        ("inactive", -HOUR_MS, MINUTE_MS, MINUTE_MS + 2_000),
        ("active", -HOUR_MS, -1, 15_000),
        ("active", -HOUR_MS, -8 * MINUTE_MS, 2 * MINUTE_MS),
        ("closed", -HOUR_MS, -8 * MINUTE_MS, 2 * MINUTE_MS),
        ("closed", -HOUR_MS, HOUR_MS, 15_000),
        ("disputed", -HOUR_MS, -30 * HOUR_MS, HOUR_MS),
        ("finalized", -HOUR_MS, -MINUTE_MS, None),
        ("", None, None, HOUR_MS),
        ("active", None, None, HOUR_MS),
    ],
)
def test_a_market_is_looked_at_when_something_should_have_changed(
    status: str, open_in_ms: int | None, close_in_ms: int | None, wait_ms: int | None
) -> None:
    """At its opening and close; then ever more seldom, until it is settled."""
    info = MarketInfo(
        ticker="KXA",
        status=status,
        open_ms=None if open_in_ms is None else NOW_MS + open_in_ms,
        close_ms=None if close_in_ms is None else NOW_MS + close_in_ms,
    )

    look_ms = next_look_ms(info, NOW_MS)

    assert look_ms == (None if wait_ms is None else NOW_MS + wait_ms)


def test_a_determined_market_is_looked_at_until_it_is_settled() -> None:
    """From its result on, whenever it was meant to close."""
    info = MarketInfo(
        ticker="KXA",
        status="determined",
        close_ms=NOW_MS + HOUR_MS,
        determined_ms=NOW_MS - 2 * MINUTE_MS,
    )

    assert next_look_ms(info, NOW_MS) == NOW_MS + MINUTE_MS // 2


@given(
    st.sampled_from(["initialized", "active", "closed", "determined", "new", ""]),
    st.none() | st.integers(0, 2 * NOW_MS),
    st.none() | st.integers(0, 2 * NOW_MS),
)
def test_the_next_look_is_never_at_once(
    status: str, open_ms: int | None, close_ms: int | None
) -> None:
    """Whatever a market says of itself, it is not asked for without end."""
    info = MarketInfo(ticker="KXA", status=status, open_ms=open_ms, close_ms=close_ms)

    look_ms = next_look_ms(info, NOW_MS)

    assert look_ms is not None
    assert look_ms >= NOW_MS + 2_000


def test_a_ticker_has_one_time_the_last_it_was_given() -> None:
    """An earlier time is given up, unless the sooner one is asked for."""
    agenda = Agenda()
    agenda.put("A", 10)
    agenda.put("A", 30)
    agenda.put("B", 20)
    agenda.put("C", 20)
    agenda.put("C", None)
    agenda.put_sooner("B", 25)

    assert agenda.take(19, 10) == []
    assert agenda.take(29, 10) == ["B"]
    agenda.put_sooner("A", 5)
    assert agenda.take(29, 10) == ["A"]
    assert len(agenda) == 0


def test_no_more_are_taken_than_asked_for() -> None:
    """The rest stays, the oldest first."""
    agenda = Agenda()
    for n in range(5):
        agenda.put(f"T{n}", n)

    assert agenda.take(10, 2) == ["T0", "T1"]
    assert agenda.take(10, 9) == ["T2", "T3", "T4"]


def test_memory_is_bounded() -> None:
    """Neither new tickers nor new times of old ones make it grow without end."""
    agenda = Agenda(markets_max=3)
    for n in range(10_000):
        agenda.put(f"T{n % 3}", n)
    agenda.put("T9", 1)

    assert len(agenda) == 3
    assert len(agenda._heap) <= 2_000
    assert sorted(agenda.take(10**9, 10)) == ["T0", "T1", "T2"]
