"""Real deltas of the default subscription, made by the product's own board and hub."""

import asyncio

import numpy as np
from msgspec.structs import replace

from bench.synthetic import trades_of, zipf_markets
from flowboard.board import Board
from flowboard.feed_status import FeedStatus
from flowboard.hub import Hub
from flowboard.markets import Markets
from flowboard.models import TradeBatch
from flowboard.prepared_frame import PreparedFrame
from flowboard.stream_messages import render_trades
from flowboard.subscriber import Subscriber

START_MS = 1_795_219_200_000
BEAT_MS = 100
MARKETS = 2_000
WARM_BEATS = 600  # A minute of trades is in the windows already.
KILOBYTE = 1_024
SMALL_BYTES = 1_500
WHALE_E6 = 1_000_000_000


class _Kept:
    """An outlet that keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[PreparedFrame] = []
        self.is_writable = True
        self.waiting_bytes = 0
        self.writable = asyncio.Event()
        self.writable.set()

    def send_frame(self, frame: PreparedFrame) -> None:
        self.frames.append(frame)


def kilobytes(beats: int) -> list[bytes]:
    """Return messages of 1 KB on average: of ten trades a second, one and its row.

    Some have no row, where the market is not among the first; of these, few enough.
    """
    found: list[bytes] = []
    size = 0
    for delta in deltas(10, beats):
        mean = (size + len(delta)) / (len(found) + 1)
        if mean >= KILOBYTE and len(delta) < SMALL_BYTES:
            found.append(delta)
            size += len(delta)
    return found


def deltas(rate: int, beats: int) -> list[bytes]:
    """Return the messages of so many beats at `rate` trades a second."""
    return asyncio.run(_deltas(rate, beats))


async def _deltas(rate: int, beats: int) -> list[bytes]:
    rng = np.random.default_rng(1)
    tickers = [f"KXGAME{n % 40:02}-26NOV21T{n // 8:04}-{n % 8}" for n in range(MARKETS)]
    markets = Markets(tickers)
    pick = zipf_markets(rng, MARKETS)
    now_ms = START_MS
    board = Board(markets, WHALE_E6)
    hub = Hub(
        board,
        FeedStatus(0),
        mode="demo",
        mono_ms=lambda: now_ms,
        wall_ms=lambda: now_ms,
    )
    hub.ready.set()
    outlet = _Kept()
    for beat in range(WARM_BEATS + beats):
        if beat == WARM_BEATS:
            hub.join(Subscriber(outlet, lambda _: None), hub.default)
        now_ms += BEAT_MS
        rows = rate * BEAT_MS // 1_000
        ts_ms = now_ms - BEAT_MS + np.sort(rng.integers(0, BEAT_MS, rows))
        ids = pick(rows)
        trades = [
            replace(trade, trade_id=rng.bytes(16))
            for trade in trades_of(rng, ts_ms, ids, markets)
        ]
        batch = TradeBatch(board.seq + 1, trades, ids, np.ones(rows, np.bool_))
        board.fold(batch, render_trades(batch, markets))
        board.advance(now_ms)
        hub.publish()
    return [
        frame.payload for frame in outlet.frames if b'"delta"' in frame.payload[:20]
    ]
