"""The whole pipeline in one process, beside `sqlite3.executemany` of the same rows.

    python -m bench.pipeline [--profile]

Frame bytes -> decode -> dedupe -> SQLite -> five windows -> whales -> encoded delta, by
the product's own processor, writer and hub with the event loop running, 200,000 frames
over 20 minutes of exchange time. The yardstick stores the same trade rows and the same
roll-up upserts, grouped beforehand, in batches of 1,000 into a file with the same
pragmas and indexes. CPU seconds of the whole process count; wall stands beside them.
Another run brings a quote for every two trades as well, decoded, shown and stored, a
thousand trades a second of exchange time; its yardstick stores the same quote rows too,
those that change a market's last of a second, straight into the table where they stay.
Both are also set against the yardstick of the trades alone.
"""

import asyncio
import gc
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import astuple

from bench.decode import MARKETS, STEP_MS, frames
from bench.machine import headline
from flowboard.board import Board
from flowboard.board_clock import BoardClock
from flowboard.database import Database, connection, quote_rows, rows, writer
from flowboard.feed_status import FeedStatus
from flowboard.hub import Hub
from flowboard.inbox import Inbox
from flowboard.kalshi.messages import Decoder, TickerFrame, TradeFrame
from flowboard.market_info import Quote
from flowboard.markets import Markets
from flowboard.models import TradeBatch
from flowboard.money import format_price_e4
from flowboard.prepared_frame import PreparedFrame
from flowboard.quote_tape import QuoteTape
from flowboard.server import tune_interpreter
from flowboard.subscriber import Subscriber
from flowboard.trade_processor import BEAT_TRADES_MAX, TradeProcessor

FRAMES = 200_000
FROM_MS = 1_795_219_200_000  # As the frames of `bench.decode` begin.
QUOTE = b'{"type":"ticker","sid":2,'
ROUNDS = 5
BATCH = 1_000
WALL_MS = 1_795_219_200_000
GOAL = 0.5
GOAL_WITH_QUOTES = 0.42
GOAL_ONE_MARKET = 1.2


class Cost(NamedTuple):
    """Seconds of one run."""

    cpu_s: float
    wall_s: float


class Sink:
    """An outlet that takes every frame at once."""

    is_writable, waiting_bytes = True, 0

    def __init__(self) -> None:
        self.writable = asyncio.Event()
        self.writable.set()
        self.sent = 0

    def send_frame(self, frame: PreparedFrame) -> None:
        """Count a frame's bytes."""
        self.sent += len(frame.payload)


async def pipeline(raws: list[bytes], path: Path) -> Cost:
    """Run every frame through the product; its last trade is stored and shown."""
    gc.collect()  # What the run before has left is none of this one's.
    status, clock = FeedStatus(0), BoardClock()
    database = Database.open(path)
    board = Board(database.markets, 1_000_000_000)
    hub = Hub(board, status, mode="demo", mono_ms=_mono_ms, wall_ms=lambda: WALL_MS)
    inbox = Inbox(2 * BEAT_TRADES_MAX)  # A socket gives its frames bit by bit, too.
    processor = TradeProcessor(inbox, database, board, hub, clock, status)
    hub.ready.set()
    reader = Sink()
    hub.join(Subscriber(reader, lambda _: None), hub.default)

    async def feed() -> None:
        decoder = Decoder()
        decode, trade = decoder.decode, decoder.trade
        for raw in raws:
            frame = decode(raw)
            clock.hear_exchange(frame.sending_ts_ms, 0, True)
            if isinstance(frame, TradeFrame):
                if inbox.full:
                    await inbox.room()
                inbox.put(trade(frame, WALL_MS))
            else:
                show(*decoder.quote(frame))
        inbox.close()

    def show(ticker: str, quote: Quote) -> None:
        market = board.markets.id_of(ticker)
        if board.quotes.put(market, quote):
            database.quotes.put(market, quote)

    start = Cost(time.process_time(), time.perf_counter())
    await asyncio.gather(feed(), processor.run())
    cost = Cost(time.process_time() - start.cpu_s, time.perf_counter() - start.wall_s)
    quotes = sum(raw.startswith(QUOTE) for raw in raws)
    assert database.trades == len(raws) - quotes == board.trades_total
    hub.close()
    assert reader.sent > len(raws)
    await database.close()
    return cost


