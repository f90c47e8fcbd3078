"""Trades -> totals per market over five sliding windows, behind one door."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from flowboard.aggregator.blocks import Blocks, check_dump
from flowboard.aggregator.cells import (
    MINUTE_MS,
    NO_FLOW,
    SECOND_MS,
    TRADES,
    YES_FLOW,
    Cells,
    cells_of,
    coarser,
)
from flowboard.aggregator.prices import ASKED_MAX, Prices
from flowboard.aggregator.ranking import largest, values_by
from flowboard.aggregator.window import Window
from flowboard.markets import Markets
from flowboard.models import (
    WINDOWS_MS,
    Ints,
    MarketFlow,
    TradeBatch,
    price_of_key,
    time_of_key,
)

SECONDS_SPAN_MS = WINDOWS_MS["15m"]  # The longest window kept by the second.
MINUTES_SPAN_MS = WINDOWS_MS["24h"]
NO_HEAT = ("24h",)


class Totals(NamedTuple):
    """One window's sums over all markets, combos too."""

    trades: int
    active_markets: int
    notional_e6: int


class Aggregator:
    """Figures per market over the windows of `models.WINDOWS_MS`.

    Board time comes from outside and never goes back; folding a trade ahead of it moves
    it there, so that no counted trade is ever later than a window's end.

    Attributes:
        markets: Known tickers; ids that are folded must be among them.
        tape_from_ms: Time of the oldest counted trade ever folded, None before there is
            one. After a restart set it from the store, which remembers more.
        board_ms: Board time, None before there is one.

    Args:
        markets: Known tickers, shared with those who add to them.
    """

    def __init__(self, markets: Markets) -> None:
        self.markets = markets
        self.tape_from_ms: int | None = None
        self.board_ms: int | None = None
        self._seconds = Blocks(SECOND_MS)
        self._minutes = Blocks(MINUTE_MS)
        self._windows: dict[str, Window] = {}
        for name, span_ms in WINDOWS_MS.items():
            short = span_ms <= SECONDS_SPAN_MS
            self._windows[name] = Window(
                span_ms,
                self._seconds if short else self._minutes,
                None if name in NO_HEAT else self._minutes,
            )
        self._prices = {
            SECOND_MS: Prices(self._seconds, SECONDS_SPAN_MS // SECOND_MS),
            MINUTE_MS: Prices(self._minutes, MINUTES_SPAN_MS // MINUTE_MS),
        }
        self._last_key: Ints = np.zeros(0, np.int64)  # Of each market's newest trade.
        # What was loaded: its newest trade, and where its seconds begin.
        self._loaded_to_ms = -1
        self._seconds_from_ms: int | None = None
        self._reserve()

    def fold(self, batch: TradeBatch) -> None:
        """Count new trades, however late; each only once is the caller's duty.

        Reads the columns of `batch` alone, not its trades.
        """
        seconds = cells_of(batch, SECOND_MS)
        if len(seconds.bucket) == 0:
            return
        times = batch.ts_ms[batch.counted]
        oldest_ms, newest_ms = int(times.min()), int(times.max())
        if self.tape_from_ms is None or oldest_ms < self.tape_from_ms:
            self.tape_from_ms = oldest_ms
        self._reserve()
        self.advance(newest_ms)
        # One second is one minute is one market a row: a small beat is grouped once.
        one_second = seconds.bucket[0] == seconds.bucket[-1]
        minutes = seconds
        if one_second:
            minutes = seconds._replace(bucket=seconds.bucket // 60)
        else:
            minutes = coarser(seconds, 60)
        one_minute = minutes.bucket[0] == minutes.bucket[-1]
        per_market = minutes if one_minute else coarser(minutes, 1 << 40)
        for window in self._windows.values():
            by_second = window.bucket_ms == SECOND_MS
            window.add(seconds if by_second else minutes, per_market)
        self._last_key[per_market.market] = np.maximum(
            self._last_key[per_market.market], per_market.last_key
        )
        self._prices[SECOND_MS].add(seconds)
        self._prices[MINUTE_MS].add(minutes)
        self._keep(self._seconds, _not_before(seconds, self._seconds_kept_from))
        self._keep(self._minutes, _not_before(minutes, self._minutes_kept_from))

    def advance(self, board_ms: int) -> None:
        """Move board time on to `board_ms`; an earlier one changes nothing."""
        if self.board_ms is not None and board_ms <= self.board_ms:
            return
        fresh = self.board_ms is None
        if fresh:
            board_ms = max(board_ms, self._loaded_to_ms)
        self.board_ms = board_ms
        for window in self._windows.values():
            if fresh:
                window.move(board_ms)
            else:
                window.advance(board_ms)
        if fresh:
            self._build()
        self._seconds.drop_before(self._seconds_kept_from)
        self._minutes.drop_before(self._minutes_kept_from)
        self._prices[SECOND_MS].advance(self._windows["1m"].to_ms // SECOND_MS)
        self._prices[MINUTE_MS].advance(self._windows["1h"].to_ms // MINUTE_MS)

    def span(self, window: str) -> tuple[int, int]:
        """Return `window`'s first millisecond and the first after it.

        Both are 0 before there is a board time.
        """
        return self._windows[window].from_ms, self._windows[window].to_ms

    def totals(self, window: str) -> Totals:
        """Return `window`'s sums over all markets."""
        sums = self._windows[window].sums
        return Totals(
            trades=int(sums[TRADES].sum()),
            active_markets=int(np.count_nonzero(sums[TRADES])),
            notional_e6=int(sums[YES_FLOW].sum() + sums[NO_FLOW].sum()),
        )

    def sums(self, window: str) -> Ints:
        """Return `window`'s figures, one column for each market id; do not write.

        One row for each figure of `cells.Cells.sums`; there may be columns left over.
        """
        return self._windows[window].sums

    def last_trade(self, market: int) -> tuple[int, int] | None:
        """Return time (ms) and YES price (e4) of a market's newest trade in memory."""
        key = int(self._last_key[market]) if market < len(self._last_key) else 0
        return (time_of_key(key), price_of_key(key)) if key else None

    def top(
        self,
        window: str,
        sort: str,
        limit: int,
        combos: bool,
        among: npt.NDArray[np.bool_] | None = None,
    ) -> list[int]:
        """Return the ids of the first markets by `sort`, ties by ticker.

        Markets without a trade in the window are in no list, nor those that are over.
        Net flow sorts by size, either way; where heat is not offered, all tie.

        Args:
            window: A key of `models.WINDOWS_MS`.
            sort: notional, volume, net_flow or heat: what to rank by, largest first.
            limit: How many at most.
            combos: Whether combo markets take part.
            among: Whether each market may take part, by id; all may if not given.
        """
        seen = self._windows[window]
        known = len(self.markets)
        active = seen.sums[TRADES, :known] > 0
        active &= ~self.markets.over[: len(active)]
        if not combos:
            active &= ~self.markets.combo[: len(active)]
        if among is not None:
            active &= among[: len(active)]
        markets = active.nonzero()[0]
        values = values_by(sort, seen, markets, self.tape_from_ms)
        return largest(markets, values, limit, self.markets.tickers)

    def rows(self, window: str, markets: Sequence[int]) -> list[MarketFlow]:
        """Return the figures of `markets` over `window`, in the order asked.

        A market without a trade in the window has no figures and is left out.
        """
        seen = self._windows[window]
        asked = np.array(markets, np.int64)
        asked = asked[asked < seen.sums.shape[1]]
        asked = asked[seen.sums[TRADES, asked] > 0]
        rows: list[MarketFlow] = []
        for start in range(0, len(asked), ASKED_MAX):
            rows += self._rows(seen, asked[start : start + ASKED_MAX])
        return rows

    def _rows(self, window: Window, markets: Ints) -> list[MarketFlow]:
        first, sparklines = self._prices[window.bucket_ms].read(
            markets, window.span_ms // window.bucket_ms
        )
        heats: list[int] | list[None] = [None] * len(markets)
        if window.has_heat:
            heats = window.heat(markets, self.tape_from_ms).tolist()
        # No trade is later than a window's end: the newest of all is the last inside.
        columns = zip(
            markets.tolist(),
            self._last_key[markets].tolist(),
            first,
            window.sums[:, markets].T.tolist(),
            heats,
            sparklines,
            strict=True,
        )
        return [
            MarketFlow(
                market=market,
                yes_price_e4=price_of_key(last_key),
                first_yes_price_e4=first_price,
                yes_flow_e6=yes_flow,
                no_flow_e6=no_flow,
                net_flow_e2=yes_count - no_count,
                volume_e2=yes_count + no_count,
                trade_count=trades,
                last_trade_ts_ms=time_of_key(last_key),
                heat=heat,
                sparkline=sparkline,
            )
            for (
                market,
                last_key,
                first_price,
                (trades, yes_count, no_count, yes_flow, no_flow),
                heat,
                sparkline,
            ) in columns
        ]

    def load_minutes(
        self, minute: Ints, market: Ints, sums: Ints, first_key: Ints, last_key: Ints
    ) -> None:
        """Take in stored one-minute roll-ups, before the first `advance`.

        Args:
            minute: Unix minutes, rising.
            market: Market ids, rising inside a minute.
            sums: One row of trades, yes_count_e2, no_count_e2, yes_flow_e6, no_flow_e6
                each.
            first_key: Smallest order key of the minute's trades; see
                `models.order_keys`.
            last_key: Largest order key.
        """
        self._load(self._minutes, Cells(minute, market, sums, first_key, last_key))

    def load_seconds(
        self,
        second: Ints,
        market: Ints,
        sums: Ints,
        first_key: Ints,
        last_key: Ints,
        *,
        from_ms: int,
    ) -> None:
        """Take in the newest trades a second time, by the second.

        They fill the windows up to 15m and what these compare with; the longer windows
        take theirs from the minutes. `cells_of(batch, 1000)` gives the columns.

        Args:
            second: Unix seconds, rising; the other columns as for `load_minutes`.
            market: Market ids.
            sums: Figures.
            first_key: Smallest order keys.
            last_key: Largest order keys.
            from_ms: A whole minute, at least 15 minutes before board time, from which
                on no counted trade is missing.
        """
        if from_ms % MINUTE_MS:
            raise ValueError(
                f"seconds begin at {from_ms}: give them from a whole minute"
            )
        self._load(self._seconds, Cells(second, market, sums, first_key, last_key))
        self._seconds_from_ms = from_ms

    def dump(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the whole state as arrays; `load` makes it again."""
        times = self.board_ms, self.tape_from_ms, self._seconds_kept_from * SECOND_MS
        return {
            "times_ms": np.array([-1 if ms is None else ms for ms in times], np.int64),
            **self._seconds.dump("second_"),
            **self._minutes.dump("minute_"),
        }

    def load(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take over the state that `dump` returned, before the first `advance`.

        Args:
            arrays: What `dump` returned; market ids must mean the same markets.

        Raises:
            KeyError, ValueError: It is no such dump; nothing was taken over.
        """
        self._expect_fresh()
        for prefix in ("second_", "minute_"):
            check_dump(prefix, arrays, len(self.markets))
        board_ms, tape_from_ms, self._seconds_from_ms = arrays["times_ms"].tolist()
        self._seconds.load("second_", arrays)
        self._minutes.load("minute_", arrays)
        self.tape_from_ms = None if tape_from_ms < 0 else tape_from_ms
        if board_ms >= 0:
            self.advance(board_ms)

    def _load(self, blocks: Blocks, cells: Cells) -> None:
        self._expect_fresh()
        blocks.add(cells)
        if len(cells.bucket) == 0:
            return
        oldest_ms = time_of_key(int(cells.first_key.min()))
        if self.tape_from_ms is None or oldest_ms < self.tape_from_ms:
            self.tape_from_ms = oldest_ms
        newest_ms = time_of_key(int(cells.last_key.max()))
        self._loaded_to_ms = max(self._loaded_to_ms, newest_ms)

    def _expect_fresh(self) -> None:
        if self.board_ms is not None:
            raise RuntimeError("board time is running: load before the first advance")

    def _build(self) -> None:
        """Sum up what was loaded, now that the windows have their places."""
        self._reserve()
        kept_from_ms = self._seconds_kept_from * SECOND_MS
        seconds_from_ms = self._seconds_from_ms
        if seconds_from_ms is None and self._loaded_to_ms < kept_from_ms:
            seconds_from_ms = kept_from_ms
        if seconds_from_ms is None or seconds_from_ms > kept_from_ms:
            raise ValueError(
                f"seconds begin at {seconds_from_ms}, the 15m window needs them from "
                f"{kept_from_ms}: load more of them"
            )
        for window in self._windows.values():
            window.build(seconds_from_ms)
        for minute in self._minutes.buckets():
            block = self._minutes[minute].cells()
            self._last_key[block.market] = block.last_key

    def _keep(self, blocks: Blocks, cells: Cells) -> None:
        appeared = blocks.add(cells)
        if appeared:
            for window in self._windows.values():
                window.watch(blocks, appeared)

    @property
    def _seconds_kept_from(self) -> int:
        """First second kept: a whole minute, where seconds take over from minutes."""
        from_ms = self._windows["15m"].from_ms
        return from_ms // MINUTE_MS * MINUTE_MS // SECOND_MS

    @property
    def _minutes_kept_from(self) -> int:
        """First minute kept: where the baseline that reaches back furthest begins."""
        return self._windows["1h"].baseline_from_ms // MINUTE_MS

    def _reserve(self) -> None:
        """Make room for every known market, doubling."""
        room = max(256, len(self._last_key))
        while room < len(self.markets):
            room *= 2
        if room == len(self._last_key):
            return
        self._last_key = np.pad(self._last_key, (0, room - len(self._last_key)))
        for window in self._windows.values():
            window.reserve(room)
        for prices in self._prices.values():
            prices.reserve(room)


def _not_before(cells: Cells, bucket: int) -> Cells:
    kept = cells.bucket >= bucket
    return cells if kept.all() else cells.where(kept)
