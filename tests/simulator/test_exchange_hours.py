"""Maintenance: nothing is traded, and the exchange says so."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from flowboard.simulator import Simulator
from flowboard.simulator.exchange_hours import DAYS, ExchangeHours
from flowboard.simulator.faults import Faults
from tests.simulator.client import connected, fault, mend, truth
from tests.simulator.conftest import StartExchange

NOW_MS = 1_795_000_000_000


async def told(
    http: httpx2.AsyncClient, exchange: Simulator, path: str
) -> dict[str, Any]:
    reply = await http.get(f"{exchange.rest_base}{path}")
    assert reply.status_code == 200
    body: dict[str, Any] = reply.json()
    return body


async def test_maintenance_stops_trading_and_is_told(
    http: httpx2.AsyncClient, start: StartExchange
) -> None:
    """Not one trade happens once it is on; connections live; after it trading goes on.

    No trade bears a time that lies within it.
    """
    exchange = await start(rate=2_000, markets=10)
    async with connected(exchange) as feed:
        await feed.subscribe()
        await feed.trades(10)
        await fault(http, exchange, "maintenance")
        before = await truth(http, exchange)
        during = await told(http, exchange, "/exchange/status")
        pong = await feed.socket.ping()
        await asyncio.wait_for(pong, 5)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await exchange.exchange.grown_beyond(len(before))
        await mend(http, exchange)
        after = await told(http, exchange, "/exchange/status")
        frames = await feed.trades(len(before) + 200 - 10)
    everything = await truth(http, exchange)
    times = [trade["ts_ms"] for trade in everything]
    halt_ms = times[len(before)] - times[len(before) - 1]

    assert (during["exchange_active"], during["trading_active"]) == (True, False)
    assert (after["exchange_active"], after["trading_active"]) == (True, True)
    assert halt_ms >= 450
    assert times == sorted(times)
    assert [frame["seq"] for frame in frames] == list(range(11, len(frames) + 11))


async def test_a_tape_waits_for_maintenance_to_end(
    http: httpx2.AsyncClient, start: StartExchange, tape: Path
) -> None:
    """At full speed it begins afterwards, and none of its trades is missing."""
    exchange = await start(tape=tape, speed=None)
    await fault(http, exchange, "maintenance", seconds=0.3)
    async with connected(exchange) as feed:
        await feed.subscribe()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await exchange.exchange.grown_beyond(0)
        frames = await feed.trades(300)

    assert [int(frame["msg"]["trade_id"][:8], 16) for frame in frames] == list(
        range(300)
    )


async def test_the_schedule_is_all_week(
    http: httpx2.AsyncClient, start: StartExchange
) -> None:
    """Hours for every day, no windows, unless maintenance is on."""
    exchange = await start(rate=1)
    schedule = (await told(http, exchange, "/exchange/schedule"))["schedule"]
    [week] = schedule["standard_hours"]

    assert set(week) == {"start_time", "end_time", *DAYS}
    assert week["thursday"] == [{"open_time": "00:00", "close_time": "00:00"}]
    assert schedule["maintenance_windows"] == []


def test_a_maintenance_with_an_end_is_a_window() -> None:
    """From when it began to when it ends, also later within it."""
    now_s = 0.0
    faults = Faults(lambda: now_s)
    hours = ExchangeHours(faults, lambda: NOW_MS + int(now_s * 1000))
    faults.add({"kind": "maintenance", "seconds": 7_200})
    now_s = 1_000.0
    schedule: Any = hours.schedule()["schedule"]
    [window] = schedule["maintenance_windows"]
    begin_s, end_s = (
        datetime.fromisoformat(window[key]).timestamp()
        for key in ("start_datetime", "end_datetime")
    )

    assert (begin_s, end_s) == (NOW_MS / 1000, NOW_MS / 1000 + 7_200)
