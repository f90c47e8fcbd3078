"""Trades by REST: the archive, and faults that lead a walker astray."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.requests import Request

from flowboard.simulator import Simulator
from flowboard.simulator.exchange import Exchange
from flowboard.simulator.faults import Faults
from flowboard.simulator.sources import TapeSource
from flowboard.simulator.trades_api import TradesApi
from tests.simulator.client import fault, truth
from tests.simulator.conftest import StartExchange
from tests.simulator.tapes import a_trade, write_tape

Ask = Callable[..., Awaitable[dict[str, Any]]]
Switch = Callable[..., Awaitable[None]]
START_S = 1_789_984_800  # 10:00:00 of the tape's day: its first trade is 0.25 s later.


@pytest.fixture
async def exchange(start: StartExchange, tape: Any) -> Simulator:
    """An exchange whose tape of 300 trades has been traded whole."""
    exchange = await start(tape=tape, speed=None, keep_times=True, start="now")
    await exchange.exchange.grown_beyond(299)
    return exchange


@pytest.fixture
def ask(http: httpx2.AsyncClient, exchange: Simulator) -> Ask:
    async def asked(**query: Any) -> dict[str, Any]:
        reply = await http.get(f"{exchange.rest_base}/markets/trades", params=query)
        assert reply.status_code == 200
        body: dict[str, Any] = reply.json()
        return body

    return asked


@pytest.fixture
def switch(http: httpx2.AsyncClient, exchange: Simulator) -> Switch:
    async def switched(kind: str, **fields: Any) -> None:
        await fault(http, exchange, kind, **fields)

    return switched


async def walked(
    http: httpx2.AsyncClient, exchange: Simulator, path: str, **query: Any
) -> list[dict[str, Any]]:
    """Return all pages, joined; bounded by the limit on requests."""
    found: list[dict[str, Any]] = []
    for _ in range(40):
        reply = await http.get(f"{exchange.rest_base}{path}", params=query)
        found += reply.json()["trades"]
        query["cursor"] = reply.json()["cursor"]
        if not query["cursor"]:
            return found
    raise AssertionError("the pages do not end")


def ids(trades: list[dict[str, Any]]) -> list[str]:
    return [trade["trade_id"] for trade in trades]


async def test_the_archive_and_the_market_share_no_trade(
    http: httpx2.AsyncClient, start: StartExchange
) -> None:
    """What is older than the cutoff is in one, what is newer in the other, all once."""
    exchange = await start(rate=5, history_ms=600_000, archive_after_ms=300_000)
    told = await http.get(f"{exchange.rest_base}/historical/cutoff")
    cutoff_ms = datetime.fromisoformat(told.json()["trades_created_ts"]).timestamp()
    cutoff_ms *= 1000
    archived = await walked(http, exchange, "/historical/trades", limit=700)
    recent = await walked(http, exchange, "/markets/trades", limit=700)
    everything = await truth(http, exchange)
    older = [trade for trade in everything if trade["ts_ms"] < cutoff_ms]
    newer = [trade for trade in everything if trade["ts_ms"] >= cutoff_ms]

    assert 295 < time.time() - cutoff_ms / 1000 < 330
    assert set(told.json()) == {
        "trades_created_ts",
        "market_settled_ts",
        "orders_updated_ts",
    }
    assert len(older) > 1_000
    assert ids(archived) == ids(older)[::-1]
    assert ids(recent) == ids(newer)[::-1][-len(recent) :]
    assert len(recent) > 1_000


async def test_the_cutoff_itself_is_recent(tmp_path: Path) -> None:
    """The first millisecond of the cutoff's second is on one side only."""
    times = ("10:00:06.999Z", "10:00:07Z", "10:00:07.001Z")
    trades = [
        a_trade(number, created_time=f"2026-09-21T{text}")
        for number, text in enumerate(times)
    ]
    source = TapeSource(
        write_tape(tmp_path / "tape.jsonl", trades), None, True, True, lambda: 0
    )
    faults = Faults(lambda: 0.0)
    traded = Exchange(source, faults)
    await traded.trade()
    paths = TradesApi(traded, faults, START_S + 7).paths()
    request = Request({"type": "http", "query_string": b"", "headers": []})
    archived, recent = (
        json.loads(bytes(paths[path](request).body))["trades"]
        for path in ("/historical/trades", "/markets/trades")
    )
    traded.close()

    assert (archived, recent) == (trades[:1], trades[:0:-1])


