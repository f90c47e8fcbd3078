"""The writer beside a saturated event loop, against `executemany` in a thread there.

    python -m bench.writer

The loop never rests: a task decodes frames, lets others have a turn, and goes on.
Meanwhile the same rows are stored, in batches as large as the product's beats grow
then, by the product's `Database` and by `sqlite3.executemany` on a thread; wall time
counts. The yardstick has two modes: whoever gives up the interpreter at every row gets
it back at once, or waits for a whole switch interval each time.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from bench.decode import frames
from bench.machine import headline
from bench.pipeline import WALL_MS, Grouped, grouped
from flowboard.database import Database, connection, rows, writer
from flowboard.kalshi.messages import Decoder
from flowboard.server import tune_interpreter
from flowboard.trade_processor import BEAT_TRADES_MAX

TRADES = 5 * BEAT_TRADES_MAX
PLAIN_ROWS = 4_000  # It can be slow; its rate is what counts.
ROUNDS = 9
A_TURN = 10_000  # Some 12 ms in which the loop gives nobody a turn.
GOAL = 3.0


async def beside_a_busy_loop(raws: list[bytes], work: Awaitable[None]) -> float:
    """Return the seconds that `work` takes while the loop is never idle."""
    ended = False

    async def busy() -> None:
        decoder = Decoder()
        while not ended:
            for raw in raws[:A_TURN]:
                decoder.trade(decoder.decode(raw), WALL_MS)
            await asyncio.sleep(0)

    task = asyncio.create_task(busy())
    await asyncio.sleep(0)
    started = time.perf_counter()
    await work
    took_s = time.perf_counter() - started
    ended = True
    await task
    return took_s


async def ours(raws: list[bytes], path: Path) -> float:
    """Return trades a second of the product's writer."""
    decoder = Decoder()
    trades = [decoder.trade(decoder.decode(raw), WALL_MS) for raw in raws]
    async with Database.open(path) as database:

        async def store() -> None:
            for start in range(0, len(trades), BEAT_TRADES_MAX):
                batch = await database.sift(
                    trades[start : start + BEAT_TRADES_MAX], None
                )
                await database.write(batch, WALL_MS, WALL_MS)

        return len(trades) / await beside_a_busy_loop(raws, store())


async def plain(raws: list[bytes], batches: Grouped, path: Path) -> float:
    """Return trades a second of `executemany` on a thread."""
    file = connection.open_for_writing(path)
    trade_marks = ",".join("?" * rows.COLUMN_COUNT)
    minute_marks = ",".join("?" * writer.MINUTE_COLUMNS)

    def store() -> None:
        trades, minutes = batches[0]
        file.execute("BEGIN IMMEDIATE")
        file.executemany(f"{writer.INSERT_TRADES}({trade_marks})", trades)
        file.executemany(
            f"{writer.INSERT_MINUTES}({minute_marks}){writer.UPSERT}", minutes
        )
        file.execute("COMMIT")

    took_s = await beside_a_busy_loop(raws, asyncio.to_thread(store))
    file.close()
    return PLAIN_ROWS / took_s


def main() -> None:
    """Run, and print both figures and their ratio."""
    tune_interpreter()  # As the serving process does; it holds for both.
    raws = frames(TRADES)
    batches = grouped(raws[:PLAIN_ROWS], PLAIN_ROWS)
    rates: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            rates["ours"].append(asyncio.run(ours(raws, folder / "ours.db")))
            rates["plain"].append(
                asyncio.run(plain(raws, batches, folder / "plain.db"))
            )
    ours_s, plain_s = (statistics.median(rates[name]) for name in ("ours", "plain"))
    print(headline("writer"))
    print(f"  beside a saturated loop, median of {ROUNDS} rounds")
    for name, values in rates.items():
        shown = " ".join(f"{value:,.0f}" for value in values)
        print(f"  {name:6} {statistics.median(values):10,.0f} trades/s ({shown})")
    print(f"  ratio {ours_s / plain_s:.1f}x (goal {GOAL:g}x)")


if __name__ == "__main__":
    main()
