"""Tickers <-> dense market ids; what the board knows of each market, by id.

Ids count from 0 in order of first sight and are the same in memory and on disk, so that
totals can live in arrays. Markets are never forgotten while the process lives. What the
exchange says of them is in the `Directory`; here it is brought to the ids.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import structlog

from flowboard.directory import Directory, is_combo
from flowboard.market_info import EventInfo, MarketInfo, SeriesInfo
from flowboard.market_label import Label, bare_label, label_of

ROOM = 256
CHANGES_MAX = 50_000  # Of which ids are remembered; who is further behind reads all.


class Markets:
    """Every market that was ever traded or quoted here.

    Args:
        tickers: The known tickers, in the order of their ids.
        directory: What the exchange says of markets, traded or not.

    Attributes:
        version: Rises with every change of what is known of a market that has an id.
    """

    def __init__(
        self, tickers: list[str] | None = None, directory: Directory | None = None
    ) -> None:
        self.directory = directory or Directory()
        self.tickers: list[str] = []
        self.version = 0
        self._ids: dict[str, int] = {}
        self._labels: list[Label | None] = []
        self._combo = np.zeros(ROOM, np.bool_)
        self._over = np.zeros(ROOM, np.bool_)
        self._event = np.zeros(ROOM, np.int32)
        self._event_ids: dict[str, int] = {}
        self.events: list[str] = []
        self._changes: list[int] = []
        for ticker in tickers or []:
            self.id_of(ticker)

    def __len__(self) -> int:
        return len(self.tickers)

    def id_of(self, ticker: str) -> int:
        """Return the id of `ticker`, giving it the next one if it is new."""
        market = self._ids.get(ticker)
        if market is None:
            market = self._ids[ticker] = len(self.tickers)
            self.tickers.append(ticker)
            self._labels.append(None)
            if market >= len(self._combo):
                for name in ("_combo", "_over", "_event"):
                    column = getattr(self, name)
                    setattr(self, name, np.concatenate([column, np.zeros_like(column)]))
            self._combo[market] = is_combo(ticker)
            self._place(market)
        return market

    def ids_of(self, tickers: Sequence[str]) -> npt.NDArray[np.int32]:
        """Return the id of each of `tickers`, giving new ones theirs."""
        known = list(map(self._ids.get, tickers))
        if None in known:
            known = [self.id_of(ticker) for ticker in tickers]
        return np.array(known, np.int32)

    def find(self, ticker: str) -> int | None:
        """Return the id of `ticker`, or None if it was never seen."""
        return self._ids.get(ticker)

    def info(self, market: int) -> MarketInfo | None:
        """Return what is known of the market of an id."""
        return self.directory.market(self.tickers[market])

    def label(self, market: int) -> Label:
        """Return what a market is called; the same object until that changes."""
        label = self._labels[market]
        if label is None:
            label = self._labels[market] = self._label_of(self.tickers[market])
        return label

    def event_id(self, event_ticker: str) -> int | None:
        """Return the number of an event of which a market has an id."""
        return self._event_ids.get(event_ticker)

    @property
    def combo(self) -> npt.NDArray[np.bool_]:
        """Whether each market is a combo (`KXMVE...`), by id."""
        return self._combo[: len(self.tickers)]

    @property
    def over(self) -> npt.NDArray[np.bool_]:
        """Whether nobody can trade each market any more, by id.

        One that is over and of which nothing is known was settled, and is forgotten.
        """
        return self._over[: len(self.tickers)]

    @property
    def event(self) -> npt.NDArray[np.int32]:
        """The event of each market, by id: a place in `events`."""
        return self._event[: len(self.tickers)]

    def learn(self, info: MarketInfo | EventInfo | SeriesInfo) -> bool:
        """Take in what the exchange says; return whether that was new."""
        directory = self.directory
        if isinstance(info, MarketInfo):
            first = directory.market(info.ticker) is None
            new = directory.put_market(info)
            market = self._ids.get(info.ticker)
            touched = [] if market is None else [market]
            # Those beside a market may stand otherwise now, and be called otherwise.
            if first or market is None:
                beside = self._ids_of_event(directory.event_of(info.ticker))
                touched += [other for other in beside if other != market]
        elif isinstance(info, EventInfo):
            new = directory.put_event(info)
            touched = self._ids_of_event(info.ticker)
        else:
            new = directory.put_series(info)
            events = directory.events_of(info.ticker)
            touched = [m for event in events for m in self._ids_of_event(event)]
        if new:
            for market in touched:
                self._note(market)
        return new

    def note_settled(self, tickers: Iterable[str]) -> None:
        """Take in that markets were settled, without more being told of them."""
        for ticker in tickers:
            market = self._ids.get(ticker)
            if market is not None and self.directory.market(ticker) is None:
                self._over[market] = True
                self._note(market)

    def changed_since(self, version: int) -> list[int] | None:
        """Return ids of which something else is known since `version`; None: any may."""
        behind = self.version - version
        if behind > len(self._changes):
            return None
        return self._changes[len(self._changes) - behind :]

    def _ids_of_event(self, event_ticker: str) -> list[int]:
        number = self._event_ids.get(event_ticker)
        if number is None:
            return []
        found: list[int] = (self.event == number).nonzero()[0].tolist()
        return found

    def _label_of(self, ticker: str) -> Label:
        try:
            return label_of(ticker, self.directory)
        except Exception:  # The words of one market shall not stop the whole board.
            log = structlog.get_logger("flowboard.markets")
            log.exception("a market cannot be named", ticker=ticker)
            return bare_label(ticker, self.directory)

    def _note(self, market: int) -> None:
        self._labels[market] = None
        self._place(market)
        self.version += 1
        self._changes.append(market)
        if len(self._changes) > CHANGES_MAX:
            del self._changes[: CHANGES_MAX // 2]

    def _place(self, market: int) -> None:
        ticker = self.tickers[market]
        info = self.directory.market(ticker)
        if info is not None:  # What is forgotten was settled, and stays over.
            self._over[market] = info.is_over
        event = self.directory.event_of(ticker)
        number = self._event_ids.get(event)
        if number is None:
            number = self._event_ids[event] = len(self.events)
            self.events.append(event)
        self._event[market] = number
