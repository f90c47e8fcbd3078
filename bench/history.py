"""A market's page, trades and candles at ten million rows, while a thousand a second come.

    python -m bench.history [tape.db] [trades a second]

10 million trades over 30 days, Zipf over 5,000 markets, by the product's writer; a file
that is there already is used as it is. Then `flowboard serve` on it, fed by a simulated
exchange, each a process, and one client that asks over one connection. The yardstick is
an answer of the same server that costs nothing to make.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.machine import headline
from bench.tape import MARKETS, LongTape

ROWS = 10_000_000
DAYS = 30
RATE = 1_000
ASKED = 300  # Of each.
PAUSE_S = 0.02
WARM_S = 5.0
WAIT_S = 60
GOAL_MS = 20.0
HOUR_MS = 3_600_000
BUSIEST, QUIETEST = "KXBENCH-26NOV21-T0", f"KXBENCH-26NOV21-T{MARKETS - 1}"


def made(path: Path) -> None:
    """Make the tape, a minute's work."""
    wall_ms = time.time_ns() // 1_000_000
    span_ms = DAYS * 24 * HOUR_MS
    tape = LongTape(path, wall_ms - span_ms, ROWS / (span_ms / 1000))
    tape.append(ROWS, wall_ms)
    tape.file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    tape.file.close()


@contextmanager
def running(*arguments: str, **variables: str) -> Iterator[list[str]]:
    """Run a command; give the addresses of its ready line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flowboard", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | variables,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[1:]
    finally:
        process.terminate()
        process.wait()


class Client:
    """One connection to the board."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc)

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body."""
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def trades(self) -> int:
        """Return how many trades the board has."""
        _, body = self.get("/api/stats")
        return int(json.loads(body).get("trades_total", 0))

    def wait(self) -> None:
        """Return once the board is healthy."""
        end_s = time.monotonic() + WAIT_S
        while self.get("/health")[0] != http.client.OK:
            if time.monotonic() > end_s:
                raise TimeoutError("the board did not become healthy")
            time.sleep(0.1)


def asked_for() -> dict[str, tuple[str, float | None]]:
    """Return what is asked for: a path each, and the most milliseconds."""
    found: dict[str, tuple[str, float | None]] = {"nothing": ("/api/config", None)}
    for name, ticker in (("busiest", BUSIEST), ("quietest", QUIETEST)):
        path = f"/api/markets/{ticker}"
        found |= {
            f"{name}: page": (path, GOAL_MS),
            f"{name}: trades": (f"{path}/trades", GOAL_MS),
            f"{name}: candles 5m": (f"{path}/candles?interval=5m", None),
            f"{name}: candles 1h, 30 days": (
                f"{path}/candles?interval=1h&limit=720",
                None,
            ),
        }
    found["all markets: trades"] = ("/api/trades?combos=include", None)
    found["all markets: trades >= $900"] = ("/api/trades?min_notional=900", None)
    return found


def measured(client: Client) -> bool:
    """Ask, print the times, and return whether the goals are met."""
    wanted = asked_for()
    spent_ms: dict[str, list[float]] = {name: [] for name in wanted}
    sizes: dict[str, int] = {}
    before, begun_s = client.trades(), time.monotonic()
    for _ in range(ASKED):
        for name, (path, goal_ms) in wanted.items():
            if goal_ms is None and name != "nothing" and len(spent_ms[name]) >= 30:
                continue
            time.sleep(PAUSE_S)
            started = time.perf_counter()
            status, body = client.get(path)
            spent_ms[name].append((time.perf_counter() - started) * 1000)
            if status != http.client.OK:
                raise RuntimeError(f"{path}: {status} {body[:200]!r}")
            sizes[name] = len(body)
    rate = (client.trades() - before) / (time.monotonic() - begun_s)
    print(f"  {rate:,.0f} trades a second came meanwhile")
    good = True
    for name, times in spent_ms.items():
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        goal_ms = wanted[name][1]
        goal = f"   goal {goal_ms:.0f} ms" if goal_ms else ""
        print(
            f"  {name:<32} p50 {cuts[49]:>7.2f} ms   p99 {cuts[98]:>7.2f} ms"
            f"   {sizes[name]:>8,} bytes   {len(times)} times{goal}"
        )
        good = good and (goal_ms is None or cuts[98] <= goal_ms)
    return good


def main() -> int:
    rate = sys.argv[2] if len(sys.argv) > 2 else str(RATE)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else folder / "tape.db"
        if not path.exists():
            made(path)
        print(headline("history"), f"{rate} trades/s")
        rest, ws = stack.enter_context(
            running("simulate", "--port", "0", "--rate", rate, "--keys", str(folder))
        )
        variables = {
            "KALSHI_API_BASE": rest,
            "KALSHI_WS_URL": ws,
            "KALSHI_API_KEY_ID": (folder / "kalshi_key_id").read_text().strip(),
            "KALSHI_PRIVATE_KEY_PATH": str(folder / "kalshi_private_key.pem"),
        }
        (address,) = stack.enter_context(
            running("serve", "--port", "0", "--database", str(path), **variables)
        )
        client = Client(address)
        client.wait()
        end_s = time.monotonic() + WARM_S
        while time.monotonic() < end_s:
            client.trades()
            time.sleep(0.1)
        good = measured(client)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
