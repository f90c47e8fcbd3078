"""Titles and listings made from a tape's tickers."""

import pytest

from flowboard.simulator.tape_catalogue import catalogue_of
from tests.simulator.tapes import START_US, a_print


@pytest.mark.parametrize(
    ("ticker", "series", "event", "title"),
    [
        (
            "KXINXU-26JAN14H1600-T6924.9999",
            "KXINXU",
            "KXINXU-26JAN14H1600",
            "S&P 500 on Jan 14, 2026: above 6,924.9999?",
        ),
        (
            "KXHIGHNY-26NOV21-B52.5",
            "KXHIGHNY",
            "KXHIGHNY-26NOV21",
            "High temperature in New York City on Nov 21, 2026: around 52.5?",
        ),
        (
            "KXNEWTHING-26-ABC",
            "KXNEWTHING",
            "KXNEWTHING-26",
            "Newthing: ABC?",
        ),
        ("LONELY", "LONELY", "LONELY", "Lonely: LONELY?"),
        ("KXODD-26FEB31-X", "KXODD", "KXODD-26FEB31", "Odd: X?"),
    ],
)
def test_a_ticker_becomes_a_listing(
    ticker: str, series: str, event: str, title: str
) -> None:
    """Date and strike are read off the ticker; an unknown series is called by it."""
    catalogue, first_us = catalogue_of([a_print(ticker=ticker)])
    market = catalogue.markets[ticker]

    assert first_us == START_US
    assert market.title == title
    assert (market.event_ticker, catalogue.events[event].series_ticker) == (
        event,
        series,
    )
    assert series in catalogue.series
    assert market.open_s * 1_000_000 < START_US < market.close_s * 1_000_000


@pytest.mark.parametrize(
    ("prices_e4", "grid"),
    [
        ({3_600, 9_900}, "linear_cent"),
        ({3_600, 9_990}, "tapered_deci_cent"),
        ({3_610}, "deci_cent"),
        ({3_601}, "center_deci_edge_centi_cent"),
    ],
)
def test_the_grid_holds_what_was_traded(prices_e4: set[int], grid: str) -> None:
    """A market's grid is the coarsest that fits its prints."""
    prints = [a_print(ticker="KXA-1", yes_price_e4=price) for price in prices_e4]
    catalogue, _ = catalogue_of(prints)

    assert catalogue.markets["KXA-1"].grid == grid


def test_an_empty_tape_lists_nothing() -> None:
    """No prints, no first time."""
    catalogue, first_us = catalogue_of([])

    assert (catalogue.markets, first_us) == ({}, None)
