"""An event's figures, by hand and against the sums of its trades."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.events import flow_of, flows_of
from flowboard.market_info import EventInfo, MarketInfo
from flowboard.models import WINDOWS_MS
from tests.events.event_stage import (
    DALLAS,
    GAME,
    HIGH,
    LADDER,
    LOW,
    MIDDLE,
    PHILADELPHIA,
    RACE,
    fold,
    new_board,
    strike,
    teach,
    trade,
)
from tests.oracle import inside
from tests.trade_batches import START_MS, make_print

CENT_E6 = 10_000


def test_a_game_of_two_legs_by_hand():
    """All flow runs towards Dallas, the first by ticker, or away from it.

    YES Dallas        100 at 0.40   towards    $40.00
    NO Philadelphia    50 at 0.55   towards    $27.50  (its YES costs 0.45)
    NO Dallas          30 at 0.62   away       $18.60  (its YES costs 0.38)
    YES Philadelphia   80 at 0.60   away       $48.00
    towards 150 contracts for $67.50, away 110 for $66.60: net +40.
    """
    board = new_board()
    trade(
        board,
        (DALLAS, 40, 100, "yes"),
        (PHILADELPHIA, 45, 50, "no"),
        (DALLAS, 38, 30, "no"),
        (PHILADELPHIA, 60, 80, "yes"),
    )

    flow = flow_of(board, GAME, "5m")

    assert flow.shape.kind == "two_leg"
    assert (flow.shape.plus, flow.shape.minus) == ("Dallas", "Philadelphia")
    assert flow.net_flow_e2 == 40_00
    assert flow.sides_e6 == (6_750 * CENT_E6, 6_660 * CENT_E6, 0)
    assert flow.notional_e6 == 13_410 * CENT_E6
    assert (flow.volume_e2, flow.trade_count) == (260_00, 4)
    assert [member.ticker for member in flow.largest(1)] == [PHILADELPHIA]  # $75.50


def test_a_strike_ladder_by_hand():
    """YES of `greater` is up; YES of the `less` at the bottom is down, its NO is up; the
    bucket between is neither.

    YES above 92      200 at 0.10   up      $20.00
    NO above 91       150 at 0.70   down   $105.00  (its YES costs 0.30)
    YES 90 to 91       40 at 0.25   neither $10.00
    NO below 90        60 at 0.85   up      $51.00  (its YES costs 0.15)
    YES below 90       25 at 0.20   down     $5.00
    up 260 contracts for $71, down 175 for $110: net +85, although more dollars went down.
    """
    board = new_board()
    bucket = f"{LADDER}-B90"
    teach(
        board,
        strike(LOW, None, strike_type="less", cap_strike=90_000.0),
        strike(bucket, 90_000.0, strike_type="between", cap_strike=91_000.0),
    )
    trade(
        board,
        (HIGH, 10, 200, "yes"),
        (MIDDLE, 30, 150, "no"),
        (bucket, 25, 40, "yes"),
        (LOW, 15, 60, "no"),
        (LOW, 20, 25, "yes"),
    )

    flow = flow_of(board, LADDER, "5m")

    assert flow.shape.kind == "ladder"
    assert [member.ticker for member in flow.members] == [LOW, bucket, MIDDLE, HIGH]
    assert [member.sign for member in flow.members] == [-1, 0, 1, 1]
    assert flow.net_flow_e2 == 85_00
    assert flow.sides_e6 == (7_100 * CENT_E6, 11_000 * CENT_E6, 1_000 * CENT_E6)
    assert flow.notional_e6 == 19_100 * CENT_E6


def test_exclusive_outcomes_have_flows_of_their_own():
    """There is no common direction: how strong it is, says the strongest of them."""
    board = new_board()
    trade(
        board,
        (f"{RACE}-ANN", 50, 10, "yes"),
        (f"{RACE}-ANN", 50, 4, "no"),
        (f"{RACE}-BOB", 20, 9, "no"),
    )

    flow = flow_of(board, RACE, "5m")

    assert (flow.shape.kind, flow.net_flow_e2) == ("exclusive", None)
    assert [member.net_flow_e2 for member in flow.members] == [6_00, -9_00, 0]
    assert flow.flow_size_e2 == 9_00
    assert flow.sides_e6 == (0, 0, flow.notional_e6)


def test_members_without_a_trade_are_there():
    """Those that were never traded or quoted have no id, and zeros."""
    board = new_board()
    trade(board, (f"{RACE}-BOB", 50, 10, "yes"))

    flow = flow_of(board, RACE, "5m")

    assert [(member.ticker, member.market) for member in flow.members] == [
        (f"{RACE}-ANN", None),
        (f"{RACE}-BOB", 0),
        (f"{RACE}-CY", None),
    ]
    assert [member.volume_e2 for member in flow.members] == [0, 10_00, 0]
    assert [member.ticker for member in flow.largest(5)] == [f"{RACE}-BOB"]


def test_markets_that_are_over_count_and_are_marked():
    """Their trades are in the window all the same."""
    board = new_board()
    trade(board, (LOW, 99, 10, "yes"), (HIGH, 10, 10, "yes"))
    teach(board, strike(LOW, 90_000.0, status="finalized", result="yes"))

    flow = flow_of(board, LADDER, "5m")

    assert flow.net_flow_e2 == 20_00
    assert [member.is_over for member in flow.members] == [True, False, False]


def test_an_event_of_which_nothing_is_known():
    """Neither traded nor told of."""
    board = new_board()

    assert flow_of(board, "KXNOTHING-26", "5m") is None


def test_an_event_that_was_never_traded():
    """It is known with all its markets; one that was only told of has none."""
    board = new_board()
    teach(board, EventInfo(ticker="KXEMPTY-26", mutually_exclusive=True))

    assert len(flow_of(board, GAME, "1m").members) == 2
    assert flow_of(board, "KXEMPTY-26", "1m").members == ()
    assert flow_of(board, "KXEMPTY-26", "1m").flow_size_e2 == 0


def test_a_market_that_is_younger_than_the_last_trade():
    """It has an id by a quote, and no column of figures yet: zeros."""
    board = new_board()
    trade(board, (DALLAS, 40, 1, "yes"))
    room = board.aggregator.sums("5m").shape[1]
    for number in range(room):
        board.markets.id_of(f"KXOTHER-26-{number}")
    board.markets.id_of(PHILADELPHIA)

    flow = flow_of(board, GAME, "5m")

    assert [member.volume_e2 for member in flow.members] == [1_00, 0]
    assert flow.members[1].market > room


def test_markets_are_guessed_by_ticker_before_they_are_told_of():
    """All trades of an event are in it from the first one on."""
    board = new_board()
    trade(board, ("KXNEW-26-A", 50, 1, "yes"), ("KXNEW-26-B", 50, 2, "no"))

    flow = flow_of(board, "KXNEW-26", "5m")

    assert (flow.shape.kind, flow.volume_e2, flow.info) == ("plain", 3_00, None)


STEPS = st.lists(
    st.tuples(
        st.sampled_from([DALLAS, PHILADELPHIA, LOW, MIDDLE, HIGH, f"{RACE}-CY"]),
        st.integers(1, 9_999),
        st.integers(1, 100_000),
        st.booleans(),
        st.integers(0, 400_000),
    ),
    min_size=1,
    max_size=20,
)
EVENTS = {
    GAME: {DALLAS: 1, PHILADELPHIA: -1},
    LADDER: {LOW: 1, MIDDLE: 1, HIGH: 1},
    RACE: {f"{RACE}-{name}": 0 for name in ("ANN", "BOB", "CY")},
}


@given(STEPS)
def test_figures_are_sums_of_trades(steps):
    """Over every window, by adding up the trades of every member one by one."""
    board = new_board()
    prints = [
        make_print(n, START_MS + late, ticker=t, price_e4=p, count_e2=c, yes=yes)
        for n, (t, p, c, yes, late) in enumerate(steps, start=1)
    ]
    fold(board, prints)
    board_ms = board.board_ms
    for window in WINDOWS_MS:
        present = [e for e in EVENTS if board.markets.event_id(e) is not None]
        ids = [board.markets.event_id(event) for event in present]
        for event, flow in zip(present, flows_of(board, ids, window), strict=True):
            signs = EVENTS[event]
            mine = [p for p in inside(prints, window, board_ms) if p.ticker in signs]

            assert flow == flow_of(board, event, window)
            assert {m.ticker: m.sign for m in flow.members} == signs
            assert flow.trade_count == len(mine)
            assert flow.volume_e2 == sum(p.count_e2 for p in mine)
            assert flow.notional_e6 == sum(p.dollars_e6 for p in mine)
            assert flow.sides_e6 == sides(mine, signs)
            if event != RACE:
                assert flow.net_flow_e2 == sum(
                    p.count_e2 * towards(p, signs) for p in mine
                )


def towards(p, signs):
    return signs[p.ticker] if p.yes else -signs[p.ticker]


def sides(prints, signs):
    return tuple(
        sum(p.dollars_e6 for p in prints if towards(p, signs) == side)
        for side in (1, -1, 0)
    )


@pytest.mark.parametrize("event", [GAME, LADDER, RACE])
def test_a_member_that_moves_to_another_event_is_counted_there(event):
    """What the exchange says last holds, not what the ticker looks like."""
    board = new_board()
    trade(board, ("KXODD-26-X", 50, 7, "yes"))

    teach(board, MarketInfo(ticker="KXODD-26-X", event_ticker=event))

    assert flow_of(board, event, "5m").volume_e2 == 7_00
    assert flow_of(board, "KXODD-26", "5m").volume_e2 == 0
