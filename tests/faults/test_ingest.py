"""F01-F15: what a network and an exchange can do to the feed."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from tests.faults.harness import Rig, cpu_s, rig, rss_mb
from tests.faults.meddler import meddling

FAST = pytest.mark.slow
WHOLE = [pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(300)]


def whole(*arguments: object) -> object:
    return pytest.param(*arguments, marks=WHOLE)


async def dropped(parts: Rig, gaps: int) -> None:
    """Return once the board has noticed that trades may be missing."""
    await parts.counted("gaps", gaps)


@FAST
async def test_f01_tcp_reset(tmp_path: Path) -> None:
    """An RST in mid-stream: connected again and healed within 3 s, nothing lost."""
    async with rig(tmp_path) as parts:
        gaps = (await parts.counters())["gaps"]

        parts.ws.rst_all()
        begun_s = time.monotonic()
        await dropped(parts, gaps)
        await parts.flowing()

        assert time.monotonic() - begun_s <= 3
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(240)
@pytest.mark.parametrize("up", [True, False], ids=["both ways", "down alone"])
async def test_f02_half_open(tmp_path: Path, up: bool) -> None:
    """For 30 s in place of a minute bytes vanish and nothing closes: told within 25 s,
    healed within 5 s of the network's return."""
    async with rig(tmp_path) as parts:
        parts.ws.blackhole(up=up)
        begun_s = time.monotonic()
        told_s = await parts.feed(lambda f: f["state"] != "live", 25)
        await asyncio.sleep(begun_s + 30 - time.monotonic())
        parts.ws.fair()

        assert told_s <= 25
        assert await parts.flowing() <= 5
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
async def test_f02_half_open_the_other_way(tmp_path: Path) -> None:
    """Trades come, and nothing that we send arrives, pings included: what brings trades
    is no dead connection, and none is lost when it is cut at last."""
    async with rig(tmp_path) as parts:
        parts.ws.blackhole(down=False)
        await parts.stored_more(20 * 300, 40)
        live = (await parts.board.get("/health"))["feed"]
        parts.ws.rst_all()
        parts.ws.fair()

        assert (live["state"], live["open_gaps"]) == ("live", 0)
        await parts.check()


@pytest.mark.parametrize(
    "how", [pytest.param({"kind": "stall_open"}, marks=FAST), whole({"kind": "stall"})]
)
async def test_f03_silent_feed(tmp_path: Path, how: dict[str, str]) -> None:
    """Pings are answered and no trade comes, on new connections either or on this one
    alone: on screen within 3 s, trades again within 12 s, and never called live while
    nothing comes."""
    async with rig(tmp_path, rate=100) as parts:
        total = (await parts.board.get("/api/stats"))["trades_total"]
        begun_s = time.monotonic()
        await parts.exchange.fault(**how)
        again_s = None
        untrue = []
        while time.monotonic() < begun_s + 14:
            feed = (await parts.board.get("/health"))["feed"]
            if feed["state"] == "live" and (feed["data_age_ms"] or 0) > 5_000:
                untrue.append(feed)
            stored = (await parts.board.get("/api/stats"))["trades_total"]
            if again_s is None and stored >= total + 150:
                again_s = time.monotonic() - begun_s
            await asyncio.sleep(0.2)
        told_s = await parts.shown(begun_s, "delayed", "healing", "polling", "stale")

        assert told_s <= 3.5  # The silence is counted from the last trade.
        assert again_s is not None
        assert again_s <= 12
        assert untrue == []
        await parts.check()


@pytest.mark.parametrize("seconds", [pytest.param(5, marks=FAST), whole(30)])
async def test_f04_refused(tmp_path: Path, seconds: float) -> None:
    """Nobody listens, for 30 s in place of five minutes: told, few tries, and healed
    within 35 s, the longest wait between two tries."""
    async with rig(tmp_path) as parts:
        tries = (await parts.counters())["connects"]
        for proxy in (parts.ws, parts.rest):
            proxy.cut_off()
        begun_s = time.monotonic()
        await parts.feed(lambda f: f["state"] == "stale", 5)
        told_s = await parts.shown(begun_s, "stale")
        await asyncio.sleep(seconds - (time.monotonic() - begun_s))
        tries = (await parts.counters())["connects"] - tries
        for proxy in (parts.ws, parts.rest):
            await proxy.accept()

        assert await parts.flowing() <= 35
        assert tries <= 15
        assert told_s <= 2
        await parts.check()


