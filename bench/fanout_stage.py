"""The whole server under load: a simulated exchange, `flowboard serve`, its clients."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.fanout_clients import Client, Load
from bench.fanout_exchange import Ages, Exchange, Spread, Tape
from bench.fanout_race import CLIENT_CORE, LISTENERS, SERVER_CORE

STREAM = "/ws/stream"
OFFSET = re.compile(rb'"offset":(\d+)')
EPOCH = re.compile(rb'"epoch":"(\w+)"')
MEGABYTE = 1 << 20


class Stage:
    """A board that is served, its exchange and its clients.

    Attributes:
        load: Reads for all clients.
        exchange: A client of the exchange itself.
        ages: Of trades at the clients that listen.
        pid: Of the board.
    """

    def __init__(self, address: str, pid: int, exchange_url: str, keys: Path) -> None:
        self.pid = pid
        self.load = Load()
        self.exchange = Exchange(self.load, exchange_url, keys)
        self.ages = Ages(self.exchange)
        self.port = int(address.rpartition(":")[2])

    def connect(
        self, clients: int, query: str = "", *, listeners: int = LISTENERS
    ) -> list[Client]:
        """Connect clients, some of which listen."""
        return self.load.connect(
            self.port,
            [STREAM + query] * clients,
            heard=self.ages.hear,
            hearing=range(0, clients, max(1, clients // max(1, listeners)))
            if listeners
            else (),
        )

    def tape(self) -> Tape:
        """Connect a client that must have every trade."""
        tape = Tape(self.exchange)
        path = STREAM + "?combos=include&channels=trades"
        self.load.connect(self.port, [path], heard=tape.hear, hearing=(0,))
        return tape

    def measure(self, seconds: float) -> Spread:
        """Read for a while; return the ages."""
        self.load.read_for(0.2)
        self.ages.forget()
        self.load.read_for(seconds)
        return self.ages.taken()

    @property
    def resident_mb(self) -> float:
        """The resident memory of the board's process."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / MEGABYTE

    @property
    def descriptors(self) -> int:
        """How many descriptors the board's process holds."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    @property
    def cpu_s(self) -> float:
        """The CPU seconds of the board's process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def offset_of(client: Client) -> int:
    """Return the offset of the newest message of a client."""
    found = OFFSET.search(client.mark)
    assert found is not None, client.mark
    return int(found[1])


def place_of(client: Client) -> int:
    """Return a number that stays as it is while a client gets each delta once."""
    return offset_of(client) - client.messages - (client.left > 0)


@contextlib.contextmanager
def staged(rate: int, module: tuple[str, ...] = ("flowboard",)) -> Iterator[Stage]:
    """Run an exchange of `rate` trades a second, and a board of it.

    Args:
        rate: Of the exchange.
        module: What is run with `-m` as the board, and what stands before `serve`.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _, (rest, ws) = stack.enter_context(
            running(
                *("flowboard", "simulate", "--port", "0", "--rate", str(rate)),
                *("--keys", str(folder)),
                core=CLIENT_CORE,
                errors=folder / "exchange.txt",
            )
        )
        pid, (address,) = stack.enter_context(
            running(
                *(*module, "serve", "--port", "0"),
                *("--database", str(folder / "board.db")),
                core=SERVER_CORE,
                errors=folder / "board.txt",
                KALSHI_API_BASE=rest,
                KALSHI_WS_URL=ws,
                KALSHI_API_KEY_ID=(folder / "kalshi_key_id").read_text().strip(),
                KALSHI_PRIVATE_KEY_PATH=str(folder / "kalshi_private_key.pem"),
            )
        )
        os.sched_setaffinity(0, {CLIENT_CORE})
        time.sleep(1)  # The board subscribes.
        yield Stage(address, pid, ws, folder)


@contextlib.contextmanager
def running(
    *arguments: str, core: int, errors: Path, **variables: str
) -> Iterator[tuple[int, list[str]]]:
    """Run a command on one core; give its pid and the addresses of its ready line."""
    os.sched_setaffinity(0, {core})
    with errors.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdout=subprocess.PIPE,
            stderr=log,
            env=os.environ | variables,
            text=True,
        )
    try:
        assert process.stdout is not None
        ready = process.stdout.readline().split()
        assert ready, errors.read_text()
        yield process.pid, ready[1:]
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        told = [
            line for line in errors.read_text().splitlines() if '"info"' not in line
        ]
        for line in told[:5]:
            print(f"  {arguments[1]} said: {line[:300]}")
