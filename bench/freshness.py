"""How old a trade is when a client has it, over the WebSocket and by polling.

    python -m bench.freshness [seconds] [trades a second]

A simulated exchange and `flowboard serve` as processes, a client of /ws/stream as this
one. Age is the wall clock here less the exchange's time of the trade, so it holds every
way and every wait. The yardstick is the exchange's own clock in its frames: what a
client of the exchange itself would see.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import websockets

from bench.machine import headline
from flowboard.kalshi.auth import load_signer

SECONDS = 30.0
RATE = 160
GOALS_S = {"polling": 2.5, "websocket": 0.25}
FIRST_S = 5.0


def started(
    *arguments: str, **variables: str
) -> tuple[subprocess.Popen[str], list[str]]:
    """Run a command; return it with the addresses of its ready line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flowboard", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | variables,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().split()[1:]


async def ages_ms(url: str, seconds: float) -> tuple[list[int], float]:
    """Return the age of each new trade, and the seconds to the first row."""
    found: list[int] = []
    begun_s, begun_ms = time.monotonic(), time.time_ns() // 1_000_000
    first_s = float("nan")
    async with websockets.connect(url, max_size=None) as socket:
        while time.monotonic() < begun_s + seconds:
            frame = json.loads(await asyncio.wait_for(socket.recv(), 15))
            now_ms = time.time_ns() // 1_000_000
            if first_s != first_s and frame.get("hot_markets"):
                first_s = time.monotonic() - begun_s
            found += [
                now_ms - trade["ts_ms"]
                for trade in frame.get("trades", [])
                # What was made before anybody could know of it is old by its nature.
                if trade["source"] in ("ws", "poll") and trade["ts_ms"] >= begun_ms
            ]
    return found, first_s


async def exchange_ages_ms(url: str, keys: Path, seconds: float) -> list[int]:
    """Return the same for a client of the exchange itself."""
    key_id = (keys / "kalshi_key_id").read_text().strip()
    signer = load_signer(key_id, keys / "kalshi_private_key.pem")
    path = "/" + url.split("/", 3)[3]
    headers = signer.headers("GET", path, time.time_ns() // 1_000_000)
    found: list[int] = []
    async with websockets.connect(url, additional_headers=headers) as socket:
        command = {"id": 1, "cmd": "subscribe", "params": {"channels": ["trade"]}}
        await socket.send(json.dumps(command))
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            frame = json.loads(await asyncio.wait_for(socket.recv(), 15))
            if frame["type"] == "trade":
                found.append(time.time_ns() // 1_000_000 - frame["msg"]["ts_ms"])
    return found


def shown(name: str, ages: list[int]) -> float:
    """Print the distribution; return its 95th percentile in seconds."""
    cuts = statistics.quantiles(ages, n=100)
    print(
        f"  {name:<22} p50 {cuts[49]:>6.0f} ms   p95 {cuts[94]:>6.0f} ms"
        f"   p99 {cuts[98]:>6.0f} ms   {len(ages):>6} trades"
    )
    return cuts[94] / 1000


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    rate = sys.argv[2] if len(sys.argv) > 2 else str(RATE)
    print(headline("freshness"), f"{rate} trades/s")
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exchange, (rest, ws) = started(
            *("simulate", "--port", "0", "--rate", rate, "--history", "10m"),
            *("--keys", str(folder)),
        )
        try:
            ages = asyncio.run(exchange_ages_ms(ws, folder, seconds / 3))
            shown("the exchange itself", ages)
            for feed, goal_s in GOALS_S.items():
                variables = {
                    "KALSHI_API_BASE": rest,
                    "KALSHI_WS_URL": ws,
                    "FLOWBOARD_FEED": feed,
                    "KALSHI_API_KEY_ID": (folder / "kalshi_key_id").read_text().strip(),
                    "KALSHI_PRIVATE_KEY_PATH": str(folder / "kalshi_private_key.pem"),
                }
                begun_s = time.monotonic()
                board, (address,) = started(
                    *("serve", "--port", "0", "--database", str(folder / f"{feed}.db")),
                    **variables,
                )
                ready_s = time.monotonic() - begun_s
                try:
                    url = address.replace("http://", "ws://") + "/ws/stream"
                    ages, first_s = asyncio.run(ages_ms(url, seconds))
                finally:
                    board.terminate()
                    board.wait()
                p95_s = shown(feed, ages)
                first_s += ready_s
                print(f"  {feed}: first row {first_s:.2f} s after the start")
                print(f"  {feed}: p95 {p95_s:.2f} s, asked for <= {goal_s} s")
                good = good and p95_s <= goal_s and first_s <= FIRST_S
        finally:
            exchange.terminate()
            exchange.wait()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
