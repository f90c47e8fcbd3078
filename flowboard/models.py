"""One trade, and a batch of new ones: immutable values.

``_e4`` ten-thousandths of a dollar, ``_e2`` hundredths of a contract, ``_e6`` millionths
of a dollar, ``_ms`` Unix milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from flowboard.money import DOLLAR_E4

Source = Literal["ws", "poll", "heal", "backfill", "import"]
Ints = npt.NDArray[np.int64]

LIVE_SOURCES: frozenset[Source] = frozenset(("ws", "poll"))

WINDOWS_MS: dict[str, int] = {
    "1m": 60_000,
    "5m": 300_000,
    "15m": 900_000,
    "1h": 3_600_000,
    "24h": 86_400_000,
}


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One public print, as either feed gives it.

    Attributes:
        trade_id: The exchange's id, all 128 bits. The only identity.
        ts_ms: Exchange time; microseconds are cut, not rounded.
        yes_price_e4: Price of YES; the NO price is a dollar less this.
        taker_yes: Whether the taker bought YES (or sold NO).
        exact_time: False when the exchange told only the second.
        received_ms: Wall clock when Flowboard read it.
    """

    trade_id: bytes
    market_ticker: str
    ts_ms: int
    yes_price_e4: int
    count_e2: int
    taker_yes: bool
    is_block_trade: bool
    exact_time: bool
    received_ms: int
    source: Source

    @property
    def notional_e6(self) -> int:
        """What the taker paid: contracts x the price of the taker's side."""
        price = self.yes_price_e4 if self.taker_yes else DOLLAR_E4 - self.yes_price_e4
        return self.count_e2 * price


def order_keys(
    ts_ms: Ints, yes_price_e4: Ints, taker_yes: npt.NDArray[np.bool_]
) -> Ints:
    """Return one integer per trade that sorts trades of a market as they happened.

    The exchange gives no order inside a millisecond. Ours: YES takers before NO takers,
    each in the taker's direction (YES up, NO down), so that a live hour and its healed
    copy agree. `price_of_key` reads the YES price back.
    """
    no = ~taker_yes
    rank = np.where(taker_yes, yes_price_e4, DOLLAR_E4 - yes_price_e4)
    return (ts_ms << 15) | (no.astype(np.int64) << 14) | rank


def price_of_key(key: int) -> int:
    """Return the YES price in e4 that `order_keys` put into `key`."""
    rank = key & 0x3FFF
    return DOLLAR_E4 - rank if key & 0x4000 else rank


def time_of_key(key: int) -> int:
    """Return the exchange time in ms that `order_keys` put into `key`."""
    return key >> 15


@dataclass(frozen=True)
class TradeBatch:
    """New trades of one beat, in the order of their `seq`.

    Attributes:
        first_seq: `seq` of the first trade; the others follow without a hole.
        markets: Market id of each trade (see `Markets`), int32.
        counted: False for trades too far ahead of the exchange's clock: they stay on the
            tape and are in no window and no roll-up.
    """

    first_seq: int
    trades: Sequence[Trade]
    markets: npt.NDArray[np.int32]
    counted: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.trades)

    @property
    def seqs(self) -> range:
        """`seq` of each trade."""
        return range(self.first_seq, self.first_seq + len(self.trades))

    @property
    def last_seq(self) -> int:
        """`seq` of the last trade."""
        return self.first_seq + len(self.trades) - 1

    def part(self, start: int, end: int) -> "TradeBatch":
        """Return trades `start` up to `end` as a batch of their own."""
        return TradeBatch(
            self.first_seq + start,
            self.trades[start:end],
            self.markets[start:end],
            self.counted[start:end],
        )

    @cached_property
    def ts_ms(self) -> Ints:
        """Exchange times."""
        return np.array([t.ts_ms for t in self.trades], np.int64)

    @cached_property
    def yes_price_e4(self) -> Ints:
        """YES prices."""
        return np.array([t.yes_price_e4 for t in self.trades], np.int64)

    @cached_property
    def count_e2(self) -> Ints:
        """Contracts."""
        return np.array([t.count_e2 for t in self.trades], np.int64)

    @cached_property
    def taker_yes(self) -> npt.NDArray[np.bool_]:
        """Whether each taker took YES."""
        return np.array([t.taker_yes for t in self.trades], np.bool_)

    @cached_property
    def notional_e6(self) -> Ints:
        """Dollars that each taker paid."""
        yes = self.yes_price_e4
        return self.count_e2 * np.where(self.taker_yes, yes, DOLLAR_E4 - yes)

    @cached_property
    def order_key(self) -> Ints:
        """Order of the trades within their market; see `order_keys`."""
        return order_keys(self.ts_ms, self.yes_price_e4, self.taker_yes)


class TapeEntry(msgspec.Struct, frozen=True, gc=False):
    """A stored trade as every reader gets it, rendered once.

    Attributes:
        order_key: See `order_keys`; ties (same price, side and ms) break by `seq`.
        market: Market id (see `Markets`).
        counted: Whether the trade is in the windows.
        late: Whether it was fetched afterwards: healed or filled in.
        json: The trade object of /ws/stream and the HTTP API.
    """

    order_key: int
    seq: int
    ts_ms: int
    market: int
    taker_yes: bool
    notional_e6: int
    combo: bool
    counted: bool
    late: bool
    json: bytes


class MarketFlow(msgspec.Struct, frozen=True, gc=False):
    """One market's figures over one window; every figure is a sum of trades.

    Attributes:
        market: Market id (see `Markets`).
        yes_price_e4: Last YES price in the window, `first_yes_price_e4` the first.
        yes_flow_e6: Dollars paid by YES takers; `no_flow_e6` by NO takers.
        net_flow_e2: Contracts of YES takers less those of NO takers.
        heat: 0-100, or None where it is not offered (24h).
        sparkline: 60 steps of window/60: last YES price in e4, carried forward, None
            before the first trade of the window.
    """

    market: int
    yes_price_e4: int
    first_yes_price_e4: int
    yes_flow_e6: int
    no_flow_e6: int
    net_flow_e2: int
    volume_e2: int
    trade_count: int
    last_trade_ts_ms: int
    heat: int | None
    sparkline: list[int | None]

    @property
    def notional_e6(self) -> int:
        """Dollars paid by all takers."""
        return self.yes_flow_e6 + self.no_flow_e6
