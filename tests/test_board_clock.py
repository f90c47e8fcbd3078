from hypothesis import given
from hypothesis import strategies as st

from flowboard.board_clock import BoardClock

NOON_MS = 1_795_262_400_000


def test_before_the_first_trade_there_is_no_board_time() -> None:
    """A board without trades shows no window."""
    clock = BoardClock()

    assert clock.board_ms(5) is None
    assert clock.exchange_ms(5) is None


def test_board_time_is_the_newest_trade_and_the_time_since() -> None:
    """A quiet market's windows slide all the same."""
    clock = BoardClock()

    clock.accept(NOON_MS, mono_ms=1_000)

    assert clock.board_ms(1_000) == NOON_MS
    assert clock.board_ms(4_500) == NOON_MS + 3_500


def test_an_older_trade_moves_nothing() -> None:
    """Late and healed trades are counted where they belong, without the clock."""
    clock = BoardClock()
    clock.accept(NOON_MS, mono_ms=1_000)

    clock.accept(NOON_MS - 60_000, mono_ms=2_000)

    assert clock.board_ms(3_000) == NOON_MS + 2_000


def test_a_trade_from_behind_board_time_makes_it_wait() -> None:
    """A tape slower than life: board time stands until the trades have caught up."""
    clock = BoardClock()
    clock.accept(NOON_MS, mono_ms=0)

    clock.accept(NOON_MS + 1_000, mono_ms=5_000)

    assert clock.board_ms(5_000) == NOON_MS + 5_000
    assert clock.board_ms(7_000) == NOON_MS + 5_000
    assert clock.board_ms(9_500) == NOON_MS + 5_500


def test_a_restart_goes_on_from_the_stored_pair() -> None:
    """Ten minutes off are ten minutes on the board too."""
    clock = BoardClock()

    clock.resume(NOON_MS, stored_wall_ms=50_000, wall_ms=650_000, mono_ms=7)

    assert clock.board_ms(7) == NOON_MS + 600_000
    assert clock.board_ms(1_007) == NOON_MS + 601_000


def test_a_wall_clock_set_back_during_a_restart_adds_nothing() -> None:
    """Board time never goes back, whatever the machine's clock did."""
    clock = BoardClock()

    clock.resume(NOON_MS, stored_wall_ms=650_000, wall_ms=50_000, mono_ms=7)

    assert clock.board_ms(7) == NOON_MS


def test_after_a_restart_trades_lead_again() -> None:
    """The stored pair is a beginning, the newest trade is the authority."""
    clock = BoardClock()
    clock.resume(NOON_MS, stored_wall_ms=0, wall_ms=0, mono_ms=0)

    clock.accept(NOON_MS + 90_000, mono_ms=1_000)

    assert clock.board_ms(1_000) == NOON_MS + 90_000


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 10_000_000), st.integers(0, 1_000_000)),
        max_size=30,
    )
)
def test_board_time_never_goes_back(steps: list[tuple[bool, int, int]]) -> None:
    """Any trades at any times, looked at in any order."""
    clock = BoardClock()
    told = 0

    for accepts, ts_ms, mono_ms in steps:
        if accepts:
            clock.accept(ts_ms, mono_ms)
        now = clock.board_ms(mono_ms)
        assert now is None or now >= told
        told = now or told


def test_the_exchange_clock_runs_on_between_frames() -> None:
    """What was heard last, plus the time since."""
    clock = BoardClock()

    clock.hear_exchange(NOON_MS, mono_ms=100, exact=True)

    assert clock.exchange_ms(100) == NOON_MS
    assert clock.exchange_ms(2_100) == NOON_MS + 2_000


def test_an_http_date_counts_until_something_exact_was_heard() -> None:
    """A replayed tape tells its own time in frames, and the machine's in `Date`."""
    clock = BoardClock()

    clock.hear_exchange(NOON_MS, mono_ms=0, exact=False)
    by_date = clock.exchange_ms(0)
    clock.hear_exchange(NOON_MS - 10_000_000, mono_ms=0, exact=True)
    clock.hear_exchange(NOON_MS + 1_000, mono_ms=1_000, exact=False)

    assert by_date == NOON_MS
    assert clock.exchange_ms(1_000) == NOON_MS - 10_000_000 + 1_000
    clock.hear_exchange(NOON_MS + 5, mono_ms=2_000, exact=True)
    assert clock.exchange_ms(2_000) == NOON_MS + 5


def test_the_machines_time_stands_in_until_the_exchanges_is_heard():
    """Every question of what the time is over there has an answer."""
    clock = BoardClock()
    assert clock.now_ms(mono_ms=5, wall_ms=77) == 77

    clock.hear_exchange(NOON_MS, mono_ms=5, exact=False)

    assert clock.now_ms(mono_ms=105, wall_ms=77) == NOON_MS + 100
