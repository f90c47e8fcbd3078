"""A restart with ten million rows of the last 17 hours: until `/health` says 200.

    python -m bench.restart

The real command `flowboard serve`, after kill -9 and after SIGTERM, each from the start
of the process to the first 200. The windows are then compared with a sum over the rows.
The yardstick is SQLite counting the rows of the same file.
"""

import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from bench.machine import headline
from bench.tape import LongTape

ROWS = 10_000_000
SPAN_MS = 17 * 3_600_000
ROUNDS = 3
WAIT_S = 60
GOALS_S = {"kill -9": 5.0, "SIGTERM": 3.0}
FIGURES = (
    "SELECT count(*), sum(iif(taker_side = 'yes', notional_e6, 0)),"
    " sum(iif(taker_side = 'no', notional_e6, 0)) FROM trades"
    " WHERE ts_ms >= ? AND ts_ms < ?"
)


class Board:
    """One serving process."""

    def __init__(self, path: Path, key: Path) -> None:
        self.started = time.perf_counter()
        environment = os.environ | {
            "KALSHI_API_KEY_ID": "3f0c1a52-7b1d-4d0e-8b6a-91c2d7e5aa10",
            "KALSHI_PRIVATE_KEY_PATH": str(key),
            # Nobody listens there: what counts is the board, not the feed.
            "KALSHI_WS_URL": "ws://127.0.0.1:9/trade-api/ws/v2",
            "KALSHI_API_BASE": "http://127.0.0.1:9/trade-api/v2",
        }
        command = [sys.executable, "-m", "flowboard", "serve", "--port", "0"]
        self._process = subprocess.Popen(
            [*command, "--database", str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert self._process.stdout is not None
        self._address = self._process.stdout.readline().split()[1]

    def healthy_s(self) -> float:
        """Return the seconds from the start to the first 200."""
        while time.perf_counter() - self.started < WAIT_S:
            try:
                with urllib.request.urlopen(self._address + "/health") as answer:
                    if answer.status == 200:
                        return time.perf_counter() - self.started
            except urllib.error.HTTPError:
                time.sleep(0.01)
        raise TimeoutError("the board did not become healthy")

    def get(self, path: str) -> dict[str, object]:
        """Return a JSON answer."""
        with urllib.request.urlopen(self._address + path) as answer:
            return json.loads(answer.read())

    def end(self, number: signal.Signals) -> None:
        """Send a signal and wait."""
        self._process.send_signal(number)
        self._process.wait(WAIT_S)


def differences(board: Board, path: Path) -> int:
    """Return how many windows differ from a sum over the rows they name."""
    file = sqlite3.connect(path)
    wrong = 0
    for window in ("1m", "5m", "15m", "1h", "24h"):
        stats = board.get(f"/api/stats?window={window}")
        span = stats["window_from_ms"], stats["window_to_ms"]
        _, yes_e6, no_e6 = file.execute(FIGURES, span).fetchone()
        shown = int(str(stats["notional_dollars"]).replace(".", ""))
        wrong += shown != (yes_e6 or 0) + (no_e6 or 0)
    file.close()
    return wrong


def main() -> None:
    """Run, and print the figures."""
    with tempfile.TemporaryDirectory() as name:
        path, key = Path(name) / "tape.db", Path(name) / "key.pem"
        key.write_bytes(
            Ed25519PrivateKey.generate().private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
        )
        key.chmod(0o600)
        wall_ms = time.time_ns() // 1_000_000
        tape = LongTape(path, wall_ms - SPAN_MS, ROWS / SPAN_MS * 1000)
        tape.append(ROWS, wall_ms)
        started = time.perf_counter()
        tape.file.execute("SELECT count(*) FROM trade_rows").fetchone()
        counting_s = time.perf_counter() - started
        tape.file.close()
        print(headline("restart"))
        print(f"  {ROWS:,} rows; SQLite counts them in {counting_s:.2f} s")
        # The first start is the one after a kill: no file of windows lies there.
        for how, number in (("kill -9", signal.SIGKILL), ("SIGTERM", signal.SIGTERM)):
            taken: list[float] = []
            wrong = 0
            for _ in range(ROUNDS):
                before = Board(path, key)
                before.healthy_s()
                before.end(number)
                board = Board(path, key)
                taken.append(board.healthy_s())
                wrong += differences(board, path)
                board.end(signal.SIGKILL)
            goal = GOALS_S[how]
            middle = statistics.median(taken)
            shown = " ".join(f"{s:.2f}" for s in taken)
            print(
                f"  after {how}: {middle:.2f} s ({shown}; goal {goal:g} s,"
                f" {middle / counting_s:.1f}x the counting), {wrong} windows wrong"
            )


if __name__ == "__main__":
    main()
