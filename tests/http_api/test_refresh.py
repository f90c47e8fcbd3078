"""POST /api/refresh reads the exchange's markets anew, once for all who ask."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from flowboard.errors import ExchangeError
from flowboard.http_api import control_routes, refresh
from flowboard.http_api.refresh import PAUSE_MS
from tests.http_api.serving import Api, serving

TOKEN = "dGhlIHNhbXBsZSBub25jZQ-_dGhlIHNhbXBsZSBub25"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Exchange:
    """Stands in for the board: counts how often it reads."""

    def __init__(self) -> None:
        self.reads = 0
        self.fails = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def refresh(self) -> int:
        self.reads += 1
        await self.answers.wait()
        if self.fails:
            raise ExchangeError("it says 500 at /secret/path")
        return 150


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
async def served(unserved: Api, exchange: Exchange) -> AsyncIterator[Api]:
    """The API with what changes something."""
    clock = unserved.clock
    routes = control_routes(
        exchange,  # type: ignore[arg-type]
        TOKEN,
        lambda: clock.mono_ms,
        lambda: clock.wall_ms,
    )
    async with serving(unserved.app(*routes)) as unserved.port:
        yield unserved


async def test_the_markets_are_read(served: Api, exchange: Exchange) -> None:
    """KalshiWhale's answer: success, a sentence, how many, when."""
    answer = await served.ask("POST", "/api/refresh", headers=BEARER)

    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "message": "150 markets were read just now",
        "count": 150,
        "timestamp": "2026-11-21T13:00:00.123Z",
    }
    assert exchange.reads == 1


async def test_it_needs_the_token(served: Api, exchange: Exchange) -> None:
    """As everything that makes the server do something."""
    answer = await served.ask("POST", "/api/refresh")

    assert (answer.status_code, exchange.reads) == (401, 0)


async def test_who_asks_often_is_told_of_the_last_time(
    served: Api, exchange: Exchange
) -> None:
    """The exchange is left alone for ten seconds; then it is asked again."""
    await served.ask("POST", "/api/refresh", headers=BEARER)
    served.clock.mono_ms += PAUSE_MS - 1_000
    early = await served.ask("POST", "/api/refresh", headers=BEARER)
    reads_early = exchange.reads
    served.clock.mono_ms += 1_000
    late = await served.ask("POST", "/api/refresh", headers=BEARER)

    assert early.json()["message"] == "150 markets were read 9 s ago"
    assert (early.json()["success"], early.json()["count"]) == (True, 150)
    assert reads_early == 1
    assert late.json()["message"].endswith("just now")
    assert exchange.reads == 2


async def test_all_who_ask_meanwhile_get_one_answer(
    served: Api, exchange: Exchange
) -> None:
    """The exchange is asked once."""
    exchange.answers.clear()
    asked = [
        asyncio.create_task(served.ask("POST", "/api/refresh", headers=BEARER))
        for _ in range(5)
    ]
    async with asyncio.timeout(5):
        while not exchange.reads:
            await asyncio.sleep(0)
    exchange.answers.set()

    answers = await asyncio.gather(*asked)

    assert [answer.json()["count"] for answer in answers] == [150] * 5
    assert exchange.reads == 1


async def test_an_exchange_that_fails(
    served: Api, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 in the form of every error, without its words; the next one may try."""
    exchange.fails = True
    failed = await served.ask("POST", "/api/refresh", headers=BEARER)
    exchange.answers.clear()
    monkeypatch.setattr(refresh, "READ_S", 0.01)
    silent = await served.ask("POST", "/api/refresh", headers=BEARER)
    exchange.fails = False
    exchange.answers.set()
    then = await served.ask("POST", "/api/refresh", headers=BEARER)

    for answer in (failed, silent):
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "exchange_failing"
        assert answer.headers["retry-after"] == "60"
        assert "secret" not in answer.text
    assert then.status_code == 200
