"""A trade <-> its row of `trade_rows`."""

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from flowboard.models import LIVE_SOURCES, Ints, Source, Trade, TradeBatch
from flowboard.trade_filter import TradeFilter

TAKER_YES, BLOCK_TRADE, SECOND_ONLY, NOT_COUNTED, SOURCE = 1, 2, 4, 8, 16
SOURCES: tuple[Source, ...] = get_args(Source)
SOURCE_NUMBERS = {source: number for number, source in enumerate(SOURCES)}
COLUMNS = "seq, ts_ms, trade_id, market, yes_price_e4, count_e2, flags, delay_ms"
COLUMN_COUNT = 8
# Which rows pass a filter, its markets apart: what `passing_values` gives is named here.
PASSES = f"""
    count_e2 * iif(flags & 1, yes_price_e4, 10000 - yes_price_e4) >= :least_e6
    AND (:side IS NULL OR flags & 1 = :side)
    AND (:late_too OR flags >> 4 IN ({
    ", ".join(str(SOURCE_NUMBERS[source]) for source in sorted(LIVE_SOURCES))
}))
"""


def flat_rows_of(batch: TradeBatch) -> list[int | bytes]:
    """Return the rows of `batch`, columns as in `COLUMNS`, one row behind the other."""
    trades, ts_ms = batch.trades, batch.ts_ms
    flags = (
        TAKER_YES * batch.taker_yes
        | BLOCK_TRADE * np.array([t.is_block_trade for t in trades], np.int64)
        | SECOND_ONLY * np.array([not t.exact_time for t in trades], np.int64)
        | NOT_COUNTED * ~batch.counted
        | SOURCE * np.array([SOURCE_NUMBERS[t.source] for t in trades], np.int64)
    )
    received_ms = np.array([t.received_ms for t in trades], np.int64)
    flat: list[int | bytes] = [0] * (COLUMN_COUNT * len(trades))
    columns: Sequence[Sequence[int | bytes]] = (
        range(batch.first_seq, batch.first_seq + len(trades)),
        ts_ms.tolist(),
        [t.trade_id for t in trades],
        batch.markets.tolist(),
        batch.yes_price_e4.tolist(),
        batch.count_e2.tolist(),
        flags.tolist(),
        (received_ms - ts_ms).tolist(),
    )
    for place, column in enumerate(columns):
        flat[place::COLUMN_COUNT] = column
    return flat


def passing_values(wanted: TradeFilter) -> dict[str, int | None]:
    """Return what `PASSES` is to be asked with."""
    return {
        "least_e6": wanted.min_notional_e6,
        "side": None if wanted.side is None else int(wanted.side == "yes"),
        "late_too": not wanted.live_only,
    }


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
