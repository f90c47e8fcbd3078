"""Markets, events and series over real sockets: what is told, filters, pages, speed."""

import time
import zlib
from typing import Any

import httpx2
import orjson
import pytest
from starlette.requests import Request

from flowboard.simulator import Simulator
from flowboard.simulator.exchange import Exchange, wall_us
from flowboard.simulator.faults import Faults
from flowboard.simulator.front_door import REST_ROOT
from flowboard.simulator.hostile_titles import HOSTILE, LONG_TITLE_CHARACTERS
from flowboard.simulator.life_events import LifeEvent
from flowboard.simulator.listing import Listing
from flowboard.simulator.listing_api import ListingApi
from flowboard.simulator.sources import GeneratorSource
from tests.simulator.client import fault, signed
from tests.simulator.conftest import StartExchange
from tests.simulator.listings import a_listing

Body = dict[str, Any]


async def get(
    http: httpx2.AsyncClient, exchange: Simulator, path: str, **query: Any
) -> Any:
    """GET as the holder of the key: its bucket is its own."""
    headers = signed(exchange, f"{REST_ROOT}{path}")
    url = f"{exchange.rest_base}{path}"
    return (await http.get(url, params=query, headers=headers)).json()


@pytest.fixture
async def exchange(start: StartExchange) -> Simulator:
    return await start(rate=200, markets=300, history_ms=5_000)


