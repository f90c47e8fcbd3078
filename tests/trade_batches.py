"""The oracle's prints -> what the product folds."""

import numpy as np

from flowboard.markets import Markets
from flowboard.models import TapeEntry, Trade, TradeBatch, order_keys
from flowboard.stream_messages import render_all
from tests.oracle import Print

START_MS = 1_767_225_600_000  # Midnight, so that hours and days end at round numbers.


def batch_of(prints, markets, source="ws"):
    """Return a batch of `prints`, whose `seq` must follow each other."""
    return TradeBatch(
        first_seq=prints[0].seq,
        trades=[trade_of(p, source) for p in prints],
        markets=np.array([markets.id_of(p.ticker) for p in prints], np.int32),
        counted=np.array([p.counted for p in prints], np.bool_),
    )


def trade_of(p, source="ws"):
    """Return `p` as a trade."""
    return Trade(
        trade_id=p.seq.to_bytes(16, "big"),
        market_ticker=p.ticker,
        ts_ms=p.ts_ms,
        yes_price_e4=p.price_e4,
        count_e2=p.count_e2,
        taker_yes=p.yes,
        is_block_trade=False,
        exact_time=True,
        received_ms=p.ts_ms + 40,
        source=source,
    )


def entries_of(prints):
    """Return `prints` as entries of the tape, each ticker with an id of its own."""
    markets = Markets()
    keys = order_keys(
        np.array([p.ts_ms for p in prints], np.int64),
        np.array([p.price_e4 for p in prints], np.int64),
        np.array([p.yes for p in prints], np.bool_),
    )
    return [
        TapeEntry(
            order_key=key,
            seq=p.seq,
            ts_ms=p.ts_ms,
            market=markets.id_of(p.ticker),
            taker_yes=p.yes,
            notional_e6=p.dollars_e6,
            combo=p.combo,
            counted=p.counted,
            late=False,
            json=b"{}",
        )
        for key, p in zip(keys.tolist(), prints, strict=True)
    ]


def make_print(seq, ts_ms=START_MS, **changes):
    """Return a print with plausible values."""
    values = {"ticker": "KXBTC-26JAN01-B1", "price_e4": 3600, "count_e2": 1000}
    return Print(seq=seq, ts_ms=ts_ms, **({"yes": True} | values | changes))


def render_trade(seq, trade):
    """Return the trade object of one trade."""
    batch = TradeBatch(seq, [trade], np.zeros(1, np.int32), np.ones(1, np.bool_))
    return render_all(batch)[0]