async def test_the_archive_takes_the_same_filters(
    http: httpx2.AsyncClient, start: StartExchange, tape: Any
) -> None:
    """A span, a market and a limit; spans on the other side of the cutoff are empty."""
    exchange = await start(
        tape=tape, speed=None, keep_times=True, start="now", archive_after_ms=0
    )
    await exchange.exchange.grown_beyond(299)
    span = {"min_ts": START_S + 10, "max_ts": START_S + 20}
    market = "KXTAPE-26SEP21-T1"
    of_span = await walked(http, exchange, "/historical/trades", limit=4, **span)
    of_market = await walked(http, exchange, "/historical/trades", ticker=market)

    assert [trade["created_time"][17:19] for trade in of_span] == [
        str(second) for second in reversed(range(10, 20))
    ]
    assert len(of_market) == 100
    assert {trade["ticker"] for trade in of_market} == {market}
    assert await walked(http, exchange, "/markets/trades", **span) == []


async def test_without_an_archive_all_is_recent(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """The cutoff lies before every trade."""
    told = await http.get(f"{exchange.rest_base}/historical/cutoff")
    cutoff = datetime.fromisoformat(told.json()["trades_created_ts"])

    assert cutoff == datetime(1970, 1, 1, tzinfo=UTC)
    assert await walked(http, exchange, "/historical/trades") == []
    assert len(await walked(http, exchange, "/markets/trades", limit=150)) == 300


async def test_cursor_loop_leads_to_the_same_page(ask: Ask, switch: Switch) -> None:
    """The cursor repeats for ever; when it is over the walk goes on where it was."""
    begin = await ask(limit=100)
    await switch("cursor_loop", count=3)
    pages = [await ask(limit=100, cursor=begin["cursor"]) for _ in range(3)]
    after = await ask(limit=100, cursor=pages[-1]["cursor"])
    last = await ask(limit=100, cursor=after["cursor"])

    assert {page["cursor"] for page in pages} == {begin["cursor"]}
    assert pages[0]["trades"] == pages[2]["trades"] == after["trades"]
    assert len(ids(begin["trades"] + after["trades"] + last["trades"])) == 300
    assert last["cursor"] == ""


async def test_cursor_loop_meets_the_first_page_too(ask: Ask, switch: Switch) -> None:
    """Without a cursor the page leads to itself."""
    await switch("cursor_loop")
    first = await ask(limit=100)
    again = await ask(limit=100, cursor=first["cursor"])

    assert first["cursor"] != ""
    assert again == first


async def test_cursor_ignored_is_the_first_page(ask: Ask, switch: Switch) -> None:
    """Any cursor leads there; requests without one are not counted."""
    first = await ask(limit=100)
    await switch("cursor_ignored", count=1)
    await ask(limit=100)
    ignored = await ask(limit=100, cursor=first["cursor"])
    second = await ask(limit=100, cursor=first["cursor"])

    assert ignored == first
    assert ids(second["trades"])[0] != ids(first["trades"])[0]


async def test_empty_pages_have_cursors_that_go_on(ask: Ask, switch: Switch) -> None:
    """Each empty page has a cursor of its own, and behind them is what was hidden."""
    first = await ask(limit=100)
    await switch("empty_page", count=3)
    cursors = [first["cursor"]]
    for _ in range(3):
        page = await ask(limit=100, cursor=cursors[-1])
        cursors.append(page["cursor"])
        assert page["trades"] == []
    second = await ask(limit=100, cursor=cursors[-1])

    assert len(set(cursors)) == 4
    assert second == await ask(limit=100, cursor=first["cursor"])


async def test_refuse_min_ts_is_a_400(
    http: httpx2.AsyncClient, exchange: Simulator, ask: Ask, switch: Switch
) -> None:
    """Only requests that bear min_ts are refused."""
    await switch("refuse_min_ts")
    url = f"{exchange.rest_base}/markets/trades"
    refused = await http.get(url, params={"min_ts": START_S})

    assert refused.status_code == 400
    assert "MinTs" in refused.json()["msg"]
    assert len((await ask(max_ts=START_S + 50))["trades"]) == 50


async def test_late_trades_lie_where_their_time_is(
    http: httpx2.AsyncClient, start: StartExchange
) -> None:
    """They appear at the end of the truth, and in the middle of REST, newest first."""
    exchange = await start(rate=500, markets=10, history_ms=5_000)
    url = f"{exchange.base}/simulator/faults"
    await fault(http, exchange, "late", count=5, ms=3_000)
    async with asyncio.timeout(10):
        while (await http.get(url)).json()["faults"]:
            await exchange.exchange.grown_beyond(exchange.exchange.count)
    await fault(http, exchange, "maintenance")
    everything = await truth(http, exchange)
    listed = await walked(http, exchange, "/markets/trades", limit=300)
    times = [trade["ts_ms"] for trade in everything]
    late = [
        number
        for number in range(1, len(times))
        if times[number] < max(times[:number]) - 2_000
    ]
    ordered = sorted(range(len(times)), key=lambda number: (times[number], number))

    assert len(late) == 5
    assert ids(listed) == [everything[number]["trade_id"] for number in ordered[::-1]]
