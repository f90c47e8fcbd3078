"""The stream's fan-out: each figure beside what is to be reached.

    python -m bench.fanout [--row NAME]... [--seconds N]

Rows: plain, deflate, many, delta (servers beside each other, by their CPU time);
memory, stalled, resume, whole, sustained (the whole server with a simulated exchange).
Five minutes of `sustained` are asked for with `--seconds 300`. The server runs on one
core, exchange and clients on another, so it says little on a machine with one.
"""

import argparse
import os
import resource
import sys

from bench.fanout_payloads import deltas, kilobytes
from bench.fanout_race import Racer, race, shown
from bench.fanout_whole import Result, memory, resume, stalled, sustained, whole
from bench.machine import headline

OURS = ("flowboard uvloop", "flowboard asyncio")
YARDSTICKS = ("websockets asyncio", "websockets uvloop")


def best(racers: dict[str, Racer], kinds: tuple[str, ...]) -> str:
    """Return the kind that delivers most for its CPU time."""
    return max(
        (kind for kind in kinds if kind in racers),
        key=lambda k: racers[k].median.per_cpu_s,
    )


def ratio(
    what: str, racers: dict[str, Racer], kinds: tuple[str, ...], goal: float
) -> Result:
    """Compare the best of ours with the best of `kinds`."""
    ours, theirs = best(racers, OURS), best(racers, kinds)
    reached = racers[ours].median.per_cpu_s / racers[theirs].median.per_cpu_s
    return Result(what, f">= {goal:.2f}x", f"{reached:.2f}x", reached >= goal)


def plain(_: float) -> list[Result]:
    """1,000 clients, 1 KB, no compression."""
    kinds = (*OURS, *YARDSTICKS, "bare")
    with race(kinds, kilobytes(400), 1_000, 150) as racers:
        shown(racers, best(racers, YARDSTICKS))
        return [
            ratio("1,000 clients, 1 KB: to broadcast()", racers, YARDSTICKS, 1.3),
            ratio("1,000 clients, 1 KB: to a send() loop", racers, ("bare",), 0.8),
        ]


def deflate(_: float) -> list[Result]:
    """1,000 clients that offer compression."""
    turns = dict.fromkeys(OURS, 150) | dict.fromkeys(YARDSTICKS, 30)
    kinds = (*OURS, *YARDSTICKS)
    with race(kinds, kilobytes(400), 1_000, turns, deflate=True) as racers:
        shown(racers, best(racers, YARDSTICKS))
        wire = racers[best(racers, OURS)].median.wire
        return [
            ratio("1,000 clients, deflate: to broadcast()", racers, YARDSTICKS, 5),
            Result("deflate: wire", "<= 45 %", f"{wire:.1%}", wire <= 0.45),
        ]


def many(_: float) -> list[Result]:
    """5,000 clients, 1 KB."""
    kinds: tuple[str, ...] = ("flowboard asyncio", *YARDSTICKS)
    if descriptors() >= 6 * 5_000:
        kinds = (*OURS, *YARDSTICKS, "bare")
    with race(kinds, kilobytes(100), 5_000, 30) as racers:
        shown(racers, best(racers, YARDSTICKS))
        return [ratio("5,000 clients, 1 KB: to broadcast()", racers, YARDSTICKS, 1.1)]


def delta(_: float) -> list[Result]:
    """1,000 clients and the deltas of 1,000 trades a second."""
    kinds = (*OURS, *YARDSTICKS, "bare")
    with race(kinds, deltas(1_000, 50), 1_000, 40) as racers:
        shown(racers, best(racers, YARDSTICKS))
        return [
            ratio("delta of 1,000 trades/s: to broadcast()", racers, YARDSTICKS, 1.2)
        ]


def descriptors() -> int:
    """Allow this process as many descriptors as it may have; return how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


ROWS = {
    row.__name__: row
    for row in (
        *(plain, deflate, many, delta),
        *(memory, stalled, resume, whole, sustained),
    )
}


def main() -> int:
    """Run the rows that were asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--row", action="append", choices=ROWS)
    parser.add_argument(
        "--seconds", type=float, default=30, help="of a row with a time"
    )
    options = parser.parse_args()
    print(headline("fanout"))
    descriptors()
    results: list[Result] = []
    for name in options.row or ROWS:
        row = ROWS[name]
        said = (row.__doc__ or "").partition("\n")[0]
        print(f"{name}: {said}  [load {os.getloadavg()[0]:.1f}]", flush=True)
        results += row(options.seconds)
    print(f"\n  {'what':44} {'to reach':>12} {'reached':>12}")
    for what, to_reach, reached, good in results:
        print(f"  {what:44} {to_reach:>12} {reached:>12}{'' if good else '  short'}")
    return 0 if all(result.good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
