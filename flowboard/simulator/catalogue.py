"""Series, events and markets: what the exchange lists. Pure values.

``_s`` are Unix seconds. A combo is a market of a multivariate event; its ticker begins
with `COMBO_PREFIX` and it has legs.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

COMBO_PREFIX = "KXMVE"


@dataclass(frozen=True, slots=True)
class Series:
    """A recurring question."""

    ticker: str
    title: str
    category: str
    frequency: str
    tags: tuple[str, ...] = ()
    source: str = "Flowboard simulator"


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

    @property
    def is_combo(self) -> bool:
        """Whether the event holds combos."""
        return self.ticker.startswith(COMBO_PREFIX)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is listed, each kind by its ticker, in listing order."""

    series: dict[str, Series] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    markets: dict[str, Market] = field(default_factory=dict)

    def list_event(self, series: Series, event: Event) -> None:
        """Add an event with its markets."""
        self.series.setdefault(series.ticker, series)
        self.events[event.ticker] = event
        self.markets.update((market.ticker, market) for market in event.markets)

    def markets_of(self, tickers: Iterable[str]) -> list[Market]:
        """Return the markets that exist among `tickers`, in that order."""
        return [self.markets[t] for t in tickers if t in self.markets]
