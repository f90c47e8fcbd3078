"""The ranked events, against sorting all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.events import EventBook, flow_of
from flowboard.events.event_book import SORTS
from flowboard.market_info import EventInfo, MarketInfo
from tests.events.event_stage import (
    DALLAS,
    GAME,
    HIGH,
    LADDER,
    LOW,
    PHILADELPHIA,
    RACE,
    fold,
    new_board,
    strike,
    teach,
    trade,
)
from tests.trade_batches import START_MS, make_print

FIGURES = {
    "notional": lambda flow: flow.notional_e6,
    "trades": lambda flow: flow.trade_count,
    "flow": lambda flow: flow.flow_size_e2,
}
FLOWS = st.tuples(
    st.integers(0, 6),  # Event.
    st.integers(0, 3),  # Market of it.
    st.integers(1, 9_999),
    st.integers(1, 1_000),
    st.booleans(),
    st.sampled_from([0, 50_000, 90_000]),
)
NEWS = st.tuples(
    st.integers(0, 6),
    st.integers(0, 3),
    st.sampled_from(["strike", "event", "over", "plain"]),
)


def names(flows):
    return [flow.ticker for flow in flows]


def test_each_sort_ranks_by_its_figure():
    """Dollars, trades, contracts in one direction: three orders."""
    board = new_board()
    trade(
        board,
        (DALLAS, 90, 100, "yes"),  # $90 and 100 towards Dallas,
        (PHILADELPHIA, 10, 90, "yes"),  # $9 and 90 away from it.
        (LOW, 5, 60, "yes"),  # $3 and 60 up,
        (HIGH, 5, 30, "yes"),  # $1.50 and 30 up.
        *[(f"{RACE}-BOB", 50, 1, "yes")] * 5,  # $2.50 and 5.
    )
    book = EventBook(board)

    assert names(book.ranked("5m", "notional", 9)) == [GAME, LADDER, RACE]
    assert names(book.ranked("5m", "trades", 9)) == [RACE, LADDER, GAME]
    assert names(book.ranked("5m", "flow", 9)) == [LADDER, GAME, RACE]
    assert names(book.ranked("5m", "flow", 1)) == [LADDER]


def test_an_event_leaves_when_all_of_its_markets_are_over():
    """One that is open holds it there, though that one was not traded."""
    board = new_board()
    trade(board, (LOW, 50, 1, "yes"), (HIGH, 50, 1, "no"))
    book = EventBook(board)
    teach(board, strike(LOW, 90_000.0, status="closed"))

    before = names(book.ranked("5m", "notional", 9))
    teach(board, strike(HIGH, 92_000.0, status="finalized"))

    assert (before, book.ranked("5m", "notional", 9)) == ([LADDER], [])


def test_among_chooses_events_not_their_figures():
    """One market that may take part brings the whole event with it."""
    board = new_board()
    trade(
        board, (DALLAS, 50, 1, "yes"), (PHILADELPHIA, 50, 2, "yes"), (LOW, 9, 1, "no")
    )
    among = np.array([name == DALLAS for name in board.markets.tickers])

    (flow,) = EventBook(board).ranked("5m", "notional", 9, among)

    assert (flow.ticker, flow.volume_e2) == (GAME, 3_00)


def test_a_sort_that_is_not_there():
    """A mistake of the caller's."""
    with pytest.raises(ValueError, match="no such sort"):
        EventBook(new_board()).ranked("5m", "heat", 9)


@pytest.mark.parametrize("sort", SORTS)
def test_an_empty_board(sort):
    """Nothing was traded yet."""
    assert EventBook(new_board()).ranked("24h", sort, 9) == []


@pytest.mark.parametrize(
    "news",
    [
        MarketInfo(ticker=f"{GAME}-TIE", event_ticker=GAME),
        EventInfo(ticker=GAME, mutually_exclusive=False),
        MarketInfo(ticker=PHILADELPHIA, event_ticker="KXELSE-26"),
    ],
    ids=["a third outcome", "not exclusive", "another's market"],
)
def test_news_takes_sides_away(news):
    """What was one direction of two legs is then that of the stronger leg: also where
    the news is of a market that was never traded, or of one that has gone elsewhere."""
    board = new_board()
    trade(board, (DALLAS, 50, 30, "yes"), (PHILADELPHIA, 50, 20, "no"))
    trade(board, (LOW, 50, 40, "yes"))
    book = EventBook(board)

    before = names(book.ranked("5m", "flow", 1))
    teach(board, news)

    assert (before, names(book.ranked("5m", "flow", 1))) == ([GAME], [LADDER])


def test_news_gives_sides():
    """A market of three has gone elsewhere: the other two are legs; so are two that were
    traded before anything was known of them."""
    board = new_board()
    other = "KXELSE-26"
    trade(
        board,
        *((f"{RACE}-{name}", 50, 30, "yes") for name in ("ANN", "CY")),
        (f"{RACE}-BOB", 50, 20, "no"),
        (f"{other}-A", 50, 20, "yes"),
        (f"{other}-B", 50, 20, "no"),
    )
    book = EventBook(board)

    before = [flow.flow_size_e2 for flow in book.ranked("5m", "flow", 2)]
    teach(
        board,
        MarketInfo(ticker=f"{RACE}-CY", event_ticker="KXFAR-26"),
        EventInfo(ticker=other, mutually_exclusive=True),
    )
    after = book.ranked("5m", "flow", 2)

    assert before == [30_00, 20_00]
    assert [(flow.ticker, flow.flow_size_e2) for flow in after] == [
        (RACE, 50_00),
        (other, 40_00),
    ]


@given(st.lists(st.one_of(FLOWS, NEWS), max_size=40), st.integers(1, 7))
def test_a_ranking_is_the_sorted_list_of_all_events(steps, limit):
    """While trades and news of the exchange come in any order; one book sees it all, and
    ranks as a fresh one does."""
    board = new_board()
    book = EventBook(board)
    for step in steps:
        if len(step) == 3:
            tell(board, *step)
        else:
            event, market, price_e4, count_e2, yes, late_ms = step
            ticker = f"KXE-{event}-{market}"
            values = {"price_e4": price_e4, "count_e2": count_e2, "yes": yes}
            fold(
                board,
                [
                    make_print(
                        board.seq + 1, START_MS + late_ms, ticker=ticker, **values
                    )
                ],
            )
        for sort in SORTS:
            found = book.ranked("1m", sort, limit)

            assert found == by_sorting(board, sort, limit)
            assert found == EventBook(board).ranked("1m", sort, limit)


def by_sorting(board, sort, limit):
    flows = [flow_of(board, event, "1m") for event in board.markets.events]
    listed = [
        flow
        for flow in flows
        if flow.trade_count
        and not all(m.is_over for m in flow.members if m.market is not None)
    ]
    listed.sort(key=lambda flow: (-FIGURES[sort](flow), flow.ticker))
    return listed[:limit]


def tell(board, event, market, news):
    ticker = f"KXE-{event}"
    if news == "event":
        teach(board, EventInfo(ticker=ticker, mutually_exclusive=market < 3))
        return
    fields = {
        "strike": {"strike_type": "greater", "floor_strike": float(market)},
        "over": {"status": "closed"},
        "plain": {"event_ticker": f"KXE-{market}", "outcome": "Name"},
    }[news]
    values = {"ticker": f"{ticker}-{market}", "event_ticker": ticker}
    teach(board, MarketInfo(**(values | fields)))
