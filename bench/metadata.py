"""The names of 50,000 markets, cold: requests, time, memory; and what it costs a heal.

    python -m bench.metadata

A real exchange (simulated, in a process of its own) over real HTTP, the reader, the board
and the file in this one. Shown are 200 markets, as a board shows them. The yardstick of
the whole is the budget: so many pages at five requests a second. A heal is a walk over
the exchange's tape at its full pace, alone and with the reader beside it.
"""

import asyncio
import gc
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.machine import headline
from flowboard.database import Database
from flowboard.kalshi.listing import Listing, Param
from flowboard.kalshi.patient_pacer import RATE
from flowboard.kalshi.rest_client import RestClient
from flowboard.market_info import Quote
from flowboard.metadata_reader import MetadataReader
from flowboard.tape_walk import walk

MARKETS = 50_000
SHOWN = 200
HISTORY = "20m"
TRADES_A_SECOND = 100
HEALED_PAGES = 75
QUESTIONS = 2_000
GOAL_MB = 100
GOAL_SEARCH_MS = 10


@contextmanager
def exchange(folder: Path) -> Any:
    """Run a simulated exchange; give its REST address."""
    options = ["--port", "0", "--keys", str(folder / "keys"), "--markets", str(MARKETS)]
    options += ["--rate", str(TRADES_A_SECOND), "--history", HISTORY]
    process = subprocess.Popen(
        [sys.executable, "-m", "flowboard", "simulate", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[1]
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def rss_mb() -> float:
    """Return the memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Counted:
    """Asks, and remembers when."""

    def __init__(self, rest: RestClient) -> None:
        self._rest = rest
        self.at_s: list[float] = []

    async def get(
        self, path: str, params: Mapping[str, Param], *, patient: bool
    ) -> bytes:
        """Ask."""
        body = await self._rest.get(path, params, patient=patient)
        self.at_s.append(time.perf_counter())
        return body

    def most_a_second(self) -> int:
        """Return how many answers came in the busiest second."""
        return max(sum(s <= a < s + 1 for a in self.at_s) for s in self.at_s)


async def lags_ms(found: list[float]) -> None:
    """Note how much later than asked the loop comes round, every 5 ms."""
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(0.005)
        found.append((time.perf_counter() - begun - 0.005) * 1e3)


async def shown_first(rest: RestClient) -> list[str]:
    """Return what a board would show: the markets that were traded last."""
    page = await rest.trades_page()
    return list(dict.fromkeys(trade.market_ticker for trade in page.trades))[:SHOWN]


def reader_of(
    counted: Counted, database: Database, shown: list[str], quotes: dict[str, Quote]
) -> MetadataReader:
    """Return a reader as a board has it."""
    markets = database.markets
    return MetadataReader(
        Listing(counted.get),
        markets.directory,
        database.listings,
        lambda: shown,
        markets.learn,
        quotes.__setitem__,
    )


async def cold(url: str, path: Path) -> None:
    """Read everything, and print what it took."""
    async with Database.open(path) as database, RestClient(url) as rest:
        shown = await shown_first(rest)
        directory, counted = database.markets.directory, Counted(rest)
        for ticker in shown:
            database.markets.id_of(ticker)
        quotes: dict[str, Quote] = {}
        reader = reader_of(counted, database, shown, quotes)
        gc.collect()
        before_mb, begun_s = rss_mb(), time.perf_counter()
        cpu_s = time.process_time()
        lags: list[float] = []
        watching = asyncio.create_task(lags_ms(lags))
        task = asyncio.create_task(reader.run())
        known_s = None
        while not reader.walk.whole.is_set():
            await asyncio.sleep(0.01)
            if known_s is None and all(map(directory.market, shown)):
                known_s = time.perf_counter() - begun_s
        whole_s = time.perf_counter() - begun_s
        task.cancel()
        await asyncio.wait({task})
        saved_s = time.perf_counter() - begun_s
        watching.cancel()
        gc.collect()
        cpu_s = time.process_time() - cpu_s
        more_mb = rss_mb() - before_mb
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3 - before_mb
        asked = len(counted.at_s)
    found = len(directory)
    p99_ms = quantiles(lags, n=100)[98]
    print(
        f"  {found:,} markets, {asked} requests in {whole_s:.1f} s, on disk {saved_s:.1f} s"
    )
    print(
        f"    {asked / whole_s:.2f} a second ({counted.most_a_second()} in the busiest;"
        f" budget {RATE:g}), {whole_s / (asked / RATE):.2f}x the budget's own time"
    )
    print(f"    the {len(shown)} that are shown have names after {known_s or 0:.2f} s")
    print(
        f"    memory {more_mb:.0f} MB more at the end, {peak_mb:.0f} MB at the peak"
        f" (goal {GOAL_MB}); processor {cpu_s:.1f} s"
    )
    print(
        f"    the loop is late by {median(lags):.1f} ms in the middle,"
        f" {p99_ms:.1f} ms at p99, {max(lags):.0f} ms at most"
    )
    size_mb = await asyncio.to_thread(os.path.getsize, path) / 1e6
    print(f"    {size_mb:.0f} MB on disk, {size_mb * 1e6 / found:.0f} bytes a market")


async def warm(path: Path) -> None:
    """Begin anew on the file, and ask questions."""
    async with Database.open(path) as database:
        begun_s = time.perf_counter()
        infos = list(database.listings.read())
        read_s = time.perf_counter() - begun_s
        for info in infos:
            database.markets.learn(info)
        learned_s = time.perf_counter() - begun_s - read_s
        print(
            f"  restart: {len(infos):,} rows read in {read_s:.2f} s (goal 0.5),"
            f" taken in in {learned_s:.2f} s"
        )
        words = [w for i in infos for w in re.findall(r"\w+", i.title)[:8]]
        rng = random.Random(1)
        taken_ms: list[float] = []
        for number in range(QUESTIONS):
            asked = rng.sample(words, 1 + number % 3)
            asked[-1] = asked[-1][: 1 + number % 7]
            begun_s = time.perf_counter()
            await database.listings.search(" ".join(asked), 300)
            taken_ms.append((time.perf_counter() - begun_s) * 1e3)
        print(
            f"  search, {QUESTIONS:,} questions of one to three words:"
            f" {median(taken_ms):.2f} ms in the middle,"
            f" p99 {quantiles(taken_ms, n=100)[98]:.2f} ms (goal {GOAL_SEARCH_MS}),"
            f" at most {max(taken_ms):.1f} ms"
        )


async def healed_s(rest: RestClient) -> float:
    """Return the seconds that a walk over so many pages takes."""
    newest_ms = await rest.newest_ms()
    assert newest_ms is not None
    begun_s, pages = time.perf_counter(), 0
    async for _ in walk(rest, 0, newest_ms, source="heal"):
        pages += 1
        if pages == HEALED_PAGES:
            break
    return time.perf_counter() - begun_s


async def beside(url: str, folder: Path) -> None:
    """Heal alone and beside the reader, in turns."""
    alone, together = [], []
    for number in range(3):
        async with RestClient(url) as rest:
            alone.append(await healed_s(rest))
        path = folder / f"beside{number}.db"
        async with Database.open(path) as database, RestClient(url) as rest:
            shown = await shown_first(rest)
            reader = reader_of(Counted(rest), database, shown, {})
            task = asyncio.create_task(reader.run())
            together.append(await healed_s(rest))
            pages = reader.walk.pages_read
            task.cancel()
            await asyncio.wait({task})
    ratio = median(together) / median(alone)
    print(
        f"  a heal of {HEALED_PAGES} pages: {median(alone):.2f} s alone,"
        f" {median(together):.2f} s beside the reader ({ratio:.2f}x;"
        f" {pages} pages of events read meanwhile)"
    )


def main() -> None:
    """Run, and print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with exchange(folder) as url:
            print(headline("metadata"))
            # As the server does: what lives for ever is not looked through again.
            gc.collect()
            gc.freeze()
            gc.set_threshold(20_000, 20, 50)
            asyncio.run(cold(url, folder / "board.db"))
            asyncio.run(warm(folder / "board.db"))
            asyncio.run(beside(url, folder))


if __name__ == "__main__":
    main()
