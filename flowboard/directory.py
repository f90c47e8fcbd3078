"""Everything known of markets, events and series, by ticker; pure.

Relations are the exchange's: a market's event and an event's series are what it said.
Only where it has not said anything yet, they are guessed from the ticker.
"""

from collections.abc import Iterable, Iterator

from flowboard.market_info import EventInfo, MarketInfo, SeriesInfo

COMBO_PREFIX = "KXMVE"
NO_CATEGORY = ""


def is_combo(ticker: str) -> bool:
    """Whether a market is a combo of others."""
    return ticker.startswith(COMBO_PREFIX)


class Directory:
    """What is known; it is told by `put_...`, and forgets what it is told to forget.

    Attributes:
        version: Rises with every change.
    """

    def __init__(self) -> None:
        self.version = 0
        self._markets: dict[str, MarketInfo] = {}
        self._events: dict[str, EventInfo] = {}
        self._series: dict[str, SeriesInfo] = {}
        self._members: dict[str, dict[str, None]] = {}
        self._of_series: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._markets)

    def market(self, ticker: str) -> MarketInfo | None:
        """Return what is known of a market."""
        return self._markets.get(ticker)

    def event(self, ticker: str) -> EventInfo | None:
        """Return what is known of an event."""
        return self._events.get(ticker)

    def series(self, ticker: str) -> SeriesInfo | None:
        """Return what is known of a series."""
        return self._series.get(ticker)

    def markets(self) -> Iterator[MarketInfo]:
        """Return every market that is known."""
        return iter(self._markets.values())

    def events(self) -> Iterator[EventInfo]:
        """Return every event that is known."""
        return iter(self._events.values())

    def all_series(self) -> Iterator[SeriesInfo]:
        """Return every series that is known."""
        return iter(self._series.values())

    def members(self, event_ticker: str) -> tuple[str, ...]:
        """Return the tickers of the known markets of an event, in order of sight."""
        return tuple(self._members.get(event_ticker, ()))

    def events_of(self, series_ticker: str) -> tuple[str, ...]:
        """Return the tickers of the known events of a series, in order of sight."""
        return tuple(self._of_series.get(series_ticker, ()))

    def event_of(self, ticker: str) -> str:
        """Return a market's event; before it is told, the ticker less its last part."""
        info = self._markets.get(ticker)
        if info is not None and info.event_ticker:
            return info.event_ticker
        return ticker.rpartition("-")[0] or ticker

    def series_of(self, ticker: str) -> str:
        """Return a market's series; before it is told, the ticker to its first dash."""
        event = self._events.get(self.event_of(ticker))
        if event is not None and event.series_ticker:
            return event.series_ticker
        return ticker.partition("-")[0]

    def category_of(self, ticker: str) -> str:
        """Return a market's category, "" before it is told."""
        event = self._events.get(self.event_of(ticker))
        if event is not None and event.category:
            return event.category
        series = self._series.get(self.series_of(ticker))
        return NO_CATEGORY if series is None else series.category

    def league_of(self, ticker: str) -> str:
        """Return the second level of a market's category, "" where there is none."""
        event = self._events.get(self.event_of(ticker))
        return "" if event is None else event.league

    def put_market(self, info: MarketInfo) -> bool:
        """Take in a market; return whether that said anything new."""
        before = self._markets.get(info.ticker)
        self._markets[info.ticker] = info
        if before is not None and before.event_ticker != info.event_ticker:
            self._members.get(before.event_ticker, {}).pop(info.ticker, None)
        if info.event_ticker:
            self._members.setdefault(info.event_ticker, {})[info.ticker] = None
        return self._changed(before, info)

    def put_event(self, info: EventInfo) -> bool:
        """Take in an event; return whether that said anything new."""
        before = self._events.get(info.ticker)
        self._events[info.ticker] = info
        if before is not None:
            self._leave_series(before)
        if info.series_ticker:
            self._of_series.setdefault(info.series_ticker, {})[info.ticker] = None
        return self._changed(before, info)

    def put_series(self, info: SeriesInfo) -> bool:
        """Take in a series; return whether that said anything new."""
        before = self._series.get(info.ticker)
        self._series[info.ticker] = info
        return self._changed(before, info)

    def forget(self, tickers: Iterable[str]) -> None:
        """Forget markets, and events that have none left."""
        for ticker in tickers:
            info = self._markets.pop(ticker, None)
            if info is None:
                continue
            members = self._members.get(info.event_ticker)
            if members is not None:
                members.pop(ticker, None)
                if not members:
                    del self._members[info.event_ticker]
                    event = self._events.pop(info.event_ticker, None)
                    if event is not None:
                        self._leave_series(event)
            self.version += 1

    def _leave_series(self, event: EventInfo) -> None:
        events = self._of_series.get(event.series_ticker)
        if events is not None:
            events.pop(event.ticker, None)
            if not events:
                del self._of_series[event.series_ticker]

    def _changed(
        self,
        before: MarketInfo | EventInfo | SeriesInfo | None,
        now: MarketInfo | EventInfo | SeriesInfo,
    ) -> bool:
        if before is not None and _content(before) == _content(now):
            return False
        self.version += 1
        return True


def _content(info: MarketInfo | EventInfo | SeriesInfo) -> tuple[object, ...]:
    """Return what it says, but for when it was read."""
    names = info.__struct_fields__
    return tuple(getattr(info, name) for name in names if name != "read_ms")
