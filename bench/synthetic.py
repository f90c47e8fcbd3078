"""Made-up trades as columns, for benches of what reads no more of a trade."""

from collections.abc import Callable

import numpy as np

from flowboard.markets import Markets
from flowboard.models import Trade, TradeBatch


class Columns(TradeBatch):
    """A batch made from arrays; `trades` stays empty."""

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        first_seq: int,
        ts_ms: np.ndarray,
        markets: np.ndarray,
    ) -> "Columns":
        """Return trades at the given times and markets, the rest drawn."""
        rows = len(ts_ms)
        batch = cls(first_seq, (), markets, np.ones(rows, np.bool_))
        # What `cached_property` would have computed from the trades.
        batch.__dict__["ts_ms"] = ts_ms.astype(np.int64)
        batch.__dict__["yes_price_e4"] = rng.integers(1, 100, rows) * 100
        batch.__dict__["count_e2"] = rng.integers(1, 50_000, rows)
        batch.__dict__["taker_yes"] = rng.random(rows) < 0.5
        return batch

    def part(self, start: int, end: int) -> "Columns":
        """Return rows `start` up to `end` as a batch of their own."""
        batch = type(self)(
            self.first_seq + start, (), self.markets[start:end], self.counted[start:end]
        )
        for name in ("ts_ms", "yes_price_e4", "count_e2", "taker_yes"):
            batch.__dict__[name] = getattr(self, name)[start:end]
        return batch


def zipf_markets(rng: np.random.Generator, markets: int) -> Callable[[int], np.ndarray]:
    """Return a function that draws market ids, the n-th as often as 1/n."""
    shares = 1 / np.arange(1, markets + 1)
    reached = np.cumsum(shares) / shares.sum()

    def pick(rows: int) -> np.ndarray:
        return reached.searchsorted(rng.random(rows)).astype(np.int32)

    return pick


def trades_of(
    rng: np.random.Generator, ts_ms: np.ndarray, ids: np.ndarray, markets: Markets
) -> list[Trade]:
    """Return whole trades at the given times and markets, the rest drawn."""
    rows = len(ts_ms)
    columns = zip(
        ts_ms.tolist(),
        ids.tolist(),
        (rng.integers(1, 100, rows) * 100).tolist(),
        rng.integers(1, 50_000, rows).tolist(),
        (rng.random(rows) < 0.5).tolist(),
        strict=True,
    )
    return [
        Trade(
            trade_id=n.to_bytes(16, "big"),
            market_ticker=markets.tickers[market],
            ts_ms=at_ms,
            yes_price_e4=price_e4,
            count_e2=count_e2,
            taker_yes=yes,
            is_block_trade=False,
            exact_time=True,
            received_ms=at_ms + 40,
            source="ws",
        )
        for n, (at_ms, market, price_e4, count_e2, yes) in enumerate(columns)
    ]
