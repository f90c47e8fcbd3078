"""Everything that the simulator sends is as the table of facts says."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.shapes.checker import problems, shape_of_frame
from tests.simulator.client import connected, signed
from tests.simulator.conftest import StartExchange

T0 = "KXTAPE-26SEP21-T0"


async def test_every_frame_has_its_shape(start: StartExchange, tape: Path) -> None:
    """All types of frames that there are, each held against the table."""
    exchange = await start(tape=tape, speed=50)
    seen: set[str] = set()
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=["trade", "ticker"])
        await feed.send("subscribe", channels=["trade"], market_ticker=T0)
        await feed.send("list_subscriptions")
        await feed.send("update_subscription", sids=[1], action="get_snapshot")
        await feed.send("unsubscribe", sids=[1])
        await feed.send("subscribe", channels=["trade"])
        wanted = {"subscribed", "ok", "ok.list", "error", "unsubscribed", "trade"}
        while seen != wanted:
            frame = await feed.frame()
            shape = shape_of_frame(frame)
            assert shape is not None
            assert problems(shape, frame) == []
            seen.add(shape)


@pytest.mark.parametrize("generated", [True, False])
async def test_every_body_has_its_shape(
    http: httpx2.AsyncClient, start: StartExchange, tape: Path, generated: bool
) -> None:
    """All REST routes, from the generator and from a tape."""
    options: dict[str, Any] = {"tape": tape, "speed": None, "start": "now"}
    exchange = await start(**({"rate": 500} if generated else options))
    await exchange.exchange.grown_beyond(100)
    catalogue = exchange.exchange.catalogue
    event = next(iter(catalogue.events))
    bodies = {
        "/markets/trades": "rest.trades",
        "/markets?limit=1000": "rest.markets",
        f"/markets/{next(iter(catalogue.markets))}": "rest.market_single",
        "/events": "rest.events",
        "/events?with_nested_markets=true": "rest.events",
        "/events/multivariate": "rest.events",
        f"/events/{event}": "rest.event_single",
        f"/events/{event}?with_nested_markets=true": "rest.event_single",
        "/series": "rest.series_list",
        f"/series/{next(iter(catalogue.series))}": "rest.series_single",
        "/historical/trades": "rest.trades",
        "/exchange/status": "rest.status",
    }
    for path, shape in bodies.items():
        reply = await http.get(f"{exchange.rest_base}{path}")

        assert reply.status_code == 200, path
        assert problems(shape, reply.json()) == [], path


async def test_every_error_has_its_shape(
    http: httpx2.AsyncClient, start: StartExchange
) -> None:
    """Nested, flat, bare, and the 429 of its own."""
    exchange = await start(rate=1)
    base = exchange.rest_base
    private = f"{base}/portfolio/balance"
    wrong = signed(exchange, "/other")
    replies = {
        "rest.error.nested": [
            await http.get(f"{base}/markets/KXNONE"),
            await http.get(private),
            await http.get(private, headers=wrong),
        ],
        "rest.error.flat": [
            await http.get(f"{base}/markets?limit=x"),
            await http.get(f"{base}/none"),
        ],
        "rest.error.bare": [await http.get(f"{base}/markets?limit=1001")],
    }
    fault = json.dumps({"kind": "rate_limit"})
    await http.post(f"{exchange.base}/simulator/faults", content=fault)
    replies["rest.error.429"] = [await http.get(f"{base}/markets")]
    for shape, some in replies.items():
        for reply in some:
            assert reply.status_code >= 400
            assert problems(shape, reply.json()) == []
