"""Seed, size and day -> the listed markets and the model behind each price.

The same seed, number and day (UTC) give the same catalogue. Every event closes on a
later day, so that nothing listed is past its close.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from flowboard.simulator.catalogue import Catalogue, Event, Market, Series, uuid_of
from flowboard.simulator.combos import PlannedMarket, list_combos
from flowboard.simulator.price_models import Ladder, PriceModel, Race
from flowboard.simulator.topics import (
    TOPICS,
    ChoiceTopic,
    ContestTopic,
    ThresholdTopic,
    Topic,
)

COMBO_SHARE = 0.1
OPEN_BEFORE = timedelta(days=6)
LISTED_BEFORE = timedelta(days=1)  # What is listed at first has been open so long.
CONTEST_CLOSES_AFTER = timedelta(days=14)  # A match may be put off.
CONTEST_LASTS_S = 3 * 3_600
OUTCOME_AFTER_S = 1_800


@dataclass(frozen=True, slots=True)
class Plan:
    """What the generator trades: the catalogue, and its markets busiest first."""

    catalogue: Catalogue
    singles: list[PlannedMarket]
    combos: list[PlannedMarket]
    day: datetime
    periods: int  # How many periods of each topic are listed, at most.


def plan_exchange(markets: int, seed: int, day: datetime) -> Plan:
    """Return `markets` markets over as many topics as fit.

    Args:
        markets: How many, combos included.
        seed: Chooses sides, levels and how busy each market is.
        day: The first day, at midnight UTC.
    """
    rng = Random(f"catalogue {seed}")  # noqa: S311 (play, not secrets)
    catalogue = Catalogue()
    combos_wanted = int(markets * COMBO_SHARE)
    singles: list[PlannedMarket] = []
    periods = 0
    for series, event, model, rank, period in _events(rng, day):
        room = markets - combos_wanted - len(singles)
        if room <= 0:
            break
        if len(event.markets) > room:
            event = replace(event, markets=event.markets[:room])
        periods = period + 1
        event = _open_since(event, int((day - LISTED_BEFORE).timestamp()))
        catalogue.list_event(series, event)
        singles.extend(
            PlannedMarket(market, model, index, rank)
            for index, market in enumerate(event.markets)
        )
    combos = list_combos(rng, catalogue, singles, combos_wanted, day)
    ranked = [(_heat_key(rng, planned), planned) for planned in singles]
    ranked.sort(key=lambda pair: pair[0])
    return Plan(catalogue, [planned for _, planned in ranked], combos, day, periods)


def _open_since(event: Event, open_s: int) -> Event:
    """Return an event whose markets opened at `open_s` at the latest."""
    if event.markets[0].open_s <= open_s:
        return event
    markets = tuple(replace(market, open_s=open_s) for market in event.markets)
    return replace(event, markets=markets)


def _heat_key(rng: Random, planned: PlannedMarket) -> float:
    """Smaller is busier: open questions of popular topics come first, mostly."""
    fair = planned.model.peek(planned.index)
    weight = (4 * fair * (1 - fair) + 0.05) / (1 + planned.topic_rank / 4)
    return rng.expovariate(1.0) / weight


def _events(
    rng: Random, day: datetime
) -> Iterator[tuple[Series, Event, PriceModel, int, int]]:
    """Yield events without end, each topic in turn, never a ticker twice."""
    for period in itertools.count():
        for rank, topic in enumerate(TOPICS):
            event, model = plan_event(topic, period, rng, day)
            yield topic.series, event, model, rank, period


def plan_event(
    topic: Topic, period: int, rng: Random, day: datetime
) -> tuple[Event, Ladder | Race]:
    """Return the `period`-th event of a topic, and the model of its prices."""
    if isinstance(topic, ThresholdTopic):
        return _threshold(topic, period, rng, day)
    if isinstance(topic, ContestTopic):
        return _contest(topic, period, rng, day)
    return _choice(topic, period, rng, day)


def _threshold(
    topic: ThresholdTopic, period: int, rng: Random, day: datetime
) -> tuple[Event, Ladder | Race]:
    when, code, text = _moment(topic.every, period, day)
    ticker = f"{topic.series.ticker}-{code}"
    centre = topic.centre + rng.gauss(0, topic.spread * 0.4)
    lowest = round(centre / topic.step) * topic.step
    lowest -= (topic.strikes // 2) * topic.step
    strikes = [round(lowest + i * topic.step, 6) for i in range(topic.strikes)]
    bounds: list[tuple[float | None, float | None]]
    if topic.shape == "above":
        bounds = [(strike - topic.tail, None) for strike in strikes]
    else:
        inner = itertools.pairwise(strikes)
        bounds = [(None, strikes[0]), *inner, (strikes[-1], None)]
    markets = tuple(
        _strike_market(topic, ticker, text, when, floor, cap) for floor, cap in bounds
    )
    event = Event(
        ticker,
        topic.series.ticker,
        topic.event.format(when=text),
        text,
        topic.series.category,
        topic.shape == "between",
        markets,
        strike_s=None if topic.every == "month" else int(when.timestamp()),
        strike_period=text if topic.every == "month" else "",
        competition=topic.series.competition,
        scope=topic.series.scope,
    )
    return event, Ladder(centre, topic.spread, bounds)


def _strike_market(
    topic: ThresholdTopic,
    event_ticker: str,
    when_text: str,
    when: datetime,
    floor: float | None,
    cap: float | None,
) -> Market:
    def number(value: float) -> str:
        return f"{topic.prefix}{value:,.{topic.decimals}f}{topic.unit}"

    if floor is not None and cap is not None:
        # Whole units inside: "51° to 52°" lies between the floors 51 and 53.
        strike, code = f"{number(floor)} to {number(cap - 1)}", f"B{floor + 0.5:g}"
        kind = "between"
    elif floor is not None:
        exact = floor + topic.tail
        strike = f"{number(exact)} or above"
        code, kind = f"T{_digits(floor, topic)}", "greater"
    else:
        assert cap is not None
        strike, code, kind = f"below {number(cap)}", f"T{_digits(cap, topic)}", "less"
    market = _market(
        f"{event_ticker}-{code}",
        event_ticker,
        topic.question.format(strike=strike, when=when_text),
        strike[0].upper() + strike[1:],
        when,
        kind,
        floor,
        cap if cap is None or floor is None else cap - 1,
        topic.grid,
    )
    return replace(market, expected_s=market.close_s + OUTCOME_AFTER_S)


def _digits(value: float, topic: ThresholdTopic) -> str:
    decimals = len(f"{topic.tail:.10f}".rstrip("0").partition(".")[2])
    return f"{value:.{max(decimals, topic.decimals)}f}"


def _contest(
    topic: ContestTopic, period: int, rng: Random, day: datetime
) -> tuple[Event, Ladder | Race]:
    pairs = list(itertools.combinations(topic.sides, 2))
    # A stride that shares no factor with the pairs: each pair once before any again.
    home, away = pairs[(period * _stride(len(pairs))) % len(pairs)]
    if period % 2:
        home, away = away, home
    when, code, text = _moment("day", period // 3, day)
    event_ticker = f"{topic.series.ticker}-{code}{away[0]}{home[0]}"
    if period >= len(pairs) * 3:
        event_ticker += str(period)
    choices = [home, away]
    edge = rng.gauss(0, 0.7)
    scores = [edge / 2, -edge / 2]
    if topic.draw:
        choices.append(("TIE", "Tie"))
        scores.append(-0.5)
    title = f"{away[1]} at {home[1]}"
    if topic.series.ticker == "KXTENNISMATCH":
        title = f"{home[1]} vs {away[1]}"
    begins_s = int(when.timestamp())
    markets = tuple(
        replace(
            _market(
                f"{event_ticker}-{side}",
                event_ticker,
                f"{title} on {text}: tie?" if side == "TIE" else f"{title} winner?",
                name,
                when,
                "structured",
                grid=topic.grid,
            ),
            close_s=begins_s + int(CONTEST_CLOSES_AFTER.total_seconds()),
            occurrence_s=begins_s,
            expected_s=begins_s + CONTEST_LASTS_S,
            custom_strike=((f"{topic.series.tags[0].lower()}_team", uuid_of(name)),),
        )
        for side, name in choices
    )
    event = Event(
        event_ticker,
        topic.series.ticker,
        title,
        f"{away[0]} at {home[0]} ({text})",
        topic.series.category,
        True,
        markets,
        competition=topic.series.competition,
        scope=topic.series.scope,
    )
    return event, Race(scores)


def _stride(count: int) -> int:
    return next(n for n in (7, 11, 13, 17, 1) if math.gcd(n, count) == 1)


def _choice(
    topic: ChoiceTopic, period: int, rng: Random, day: datetime
) -> tuple[Event, Ladder | Race]:
    when, code, text = _moment(topic.every, period, day)
    event_ticker = f"{topic.series.ticker}-{code}"
    markets = tuple(
        _market(
            f"{event_ticker}-{choice}",
            event_ticker,
            topic.question.format(name=name, when=text),
            name[0].upper() + name[1:],
            when,
            grid=topic.grid,
        )
        for choice, name in topic.names
    )
    event = Event(
        event_ticker,
        topic.series.ticker,
        topic.event.format(when=text),
        text,
        topic.series.category,
        True,
        markets,
        strike_period=text,
    )
    scores = [rng.gauss(0, 1.0) for _ in topic.names]
    return event, Race(scores, others=0.15)


def _market(
    ticker: str,
    event_ticker: str,
    title: str,
    yes_sub_title: str,
    when: datetime,
    strike_type: str = "custom",
    floor: float | None = None,
    cap: float | None = None,
    grid: str = "linear_cent",
) -> Market:
    question = title.rstrip("?")
    return Market(
        ticker,
        event_ticker,
        title,
        yes_sub_title,
        int((when - OPEN_BEFORE).timestamp()),
        int(when.timestamp()),
        f"If '{question}' comes out as '{yes_sub_title}', the market resolves to Yes.",
        strike_type,
        floor,
        cap,
        grid,
    )


def _moment(every: str, period: int, day: datetime) -> tuple[datetime, str, str]:
    """Return when the `period`-th event closes, its code in tickers, and its text."""
    if every == "hour":
        when = day + timedelta(days=1, hours=period)
        hour = f"{when.hour % 12 or 12} {'am' if when.hour < 12 else 'pm'} UTC"
        return when, _date_code(when) + f"{when.hour:02d}", f"{_date(when)}, {hour}"
    if every == "day":
        when = day + timedelta(days=1 + period, hours=21)
        return when, _date_code(when), _date(when)
    months = day.year * 12 + day.month + period
    when = datetime(months // 12, months % 12 + 1, 28, 13, 30, tzinfo=UTC)
    code = when.strftime("%y%b").upper()
    return when, code, when.strftime("%B %Y")


def _date(when: datetime) -> str:
    return f"{when:%b} {when.day}, {when.year}"


def _date_code(when: datetime) -> str:
    return when.strftime("%y%b%d").upper()
