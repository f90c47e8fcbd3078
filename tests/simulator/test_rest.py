"""REST over real sockets: pages, filters, the shapes of errors, limits."""

import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from flowboard.simulator import Simulator
from flowboard.simulator.front_door import REST_ROOT
from tests.simulator.client import signed
from tests.simulator.conftest import StartExchange
from tests.simulator.tapes import a_trade, write_tape


@pytest.fixture
async def exchange(start: StartExchange, tape: Path) -> Simulator:
    """An exchange whose tape of 300 trades has been traded whole."""
    exchange = await start(tape=tape, speed=None, keep_times=True, start="now")
    await exchange.exchange.grown_beyond(299)
    return exchange


async def get(
    http: httpx2.AsyncClient, exchange: Simulator, path: str, **query: Any
) -> httpx2.Response:
    """GET with a key of nobody, so that tests do not share a bucket... by signing."""
    headers = signed(exchange, f"{REST_ROOT}{path}")
    return await http.get(f"{exchange.rest_base}{path}", params=query, headers=headers)


async def test_trades_are_newest_first_and_paged(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Pages join to the whole tape backwards; the last cursor is an empty string."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        query: dict[str, Any] = {"limit": 130}
        if cursor:
            query["cursor"] = cursor
        page = (await get(http, exchange, "/markets/trades", **query)).json()
        found += page["trades"]
        cursor = page["cursor"]
        if not cursor:
            break

    assert found == [a_trade(number) for number in reversed(range(300))]


async def test_the_default_page_is_a_hundred(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """No limit, and limit 0, are 100; 1000 is allowed."""
    sizes = [
        len((await get(http, exchange, "/markets/trades", **query)).json()["trades"])
        for query in ({}, {"limit": 0}, {"limit": 1000}, {"limit": 1})
    ]

    assert sizes == [100, 100, 300, 1]


async def test_a_garbage_cursor_is_the_first_page(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """A cursor that nobody issued, or of another list, is silently ignored."""
    first = (await get(http, exchange, "/markets/trades", limit=5)).json()
    other = (await get(http, exchange, "/markets", limit=1)).json()["cursor"]
    assert other

    for cursor in ("garbage-cursor", "é", "AAAA", other, "Z" * 5000):
        again = await get(http, exchange, "/markets/trades", limit=5, cursor=cursor)
        assert (again.status_code, again.json()) == (200, first)


async def test_trades_are_filtered(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """By market and by whole seconds, both ends included."""
    ticker = "KXTAPE-26SEP21-T1"
    of_market = await get(http, exchange, "/markets/trades", ticker=ticker, limit=1000)
    start_s = 1_789_984_800  # 10:00:00 of the tape's day
    of_span = await get(
        http, exchange, "/markets/trades", min_ts=start_s + 10, max_ts=start_s + 20
    )
    blocks = await get(http, exchange, "/markets/trades", is_block_trade="true")
    never = await get(http, exchange, "/markets/trades", ticker="KXNEVER-1")

    assert [t["trade_id"] for t in of_market.json()["trades"]] == [
        a_trade(number)["trade_id"] for number in reversed(range(1, 300, 3))
    ]
    # Trades happen a quarter past the second: second 20 itself is beyond the end.
    assert [t["created_time"][17:19] for t in of_span.json()["trades"]] == [
        str(second) for second in reversed(range(10, 20))
    ]
    assert blocks.json() == never.json() == {"cursor": "", "trades": []}


@pytest.mark.parametrize("path", ["/markets/trades", "/markets"])
async def test_a_limit_over_1000_is_the_bare_400(
    http: httpx2.AsyncClient, exchange: Simulator, path: str
) -> None:
    """The validation error has the third shape: `msg` and nothing else."""
    reply = await get(http, exchange, path, limit=1001)
    body = reply.json()

    assert reply.status_code == 400
    assert body.keys() == {"msg"}
    assert body["msg"].endswith("failed on the 'lte' tag")
    negative = await get(http, exchange, path, limit=-1)
    assert negative.json()["msg"].endswith("failed on the 'gte' tag")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "many"},
        {"min_ts": "1790000000.5"},
        {"max_ts": "now"},
        {"is_block_trade": "perhaps"},
        {"min_ts": "9" * 40},
    ],
)
async def test_a_value_of_the_wrong_type_is_the_flat_400(
    http: httpx2.AsyncClient, exchange: Simulator, query: dict[str, str]
) -> None:
    """A value that cannot be decoded has the second shape."""
    reply = await get(http, exchange, "/markets/trades", **query)

    assert reply.status_code == 400
    assert reply.json().keys() == {"code", "message", "details"}


@pytest.mark.parametrize(
    "path", ["/markets/KXNONE-1", "/events/KXNONE", "/series/KXNONE"]
)
async def test_an_unknown_object_is_the_nested_404(
    http: httpx2.AsyncClient, exchange: Simulator, path: str
) -> None:
    """What does not exist has the first shape."""
    reply = await get(http, exchange, path)

    assert reply.status_code == 404
    assert reply.json() == {"error": {"code": "not_found", "message": "not found"}}


async def test_an_unknown_route_and_a_trailing_slash(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """A route that is none is a flat 404; a slash too many is a 301 without it."""
    unknown = await get(http, exchange, "/nothing")
    slash = await get(http, exchange, "/markets/", limit=5)

    assert unknown.status_code == 404
    assert unknown.json() == {"code": "not_found", "message": "not found"}
    assert slash.status_code == 301
    assert slash.headers["location"].endswith("/trade-api/v2/markets?limit=5")


async def test_what_a_tape_trades_is_listed(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Markets, their event and their series exist, with figures of what was traded."""
    market = (await get(http, exchange, "/markets/KXTAPE-26SEP21-T1")).json()["market"]
    event = (await get(http, exchange, "/events/KXTAPE-26SEP21")).json()
    series = (await get(http, exchange, "/series/KXTAPE")).json()["series"]
    volume = sum(number % 9 + 1 for number in range(1, 300, 3))

    assert market["event_ticker"] == event["event"]["event_ticker"] == "KXTAPE-26SEP21"
    assert event["event"]["series_ticker"] == series["ticker"] == "KXTAPE"
    assert len(event["markets"]) == 3
    assert market["volume_fp"] == f"{volume}.00"
    assert market["last_price_dollars"] == a_trade(298)["yes_price_dollars"]
    assert market["title"]


async def test_lists_are_paged_and_filtered(
    http: httpx2.AsyncClient, start: StartExchange
) -> None:
    """Markets and events have pages; filters and nested markets hold."""
    exchange = await start(markets=200, rate=1)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 60}
    while True:
        page = (await get(http, exchange, "/markets", **query)).json()
        seen += [market["ticker"] for market in page["markets"]]
        if not page["cursor"]:
            break
        query["cursor"] = page["cursor"]
    combos = (
        await get(http, exchange, "/markets", mve_filter="only", limit=1000)
    ).json()["markets"]
    singles = (
        await get(http, exchange, "/markets", mve_filter="exclude", limit=1000)
    ).json()["markets"]
    two = await get(http, exchange, "/markets", tickers=f"{seen[3]},{seen[1]},X")
    events = (
        await get(http, exchange, "/events", with_nested_markets="true", limit=200)
    ).json()["events"]
    multi = (await get(http, exchange, "/events/multivariate")).json()["events"]
    settled = (await get(http, exchange, "/markets", status="settled")).json()
    wrong = await get(http, exchange, "/markets", status="finalized")

    assert len(seen) == len(set(seen)) == 200
    assert len(combos) == 20
    assert all(m["ticker"].startswith("KXMVE") for m in combos)
    assert all(m["mve_selected_legs"] for m in combos)
    assert len(singles) == 180
    assert [m["ticker"] for m in two.json()["markets"]] == [seen[3], seen[1]]
    assert sum(len(event["markets"]) for event in events) == 180
    assert sum(event["event_ticker"].startswith("KXMVE") for event in events) == 0
    assert all(event["event_ticker"].startswith("KXMVE") for event in multi)
    assert settled == {"cursor": "", "markets": []}
    assert wrong.status_code == 400


async def test_series_take_filters_and_ignore_what_they_do_not_know(
    http: httpx2.AsyncClient, start: StartExchange
) -> None:
    """By category and tags; a `limit` on this unpaged list is no error."""
    exchange = await start(rate=1)
    every = (await get(http, exchange, "/series", limit=100)).json()["series"]
    crypto = (await get(http, exchange, "/series", category="Crypto")).json()["series"]
    tagged = (await get(http, exchange, "/series", tags="Music,Fed")).json()["series"]

    assert len({series["category"] for series in every}) >= 6
    assert {series["category"] for series in crypto} == {"Crypto"}
    assert {series["ticker"] for series in tagged} == {"KXTOPSONG", "KXFEDDECISION"}


async def test_the_exchange_is_open(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Status says so; nothing optional is sent empty."""
    reply = await get(http, exchange, "/exchange/status")

    assert reply.json() == {"exchange_active": True, "trading_active": True}


async def test_private_routes_need_a_signature(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Signed they answer; unsigned or late they have the recorded bodies."""
    path = "/portfolio/balance"
    url, whole = f"{exchange.rest_base}{path}", f"{REST_ROOT}{path}"
    good = await http.get(url, headers=signed(exchange, whole))
    late = await http.get(url, headers=signed(exchange, whole, skew_ms=-30_000))
    none = await http.get(url)

    assert good.status_code == 200
    assert (late.status_code, late.json()) == (
        401,
        {
            "error": {
                "code": "header_timestamp_expired",
                "message": "header timestamp expired",
            }
        },
    )
    assert none.status_code == 401
    assert none.json()["error"]["code"] == "token_authentication_failure"


async def test_public_routes_answer_whatever_the_signature(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Unsigned, signed and wrongly signed requests are all answered."""
    url = f"{exchange.rest_base}/exchange/status"
    right = signed(exchange, f"{REST_ROOT}/exchange/status")
    wrong = signed(exchange, "/other")
    codes = [
        (await http.get(url, headers=headers)).status_code
        for headers in ({}, right, wrong)
    ]

    assert codes == [200, 200, 200]


async def test_limits_are_20_a_key_and_50_an_address(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """A signed request is billed to its key, others to their address."""
    url = f"{exchange.rest_base}/exchange/status"
    headers = signed(exchange, f"{REST_ROOT}/exchange/status")
    begun_s = time.monotonic()
    by_key = [await http.get(url, headers=headers) for _ in range(60)]
    by_address = [await http.get(url) for _ in range(120)]
    took_s = time.monotonic() - begun_s
    key_codes = [reply.status_code for reply in by_key]
    address_codes = [reply.status_code for reply in by_address]
    refused = [reply for reply in by_address if reply.status_code == 429]

    assert key_codes[:20] == [200] * 20
    assert address_codes[:50] == [200] * 50
    # What flows in meanwhile is all that may pass beyond the first second's worth.
    assert key_codes.count(200) <= 20 + 20 * took_s + 1
    assert address_codes.count(200) <= 50 + 50 * took_s + 1
    assert refused
    assert refused[0].json() == {"error": "too many requests"}
    assert "retry-after" not in refused[0].headers


async def test_a_tape_starts_when_trades_are_asked_for(
    http: httpx2.AsyncClient, start: StartExchange, tmp_path: Path
) -> None:
    """Other requests do not start it; REST serves only what was traded so far."""
    tape = write_tape(tmp_path / "tape.jsonl", [a_trade(n) for n in range(5)])
    exchange = await start(tape=tape, speed=None)
    await get(http, exchange, "/markets")
    assert exchange.exchange.count == 0
    first = (await get(http, exchange, "/markets/trades")).json()
    await exchange.exchange.grown_beyond(4)
    second = (await get(http, exchange, "/markets/trades")).json()

    assert first["trades"] == []
    assert len(second["trades"]) == 5
