"""Trades from a source, at their time, into the log that everybody reads.

One pump takes what happens from the source when it is due: prints are appended to the
log of trades; quotes that move and steps in the lives of markets are told by logs of
their own. Sessions and REST read the logs at their own pace. Trading never waits for a
reader, but for one case: a tape at full speed stays at most `LEAD_TRADES` before its
slowest subscriber.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Protocol

from flowboard.simulator.catalogue import COMBO_PREFIX, Catalogue
from flowboard.simulator.change_log import ChangeLog
from flowboard.simulator.faults import Faults
from flowboard.simulator.hostile_titles import Titles
from flowboard.simulator.life_events import LifeEvent
from flowboard.simulator.lifecycle_frames import changes_of
from flowboard.simulator.lives import Lives
from flowboard.simulator.market_tally import MarketTally
from flowboard.simulator.prints import Print, print_of_line
from flowboard.simulator.quotes import QuoteMove, Quotes
from flowboard.simulator.spool import Spool
from flowboard.simulator.tickers import Tickers

RECENT_TRADES = 16_384  # Kept decoded; a reader further behind reads them from disk.
BATCH_TRADES = 512
LEAD_TRADES = 4_096
LIFE_STEPS_KEPT = 65_536
PAUSE_S_MIN = 0.004  # A beat of the pump: what falls into it goes out together.
HALT_CHECK_S = 0.02
SENDING_DELAY_MS = 4  # What the exchange takes from matching to sending, in tape time.


def wall_us() -> int:
    """Return the machine's clock in Unix microseconds."""
    return time.time_ns() // 1000


Happening = Print | QuoteMove | LifeEvent


class Source(Protocol):
    """Where trades come from: the seam between a tape and the generator."""

    catalogue: Catalogue
    waits_for_client: bool  # Whether trading begins when somebody asks for trades.
    waits_for_readers: bool  # Whether it goes as fast as its slowest reader takes it.
    tape_time: bool  # Whether prints keep times that are not the machine's.

    def happenings(self) -> Iterator[tuple[int, Happening]]:
        """Begin now: yield what happens, with when it is due, Unix us (0: at once)."""

    def tape_now_us(self) -> int:
        """Return what time it is on the tape, where `tape_time`."""


class Reader(Protocol):
    """A subscriber's place in the log."""

    @property
    def position(self) -> int | None:
        """The number of the next trade that it takes; None while it takes none."""


