"""Faults that meet any REST request, and the exchange's clock."""

import asyncio
import time
from email.utils import parsedate_to_datetime

import httpx2
import pytest
import websockets

from flowboard.simulator import Simulator
from tests.simulator.client import connected, fault, mend, signed
from tests.simulator.conftest import StartExchange

BALANCE = "/trade-api/v2/portfolio/balance"


@pytest.fixture
async def exchange(start: StartExchange) -> Simulator:
    return await start(rate=10)


async def status(http: httpx2.AsyncClient, exchange: Simulator) -> httpx2.Response:
    return await http.get(f"{exchange.rest_base}/exchange/status")


async def test_server_error_is_json_then_html(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """500 and 502 in turn, then all is well; the test endpoints are not met."""
    await fault(http, exchange, "server_error", count=3)
    replies = [await status(http, exchange) for _ in range(4)]

    assert [reply.status_code for reply in replies] == [500, 502, 500, 200]
    assert replies[0].json()["error"]["code"] == "internal_server_error"
    assert replies[1].headers["content-type"].startswith("text/html")
    assert "<h1>502 Bad Gateway</h1>" in replies[1].text


@pytest.mark.parametrize(("ms", "header"), [(None, None), (1_600, "2"), (9_000, "9")])
async def test_rate_limit_may_say_when_to_come_back(
    http: httpx2.AsyncClient, exchange: Simulator, ms: int | None, header: str | None
) -> None:
    """`ms` is Retry-After in whole seconds; without it there is none."""
    fields = {} if ms is None else {"ms": ms}
    await fault(http, exchange, "rate_limit", count=1, **fields)
    reply = await status(http, exchange)

    assert reply.status_code == 429
    assert reply.headers.get("retry-after") == header


async def test_slow_rest_answers_later(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """So many answers come so much later, whatever they are; others do not wait."""
    await fault(http, exchange, "slow_rest", ms=400, count=1)
    begun_s = time.monotonic()
    slow = asyncio.create_task(status(http, exchange))
    async with asyncio.timeout(5):
        while (await http.get(f"{exchange.base}/simulator/faults")).json()["faults"]:
            await asyncio.sleep(0)
    await status(http, exchange)
    waited_for_none = not slow.done()
    reply = await slow

    assert waited_for_none
    assert time.monotonic() - begun_s >= 0.4
    assert reply.status_code == 200


@pytest.mark.parametrize("ahead_s", [90, -90])
async def test_clock_moves_dates_and_the_window_of_signatures(
    http: httpx2.AsyncClient, exchange: Simulator, ahead_s: int
) -> None:
    """A signature by the machine's time expires, one by the told date is good."""
    await fault(http, exchange, "clock", ms=ahead_s * 1000)
    url = f"{exchange.base}{BALANCE}"
    wrong = await http.get(url, headers=signed(exchange, BALANCE))
    right = await http.get(
        url, headers=signed(exchange, BALANCE, skew_ms=ahead_s * 1000)
    )
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with connected(exchange):
            pass
    async with connected(exchange, signed(exchange, skew_ms=ahead_s * 1000)) as feed:
        response = feed.socket.response
    assert response is not None
    dates = [
        parsedate_to_datetime(headers["Date"]).timestamp() - time.time()
        for headers in (wrong.headers, caught.value.response.headers, response.headers)
    ]
    await mend(http, exchange)
    mended = await http.get(url, headers=signed(exchange, BALANCE))

    assert wrong.status_code == caught.value.response.status_code == 401
    assert wrong.json()["error"]["code"] == "header_timestamp_expired"
    assert right.status_code == mended.status_code == 200
    assert all(abs(date_s - ahead_s) < 5 for date_s in dates)
