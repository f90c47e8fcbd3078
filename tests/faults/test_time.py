"""F79-F81: clocks: the machine's jumps, the exchange's is wrong, another boot's counts."""

import asyncio
import json
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.acceptance.made_tape import row_of
from tests.acceptance.processes import until
from tests.acceptance.stored import query
from tests.faults.harness import rig
from tests.faults.meddler import meddling

FAST = pytest.mark.slow
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.skipif(
    not FAKETIME, reason="faketime is not installed: apt-get install it"
)
async def test_f79_the_wall_clock_jumps(tmp_path: Path) -> None:
    """An hour ahead, then two hours back, while trades come: windows and health do not
    notice, nor does a reconnect, which signs by the exchange's clock."""
    now = tmp_path / "now"
    now.write_text("+0\n")
    clock = {
        "LD_PRELOAD": str(FAKETIME[0]),
        "FAKETIME_TIMESTAMP_FILE": str(now),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    async with rig(tmp_path, environment=clock) as parts:
        begun_s = time.monotonic()
        for offset in ("+3600", "-7200"):
            written = tmp_path / "next"
            written.write_text(f"{offset}\n")
            written.replace(now)
            await parts.stored_more(600)
        states = {m.state for m in parts.watcher.moments if m.at_s > begun_s}
        told_ms = (await parts.board.get("/api/stats"))["ts_ms"]
        away_s = told_ms / 1_000 - time.time()
        reconnects = (await parts.counters())["reconnects"]
        parts.ws.rst_all()
        await parts.counted("reconnects", reconnects)
        await parts.flowing()

        assert states <= {"live"}
        assert abs(away_s) <= 2
        await parts.check()


HOUR_MS = 3_600_000


def ahead(path: Path) -> int:
    """Return how many trades are on the tape and in no window."""
    ((count,),) = query(path, "SELECT count(*) FROM trade_rows WHERE flags & 8")
    return int(count)


@FAST
async def test_f80_trades_ahead_of_time(tmp_path: Path) -> None:
    """Trades of the next hour: on the tape, in no window, and board time stays."""
    async with (
        rig(tmp_path, served=False) as parts,
        meddling(parts.environment["KALSHI_WS_URL"]) as meddler,
    ):
        parts.environment["KALSHI_WS_URL"] = meddler.url
        await parts.start()

        def foretold(frame: str) -> list[str | bytes]:
            read = json.loads(frame)
            if read.get("type") != "trade" or len(parts.made) == 20:
                return [frame]
            msg = read["msg"]
            msg |= {
                "trade_id": "00000000" + msg["trade_id"][8:],
                "ts_ms": msg["ts_ms"] + HOUR_MS,
            }
            at = datetime.fromtimestamp(msg["ts_ms"] // 1_000, UTC)
            told = f"{at:%Y-%m-%dT%H:%M:%S}.{msg['ts_ms'] % 1_000:03}Z"
            row = row_of(msg | {"ticker": msg["market_ticker"], "created_time": told})
            parts.made[row[0]] = row
            return [frame, json.dumps(read)]

        meddler.change = foretold
        await parts.stored_more(200)
        await until(lambda: ahead(parts.path) == 20)
        stats = await parts.board.get("/api/stats")

        assert stats["ts_ms"] <= time.time() * 1_000 + 2_000
        await parts.check()


@FAST
async def test_f80_times_that_are_none(tmp_path: Path) -> None:
    """Zero, seconds in place of milliseconds, before the exchange was there, the far
    future: dead letters, no rows; no window moves."""
    times = [0, 1, -1, int(time.time()), 946_684_800_000, 10**15, 10**18, 2**63, 1.5]
    async with (
        rig(tmp_path, served=False) as parts,
        meddling(parts.environment["KALSHI_WS_URL"]) as meddler,
    ):
        parts.environment["KALSHI_WS_URL"] = meddler.url
        await parts.start()
        before = await parts.counters()
        waiting = iter(times)

        def joined(frame: str) -> list[str | bytes]:
            read = json.loads(frame)
            if read.get("type") != "trade" or (ts := next(waiting, None)) is None:
                return [frame]
            wrong = read["msg"] | {"ts_ms": ts}
            wrong["trade_id"] = "00000000" + read["msg"]["trade_id"][8:]
            wrong.pop("ts", None)
            return [json.dumps(read | {"msg": wrong}), frame]

        meddler.change = joined
        await parts.stored_more(100)
        after = await parts.counters()

        assert next(waiting, "all were sent") == "all were sent"
        assert after["bad_frames"] - before["bad_frames"] >= len(times)
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is not installed")
@pytest.mark.parametrize("days", [1, 300])
async def test_f81_another_boot(tmp_path: Path, days: int) -> None:
    """A restart where the monotonic clock has another beginning, as after a boot: no
    arithmetic on counts of the process before."""
    seconds = str(days * 86_400)
    shift = ("--monotonic", seconds, "--boottime", seconds)
    before = ("unshare", "-T", *shift, "--fork", "--kill-child")
    probe = await asyncio.to_thread(
        subprocess.run, [*before, "true"], capture_output=True
    )
    if probe.returncode or os.geteuid() != 0:
        pytest.skip("no time namespace on this machine: root is needed")
    async with rig(tmp_path) as parts:
        await parts.kill()
        parts.before = before
        await parts.serve()
        await parts.flowing()
        await parts.stored_more(100)
        await parts.check()
        parts.process.kill()
        await parts.process.ended()
        await parts.clear_away()
        parts.before = ()
        await until_unlocked(parts.path)
        await parts.serve()

        await parts.check()


async def until_unlocked(path: Path) -> None:
    """Return when the board inside the namespace is gone too: it held the lock."""
    command = ["flock", "-n", str(path.with_name(path.name + ".lock")), "true"]
    async with asyncio.timeout(5):
        while True:
            looking = await asyncio.create_subprocess_exec(*command)
            if await looking.wait() == 0:
                return
            await asyncio.sleep(0.05)
