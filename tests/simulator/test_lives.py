"""Lives of markets as REST and WebSocket tell them: they agree, but for a moment."""

import asyncio
from typing import Any

import httpx2
import pytest

from flowboard.simulator.catalogue import Catalogue
from flowboard.simulator.hostile_titles import Titles
from flowboard.simulator.life_events import LifeEvent, LifeKind
from flowboard.simulator.lifecycle_frames import changes_of
from flowboard.simulator.lives import UNSEEN_US, Lives
from tests.simulator.client import connected, truth
from tests.simulator.conftest import StartExchange
from tests.simulator.listings import a_listing

NOW_US = 1_790_000_000_000_000
TITLES = Titles(lambda: False)


def a_step(kind: LifeKind, **fields: Any) -> LifeEvent:
    return LifeEvent(kind, NOW_US, ("KXA-1-T5",), **fields)


def test_a_market_is_seen_a_moment_after_it_was_created() -> None:
    """REST does not know of it before; its event neither."""
    catalogue = Catalogue()
    lives = Lives(catalogue)
    lives.apply(a_step("created", listed=a_listing()), NOW_US)
    market, event = catalogue.markets["KXA-1-T5"], catalogue.events["KXA-1"]

    assert not lives.seen(market, NOW_US + UNSEEN_US - 1)
    assert not lives.event_seen(event, NOW_US + UNSEEN_US - 1)
    assert lives.seen(market, NOW_US + UNSEEN_US)
    assert lives.event_seen(event, NOW_US + UNSEEN_US)


def test_each_step_changes_what_is_found() -> None:
    """Status and filter word after each; close, result and settlement are kept."""
    catalogue = Catalogue()
    catalogue.list_event(*a_listing())
    lives = Lives(catalogue)
    market = catalogue.markets["KXA-1-T5"]
    found = [(lives.status(market.ticker), lives.filter_word(market))]
    for step in (
        a_step("close_date_updated", close_s=1_790_000_100),
        a_step("deactivated"),
        a_step("activated"),
        a_step("closed"),
        a_step("determined", paid_e4=(2_500,), outcome="3"),
        a_step("settled"),
    ):
        lives.apply(step, NOW_US)
        found.append((lives.status(market.ticker), lives.filter_word(market)))
    life = lives.of(market)

    assert found == [
        ("active", "open"),
        ("active", "open"),
        ("inactive", "paused"),
        ("active", "open"),
        ("closed", "closed"),
        ("determined", "closed"),
        ("finalized", "settled"),
    ]
    assert life is not None
    assert lives.close_s(market) == 1_790_000_100
    assert (life.paid_e4, life.result, life.outcome) == (2_500, "scalar", "3")
    assert life.settled_s == NOW_US // 1_000_000


def test_clocks_are_not_told_and_settled_says_no_result() -> None:
    """No frame when a market opens or closes; the result comes with `determined`."""
    opened = changes_of(a_step("opened"), False, TITLES)
    closed = changes_of(a_step("closed"), False, TITLES)
    [determined] = changes_of(a_step("determined", paid_e4=(10_000,)), False, TITLES)
    [settled] = changes_of(a_step("settled"), True, TITLES)

    assert opened == closed == []
    assert b'"result":"yes"' in determined.payload
    assert b'"settlement_value":"1.0000"' in determined.payload
    assert determined.kind == "market_lifecycle_v2"
    assert settled.kind == "multivariate_market_lifecycle"
    assert b"result" not in settled.payload


@pytest.mark.slow
async def test_rest_and_websocket_tell_one_story(
    http: httpx2.AsyncClient, start: StartExchange
) -> None:
    """404 just after `created`, then the object; what is determined REST has as well;
    and no trade of a market lies behind its close."""
    exchange = await start(rate=100, markets=60, lifecycle_rate=1_800, quote_rate=50)
    base = exchange.rest_base
    results: dict[str, tuple[str, str]] = {}
    settled: set[str] = set()
    early: list[int] = []
    created: list[str] = []
    async with connected(exchange) as feed:
        await feed.send("subscribe", channels=["market_lifecycle_v2"])
        async with asyncio.timeout(60):
            while len(settled) < 12:
                frame = await feed.frame()
                body = frame["msg"]
                ticker, kind = body.get("market_ticker", ""), body.get("event_type")
                if kind == "created":
                    if not early:
                        reply = await http.get(f"{base}/markets/{ticker}")
                        early.append(reply.status_code)
                    created.append(ticker)
                elif kind == "determined":
                    results[ticker] = (body["result"], body["settlement_value"])
                elif kind == "settled":
                    settled.add(ticker)
    found = await all_markets(http, base)
    trades = await truth(http, exchange)

    assert early == [404]
    assert found[created[0]]["status"] != "initialized"
    for ticker in settled:
        market = found[ticker]
        assert (market["result"], market["settlement_value_dollars"]) == results[ticker]
        assert market["status"] == "finalized"
        assert market["settlement_ts"]
        assert (market["yes_bid_dollars"], market["yes_ask_dollars"]) == (
            "0.0000",
            "1.0000",
        )
    over = {m["ticker"]: m["close_time"] for m in found.values() if m["result"]}
    assert len(over) >= 12
    assert all(
        trade["created_time"][:19] < over[trade["ticker"]][:19]
        for trade in trades
        if trade["ticker"] in over
    )


async def all_markets(http: httpx2.AsyncClient, base: str) -> dict[str, dict[str, Any]]:
    """Return every market by its ticker."""
    found: dict[str, dict[str, Any]] = {}
    cursor = ""
    while True:
        reply = await http.get(
            f"{base}/markets", params={"limit": 100, "cursor": cursor}
        )
        page = reply.json()
        found |= {market["ticker"]: market for market in page["markets"]}
        cursor = page["cursor"]
        if not cursor:
            return found
