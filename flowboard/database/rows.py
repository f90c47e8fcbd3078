"""A trade <-> its row of `trade_rows`."""

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from flowboard.models import Ints, Source, Trade, TradeBatch

TAKER_YES, BLOCK_TRADE, SECOND_ONLY, NOT_COUNTED, SOURCE = 1, 2, 4, 8, 16
SOURCES: tuple[Source, ...] = get_args(Source)
COLUMNS = "seq, ts_ms, trade_id, market, yes_price_e4, count_e2, flags, delay_ms"
COLUMN_COUNT = 8


def flags_of(trade: Trade, counted: bool) -> int:
    """Return the column `flags` of `trade`."""
    return (
        TAKER_YES * trade.taker_yes
        | BLOCK_TRADE * trade.is_block_trade
        | SECOND_ONLY * (not trade.exact_time)
        | NOT_COUNTED * (not counted)
        | SOURCE * SOURCES.index(trade.source)
    )


def rows_of(batch: TradeBatch) -> list[tuple[int | bytes, ...]]:
    """Return the rows of `batch`, columns as in `COLUMNS`."""
    seen: dict[tuple[bool, bool, bool, Source, bool], int] = {}
    flags: list[int] = []
    for t, counted in zip(batch.trades, batch.counted.tolist(), strict=True):
        kind = (t.taker_yes, t.is_block_trade, t.exact_time, t.source, counted)
        flag = seen.get(kind)
        if flag is None:
            flag = seen[kind] = flags_of(t, counted)
        flags.append(flag)
    columns = zip(
        range(batch.first_seq, batch.first_seq + len(batch)),
        batch.ts_ms.tolist(),
        [t.trade_id for t in batch.trades],
        batch.markets.tolist(),
        batch.yes_price_e4.tolist(),
        batch.count_e2.tolist(),
        flags,
        [t.received_ms - t.ts_ms for t in batch.trades],
        strict=True,
    )
    return list(columns)


def trade_of(row: Sequence[Any], tickers: Sequence[str]) -> Trade:
    """Return the trade of `row`, columns as in `COLUMNS`."""
    _, ts_ms, trade_id, market, yes_price_e4, count_e2, flags, delay_ms = row
    return Trade(
        trade_id=trade_id,
        market_ticker=tickers[market],
        ts_ms=ts_ms,
        yes_price_e4=yes_price_e4,
        count_e2=count_e2,
        taker_yes=bool(flags & TAKER_YES),
        is_block_trade=bool(flags & BLOCK_TRADE),
        exact_time=not flags & SECOND_ONLY,
        received_ms=ts_ms + delay_ms,
        source=SOURCES[flags >> 4],
    )


class StoredColumns(TradeBatch):
    """Columns of stored rows, without their trades: all that the windows read."""

    @classmethod
    def of(
        cls,
        ts_ms: Ints,
        markets: Ints,
        yes_price_e4: Ints,
        count_e2: Ints,
        taker_yes: npt.NDArray[np.bool_],
    ) -> "StoredColumns":
        """Return counted trades with these columns."""
        batch = cls(0, (), markets.astype(np.int32), np.ones(len(ts_ms), np.bool_))
        # What `cached_property` would have worked out of the trades.
        vars(batch).update(
            ts_ms=ts_ms,
            yes_price_e4=yes_price_e4,
            count_e2=count_e2,
            taker_yes=taker_yes,
        )
        return batch
