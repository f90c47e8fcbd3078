"""Series, events and markets: what the exchange lists. Pure values.

``_s`` are Unix seconds. A combo is a market of a multivariate event; its ticker begins
with `COMBO_PREFIX` and it has legs.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

COMBO_PREFIX = "KXMVE"


def uuid_of(text: str) -> str:
    """Return the id of what is called `text`: the same one in every exchange."""
    digits = hashlib.blake2s(text.encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True)
class Series:
    """A recurring question."""

    ticker: str
    title: str
    category: str
    frequency: str
    tags: tuple[str, ...] = ()
    source: str = "Flowboard simulator"
    competition: str = ""  # The league, for sports.
    scope: str = ""  # What of a competition it asks about: a game, its total.


@dataclass(frozen=True, slots=True)
class Leg:
    """One condition of a combo: `side` (yes or no) of another market."""

    event_ticker: str
    market_ticker: str
    side: str


@dataclass(frozen=True, slots=True)
class Market:
    """A contract that pays $1 or nothing."""

    ticker: str
    event_ticker: str
    title: str
    yes_sub_title: str
    open_s: int
    close_s: int
    rules: str
    strike_type: str = "custom"
    floor_strike: float | None = None
    cap_strike: float | None = None
    grid: str = "linear_cent"
    legs: tuple[Leg, ...] = ()
    occurrence_s: int | None = None  # When what is asked about happens, if known.
    expected_s: int | None = None  # When its outcome should be known.
    custom_strike: tuple[tuple[str, str], ...] = ()
    created_s: int | None = None  # None: an hour before it opened.

    @property
    def is_combo(self) -> bool:
        """Whether the market is a combination of others."""
        return self.ticker.startswith(COMBO_PREFIX)


@dataclass(frozen=True, slots=True)
class Event:
    """The markets that are decided together."""

    ticker: str
    series_ticker: str
    title: str
    sub_title: str
    category: str
    mutually_exclusive: bool
    markets: tuple[Market, ...]
    strike_s: int | None = None
    strike_period: str = ""
    competition: str = ""
    scope: str = ""

    @property
    def is_combo(self) -> bool:
        """Whether the event holds combos."""
        return self.ticker.startswith(COMBO_PREFIX)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is listed, each kind by its ticker, in listing order.

    It only grows: a market that was listed keeps its place for good.
    """

    series: dict[str, Series] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    markets: dict[str, Market] = field(default_factory=dict)
    listed: list[Market] = field(default_factory=list)
    listed_combos: list[Market] = field(default_factory=list)
    listed_events: list[Event] = field(default_factory=list)
    events_of: dict[str, list[Event]] = field(default_factory=dict)

    def list_event(self, series: Series, event: Event) -> None:
        """Add an event with its markets."""
        self.series.setdefault(series.ticker, series)
        self.events[event.ticker] = event
        self.markets.update((market.ticker, market) for market in event.markets)
        self.listed.extend(event.markets)
        if event.is_combo:
            self.listed_combos.extend(event.markets)
        self.listed_events.append(event)
        self.events_of.setdefault(event.series_ticker, []).append(event)

    def markets_of(self, tickers: Iterable[str]) -> list[Market]:
        """Return the markets that exist among `tickers`, in that order."""
        return [self.markets[t] for t in tickers if t in self.markets]

    def markets_of_series(self, series_ticker: str) -> list[Market]:
        """Return the markets of all events of a series, in listing order."""
        return [
            m for event in self.events_of.get(series_ticker, ()) for m in event.markets
        ]
