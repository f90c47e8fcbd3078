"""The test endpoints: what was traded, and faults."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.simulator.conftest import StartExchange


async def test_trades_are_told_in_order_whoever_is_connected(
    http: httpx2.AsyncClient, start: StartExchange, tape: Path
) -> None:
    """NDJSON of everything traded so far: REST shape and `ts_ms`."""
    exchange = await start(tape=tape, speed=None, keep_times=True, start="now")
    await exchange.exchange.grown_beyond(299)
    reply = await http.get(f"{exchange.base}/simulator/trades")
    trades = [json.loads(line) for line in reply.text.splitlines()]

    assert reply.headers["content-type"] == "application/x-ndjson"
    assert [int(trade["trade_id"][:8], 16) for trade in trades] == list(range(300))
    assert trades[0]["ts_ms"] == 1_789_984_800_250
    assert trades[0]["created_time"] == "2026-09-21T10:00:00.25Z"


async def test_faults_are_listed_and_cleared(
    http: httpx2.AsyncClient, start: StartExchange
) -> None:
    """POST answers 201 with the fault, GET lists, DELETE clears."""
    exchange = await start(rate=1)
    url = f"{exchange.base}/simulator/faults"
    made = await http.post(url, json={"kind": "stall", "seconds": 30, "count": 5})
    await http.post(url, json={"kind": "rest_shift", "ms": -2})
    listed = (await http.get(url)).json()["faults"]
    cleared = await http.delete(url)
    after = (await http.get(url)).json()

    assert made.status_code == 201
    assert made.json()["count_left"] == 5
    assert [(fault["id"], fault["kind"]) for fault in listed] == [
        (1, "stall"),
        (2, "rest_shift"),
    ]
    assert listed[1]["ms"] == -2
    assert cleared.status_code == 204
    assert after == {"faults": []}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("{", "JSON"),
        ("[]", "object"),
        ({}, "kind"),
        ({"kind": "explode"}, "drop, stall, stall_open"),
        ({"kind": ["drop"]}, "kind"),
        ({"kind": "drop", "times": 3}, "'times'"),
        ({"kind": "drop", "seconds": 0}, "seconds"),
        ({"kind": "drop", "seconds": "5"}, "seconds"),
        ({"kind": "drop", "count": 0}, "count"),
        ({"kind": "drop", "count": 1.5}, "count"),
        ({"kind": "drop", "count": True}, "count"),
        ({"kind": "rest_shift", "ms": "1"}, "ms"),
        ({"kind": "drop", "ms": 1}, "rest_shift, rate_limit"),
        ({"kind": "late", "ms": 0}, "from 1"),
        ({"kind": "maintenance", "count": 1}, "maintenance"),
        ({"kind": "clock", "count": 1}, "clock"),
        ({"kind": "stall_open", "count": 1}, "stall_open"),
        ({"kind": "stall_open", "seconds": 1}, "for ever"),
    ],
)
async def test_a_wrong_fault_is_a_sentence(
    http: httpx2.AsyncClient, start: StartExchange, body: Any, named: str
) -> None:
    """400, and the message names what is wrong; nothing is switched on."""
    exchange = await start(rate=1)
    url = f"{exchange.base}/simulator/faults"
    content = body if isinstance(body, str) else json.dumps(body)
    reply = await http.post(url, content=content)

    assert reply.status_code == 400
    assert named in reply.json()["error"]["message"]
    assert (await http.get(url)).json() == {"faults": []}