class Exchange:
    """The market: its listing, its log of trades, its clock.

    Args:
        source: Where trades come from.
        faults: Those that meet trades, and `maintenance`.
    """

    def __init__(self, source: Source, faults: Faults) -> None:
        self.source = source
        self._faults = faults
        self.catalogue = source.catalogue
        self.spool = Spool()
        self.tallies: dict[str, MarketTally] = {}
        self.quotes = Quotes(self.tallies)
        self.lives = Lives(self.catalogue)
        self.tickers = Tickers(
            self.catalogue,
            self.tallies,
            self.quotes,
            self.lives,
            lambda: faults.find("empty_price") is not None,
        )
        self.life_log = ChangeLog(LIFE_STEPS_KEPT)
        self.titles = Titles(lambda: faults.find("hostile_titles") is not None)
        self.ended = False
        self._halted_us = 0  # How long maintenance has held the source up in all.
        self._unheard: set[int] = set()  # Trades that no WebSocket tells.
        self._recent: list[Print] = []
        self._recent_from = 0
        self._asked = asyncio.Event()
        self._grown = asyncio.Event()
        self._moved = asyncio.Event()
        self._readers: set[Reader] = set()
        self._happenings: Iterator[tuple[int, Happening]] | None = None
        if not source.waits_for_client:
            self._asked.set()

    @property
    def count(self) -> int:
        """How many trades there have been."""
        return self.spool.count

    def now_ms(self) -> int:
        """Return the exchange's own time, for ``sending_ts_ms``."""
        if self.source.tape_time:
            return self.source.tape_now_us() // 1000 + SENDING_DELAY_MS
        return wall_us() // 1000

    @property
    def halted(self) -> bool:
        """Whether nothing is traded, for maintenance."""
        return self._faults.find("maintenance") is not None

    def begin(self) -> None:
        """Somebody has asked for trades: a tape that waited for that starts."""
        self._asked.set()

    async def trade_history(self) -> None:
        """Trade all that lies before now, without pacing; call before `trade`."""
        happenings = self._begin_source()
        batch: list[Print] = []
        for due_us, happening in happenings:
            if due_us > wall_us() or not isinstance(happening, Print):
                self._append(batch)
                self._happenings = chain([(due_us, happening)], happenings)
                return
            batch.append(happening)
            if len(batch) == RECENT_TRADES // 4:
                self._append(batch)
                batch = []
                await asyncio.sleep(0)
        self._append(batch)
        self._happenings = iter(())

    async def trade(self) -> None:
        """Trade until the source ends; run it as a task."""
        await self._asked.wait()
        batch: list[Print] = []
        now_us = await self._while_halted(wall_us())
        for due_us, happening in self._begin_source():
            while due_us and due_us + self._halted_us > now_us:
                self._append(batch)
                batch = []
                pause_s = (due_us + self._halted_us - now_us) / 1_000_000
                await asyncio.sleep(max(min(pause_s, 1.0), PAUSE_S_MIN))
                now_us = await self._while_halted(now_us)
            if not isinstance(happening, Print):
                self._append(batch)
                batch = []
                self._happen(happening)
                continue
            if due_us and not self.source.tape_time:
                happening.created_us += self._halted_us
            batch.append(happening)
            if len(batch) == BATCH_TRADES:
                self._append(batch)
                batch = []
                await asyncio.sleep(0)
                if self.source.waits_for_readers:
                    await self._readers_near(self.count - LEAD_TRADES)
                traded_us = due_us + self._halted_us if due_us else now_us
                now_us = await self._while_halted(traded_us)
        self._append(batch)
        self.ended = True

    async def _while_halted(self, since_us: int) -> int:
        """Wait until there is no maintenance; return the time, Unix us.

        Nothing is awaited between this and `_append`, so that not one trade happens
        once maintenance is on.

        Args:
            since_us: Up to when there has been trading: what was due later happens as
                much later as maintenance lasts.
        """
        was_halted = False
        while self.halted:
            was_halted = True
            await asyncio.sleep(HALT_CHECK_S)
        now_us = wall_us()
        if was_halted:
            self._halted_us += now_us - since_us
        return now_us

    def _begin_source(self) -> Iterator[tuple[int, Happening]]:
        if self._happenings is None:
            self._happenings = self.source.happenings()
        return self._happenings

    def _happen(self, happening: QuoteMove | LifeEvent) -> None:
        """Let a quote move, or a step in the lives of markets happen."""
        moved = replace(happening, at_us=happening.at_us + self._halted_us)
        if isinstance(moved, LifeEvent):
            self._live(moved)
        elif self.lives.moves(moved.ticker):
            grid = self.catalogue.markets[moved.ticker].grid
            if self.quotes.move(moved, grid):
                self.tickers.changed(moved.ticker)

    def _live(self, step: LifeEvent) -> None:
        self.lives.apply(step, wall_us())
        is_combo = step.tickers[0].startswith(COMBO_PREFIX)
        for change in changes_of(step, is_combo, self.titles):
            self.life_log.append(change)
        if step.kind in ("opened", "closed"):
            for ticker in step.tickers:
                self.tickers.changed(ticker)

    def _append(self, trades: Sequence[Print]) -> None:
        if not trades:
            return
        unlisted = self._meet_faults(trades) if self._faults.disturb_trading() else ()
        self.spool.append(trades, unlisted)
        tallies = self.tallies
        watched = self.tickers.readers > 0
        for trade in trades:
            tally = tallies.get(trade.ticker)
            if tally is None:
                tally = tallies[trade.ticker] = MarketTally()
                tally.first_ms = trade.created_us // 1000
            tally.last_e4 = trade.yes_price_e4
            tally.last_count_e2 = trade.count_e2
            tally.taker_yes = trade.taker_yes
            tally.volume_e2 += trade.count_e2
            tally.trades += 1
            tally.last_ms = max(tally.last_ms, trade.created_us // 1000)
            if watched:
                self.tickers.changed(trade.ticker)
        self._recent.extend(trades)
        if len(self._recent) > 2 * RECENT_TRADES:
            cut = len(self._recent) - RECENT_TRADES
            del self._recent[:cut]
            self._recent_from += cut
        self._grown.set()
        self._grown = asyncio.Event()

    def _meet_faults(self, trades: Sequence[Print]) -> list[int]:
        """Make trades late or unheard; return the numbers of those REST never lists."""
        unlisted: list[int] = []
        for number, trade in enumerate(trades, start=self.count):
            late = self._faults.take("late")
            if late is not None:
                trade.created_us -= late.ms * 1000
            if self._faults.take("hide_rest"):
                unlisted.append(number)
            if self._faults.take("hide_ws"):
                self._unheard.add(number)
        return unlisted

    def audible(self, start: int, trades: list[Print]) -> list[Print]:
        """Return those of `trades`, numbered from `start`, that WebSockets tell."""
        if not self._unheard:
            return trades
        return [
            trade
            for number, trade in enumerate(trades, start)
            if number not in self._unheard
        ]

    def read(self, start: int, limit: int) -> list[Print]:
        """Return up to `limit` trades from number `start` on."""
        if start >= self._recent_from:
            begin = start - self._recent_from
            return self._recent[begin : begin + limit]
        stop = min(start + limit, self._recent_from)
        return [print_of_line(line) for line in self.spool.lines(start, stop)]

    async def grown_beyond(self, number: int) -> None:
        """Wait until there is a trade of this number."""
        while self.count <= number:
            await self._grown.wait()

    def attach(self, reader: Reader) -> None:
        """Let a tape at full speed wait for `reader`."""
        self._readers.add(reader)

    def detach(self, reader: Reader) -> None:
        """Wait for `reader` no longer."""
        self._readers.discard(reader)
        self.reader_moved()

    def reader_moved(self) -> None:
        """Tell the pump that a reader has taken trades, or given up."""
        self._moved.set()

    async def _readers_near(self, number: int) -> None:
        while any(
            reader.position is not None and reader.position < number
            for reader in self._readers
        ):
            self._moved.clear()
            await self._moved.wait()

    def close(self) -> None:
        """Let go of the spool."""
        self.spool.close()
