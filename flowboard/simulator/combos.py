"""Combos: markets on several outcomes at once, priced off their legs."""

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
    pool = singles
    contests = [p for p in pool if p.market.strike_type == "structured"]
    if len({p.market.event_ticker for p in contests}) >= 4:
        pool = contests
    by_event: dict[str, list[PlannedMarket]] = {}
    for planned in pool:
        by_event.setdefault(planned.market.event_ticker, []).append(planned)
    if len(by_event) < 2:
        return []
    close = day + CLOSE_AFTER
    combos: list[PlannedMarket] = []
    while len(combos) < wanted:
        event_ticker = f"{COMBO_SERIES.ticker}-S{day.year}{rng.getrandbits(44):011X}"
        size = min(rng.choice((1, 1, 2, 3)), wanted - len(combos))
        legs_of = [_legs(rng, by_event) for _ in range(size)]
        markets = tuple(
            _combo_market(rng, event_ticker, legs, close) for legs in legs_of
        )
        model = Parlay(
            [[(p.model, p.index, yes) for p, yes in legs] for legs in legs_of]
        )
        event = Event(
            event_ticker,
            COMBO_SERIES.ticker,
            "Multi-game combo",
            f"{len(markets)} combos",
            SPORTS,
            False,
            markets,
        )
        catalogue.list_event(COMBO_SERIES, event)
        combos.extend(
            PlannedMarket(market, model, index, 0)
            for index, market in enumerate(markets)
        )
    return combos


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
    return Market(
        f"{event_ticker}-{rng.getrandbits(44):011X}",
        event_ticker,
        title,
        title,
        int((close - OPEN_BEFORE).timestamp()),
        int(close.timestamp()),
        "If every leg comes out as named, the market resolves to Yes.",
        grid=COMBO_GRID,
        legs=tuple(
            Leg(p.market.event_ticker, p.market.ticker, "yes" if yes else "no")
            for p, yes in legs
        ),
    )
