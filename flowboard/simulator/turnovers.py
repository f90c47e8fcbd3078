"""A seed -> events that end while the exchange runs, and others that take their places.

One turnover is a story: a new event of the same topic is created and opens; the old one
has its close moved, may be paused, closes, is determined by its own prices and settles.
The new markets trade from the moment at which the old ones close. A combo ends as soon
as a leg is against it, or when all are decided.

Turnovers know only of the generator's places: what comes out is for the exchange to
apply at its time. ``_us`` are Unix microseconds.
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import replace
from random import Random

from flowboard.money import DOLLAR_E4
from flowboard.simulator.catalogue import Event, Market
from flowboard.simulator.combos import (
    COMBO_SERIES,
    PlannedMarket,
    combo_event,
    legs_pool,
)
from flowboard.simulator.life_events import LifeEvent, LifeKind
from flowboard.simulator.planner import Plan, plan_event
from flowboard.simulator.price_models import Decided, Ladder, Parlay, Race
from flowboard.simulator.slots import Slots
from flowboard.simulator.topics import TOPIC_OF_SERIES

S_US = 1_000_000
HOUR_US = 3_600 * S_US
STORY_US_MIN, STORY_US_MAX = 10 * S_US, 600 * S_US
OPENS_AFTER_US = 2 * S_US
STOP_BEFORE_US = 2_000  # A sweep is over by the time at which its market closes.
NEVER_US = 2**62
BUSY_SLOTS = 20
LEG_SLOTS = 1_000  # Of so many busiest places new combos are made.
BUSY_SHARE = 0.5
LATER_FIRST_SHARE = 0.4
PAUSED_SHARE = 0.25
SCALAR_SHARE = 0.06
LATER_S = 3_600
DAY_S = 86_400
LISTED_MAX = 200_000  # From there on nothing new is created.

Step = Callable[[int], list[LifeEvent]]


def settlement_timer_s(per_hour: float) -> int:
    """Return how long after its determination a market settles, in seconds."""
    return max(int(_story_us(per_hour) / 2 / S_US), 1) if per_hour else 300


def _story_us(per_hour: float) -> int:
    return int(min(max(HOUR_US / per_hour, STORY_US_MIN), STORY_US_MAX))


class Turnovers:
    """Tells what happens to events, in order.

    Args:
        plan: What is listed at first.
        slots: Who trades where; changed here.
        per_hour: How many events end an hour, on average.
        seed: Decides which, when and how.
        begin_us: When it begins.
    """

    def __init__(
        self, plan: Plan, slots: Slots, per_hour: float, seed: int, begin_us: int
    ) -> None:
        self._slots = slots
        self._catalogue = plan.catalogue
        self._day = plan.day
        self._rng = Random(f"lives {seed}")  # noqa: S311 (play, not secrets)
        self._gap_us = int(HOUR_US / per_hour)
        self._story_us = _story_us(per_hour)
        self._timer_us = settlement_timer_s(per_hour) * S_US
        self._numbers = itertools.count()
        self._pending: list[tuple[int, int, Step]] = []
        self._periods = dict.fromkeys(TOPIC_OF_SERIES, plan.periods)
        self._listed = len(plan.catalogue.markets)
        self._planned: dict[str, list[PlannedMarket]] = {}
        self._events: dict[str, Event] = {}
        for planned in plan.singles:
            ticker = planned.market.event_ticker
            self._planned.setdefault(ticker, []).append(planned)
            self._events[ticker] = plan.catalogue.events[ticker]
        self._closes_s = {t: e.markets[0].close_s for t, e in self._events.items()}
        self._open = dict.fromkeys(self._events)  # In no story.
        self._at(begin_us + self._gap_us // 2, self._turn)

    @property
    def next_us(self) -> int:
        """When something happens next."""
        return self._pending[0][0] if self._pending else NEVER_US

    def until(self, until_us: int) -> list[LifeEvent]:
        """Let happen what is due, and return it in order."""
        found: list[LifeEvent] = []
        while self.next_us <= until_us:
            at_us, _, step = heapq.heappop(self._pending)
            found += step(at_us)
        return found

    def _at(self, at_us: int, step: Step) -> None:
        heapq.heappush(self._pending, (at_us, next(self._numbers), step))

    def _turn(self, at_us: int) -> list[LifeEvent]:
        """Begin a story, and put off what would close before it could end."""
        self._at(
            at_us + int(self._gap_us * (0.6 + 0.8 * self._rng.random())), self._turn
        )
        found = self._put_off(at_us)
        ticker = self._choose()
        if ticker is None or self._listed >= LISTED_MAX:
            return found
        del self._open[ticker]
        return found + self._begin(ticker, at_us)

    def _choose(self) -> str | None:
        if not self._open:
            return None
        if self._rng.random() < BUSY_SHARE:
            place = self._rng.randrange(min(BUSY_SLOTS, self._slots.singles))
            planned = self._slots.planned[place]
            if planned is not None and planned.market.event_ticker in self._open:
                return planned.market.event_ticker
        return self._rng.choice(list(self._open))

    def _put_off(self, at_us: int) -> list[LifeEvent]:
        soon_s = (at_us + 2 * self._gap_us + self._story_us) // S_US
        found = []
        for ticker in self._open:
            if self._closes_s[ticker] < soon_s:
                self._closes_s[ticker] += DAY_S
                close_s = self._closes_s[ticker]
                found.append(self._step("close_date_updated", at_us, ticker, close_s))
        return found

    def _step(
        self, kind: LifeKind, at_us: int, ticker: str, close_s: int = 0
    ) -> LifeEvent:
        tickers = tuple(m.ticker for m in self._events[ticker].markets)
        return LifeEvent(kind, at_us, tickers, close_s=close_s)

    def _begin(self, ticker: str, at_us: int) -> list[LifeEvent]:
        part_us = self._story_us // 10
        created, successor = self._create(ticker, at_us)
        close_us = _next_second_us(at_us + 6 * part_us)
        close_s = close_us // S_US
        if self._rng.random() < LATER_FIRST_SHARE:
            later_s = self._closes_s[ticker] + LATER_S
            self._tell("close_date_updated", at_us + 2 * part_us, ticker, later_s)
        self._tell("close_date_updated", at_us + 3 * part_us, ticker, close_s)
        if self._rng.random() < PAUSED_SHARE:
            back_us = at_us + 9 * part_us // 2
            self._at(
                at_us + 7 * part_us // 2, lambda us: self._pause(ticker, us, back_us)
            )
        places = self._places_of(ticker)
        self._at(close_us - STOP_BEFORE_US, lambda us: self._stop(places))
        self._at(close_us, lambda us: self._close(ticker, successor, places, us))
        determined_us = _next_second_us(close_us + part_us)
        self._at(
            determined_us - STOP_BEFORE_US,
            lambda us: self._decide(ticker, determined_us),
        )
        return [created]

    def _tell(self, kind: LifeKind, at_us: int, ticker: str, close_s: int) -> None:
        self._at(at_us, lambda us: [self._step(kind, us, ticker, close_s)])

    def _create(self, ticker: str, at_us: int) -> tuple[LifeEvent, str]:
        """List the next event of the same topic, and let it open soon."""
        topic = TOPIC_OF_SERIES[self._events[ticker].series_ticker]
        period = self._periods[topic.series.ticker]
        self._periods[topic.series.ticker] += 1
        event, model = plan_event(topic, period, self._rng, self._day)
        open_us = _next_second_us(at_us + OPENS_AFTER_US)
        event = _opening(event, at_us, open_us)
        self._events[event.ticker] = event
        self._closes_s[event.ticker] = event.markets[0].close_s
        self._listed += len(event.markets)
        rank = self._planned[ticker][0].topic_rank
        self._planned[event.ticker] = [
            PlannedMarket(market, model, index, rank)
            for index, market in enumerate(event.markets)
        ]
        self._at(open_us, lambda us: [self._step("opened", us, event.ticker)])
        tickers = tuple(market.ticker for market in event.markets)
        listed = (topic.series, event)
        return LifeEvent("created", at_us, tickers, listed=listed), event.ticker

    def _places_of(self, ticker: str) -> list[int]:
        return [
            place
            for place, planned in enumerate(self._slots.planned)
            if planned is not None and planned.market.event_ticker == ticker
        ]

    def _pause(self, ticker: str, at_us: int, back_us: int) -> list[LifeEvent]:
        places = self._places_of(ticker)
        held = [(place, self._slots.planned[place]) for place in places]
        self._stop(places)

        def resume(us: int) -> list[LifeEvent]:
            for place, planned in held:
                self._slots.put(place, planned)
            return [self._step("activated", us, ticker)]

        self._at(back_us, resume)
        return [self._step("deactivated", at_us, ticker)]

    def _stop(self, places: list[int]) -> list[LifeEvent]:
        for place in places:
            self._slots.put(place, None)
        return []

    def _close(
        self, ticker: str, successor: str, places: list[int], at_us: int
    ) -> list[LifeEvent]:
        for place, planned in zip(places, self._planned[successor], strict=False):
            self._slots.put(place, planned)
        self._open[successor] = None
        return [self._step("closed", at_us, ticker)]

    def _decide(self, ticker: str, determined_us: int) -> list[LifeEvent]:
        """Draw how an event ends, for later; what combos end with it trade no more."""
        event = self._events[ticker]
        model = self._planned[ticker][0].model
        assert isinstance(model, Ladder | Race)
        paid = model.decide(self._rng)
        two_legs = isinstance(model, Race) and len(paid) == 2
        if two_legs and self._rng.random() < SCALAR_SHARE:
            paid = [0.5, 0.5]  # Called off.
        won = [
            market.yes_sub_title
            for market, value in zip(event.markets, paid, strict=False)
            if value == 1.0
        ]
        outcome = won[0] if len(won) == 1 else ""
        combos = self._settle_legs(event, model, Decided(paid))
        del self._planned[ticker], self._closes_s[ticker], self._events[ticker]

        def determined(us: int) -> list[LifeEvent]:
            found = self._decided(event.markets, paid, outcome, us)
            for place, market, value in combos:
                found += self._end_combo(place, market, value, us)
            return found

        self._at(determined_us, determined)
        return []

    def _decided(
        self, markets: tuple[Market, ...], paid: list[float], outcome: str, at_us: int
    ) -> list[LifeEvent]:
        """Determine markets, and let them settle when their timer is over."""
        tickers = tuple(market.ticker for market in markets)
        paid_e4 = tuple(round(value * DOLLAR_E4) for value in paid[: len(tickers)])
        self._at(at_us + self._timer_us, lambda us: [LifeEvent("settled", us, tickers)])
        return [
            LifeEvent("determined", at_us, tickers, paid_e4=paid_e4, outcome=outcome)
        ]

    def _settle_legs(
        self, event: Event, model: Ladder | Race, decided: Decided
    ) -> list[tuple[int, Market, float]]:
        """Empty the places of combos that are over; return them and what they pay."""
        found = []
        for place in range(self._slots.singles, len(self._slots.planned)):
            planned = self._slots.planned[place]
            if planned is None or not any(
                leg.event_ticker == event.ticker for leg in planned.market.legs
            ):
                continue
            assert isinstance(planned.model, Parlay)
            planned.model.settle(model, decided)
            paid = planned.model.paid(planned.index)
            if paid is not None:
                self._slots.put(place, None)
                found.append((place, planned.market, paid))
        return found

    def _end_combo(
        self, place: int, market: Market, paid: float, at_us: int
    ) -> list[LifeEvent]:
        ticker = (market.ticker,)
        return [
            LifeEvent("close_date_updated", at_us, ticker, close_s=at_us // S_US),
            LifeEvent("closed", at_us, ticker),
            *self._decided((market,), [paid], "", at_us),
            *self._create_combo(place, at_us),
        ]

    def _create_combo(self, place: int, at_us: int) -> list[LifeEvent]:
        singles = self._slots.planned[: min(self._slots.singles, LEG_SLOTS)]
        pool = legs_pool(
            p for p in singles if p is not None and p.market.event_ticker in self._open
        )
        if len(pool) < 2 or self._listed >= LISTED_MAX:
            return []
        event, [planned] = combo_event(self._rng, pool, 1, self._day)
        open_us = _next_second_us(at_us + OPENS_AFTER_US)
        event = _opening(event, at_us, open_us)
        planned = replace(planned, market=event.markets[0])
        self._listed += 1

        def opened(us: int) -> list[LifeEvent]:
            self._slots.put(place, planned)
            return [LifeEvent("opened", us, (planned.market.ticker,))]

        self._at(open_us, opened)
        ticker, listed = (planned.market.ticker,), (COMBO_SERIES, event)
        return [LifeEvent("created", at_us, ticker, listed=listed)]


def _opening(event: Event, created_us: int, open_us: int) -> Event:
    """Return an event that is created and opens now, and closes later."""
    open_s = open_us // S_US
    markets = tuple(
        replace(
            market,
            created_s=created_us // S_US,
            open_s=open_s,
            close_s=max(market.close_s, open_s + DAY_S),
        )
        for market in event.markets
    )
    return replace(event, markets=markets)


def _next_second_us(at_us: int) -> int:
    return -(-at_us // S_US) * S_US
