"""Combos: markets on several outcomes at once, priced off their legs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from flowboard.simulator.catalogue import Catalogue, Event, Leg, Market, Series
from flowboard.simulator.price_models import Parlay, PriceModel
from flowboard.simulator.topics import SPORTS

COMBO_SERIES = Series(
    "KXMVESPORTSMULTIGAME", "Multi-game combo", SPORTS, "custom", ("Combos",)
)
COMBO_GRID = "center_deci_edge_centi_cent"
OPEN_BEFORE = timedelta(days=6)
CLOSE_AFTER = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class PlannedMarket:
    """A listed market, the model of its event, and its place there."""

    market: Market
    model: PriceModel
    index: int
    topic_rank: int


def list_combos(
    rng: Random,
    catalogue: Catalogue,
    singles: list[PlannedMarket],
    wanted: int,
    day: datetime,
) -> list[PlannedMarket]:
    """List `wanted` combos of two to four legs, no two of one event."""
    by_event = legs_pool(singles)
    if len(by_event) < 2:
        return []
    combos: list[PlannedMarket] = []
    while len(combos) < wanted:
        event, planned = combo_event(rng, by_event, wanted - len(combos), day)
        catalogue.list_event(COMBO_SERIES, event)
        combos.extend(planned)
    return combos


def legs_pool(singles: Iterable[PlannedMarket]) -> dict[str, list[PlannedMarket]]:
    """Return what combos may be made of, by event: matches, if there are enough."""
    pool = list(singles)
    contests = [p for p in pool if p.market.strike_type == "structured"]
    if len({p.market.event_ticker for p in contests}) >= 4:
        pool = contests
    by_event: dict[str, list[PlannedMarket]] = {}
    for planned in pool:
        by_event.setdefault(planned.market.event_ticker, []).append(planned)
    return by_event


def combo_event(
    rng: Random, by_event: dict[str, list[PlannedMarket]], most: int, day: datetime
) -> tuple[Event, list[PlannedMarket]]:
    """Return an event of up to three combos, and `most`, on two events or more."""
    event_ticker = f"{COMBO_SERIES.ticker}-S{day.year}{rng.getrandbits(44):011X}"
    size = min(rng.choice((1, 1, 2, 3)), most)
    legs_of = [_legs(rng, by_event) for _ in range(size)]
    close = day + CLOSE_AFTER
    markets = tuple(_combo_market(rng, event_ticker, legs, close) for legs in legs_of)
    model = Parlay([[(p.model, p.index, yes) for p, yes in legs] for legs in legs_of])
    event = Event(
        event_ticker,
        COMBO_SERIES.ticker,
        "Multi-game combo",
        f"{len(markets)} combos",
        SPORTS,
        False,
        markets,
    )
    planned = [PlannedMarket(market, model, i, 0) for i, market in enumerate(markets)]
    return event, planned


def _legs(
    rng: Random, by_event: dict[str, list[PlannedMarket]]
) -> list[tuple[PlannedMarket, bool]]:
    count = min(rng.choice((2, 2, 3, 4)), len(by_event))
    events = rng.sample(sorted(by_event), count)
    return [(rng.choice(by_event[event]), rng.random() < 0.8) for event in events]


def _combo_market(
    rng: Random,
    event_ticker: str,
    legs: list[tuple[PlannedMarket, bool]],
    close: datetime,
) -> Market:
    title = ",".join(
        f"{'yes' if yes else 'no'} {planned.market.yes_sub_title}"
        for planned, yes in legs
    )
    named = tuple(
        Leg(p.market.event_ticker, p.market.ticker, "yes" if yes else "no")
        for p, yes in legs
    )
    return Market(
        f"{event_ticker}-{rng.getrandbits(44):011X}",
        event_ticker,
        title,
        title,
        int((close - OPEN_BEFORE).timestamp()),
        int(close.timestamp()),
        "If every leg comes out as named, the market resolves to Yes.",
        grid=COMBO_GRID,
        legs=named,
        custom_strike=(
            ("Associated Events", ",".join(leg.event_ticker for leg in named)),
            ("Associated Market Sides", ",".join(leg.side for leg in named)),
            ("Associated Markets", ",".join(leg.market_ticker for leg in named)),
        ),
    )
