"""Everything that the simulator sends is as the table of facts says."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from flowboard.simulator import Simulator
from tests.shapes.checker import problems, shape_of_frame
from tests.simulator.client import connected, signed
from tests.simulator.conftest import StartExchange

T0 = "KXTAPE-26SEP21-T0"


async def test_every_frame_has_its_shape(start: StartExchange, tape: Path) -> None:
    """All types of frames that there are, each held against the table."""
    exchange = await start(tape=tape, speed=50)
    seen: set[str] = set()
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=["trade", "orderbook_delta"])
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


async def test_every_ticker_has_its_shape(start: StartExchange, tape: Path) -> None:
    """What a trade makes, what moves by itself, and what a market is at first."""
    generated = await start(rate=200, quote_rate=200, markets=40)
    taped = await start(tape=tape, speed=50)
    named = list(generated.exchange.catalogue.markets)
    for exchange, markets in ((generated, named), (taped, [T0])):
        async with connected(exchange) as feed:
            await feed.send(
                "subscribe",
                channels=["ticker", "trade"],
                market_tickers=markets,
                send_initial_snapshot=True,
            )
            await feed.send(
                "update_subscription", sids=[1], action="add_markets", market_ticker=T0
            )
            kinds = set()
            for _ in range(80):
                frame = await feed.frame()
                shape = shape_of_frame(frame)
                assert shape is not None
                assert problems(shape, frame) == []
                kinds.add(shape)

        assert kinds == {"subscribed", "ok", "ticker", "trade"}


@pytest.mark.slow
async def test_every_step_of_a_life_has_its_shape(start: StartExchange) -> None:
    """All types of the two lifecycle channels that a busy exchange tells."""
    exchange = await start(rate=50, markets=60, lifecycle_rate=3_600)
    kinds: set[str] = set()
    steps = ("created", "close_date_updated", "determined", "settled")
    channels = ("market_lifecycle_v2", "multivariate_market_lifecycle")
    wanted = {f"{channel}.{step}" for channel in channels for step in steps}
    wanted |= {f"{channels[0]}.activated", f"{channels[0]}.deactivated"}
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=list(channels))
        async with asyncio.timeout(60):
            while not wanted <= kinds:
                frame = await feed.frame()
                shape = shape_of_frame(frame)
                assert shape is not None, frame
                assert problems(shape, frame) == []
                kinds.add(shape)
        lived = exchange.exchange.lives.lived()
        for path in ("/markets?status=settled", "/markets?status=closed"):
            reply = await feed_page(exchange, path)
            assert problems("rest.markets", reply) == []
            assert reply["markets"]

    assert "event_lifecycle" in kinds
    assert lived


async def feed_page(exchange: Simulator, path: str) -> Any:
    async with httpx2.AsyncClient(trust_env=False) as http:
        return (await http.get(f"{exchange.rest_base}{path}")).json()


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
        "/series?include_volume=true": "rest.series_list",
        "/search/tags_by_categories": "rest.tags",
        "/search/filters_by_sport": "rest.sports",
        f"/series/{next(iter(catalogue.series))}": "rest.series_single",
        "/historical/trades": "rest.trades",
        "/exchange/status": "rest.status",
    }
    for path, shape in bodies.items():
        reply = await http.get(f"{exchange.rest_base}{path}")

        assert reply.status_code == 200, path
        assert problems(shape, reply.json()) == [], path


async def test_bodies_without_optional_keys_have_their_shape(
    http: httpx2.AsyncClient, start: StartExchange
) -> None:
    """What the exchange must tell is there, also when nothing else is."""
    exchange = await start(rate=1)
    fault = json.dumps({"kind": "missing_keys"})
    await http.post(f"{exchange.base}/simulator/faults", content=fault)
    markets = (await http.get(f"{exchange.rest_base}/markets?limit=300")).json()
    nested = f"{exchange.rest_base}/events?with_nested_markets=true"
    events = (await http.get(nested)).json()

    assert problems("rest.markets", markets) == []
    assert problems("rest.events", events) == []
    assert not any("title" in market for market in markets["markets"])
    assert not any("exchange_index" in event for event in events["events"])


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