@pytest.mark.parametrize("count", [pytest.param(1, marks=FAST), whole(500)])
async def test_f05_seq_gap(tmp_path: Path, count: int) -> None:
    """Frames are missing: healed within 3 s, on the same connection."""
    async with rig(tmp_path) as parts:
        before = await parts.counters()
        await parts.exchange.fault("skip_seq", count=count)
        await parts.counted("gaps", before["gaps"])
        await parts.exchange.mend()

        assert await parts.flowing() <= 3
        assert (await parts.counters())["reconnects"] == before["reconnects"]
        await parts.check()


@FAST
async def test_f06_seq_begins_again_repeats_and_is_out_of_order(tmp_path: Path) -> None:
    """No false alarm: one gap at most for each; nothing twice, nothing lost."""
    async with (
        rig(tmp_path, served=False) as parts,
        meddling(parts.environment["KALSHI_WS_URL"]) as meddler,
    ):
        parts.environment["KALSHI_WS_URL"] = meddler.url
        await parts.start()
        gaps = (await parts.counters())["gaps"]
        await parts.exchange.fault("reset_seq")
        await parts.counted("seq_resets", 0)
        await parts.exchange.mend()
        await parts.exchange.fault("repeat", count=50)
        await parts.stored_more(100)
        after_repeats = (await parts.counters())["gaps"]

        held: list[str] = []

        def swapped(frame: str) -> list[str | bytes]:
            if len(held) < 40:
                held.append(frame)
                return [] if len(held) % 2 else [frame, held[-2]]
            return [frame]

        meddler.change = swapped
        await parts.stored_more(200)

        assert len(held) == 40
        assert after_repeats - gaps <= 1
        assert meddler.connections == 1
        await parts.check()


@pytest.mark.parametrize(
    "kind", [pytest.param("error_25", marks=FAST), whole("error_10")]
)
async def test_f07_subscription_ended(tmp_path: Path, kind: str) -> None:
    """The exchange ends our subscription: a new one and the trades between, in 3 s."""
    async with rig(tmp_path) as parts:
        gaps = (await parts.counters())["gaps"]
        await parts.exchange.fault(kind, count=1)
        await parts.counted("gaps", gaps)

        assert await parts.flowing() <= 3
        await parts.check()


@FAST
async def test_f08_delivered_twice(tmp_path: Path) -> None:
    """Every frame twice: each trade is stored, counted and told once."""
    async with rig(tmp_path) as parts:
        before = await parts.counters()
        await parts.exchange.fault("repeat", count=300)
        await parts.stored_more(400)

        assert (await parts.counters())["gaps"] == before["gaps"]
        await parts.check()


@FAST
async def test_f09_broken_frames(tmp_path: Path) -> None:
    """Broken, empty, no object, wrong types: counted, and the connection stays."""
    async with (
        rig(tmp_path, served=False) as parts,
        meddling(parts.environment["KALSHI_WS_URL"]) as meddler,
    ):
        parts.environment["KALSHI_WS_URL"] = meddler.url
        await parts.start()
        before = await parts.counters()
        broken = iter(BROKEN)

        def joined(frame: str) -> list[str | bytes]:
            other = next(broken, None)
            return [frame] if other is None else [other, frame]

        meddler.change = joined
        await parts.exchange.fault("malformed", count=50)
        await parts.stored_more(400)
        after = await parts.counters()

        assert next(broken, "all were sent") == "all were sent"
        assert after["bad_frames"] - before["bad_frames"] >= 50 + len(BROKEN) - BLANK
        assert after["reconnects"] == before["reconnects"]
        assert meddler.connections == 1
        await parts.check()


BROKEN: list[str | bytes] = [
    "[1, 2]",
    "null",
    "17",
    '"trade"',
    "{",
    '{"type": "trade"}',
    '{"type": 5}',
    '{"type": "trade", "sid": "one", "seq": 1, "msg": {}}',
    "[" * 2_000,
    b"\xff\xfe",
    "",
    b"",
    "\n",
    " \n ",
]
BLANK = 4  # Nothing at all is no bad frame.


@FAST
async def test_f10_unknown_frames(tmp_path: Path) -> None:
    """Types, channels and keys that are new: counted, passed over, no reconnect."""
    async with rig(tmp_path) as parts:
        before = await parts.counters()
        await parts.exchange.fault("unknown", count=200)
        await parts.stored_more(300)
        after = await parts.counters()

        assert after["unknown_frames"] - before["unknown_frames"] >= 100
        assert after["reconnects"] == before["reconnects"]
        await parts.check()