def with_quotes(raws: list[bytes], step_ms: int = STEP_MS) -> list[bytes]:
    """Return the frames of `raws`, and after every second a quote of some market."""
    rng = random.Random(2)
    weights = [1 / (rank + 1) for rank in range(MARKETS)]
    markets = rng.choices(range(MARKETS), weights, k=len(raws) // 2)
    out: list[bytes] = []
    for n, market in enumerate(markets):
        out += raws[2 * n : 2 * n + 2]
        ts_ms = FROM_MS + 2 * step_ms * n
        bid_e4 = rng.randrange(1, 97) * 100
        sizes = [f"{rng.lognormvariate(5, 1.8):.0f}.00" for _ in range(2)]
        out.append(
            QUOTE
            + f'"msg":{{"market_ticker":"KXBENCH-26NOV21-T{market}",'
            '"market_id":"9b0f6b43-5b68-4f9f-9f02-9a2d1b8ac1a1",'
            f'"price_dollars":"{format_price_e4(bid_e4)}",'
            f'"yes_bid_dollars":"{format_price_e4(bid_e4)}",'
            f'"yes_ask_dollars":"{format_price_e4(bid_e4 + 200)}",'
            f'"volume_fp":"{n}.00","open_interest_fp":"{n // 2}.00",'
            f'"dollar_volume":{n},"dollar_open_interest":{n // 2},'
            f'"yes_bid_size_fp":"{sizes[0]}","yes_ask_size_fp":"{sizes[1]}",'
            f'"last_trade_size_fp":"25.00","ts":{ts_ms // 1000},"ts_ms":{ts_ms},'
            f'"time":"2026-11-21T00:00:00.123Z"}},"sending_ts_ms":{ts_ms + 4}}}\n'.encode()
        )
    return out


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


QuoteRows = list[list[tuple[int, ...]]]


def quotes_of(raws: list[bytes], size: int = BATCH) -> QuoteRows:
    """Return the rows of the quotes among `raws`, as many batches as of trades."""
    decoder, tape, markets = Decoder(), QuoteTape(), Markets()
    batches: QuoteRows = []
    size += size // 2
    for start in range(0, len(raws), size):
        for raw in raws[start : start + size]:
            frame = decoder.decode(raw)
            if isinstance(frame, TickerFrame):
                ticker, quote = decoder.quote(frame)
                tape.put(markets.id_of(ticker), quote)
        last = start + size >= len(raws)
        rows = (tape.take_rest() if last else tape.take_unsaved()).rows
        batches.append([_stored(market, quote) for market, quote in rows])
    return batches


def _stored(market: int, quote: Quote) -> tuple[int, ...]:
    bucket, ms = divmod(quote.ts_ms, 1 << quote_rows.BUCKET_BITS)
    return (bucket, market, ms, 0, *astuple(quote)[1:-1])


def yardstick(batches: Grouped, path: Path, quotes: QuoteRows | None = None) -> Cost:
    """Store the rows the plain way."""
    file = connection.open_for_writing(path)
    quote_marks = ",".join("?" * quote_rows.COLUMNS)
    trade_marks = ",".join("?" * rows.COLUMN_COUNT)
    minute_marks = ",".join("?" * writer.MINUTE_COLUMNS)
    start = Cost(time.process_time(), time.perf_counter())
    for place, (trades, minutes) in enumerate(batches):
        file.execute("BEGIN IMMEDIATE")
        file.executemany(f"{writer.INSERT_TRADES}({trade_marks})", trades)
        file.executemany(
            f"{writer.INSERT_MINUTES}({minute_marks}){writer.UPSERT}", minutes
        )
        if quotes is not None:
            file.executemany(f"{quote_rows.INSERT}({quote_marks})", quotes[place])
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
    busy = frames(FRAMES, step_ms=1)
    quoted = with_quotes(busy, 1)
    batches = grouped(raws)
    if "--profile" in sys.argv:
        _profile(quoted)
        return
    tune_interpreter()  # As the serving process does.
    plain: list[Cost] = []
    ours: list[Cost] = []
    busy_batches, quotes = grouped(busy), quotes_of(quoted)
    plain_both: list[Cost] = []
    both: list[Cost] = []
    one: list[Cost] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            plain.append(yardstick(batches, Path(folder) / "plain.db"))
            ours.append(asyncio.run(pipeline(raws, Path(folder) / "ours.db")))
            plain_both.append(
                yardstick(busy_batches, Path(folder) / "plain_both.db", quotes)
            )
            both.append(asyncio.run(pipeline(quoted, Path(folder) / "both.db")))
            one.append(asyncio.run(pipeline(one_market, Path(folder) / "one.db")))
    print(headline("pipeline"))
    print(f"  {FRAMES:,} frames, 20 minutes, median of {ROUNDS} rounds, us a trade")
    for name, costs in (
        ("executemany", plain),
        ("pipeline", ours),
        ("executemany, quotes", plain_both),
        ("pipeline, quotes", both),
        ("one market", one),
    ):
        cpu_s, wall_s = _median(costs)
        print(
            f"  {name:19} {cpu_s / FRAMES * 1e6:7.2f} CPU {wall_s / FRAMES * 1e6:7.2f} wall"
        )
    ratio = _median(plain).cpu_s / _median(ours).cpu_s
    wall = _median(plain).wall_s / _median(ours).wall_s
    print(
        f"  pipeline at {ratio:.0%} of executemany by CPU, {wall:.0%} by wall (goal 50 %)"
    )
    print(
        f"  with quotes at {_median(plain_both).cpu_s / _median(both).cpu_s:.0%} of the"
        f" same rows by CPU (goal {GOAL_WITH_QUOTES:.0%}), at"
        f" {_median(plain).cpu_s / _median(both).cpu_s:.0%} of the trades alone"
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
