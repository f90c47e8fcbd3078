"""One invented frame of /ws/stream of each kind, as the AsyncAPI document shows it."""

from typing import Any

import msgspec

from flowboard.stream_frames import (
    VERSION,
    Delta,
    Error,
    Feed,
    GetSnapshot,
    Heartbeat,
    HotRow,
    InForce,
    Ping,
    Pong,
    Resumed,
    RowChange,
    Snapshot,
    Stats,
    Subscribe,
    Trade,
    Trades,
    Wanted,
)
from flowboard.subscription import Subscription

EPOCH = "5d0c9a1be2f7s1"
TICKER = "KXHIGHNY-26NOV21-T50"
NOW_MS = 1_795_266_000_123
FROM_MS, TO_MS = 1_795_265_701_000, 1_795_266_001_000
SPAN_MS = TO_MS - FROM_MS


def examples() -> dict[str, Any]:
    """Return a frame of each kind, by its `type`, as JSON has it."""
    trade = Trade(
        seq=90_210,
        trade_id="0c51e0aa-0000-4000-8000-00000000002a",
        market_ticker=TICKER,
        yes_price_dollars="0.3400",
        no_price_dollars="0.6600",
        count_fp="12.00",
        taker_outcome_side="yes",
        is_block_trade=False,
        ts_ms=NOW_MS - 253,
        notional_dollars="4.080000",
        received_ts_ms=NOW_MS - 212,
        source="ws",
    )
    late = msgspec.structs.replace(trade, source="heal", late=True)
    feed = Feed("live", True, 37, NOW_MS - 42, 0)
    stats = Stats(90_210, 12.25, 311, "48112.960000")
    row = HotRow(
        market_ticker=TICKER,
        title="Above 50° in New York today?",
        yes_price_dollars="0.3400",
        first_yes_price_dollars="0.3400",
        change_dollars="0.0000",
        notional_dollars="4.080000",
        yes_flow_dollars="4.080000",
        no_flow_dollars="0.000000",
        net_flow_fp="12.00",
        volume_fp="12.00",
        trade_count=1,
        last_trade_ts_ms=trade.ts_ms,
        sparkline=(*[None] * 59, 3_400),
        heat=0,
    )
    window = ("5m", FROM_MS, TO_MS, SPAN_MS)
    frames = (
        Snapshot(
            *(VERSION, EPOCH, 41, trade.seq, NOW_MS, *window),
            mode="live",
            feed=feed,
            subscription=msgspec.convert(Subscription().public(), InForce),
            stats=stats,
            hot_markets=(row,),
            recent_trades=(trade,),
        ),
        Delta(
            *(42, trade.seq, NOW_MS, *window, stats),
            trades=(trade,),
            hot_markets=(RowChange(TICKER, yes_price_dollars="0.3400", trade_count=2),),
            left=("KXBTC-26NOV21-B95000",),
        ),
        Heartbeat(42, NOW_MS + 5_000, feed),
        Resumed(EPOCH, 41, recovered=True),
        Trades((late,), trade.seq, done=True),
        Pong(id=7),
        Error("bad_parameter", "window '7m' is not known: use 1m, 5m, 15m, 1h, 24h", 8),
        Ping(id=7),
        GetSnapshot(id=8),
        Subscribe(Wanted(channels=["trades"], min_notional="1000"), id=9),
    )
    decoded: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(frames))
    return {frame["type"]: frame for frame in decoded}
