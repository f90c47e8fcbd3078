"""What the exchange says of markets -> the board: those that are shown first, then all.

It runs beside the trades and never holds one up: where nothing can be had, the board
shows tickers. It stands behind every other request, and asks once for what many need.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import structlog

from flowboard.directory import Directory, is_combo
from flowboard.errors import ExchangeError, RequestFailed
from flowboard.kalshi.lifecycle_changes import changed, changed_event
from flowboard.kalshi.lifecycle_messages import OF_EVENTS, LifecycleMessage
from flowboard.kalshi.listing import (
    TICKERS_LENGTH_MAX,
    TICKERS_MAX,
    Listed,
    is_askable,
)
from flowboard.market_info import SETTLED, EventInfo, MarketInfo, Quote, SeriesInfo
from flowboard.market_wants import Wants
from flowboard.metadata_intake import Intake
from flowboard.metadata_walk import REFUSED, THROTTLED, MetadataWalk, Pages

INTERVAL_S = 1.0
WAIT_MAX_S = 60.0
BATCHES_A_ROUND = 8
SHOWN_MAX = 800
SERIES_A_ROUND = 1  # The walk brings them all at once, soon.
# A market that was settled so long ago and is not shown is forgotten.
FORGET_AFTER_MS = 3 * 86_400_000
FORGET_S = 600.0
SCANNED_AT_ONCE = 2_000


class Source(Pages, Protocol):
    """Where all is read; see `kalshi.listing.Listing`."""

    async def markets(self, tickers: Sequence[str]) -> list[Listed[MarketInfo]]:
        """Return at most 100 markets; unknown ones are left out."""

    async def events(self, tickers: Sequence[str]) -> list[Listed[EventInfo]]:
        """Return at most 100 events; unknown ones are left out."""

    async def series(self, ticker: str) -> Listed[SeriesInfo] | None:
        """Return one series; None: unknown."""


class Kept(Protocol):
    """Where it is kept; see `database.Listings`."""

    async def save(self, told: Sequence[tuple[Any, bytes | None]]) -> None:
        """Keep what the exchange says."""

    async def drop(self, tickers: Sequence[str], events: Sequence[str]) -> None:
        """Delete markets that were never traded, and events that have none left."""


class MetadataReader:
    """Asks, until cancelled; and takes what messages tell.

    Args:
        source: Where all is read; it keeps the pace.
        directory: What is known.
        kept: Where it is kept.
        shown: Returns the tickers that the board shows, the most wanted first.
        hand_on: Takes what was told; returns whether that was new.
        hand_on_quote: Takes a ticker and its quote.
        is_polling: Whether quotes come by asking alone.
        now_ms: The exchange's time, Unix ms.
        interval_s: Time between two rounds.
    """

    def __init__(
        self,
        source: Source,
        directory: Directory,
        kept: Kept,
        shown: Callable[[], Sequence[str]],
        hand_on: Callable[[Any], bool],
        hand_on_quote: Callable[[str, Quote], None],
        *,
        is_polling: Callable[[], bool] = lambda: False,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._source = source
        self._directory = directory
        self._kept = kept
        self._shown = shown
        self._hand_on_quote = hand_on_quote
        self._is_polling = is_polling
        self._now_ms = now_ms
        self._interval_s = interval_s
        self._intake = Intake(directory, hand_on, kept.save, interval_s=interval_s)
        self._wants = Wants(directory)
        self.walk = MetadataWalk(source, self._take_walked, wall_ms=now_ms)
        self._log = structlog.get_logger("flowboard.metadata")

    async def run(self) -> None:
        """Read for ever; a refusal or an outage is waited out."""
        now_ms = self._now_ms()
        for info in self._directory.markets():
            self._wants.plan(info.ticker, now_ms)
        try:
            async with asyncio.TaskGroup() as tasks:
                for work in (self._rounds, self.walk.run, self._intake.run, self._tidy):
                    tasks.create_task(work())
        finally:
            await self._intake.save()

    def want(self, ticker: str) -> None:
        """Ask for a market soon, shown or not, unless it is known."""
        if self._directory.market(ticker) is None:
            self._wants.want(ticker)

    def take_lifecycle(self, message: LifecycleMessage) -> None:
        """Take in what a message of the lifecycle channels tells."""
        now_ms = self._now_ms()
        if message.kind in OF_EVENTS:
            if message.kind == "event_lifecycle":
                event = self._directory.event(message.event_ticker)
                self._intake.take_told(changed_event(event, message, now_ms))
            return
        ticker = message.market_ticker
        before = self._directory.market(ticker)
        if before is None and is_combo(ticker):
            return  # There is no end of them; one that is traded is asked for by name.
        if message.event_type == "created":
            self._wants.created(ticker)
        elif before is None:
            self._wants.want(ticker)  # What a change is of, REST knows whole.
            return
        self._intake.take_told(changed(before, message, now_ms))
        self._wants.changed(ticker, now_ms)

    async def refresh(self) -> int:
        """Read all that the board shows now; return how many markets were read.

        Raises:
            ExchangeError: Not all of it could be read.
        """
        return await self._read_markets(self._shown()[:SHOWN_MAX])

    async def read_once(self) -> int:
        """Read what is to be read now; return how many markets that were.

        Raises:
            ExchangeError: The exchange refused, cannot be reached or understood.
        """
        shown = self._shown()[:SHOWN_MAX]
        tickers = self._wants.take(
            shown,
            self._now_ms(),
            TICKERS_MAX * BATCHES_A_ROUND,
            polling=self._is_polling(),
        )
        read = await self._read_markets(tickers)
        await self._read_events(shown)
        await self._read_series(shown)
        return read

    async def _rounds(self) -> None:
        wait_s = self._interval_s
        while True:
            try:
                await self.read_once()
                wait_s = self._interval_s
            except ExchangeError as error:
                wait_s = min(WAIT_MAX_S, wait_s * 2)
                self._log.debug("no metadata", problem=str(error), wait_s=wait_s)
            await asyncio.sleep(wait_s)

    async def _read_markets(self, tickers: Iterable[str]) -> int:
        read = 0
        for batch in _batches(tickers):
            read += await self._read_batch(batch)
        return read

    async def _read_batch(self, batch: Sequence[str]) -> int:
        """Read some markets; where the exchange refuses them, by halves."""
        try:
            listed = await self._source.markets(batch)
        except RequestFailed as refusal:
            if refusal.status not in REFUSED or refusal.status == THROTTLED:
                self._wants.failed(batch, self._now_ms())
                raise
            if len(batch) == 1:
                self._wants.missing(batch, self._now_ms())
                return 0
            half = len(batch) // 2
            read = await self._read_batch(batch[:half])
            return read + await self._read_batch(batch[half:])
        except ExchangeError:
            self._wants.failed(batch, self._now_ms())
            raise
        missing = set(batch)
        listed = [found for found in listed if found.info.ticker in missing]
        await self._intake.take(listed)
        now_ms = self._now_ms()
        for info, _, quote in listed:
            missing.discard(info.ticker)
            self._wants.answered(info.ticker, now_ms)
            if quote is not None and self._wants.shows(info.ticker):
                self._hand_on_quote(info.ticker, quote)
        self._wants.missing(missing, now_ms)
        return len(listed)

    async def _read_events(self, shown: Sequence[str]) -> None:
        for batch in _batches(self._wants.events(shown, self._now_ms())):
            events = await self._source.events(batch)
            await self._intake.take(events)
            for ticker in set(batch) - {event.info.ticker for event in events}:
                self._wants.unknown("event", ticker, self._now_ms())

    async def _read_series(self, shown: Sequence[str]) -> None:
        for ticker in self._wants.series(shown, self._now_ms())[:SERIES_A_ROUND]:
            found = await self._source.series(ticker) if is_askable(ticker) else None
            if found is None or found.info.ticker != ticker:
                self._wants.unknown("series", ticker, self._now_ms())
            else:
                await self._intake.take([found])

    async def _take_walked(self, listed: Sequence[Listed[Any]]) -> None:
        await self._intake.take(listed)
        now_ms = self._now_ms()
        for found in listed:
            if isinstance(found.info, MarketInfo):
                self._wants.plan(found.info.ticker, now_ms)
        await self._intake.room()

    async def _tidy(self) -> None:
        """Forget what was settled days ago."""
        while True:
            await asyncio.sleep(FORGET_S)
            await self.forget_settled()

    async def forget_settled(self) -> int:
        """Forget markets that were settled days ago; return how many.

        What was never traded here goes from the disk, too.
        """
        before_ms = self._now_ms() - FORGET_AFTER_MS
        shown = set(self._shown())
        gone: list[str] = []
        for place, info in enumerate(list(self._directory.markets()), start=1):
            ended_ms = info.settled_ms or info.determined_ms or info.close_ms or 0
            over = info.status in SETTLED and ended_ms < before_ms
            if over and info.ticker not in shown:
                gone.append(info.ticker)
            if place % SCANNED_AT_ONCE == 0:
                await asyncio.sleep(0)
        events = dict.fromkeys(map(self._directory.event_of, gone))
        self._directory.forget(gone)
        await self._kept.drop(
            gone,
            [event for event in events if not self._directory.members(event)],
        )
        return len(gone)


def _batches(tickers: Iterable[str]) -> Iterable[list[str]]:
    """Cut tickers into lists that fit a request."""
    batch: list[str] = []
    length = 0
    for ticker in dict.fromkeys(tickers):
        if not is_askable(ticker):
            continue
        length += len(ticker) + 1
        if batch and (len(batch) == TICKERS_MAX or length > TICKERS_LENGTH_MAX):
            yield batch
            batch, length = [], len(ticker) + 1
        batch.append(ticker)
    if batch:
        yield batch
