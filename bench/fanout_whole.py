"""The rows of `fanout` that need the whole server; each returns what it reached."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.fanout_clients import Client
from bench.fanout_exchange import Ages, Spread, Tape
from bench.fanout_race import LISTENERS
from bench.fanout_stage import (
    EPOCH,
    MEGABYTE,
    STREAM,
    Stage,
    offset_of,
    place_of,
    staged,
)

CLIENTS = 1_000
RATE = 1_000
WARM_S = 5.0
SETTLE_S = 2.0
FAST_CLIENTS = 50
STALLED = 50
STALL_TURNS = 3
SLICE_S = 0.5
AUDIT = "SELECT trade_id, ts_ms FROM"
LAG_MS = 15  # More than that between the first and the last fifth is no flat lag.


class Result(NamedTuple):
    """A line of the table."""

    what: str
    to_reach: str
    reached: str
    good: bool


def told(name: str, ages: Spread) -> None:
    """Print a distribution of ages."""
    print(
        f"  {name:34} p50 {ages.p50:6.1f} ms  p99 {ages.p99:6.1f} ms, to the board"
        f" {ages.in_p50:.1f} and {ages.in_p99:.1f} ms; {ages.trades:,} trades"
    )


def whole(seconds: float) -> list[Result]:
    """1,000 clients of the default subscription, 1,000 trades/s, everything on."""
    with staged(RATE) as stage:
        tape = stage.tape()
        clients = stage.connect(CLIENTS)
        stage.load.read_for(WARM_S)
        places = [place_of(client) for client in clients]
        cpu_s, begun_s = stage.cpu_s, time.monotonic()
        default = stage.measure(seconds)
        share = (stage.cpu_s - cpu_s) / (time.monotonic() - begun_s)
        told(f"{CLIENTS:,} clients, board at {share:.0%} CPU", default)
        alone, stage.ages = stage.ages, Ages(stage.exchange)
        fast = stage.connect(FAST_CLIENTS, "?tick_ms=25")
        stage.load.read_for(SETTLE_S)
        alone.forget()
        quick = stage.measure(seconds)
        told(f"{FAST_CLIENTS} clients at tick_ms=25", quick)
        told(f"the {CLIENTS:,} beside them", alone.taken())
        lost = _lost(stage, tape)
        odd = sum(
            place_of(c) != place for c, place in zip(clients, places, strict=True)
        )
        odd += len(stage.load.gone)
        print(
            f"  trades lost {lost}, doubled {tape.doubled}, holes {tape.holes}; clients"
            f" that missed a frame or were let go {odd} of {len(clients) + len(fast)};"
            f" {stage.resident_mb:.0f} MB"
        )
    lost += tape.doubled + tape.holes + odd
    return [
        _below("whole, 1,000 clients: p50", default.p50, 75, "ms"),
        _below("whole, 1,000 clients: p99", default.p99, 200, "ms"),
        _below("whole: lost, doubled, clients cut", lost, 0, ""),
        _below("whole, 50 clients at tick_ms=25: p50", quick.p50, 30, "ms"),
        _below("whole, 50 clients at tick_ms=25: p99", quick.p99, 75, "ms"),
    ]


def stalled(seconds: float) -> list[Result]:
    """50 clients that read nothing among 1,000, by turns with none.

    A young board grows by itself, so its growth in the other turns is taken off.
    """
    p99s: dict[bool, list[float]] = {False: [], True: []}
    grown_mb: dict[bool, list[float]] = {False: [], True: []}
    with staged(RATE) as stage:
        stage.connect(CLIENTS - STALLED)
        stage.load.read_for(WARM_S)
        for _ in range(STALL_TURNS):
            for stalls in (False, True):
                resident_mb, highest_mb = stage.resident_mb, 0.0
                others, let_go = stage.descriptors, -STALLED
                frozen: list[Client] = []
                stage.ages.forget()
                end_s = time.monotonic() + seconds / STALL_TURNS
                while time.monotonic() < end_s:
                    # Who reads nothing does not see that it was closed: ask the board.
                    gone = STALLED - (stage.descriptors - others)
                    if stalls and gone > 0:
                        more = stage.connect(gone, listeners=0)
                        stage.load.stall(more)
                        frozen += more
                        let_go += gone
                    stage.load.read_for(SLICE_S)
                    highest_mb = max(highest_mb, stage.resident_mb)
                ages = stage.ages.taken()
                p99s[stalls].append(ages.p99)
                told(f"{STALLED} stalled, {let_go} let go" if stalls else "none", ages)
                grown_mb[stalls].append(highest_mb - resident_mb)
                print(f"    memory {resident_mb:.0f} -> {highest_mb:.0f} MB")
                stage.load.close(frozen)
                stage.load.read_for(SLICE_S)
    change = statistics.median(p99s[True]) / statistics.median(p99s[False]) - 1
    more_mb = statistics.median(grown_mb[True]) - statistics.median(grown_mb[False])
    return [
        _below("50 stalled: p99 of the others", change * 100, 10, "%"),
        _below("50 stalled: memory", more_mb, 20, "MB"),
    ]


def memory(_: float) -> list[Result]:
    """Memory of an idle connection of the whole server."""
    results = []
    with staged(1) as stage:
        for deflate in (False, True):
            warm = stage.connect(LISTENERS, listeners=0)
            stage.load.close(warm)
            stage.load.read_for(SETTLE_S)
            before_mb = stage.resident_mb
            clients = stage.load.connect(
                stage.port, [STREAM] * CLIENTS, deflate=deflate
            )
            stage.load.read_for(SETTLE_S)
            each_kb = (stage.resident_mb - before_mb) * MEGABYTE / 1024 / CLIENTS
            name = "deflate" if deflate else "plain"
            print(f"  {name}: {before_mb:.1f} -> {stage.resident_mb:.1f} MB")
            if not deflate:  # The second ones take what the first have left.
                results = [_below("memory per idle connection", each_kb, 32, "KB")]
            stage.load.close(clients)
            stage.load.read_for(SETTLE_S)
    return results


def resume(_: float) -> list[Result]:
    """1,000 clients drop and are back, with `since`, within a second."""
    with (
        tempfile.NamedTemporaryFile() as noted,
        staged(RATE, ("bench.fanout_counted", noted.name)) as stage,
    ):
        statements = Path(noted.name)
        (steady,) = stage.connect(1, listeners=0)
        epoch = EPOCH.search(steady.mark)
        assert epoch is not None
        clients = stage.connect(CLIENTS)
        stage.load.read_for(WARM_S)
        paths = [
            f"{STREAM}?since={epoch[1].decode()}:{offset_of(client)}"
            for client in clients
        ]
        stage.load.close(clients)
        stage.load.read_for(SLICE_S)
        before = _queries(statements)
        begun_s = time.monotonic()
        back = stage.load.connect(stage.port, paths)
        connected_s = time.monotonic() - begun_s
        newest = offset_of(steady)
        stage.load.until(lambda: all(offset_of(client) >= newest for client in back))
        caught_up_s = time.monotonic() - begun_s
        audits = _queries(statements, audits=True)
        queries = _queries(statements) - before
        fresh = sum(client.snapshots for client in back)
        print(
            f"  connected in {connected_s:.2f} s, all at offset {newest:,} after"
            f" {caught_up_s:.2f} s, {fresh} got a snapshot instead; {queries} queries"
            f" meanwhile, beside the auditor's ({audits} since the start)"
        )
    return [
        _below("1,000 resume: all caught up", caught_up_s, 5, "s"),
        _below("1,000 resume: not from memory", fresh, 0, ""),
        _below("1,000 resume: database queries", queries, 0, ""),
    ]


def sustained(seconds: float) -> list[Result]:
    """3,000 trades/s with 100 clients."""
    rows: list[Spread] = []
    with staged(3 * RATE) as stage:
        tape = stage.tape()
        clients = stage.connect(CLIENTS // 10, listeners=2)
        stage.load.read_for(WARM_S)
        places = [place_of(client) for client in clients]
        highest_mb = 0.0
        part_s = seconds / 5
        for part in range(5):
            cpu_s = stage.cpu_s
            rows.append(stage.measure(part_s))
            highest_mb = max(highest_mb, stage.resident_mb)
            share = (stage.cpu_s - cpu_s) / part_s
            told(f"part {part + 1}, {share:.0%} CPU, {highest_mb:.0f} MB", rows[-1])
        lost = _lost(stage, tape)
        odd = sum(
            place_of(c) != place for c, place in zip(clients, places, strict=True)
        )
        print(
            f"  {len(stage.exchange.sent_ms):,} trades; lost {lost}, doubled"
            f" {tape.doubled}, holes {tape.holes}, clients cut {odd}"
        )
    more_ms = rows[-1].p50 - rows[0].p50
    lost += tape.doubled + tape.holes + odd
    name = f"3,000 trades/s for {seconds:.0f} s"
    return [
        _below(f"{name}: lost, doubled, cut", lost, 0, ""),
        _below(f"{name}: p50 grows by", more_ms, LAG_MS, "ms"),
        _below(f"{name}: memory", highest_mb, 400, "MB"),
    ]


def _lost(stage: Stage, tape: Tape) -> int:
    """Return how many trades never came that were sent up to now."""
    until_ms = time.time_ns() // 1_000_000
    stage.load.read_for(SETTLE_S)
    return tape.lost(until_ms)


def _queries(statements: Path, *, audits: bool = False) -> int:
    """Return how many statements were run: the auditor's, or all the others."""
    lines = statements.read_text().splitlines()
    return sum(line.startswith(AUDIT) == audits for line in lines)


def _below(what: str, reached: float, most: float, unit: str) -> Result:
    shown = f"{reached:.1f}" if isinstance(reached, float) else str(reached)
    return Result(what, f"<= {most:g} {unit}", f"{shown} {unit}", reached <= most)
