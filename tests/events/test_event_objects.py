"""An event as readers get it."""

import pytest

from flowboard.events import event_object, flow_of
from flowboard.market_info import EventInfo, MarketInfo
from tests.events.event_stage import (
    DALLAS,
    GAME,
    HIGH,
    LADDER,
    LOW,
    MIDDLE,
    RACE,
    new_board,
    quote,
    strike,
    teach,
    trade,
)
from tests.trade_batches import START_MS


def shown(board, event, window="5m"):
    return event_object(board, flow_of(board, event, window), window)


def test_figures_are_decimal_texts():
    """Negative ones, too: 10 contracts away from Dallas."""
    board = new_board()
    trade(board, (DALLAS, 25, 10, "no"))

    event = shown(board, GAME)

    assert (event.net_flow_fp, event.flow_size_fp) == ("-10.00", "10.00")
    assert (event.plus_flow_dollars, event.minus_flow_dollars) == (
        "0.000000",
        "7.500000",
    )
    assert event.top_markets[0].net_flow_fp == "-10.00"
    assert event.top_markets[0].yes_price_dollars == "0.2500"


def test_without_sides_there_is_no_net_flow():
    """Null, not nothing: the markets have flows that cannot be added."""
    board = new_board()
    trade(board, (f"{RACE}-ANN", 50, 10, "yes"), (f"{RACE}-BOB", 50, 30, "no"))

    event = shown(board, RACE)

    assert (event.kind, event.net_flow_fp, event.plus_side) == ("exclusive", None, None)
    assert (event.flow_size_fp, event.other_flow_dollars) == ("30.00", "20.000000")
    assert [market.side for market in event.top_markets] == [None, None]


def test_the_largest_markets_are_on_top():
    """Three of those that were traded, by dollars."""
    board = new_board()
    names = ("A", "B", "C", "D")
    trade(board, *((f"KXN-26-{name}", 50, n, "yes") for n, name in enumerate(names, 1)))

    event = shown(board, "KXN-26")

    assert [market.market_ticker[-1] for market in event.top_markets] == ["D", "C", "B"]
    assert (event.market_count, event.traded_market_count) == (4, 4)


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [
        ({"close_ms": 5}, {"close_ms": 7}, (5, "close")),
        ({"close_ms": 5, "status": "closed"}, {"close_ms": 7}, (7, "close")),
        ({"close_ms": 5, "occurrence_ms": 9}, {"close_ms": 7}, (7, "close")),
        ({"expected_ms": 5}, {}, (5, "expected_expiration")),
        (
            {"close_ms": 5, "status": "closed"},
            {"close_ms": 7, "status": "finalized"},
            (7, "close"),
        ),
        ({}, {}, (None, None)),
    ],
)
def test_an_event_ends_with_the_first_of_its_open_markets(low, high, ends):
    """Once all are over, with the last."""
    board = new_board()
    teach(
        board, strike(LOW, 1.0, **low), strike(HIGH, 3.0, **high), strike(MIDDLE, 2.0)
    )
    teach(board, strike(MIDDLE, 2.0, status="closed"))

    event = shown(board, LADDER)

    assert (event.ends_ts_ms, event.ends_by) == ends


def test_markets_that_are_over_are_told():
    """In number, and each as such."""
    board = new_board()
    trade(board, (LOW, 90, 1, "yes"))
    teach(board, strike(LOW, 90_000.0, status="determined"))

    event = shown(board, LADDER)

    assert (event.over_market_count, event.top_markets[0].is_over) == (1, True)


def test_what_an_event_is_about():
    """Its own words; series and category also where only its markets tell them."""
    board = new_board()
    teach(
        board,
        EventInfo(ticker="KXA-26", title="", sub_title="Short", series_ticker="KXAS"),
        MarketInfo(ticker="KXZ-1", event_ticker="KXA-26"),
    )
    trade(board, ("KXNEW-26-A", 50, 1, "yes"))

    game, told, unknown = (shown(board, e) for e in (GAME, "KXA-26", "KXNEW-26"))

    assert (game.title, game.category, game.league) == (
        "Philadelphia at Dallas",
        "Sports",
        "Pro Football",
    )
    assert (told.title, told.sub_title, told.series_ticker) == (None, "Short", "KXAS")
    assert (unknown.title, unknown.series_ticker, unknown.category) == (
        None,
        "KXNEW",
        "",
    )


def test_an_event_without_markets_has_words_all_the_same():
    """It was only told of."""
    board = new_board()
    teach(board, EventInfo(ticker="KXA-26", series_ticker="KXA", category="Politics"))

    event = shown(board, "KXA-26")

    assert (event.series_ticker, event.category, event.market_count) == (
        "KXA",
        "Politics",
        0,
    )


def test_a_ladder_has_its_median_now_and_at_the_start():
    """At the start by quotes alone: first trades cost too much for a list."""
    board = new_board()
    trade(board, (LOW, 80, 1, "yes"), (MIDDLE, 20, 1, "yes"))

    before = shown(board, LADDER)
    for step in range(26):
        quote(board, LOW, 5_900, 6_100)
        quote(board, MIDDLE, 3_900, 4_100)
        board.advance(START_MS + step * 12_500)
    after = shown(board, LADDER)

    assert (before.median, before.first_median) == (90_500, None)
    assert (after.median, after.first_median) == (90_500, 90_500)
    assert shown(board, GAME).median is None