NONSENSE = (
    [
        ("yes_price_dollars", value)
        for value in (
            "",
            "1.5",
            "-0.2",
            "NaN",
            "Infinity",
            "1e30",
            "0." + "9" * 100,
            None,
            0.5,
        )
    ]
    + [
        ("count_fp", value)
        for value in (
            "",
            "-3.00",
            "0.00",
            "NaN",
            "1e30",
            "9" * 100,
            "9" * 30,
            None,
            [1],
        )
    ]
    + [("trade_id", value) for value in (None, "", "no uuid", 7)]
    + [("market_ticker", value) for value in (None, "", 7, {"a": 1})]
    + [("taker_side", "maybe"), ("ts_ms", "soon"), ("ts_ms", None)]
)


@FAST
async def test_f11_values_that_make_no_sense(tmp_path: Path) -> None:
    """Prices, counts and ids that cannot be: kept as dead letters, never a number that
    is none in any answer; a trade that came whole as well is stored."""
    async with (
        rig(tmp_path, served=False) as parts,
        meddling(parts.environment["KALSHI_WS_URL"]) as meddler,
    ):
        parts.environment["KALSHI_WS_URL"] = meddler.url
        await parts.start()
        before = await parts.counters()
        waiting = iter(NONSENSE)

        def bent(frame: str) -> list[str | bytes]:
            read = json.loads(frame)
            if read.get("type") != "trade" or (case := next(waiting, None)) is None:
                return [frame]
            key, value = case
            sides = {"taker_side", "taker_outcome_side", "taker_book_side"}
            times = {"ts_ms", "ts"}
            keys = next((k for k in (sides, times) if key in k), {key})
            wrong = read["msg"] | dict.fromkeys(keys & read["msg"].keys(), value)
            return [json.dumps(read | {"msg": wrong}), frame]

        meddler.change = bent
        await parts.stored_more(2 * len(NONSENSE))
        after = await parts.counters()
        answers = [
            (await parts.board.ask("GET", path)).text
            for path in ("/api/markets/hot", "/api/stats", "/api/whales", "/health")
        ]

        assert next(waiting, "all were sent") == "all were sent"
        assert after["bad_frames"] - before["bad_frames"] >= len(NONSENSE) - 3
        assert not any(word in a for a in answers for word in ("NaN", "Infinity"))
        assert after["reconnects"] == before["reconnects"]
        await parts.check()


@pytest.mark.parametrize("count", [whole(1), whole(5)])
async def test_f12_giant_frames(tmp_path: Path, count: int) -> None:
    """A frame of 9 MiB: three reconnects at most, 64 MB at most, healed."""
    async with rig(tmp_path) as parts:
        before = await parts.counters()
        held_mb = rss_mb(parts.process.pid)
        await parts.exchange.fault("big_frame", count=count)
        await parts.counted("reconnects", before["reconnects"])
        await parts.flowing()
        after = await parts.counters()

        assert after["reconnects"] - before["reconnects"] <= 3 * count
        assert rss_mb(parts.process.pid) - held_mb <= 64
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
async def test_f13_compressed_bomb(tmp_path: Path) -> None:
    """We never agree to compression: a compressed frame ends the connection before a
    byte of it is inflated; 16 MB at most."""
    async with (
        rig(tmp_path, served=False) as parts,
        meddling(parts.environment["KALSHI_WS_URL"]) as meddler,
    ):
        parts.environment["KALSHI_WS_URL"] = meddler.url
        await parts.start()
        held_mb = rss_mb(parts.process.pid)
        reconnects = (await parts.counters())["reconnects"]
        await meddler.bomb(256 * 1024 * 1024)
        await parts.counted("reconnects", reconnects)
        await parts.flowing()

        assert rss_mb(parts.process.pid) - held_mb <= 16
        await parts.check()


@FAST
async def test_f14_byte_by_byte(tmp_path: Path) -> None:
    """A TCP segment a byte: slow, and right."""
    async with rig(tmp_path, rate=50) as parts:
        parts.ws.slice()
        parts.rest.slice()
        await parts.stored_more(150)

        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_f14_narrow_link(tmp_path: Path) -> None:
    """5 KB/s for a feed of twenty: behind, never wrong, and whole when it is wide."""
    async with rig(tmp_path, rate=60) as parts:
        parts.ws.rate(5_000)
        parts.rest.rate(5_000)
        await asyncio.sleep(20)
        parts.ws.fair()
        parts.rest.fair()

        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_f15_cut_every_20_kb(tmp_path: Path) -> None:
    """Cut in mid-frame again and again for 30 s: no hot loop (30 % of a processor), all
    trades in the end."""
    async with rig(tmp_path) as parts:
        parts.ws.cut_after(20_000)
        begun_s, used_s = time.monotonic(), cpu_s(parts.process.pid)
        await asyncio.sleep(30)
        used_s = cpu_s(parts.process.pid) - used_s
        took_s = time.monotonic() - begun_s
        parts.ws.fair()

        assert used_s / took_s <= 0.3
        await parts.check()
