"""Subscriptions to what is told by changes: `ticker`, and the lifecycle channels."""

from collections.abc import Iterable
from typing import Protocol

from flowboard.simulator import frames
from flowboard.simulator.catalogue import COMBO_PREFIX
from flowboard.simulator.change_log import ChangeLog
from flowboard.simulator.tickers import Tickers

TICKER = "ticker"
LIFECYCLE = "market_lifecycle_v2"
COMBO_LIFECYCLE = "multivariate_market_lifecycle"


class ChangeSubscription(Protocol):
    """One sid whose frames come from a log of changes."""

    @property
    def channel(self) -> str:
        """Its channel."""

    @property
    def sid(self) -> int:
        """Its number on its connection."""

    @property
    def ended(self) -> bool:
        """Whether it says nothing more."""

    def end(self) -> None:
        """Say nothing more."""

    async def grown(self) -> None:
        """Wait until there is more to say."""

    def take(self, limit: int, now_ms: int) -> list[bytes]:
        """Return the next frames, from some `limit` changes."""

    def next_seq(self) -> int | None:
        """Take the next number of this sid; None where nothing is numbered."""

    def listed(self) -> list[str]:
        """Return the markets as an ``ok`` lists them; none for all."""


class TickerSubscription:
    """One subscription to `ticker`; nothing in it is numbered.

    Args:
        sid: Its number on its connection.
        tickers: Markets that it is about; None is all.
        board: Their figures.
    """

    channel = TICKER

    def __init__(
        self, sid: int, tickers: frozenset[str] | None, board: Tickers
    ) -> None:
        self.sid = sid
        self.tickers = tickers
        self.ended = False
        self._board = board
        self._position = board.log.count
        board.readers += 1

    def end(self) -> None:
        """Say nothing more."""
        if not self.ended:
            self.ended = True
            self._board.readers -= 1

    async def grown(self) -> None:
        """Wait until some market's figures have changed."""
        await self._board.log.grown_beyond(self._position)

    def take(self, limit: int, now_ms: int) -> list[bytes]:
        """Return the frames of the next changes that it is about."""
        changes, self._position = self._board.read(self._position, limit)
        wanted = self.tickers
        return [
            frames.change_frame(change, self.sid, None, now_ms)
            for change in changes
            if wanted is None or change.ticker in wanted
        ]

    def snapshot(self, tickers: Iterable[str], now_ms: int) -> list[bytes]:
        """Return one frame for each of `tickers` that is listed, as it is now."""
        return [
            frames.change_frame(self._board.now(ticker), self.sid, None, now_ms)
            for ticker in sorted(tickers)
            if self._board.lists(ticker)
        ]

    def next_seq(self) -> None:
        """Nothing is numbered."""

    def widen(self, tickers: frozenset[str] | None) -> frozenset[str]:
        """Merge a repeated subscribe; return the markets that it adds by name."""
        if self.tickers is None or tickers is None:
            self.tickers = None
            return frozenset()
        added = tickers - self.tickers
        self.tickers |= tickers
        return added

    def listed(self) -> list[str]:
        """Return the markets as an ``ok`` lists them: sorted; none for all."""
        return sorted(self.tickers or ())


class LifeSubscription:
    """One subscription to the lives of all single markets, or of all combos.

    Args:
        channel: `LIFECYCLE` or `COMBO_LIFECYCLE`.
        sid: Its number on its connection.
        log: What has happened.
    """

    def __init__(self, channel: str, sid: int, log: ChangeLog) -> None:
        self.channel = channel
        self.sid = sid
        self.ended = False
        self._log = log
        self._position = log.count
        self._seq = 0

    def end(self) -> None:
        """Say nothing more."""
        self.ended = True

    async def grown(self) -> None:
        """Wait until something has happened."""
        await self._log.grown_beyond(self._position)

    def take(self, limit: int, now_ms: int) -> list[bytes]:
        """Return the frames of the next steps; error 25 if it has lost some."""
        changes = self._log.read(self._position, limit)
        if changes is None:
            self.end()
            return [frames.error(25, now_ms, sid=self.sid, seq=self.next_seq())]
        self._position += len(changes)
        combos = self.channel == COMBO_LIFECYCLE
        return [
            frames.change_frame(change, self.sid, self.next_seq(), now_ms)
            for change in changes
            if change.ticker.startswith(COMBO_PREFIX) == combos
        ]

    def next_seq(self) -> int:
        """Take the next number of this sid."""
        self._seq += 1
        return self._seq

    def listed(self) -> list[str]:
        """Return no markets: it is about all."""
        return []
