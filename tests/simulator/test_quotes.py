"""Quotes without a book: they agree with trades, lie on grids, and move by themselves."""

from datetime import UTC, datetime
from itertools import islice
from random import Random

import pytest

from flowboard.money import DOLLAR_E4
from flowboard.simulator.generator import Generator
from flowboard.simulator.grids import levels_e4
from flowboard.simulator.market_tally import MarketTally
from flowboard.simulator.planner import plan_exchange
from flowboard.simulator.prints import Print
from flowboard.simulator.quotes import NO_QUOTE, Quote, QuoteMove, Quotes
from tests.simulator.tapes import a_print

DAY = datetime(2026, 11, 21, tzinfo=UTC)
GRIDS = ("linear_cent", "deci_cent", "tapered_deci_cent", "center_deci_edge_centi_cent")


def traded(tallies: dict[str, MarketTally], trade: Print) -> MarketTally:
    tally = tallies.setdefault(trade.ticker, MarketTally())
    tally.last_e4, tally.taker_yes = trade.yes_price_e4, trade.taker_yes
    tally.trades += 1
    return tally


def a_move(ticker: str, drawn: float, fair_e4: int | None = None) -> QuoteMove:
    return QuoteMove(1_790_000_000_000_000, ticker, drawn, fair_e4)


def test_a_taker_pays_the_touch() -> None:
    """YES trades at the ask and NO at the bid; bid < ask, both on the market's grid."""
    plan = plan_exchange(200, 1, DAY)
    tallies: dict[str, MarketTally] = {}
    quotes = Quotes(tallies)
    rng = Random(1)
    for trade in islice(Generator(plan, 100.0, 1).prints(0), 20_000):
        traded(tallies, trade)
        grid = plan.catalogue.markets[trade.ticker].grid
        quote = quotes.quote(trade.ticker, grid)
        levels = {0, DOLLAR_E4, *levels_e4(grid)}
        at_touch = quote.ask_e4 if trade.taker_yes else quote.bid_e4

        assert trade.yes_price_e4 == at_touch
        assert quote.bid_e4 < quote.ask_e4
        assert {quote.bid_e4, quote.ask_e4} <= levels
        quotes.move(a_move(trade.ticker, rng.random()), grid)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("taker_yes", [True, False])
def test_the_last_trade_stays_within_a_quote_that_moves(
    grid: str, taker_yes: bool
) -> None:
    """A thousand moves around any price: none goes past it, none leaves the grid."""
    for price_e4 in (100, 200, 5_000, 9_800, 9_900):
        tallies: dict[str, MarketTally] = {}
        traded(tallies, a_print(yes_price_e4=price_e4, taker_yes=taker_yes))
        quotes = Quotes(tallies)
        ticker = a_print().ticker
        rng = Random(price_e4)
        seen: set[Quote] = set()
        for _ in range(1_000):
            assert quotes.move(a_move(ticker, rng.random()), grid)
            quote = quotes.quote(ticker, grid)
            assert quote.bid_e4 <= price_e4 <= quote.ask_e4
            assert quote.bid_e4 < quote.ask_e4
            assert {quote.bid_e4, quote.ask_e4} <= {0, DOLLAR_E4, *levels_e4(grid)}
            assert (quote.bid_size_e2 > 0) == (quote.bid_e4 > 0)
            assert (quote.ask_size_e2 > 0) == (quote.ask_e4 < DOLLAR_E4)
            seen.add(quote)

        assert len({(q.bid_e4, q.ask_e4) for q in seen}) > 4


@pytest.mark.parametrize("price_e4", [0, DOLLAR_E4])
def test_a_trade_at_the_very_end_leaves_one_side(price_e4: int) -> None:
    """Tapes may hold such prices: what is beyond them is no quote."""
    tallies: dict[str, MarketTally] = {}
    traded(tallies, a_print(yes_price_e4=price_e4))
    quote = Quotes(tallies).quote(a_print().ticker, "linear_cent")

    assert quote.bid_e4 < quote.ask_e4
    assert price_e4 in (quote.bid_e4, quote.ask_e4)


def test_a_trade_ends_what_moved_before() -> None:
    """After a trade the quote is the trade's, however far it had moved."""
    tallies: dict[str, MarketTally] = {}
    traded(tallies, a_print(yes_price_e4=5_000, taker_yes=True))
    quotes = Quotes(tallies)
    ticker = a_print().ticker
    for _ in range(50):
        quotes.move(a_move(ticker, 0.99), "linear_cent")
    moved = quotes.quote(ticker, "linear_cent")
    traded(tallies, a_print(yes_price_e4=4_000, taker_yes=True))

    assert moved.ask_e4 > 5_000
    assert quotes.quote(ticker, "linear_cent").ask_e4 == 4_000


def test_an_untraded_market_is_quoted_once_it_moves() -> None:
    """Around what its model thinks; without a model, and before, there is no quote."""
    quotes = Quotes({})
    assert quotes.quote("KXA-1", "linear_cent") == NO_QUOTE
    assert not quotes.move(a_move("KXA-1", 0.1), "linear_cent")
    assert quotes.move(a_move("KXA-1", 0.1, 4_230), "linear_cent")
    first = quotes.quote("KXA-1", "linear_cent")
    quotes.move(a_move("KXA-1", 0.1, 6_230), "linear_cent")
    second = quotes.quote("KXA-1", "linear_cent")

    assert first.bid_e4 <= 4_300 <= first.ask_e4
    assert second.bid_e4 <= 6_300 <= second.ask_e4


def test_the_same_moves_give_the_same_quotes() -> None:
    """Sizes included: nothing but trades and moves decides."""

    def walk() -> list[Quote]:
        tallies: dict[str, MarketTally] = {}
        quotes, rng, found = Quotes(tallies), Random(7), []
        for number in range(300):
            trade = a_print(number)
            traded(tallies, trade)
            quotes.move(a_move(trade.ticker, rng.random()), "linear_cent")
            found.append(quotes.quote(trade.ticker, "linear_cent"))
        return found

    assert walk() == walk()
    assert len(set(walk())) > 250
