"""The whole pipeline in one process, beside `sqlite3.executemany` of the same rows.

    python -m bench.pipeline [--profile]

Frame bytes -> decode -> dedupe -> SQLite -> five windows -> whales -> encoded delta, by
the product's own processor, writer and hub with the event loop running, 200,000 frames
over 20 minutes of exchange time. The yardstick stores the same trade rows and the same
roll-up upserts, grouped beforehand, in batches of 1,000 into a file with the same
pragmas and indexes. CPU seconds of the whole process count; wall stands beside them.
"""

import asyncio
import gc
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.decode import frames
from bench.machine import headline
from flowboard.board import Board
from flowboard.board_clock import BoardClock
from flowboard.database import Database, connection, rows, writer
from flowboard.feed_status import FeedStatus
from flowboard.hub import Hub
from flowboard.inbox import Inbox
from flowboard.kalshi.messages import Decoder
from flowboard.markets import Markets
from flowboard.models import TradeBatch
from flowboard.server import tune_interpreter
from flowboard.subscriber import Subscriber
from flowboard.trade_processor import BEAT_TRADES_MAX, TradeProcessor

FRAMES = 200_000
ROUNDS = 5
BATCH = 1_000
WALL_MS = 1_795_219_200_000
GOAL = 0.5
GOAL_ONE_MARKET = 1.2


class Cost(NamedTuple):
    """Seconds of one run."""

    cpu_s: float
    wall_s: float


async def pipeline(raws: list[bytes], path: Path) -> Cost:
    """Run every frame through the product; its last trade is stored and shown."""
    gc.collect()  # What the run before has left is none of this one's.
    status, clock = FeedStatus(0), BoardClock()
    database = Database.open(path)
    board = Board(database.markets, 1_000_000_000)
    hub = Hub(board, status, mode="demo", mono_ms=_mono_ms, wall_ms=lambda: WALL_MS)
    inbox = Inbox(2 * BEAT_TRADES_MAX)  # A socket gives its frames bit by bit, too.
    processor = TradeProcessor(inbox, database, board, hub, clock, status)
    reader = Subscriber()
    hub.join(reader, hub.default)

    async def feed() -> None:
        decoder = Decoder()
        decode, trade = decoder.decode, decoder.trade
        for raw in raws:
            if inbox.full:
                await inbox.room()
            frame = decode(raw)
            clock.hear_exchange(frame.sending_ts_ms, 0, True)
            inbox.put(trade(frame, WALL_MS))
        inbox.close()

    async def read() -> int:
        sent = 0
        while (frame := await reader.next()) is not None:
            sent += len(frame)
        return sent

    start = Cost(time.process_time(), time.perf_counter())
    reading = asyncio.create_task(read())
    await asyncio.gather(feed(), processor.run())
    cost = Cost(time.process_time() - start.cpu_s, time.perf_counter() - start.wall_s)
    assert database.trades == len(raws) == board.trades_total
    hub.close()
    await reading
    await database.close()
    return cost


Grouped = list[tuple[list[tuple[int | bytes, ...]], list[tuple[int, ...]]]]


def batch_of(raws: list[bytes], start: int, markets: Markets) -> TradeBatch:
    """Return the trades of `raws`, numbered from `start` + 1."""
    decoder = Decoder()
    trades = [decoder.trade(decoder.decode(raw), WALL_MS) for raw in raws]
    ids = markets.ids_of([trade.market_ticker for trade in trades])
    return TradeBatch(start + 1, trades, ids, np.ones(len(trades), np.bool_))


def grouped(raws: list[bytes], size: int = BATCH) -> Grouped:
    """Return the yardstick's rows, `size` to a batch."""
    markets = Markets()
    batches: Grouped = []
    for start in range(0, len(raws), size):
        batch = batch_of(raws[start : start + size], start, markets)
        trades = cut(rows.flat_rows_of(batch), rows.COLUMN_COUNT)
        minutes = cut(writer.flat_minutes_of(batch), writer.MINUTE_COLUMNS)
        batches.append((trades, minutes))
    return batches


def cut(flat: list[Any], columns: int) -> list[tuple[Any, ...]]:
    """Return rows of so many columns, cut from one long list."""
    return list(zip(*[iter(flat)] * columns, strict=True))


def yardstick(batches: Grouped, path: Path) -> Cost:
    """Store the rows the plain way."""
    file = connection.open_for_writing(path)
    trade_marks = ",".join("?" * rows.COLUMN_COUNT)
    minute_marks = ",".join("?" * writer.MINUTE_COLUMNS)
    start = Cost(time.process_time(), time.perf_counter())
    for trades, minutes in batches:
        file.execute("BEGIN IMMEDIATE")
        file.executemany(f"{writer.INSERT_TRADES}({trade_marks})", trades)
        file.executemany(
            f"{writer.INSERT_MINUTES}({minute_marks}){writer.UPSERT}", minutes
        )
        file.execute("COMMIT")
    cost = Cost(time.process_time() - start.cpu_s, time.perf_counter() - start.wall_s)
    file.close()
    return cost


def _mono_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def main() -> None:
    """Run, and print the figures and their ratios."""
    raws, one_market = frames(FRAMES), frames(FRAMES, 1)
    batches = grouped(raws)
    if "--profile" in sys.argv:
        _profile(raws)
        return
    tune_interpreter()  # As the serving process does.
    plain: list[Cost] = []
    ours: list[Cost] = []
    one: list[Cost] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            plain.append(yardstick(batches, Path(folder) / "plain.db"))
            ours.append(asyncio.run(pipeline(raws, Path(folder) / "ours.db")))
            one.append(asyncio.run(pipeline(one_market, Path(folder) / "one.db")))
    print(headline("pipeline"))
    print(f"  {FRAMES:,} frames, 20 minutes, median of {ROUNDS} rounds, us a trade")
    for name, costs in (
        ("executemany", plain),
        ("pipeline", ours),
        ("one market", one),
    ):
        cpu_s, wall_s = _median(costs)
        print(
            f"  {name:12} {cpu_s / FRAMES * 1e6:7.2f} CPU {wall_s / FRAMES * 1e6:7.2f} wall"
        )
    ratio = _median(plain).cpu_s / _median(ours).cpu_s
    wall = _median(plain).wall_s / _median(ours).wall_s
    print(
        f"  pipeline at {ratio:.0%} of executemany by CPU, {wall:.0%} by wall (goal 50 %)"
    )
    print(
        f"  one market costs {_median(one).cpu_s / _median(ours).cpu_s:.2f}x (goal 1.2x)"
    )


def _profile(raws: list[bytes]) -> None:
    import cProfile
    import pstats

    with tempfile.TemporaryDirectory() as folder, cProfile.Profile() as profile:
        asyncio.run(pipeline(raws, Path(folder) / "ours.db"))
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
