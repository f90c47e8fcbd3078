"""All markets that are known, as columns: so that a list of fifty thousand is filtered
and ranked by a few steps over arrays, and only what is shown becomes objects.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from flowboard.aggregator.cells import NO_COUNT, NO_FLOW, TRADES, YES_COUNT, YES_FLOW
from flowboard.board import Board
from flowboard.directory import is_combo
from flowboard.http_api.market_ids import market_id
from flowboard.market_info import OVER, EventInfo, MarketInfo
from flowboard.models import Ints

REFRESH_MS = 1_000  # What is known is looked through so often at most.
ROWS_AT_ONCE = 2_000  # Between two turns of the others: some 8 ms.
ROOM = 1_024
NEVER_MS = 1 << 62
NO_MARKET = -1
FORGOTTEN = "finalized"  # The status of a market when all else of it is forgotten.
COLUMNS = ("market", "ends_ms", "status", "category", "league", "series", "event")

Mask = npt.NDArray[np.bool_]


class Words:
    """Texts <-> small numbers, from 0."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """Return the number of a text, giving it the next one if it is new."""
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return number

    def among(self, wanted: Sequence[str]) -> list[int]:
        """Return the numbers of those of some texts that have one."""
        return [self._numbers[text] for text in wanted if text in self._numbers]


class Totals(NamedTuple):
    """What a window holds of each row of the index."""

    notional_e6: Ints
    volume_e2: Ints
    trades: Ints


class MarketIndex:
    """Follows the board's markets and directory; ask `refresh` before reading.

    Attributes:
        tickers: Of each row; rows are never taken away, but see `alive`.
        statuses, categories, leagues, series, events: What the numbers in the columns
            of these names stand for.

    Args:
        board: Its markets are indexed.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self.tickers: list[str] = []
        self.statuses, self.categories, self.leagues = Words(), Words(), Words()
        self.series, self.events = Words(), Words()
        self._rows: dict[str, int] = {}
        self._seen: dict[str, MarketInfo] = {}
        self._events_seen: dict[str, EventInfo] = {}
        self._version = -1
        self._noted = board.markets.version
        self._traded = 0
        self._refreshed_ms: int | None = None
        self._refreshing = asyncio.Lock()
        self._columns = {name: np.zeros(ROOM, np.int64) for name in COLUMNS}
        self._combo = np.zeros(ROOM, np.bool_)
        self._told = np.zeros(ROOM, np.bool_)
        self._rank: Ints = np.zeros(0, np.int64)
        self._order: list[int] = []
        self._ids: dict[UUID, str] = {}

    def __len__(self) -> int:
        return len(self.tickers)

    def column(self, name: str) -> Ints:
        """Return a column; see `COLUMNS`."""
        return self._columns[name][: len(self.tickers)]

    @property
    def combo(self) -> Mask:
        """Whether each row is a combo."""
        return self._combo[: len(self.tickers)]

    @property
    def alive(self) -> Mask:
        """Whether each row is still known: described, or traded or quoted once."""
        seen: Mask = self.column("market") != NO_MARKET
        return self.told | seen

    @property
    def told(self) -> Mask:
        """Whether the exchange has told what each row is, or that it was settled."""
        return self._told[: len(self.tickers)]

    @property
    def rank(self) -> Ints:
        """Where each row stands by its ticker."""
        if len(self._rank) < len(self.tickers):
            # Sorted already but for its end, so that this is soon done.
            self._order += range(len(self._order), len(self.tickers))
            self._order.sort(key=self.tickers.__getitem__)
            self._rank = np.empty(len(self._order), np.int64)
            self._rank[self._order] = np.arange(len(self._order))
        return self._rank

    def place(self, ticker: str) -> int:
        """Return how many tickers stand before one, which need not be known."""
        known = len(self.rank)
        return bisect_left(self._order, ticker, 0, known, key=self.tickers.__getitem__)

    def rows_of(self, tickers: Sequence[str]) -> Ints:
        """Return the rows of those tickers that are known, in their order."""
        found = [self._rows[ticker] for ticker in tickers if ticker in self._rows]
        return np.array(found, np.int64)

    def totals(self, window: str) -> Totals:
        """Return the sums of a window; 0 where there was no trade."""
        sums = self._board.aggregator.sums(window)
        market = self.column("market")
        there = (market != NO_MARKET) & (market < sums.shape[1])
        found = np.zeros((len(sums), len(market)), np.int64)
        found[:, there] = sums[:, market[there]]
        return Totals(
            found[YES_FLOW] + found[NO_FLOW],
            found[YES_COUNT] + found[NO_COUNT],
            found[TRADES],
        )

    async def refresh(self, now_ms: int) -> None:
        """Take in what is new; a long list gives way to others in between.

        Args:
            now_ms: Monotonic milliseconds.
        """
        async with self._refreshing:
            last_ms = self._refreshed_ms
            if last_ms is not None and now_ms - last_ms < REFRESH_MS:
                return
            self._refreshed_ms = now_ms
            changed = self._changed()
            for start in range(0, len(changed), ROWS_AT_ONCE):
                if start:
                    await asyncio.sleep(0)
                for ticker in changed[start : start + ROWS_AT_ONCE]:
                    self._place(ticker)

    async def ticker_of(self, wanted: UUID) -> str | None:
        """Return the ticker of a market's id, None where there is no such market.

        Ids are made when one is asked for first, giving way to others in between.
        """
        async with self._refreshing:
            while wanted not in self._ids and len(self._ids) < len(self.tickers):
                start = len(self._ids)
                for ticker in self.tickers[start : start + ROWS_AT_ONCE]:
                    self._ids[market_id(ticker)] = ticker
                await asyncio.sleep(0)
        found = self._ids.get(wanted)
        known = found is not None and self.alive[self._rows[found]]
        return found if known else None

    def _changed(self) -> list[str]:
        """Return the tickers of which something else is known than when last asked."""
        markets = self._board.markets
        directory = markets.directory
        noted = markets.changed_since(self._noted)
        if noted is None:
            noted = list(range(len(markets)))
        self._noted = markets.version
        changed = dict.fromkeys(markets.tickers[market] for market in noted)
        changed |= dict.fromkeys(markets.tickers[self._traded :])
        self._traded = len(markets.tickers)
        if directory.version != self._version:
            self._version = directory.version
            seen = self._seen
            changed |= dict.fromkeys(
                info.ticker
                for info in directory.markets()
                if seen.get(info.ticker) is not info
            )
            # Each that is forgotten changes the version, whatever comes in its place.
            changed |= dict.fromkeys(t for t in seen if directory.market(t) is None)
            for event in directory.events():
                if self._events_seen.get(event.ticker) is not event:
                    self._events_seen[event.ticker] = event
                    changed |= dict.fromkeys(directory.members(event.ticker))
        return list(changed)

    def _place(self, ticker: str) -> None:
        board, directory = self._board, self._board.markets.directory
        row = self._rows.get(ticker)
        if row is None:
            row = self._rows[ticker] = len(self.tickers)
            self.tickers.append(ticker)
            self._reserve()
            self._combo[row] = is_combo(ticker)
        info = directory.market(ticker)
        if info is None:
            self._seen.pop(ticker, None)
        else:
            self._seen[ticker] = info
        market = board.markets.find(ticker)
        ends = None if info is None else info.ends_ms
        settled = info is None and market is not None and board.markets.over[market]
        self._told[row] = info is not None or settled
        columns = self._columns
        columns["market"][row] = NO_MARKET if market is None else market
        columns["ends_ms"][row] = NEVER_MS if ends is None else ends[0]
        status = FORGOTTEN if settled else "" if info is None else info.status
        columns["status"][row] = self.statuses.number(status or "unknown")
        columns["category"][row] = self.categories.number(directory.category_of(ticker))
        columns["league"][row] = self.leagues.number(directory.league_of(ticker))
        columns["series"][row] = self.series.number(directory.series_of(ticker))
        columns["event"][row] = self.events.number(directory.event_of(ticker))

    def _reserve(self) -> None:
        if len(self.tickers) <= len(self._combo):
            return
        for name, column in self._columns.items():
            self._columns[name] = np.concatenate([column, np.zeros_like(column)])
        self._combo = np.concatenate([self._combo, np.zeros_like(self._combo)])
        self._told = np.concatenate([self._told, np.zeros_like(self._told)])


def is_listed(index: MarketIndex) -> Mask:
    """Return whether each row stands in lists.

    What nobody has described is there while its trades are: else lists would grow with
    every market ever seen.
    """
    return index.told | (index.alive & (index.totals("24h").trades > 0))


def is_open(index: MarketIndex) -> Mask:
    """Return whether each row can still be traded, as far as is known."""
    over = index.statuses.among(sorted(OVER))
    return is_listed(index) & ~np.isin(index.column("status"), over)
