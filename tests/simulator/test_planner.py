"""The generated listing: as many markets as asked for, consistent, reproducible."""

import re
from datetime import UTC, datetime

import pytest

from flowboard.simulator.grids import levels_e4
from flowboard.simulator.planner import Plan, plan_exchange

DAY = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("markets", [1, 2, 9, 10, 37, 300, 3_000])
def test_any_number_of_markets_is_listed(markets: int) -> None:
    """Exactly so many, no ticker twice, each in its event, each event in its series."""
    plan = plan_exchange(markets, 1, DAY)
    catalogue = plan.catalogue
    planned = [p.market.ticker for p in plan.singles + plan.combos]

    assert len(catalogue.markets) == len(planned) == len(set(planned)) == markets
    assert {m.event_ticker for m in catalogue.markets.values()} == set(catalogue.events)
    assert {e.series_ticker for e in catalogue.events.values()} == set(catalogue.series)
    assert all(event.markets for event in catalogue.events.values())


def test_the_same_seed_lists_the_same() -> None:
    """Seed and day decide; another seed is another listing."""
    assert plan_exchange(300, 7, DAY).catalogue == plan_exchange(300, 7, DAY).catalogue
    assert plan_exchange(300, 7, DAY).catalogue != plan_exchange(300, 8, DAY).catalogue


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_exchange(600, 1, DAY)


def test_titles_and_tickers_look_like_an_exchange(plan: Plan) -> None:
    """Several categories, tickers of the usual form, whole titles, closes ahead."""
    catalogue = plan.catalogue

    assert len({event.category for event in catalogue.events.values()}) >= 6
    for market in catalogue.markets.values():
        assert re.fullmatch(r"KX[A-Z0-9]+-[A-Z0-9]+-[A-Z0-9.\-]+", market.ticker)
        assert market.ticker.startswith(f"{market.event_ticker}-")
        assert len(market.title) > 10
        assert "{" not in market.title
        assert market.yes_sub_title
        assert market.close_s > DAY.timestamp() + 86_400 - 1


def test_a_tenth_are_combos_with_legs_of_different_events(plan: Plan) -> None:
    """Every leg is a listed market; no combo has two of one event."""
    assert len(plan.combos) == 60
    for planned in plan.combos:
        legs = planned.market.legs
        assert planned.market.is_combo
        assert len({leg.event_ticker for leg in legs}) == len(legs) >= 2
        assert all(leg.market_ticker in plan.catalogue.markets for leg in legs)


def test_strikes_of_an_event_are_in_order(plan: Plan) -> None:
    """The higher the threshold, the lower its price; choices sum to at most one."""
    fair = {p.market.ticker: p.model.peek(p.index) for p in plan.singles + plan.combos}
    ladders = 0
    for event in plan.catalogue.events.values():
        prices = [fair[market.ticker] for market in event.markets]
        if all(market.strike_type == "greater" for market in event.markets):
            ladders += 1
            assert prices == sorted(prices, reverse=True)
        if event.mutually_exclusive:
            assert sum(prices) < 1.05
        assert all(0 < price < 1 for price in prices)

    assert ladders > 10


def test_some_markets_have_finer_grids(plan: Plan) -> None:
    """Whole cents are the rule; some quote tenths and hundredths of a cent."""
    grids = {market.grid for market in plan.catalogue.markets.values()}

    assert {"linear_cent", "deci_cent", "center_deci_edge_centi_cent"} <= grids
    assert all(0 < level < 10_000 for grid in grids for level in levels_e4(grid))
