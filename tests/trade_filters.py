"""Filters as hypothesis draws them, and what they let through, read off trade objects."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from flowboard.models import TapeEntry
from flowboard.trade_filter import TradeFilter

TICKERS = ["KXA-1", "KXA-2", "KXAB-1", "KXB", "KXMVE-1", "KXMVEA-2"]
SERIES = ["KXA", "KXAB", "KXB", "KXMVE", "KXMVEA", "KX"]

filters = st.builds(
    TradeFilter,
    combos=st.booleans(),
    tickers=st.none() | st.sets(st.sampled_from([*TICKERS, "KXNONE"])).map(tuple),
    series=st.none() | st.sets(st.sampled_from(SERIES)).map(tuple),
    min_notional_e6=st.sampled_from([0, 0, 1, 36_000_000, 36_000_001, 10**9]),
    side=st.sampled_from([None, None, "yes", "no"]),
    live_only=st.booleans(),
)


def passes(trade: dict[str, Any], wanted: TradeFilter) -> bool:
    """Return whether a trade object passes, by the words of the documents."""
    ticker = trade["market_ticker"]
    refused = [
        not wanted.combos and ticker.startswith("KXMVE"),
        wanted.tickers is not None and ticker not in wanted.tickers,
        wanted.series is not None and ticker.split("-")[0] not in wanted.series,
        Decimal(trade["notional_dollars"]) * 1_000_000 < wanted.min_notional_e6,
        wanted.side not in (None, trade["taker_outcome_side"]),
        wanted.live_only and trade["source"] not in ("ws", "poll"),
    ]
    return not any(refused)


def objects(entries: list[TapeEntry]) -> list[dict[str, Any]]:
    """Return entries as a client reads them."""
    return [json.loads(entry.json) for entry in entries]
