"""Servers beside each other: the same payloads to as many clients, turn by turn."""

import contextlib
import json
import os
import pickle
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.fanout_clients import Client, Load
from bench.fanout_servers import KINDS

SERVER_CORE, CLIENT_CORE = 0, 1
ROUNDS = 5
LISTENERS = 20  # So many of the clients parse and time.
OUTSTANDING = 4  # Broadcasts that may be under way, so that no buffer grows.
PACED, PACED_S = 40, 0.05
TURN_S = 60.0


class Turn(NamedTuple):
    """What one server did in one turn.

    Attributes:
        per_cpu_s: Deliveries a second of its CPU time.
        system: Share of that CPU time spent in the system.
        wire: Bytes that came of each byte of payload.
    """

    per_cpu_s: float
    system: float
    wire: float


class Racer:
    """A server, its clients, and what was measured.

    Args:
        kind: One of `KINDS`.
        payloads: File of the payloads.
        clients: How many.
        deflate: Whether they offer compression.
    """

    def __init__(self, kind: str, payloads: Path, clients: int, deflate: bool) -> None:
        self.kind = kind
        self.turns: list[Turn] = []
        self.ages_ms: list[float] = []
        self._clients = clients
        self._heard: list[tuple[int, int]] = []  # Message and nanoseconds.
        self._payload_bytes = 0
        self._load = Load()
        self._control, theirs = socket.socketpair()
        self._control.settimeout(TURN_S)
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "bench.fanout_servers", kind),
                    *(str(int(deflate)), str(payloads)),
                    *(str(theirs.fileno()), str(SERVER_CORE)),
                ],
                pass_fds=[theirs.fileno()],
                stdout=subprocess.DEVNULL,
            )
        port = int(self._answer())
        step = max(1, clients // LISTENERS)
        self._load.connect(
            port,
            ["/"] * clients,
            heard=self._hear,
            hearing=range(0, clients, step),
            deflate=deflate,
        )

    def run(self, broadcasts: int) -> None:
        """Take a turn."""
        load = self._load
        load.restart(broadcasts)
        self._payload_bytes = 0
        self._tell("run")
        permitted = 0
        for done in range(broadcasts):
            permitted = self._permit(min(broadcasts, done + OUTSTANDING), permitted)
            load.until(lambda: load.reached[done] == self._clients, TURN_S)  # noqa: B023
        self._tell("end")
        cpu_ns, system_ns, *_ = map(int, self._answer().split())
        listeners = len(range(0, self._clients, max(1, self._clients // LISTENERS)))
        payload_bytes = self._payload_bytes / listeners * self._clients
        self.turns.append(
            Turn(
                per_cpu_s=broadcasts * self._clients / (cpu_ns / 1e9),
                system=system_ns / cpu_ns,
                wire=load.bytes / payload_bytes,
            )
        )

    def pace(self) -> None:
        """Broadcast now and then, and note how long each takes to the listeners."""
        load = self._load
        load.restart(PACED)
        self._heard.clear()
        self._tell("run")
        for done in range(PACED):
            self._permit(done + 1, done)
            load.read_for(PACED_S)
            load.until(lambda: load.reached[done] == self._clients, TURN_S)  # noqa: B023
        self._tell("end")
        _, _, *sent_ns = map(int, self._answer().split())
        self.ages_ms = [(now_ns - sent_ns[n]) / 1e6 for n, now_ns in self._heard]

    def close(self) -> None:
        """End the server."""
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._load.close(list(self._load.clients.values()))

    @property
    def median(self) -> Turn:
        """The median of each figure over its turns."""
        return Turn(*map(statistics.median, zip(*self.turns, strict=True)))

    def _permit(self, upto: int, permitted: int) -> int:
        if upto > permitted:
            self._tell(f"permit {upto}")
        return upto

    def _tell(self, line: str) -> None:
        self._control.sendall(line.encode() + b"\n")

    def _answer(self) -> str:
        line = b""
        while not line.endswith(b"\n"):
            more = self._control.recv(1_024)
            if not more:
                raise ConnectionError(f"the server {self.kind} has ended: see stderr")
            line += more
        return line.decode()

    def _hear(self, _: Client, payload: bytes) -> None:
        now_ns = time.monotonic_ns()
        self._payload_bytes += len(payload)
        self._heard.append((json.loads(payload).get("n", 0), now_ns))


@contextlib.contextmanager
def race(
    kinds: Sequence[str],
    payloads: list[bytes],
    clients: int,
    broadcasts: int | dict[str, int],
    *,
    deflate: bool = False,
    paced: bool = True,
) -> Iterator[dict[str, Racer]]:
    """Let servers take turns; give what was measured, by kind.

    Args:
        kinds: Of `KINDS`.
        payloads: What is broadcast, in turn.
        clients: Of each server.
        broadcasts: In each turn; by kind where they differ much in speed.
        deflate: Whether clients offer compression.
        paced: Whether to time broadcasts one by one, too.
    """
    os.sched_setaffinity(0, {CLIENT_CORE})
    racers: dict[str, Racer] = {}
    with tempfile.NamedTemporaryFile() as file:
        file.write(pickle.dumps(payloads))
        file.flush()
        try:
            for kind in kinds:
                racers[kind] = Racer(kind, Path(file.name), clients, deflate)
            for _ in range(ROUNDS):
                for kind, racer in racers.items():
                    many = (
                        broadcasts if isinstance(broadcasts, int) else broadcasts[kind]
                    )
                    racer.run(many)
            for racer in racers.values() if paced else ():
                racer.pace()
            yield racers
        finally:
            for racer in racers.values():
                racer.close()


def shown(racers: dict[str, Racer], yardstick: str) -> None:
    """Print a line for each server."""
    base = racers[yardstick].median.per_cpu_s
    for kind, racer in racers.items():
        per_cpu_s, system, wire = racer.median
        each = [turn.per_cpu_s for turn in racer.turns]
        late = ""
        if racer.ages_ms:
            cuts = statistics.quantiles(racer.ages_ms, n=100)
            late = f"  paced p50/p99 {cuts[49]:5.1f}/{cuts[98]:5.1f} ms"
        print(
            f"  {KINDS[kind]:31} {per_cpu_s:>8,.0f}/CPU-s"
            f" ({min(each):,.0f}-{max(each):,.0f})"
            f" {1e6 / per_cpu_s:6.2f} us, {system:3.0%} system"
            f" {per_cpu_s / base:5.2f}x, wire {wire:4.0%}{late}"
        )
