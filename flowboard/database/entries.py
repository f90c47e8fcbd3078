"""Stored rows -> trades as readers get them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowboard.database import rows
from flowboard.markets import Markets
from flowboard.models import TapeEntry, TradeBatch
from flowboard.stream_messages import render_trades


def entries_of(found: Sequence[Any], markets: Markets) -> list[TapeEntry]:
    """Return stored trades, rendered, in the order of their rows.

    Args:
        found: Rows, columns as in `rows.COLUMNS`.
        markets: Tickers by id.
    """
    trades = [rows.trade_of(row, markets.tickers) for row in found]
    batch = TradeBatch(
        0,
        trades,
        np.array([row[3] for row in found], np.int32),
        np.array([not row[6] & rows.NOT_COUNTED for row in found], np.bool_),
    )
    return render_trades(batch, markets, [row[0] for row in found])