async def test_every_kind_of_market_is_told(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Two-leg matches, ladders, choices and combos, each with the keys of its kind."""
    body = await get(http, exchange, "/markets", limit=1000)
    markets: dict[str, Body] = {m["ticker"]: m for m in body["markets"]}
    combos = [m for m in markets.values() if "mve_selected_legs" in m]
    matches = [m for m in markets.values() if "occurrence_datetime" in m]
    ladders = [m for m in markets.values() if m.get("strike_type") == "greater"]
    between = [m for m in markets.values() if m.get("strike_type") == "between"]
    undated = [m for m in markets.values() if "expected_expiration_time" not in m]

    assert len(combos) == 30
    for combo in combos:
        legs = combo["mve_selected_legs"]
        joined = ",".join(leg["market_ticker"] for leg in legs)
        assert combo["custom_strike"]["Associated Markets"] == joined
        assert combo["ticker"].startswith(combo["mve_collection_ticker"])
        assert all(leg["market_ticker"] in markets for leg in legs)
    assert matches
    for match in matches:
        assert match["occurrence_datetime"] < match["expected_expiration_time"]
        assert match["expected_expiration_time"] < match["close_time"]
        assert match["strike_type"] == "structured"
        assert "subtitle" not in match
    assert ladders
    assert all("floor_strike" in m and "cap_strike" not in m for m in ladders)
    assert between
    assert all(m["floor_strike"] <= m["cap_strike"] for m in between)
    assert undated
    assert all(m["open_time"] < m["close_time"] for m in markets.values())
    assert all(m["yes_sub_title"] == m["no_sub_title"] for m in markets.values())


async def test_quotes_of_both_outcomes_agree(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """A NO bid is a dollar less the YES ask; the last trade lies within the touch."""
    markets = (await get(http, exchange, "/markets", limit=1000))["markets"]
    traded = [m for m in markets if m["last_price_dollars"] != "0.0000"]

    assert len(traded) > 100
    for market in markets:
        ask, no_bid = float(market["yes_ask_dollars"]), float(market["no_bid_dollars"])
        bid, no_ask = float(market["yes_bid_dollars"]), float(market["no_ask_dollars"])
        assert ask + no_bid == bid + no_ask == pytest.approx(1)
        assert bid < ask
    for market in traded:
        last = market["last_price_dollars"]
        assert market["yes_bid_dollars"] <= last <= market["yes_ask_dollars"]


async def test_events_tell_what_their_markets_have_in_common(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Competition of a match, date or period of others; matches exclude each other."""
    body = await get(http, exchange, "/events", limit=200, with_milestones="true")
    events: list[Body] = body["events"]
    matches = [e for e in events if e["series_ticker"] == "KXNFLGAME"]
    monthly = [e for e in events if e["series_ticker"] == "KXCPIYOY"]
    daily = [e for e in events if e["series_ticker"] == "KXINXU"]
    one = await get(http, exchange, f"/events/{matches[0]['event_ticker']}")

    assert body["milestones"] == []
    assert {e["product_metadata"]["competition"] for e in matches} == {"Pro Football"}
    assert all(e["mutually_exclusive"] for e in matches)
    assert all(e["collateral_return_type"] == "MECNET" for e in matches)
    assert all("strike_period" in e and "strike_date" not in e for e in monthly)
    assert all("strike_date" in e for e in daily)
    assert len({e["category"] for e in events}) >= 6
    assert len(one["markets"]) == 2


async def test_the_second_level_is_told(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Tags by category, competitions by sport, volumes of series if they are wanted."""
    tags = (await get(http, exchange, "/search/tags_by_categories"))[
        "tags_by_categories"
    ]
    sports = await get(http, exchange, "/search/filters_by_sport")
    series = (await get(http, exchange, "/series", include_volume="true"))["series"]
    markets = (await get(http, exchange, "/markets", limit=1000))["markets"]
    one = (await get(http, exchange, "/series/KXNFLGAME"))["series"]
    volume = sum(float(m["volume_fp"]) for m in markets)

    assert "Bitcoin" in tags["Crypto"]
    assert sports["filters_by_sports"]["Football"] == {
        "competitions": {"Pro Football": {"scopes": ["Games"]}},
        "scopes": ["Games"],
    }
    assert None in [one_of["tags"] for one_of in series]
    assert 0 < sum(float(s["volume_fp"]) for s in series) <= volume
    assert "volume_fp" not in one


async def test_titles_are_hostile_on_demand(
    http: httpx2.AsyncClient, exchange: Simulator
) -> None:
    """Every way of it somewhere; afterwards titles are as before."""
    before = (await get(http, exchange, "/markets", limit=1000))["markets"]
    await fault(http, exchange, "hostile_titles")
    markets = (await get(http, exchange, "/markets", limit=1000))["markets"]
    events = (await get(http, exchange, "/events"))["events"]
    titles = [m["title"] for m in markets]
    ways = {zlib.crc32(m["ticker"].encode()) % len(HOSTILE) for m in markets}

    assert len(ways) == len(HOSTILE)
    assert any("<script>" in title for title in titles)
    assert any("\u202e" in title for title in titles)
    assert any("\n" in title and "\x00" in title for title in titles)
    assert max(map(len, titles)) >= LONG_TITLE_CHARACTERS - 200
    assert " " in titles
    assert any("<script>" in event["title"] for event in events)
    assert any("<img" in m["yes_sub_title"] for m in markets)
    assert all(m["title"] != b["title"] for m, b in zip(markets, before, strict=True))


def an_api(markets: int = 120) -> tuple[Exchange, ListingApi]:
    """Return the routes over an exchange that stands still."""
    faults = Faults(time.monotonic)
    exchange = Exchange(GeneratorSource(markets, 100.0, 1, 0, wall_us), faults)
    exchange.close()
    return exchange, ListingApi(Listing(exchange, faults, 300), wall_us)


def ask(api: ListingApi, query: str, path: str = "/markets") -> Any:
    """Return what a query is answered with, decoded."""
    scope = {"type": "http", "query_string": query.encode(), "headers": []}
    return orjson.loads(api.paths()[path](Request(scope)).body)


def test_pages_stay_right_while_markets_are_created_and_close() -> None:
    """Cursors are places in a listing that only grows: nothing twice, nothing left out,
    whatever is filtered."""
    exchange, api = an_api()
    combos = exchange.catalogue.listed_combos
    ten = [f"min_close_ts={combos[0].close_s}", "limit=10"]
    late = [
        m.ticker for m in exchange.catalogue.listed if m.close_s >= combos[0].close_s
    ]
    found, cursor = [], "first"
    for _ in range(len(late) // 10 + 1):
        page = ask(api, "&".join([*ten, f"cursor={cursor}"]))
        found += [m["ticker"] for m in page["markets"]]
        cursor = page["cursor"]
        if not cursor:
            break
    assert 10 < len(late) < 100
    assert found == late

    first = ask(api, "limit=50")
    series, event = a_listing()
    step = LifeEvent("created", wall_us(), ("KXA-1-T5",), (series, event))
    exchange.lives.apply(step, 0)
    gone = first["markets"][0]["ticker"]
    exchange.lives.apply(LifeEvent("closed", wall_us(), (gone,)), 0)
    second = ask(api, f"limit=1000&cursor={first['cursor']}")
    tickers = [m["ticker"] for m in first["markets"] + second["markets"]]

    assert tickers == list(exchange.catalogue.markets)


def test_status_and_times_find_what_they_name() -> None:
    """Each word of status, and close, creation and settlement as whole seconds."""
    exchange, api = an_api()
    tickers = list(exchange.catalogue.markets)
    now_us = wall_us()
    for kind, ticker in zip(
        ("deactivated", "closed", "determined", "settled"), tickers, strict=False
    ):
        step = LifeEvent(kind, now_us, (ticker,), paid_e4=(0,))  # type: ignore[arg-type]
        exchange.lives.apply(step, 0)
    moved = LifeEvent(
        "close_date_updated", now_us, (tickers[9],), close_s=1_900_000_000
    )
    exchange.lives.apply(moved, 0)

    def found(query: str) -> list[str]:
        return [m["ticker"] for m in ask(api, f"limit=1000&{query}")["markets"]]

    assert found("status=open") == tickers[4:]
    assert found("status=paused") == tickers[:1]
    assert found("status=closed") == tickers[1:3]
    assert found("status=settled") == tickers[3:4]
    assert found("status=unopened") == []
    assert found("min_close_ts=1900000000") == [tickers[9]]
    assert found("max_close_ts=1900000000") == tickers
    settled_s = now_us // 1_000_000
    assert found(f"status=settled&min_settled_ts={settled_s}") == tickers[3:4]
    assert found(f"min_updated_ts={settled_s}&max_updated_ts={settled_s}") == [
        *tickers[:4],
        tickers[9],
    ]
    assert found("max_created_ts=1") == []


def test_one_ticker_event_or_series_is_found_in_any_company() -> None:
    """Filters add up; what does not fit together finds nothing."""
    exchange, api = an_api()
    event = next(iter(exchange.catalogue.events.values()))
    other = exchange.catalogue.listed_events[1]
    tickers = [m.ticker for m in event.markets]

    def found(query: str) -> list[str]:
        return [m["ticker"] for m in ask(api, query)["markets"]]

    assert found(f"event_ticker={event.ticker}") == tickers
    assert found(f"series_ticker={event.series_ticker}")[:2] == tickers
    assert (
        found(f"series_ticker={other.series_ticker}&event_ticker={event.ticker}") == []
    )
    assert found(f"tickers={tickers[1]}&series_ticker={other.series_ticker}") == []
    assert found(f"tickers={tickers[1]},X&event_ticker={event.ticker}") == tickers[1:]
    assert found("event_ticker=NONE") == found("series_ticker=NONE") == []


@pytest.mark.parametrize(
    "query",
    [
        "min_close_ts=1&min_created_ts=1",
        "status=open&min_settled_ts=1",
        "status=settled&max_created_ts=1",
        "status=open&min_updated_ts=1",
    ],
)
async def test_times_that_do_not_go_together_are_refused(
    http: httpx2.AsyncClient, exchange: Simulator, query: str
) -> None:
    """One kind of times, and with the words of status that it may have."""
    reply = await http.get(f"{exchange.rest_base}/markets?{query}")

    assert reply.status_code == 400
    assert "msg" in reply.json()


def test_events_are_found_by_status_and_close() -> None:
    """An event fits if any of its markets does; what is settled is found still."""
    exchange, api = an_api()
    events = exchange.catalogue.listed_events
    whole = tuple(m.ticker for m in events[0].markets)
    part = (events[1].markets[0].ticker,)
    for tickers in (whole, part):
        paid = LifeEvent("settled", wall_us(), tickers)
        exchange.lives.apply(paid, 0)

    def found(query: str) -> list[str]:
        return [e["event_ticker"] for e in ask(api, query, "/events")["events"]]

    assert found("status=settled") == [events[0].ticker, events[1].ticker]
    assert events[0].ticker not in found("status=open")
    assert events[1].ticker in found("status=open")
    assert found("min_close_ts=4000000000") == []
    assert found(f"tickers={events[2].ticker}") == [events[2].ticker]
    assert set(found("series_ticker=KXBTCD")) <= {e.ticker for e in events}


@pytest.mark.slow
def test_a_page_of_fifty_thousand_takes_milliseconds() -> None:
    """A thousand markets a page, all fifty pages: half of them within 20 ms each."""
    exchange, api = an_api(50_000)
    took_ms: list[float] = []
    found = 0
    cursor = ""
    for _ in range(51):
        scope = {
            "type": "http",
            "query_string": f"limit=1000&cursor={cursor}".encode(),
            "headers": [],
        }
        request = Request(scope)
        began_s = time.perf_counter()
        reply = api.paths()["/markets"](request)
        took_ms.append((time.perf_counter() - began_s) * 1000)
        body = bytes(reply.body)
        found += body.count(b'"event_ticker":') - body.count(b'"side":')
        cursor = body[: body.index(b'","markets"')].decode().removeprefix('{"cursor":"')
        if not cursor:
            break

    assert found == len(exchange.catalogue.markets) == 50_000
    assert len(took_ms) == 50
    assert sorted(took_ms)[25] < 20
