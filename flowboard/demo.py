"""A simulated exchange and a board of it, in one go.

The exchange is a process of its own; the key is made on the fly, and a real signed
WebSocket runs between the two. The trades are made up, so the database is a temporary
one unless a file is named: made-up trades have no place on a real tape.
"""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flowboard import server
from flowboard.config import load
from flowboard.errors import FlowboardError
from flowboard.kalshi.auth import load_signer
from flowboard.simulator import SimulatorOptions

STOP_S = 5


class SimulatorFailed(FlowboardError):
    """The simulated exchange did not come up."""

    def __str__(self) -> str:
        return (
            "the simulated exchange did not start: run `flowboard simulate` to see why"
        )


def run(
    *,
    host: str | None,
    port: int | None,
    database: Path | None,
    rate: float,
    markets: int,
    seed: int,
    history_ms: int,
) -> int:
    """Run both until told to stop; return the exit code.

    Args:
        host: Where the board listens.
        port: 0 picks a free one.
        database: The SQLite file; None for a temporary one.
        rate: Trades a second.
        markets: How many are traded.
        seed: Of the simulated exchange.
        history_ms: How long it had been trading before.

    Raises:
        ConfigError: An option or a setting is wrong.
        FlowboardError: The port is in use, or the exchange does not start.
    """
    SimulatorOptions(
        rate=rate, markets=markets, seed=seed, history_ms=history_ms
    ).check()
    with tempfile.TemporaryDirectory(prefix="flowboard-demo-") as name:
        folder = Path(name)
        options = {
            "--rate": f"{rate:g}",
            "--markets": str(markets),
            "--seed": str(seed),
            "--history": f"{history_ms // 1000}s",
            "--keys": str(folder),
        }
        with exchange(options) as (rest_base, ws_url):
            key_id = (folder / "kalshi_key_id").read_text("ascii").strip()
            key_path = folder / "kalshi_private_key.pem"
            settings = load(
                host=host,
                port=port,
                database=database or folder / "demo.db",
                kalshi_api_base=rest_base,
                kalshi_ws_url=ws_url,
                kalshi_api_key_id=key_id,
                kalshi_private_key_path=key_path,
            )
            signer = load_signer(key_id, key_path)
            return server.run(settings, signer)


@contextlib.contextmanager
def exchange(options: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Run a simulated exchange; give its REST base and WebSocket URL."""
    flags = [text for pair in options.items() for text in pair]
    command = [sys.executable, "-m", "flowboard", "simulate", "--port", "0", *flags]
    # Ctrl+C is for the board; the exchange is ended by us, after it. Where we are killed
    # and can end nothing, the pipe to its stdin closes, and it ends by itself.
    with subprocess.Popen(  # noqa: S603 - our own command, no shell
        [*command, "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            words = process.stdout.readline().split()
            if len(words) != 3 or words[0] != "ready":
                raise SimulatorFailed
            yield words[1], words[2]
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
